package suite_test

import (
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
