package suite_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

const approvedRefund = `{"refundId":"65","requestId":"r-1","amount":{"amount":"1.00","currency":"USD"}}`

func refundOf1USD(t *testing.T, c *afterpay.Client) error {
	t.Helper()
	_, err := c.Refunds.Create(t.Context(), "100101733736", afterpay.RefundRequest{RequestID: "r-1", Amount: afterpay.USD(1_00)})
	return err
}

// A kept-alive connection can die with a request on it. net/http then sends the
// request again by itself, within one attempt of ours.
func TestRequestOnDeadConnectionIsSentAgain(t *testing.T) {
	t.Parallel()
	for name, dies := range map[string]wireStep{"reset": resets, "closed": writes("")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newWireServer(t, says(201, approvedRefund), dies, says(201, approvedRefund))
			attempts := 0
			count := afterpay.WithObserver(func(context.Context, afterpay.Attempt) { attempts++ })
			c := s.client(t, afterpay.WithRetry(afterpay.RetryPolicy{}), count)
			require.NoError(t, refundOf1USD(t, c))
			require.NoError(t, refundOf1USD(t, c), "sent again, on a new connection")
			require.Equal(t, 2, attempts)
			require.Len(t, s.requests, 3)
			for _, req := range s.requests {
				require.NotContains(t, req.Header, "Idempotency-Key", "nothing extra appears on the wire")
				require.Equal(t, "application/json", req.Header.Get("Content-Type"))
			}
		})
	}
}

// The first of the two copies may have been carried out before the connection
// died, so a refusal of the second one is no verdict on both.
func TestRefusalOfRequestSentAgainLeavesOutcomeUnknown(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]wireStep{
		"too many requests":  says(http.StatusTooManyRequests, "", "Retry-After: 3600"),
		"wrong state":        says(http.StatusPreconditionFailed, `{"errorCode":"payment_captured"}`),
		"amount refunded":    says(http.StatusUnprocessableEntity, `{"errorCode":"invalid_amount"}`),
		"wall before it all": says(http.StatusForbidden, "<html>blocked</html>"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newWireServer(t, says(201, approvedRefund), resets, refusal)
			c := s.client(t, afterpay.WithRetry(afterpay.RetryPolicy{}))
			require.NoError(t, refundOf1USD(t, c))
			err := refundOf1USD(t, c)
			require.Equal(t, 3, s.received())
			require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
		})
	}
}

func TestDeclineOfRequestSentAgainIsAVerdict(t *testing.T) {
	t.Parallel()
	s := newWireServer(t, says(201, approvedRefund), resets, says(http.StatusUnprocessableEntity, `{"errorCode":"declined"}`))
	c := s.client(t, afterpay.WithRetry(afterpay.RetryPolicy{}))
	require.NoError(t, refundOf1USD(t, c))
	err := refundOf1USD(t, c)
	require.ErrorIs(t, err, afterpay.ErrDeclined)
	require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
}
