package suite_test

import (
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

func TestError_TextSaysEachFactOnceInOrderOfUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		c, sandbox := afterpaytest.NewClient(t)
		order, err := c.Orders.Create(ctx, afterpay.CreateOrderRequest{
			Amount: afterpay.USD(50_00), Consumer: afterpay.Consumer{Email: "ann@example.com"},
			Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/ok", RedirectCancelURL: "https://shop.example/no"},
		})
		require.NoError(t, err)
		says := func(want string, err error) {
			t.Helper()
			require.Error(t, err)
			text, _, _ := strings.Cut(err.Error(), ", error id ")
			require.Equal(t, "afterpay: "+want, text)
		}
		says("orders.verify: order is for 50.00 USD, expected 60.00 USD", failure(c.Orders.Verify(ctx, order.Token, afterpay.USD(60_00))))

		require.NoError(t, sandbox.Approve(order.Token))
		payment, err := c.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: order.Token})
		require.NoError(t, err)
		capture := func(hundredths int64) error {
			return failure(c.Payments.CapturePart(ctx, payment.ID, afterpay.CapturePartRequest{RequestID: "part-1", Amount: afterpay.USD(hundredths)}))
		}
		says("payments.capturePart: invalid request: the amount is above what is open or below the smallest amount: status 422, code invalid_amount", capture(60_00))
		require.NoError(t, capture(5_00))
		says("payments.capturePart: amount mismatch: request id was already used for 5.00 USD, not 6.00 USD: status 201", capture(6_00))

		sandbox.Fail(afterpaytest.OpGetPayment, afterpaytest.TooManyRequests(5*time.Minute))
		says("payments.get: rate limited: retry after 5m0s, status 429", failure(c.Payments.Get(ctx, payment.ID)))
		sandbox.Fail(afterpaytest.OpGetPayment, afterpaytest.Timeout().Times(3))
		says("payments.get: unavailable: no complete response within 20s: after 3 attempts", failure(c.Payments.Get(ctx, payment.ID)))

		void := afterpay.VoidRequest{All: true}
		sandbox.Fail(afterpaytest.OpVoid, afterpaytest.BadGateway().Times(3))
		says("payments.void: outcome unknown: status 502 after 3 attempts", failure(c.Payments.Void(ctx, payment.ID, void)))
		v1 := sandbox.NewClient(t, afterpay.WithAPIVersion(afterpay.V1))
		says("payments.void: invalid request: payments.void is not supported by API v1", failure(v1.Payments.Void(ctx, payment.ID, void)))

		sandbox.Reply(afterpaytest.OpAccessToken, 200, `{"expires_in":3600}`)
		says("payments.get: unavailable: no access token: oauth.token: response has no token: status 200",
			failure(sandbox.NewClient(t, afterpay.WithOAuth()).Payments.Get(ctx, payment.ID)))

		sandbox.Advance(121 * 24 * time.Hour)
		says("refunds.create: invalid request: the refund window is over: status 422, code refund_timelimit_exceeded",
			failure(c.Refunds.Create(ctx, payment.ID, afterpay.RefundRequest{Amount: afterpay.USD(5_00)})))
	})
}

func TestErrorText_IsBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("f68cc7fdcdca58bf", 1000)
	path := "items[1]" + strings.Repeat(".name", 200)
	e := &afterpay.Error{
		Op: "orders.create", Kind: afterpay.ErrInvalid, OutcomeUnknown: true, StatusCode: 422, Attempts: 3, RetryAfter: time.Hour,
		Code: strings.Repeat("invalid_", 1000) + "token", ErrorID: long, Message: long, Raw: long, CorrelationID: long, RayID: long, RequestID: long,
		Err: errors.Join(slices.Repeat([]error{errors.New(long), io.EOF}, 100)...),
	}
	for range 100 {
		e.Fields = append(e.Fields, afterpay.FieldError{Field: path, Message: long})
	}
	j := new(journal)
	j.logger().Info("x", "err", e, "field", e.Fields[0])
	require.Less(t, len(e.Error()), 2000)
	require.Less(t, j.texts.Len(), 4000)
	require.Contains(t, e.Error(), "100 in all")
}

func TestLogger_ThatTakesWarningsGetsFailuresAlone(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	logger := afterpay.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})))
	for status, lines := range map[int]int{201: 0, 412: 1} {
		log.Reset()
		c := suitetest.NewClient(t, "https://service.example", logger, suitetest.Through(suitetest.Always(status, suitetest.ApprovedPayment)))
		_, _ = suitetest.Capture(t.Context(), c)
		require.Equal(t, lines, strings.Count(log.String(), "level=WARN"))
		require.Equal(t, lines, strings.Count(log.String(), "\n"))
	}
}
