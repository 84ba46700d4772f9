package afterpay_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// lookUps are the calls that find out what became of a lost one.
var lookUps = map[string]func(context.Context, *afterpay.Client) error{
	"recover": func(ctx context.Context, c *afterpay.Client) error {
		_, err := c.Payments.Recover(ctx, suitetest.Token)
		return err
	},
	"find": func(ctx context.Context, c *afterpay.Client) error {
		_, err := c.Refunds.Recover(ctx, suitetest.PaymentID, suitetest.RequestID)
		return err
	},
}

// A page that is missing is no payment that is missing: a proxy that was set up
// wrongly answers so while money moves behind it.
func TestNothingHappenedIsSaidByTheServiceOnly(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		status  int
		body    string
		kind    afterpay.Kind
		unknown bool
	}{
		"the service":    {404, `{"errorCode":"not_found","errorId":"5c1f0e2a9b7d4e63"}`, afterpay.ErrNotFound, false},
		"404 in HTML":    {404, "<html>no such page</html>", afterpay.ErrUnavailable, true},
		"404 of nothing": {404, "", afterpay.ErrUnavailable, true},
		"404 in JSON":    {404, `{"message":"no Route matched with those values"}`, afterpay.ErrUnavailable, true},
		"404 cut off":    {404, `{"errorCode":"not_fou`, afterpay.ErrUnavailable, true},
		"402 in HTML":    {402, "<html>pay for the network first</html>", afterpay.ErrUnavailable, true},
		"403 in HTML":    {403, "<html>blocked</html>", afterpay.ErrUnavailable, true},
		"redirection":    {302, "<html>log in</html>", afterpay.ErrUnavailable, true},
		"200 in HTML":    {200, "<html>log in</html>", afterpay.ErrUnavailable, true},
		"200 of nothing": {200, "{}", afterpay.ErrUnavailable, true},
	} {
		for lookUpName, lookUp := range lookUps {
			t.Run(lookUpName+", "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c := suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(x.status, x.body)))
					require.Equal(t, 70*time.Second, suitetest.Took(func() {
						err := lookUp(t.Context(), c)
						e := suitetest.AsError(t, err)
						require.Equal(t, x.kind, e.Kind)
						require.Equal(t, x.unknown, e.OutcomeUnknown)
						require.Equal(t, x.status, e.StatusCode)
					}))
				})
			})
		}
	}
}

// How long a bank may take is one thing, and how long a call of another process
// may still be running is another.
func TestLookUpWindowIsIndependentOfTheCallLimit(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		timeouts afterpay.Timeouts
		window   time.Duration
	}{
		"default":          {afterpay.Timeouts{}, 70 * time.Second},
		"short call limit": {afterpay.Timeouts{BankRead: 50 * time.Millisecond}, 70 * time.Second},
		"long call limit":  {afterpay.Timeouts{BankRead: time.Hour}, 70 * time.Second},
		"no call limit":    {afterpay.Timeouts{BankRead: -1}, 70 * time.Second},
		"no limits at all": {afterpay.Timeouts{BankRead: -1, Read: -1, Connect: -1, Lookup: -1}, 70 * time.Second},
		"own window":       {afterpay.Timeouts{BankRead: time.Hour, Lookup: 5 * time.Second}, 5 * time.Second},
		"longer window":    {afterpay.Timeouts{BankRead: time.Second, Lookup: 10 * time.Minute}, 10 * time.Minute},
	} {
		for lookUpName, lookUp := range lookUps {
			t.Run(lookUpName+", "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c := suitetest.NewClient(t, "https://service.example", afterpay.WithTimeouts(x.timeouts), suitetest.Through(lagging(never, "")))
					require.Equal(t, x.window, suitetest.Took(func() {
						err := lookUp(t.Context(), c)
						require.ErrorIs(t, err, afterpay.ErrNotFound)
						require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
					}))
				})
			})
		}
	}
}

// The service goes on with a call whose client has given up.
func TestRecoverWaitsForACallThatWasGivenUpEarly(t *testing.T) {
	t.Parallel()
	inLossyShop(t, func(s *lossyShop) {
		hasty := s.with(afterpay.WithTimeouts(afterpay.Timeouts{BankRead: 200 * time.Millisecond}), afterpay.WithRetry(afterpay.RetryPolicy{}))
		token := s.confirmed()
		held := s.sandbox.Hold(afterpaytest.OpCapture)
		_, err := hasty.Payments.Capture(s.t.Context(), afterpay.CaptureRequest{Token: token})
		require.ErrorIs(s.t, err, afterpay.ErrOutcomeUnknown)
		require.Empty(s.t, s.sandbox.Ledger(), "no money has moved yet")

		time.AfterFunc(40*time.Second, held.Release)
		elapsed := suitetest.Took(func() {
			p, err := hasty.Payments.Recover(s.t.Context(), token)
			require.NoError(s.t, err)
			require.Equal(s.t, token, p.Token)
		})
		require.GreaterOrEqual(s.t, elapsed, 40*time.Second)
		require.Less(s.t, elapsed, 46*time.Second)
		require.Len(s.t, s.sandbox.Ledger(), 1)
	})
}

// What can't be looked at because of wrong credentials is as unknown as before.
func TestLookUpThatIsRefusedLeavesTheOutcomeUnknown(t *testing.T) {
	t.Parallel()
	for name, lookUp := range lookUps {
		c := suitetest.NewClient(t, "https://service.example", suitetest.Through(func(*http.Request) (*http.Response, error) {
			return suitetest.Respond(401, `{"errorCode":"unauthorized"}`), nil
		}))
		err := lookUp(t.Context(), c)
		require.ErrorIs(t, err, afterpay.ErrUnauthorized, name)
		require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown, name)
	}
}

// A capture that the events leave out, although less is open, may be the lost one.
func TestFindCapture_IsNotFoundOnlyIfTheNumbersAddUp(t *testing.T) {
	t.Parallel()
	const captured = `,"events":[{"type":"CAPTURED","amount":{"amount":"6.00","currency":"AUD"},"paymentEventMerchantReference":"C1"}]`
	open := func(amount string) string {
		return `,"openToCaptureAmount":{"amount":"` + amount + `","currency":"AUD"}`
	}
	for name, x := range map[string]struct {
		state, fields string
		kind          afterpay.Kind // "": found
		unknown       bool
	}{
		"found":                 {"PARTIALLY_CAPTURED", open("4.00") + captured, "", false},
		"nothing was captured":  {"AUTH_APPROVED", open("10.00"), afterpay.ErrNotFound, false},
		"another was captured":  {"PARTIALLY_CAPTURED", open("4.00") + strings.Replace(captured, "C1", "C2", 1), afterpay.ErrNotFound, false},
		"event is missing":      {"PARTIALLY_CAPTURED", open("4.00"), afterpay.ErrUnavailable, true},
		"one event is missing":  {"PARTIALLY_CAPTURED", open("1.00") + strings.Replace(captured, "C1", "C2", 1), afterpay.ErrUnavailable, true},
		"no amount":             {"PARTIALLY_CAPTURED", open("4.00") + strings.Replace(captured, `"6.00"`, "null", 1), afterpay.ErrUnavailable, true},
		"captured and voided":   {"VOIDED", open("0.00") + captured, afterpay.ErrUnavailable, true},
		"captured and reversed": {"REVERSED", open("0.00") + captured, afterpay.ErrState, false},
	} {
		body := strings.TrimSuffix(suitetest.PaymentIn("APPROVED", x.state), "}") + x.fields + "}"
		c := suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(200, body)), afterpay.WithTimeouts(afterpay.Timeouts{Lookup: 1}))
		e, err := c.Payments.FindCapture(t.Context(), suitetest.PaymentID, "C1")
		if x.kind == "" {
			require.NoError(t, err, name)
			require.Equal(t, afterpay.AUD(6_00), e.Amount)
			continue
		}
		require.ErrorIs(t, err, x.kind, name)
		require.Equal(t, x.unknown, errors.Is(err, afterpay.ErrOutcomeUnknown), name)
	}
}
