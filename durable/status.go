package durable

import "time"

// State says where an operation is.
type State string

// The states. Pending leads to Succeeded, Rejected or Review. Review leads back
// to Pending by Replay, or by Resolve to Resolving, and from there to Succeeded
// or Rejected, which are final.
const (
	Pending   State = "pending"   // will be carried out, or is being
	Succeeded State = "succeeded" // Afterpay did it; a Reverse was accepted
	Rejected  State = "rejected"  // Afterpay declined it; no money moved
	Review    State = "review"    // waits for a person, see Reason
	Resolving State = "resolving" // a person has decided; a worker is to call Settled
)

// Reason says why an operation is in review.
type Reason string

// The reasons. After Undecided and Unavailable money may have moved, and later
// operations on the same payment wait. Refused and Released let them pass.
const (
	Refused     Reason = "refused"     // Afterpay refuses it as it stands, and did not do it
	Released    Reason = "released"    // it was done, and the payment was voided, reversed or has expired since
	Undecided   Reason = "undecided"   // reads do not show whether it was done
	Unavailable Reason = "unavailable" // no outcome for longer than Options.GiveUpAfter
)

// Advice says in one sentence what to do about an operation in review.
func (r Reason) Advice() string {
	switch r {
	case Refused:
		return "fix the cause that the detail names and Replay, or Resolve as rejected"
	case Released:
		return "do not ship; Resolve as rejected if the order is given up"
	case Undecided:
		return "compare the payment in the Business Hub with the operations on it, then Resolve"
	case Unavailable:
		return "Replay once Afterpay is available again; the operation is looked up before it is repeated"
	}
	return ""
}

// Status is an operation and what has become of it.
type Status struct {
	Operation
	State   State
	Reason  Reason // in review only
	Failure string // kind of the last failure, such as "unavailable"; empty without one
	Detail  string // text of the last failure; never holds tokens or shopper data
	// Doubt reports whether a request may have been sent whose outcome is not
	// recorded.
	Doubt   bool
	Tries   int       // failed tries since the operation was enqueued or replayed
	Decided time.Time // when the operation was enqueued
	Since   time.Time // when it was enqueued, became due, was replayed last or resolved
	Next    time.Time // when a pending operation is tried again
	Settled time.Time // when it was settled or came to review
	// ResultID is the id of the payment, or of the refund for a Refund. It is
	// empty for a Reverse.
	ResultID string
	// Expires is when an authorization expires.
	Expires time.Time
	// History has a line for each Replay and Resolve: when, who, what and why, and
	// what had brought the operation into review.
	History string

	seq      int64
	decision State // Resolving: what a person has decided
	blocked  bool  // an earlier operation on the payment is not settled
}

// Filter selects operations. Empty fields do not filter.
type Filter struct {
	State     State
	PaymentID string // also of the payments that Token operations made
}
