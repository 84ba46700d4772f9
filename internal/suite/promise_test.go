package suite_test

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// questions are the calls that are tried with every response.
func questions() []question {
	return []question{
		{call: "authorize"}, {call: "authorize", amount: hundred},
		{call: "capture"}, {call: "capture", amount: hundred},
		{call: "capturePart", amount: usd(20), reference: "C1"}, {call: "capturePart", amount: usd(20)},
		{call: "void", amount: usd(10)}, {call: "voidAll"},
		{call: "recover"}, {call: "findCapture", reference: "C1"},
	}
}

// ask makes the call of a question.
func ask(c *afterpay.Client, q question) (err error) {
	ctx := context.Background()
	var want afterpay.Money
	if q.amount != (amount{}) {
		want = afterpay.USD(int64(q.amount.cents()))
	}
	switch q.call {
	case "authorize":
		_, err = c.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: token, Amount: want})
	case "capture":
		_, err = c.Payments.Capture(ctx, afterpay.CaptureRequest{Token: token, Amount: want})
	case "capturePart":
		_, err = c.Payments.CapturePart(ctx, paymentID, afterpay.CapturePartRequest{Amount: want, EventMerchantReference: q.reference})
	case "void":
		_, err = c.Payments.Void(ctx, paymentID, afterpay.VoidRequest{Amount: want})
	case "voidAll":
		_, err = c.Payments.Void(ctx, paymentID, afterpay.VoidRequest{All: true})
	case "recover":
		_, err = c.Payments.Recover(ctx, token)
	case "findCapture":
		_, err = c.Payments.FindCapture(ctx, paymentID, q.reference)
	}
	return err
}

func outcomeOf(err error) outcome {
	switch {
	case err == nil:
		return done
	case errors.Is(err, afterpay.ErrOutcomeUnknown):
		return unknown
	case errors.Is(err, afterpay.ErrDeclined):
		return declined
	}
	return definite
}

// clientOf returns a client that gets the response that answer returns. It
// repeats nothing and looks things up without waiting.
func clientOf(t *testing.T, version afterpay.APIVersion, answer func(*http.Request) response) *afterpay.Client {
	t.Helper()
	return suitetest.NewClient(t, "https://service.example", afterpay.WithAPIVersion(version), afterpay.WithTimeouts(afterpay.Timeouts{Lookup: 1}),
		suitetest.Through(func(req *http.Request) (*http.Response, error) {
			r := answer(req)
			return suitetest.Respond(r.status, r.body()), nil
		}))
}

// judge asks every question with each response of a family, and reports each
// outcome to which the oracle objects, up to twenty.
func judge(t *testing.T, family iter.Seq[response]) {
	t.Helper()
	var now response
	answer := func(*http.Request) response { return now }
	v2, v1 := clientOf(t, afterpay.V2, answer), clientOf(t, afterpay.V1, answer)
	tried, wrong := 0, 0
	for r := range family {
		now = response{status: r.status, raw: cmp.Or(r.body(), "empty")}
		for _, q := range questions() {
			c := v2
			if r.v1 {
				if c = v1; q.call != "capture" && q.call != "recover" || q.amount != (amount{}) {
					continue // v1 lacks it
				}
			}
			tried++
			err := ask(c, q)
			if complaint := objection(q, r, outcomeOf(err)); complaint != "" && wrong < 20 {
				wrong++
				t.Errorf("%s\n%+v is answered %d %s\nand the call returns %v", complaint, q, r.status, r.body(), err)
			}
		}
	}
	require.Greater(t, tried, 5_000)
}

// What every call returns for every payment that a response can show is judged
// by an oracle that shares no code with the client.
func TestPromise_EveryResponseIsJudgedRightly(t *testing.T) {
	t.Parallel()
	judge(t, some(payments, 13))
}

// The same for payments that may be others, for another total, or under 402.
func TestPromise_EveryIdentityAndTotalIsJudgedRightly(t *testing.T) {
	t.Parallel()
	judge(t, some(variants, 2))
}

// The same for refusals, and for bodies that are no payment.
func TestPromise_EveryStatusIsJudgedRightly(t *testing.T) {
	t.Parallel()
	judge(t, statuses)
}

// A payment that comes with an unknown outcome is handed on, whatever the status.
func TestPromise_UnknownOutcomesCarryThePayment(t *testing.T) {
	t.Parallel()
	for _, r := range samples() {
		for _, r.status = range []int{408, 409, 500, 503, 524} {
			if r.v1 {
				continue
			}
			c := clientOf(t, afterpay.V2, func(*http.Request) response { return r })
			_, err := c.Payments.Capture(t.Context(), afterpay.CaptureRequest{Token: token})
			require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
			e, _ := errors.AsType[*afterpay.Error](err)
			require.NotNil(t, e.Payment, "%d %s", r.status, r.body())
		}
	}
}

// A payment of another total than the request named says so, and is handed on.
func TestPromise_AnotherTotalIsAnAmountMismatch(t *testing.T) {
	t.Parallel()
	c := clientOf(t, afterpay.V2, func(*http.Request) response { return samples()[4] })
	for _, call := range []string{"capture", "authorize"} {
		for _, expected := range []amount{{"99.99", "USD"}, {"100.01", "USD"}} {
			err := ask(c, question{call: call, amount: expected})
			require.ErrorIs(t, err, afterpay.ErrAmountMismatch)
			require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
			e, _ := errors.AsType[*afterpay.Error](err)
			require.NotNil(t, e.Payment)
		}
	}
}
