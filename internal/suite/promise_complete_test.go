package suite_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// A scene is what the service answers to the three requests of Complete. The
// flags say which of them were sent.
type scene struct {
	order, payment, lookUp response
	paid, lookedUp         bool
}

func (s *scene) answer(req *http.Request) response {
	switch {
	case req.Method == http.MethodPost:
		s.paid = true
		return s.payment
	case strings.Contains(req.URL.Path, "/payments/"):
		s.lookedUp = true
		return s.lookUp
	}
	return s.order
}

// objectionToComplete judges an outcome of Complete, as objection does. A
// definite error of Complete also means that nobody has paid for the order, as
// far as its responses tell: it is called again to settle a lost call.
func objectionToComplete(q question, s *scene, o outcome) string {
	used := strings.Contains(s.order.raw, "invalid_token")
	none := s.lookedUp && s.lookUp.status == 404 && strings.Contains(s.lookUp.raw, "not_found")
	nothing := none || s.lookedUp && s.lookUp.showsNothing(q)
	if s.paid {
		nothing = nothing || s.payment.showsNothing(q) && !used
	} else {
		nothing = nothing || !used && !s.lookedUp
	}
	switch {
	case o == done && !(s.paid && s.payment.showsDone(q) || s.lookedUp && s.lookUp.showsDone(q)):
		return "nil, but no response shows that it was done"
	case o == declined && !(s.paid && s.payment.showsDecline(q) || s.lookedUp && s.lookUp.showsDecline(q)):
		return "a decline, but no response shows one that nothing contradicts"
	case o == definite && !nothing:
		return "a definite error, but the order may have been paid for"
	case o != done && s.paid && s.payment.isPlainSuccess(q):
		return "an error, but the response plainly shows success"
	case o != declined && s.paid && s.payment.isPlainDecline(q):
		return "no decline, but the response plainly shows one"
	case o != done && used && !s.paid && s.lookUp.isPlainSuccess(q):
		return "an error, but the order was plainly paid for before"
	case s.paid && !s.order.is200ForHundred() && !used:
		return "the order was paid for, although it is for another amount"
	}
	return ""
}

func (r response) is200ForHundred() bool {
	return r.status == 200 && strings.Contains(r.raw, `"100.00","currency":"USD"`)
}

// scenes are what the service may answer when an order is read, and when it is
// paid for or looked up.
func scenes() (orders, answers []response) {
	refused := func(status int, code string) response {
		return response{status: status, raw: `{"errorCode":"` + code + `","errorId":"bff68cc7fdcdca58","message":"no"}`}
	}
	orders = []response{refused(412, "invalid_token"), refused(503, "error"), refused(404, "not_found"), {status: 200, raw: "<html>"}}
	for _, total := range []amount{hundred, usd(50), {"100.00", "AUD"}, {"100.00", ""}, {"null", "USD"}, {}} {
		orders = append(orders, response{status: 200, raw: `{"token":"` + token + `"` + total.field("amount") + `}`})
	}
	for _, r := range samples()[:9] {
		answers = append(answers, r)
		if r.token = other; r.state == "CAPTURED" || r.state == "AUTH_APPROVED" {
			answers = append(answers, r)
		}
		if r.token, r.total = asked, usd(50); r.state == "CAPTURED" || r.state == "AUTH_APPROVED" {
			answers = append(answers, r)
		}
	}
	for _, r := range []response{
		{verdict: "DECLINED", state: "CAPTURED", total: hundred, open: usd(0), events: []event{captured(100, "")}},
		{verdict: "APPROVED", state: "A_NEW_STATE", total: hundred, open: usd(50)},
		{verdict: "APPROVED", state: "REVERSED", total: hundred, open: usd(0)},
		{raw: "<html>"}, {raw: "empty"},
	} {
		r.status = 201
		answers = append(answers, r)
	}
	answers = append(answers, refused(402, "declined"), refused(402, "invalid_token"), refused(412, "precondition_failed"),
		refused(412, "invalid_order_transaction_status"), refused(404, "not_found"), response{status: 404, raw: "<html>"},
		refused(409, "conflict"), refused(503, "error"), refused(401, "unauthorized"), refused(429, "too_many_requests"), refused(500, "declined"))
	return orders, answers
}

// An order is read, paid for and looked up, each with every response that
// matters, by Capture and by Authorize, and by Capture under v1.
func TestPromise_EveryCompletionIsJudgedRightly(t *testing.T) {
	t.Parallel()
	capture := question{call: "capture", amount: hundred}
	orders, answers := scenes()
	judgeComplete(t, afterpay.V2, capture, orders, answers)
	judgeComplete(t, afterpay.V2, question{call: "authorize", amount: hundred}, orders, answers)
	for i, r := range answers {
		if r.raw == "" {
			answers[i] = response{status: r.status, verdict: r.verdict, total: r.total, id: r.id, token: r.token, v1: true}
		}
	}
	for i := range orders {
		orders[i].raw = strings.Replace(orders[i].raw, `"amount":{`, `"totalAmount":{`, 1)
	}
	judgeComplete(t, afterpay.V1, capture, orders, answers)
}

func judgeComplete(t *testing.T, version afterpay.APIVersion, q question, orders, answers []response) {
	t.Helper()
	var s scene
	c := clientOf(t, version, func(req *http.Request) response { return s.answer(req) })
	tried, paid := 0, 0
	for _, order := range orders {
		for _, payment := range answers {
			for _, lookUp := range answers {
				if lookUp.raw == "" {
					lookUp.status = 200
				}
				s = scene{order: order, payment: payment, lookUp: lookUp}
				_, err := c.Payments.Complete(t.Context(), afterpay.CompleteRequest{Token: token, Amount: afterpay.USD(100_00), Authorize: q.call == "authorize"})
				require.Empty(t, objectionToComplete(q, &s, outcomeOf(err)), "%s: order %d %s\npaid %v: %d %s\nlooked up %v: %d %s\nreturns %v", q.call,
					order.status, order.raw, s.paid, payment.status, payment.body(), s.lookedUp, lookUp.status, lookUp.body(), err)
				tried++
				if s.paid && err == nil {
					paid++
				}
			}
		}
	}
	require.Greater(t, tried, 5_000)
	require.Positive(t, paid)
}
