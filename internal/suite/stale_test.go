package suite_test

import (
	"errors"
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
// request again by itself, within one attempt of ours. The first of the two copies
// may have been carried out before the connection died, so that a refusal of the
// second one is no verdict on both. A decline is.
func TestRefusalOfRequestSentAgainLeavesOutcomeUnknown(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		refusal wireStep
		kind    afterpay.Kind
	}{
		"too many requests":  {says(http.StatusTooManyRequests, "", "Retry-After: 3600"), afterpay.ErrRateLimited},
		"wrong state":        {says(http.StatusPreconditionFailed, `{"errorCode":"payment_captured"}`), afterpay.ErrState},
		"amount refunded":    {says(http.StatusUnprocessableEntity, `{"errorCode":"invalid_amount"}`), afterpay.ErrInvalid},
		"wall before it all": {says(http.StatusForbidden, "<html>blocked</html>"), afterpay.ErrUnavailable},
		"declined":           {says(http.StatusUnprocessableEntity, `{"errorCode":"declined"}`), afterpay.ErrDeclined},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newWireServer(t, says(201, approvedRefund), resets, x.refusal)
			c := s.client(t, afterpay.WithRetry(afterpay.RetryPolicy{}))
			require.NoError(t, refundOf1USD(t, c))
			err := refundOf1USD(t, c)
			require.Equal(t, 3, s.received())
			require.ErrorIs(t, err, x.kind)
			require.Equal(t, x.kind != afterpay.ErrDeclined, errors.Is(err, afterpay.ErrOutcomeUnknown))
		})
	}
}
