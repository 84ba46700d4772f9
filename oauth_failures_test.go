package afterpay_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// tokenAnswers are what the host of tokens may say in place of a token, and what
// a call that needs one makes of it.
var tokenAnswers = map[string]struct {
	status int
	body   string
	kind   afterpay.Kind
}{
	"no such page":                  {404, "<html>not found</html>", afterpay.ErrUnavailable},
	"no such page, in words":        {404, `{"errorCode":"not_found"}`, afterpay.ErrUnavailable},
	"payment required":              {402, "<html>pay for the network first</html>", afterpay.ErrUnavailable},
	"declined":                      {402, `{"errorCode":"declined"}`, afterpay.ErrUnavailable},
	"declined payment":              {402, `{"id":"7","status":"DECLINED"}`, afterpay.ErrUnavailable},
	"invalid token":                 {402, `{"errorCode":"invalid_token"}`, afterpay.ErrUnavailable},
	"wrong credentials":             {401, `{"errorCode":"unauthorized"}`, afterpay.ErrUnauthorized},
	"wrong credentials, in HTML":    {401, "<html>", afterpay.ErrUnauthorized},
	"wrong credentials by RFC 6749": {400, `{"error":"invalid_client"}`, afterpay.ErrUnauthorized},
	"forbidden":                     {403, `{"errorCode":"forbidden"}`, afterpay.ErrUnauthorized},
	"a wall in front":               {403, "<html>blocked</html>", afterpay.ErrUnavailable},
	"conflict":                      {409, `{"errorCode":"conflict"}`, afterpay.ErrUnavailable},
	"captured":                      {410, `{"errorCode":"payment_captured"}`, afterpay.ErrUnavailable},
	"invalid":                       {422, `{"errorCode":"invalid_object","message":"token is bad"}`, afterpay.ErrUnavailable},
	"too many requests":             {429, "", afterpay.ErrRateLimited},
	"failure":                       {500, "", afterpay.ErrUnavailable},
	"failure with a code":           {500, `{"errorCode":"declined"}`, afterpay.ErrUnavailable},
	"gateway":                       {502, "<html>bad gateway</html>", afterpay.ErrUnavailable},
	"maintenance":                   {503, "", afterpay.ErrUnavailable},
	"redirection":                   {302, "", afterpay.ErrUnavailable},
	"page":                          {200, "<html>log in to the network</html>", afterpay.ErrUnavailable},
	"nothing":                       {200, "", afterpay.ErrUnavailable},
	"no token":                      {200, `{"expires_in":3600}`, afterpay.ErrUnavailable},
	"error with 200":                {200, `{"errorCode":"not_found"}`, afterpay.ErrUnavailable},
	"half an answer":                {200, `{"access_token":"t","expires`, afterpay.ErrUnavailable},
}

// What the host of tokens says is not said of payments: nothing there is missing,
// declined or in doubt when a call was never sent.
func TestFailureToGetATokenIsNoVerdictOnThePayment(t *testing.T) {
	t.Parallel()
	for name, x := range tokenAnswers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := &gate{tokens: func(int) (*http.Response, error) { return suitetest.Respond(x.status, x.body), nil }}
			for version, v := range suitetest.Versions {
				c := g.client(t, afterpay.WithAPIVersion(v))
				for _, o := range suitetest.Operations() {
					if o.Route(v) == "" || o.Name == "ping" {
						continue
					}
					result, err := o.Invoke(t.Context(), c)
					require.Nil(t, result)
					e := suitetest.AsError(t, err)
					require.Equal(t, o.Name, e.Op)
					require.Equal(t, x.kind, e.Kind, "%s %s", version, o.Name)
					require.Nil(t, e.Payment)
					for _, no := range []afterpay.Kind{
						afterpay.ErrNotFound, afterpay.ErrDeclined, afterpay.ErrInvalidToken, afterpay.ErrState, afterpay.ErrConflict,
						afterpay.ErrInvalid, afterpay.ErrOutcomeUnknown,
					} {
						require.NotErrorIs(t, err, no, "%s %s", version, o.Name)
					}
				}
			}
			require.Zero(t, g.counts()[1], "nothing was sent to the API")
		})
	}
}

// Whoever looks for a payment and gets no token has not seen that there is none.
func TestRecoverWithoutATokenLeavesTheOutcomeUnknown(t *testing.T) {
	t.Parallel()
	for name, x := range tokenAnswers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := &gate{tokens: func(int) (*http.Response, error) { return suitetest.Respond(x.status, x.body), nil }}
				c := g.client(t)
				_, recovered := c.Payments.Recover(t.Context(), suitetest.Token)
				_, found := c.Refunds.Recover(t.Context(), suitetest.PaymentID, suitetest.RequestID)
				for _, err := range []error{recovered, found} {
					require.ErrorIs(t, err, x.kind)
					require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
					require.NotErrorIs(t, err, afterpay.ErrNotFound)
					require.NotErrorIs(t, err, afterpay.ErrDeclined)
				}
			})
		})
	}
}

// A token that comes back in time is as good as if it had always been there.
func TestRecoverOutlastsAnOutageOfTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		up := time.Now().Add(30 * time.Second)
		g := &gate{tokens: func(int) (*http.Response, error) {
			if time.Now().Before(up) {
				return suitetest.Respond(404, "<html>"), nil
			}
			return nil, nil
		}}
		p, err := g.client(t).Payments.Recover(t.Context(), suitetest.Token)
		require.NoError(t, err)
		require.Equal(t, suitetest.PaymentID, p.ID)
		require.GreaterOrEqual(t, time.Now(), up)
	})
}

// A call makes MaxAttempts requests at most, those under a refused token
// included, and numbers them on.
func TestOAuth_RefusedTokenCountsAsAnAttempt(t *testing.T) {
	t.Parallel()
	unavailable := func() *http.Response { return suitetest.Respond(503, "") }
	captured := func() *http.Response { return suitetest.Respond(201, suitetest.ApprovedPayment) }
	for name, x := range map[string]struct {
		calls   []func() *http.Response
		tokens  int
		kind    afterpay.Kind // "": success
		unknown bool
	}{
		"refused, then down":        {[]func() *http.Response{refusedToken, unavailable, unavailable}, 2, afterpay.ErrUnavailable, true},
		"down, refused, down":       {[]func() *http.Response{unavailable, refusedToken, unavailable}, 2, afterpay.ErrUnavailable, true},
		"refused twice":             {[]func() *http.Response{refusedToken, refusedToken}, 2, afterpay.ErrUnauthorized, false},
		"down, then refused twice":  {[]func() *http.Response{unavailable, refusedToken, refusedToken}, 2, afterpay.ErrUnauthorized, true},
		"refused at last":           {[]func() *http.Response{unavailable, unavailable, refusedToken}, 1, afterpay.ErrUnauthorized, true},
		"down, refused, then taken": {[]func() *http.Response{unavailable, refusedToken, captured}, 2, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var numbers []int
				g := &gate{calls: func(n int, _ string) *http.Response { return x.calls[n-1]() }}
				c := g.client(t, afterpay.WithRetry(afterpay.RetryPolicy{MaxAttempts: 3}), afterpay.WithObserver(func(_ context.Context, a afterpay.Attempt) {
					if a.Op == "payments.capture" {
						numbers = append(numbers, a.Number)
					}
				}))
				_, err := suitetest.Capture(t.Context(), c)
				require.Equal(t, [2]int{x.tokens, len(x.calls)}, g.counts())
				require.Equal(t, []int{1, 2, 3}[:len(x.calls)], numbers)
				if x.kind == "" {
					require.NoError(t, err)
					return
				}
				e := suitetest.AsError(t, err)
				require.Equal(t, x.kind, e.Kind)
				require.Equal(t, len(x.calls), e.Attempts)
				require.Equal(t, x.unknown, errors.Is(err, afterpay.ErrOutcomeUnknown))
			})
		})
	}
}

// No second token after a refusal leaves open what the attempts before did.
func TestNoTokenAfterARefusalKeepsTheAttempts(t *testing.T) {
	t.Parallel()
	g := &gate{
		tokens: func(n int) (*http.Response, error) {
			if n == 1 {
				return nil, nil
			}
			return nil, io.ErrUnexpectedEOF
		},
		calls: func(n int, _ string) *http.Response {
			if n == 1 {
				return suitetest.Respond(503, "")
			}
			return refusedToken()
		},
	}
	_, err := suitetest.Capture(t.Context(), g.client(t, afterpay.WithRetry(afterpay.RetryPolicy{MaxAttempts: 3, BaseDelay: 1})))
	e := suitetest.AsError(t, err)
	require.Equal(t, afterpay.ErrUnavailable, e.Kind)
	require.Equal(t, 2, e.Attempts)
	require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
}

// Hosts of tokens need not say how long one lives.
func TestTokenWithoutAnExpiryIsKeptForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gate{tokens: func(int) (*http.Response, error) {
			return suitetest.Respond(200, `{"access_token":"t","token_type":"Bearer"}`), nil
		}}
		c := g.client(t)
		for range 5 {
			_, err := suitetest.GetPayment(t.Context(), c)
			require.NoError(t, err)
		}
		require.Equal(t, [2]int{1, 5}, g.counts())
		pass(10 * time.Minute)
		_, err := suitetest.GetPayment(t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, [2]int{2, 6}, g.counts())
	})
}

// TestTokenHostsRetryAfterIsHandedOn where its wait was too long to begin.
func TestTokenHostsRetryAfterIsHandedOn(t *testing.T) {
	t.Parallel()
	g := &gate{tokens: func(int) (*http.Response, error) {
		res := suitetest.Respond(http.StatusTooManyRequests, "")
		res.Header.Set("Retry-After", "3600")
		return res, nil
	}}
	_, err := g.client(t).Payments.Get(t.Context(), "1")
	require.ErrorIs(t, err, afterpay.ErrRateLimited)
	require.Equal(t, time.Hour, suitetest.AsError(t, err).RetryAfter)
}
