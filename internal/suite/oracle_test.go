package suite_test

import (
	"encoding/json"
	"strings"
)

// A response describes what the service claims about a payment, in terms of its
// own: it knows nothing of how this module reads a response.
type response struct {
	status  int     // HTTP
	verdict string  // of the order: APPROVED, DECLINED or another; "" if it is not sent
	state   string  // of the payment; "" if it is not sent
	total   amount  // of the order
	open    amount  // to capture
	events  []event // movements, oldest first
	id      identity
	token   identity
	v1      bool   // in the shape of API v1: no state, open amount and events
	raw     string // the whole body, if it is no payment
}

// An amount is what a field holds. Its zero value is a field that is not sent.
type amount struct {
	text     string // digits; "null" if the amount is null
	currency string // "" if it is not sent
}

// An event is a movement of money that a response shows.
type event struct {
	kind      string // CAPTURED, VOIDED or EXPIRED
	amount    amount
	reference string
}

// An identity says whose id or token a response shows.
type identity int

const (
	asked identity = iota // the one that was asked for
	other
	missing
)

// A question is what a call asks for.
type question struct {
	call      string // authorize, capture, capturePart, void, voidAll, recover, findCapture, refund or reverse
	amount    amount // of the part or, for authorize and capture, the expected total
	reference string // of the part
}

// An outcome is what a call reports to its caller.
type outcome string

const (
	done     outcome = "nil"
	declined outcome = "ErrDeclined"
	definite outcome = "an error without ErrOutcomeUnknown"
	unknown  outcome = "ErrOutcomeUnknown"
)

// objection judges the outcome of a call by the three sentences of
// docs/failures.md. It returns "" if the outcome keeps them.
//
//   - nil means that the money did what was asked.
//   - An error without ErrOutcomeUnknown means that this call moved no money that
//     has not been released again.
//   - ErrOutcomeUnknown means that it may have. It would be of no use if a
//     response that is plain got it too.
func objection(q question, r response, o outcome) string {
	switch {
	case o == done && !r.showsDone(q):
		return "nil, but the response does not show that it was done"
	case o == definite && !r.showsNothing(q):
		return "a definite error, but money may have moved"
	case o == declined && !r.showsDecline(q):
		return "a decline, but the response does not show one that nothing contradicts"
	case o != done && r.isPlainSuccess(q):
		return "an error, but the response plainly shows success"
	case o != declined && r.isPlainDecline(q):
		return "no decline, but the response plainly shows one"
	case o == unknown && r.isRefusal() && r.raw != "" && !q.looks():
		return "an unknown outcome, but the response is a refusal"
	case o != definite && r.isPlainlyNothing(q):
		return "no definite error, but the response plainly shows that nothing moved"
	}
	return ""
}

// showsDone reports whether a response can mean that the question was done.
func (r response) showsDone(q question) bool {
	if q.call == "reverse" {
		return r.isAccepted()
	}
	if r.status/100 != 2 || !r.isAnswerTo(q) || r.isDeclined() || r.verdict == "DECLINED" {
		return false
	}
	back := r.isReversed() || r.isReleased() // all of it was given back
	switch q.call {
	case "void":
		return r.hasPart("VOIDED", q)
	case "voidAll": // nothing is open, and something was released
		released := r.has("VOIDED") || r.has("EXPIRED") || back
		closes := back || r.state == "CAPTURED" || r.state == ""
		return released && (r.isClosed() || r.open.cents() < 0 && closes) && (r.isReversed() || !r.isStillOpen())
	}
	if r.verdict != "APPROVED" || back {
		return false
	}
	captured, countable := r.sum("CAPTURED")
	switch q.call {
	case "authorize", "recover": // the money is held, or was taken since
		known := r.isStillOpen() || r.state == "CAPTURED" || r.state == "" || r.open.is(r.total)
		return known && (r.state != "AUTH_APPROVED" || !r.isClosed()) && r.expects(q.amount)
	case "capture": // all of it is taken
		whole := r.isClosed() || r.open.cents() < 0 && (r.state == "CAPTURED" || r.state == "")
		taken := !r.has("CAPTURED") || !countable || captured == hundred.cents()
		return whole && taken && !r.isStillOpen() && !r.has("VOIDED") && !r.has("EXPIRED") && r.expects(q.amount)
	case "capturePart":
		return r.hasPart("CAPTURED", q)
	}
	return r.hasReference(q.reference, true)
}

// showsNothing reports whether a response proves that the call moved no money
// that stands.
func (r response) showsNothing(q question) bool {
	switch {
	case r.status/100 != 2:
		return r.isRefusal() && (!q.looks() || strings.Contains(r.raw, `"not_found"`))
	case !r.isAnswerTo(q):
		return false
	case r.isReversed(), r.showsDecline(q):
		return true
	case r.isDeclined() || r.verdict == "DECLINED" || r.isShort():
		return false
	case r.isReleased() && (q.call == "authorize" || q.call == "capture" || q.call == "capturePart" || q.call == "recover"):
		return !r.has("CAPTURED")
	}
	switch q.call {
	case "capture": // the order was authorized instead
		return r.state == "AUTH_APPROVED" && !r.has("CAPTURED") && !r.isClosed()
	case "capturePart":
		return r.isComplete() && r.has("CAPTURED") && !r.hasPart("CAPTURED", q)
	case "findCapture":
		return (r.isComplete() || r.isReleased() && !r.has("CAPTURED")) && !r.hasReference(q.reference, false)
	case "void":
		return r.isComplete() && r.has("VOIDED") && !r.hasPart("VOIDED", q)
	case "voidAll":
		return r.isComplete() && r.has("VOIDED") && r.open.cents() > 0
	}
	return false
}

// showsDecline reports whether a response declines and shows no money that moved.
func (r response) showsDecline(q question) bool {
	declines := r.verdict == "DECLINED" || r.isDeclined()
	moved := r.has("CAPTURED") || r.has("VOIDED") || r.has("EXPIRED") || r.isStillOpen() || r.state == "CAPTURED" || r.isReleased() || r.isShort()
	if r.raw != "" {
		return r.isRefusal() && r.refusesToPay()
	}
	return (r.status/100 == 2 || r.status == 402) && declines && !moved && r.isAbout(q)
}

// isPlainSuccess reports whether a response shows success and nothing that
// contradicts it.
func (r response) isPlainSuccess(q question) bool {
	if q.call == "reverse" {
		return r.status/100 == 2 && r.raw == "empty"
	}
	if r.v1 {
		plain := r.status/100 == 2 && r.id == asked && r.token == asked && r.verdict == "APPROVED" && r.expects(q.amount)
		return plain && (q.call == "capture" || q.call == "recover")
	}
	if r.status/100 != 2 || !r.isPlain() {
		return false
	}
	captured, _ := r.sum("CAPTURED")
	switch q.call {
	case "authorize", "recover":
		return r.state != "VOIDED" && r.expects(q.amount)
	case "capture":
		return captured == hundred.cents() && r.expects(q.amount)
	case "capturePart":
		return r.hasPart("CAPTURED", q)
	case "findCapture":
		return r.hasReference(q.reference, false)
	case "void":
		return r.hasPart("VOIDED", q)
	}
	return r.has("VOIDED") && r.open.cents() == 0
}

// isAccepted reports whether a response can be the one to a reversal, of which the
// status says it all: it has no body, or one that is JSON and no error.
func (r response) isAccepted() bool {
	object := strings.HasPrefix(r.raw, "{") && json.Valid([]byte(r.raw)) && !strings.Contains(r.raw, `"error`)
	return r.status/100 == 2 && (r.raw == "empty" || r.raw == "null" || object)
}

// isPlainDecline reports whether a response declines as the service is
// documented to. Only calls that ask the bank are declined.
func (r response) isPlainDecline(q question) bool {
	asks := q.call == "authorize" || q.call == "capture" || q.call == "recover" && r.status != 402
	full := r.open == amount{} || r.open.is(hundred)
	return asks && r.verdict == "DECLINED" && r.showsDecline(q) && r.id == asked && r.token == asked && full && r.total.is(hundred)
}

// isRefusal reports whether a status and what comes with it say that the request
// was not carried out. 408, 409 and 5xx leave that open, and so does a payment.
func (r response) isRefusal() bool {
	undecided := r.status == 408 || r.status == 409 || r.status >= 500
	payment := r.raw == "" && (r.id != missing || r.token != missing || r.state != "")
	return r.status >= 300 && !undecided && !payment
}

// refusesToPay reports whether an error is a decline, or may be one: the service
// says 402 for other reasons too, and their codes are documented.
func (r response) refusesToPay() bool {
	other := r.status == 402 && (strings.Contains(r.raw, `"error"`) || strings.Contains(r.raw, `"a_new_code"`))
	return strings.Contains(r.raw, `"errorCode":"declined"`) || other
}

// isPlainlyNothing reports whether a response plainly refuses the question, or
// its numbers plainly show that it was not done.
func (r response) isPlainlyNothing(q question) bool {
	if r.isRefusal() && !q.looks() {
		return r.raw != "" && !r.refusesToPay()
	}
	if r.v1 || r.status/100 != 2 || !r.isPlain() || !r.expects(q.amount) && (q.call == "authorize" || q.call == "recover" || q.call == "capture") {
		return false
	}
	switch q.call {
	case "authorize", "recover":
		return r.state == "VOIDED"
	case "capture":
		return r.state == "VOIDED" || r.state == "AUTH_APPROVED"
	case "capturePart":
		return r.has("CAPTURED") && !r.hasPart("CAPTURED", q)
	case "findCapture":
		return !r.hasReference(q.reference, false)
	case "void":
		return r.has("VOIDED") && !r.hasPart("VOIDED", q)
	}
	return r.has("VOIDED") && r.open.cents() > 0
}

// isAnswerTo reports whether a response is a payment, and that of the question.
func (r response) isAnswerTo(q question) bool {
	return r.raw == "" && r.id != missing && r.isAbout(q)
}

// looks reports whether a call only looks up what another one did. Then a failure
// says nothing about that, but for the service not knowing the payment.
func (q question) looks() bool { return q.call == "recover" || q.call == "findCapture" }

// isAbout reports whether nothing says that a payment is another one than was
// asked for. A call that was given a token cannot know the id, and the other way
// around.
func (r response) isAbout(q question) bool {
	switch q.call {
	case "authorize", "capture", "recover":
		return r.token != other
	}
	return r.id != other
}

// expects reports whether a total is the one that was asked for, if one was.
func (r response) expects(total amount) bool {
	return total == amount{} || r.total.is(total)
}

func (r response) isDeclined() bool { return strings.HasSuffix(r.state, "DECLINED") }

func (r response) isReversed() bool { return r.state == "REVERSED" || r.verdict == "REVERSED" }

// isReleased reports whether the state says that all of the money was released.
func (r response) isReleased() bool { return r.state == "VOIDED" || r.state == "EXPIRED" }

// isStillOpen reports whether the state is one that leaves money open.
func (r response) isStillOpen() bool {
	return r.state == "AUTH_APPROVED" || r.state == "PARTIALLY_CAPTURED"
}

// isShort reports whether the events leave out a movement: less is open than
// they account for.
func (r response) isShort() bool {
	captured, ok := r.sum("CAPTURED")
	voided, ok2 := r.sum("VOIDED")
	rest := hundred.cents() - captured - voided
	return r.total.is(hundred) && r.open.isUSD() && r.open.cents() > 0 && (r.open.cents() < rest || r.open.cents() < hundred.cents() && !(ok && ok2))
}

// isClosed reports whether a response says that nothing is open.
func (r response) isClosed() bool { return r.open.cents() == 0 }

// isPlain reports whether a response is what the service sends for an approved
// payment: every field, every cent accounted for, and a state that fits.
func (r response) isPlain() bool {
	if r.raw != "" || r.id != asked || r.token != asked || r.verdict != "APPROVED" || !r.total.is(hundred) || !r.isComplete() {
		return false
	}
	captured, _ := r.sum("CAPTURED")
	switch {
	case r.open.cents() > 0 && captured == 0:
		return r.state == "AUTH_APPROVED"
	case r.open.cents() > 0:
		return r.state == "PARTIALLY_CAPTURED"
	case captured == 0:
		return r.state == "VOIDED"
	}
	return r.state == "CAPTURED"
}

// isComplete reports whether the numbers account for every cent of the order, so
// that no movement can be missing.
func (r response) isComplete() bool {
	captured, ok := r.sum("CAPTURED")
	voided, ok2 := r.sum("VOIDED")
	expired, ok3 := r.sum("EXPIRED")
	sent := r.total.is(hundred) && r.open.isUSD()
	return ok && ok2 && ok3 && sent && captured+voided+expired+r.open.cents() == hundred.cents()
}

// sum adds up the movements of a kind; false if one cannot be counted.
func (r response) sum(kind string) (cents int, ok bool) {
	ok = true
	for _, e := range r.events {
		if e.kind == kind {
			ok = ok && e.amount.isUSD()
			cents += max(0, e.amount.cents())
		}
	}
	return cents, ok
}

func (r response) has(kind string) bool {
	for _, e := range r.events {
		if e.kind == kind {
			return true
		}
	}
	return false
}

// hasPart reports whether a response shows the movement that was asked for.
func (r response) hasPart(kind string, q question) bool {
	for _, e := range r.events {
		if e.kind == kind && e.amount.is(q.amount) && (kind == "VOIDED" || e.reference == q.reference) {
			return true
		}
	}
	return false
}

// hasReference reports whether a response shows a capture with a reference, and
// with an amount if that is required.
func (r response) hasReference(reference string, readable bool) bool {
	for _, e := range r.events {
		if e.kind == "CAPTURED" && e.reference == reference && (!readable || e.amount.cents() > 0 && e.amount.currency != "") {
			return true
		}
	}
	return false
}
