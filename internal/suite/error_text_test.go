package suite_test

import (
	"context"
	"errors"
	"io"
	"net/http"
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
		"not in v1": {func(ctx context.Context, _ *afterpay.Client, _ *afterpaytest.Sandbox, _, paymentID string) error {
			c, err := afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey, afterpay.WithAPIVersion(afterpay.V1))
			require.NoError(t, err)
			_, err = c.Payments.Void(ctx, paymentID, afterpay.VoidRequest{All: true})
			return err
		}, "afterpay: payments.void: invalid request: payments.void is not supported by API v1"},
		"no access token": {func(ctx context.Context, _ *afterpay.Client, s *afterpaytest.Sandbox, _, paymentID string) error {
			s.Reply(afterpaytest.OpAccessToken, 200, `{"expires_in":3600}`)
			c, err := afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey, afterpay.WithOAuth(), afterpay.WithHTTPClient(&http.Client{Transport: s}))
			require.NoError(t, err)
			_, err = c.Payments.Get(ctx, paymentID)
			return err
		}, "afterpay: payments.get: unavailable: no access token: oauth.token: response has no token: status 200"},
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

// An observer counts what the caller sees: a response that arrived may still be
// a failure.
func TestObserversAndLogsShowWhatTheCallerGets(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		status int
		body   string
		kind   afterpay.Kind
		cause  bool
	}{
		"declined payment":      {201, suitetest.Recorded(t, "../../testdata/v2_payment_capture_declined_201.json"), afterpay.ErrDeclined, false},
		"voided payment":        {201, suitetest.PaymentIn("APPROVED", "VOIDED"), afterpay.ErrState, true},
		"authorized payment":    {201, suitetest.Recorded(t, "../../testdata/v2_payment_auth_approved_201.json"), afterpay.ErrState, true},
		"undecided payment":     {201, suitetest.PaymentIn("PENDING", ""), afterpay.ErrUnavailable, true},
		"HTML":                  {200, "<html>", afterpay.ErrUnavailable, true},
		"half a payment":        {201, suitetest.PaymentIn("APPROVED", "CAPTURED")[:60], afterpay.ErrUnavailable, true},
		"error with 200":        {200, `{"errorCode":"error"}`, afterpay.ErrUnavailable, true},
		"empty":                 {201, "", afterpay.ErrUnavailable, true},
		"refusal":               {412, `{"errorCode":"payment_captured"}`, afterpay.ErrState, false},
		"402 without a verdict": {402, "<html>", afterpay.ErrUnavailable, false},
		"redirection":           {307, "", afterpay.ErrUnavailable, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := new(journal)
			var seen []afterpay.Attempt
			c := suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(x.status, x.body)), afterpay.WithLogger(j.logger()),
				afterpay.WithObserver(func(_ context.Context, a afterpay.Attempt) { seen = append(seen, a) }))
			_, err := suitetest.Capture(t.Context(), c)
			e := suitetest.AsError(t, err)
			require.Equal(t, x.kind, e.Kind)
			require.Len(t, seen, 1, "once an attempt")
			require.Equal(t, e.Kind, seen[0].Kind)
			require.Equal(t, e.StatusCode, seen[0].StatusCode)
			require.Equal(t, x.cause, seen[0].Err != nil)
			require.Equal(t, e.Err, seen[0].Err)
			lines := suitetest.LogLines(t, j.texts.Bytes())
			require.Len(t, lines, 1)
			require.Equal(t, "WARN", lines[0]["level"])
			require.Equal(t, "afterpay call failed", lines[0]["msg"])
			require.Equal(t, string(e.Kind), lines[0]["kind"])
		})
	}
}
