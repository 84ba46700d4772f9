package afterpay_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// lagging answers reads with 404 until something has happened for them to see,
// and then with a payment.
func lagging(lag time.Duration, body string) suitetest.Tripper {
	start := time.Now()
	return func(*http.Request) (*http.Response, error) {
		if time.Since(start) < lag {
			return suitetest.Respond(404, `{"errorCode":"not_found"}`), nil
		}
		return suitetest.Respond(200, body), nil
	}
}

// TestRecover looks for a payment whose answer was lost.
func TestRecover(t *testing.T) {
	t.Parallel()
	approved := recorded(t, "v2_payment_auth_approved_201")
	for name, x := range map[string]struct {
		service func() suitetest.Tripper
		opts    []afterpay.Option
		kind    afterpay.Kind // "": the payment is found
		unknown bool
		takes   time.Duration // at least
		atMost  time.Duration
	}{
		"it is there":             {func() suitetest.Tripper { return lagging(0, approved) }, nil, "", false, 0, 0},
		"it turns up":             {func() suitetest.Tripper { return lagging(30*time.Second, approved) }, nil, "", false, 30 * time.Second, 36 * time.Second},
		"it was declined":         {func() suitetest.Tripper { return lagging(time.Second, recorded(t, "v2_payment_auth_declined_402")) }, nil, afterpay.ErrDeclined, false, time.Second, 4 * time.Second},
		"nothing happened":        {func() suitetest.Tripper { return lagging(never, "") }, nil, afterpay.ErrNotFound, false, 70 * time.Second, 70 * time.Second},
		"a shorter window":        {func() suitetest.Tripper { return lagging(never, "") }, []afterpay.Option{afterpay.WithTimeouts(afterpay.Timeouts{Lookup: 10 * time.Second})}, afterpay.ErrNotFound, false, 10 * time.Second, 10 * time.Second},
		"no time limit":           {func() suitetest.Tripper { return lagging(never, "") }, []afterpay.Option{afterpay.WithTimeouts(afterpay.Timeouts{Lookup: -1})}, afterpay.ErrNotFound, false, 70 * time.Second, 70 * time.Second},
		"the service is down":     {func() suitetest.Tripper { return suitetest.Always(503, "") }, nil, afterpay.ErrUnavailable, true, 70 * time.Second, 70 * time.Second},
		"the service is too busy": {func() suitetest.Tripper { return suitetest.Always(429, "") }, nil, afterpay.ErrRateLimited, true, 70 * time.Second, 70 * time.Second},
		"the credentials are bad": {func() suitetest.Tripper { return suitetest.Always(401, "") }, nil, afterpay.ErrUnauthorized, true, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := suitetest.NewClient(t, "https://service.example", append(x.opts, suitetest.Through(x.service()))...)
				start := time.Now()
				p, err := c.Payments.Recover(t.Context(), suitetest.Token)
				require.GreaterOrEqual(t, time.Since(start), x.takes)
				require.LessOrEqual(t, time.Since(start), x.atMost)
				if x.kind == "" {
					require.NoError(t, err)
					require.Equal(t, "100570320832", p.ID)
					return
				}
				require.Nil(t, p)
				e := suitetest.AsError(t, err)
				require.Equal(t, x.kind, e.Kind)
				require.Equal(t, x.unknown, e.OutcomeUnknown)
				require.Equal(t, "payments.getByToken", e.Op)
				require.Equal(t, x.kind == afterpay.ErrDeclined, e.Payment != nil)
			})
		})
	}
}

// TestRecoveryThatIsBrokenOffLeavesTheOutcomeUnknown does not say that nothing
// happened when it did not look for long enough.
func TestRecoveryThatIsBrokenOffLeavesTheOutcomeUnknown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		c := suitetest.NewClient(t, "https://service.example", suitetest.Through(lagging(never, "")))
		_, err := c.Payments.Recover(ctx, suitetest.Token)
		require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, afterpay.ErrNotFound)

		_, err = c.Refunds.Recover(ctx, "1", "R-1")
		require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
		require.NotErrorIs(t, err, afterpay.ErrNotFound)
	})
}

// TestFind looks for a refund whose answer was lost, by its request id or its
// reference, and among the refunds of a payment that was voided in part.
func TestFind(t *testing.T) {
	t.Parallel()
	const payment = `{"id":"1","token":"t","status":"APPROVED","paymentState":"CAPTURED",
		"originalAmount":{"amount":"100.00","currency":"USD"},"openToCaptureAmount":{"amount":"0.00","currency":"USD"},
		"refunds":[
			{"refundId":"V1","amount":{"amount":"10.00","currency":"USD"},"refundedAt":"2021-08-31T10:22:02.911Z"},
			{"refundId":"2","requestId":"request-2","merchantReference":"R-2","amount":{"amount":"5.00","currency":"USD"},"refundedAt":"2021-09-01T10:00:00.000Z"},
			{"refundId":"3","requestId":"request-3","merchantReference":"R-3","amount":{"amount":"5.00","currency":"USD"},"refundedAt":"2021-09-02T10:00:00.000Z"},
			{"refundId":"4","requestId":"request-4","merchantReference":"R-3","amount":{"amount":"5.00","currency":"USD"},"refundedAt":"2021-09-03T10:00:00.000Z"}],
		"events":[
			{"id":"e1","created":"2021-08-31T10:21:29.045Z","type":"AUTH_APPROVED","amount":{"amount":"100.00","currency":"USD"}},
			{"id":"e2","created":"2021-08-31T10:21:40.000Z","type":"CAPTURED","amount":{"amount":"90.00","currency":"USD"}},
			{"id":"e3","created":"2021-08-31T10:22:02.927Z","type":"VOIDED","amount":{"amount":"10.00","currency":"USD"}}]}`
	for name, x := range map[string]struct {
		key   string
		id    string
		kind  afterpay.Kind
		fault string
		takes time.Duration
	}{
		"by request id":            {"request-2", "2", "", "", 0},
		"by reference":             {"R-2", "2", "", "", 0},
		"by request id of many":    {"request-4", "4", "", "", 0},
		"by reference of many":     {"R-3", "", afterpay.ErrOutcomeUnknown, "outcome unknown: more than one refund has this reference", 0},
		"by nothing":               {"", "", afterpay.ErrInvalid, "key is required", 0},
		"that was never made":      {"R-9", "", afterpay.ErrNotFound, "", 70 * time.Second},
		"by the number of a void":  {"V1", "", afterpay.ErrNotFound, "", 70 * time.Second},
		"by the number of another": {"2", "", afterpay.ErrNotFound, "", 70 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(200, payment)))
				start := time.Now()
				r, err := c.Refunds.Recover(t.Context(), "1", x.key)
				require.Equal(t, x.takes, time.Since(start))
				if x.kind == "" {
					require.NoError(t, err)
					require.Equal(t, x.id, r.ID)
					return
				}
				require.Nil(t, r)
				require.ErrorIs(t, err, x.kind)
				require.True(t, strings.HasSuffix(err.Error(), x.fault), err)
			})
		})
	}
}

// TestVerify reads an order back before it is paid for.
func TestVerify(t *testing.T) {
	t.Parallel()
	srv := newRecorder(t, answer{Status: 200, Body: recorded(t, "v2_checkout_express_200")})
	c := suitetest.NewClient(t, srv.URL)
	o, err := c.Orders.Verify(t.Context(), suitetest.ExpressToken, afterpay.USD(53_53))
	require.NoError(t, err)
	require.Equal(t, afterpay.USD(53_53), o.Amount)
	require.Equal(t, "/v2/checkouts/"+suitetest.ExpressToken, srv.Only(t).Path)
	for _, other := range []afterpay.Money{afterpay.USD(53_52), afterpay.USD(53_54), afterpay.AUD(53_53), {}} {
		o, err := c.Orders.Verify(t.Context(), suitetest.ExpressToken, other)
		require.Nil(t, o)
		require.ErrorIs(t, err, afterpay.ErrAmountMismatch)
		e := suitetest.AsError(t, err)
		require.ErrorContains(t, err, "orders.verify: order is for 53.53 USD, expected "+other.String())
		require.Equal(t, suitetest.ExpressToken, e.Token)
	}
	gone := newRecorder(t, answer{Status: 412, Body: recorded(t, "v2_checkout_unknown_token_412")})
	_, err = suitetest.NewClient(t, gone.URL).Orders.Verify(t.Context(), suitetest.ExpressToken, afterpay.USD(53_53))
	require.ErrorIs(t, err, afterpay.ErrInvalidToken)
	require.NotErrorIs(t, err, afterpay.ErrAmountMismatch)
}
