package afterpay_test

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

func TestEveryCall_NilContextIsRefusedBeforeSending(t *testing.T) {
	t.Parallel()
	c := suitetest.NewClient(t, "https://service.example", suitetest.Refusing(t))
	for _, o := range suitetest.Operations() {
		_, err := o.Invoke(nil, c)
		require.ErrorIs(t, err, afterpay.ErrInvalid, o.Name)
		require.ErrorContains(t, err, "context is nil")
	}
	for name, err := range map[string]error{
		"complete": second(c.Payments.Complete(nil, completeRequest(suitetest.Token))), //nolint:staticcheck // as above
		"recover":  second(c.Payments.Recover(nil, suitetest.Token)),                   //nolint:staticcheck // as above
		"refund":   second(c.Refunds.Recover(nil, suitetest.PaymentID, "r-1")),         //nolint:staticcheck // as above
		"capture":  second(c.Payments.FindCapture(nil, suitetest.PaymentID, "ship-1")), //nolint:staticcheck // as above
		"verify":   second(c.Orders.Verify(nil, suitetest.Token, afterpay.USD(1_00))),  //nolint:staticcheck // as above
		"refresh":  second(c.Configuration.Refresh(nil)),                               //nolint:staticcheck // as above
	} {
		require.ErrorIs(t, err, afterpay.ErrInvalid, name)
	}
	for _, err := range c.Payments.All(nil, afterpay.PaymentQuery{}) { //nolint:staticcheck // as above
		require.ErrorIs(t, err, afterpay.ErrInvalid)
	}
	for _, err := range c.Disputes.All(nil, afterpay.DisputeQuery{}) { //nolint:staticcheck // as above
		require.ErrorIs(t, err, afterpay.ErrInvalid)
	}
}

func second[T any](_ T, err error) error { return err }

// The correlation id of a successful call is available without an observer.
func TestRecordResponse_SuccessAndFailure(t *testing.T) {
	t.Parallel()
	headers := map[string]string{"Http-Correlation-Id": "corr-1", "Cf-Ray": "69f1-SYD"}
	for name, x := range map[string]struct {
		answers []answer
		want    afterpay.Response
	}{
		"success": {[]answer{{Status: 201, Body: suitetest.RefundBody, Header: headers}},
			afterpay.Response{StatusCode: 201, CorrelationID: "corr-1", RayID: "69f1-SYD", RequestID: suitetest.RequestID, Attempts: 1}},
		"second attempt": {[]answer{{Status: 503}, {Status: 201, Body: suitetest.RefundBody, Header: headers}},
			afterpay.Response{StatusCode: 201, CorrelationID: "corr-1", RayID: "69f1-SYD", RequestID: suitetest.RequestID, Attempts: 2}},
		"refusal": {[]answer{{Status: 422, Body: `{"errorCode":"invalid_amount"}`, Header: headers}},
			afterpay.Response{StatusCode: 422, CorrelationID: "corr-1", RayID: "69f1-SYD", RequestID: suitetest.RequestID, Attempts: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newRecorder(t, x.answers...)
			var r afterpay.Response
			_, _ = suitetest.Refund(afterpay.RecordResponse(t.Context(), &r), suitetest.NewClient(t, srv.URL, suitetest.Twice))
			require.Equal(t, x.want, r)
		})
	}
	require.NotPanics(t, func() {
		_, _ = suitetest.Refund(afterpay.RecordResponse(context.Background(), nil), suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(201, suitetest.RefundBody))))
	})
}

// allocations returns the number of allocations of a call, including those of the
// fake response. If body is empty, the first attempt of each call fails.
func allocations(t *testing.T, body string, call suitetest.Invoke, opts ...afterpay.Option) int {
	t.Helper()
	ctx := t.Context()
	attempt, retried := 0, body == ""
	fails, succeeds := suitetest.Always(503, "{}"), suitetest.Always(201, cmp.Or(body, suitetest.OrderBody))
	c := clientOf(t, func(req *http.Request) (*http.Response, error) {
		if attempt++; retried && attempt%2 == 1 {
			return fails(req)
		}
		return succeeds(req)
	}, opts...)
	return int(testing.AllocsPerRun(500, func() {
		if _, err := call(ctx, c); err != nil {
			t.Error(err)
		}
	}))
}

// The ceilings are measured values. A change that exceeds one must be worth it.
func TestCall_StaysBelowItsAllocations(t *testing.T) {
	skipUnderRace(t)
	payment := recorded(t, "v2_payment_by_token_200")
	page := `{"totalResults":100,"limit":100,"offset":0,"results":[` + strings.Repeat(payment+",", 99) + payment + `]}`
	refund := func(ctx context.Context, c *afterpay.Client) (any, error) { // a request id is made for it
		return suitetest.Returned(c.Refunds.Create(ctx, suitetest.PaymentID, afterpay.RefundRequest{Amount: afterpay.USD(10_00)}))
	}
	list := func(ctx context.Context, c *afterpay.Client) (any, error) {
		return suitetest.Returned(c.Payments.List(ctx, afterpay.PaymentQuery{Limit: 100}))
	}
	for name, x := range map[string]struct {
		body    string
		call    suitetest.Invoke
		ceiling int
	}{
		"create an order":   {recorded(t, "v2_checkout_created_201"), suitetest.CreateOrder, 28},
		"read a payment":    {payment, suitetest.GetPayment, 27},
		"list 100 payments": {page, list, 380},
		"refund":            {recorded(t, "v2_refund_created_201"), refund, 31},
	} {
		t.Run(name, func(t *testing.T) {
			allocs := allocations(t, x.body, x.call)
			t.Log(allocs, "allocations")
			require.LessOrEqual(t, allocs, x.ceiling)
		})
	}
	once := allocations(t, suitetest.OrderBody, suitetest.CreateOrder)
	for name, option := range map[string]afterpay.Option{
		"a limiter": afterpay.WithLimiter(noLimit{}), "no validation": afterpay.WithoutValidation(), "the readiness to retry": suitetest.Twice,
	} {
		require.Equal(t, once, allocations(t, suitetest.OrderBody, suitetest.CreateOrder, option), name)
	}
	again := allocations(t, "", suitetest.CreateOrder, afterpay.WithRetry(afterpay.RetryPolicy{MaxAttempts: 2, BaseDelay: 1, MaxDelay: 1, Budget: -1}))
	require.LessOrEqual(t, again, once+20, "a second attempt encodes nothing again")
}

type noLimit struct{}

func (noLimit) Wait(context.Context) error { return nil }
