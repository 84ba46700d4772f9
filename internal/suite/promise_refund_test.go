package suite_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// An echo is a refund as the service shows it: in the response to Create, or in
// the list of a payment.
type echo struct {
	id        string
	request   identity // whose request id
	reference identity // whose merchant reference
	amount    amount
}

func (e echo) body(version afterpay.APIVersion, inList bool) string {
	name := "refundId"
	if inList && version == afterpay.V1 {
		name = "id"
	}
	var b strings.Builder
	fmt.Fprintf(&b, `{"refundedAt":"2024-05-03T08:00:00.000Z",%q:%q%s`, name, e.id, e.amount.field("amount"))
	for field, value := range map[string][2]string{"requestId": {"r-1", "r-2"}, "merchantReference": {"R-1", "R-2"}} {
		whose := e.request
		if field == "merchantReference" {
			whose = e.reference
		}
		if whose != missing {
			fmt.Fprintf(&b, `,%q:%q`, field, value[whose])
		}
	}
	return b.String() + "}"
}

// objectionToRefund judges the outcome of a refund of 5.00 with the request id
// r-1 and the reference R-1, as objection does.
func objectionToRefund(status int, e echo, o outcome) string {
	ours := status/100 == 2 && e.id != "" && e.request != other && e.reference != other
	same := ours && e.amount.is(usd(5))
	another := ours && e.request == asked && e.amount.isUSD() && !same || ours && e.request == asked && e.amount.cents() >= 0 && e.amount.currency == "AUD"
	switch {
	case o == done && !same:
		return "nil, but the response does not show that it was refunded"
	case o == declined || o == definite && !another:
		return "a definite error, but money may have moved"
	case o != done && same && e.request == asked && e.reference == asked:
		return "an error, but the response plainly shows the refund"
	case o != definite && another && e.reference == asked:
		return "no definite error, but the request id was plainly used for another amount"
	}
	return ""
}

// echoes are refunds of every kind.
func echoes(yield func(echo) bool) {
	var e echo
	for _, e.id = range []string{"7", ""} {
		for _, e.request = range []identity{asked, other, missing} {
			for _, e.reference = range []identity{asked, other, missing} {
				for _, e.amount = range []amount{usd(5), usd(6), usd(0), {"5.00", "usd"}, {"5.00", "AUD"}, {"5.00", ""}, {"null", "USD"}, {"null", ""}, {}} {
					if !yield(e) {
						return
					}
				}
			}
		}
	}
}

func TestPromise_EveryRefundIsJudgedRightly(t *testing.T) {
	t.Parallel()
	for _, version := range []afterpay.APIVersion{afterpay.V2, afterpay.V1} {
		var r response
		c := clientOf(t, version, func(*http.Request) response { return r })
		for e := range echoes {
			r.raw = e.body(version, false)
			for _, r.status = range []int{200, 201, 408, 409, 500, 503, 524} {
				o := outcomeOf(ask(c, question{call: "refund"}))
				require.Empty(t, objectionToRefund(r.status, e, o), "v%d: %d %s returns %s", version, r.status, r.raw, o)
			}
		}
	}
}

func TestOracle_ObjectsToEachKnownFaultOfRefunds(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		e echo
		o outcome
	}{
		"no amount":                    {echo{id: "7"}, done},
		"another amount":               {echo{id: "7", amount: usd(6)}, done},
		"another currency":             {echo{id: "7", amount: amount{"5.00", "AUD"}}, done},
		"another reference":            {echo{id: "7", amount: usd(5), reference: other}, done},
		"another request":              {echo{id: "7", amount: usd(5), request: other}, done},
		"no id":                        {echo{amount: usd(5)}, done},
		"no currency, called another":  {echo{id: "7", amount: amount{"5.00", ""}}, definite},
		"amount null, called another":  {echo{id: "7", amount: amount{"null", "USD"}}, definite},
		"no request id, another":       {echo{id: "7", amount: usd(6), request: missing}, definite},
		"unknown although it was done": {echo{id: "7", amount: usd(5)}, unknown},
		"unknown although it was not":  {echo{id: "7", amount: usd(6)}, unknown},
	} {
		require.NotEmpty(t, objectionToRefund(201, x.e, x.o), name)
	}
	require.NotEmpty(t, objectionToRefund(503, echo{id: "7", amount: usd(5)}, definite))
}

// A refund is found by its request id, or by a reference that no other refund
// has. It is known to be missing only if the payment lists no such refund.
func TestPromise_EveryListOfRefundsIsJudgedRightly(t *testing.T) {
	t.Parallel()
	for _, version := range []afterpay.APIVersion{afterpay.V2, afterpay.V1} {
		var r response
		c := clientOf(t, version, func(*http.Request) response { return r })
		r.status = 200
		for a := range echoes {
			for _, b := range []echo{{id: "8", request: other, reference: other, amount: usd(5)}, {id: "8", request: missing, reference: missing, amount: usd(5)}, {id: "8", request: other, amount: usd(5)}} {
				payment := response{verdict: "APPROVED", state: "CAPTURED", total: hundred, open: usd(0), events: []event{captured(100, "")}}
				payment.v1 = version == afterpay.V1
				list := `"refunds":[` + a.body(version, true) + "," + b.body(version, true) + "]"
				r.raw = strings.Replace(strings.Replace(payment.body(), `"refunds":[],`, "", 1), `"orderDetails":{}`, list, 1)
				for key, match := range map[string]func(echo) bool{
					"r-1": func(e echo) bool { return e.request == asked },
					"R-1": func(e echo) bool { return e.reference == asked },
				} {
					_, err := c.Refunds.Recover(t.Context(), paymentID, key)
					readable := match(a) && a.amount.cents() >= 0 && a.amount.currency != ""
					want := map[bool]outcome{true: done, false: unknown}[readable && !(key == "R-1" && match(b))]
					if !match(a) {
						want = map[bool]outcome{true: done, false: definite}[match(b)]
					}
					require.Equal(t, want, outcomeOf(err), "v%d %s in %s: %v", version, key, r.raw, err)
				}
			}
		}
	}
}
