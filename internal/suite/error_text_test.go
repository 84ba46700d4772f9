package suite_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

func TestError_TextSaysEachFactOnceInOrderOfUse(t *testing.T) {
	t.Parallel()
	amount := func(hundredths int64) afterpay.CapturePartRequest {
		return afterpay.CapturePartRequest{RequestID: "part-1", Amount: afterpay.USD(hundredths)}
	}
	for name, x := range map[string]struct {
		call func(ctx context.Context, c *afterpay.Client, s *afterpaytest.Sandbox, token, paymentID string) error
		want string
	}{
		"another amount": {func(ctx context.Context, c *afterpay.Client, _ *afterpaytest.Sandbox, token, _ string) error {
			_, err := c.Orders.Verify(ctx, token, afterpay.USD(60_00))
			return err
		}, "afterpay: orders.verify: order is for 50.00 USD, expected 60.00 USD"},
		"request id used twice": {func(ctx context.Context, c *afterpay.Client, _ *afterpaytest.Sandbox, _, paymentID string) error {
			_, err := c.Payments.CapturePart(ctx, paymentID, amount(5_00))
			require.NoError(t, err)
			_, err = c.Payments.CapturePart(ctx, paymentID, amount(6_00))
			return err
		}, "afterpay: payments.capturePart: amount mismatch: request id was already used for 5.00 USD, not 6.00 USD: status 201"},
		"more than is open": {func(ctx context.Context, c *afterpay.Client, _ *afterpaytest.Sandbox, _, paymentID string) error {
			_, err := c.Payments.CapturePart(ctx, paymentID, amount(60_00))
			return err
		}, "afterpay: payments.capturePart: invalid request: the amount is above what is open or below the smallest amount: status 422, code invalid_amount"},
		"refund window": {func(ctx context.Context, c *afterpay.Client, s *afterpaytest.Sandbox, _, paymentID string) error {
			_, err := c.Payments.CapturePart(ctx, paymentID, amount(5_00))
			require.NoError(t, err)
			s.Advance(121 * 24 * time.Hour)
			_, err = c.Refunds.Create(ctx, paymentID, afterpay.RefundRequest{Amount: afterpay.USD(5_00)})
			return err
		}, "afterpay: refunds.create: invalid request: the refund window is over: status 422, code refund_timelimit_exceeded"},
		"rate limit": {func(ctx context.Context, c *afterpay.Client, s *afterpaytest.Sandbox, _, paymentID string) error {
			s.Fail(afterpaytest.OpGetPayment, afterpaytest.TooManyRequests(5*time.Minute))
			_, err := c.Payments.Get(ctx, paymentID)
			return err
		}, "afterpay: payments.get: rate limited: retry after 5m0s, status 429"},
		"outcome unknown": {func(ctx context.Context, c *afterpay.Client, s *afterpaytest.Sandbox, _, paymentID string) error {
			s.Fail(afterpaytest.OpVoid, afterpaytest.BadGateway().Times(3))
			_, err := c.Payments.Void(ctx, paymentID, afterpay.VoidRequest{All: true})
			return err
		}, "afterpay: payments.void: outcome unknown: status 502 after 3 attempts"},
		"no response": {func(ctx context.Context, c *afterpay.Client, s *afterpaytest.Sandbox, _, paymentID string) error {
			s.Fail(afterpaytest.OpGetPayment, afterpaytest.Timeout().Times(3))
			_, err := c.Payments.Get(ctx, paymentID)
			return err
		}, "afterpay: payments.get: unavailable: no complete response within 20s: after 3 attempts"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, sandbox := afterpaytest.NewClient(t)
				place := func() string {
					order, err := c.Orders.Create(t.Context(), afterpay.CreateOrderRequest{
						Amount: afterpay.USD(50_00), Consumer: afterpay.Consumer{Email: "ann@example.com"},
						Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/ok", RedirectCancelURL: "https://shop.example/no"},
					})
					require.NoError(t, err)
					require.NoError(t, sandbox.Approve(order.Token))
					return order.Token
				}
				payment, err := c.Payments.Authorize(t.Context(), afterpay.AuthorizeRequest{Token: place()})
				require.NoError(t, err)
				err = x.call(t.Context(), c, sandbox, place(), payment.ID)
				require.Error(t, err)
				text, _, _ := strings.Cut(err.Error(), ", error id ")
				require.Equal(t, x.want, text)
			})
		})
	}
}
