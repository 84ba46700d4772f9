package afterpay_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// lossyShop is a shop whose answers get lost, in a bubble where time costs
// nothing.
type lossyShop struct {
	t       *testing.T
	sandbox *afterpaytest.Sandbox
	client  *afterpay.Client
	version afterpay.APIVersion
}

// defaultTimeouts undoes the shorter look-up window of sandbox clients.
var defaultTimeouts = afterpay.WithTimeouts(afterpay.Timeouts{})

// inLossyShop runs a test once for each API version.
func inLossyShop(t *testing.T, test func(*lossyShop), opts ...afterpaytest.Option) {
	t.Helper()
	for name, version := range suitetest.Versions {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sandbox := afterpaytest.New(opts...)
				test(&lossyShop{t, sandbox, sandbox.NewClient(t, afterpay.WithAPIVersion(version), defaultTimeouts), version})
			})
		})
	}
}

// with returns another client of the same shop.
func (s *lossyShop) with(opts ...afterpay.Option) *afterpay.Client {
	return s.sandbox.NewClient(s.t, append([]afterpay.Option{afterpay.WithAPIVersion(s.version), defaultTimeouts}, opts...)...)
}

// order makes an order over 100.00 that its shopper has yet to confirm.
func (s *lossyShop) order() string {
	s.t.Helper()
	order, err := s.client.Orders.Create(s.t.Context(), afterpay.CreateOrderRequest{
		Amount:   afterpay.USD(100_00),
		Consumer: suitetest.Consumer,
		Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/ok", RedirectCancelURL: "https://shop.example/no"},
	})
	require.NoError(s.t, err)
	return order.Token
}

// confirmed makes an order that its shopper has confirmed.
func (s *lossyShop) confirmed() string {
	s.t.Helper()
	token := s.order()
	require.NoError(s.t, s.sandbox.Approve(token))
	return token
}

// captured makes an order that is paid for and returns its payment's id.
func (s *lossyShop) captured() string {
	s.t.Helper()
	p, err := s.client.Payments.Capture(s.t.Context(), afterpay.CaptureRequest{Token: s.confirmed()})
	require.NoError(s.t, err)
	return p.ID
}

// loseCapture captures an order and gets no response in three attempts.
func (s *lossyShop) loseCapture(token string, fault afterpaytest.Fault) {
	s.t.Helper()
	s.sandbox.Fail(afterpaytest.OpCapture, fault.Times(3))
	_, err := s.client.Payments.Capture(s.t.Context(), afterpay.CaptureRequest{Token: token})
	require.ErrorIs(s.t, err, afterpay.ErrOutcomeUnknown)
}

func TestRecover_ReturnsThePaymentWhoseResponseWasLost(t *testing.T) {
	t.Parallel()
	inLossyShop(t, func(s *lossyShop) {
		token := s.confirmed()
		s.loseCapture(token, afterpaytest.Reset().AfterCommit())
		require.Zero(t, suitetest.Took(func() {
			p, err := s.client.Payments.Recover(s.t.Context(), token)
			require.NoError(s.t, err)
			require.Equal(s.t, token, p.Token)
			require.Equal(s.t, afterpay.USD(100_00), p.OriginalAmount)
		}), "what is there is found at once")
		require.Len(s.t, s.sandbox.Ledger(), 1, "looking changes nothing")
	})
}

func TestRecover_ReturnsTheAuthorizationWhoseResponseWasLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, sandbox := afterpaytest.NewClient(t)
		s := &lossyShop{t, sandbox, client, afterpay.V2}
		token := s.confirmed()
		sandbox.Fail(afterpaytest.OpAuthorize, afterpaytest.Truncated().Times(3))
		_, err := client.Payments.Authorize(t.Context(), afterpay.AuthorizeRequest{Token: token})
		require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
		p, err := client.Payments.Recover(t.Context(), token)
		require.NoError(t, err)
		require.Equal(t, afterpay.StateAuthApproved, p.State)
	})
}

func TestRecoverReportsADecline(t *testing.T) {
	t.Parallel()
	inLossyShop(t, func(s *lossyShop) {
		token := s.order()
		require.NoError(s.t, s.sandbox.Decline(token))
		s.loseCapture(token, afterpaytest.BadGateway().AfterCommit())
		p, err := s.client.Payments.Recover(s.t.Context(), token)
		require.Nil(s.t, p)
		require.ErrorIs(s.t, err, afterpay.ErrDeclined)
		require.NotErrorIs(s.t, err, afterpay.ErrOutcomeUnknown)
		require.Equal(s.t, token, suitetest.AsError(s.t, err).Payment.Token)
	})
}

// Nothing is said to have happened before the time a bank may take has passed.
func TestRecoverSaysNotFoundOnlyAfterItsWindow(t *testing.T) {
	t.Parallel()
	inLossyShop(t, func(s *lossyShop) {
		token := s.confirmed()
		s.loseCapture(token, afterpaytest.Reset())
		for _, tc := range []struct {
			limit, window time.Duration
		}{
			{0, 70 * time.Second}, // as it is by default
			{9 * time.Second, 9 * time.Second},
			{-1, 70 * time.Second}, // no limit
		} {
			client := s.with(afterpay.WithTimeouts(afterpay.Timeouts{BankRead: time.Second, Lookup: tc.limit}))
			elapsed := suitetest.Took(func() {
				_, err := client.Payments.Recover(s.t.Context(), token)
				require.ErrorIs(s.t, err, afterpay.ErrNotFound)
				require.NotErrorIs(s.t, err, afterpay.ErrOutcomeUnknown)
				require.Equal(s.t, token, suitetest.AsError(s.t, err).Token)
			})
			require.Equal(s.t, tc.window, elapsed)
		}
		_, err := s.client.Payments.Capture(s.t.Context(), afterpay.CaptureRequest{Token: token})
		require.NoError(s.t, err, "then the call may be repeated")
	})
}

func TestRecoverAllowsForReadsThatLag(t *testing.T) {
	t.Parallel()
	const lag = 8 * time.Second
	inLossyShop(t, func(s *lossyShop) {
		token := s.confirmed()
		s.loseCapture(token, afterpaytest.Reset().AfterCommit())
		elapsed := suitetest.Took(func() {
			p, err := s.client.Payments.Recover(s.t.Context(), token)
			require.NoError(s.t, err)
			require.Equal(s.t, token, p.Token)
		})
		require.GreaterOrEqual(s.t, elapsed, lag-time.Second)
		require.LessOrEqual(s.t, elapsed, lag+5*time.Second)
	}, afterpaytest.WithReadLag(lag))
}

// Whoever made the call may be gone, while the service still works on it.
func TestRecoverWaitsForACallThatIsStillRunning(t *testing.T) {
	t.Parallel()
	inLossyShop(t, func(s *lossyShop) {
		token := s.confirmed()
		held := s.sandbox.Hold(afterpaytest.OpCapture)
		time.AfterFunc(60*time.Second, held.Release)
		go func() { _, _ = s.client.Payments.Capture(s.t.Context(), afterpay.CaptureRequest{Token: token}) }()
		<-held.Entered()
		elapsed := suitetest.Took(func() {
			p, err := s.client.Payments.Recover(s.t.Context(), token)
			require.NoError(s.t, err)
			require.Equal(s.t, token, p.Token)
		})
		require.GreaterOrEqual(s.t, elapsed, 60*time.Second)
		require.Less(s.t, elapsed, 66*time.Second)
		synctest.Wait()
	})
}

// A service that responses nothing or rubbish has not said that nothing happened.
func TestRecoverOutlastsAnOutage(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]afterpaytest.Fault{
		"resets": afterpaytest.Reset(), "gateway pages": afterpaytest.BadGateway(), "rate limit": afterpaytest.TooManyRequests(0),
		"blocks": afterpaytest.Blocked(), "conflicts": afterpaytest.InProgress(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inLossyShop(t, func(s *lossyShop) {
				token := s.confirmed()
				s.loseCapture(token, afterpaytest.Reset().AfterCommit())
				up := time.Now().Add(30 * time.Second)
				s.sandbox.FailFunc(afterpaytest.OpGetPaymentByToken, func(afterpaytest.Request) (afterpaytest.Fault, bool) {
					return fault, time.Now().Before(up)
				})
				p, err := s.client.Payments.Recover(s.t.Context(), token)
				require.NoError(s.t, err)
				require.Equal(s.t, token, p.Token)
			})
		})
	}
}

func TestRecoverThatCannotLookLeavesTheOutcomeUnknown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault afterpaytest.Fault
		kind  afterpay.Kind
		takes time.Duration
	}{
		"outage without end": {afterpaytest.BadGateway(), afterpay.ErrUnavailable, 70 * time.Second},
		"conflict":           {afterpaytest.InProgress(), afterpay.ErrConflict, 70 * time.Second},
		"wrong credentials":  {afterpaytest.Refuse(401, "unauthorized", "no"), afterpay.ErrUnauthorized, 0},
		"feature withdrawn":  {afterpaytest.Refuse(403, "feature_not_enabled", "no"), afterpay.ErrUnauthorized, 0},
		"wrong question":     {afterpaytest.Refuse(422, "invalid_object", "no"), afterpay.ErrInvalid, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inLossyShop(t, func(s *lossyShop) {
				token := s.confirmed()
				s.loseCapture(token, afterpaytest.Reset().AfterCommit())
				s.sandbox.FailFunc(afterpaytest.OpGetPaymentByToken, func(afterpaytest.Request) (afterpaytest.Fault, bool) { return tc.fault, true })
				elapsed := suitetest.Took(func() {
					_, err := s.client.Payments.Recover(s.t.Context(), token)
					require.ErrorIs(s.t, err, tc.kind)
					require.ErrorIs(s.t, err, afterpay.ErrOutcomeUnknown)
					require.Equal(s.t, token, suitetest.AsError(s.t, err).Token)
				})
				require.Equal(s.t, tc.takes, elapsed.Truncate(time.Second))
			})
		})
	}
}

func TestRecoverWhoseContextEndsLeavesTheOutcomeUnknown(t *testing.T) {
	t.Parallel()
	inLossyShop(t, func(s *lossyShop) {
		token := s.confirmed()
		s.loseCapture(token, afterpaytest.Reset())
		ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Second)
		defer cancel()
		require.Equal(s.t, 5*time.Second, suitetest.Took(func() {
			_, err := s.client.Payments.Recover(ctx, token)
			require.ErrorIs(s.t, err, afterpay.ErrOutcomeUnknown)
			require.ErrorIs(s.t, err, context.DeadlineExceeded)
		}), "not a moment longer")

		_, err := s.client.Payments.Recover(ctx, token)
		require.ErrorIs(s.t, err, afterpay.ErrOutcomeUnknown, "nor if it had ended before")
	})
}

func TestRecoverOfNothingIsRefused(t *testing.T) {
	t.Parallel()
	client, sandbox := afterpaytest.NewClient(t)
	_, err := client.Payments.Recover(t.Context(), "")
	require.ErrorIs(t, err, afterpay.ErrInvalid)
	require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
	require.Empty(t, sandbox.Requests(""))
}
