package reconcile

import (
	"fmt"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/settlement"
)

// Record is one entry of a side: an order, a payment, a refund, a dispute, a row of
// a settlement report, a deposit. Empty fields are unknown and are not compared.
//
// A Record is a plain value and may be built by any code. [ReadOrders],
// [OrderRows], [Payments], [Disputes], [SettlementRows], [Payouts] and [ReadBank]
// build them from the usual sources.
type Record struct {
	// File and Line are where the record is in its source. Lines are counted
	// from 1; 0 means unknown. They are not compared.
	File string
	Line int
	// Key is what both sides are sorted and grouped by, in the order of its
	// bytes. It matters only for [Options.Presorted] input, and is set by
	// [Sort]; otherwise the run files the records itself.
	Key string
	// Kind says what the record is. The zero value is KindPayment.
	Kind Kind
	// State is the state of the order, payment or dispute. StateUnknown is not
	// compared.
	State State

	// ID is Afterpay's order id, which is the id of the payment. A refund, a
	// dispute or a settlement row has the id of its payment.
	ID string
	// Token is the checkout token of the payment.
	Token string
	// Reference is the merchant reference of the payment, usually the shop's order
	// number. A refund's own reference is RefundReference.
	Reference string
	// RefundID is Afterpay's id of a refund, RequestID the request id of the call
	// that made it, RefundReference its merchant reference. They are empty on
	// other records.
	RefundID        string
	RequestID       string
	RefundReference string
	// DisputeID is Afterpay's id of a dispute.
	DisputeID string
	// RowType is the type of a settlement row, such as "Chargeback Fee".
	RowType string
	// EventReference is the refundMerchantReference of a refund or the
	// paymentEventMerchantReference of a capture, which settlement reports
	// call Payment Event ID.
	EventReference string

	// At is the time of the record: when an order or payment was paid for, or a
	// refund or dispute was made. Totals are by the calendar day of At in
	// [Options.Location]; a zero At is a day of its own.
	At time.Time
	// CapturedAt is the latest capture of a payment. On a refund it is the time
	// of the refunded payment, if known. On a dispute it is the latest change.
	CapturedAt time.Time
	// Due is when the open part of an authorization expires, or the last
	// moment to respond to a dispute.
	Due time.Time
	// Settled is the settlement date of a settlement row.
	Settled settlement.Date

	// Currency is the currency of all amounts, a code of three upper-case
	// letters. It may be empty only if Amount is 0, and on disputes, which then
	// take the currency of their payment.
	Currency afterpay.Currency
	// Amount is added up and compared, in hundredths. It is the amount captured of
	// an order or payment, the amount of a refund or dispute, the settled amount
	// of a row. A refund's amount is positive.
	Amount afterpay.Amount
	// Authorized, Voided and Open are the amounts approved, released and still
	// open to capture. A shop that does not keep them leaves them 0.
	Authorized afterpay.Amount
	Voided     afterpay.Amount
	Open       afterpay.Amount

	// Fee is the fee that a settlement row states, without tax. FeeExpected is
	// the fee by the row's own rates. FeeKnown and FeeExpectedKnown report whether
	// they are known, since a fee can be 0.
	Fee              settlement.Decimal
	FeeExpected      settlement.Decimal
	FeeKnown         bool
	FeeExpectedKnown bool

	// ifRefunded marks an order whose state holds no money: its Amount counts
	// only if money was refunded on it.
	ifRefunded bool
	side       sideOf
}

// Money returns Amount with its currency.
func (r *Record) Money() afterpay.Money {
	return afterpay.Money{Amount: r.Amount, Currency: r.Currency}
}

// Kind is the kind of a [Record] or a [Finding].
type Kind uint8

// The kinds of record.
const (
	KindPayment Kind = iota // an order of the shop, a payment, or a settled order
	KindRefund              // money paid back; never a void
	KindDispute             // a dispute of the payment
	KindOther               // a settlement row that is neither Order nor Refund
	KindPayout              // a deposit, by the settlement reports or by the bank

	// kindIndex marks an entry of an index: records with Key are filed under
	// Reference.
	kindIndex
)

// String returns the stable name: "payment", "refund", "dispute", "other" or
// "payout".
func (k Kind) String() string {
	switch k {
	case KindPayment:
		return "payment"
	case KindRefund:
		return "refund"
	case KindDispute:
		return "dispute"
	case KindOther:
		return "other"
	case KindPayout:
		return "payout"
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// MarshalText returns what String returns. It never fails.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// State is the state of an order, a payment or a dispute. It maps the words of
// shops and of Afterpay to the same values, so that they can be compared.
type State uint8

// The states of an order or payment, then those of a dispute.
const (
	StateUnknown    State = iota // not known, not compared
	StatePending                 // the shop waits for the shopper to pay
	StateAuthorized              // approved, nothing captured yet
	StateCaptured                // paid: captured in full or in part
	StateDeclined                // declined at authorization or capture
	StateCancelled               // the shop cancelled the order
	StateVoided                  // released before anything was captured
	StateExpired                 // the same, by the authorization's expiry

	StateDisputeOpen   // waits for the merchant or is under review
	StateDisputeLost   // decided against the merchant
	StateDisputeClosed // ended in any other way
)

var stateNames = [...]string{
	StateUnknown: "unknown", StatePending: "pending", StateAuthorized: "authorized", StateCaptured: "captured",
	StateDeclined: "declined", StateCancelled: "cancelled", StateVoided: "voided", StateExpired: "expired",
	StateDisputeOpen: "open", StateDisputeLost: "lost", StateDisputeClosed: "closed",
}

// String returns the stable name, such as "captured".
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// MarshalText returns what String returns. It never fails.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// released reports whether the state says that no money was or will be taken.
func (s State) released() bool {
	return s == StateDeclined || s == StateCancelled || s == StateVoided || s == StateExpired
}

// sideOf tells the two inputs of a run apart.
type sideOf uint8

const (
	left sideOf = iota
	right
	neither // of a source that is only sorted
)

func (s sideOf) String() string { return [...]string{left: "left", right: "right", neither: ""}[s] }

// sameContent reports whether two records say the same, whatever line they
// stand on and however their instants are written.
func sameContent(a, b *Record) bool {
	x, y := *a, *b
	for _, r := range [...]*Record{&x, &y} {
		r.At, r.CapturedAt, r.Due = time.Time{}, time.Time{}, time.Time{}
		r.Key, r.File, r.Line = "", "", 0
	}
	return x == y && a.At.Equal(b.At) && a.CapturedAt.Equal(b.CapturedAt) && a.Due.Equal(b.Due)
}
