package suite_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
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

// callsOfV1 are the calls that v1 has.
var callsOfV1 = []string{"capture", "recover", "refund", "reverse"}

// ask makes the call of a question.
func ask(c *afterpay.Client, q question) error {
	ctx := context.Background()
	var want afterpay.Money
	if q.amount != (amount{}) {
		want = afterpay.USD(int64(q.amount.cents()))
		want.Currency = afterpay.Currency(q.amount.currency)
	}
	switch q.call {
	case "authorize":
		return failure(c.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: token, Amount: want}))
	case "capture":
		return failure(c.Payments.Capture(ctx, afterpay.CaptureRequest{Token: token, Amount: want}))
	case "capturePart":
		return failure(c.Payments.CapturePart(ctx, paymentID, afterpay.CapturePartRequest{Amount: want, EventMerchantReference: q.reference}))
	case "void":
		return failure(c.Payments.Void(ctx, paymentID, afterpay.VoidRequest{Amount: want}))
	case "voidAll":
		return failure(c.Payments.Void(ctx, paymentID, afterpay.VoidRequest{All: true}))
	case "recover":
		return failure(c.Payments.Recover(ctx, token))
	case "findCapture":
		return failure(c.Payments.FindCapture(ctx, paymentID, q.reference))
	case "refund":
		return failure(c.Refunds.Create(ctx, paymentID, afterpay.RefundRequest{RequestID: "r-1", MerchantReference: "R-1", Amount: afterpay.USD(5_00)}))
	case "reverse":
		return c.Payments.Reverse(ctx, token)
	}
	panic("no call " + q.call)
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
func clientOf(t *testing.T, version afterpay.APIVersion, answer func(*http.Request) response, opts ...afterpay.Option) *afterpay.Client {
	t.Helper()
	through := suitetest.Through(func(req *http.Request) (*http.Response, error) {
		r := answer(req)
		return suitetest.Respond(r.status, r.body()), nil
	})
	opts = append(opts, through, afterpay.WithAPIVersion(version), afterpay.WithTimeouts(afterpay.Timeouts{Lookup: 1}))
	return suitetest.NewClient(t, "https://service.example", opts...)
}

// judge asks every question with each response of a family, and reports each
// outcome to which the oracle objects, up to twenty.
func judge(t *testing.T, family iter.Seq[response]) {
	t.Helper()
	var now response
	var seen afterpay.Attempt
	answer := func(*http.Request) response { return now }
	observer := afterpay.WithObserver(func(_ context.Context, a afterpay.Attempt) { seen = a })
	v2, v1 := clientOf(t, afterpay.V2, answer, observer), clientOf(t, afterpay.V1, answer, observer)
	tried, wrong := 0, 0
	for r := range family {
		now = response{status: r.status, raw: cmp.Or(r.body(), "empty")}
		asks := questions()
		if r.raw != "" { // a payment is no response to these
			asks = append(asks, question{call: "refund"}, question{call: "reverse"})
		}
		for _, q := range asks {
			c := v2
			if r.v1 {
				if c = v1; !slices.Contains(callsOfV1, q.call) || q.amount != (amount{}) {
					continue
				}
			}
			tried++
			err := ask(c, q)
			complaint := cmp.Or(objection(q, r, outcomeOf(err)), objectionToError(q, r, err), objectionToAttempt(q, seen, err))
			if complaint != "" && wrong < 20 {
				wrong++
				t.Errorf("%s\n%+v is answered %d %s\nand the call returns %v", complaint, q, r.status, r.body(), err)
			}
		}
	}
	require.Greater(t, tried, 5_000)
}

// objectionToError judges what an error with an unknown outcome tells besides: the
// payment, whatever the status, and that it has another total than the request
// named.
func objectionToError(q question, r response, err error) string {
	if outcomeOf(err) != unknown || !r.isAnswerTo(q) {
		return ""
	}
	e, _ := errors.AsType[*afterpay.Error](err)
	whole := q.call == "authorize" || q.call == "capture"
	switch {
	case e.Payment == nil:
		return "the payment is not handed on"
	case whole && r.status/100 == 2 && r.total.cents() >= 0 && r.total.currency != "" && !r.expects(q.amount) && e.Kind != afterpay.ErrAmountMismatch:
		return "it is not said that the total is another"
	}
	return ""
}

// objectionToAttempt judges what an observer is told: what the caller gets. An
// attempt to look something up brings a payment that is judged afterwards.
func objectionToAttempt(q question, seen afterpay.Attempt, err error) string {
	told := afterpay.Error{StatusCode: seen.StatusCode}
	if e, ok := errors.AsType[*afterpay.Error](err); ok {
		told = *e
	}
	if !q.looks() && (seen.Kind != told.Kind || seen.StatusCode != told.StatusCode || (seen.Err == nil) != (told.Err == nil)) {
		return fmt.Sprintf("the observer is told something else: %+v", seen)
	}
	return ""
}

// What every call returns for every response is judged by an oracle that shares no
// code with the client.
func TestPromise_EveryResponseIsJudgedRightly(t *testing.T) {
	t.Parallel()
	for name, family := range map[string]iter.Seq[response]{
		"every payment":            some(payments, 13),
		"every identity and total": some(variants, 2),
		"every status":             statuses,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			judge(t, family)
		})
	}
}
