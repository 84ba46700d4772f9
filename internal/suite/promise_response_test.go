package suite_test

import (
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

const (
	paymentID = suitetest.PaymentID
	token     = suitetest.Token
)

// hundred is the total of every order.
var hundred = usd(100)

func usd(dollars int) amount { return amount{fmt.Sprintf("%d.00", dollars), "USD"} }

// cents returns the number of an amount, or -1 if there is none.
func (a amount) cents() int {
	n, err := strconv.Atoi(strings.Replace(a.text, ".", "", 1))
	if err != nil {
		return -1
	}
	return n
}

func (a amount) isUSD() bool { return a.cents() >= 0 && strings.EqualFold(a.currency, "USD") }

// is reports whether two amounts can be taken for the same: the service writes
// currencies in upper case, and one in lower case is still that currency.
func (a amount) is(b amount) bool {
	return a.cents() >= 0 && a.cents() == b.cents() && strings.EqualFold(a.currency, b.currency)
}

// field returns an amount as a field of an object, or "" if it is not sent.
func (a amount) field(name string) string {
	switch {
	case a == amount{}:
		return ""
	case a.text == "null" && a.currency == "":
		return fmt.Sprintf(`,%q:null`, name)
	case a.text == "null":
		return fmt.Sprintf(`,%q:{"amount":null,"currency":%q}`, name, a.currency)
	case a.currency == "":
		return fmt.Sprintf(`,%q:{"amount":%q}`, name, a.text)
	}
	return fmt.Sprintf(`,%q:{"amount":%q,"currency":%q}`, name, a.text, a.currency)
}

// body returns the response as the service writes it.
func (r response) body() string {
	if r.raw != "" {
		return strings.TrimPrefix(r.raw, "empty")
	}
	var b strings.Builder
	b.WriteString(`{"orderDetails":{}`)
	for _, f := range []struct {
		name, value, otherValue string
		whose                   identity
	}{{"id", paymentID, "999", r.id}, {"token", token, "002.other", r.token}} {
		switch f.whose {
		case asked:
			fmt.Fprintf(&b, `,%q:%q`, f.name, f.value)
		case other:
			fmt.Fprintf(&b, `,%q:%q`, f.name, f.otherValue)
		}
	}
	if r.verdict != "" {
		fmt.Fprintf(&b, `,"status":%q`, r.verdict)
	}
	if r.v1 {
		return b.String() + r.total.field("totalAmount") + `,"refunds":[],"events":[]}`
	}
	if r.state != "" {
		fmt.Fprintf(&b, `,"paymentState":%q`, r.state)
	}
	b.WriteString(r.total.field("originalAmount") + r.open.field("openToCaptureAmount") + `,"events":[`)
	for i, e := range r.events {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"e%d","type":%q,"paymentEventMerchantReference":%q%s}`, i, e.kind, e.reference, e.amount.field("amount"))
	}
	return b.String() + "]}"
}

func captured(dollars int, reference string) event { return event{"CAPTURED", usd(dollars), reference} }
func voided(dollars int) event                     { return event{"VOIDED", usd(dollars), ""} }

// histories are the movements that responses show.
func histories() [][]event {
	return [][]event{
		nil,
		{captured(100, "")},
		{captured(20, "C1")},
		{captured(20, "")},
		{captured(30, "C1"), captured(20, "C2")},
		{captured(20, "C2"), captured(20, "C1")},
		{captured(20, "C1"), captured(80, "C2")},
		{captured(60, "C1"), voided(40)},
		{captured(20, "C1"), voided(10)},
		{voided(10)},
		{voided(100)},
		{{"CAPTURED", amount{}, "C1"}},
		{{"CAPTURED", amount{"null", "USD"}, "C1"}},
		{{"CAPTURED", amount{"20.00", ""}, "C1"}},
		{{"CAPTURED", amount{"20.00", "usd"}, "C1"}},
		{{"CAPTURED", amount{"20.00", "AUD"}, "C1"}},
		{{"CAPTURED", amount{"20.00", "AUD"}, "C1"}, captured(20, "C1")},
		{{"VOIDED", amount{"null", ""}, ""}},
		{{"VOIDED", amount{"10.00", "AUD"}, ""}},
		{{"EXPIRED", usd(100), ""}},
		{captured(20, "C1"), {"EXPIRED", usd(80), ""}},
	}
}

var (
	verdicts = []string{"APPROVED", "DECLINED", "REVERSED", "PENDING", ""}
	states   = []string{"AUTH_APPROVED", "PARTIALLY_CAPTURED", "CAPTURED", "VOIDED", "EXPIRED", "REVERSED", "AUTH_DECLINED", "CAPTURE_DECLINED", "A_NEW_STATE", ""}
	opens    = []amount{{}, usd(0), usd(50), usd(70), usd(80), usd(90), hundred, {"80.00", "usd"}, {"80.00", "AUD"}, {"0.00", "AUD"}, {"null", "USD"}}
)

// payments are every payment that a response can show of the order that was asked
// for: verdicts × states × amounts × events.
func payments(yield func(response) bool) {
	for _, verdict := range verdicts {
		for _, state := range states {
			for _, open := range opens {
				for _, events := range histories() {
					if !yield(response{status: 201, verdict: verdict, state: state, total: hundred, open: open, events: events}) {
						return
					}
				}
			}
		}
	}
}

// samples are payments that the service sends: approved, captured, voided and
// declined.
func samples() []response {
	is := func(state string, open int, events ...event) response {
		return response{status: 201, verdict: "APPROVED", state: state, total: hundred, open: usd(open), events: events}
	}
	return []response{
		is("AUTH_APPROVED", 100),
		is("AUTH_APPROVED", 90, voided(10)),
		is("PARTIALLY_CAPTURED", 80, captured(20, "C1")),
		is("PARTIALLY_CAPTURED", 50, captured(30, "C1"), captured(20, "C2")),
		is("CAPTURED", 0, captured(100, "")),
		is("CAPTURED", 0, captured(60, "C1"), voided(40)),
		is("VOIDED", 0, voided(100)),
		{status: 201, verdict: "DECLINED", state: "CAPTURE_DECLINED", total: hundred, open: hundred},
		{status: 402, verdict: "DECLINED", state: "AUTH_DECLINED", total: hundred, open: hundred},
		{status: 201, verdict: "APPROVED", total: hundred, v1: true},
		{status: 201, verdict: "DECLINED", total: hundred, v1: true},
	}
}

// variants are the samples about other payments, for other totals and in part.
func variants(yield func(response) bool) {
	for _, r := range samples() {
		for _, r.id = range []identity{asked, other, missing} {
			for _, r.token = range []identity{asked, other, missing} {
				for _, r.total = range []amount{hundred, {"99.99", "USD"}, {"100.00", "AUD"}, {"100.00", "usd"}, {"100.00", ""}, {"null", "USD"}, {}} {
					for _, r.status = range []int{200, 201, 402} {
						if !yield(r) {
							return
						}
					}
				}
			}
		}
	}
}

// statuses are bodies of every kind under every status.
func statuses(yield func(response) bool) {
	raws := []string{
		"empty", "{}", "[]", "null", `"APPROVED"`, "<html>Forbidden</html>", "pong", `{"id":"100570320832","status":"APPR`, `{"id":{}}`, "\xff",
		`{"errorCode":"declined","errorId":"bff6`, `{"errorId":"5c1f0e2a9b7d4e63"}`, "{", `[{"id":"100570320832","status":"APPROVED"}]`,
	}
	for _, code := range []string{
		"declined", "invalid_token", "invalid_order_transaction_status", "unauthorized", "not_found", "conflict", "precondition_failed",
		"invalid_state", "payment_captured", "payment_voided", "payment_expired", "invalid_object", "invalid_amount", "error", "a_new_code",
	} {
		raws = append(raws, `{"errorCode":"`+code+`","errorId":"bff68cc7fdcdca58","message":"no","httpStatusCode":402}`)
	}
	bodies := samples()
	for _, raw := range raws {
		bodies = append(bodies, response{raw: raw}, response{raw: raw, v1: true})
	}
	for _, r := range bodies {
		for _, r.status = range []int{
			200, 201, 202, 204, 206, 301, 302, 304, 307, 400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 412, 413, 415, 422, 425, 429, 451,
			500, 501, 502, 503, 504, 511, 520, 524, 529, 599,
		} {
			if !yield(r) {
				return
			}
		}
	}
}

// some yields one response in so many: all of them with -long. The number has no
// divisor in common with those of the dimensions, so that every pair of their
// values is met.
func some(family iter.Seq[response], one int) iter.Seq[response] {
	return func(yield func(response) bool) {
		n := 0
		for r := range family {
			if n++; (*long || n%one == 0) && !yield(r) {
				return
			}
		}
	}
}
