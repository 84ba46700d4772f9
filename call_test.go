package afterpay_test

import (
	"context"
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
