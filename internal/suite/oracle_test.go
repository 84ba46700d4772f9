package suite_test

import (
	"fmt"
	"strings"
)

// An answer describes a response to a money call in words of its own: what the
// service claims about the payment, and not how this module reads it.
type answer struct {
	status  int      // HTTP
	verdict string   // of the order: APPROVED, DECLINED or another
	state   string   // of the payment; "" if it is not sent
	open    int      // hundredths open to capture; absent if it is not sent
	events  []event  // movements, oldest first
	whose   identity // whether it is the payment that was asked for
}

// absent stands for an amount that is not sent.
const absent = -1

// total is the order total of every payment, in hundredths.
const total = 100_00

// event is a movement of money that an answer shows.
type event struct {
	kind      string // CAPTURED, VOIDED or EXPIRED
	amount    int    // hundredths, or absent
	currency  string // "" if it is not sent
	reference string
}

// identity says whose payment an answer shows.
type identity string

const (
	asked identity = "the payment that was asked for"
	other identity = "another payment"
	noID  identity = "a payment without an id"
)

// A question is what a call asks for.
type question struct {
	call      string // authorize, capture, capturePart, void, voidAll
	amount    int    // of the part
	reference string // of the part
}

// outcome is what a call tells its caller.
type outcome string

const (
	done     outcome = "nil"
	declined outcome = "declined"
	definite outcome = "an error without ErrOutcomeUnknown"
	unknown  outcome = "ErrOutcomeUnknown"
)

// objection judges an outcome by the three sentences of docs/failures.md. It
// returns "" if the outcome keeps them.
//
//   - nil means that the money did what was asked.
//   - An error without ErrOutcomeUnknown means that this call moved no money that
//     has not been released again.
//   - ErrOutcomeUnknown means that it may have. It must not be said of an answer
//     that plainly shows success or a decline, or it would be of no use.
func objection(q question, a answer, o outcome) string {
	switch {
	case o == done && !a.showsDone(q):
		return "nil, although the answer does not show that it was done"
	case (o == definite || o == declined) && !a.showsNothing(q):
		return "a definite no, although money may have moved"
	case o == declined && a.verdict != "DECLINED" && !strings.HasSuffix(a.state, "DECLINED"):
		return "declined, although nothing declines"
	case o != done && a.plainSuccess(q):
		return "an error, although the answer plainly shows success"
	case o != declined && a.plainDecline():
		return "no decline, although the answer plainly declines"
	}
	return ""
}

// sum adds up the movements of a kind; false if one cannot be counted.
func (a answer) sum(kind string) (hundredths int, countable bool) {
	for _, e := range a.events {
		if e.kind != kind {
			continue
		}
		if e.amount == absent || e.currency != "USD" {
			return 0, false
		}
		hundredths += e.amount
	}
	return hundredths, true
}

func (a answer) has(kind string) bool {
	for _, e := range a.events {
		if e.kind == kind {
			return true
		}
	}
	return false
}

func (a answer) hasPart(kind string, amount int, reference string) bool {
	for _, e := range a.events {
		if e.kind == kind && e.amount == amount && e.currency == "USD" && e.reference == reference {
			return true
		}
	}
	return false
}

// complete reports whether the numbers account for every cent of the order, so
// that no movement can be missing.
func (a answer) complete() bool {
	captured, ok1 := a.sum("CAPTURED")
	voided, ok2 := a.sum("VOIDED")
	return ok1 && ok2 && !a.has("EXPIRED") && a.open != absent && captured+voided+a.open == total
}

func (a answer) ours() bool { return a.whose == asked }

func (a answer) approves() bool { return a.verdict == "APPROVED" }

// reversed reports whether the whole order was given back.
func (a answer) reversed() bool { return a.state == "REVERSED" || a.verdict == "REVERSED" }

// gone reports whether the payment was released as a whole.
func (a answer) gone() bool { return a.reversed() || a.state == "VOIDED" || a.state == "EXPIRED" }

// showsDone reports whether an answer can mean that the question was done.
func (a answer) showsDone(q question) bool {
	if !a.ours() {
		return false
	}
	switch q.call {
	case "authorize":
		return a.approves() && !a.gone() && !strings.HasSuffix(a.state, "DECLINED")
	case "capture":
		captured, countable := a.sum("CAPTURED")
		whole := !countable || captured == total || !a.has("CAPTURED")
		return a.approves() && !a.gone() && a.open <= 0 && a.state != "AUTH_APPROVED" && a.state != "PARTIALLY_CAPTURED" &&
			!a.has("VOIDED") && !a.has("EXPIRED") && whole
	case "capturePart":
		return a.approves() && !a.gone() && a.hasPart("CAPTURED", q.amount, q.reference)
	case "void":
		return a.hasPart("VOIDED", q.amount, "") || a.gone() && a.open <= 0
	}
	if a.reversed() {
		return a.open <= 0
	}
	released := a.gone() || a.has("VOIDED") || a.has("EXPIRED")
	return released && a.open <= 0 && a.state != "AUTH_APPROVED" && a.state != "PARTIALLY_CAPTURED"
}

// showsNothing reports whether an answer proves that the call moved no money that
// stands.
func (a answer) showsNothing(q question) bool {
	switch {
	case a.whose == other:
		return false
	case a.verdict == "DECLINED" || strings.HasSuffix(a.state, "DECLINED"):
		return !a.has("CAPTURED") && a.state != "CAPTURED" && a.state != "PARTIALLY_CAPTURED" && a.state != "AUTH_APPROVED" &&
			a.state != "VOIDED" && a.state != "EXPIRED"
	case a.whose == noID:
		return false
	case a.reversed():
		return true
	case a.gone() && q.call != "void" && q.call != "voidAll":
		return !a.has("CAPTURED")
	case q.call == "capture" && a.state == "AUTH_APPROVED":
		return !a.has("CAPTURED")
	case q.call == "capturePart":
		return a.complete() && !a.hasPart("CAPTURED", q.amount, q.reference)
	case q.call == "void":
		return a.complete() && !a.hasPart("VOIDED", q.amount, "")
	case q.call == "voidAll":
		return a.complete() && a.open > 0
	}
	return false
}

// plainSuccess reports whether an answer shows success and nothing that
// contradicts it.
func (a answer) plainSuccess(q question) bool {
	if !a.ours() || !a.approves() || !a.complete() {
		return false
	}
	captured, _ := a.sum("CAPTURED")
	switch q.call {
	case "authorize":
		return a.state == "AUTH_APPROVED" && a.open == total
	case "capture":
		return a.state == "CAPTURED" && captured == total
	case "capturePart":
		return a.hasPart("CAPTURED", q.amount, q.reference) && a.consistent()
	case "void":
		return a.hasPart("VOIDED", q.amount, "") && a.consistent()
	}
	return a.has("VOIDED") && a.open == 0 && a.consistent()
}

// consistent reports whether the state fits the numbers.
func (a answer) consistent() bool {
	captured, _ := a.sum("CAPTURED")
	switch {
	case a.open > 0 && captured == 0:
		return a.state == "AUTH_APPROVED"
	case a.open > 0:
		return a.state == "PARTIALLY_CAPTURED"
	case captured == 0:
		return a.state == "VOIDED"
	}
	return a.state == "CAPTURED"
}

// plainDecline reports whether an answer declines and nothing contradicts it.
func (a answer) plainDecline() bool {
	return a.whose != other && a.verdict == "DECLINED" && (a.state == "" || strings.HasSuffix(a.state, "DECLINED")) && len(a.events) == 0
}

// body is the answer as the service writes it.
func (a answer) body(id, token string) string {
	switch a.whose {
	case other:
		id, token = "999", "002.other"
	case noID:
		id = ""
	}
	fields := []string{fmt.Sprintf(`"id":%q`, id), fmt.Sprintf(`"token":%q`, token), `"originalAmount":` + money(total, "USD")}
	for name, value := range map[string]string{"status": a.verdict, "paymentState": a.state} {
		if value != "" {
			fields = append(fields, fmt.Sprintf("%q:%q", name, value))
		}
	}
	if a.open != absent {
		fields = append(fields, `"openToCaptureAmount":`+money(a.open, "USD"))
	}
	var events []string
	for _, e := range a.events {
		events = append(events, fmt.Sprintf(`{"type":%q,"amount":%s,"paymentEventMerchantReference":%q}`, e.kind, money(e.amount, e.currency), e.reference))
	}
	return "{" + strings.Join(append(fields, `"events":[`+strings.Join(events, ",")+"]"), ",") + "}"
}

func money(hundredths int, currency string) string {
	if hundredths == absent {
		return "null"
	}
	if currency == "" {
		return fmt.Sprintf(`{"amount":"%d.%02d"}`, hundredths/100, hundredths%100)
	}
	return fmt.Sprintf(`{"amount":"%d.%02d","currency":%q}`, hundredths/100, hundredths%100, currency)
}
