package afterpay_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

const oauthSecret = "sk-9d1f0a77"

// gate is a service that gives out the tokens token-1, token-2 and so on, and
// answers calls that bring one.
type gate struct {
	life   int           // expires_in; 0: an hour
	takes  time.Duration // to give out a token
	tokens func(n int) (*http.Response, error)
	calls  func(n int, token string) *http.Response // nil: a payment
	mu     sync.Mutex
	asked  []*http.Request // for tokens
	forms  []string
	called []*http.Request // everything else
	bodies []string
}

func (g *gate) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
	}
	if req.URL.Path == "/v2/oauth2/token" || strings.HasSuffix(req.URL.Path, "/proxy/v2/oauth2/token") {
		return g.give(req, string(body))
	}
	g.mu.Lock()
	g.called, g.bodies = append(g.called, req), append(g.bodies, string(body))
	n := len(g.called)
	g.mu.Unlock()
	if g.calls != nil {
		if resp := g.calls(n, req.Header.Get("Authorization")); resp != nil {
			return resp, nil
		}
	}
	return suitetest.Respond(http.StatusCreated, suitetest.ApprovedPayment), nil
}

func (g *gate) give(req *http.Request, form string) (*http.Response, error) {
	g.mu.Lock()
	g.asked, g.forms = append(g.asked, req), append(g.forms, form)
	n := len(g.asked)
	g.mu.Unlock()
	if g.takes > 0 {
		select {
		case <-time.After(g.takes):
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	}
	if g.tokens != nil {
		if resp, err := g.tokens(n); resp != nil || err != nil {
			return resp, err
		}
	}
	life := g.life
	if life == 0 {
		life = 3600
	}
	return suitetest.Respond(http.StatusOK, fmt.Sprintf(`{"access_token":"token-%d","scope":"merchant_api_v2/read","token_type":"Bearer","expires_in":%d}`, n, life)), nil
}

// counts are how many tokens were asked for and how many calls came.
func (g *gate) counts() [2]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return [2]int{len(g.asked), len(g.called)}
}

func refusedToken() *http.Response {
	return suitetest.Respond(http.StatusUnauthorized, `{"errorCode":"unauthorized","errorId":"a1b2c3d4e5f60718","message":"Credentials are required to access this resource.","httpStatusCode":401}`)
}

func (g *gate) client(t *testing.T, opts ...afterpay.Option) *afterpay.Client {
	t.Helper()
	c, err := afterpay.New("merchant-41", oauthSecret, append([]afterpay.Option{
		afterpay.WithHTTPClient(&http.Client{Transport: g}), afterpay.WithRetry(afterpay.RetryPolicy{}), afterpay.WithOAuth(),
	}, opts...)...)
	require.NoError(t, err)
	return c
}

func captureOrder(ctx context.Context, c *afterpay.Client) error {
	_, err := c.Payments.Capture(ctx, afterpay.CaptureRequest{Token: suitetest.Token})
	return err
}

func TestOAuthAsksForATokenAndSendsIt(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		opts  []afterpay.Option
		scope string
		path  string
	}{
		"v2":         {nil, "merchant_api_v2", "/v2/payments/capture"},
		"v1":         {[]afterpay.Option{afterpay.WithAPIVersion(afterpay.V1)}, "merchant_api_v1", "/v1/payments/capture"},
		"own scopes": {[]afterpay.Option{afterpay.WithOAuth("merchant_api_v2/read", "merchant_api_v2/capture")}, "merchant_api_v2/read merchant_api_v2/capture", "/v2/payments/capture"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := new(gate)
			require.NoError(t, captureOrder(t.Context(), g.client(t, x.opts...)))
			require.Equal(t, [2]int{1, 1}, g.counts())
			asked, called := g.asked[0], g.called[0]
			require.Equal(t, http.MethodPost, asked.Method)
			require.Equal(t, "https://merchant-auth.afterpay.com/v2/oauth2/token", asked.URL.String())
			require.Equal(t, "application/x-www-form-urlencoded", asked.Header.Get("Content-Type"))
			require.NotContains(t, asked.Header, "Authorization")
			require.NotEmpty(t, asked.Header.Get("User-Agent"))
			form, err := url.ParseQuery(g.forms[0])
			require.NoError(t, err)
			require.Equal(t, url.Values{
				"grant_type": {"client_credentials"}, "client_id": {"merchant-41"}, "client_secret": {oauthSecret}, "scope": {x.scope},
			}, form)
			require.Equal(t, "https://global-api.afterpay.com"+x.path, called.URL.String())
			require.Equal(t, "Bearer token-1", called.Header.Get("Authorization"))
			require.NotContains(t, g.bodies[0], oauthSecret)
		})
	}
}

func TestOAuthScopesAreChecked(t *testing.T) {
	t.Parallel()
	for _, scope := range []string{"", "a b", "a\n", "\t"} {
		_, err := afterpay.New("1", "2", afterpay.WithOAuth("ok", scope))
		require.EqualError(t, err, "afterpay: OAuth scope is empty or contains white space")
	}
}

// TestOAuthTokenHosts are Afterpay's own for Afterpay's hosts; another host, such
// as a proxy, is asked itself, as it would be given the credentials anyhow.
func TestOAuthTokenHosts(t *testing.T) {
	t.Parallel()
	const production, sandbox = "https://merchant-auth.afterpay.com/v2/oauth2/token", "https://merchant-auth-sandbox.afterpay.com/v2/oauth2/token"
	for base, want := range map[string]string{
		"https://global-api.afterpay.com":         production,
		"https://global-api-sandbox.afterpay.com": sandbox,
		"https://api.afterpay.com":                production,
		"https://api.us.afterpay.com":             production,
		"https://api.eu.afterpay.com":             production,
		"https://api-sandbox.afterpay.com":        sandbox,
		"https://api.us-sandbox.afterpay.com":     sandbox,
		"https://api.eu-sandbox.afterpay.com":     sandbox,
		"https://API.US-Sandbox.Afterpay.com":     sandbox,
		"https://GLOBAL-API.AFTERPAY.COM/":        production,
		"http://127.0.0.1:8080":                   "http://127.0.0.1:8080/v2/oauth2/token",
		"http://localhost:1":                      "http://localhost:1/v2/oauth2/token",
		"https://shop.example/proxy/":             "https://shop.example/proxy/v2/oauth2/token",
		"https://notafterpay.com":                 "https://notafterpay.com/v2/oauth2/token",
		"https://afterpay.com.evil.example":       "https://afterpay.com.evil.example/v2/oauth2/token",
	} {
		t.Run(base, func(t *testing.T) {
			t.Parallel()
			g := new(gate)
			require.NoError(t, captureOrder(t.Context(), g.client(t, afterpay.WithBaseURL(base))))
			require.Equal(t, want, g.asked[0].URL.String())
		})
	}
	g := new(gate)
	require.NoError(t, captureOrder(t.Context(), g.client(t, afterpay.WithSandbox())))
	require.Equal(t, sandbox, g.asked[0].URL.String())
}

func TestOAuthTokenIsUsedUntilShortlyBeforeItExpires(t *testing.T) {
	t.Parallel()
	for life, used := range map[int]time.Duration{
		86399: 86339 * time.Second, // all but a minute
		3600:  59 * time.Minute,
		100:   90 * time.Second, // all but a tenth
		1:     900 * time.Millisecond,
	} {
		t.Run(strconv.Itoa(life), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := &gate{life: life}
				client := g.client(t)
				require.NoError(t, captureOrder(t.Context(), client))
				pass(used - time.Nanosecond)
				require.NoError(t, captureOrder(t.Context(), client))
				require.Equal(t, [2]int{1, 2}, g.counts())
				pass(time.Nanosecond)
				require.NoError(t, captureOrder(t.Context(), client))
				require.Equal(t, [2]int{2, 3}, g.counts())
				require.Equal(t, "Bearer token-2", g.called[2].Header.Get("Authorization"))
			})
		})
	}
}

// TestOAuthTokensOfUnknownLife are used for a while.
func TestOAuthTokensOfUnknownLife(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{`{"access_token":"t"}`, `{"access_token":"t","expires_in":null}`, `{"access_token":"t","expires_in":-5}`, `{"access_token":"t","expires_in":"x"}`} {
		g := &gate{tokens: func(int) (*http.Response, error) { return suitetest.Respond(http.StatusOK, answer), nil }}
		client := g.client(t)
		for n := range 2 {
			require.NoError(t, captureOrder(t.Context(), client), answer)
			require.Equal(t, [2]int{1, n + 1}, g.counts(), answer)
		}
	}
	g := &gate{tokens: func(int) (*http.Response, error) {
		return suitetest.Respond(http.StatusOK, `{"access_token":"t","expires_in":"9223372036854775807"}`), nil
	}}
	client := g.client(t)
	for range 2 {
		require.NoError(t, captureOrder(t.Context(), client))
	}
	require.Equal(t, [2]int{1, 2}, g.counts(), "for ever is longer than a duration can be")
}

func TestOAuthTokenIsFetchedOnceForAllCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gate{takes: time.Second}
		client := g.client(t)
		for round := 1; round <= 2; round++ {
			var wg sync.WaitGroup
			for range 100 {
				wg.Go(func() { assert.NoError(t, captureOrder(t.Context(), client)) })
			}
			wg.Wait()
			require.Equal(t, [2]int{round, 100 * round}, g.counts())
			pass(time.Hour)
		}
	})
}

// TestOAuthRefusedTokenIsReplacedOnce and the call repeated once, with the same
// body: the request id in it keeps the money from moving twice.
func TestOAuthRefusedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	g := &gate{calls: func(_ int, token string) *http.Response {
		if token == "Bearer token-1" {
			return refusedToken()
		}
		return nil
	}}
	client := g.client(t, suitetest.Twice)
	_, err := client.Payments.Authorize(t.Context(), afterpay.AuthorizeRequest{Token: suitetest.Token})
	require.NoError(t, err)
	require.Equal(t, [2]int{2, 2}, g.counts())
	require.Equal(t, g.bodies[0], g.bodies[1])
	var body struct{ RequestID string }
	require.NoError(t, json.Unmarshal([]byte(g.bodies[0]), &body))
	require.NotEmpty(t, body.RequestID)
	require.NoError(t, captureOrder(t.Context(), client))
	require.Equal(t, [2]int{2, 3}, g.counts(), "the new one stays")

	for name, x := range map[string]struct {
		retry         afterpay.RetryPolicy
		tokens, calls int
	}{
		"refused for ever": {afterpay.RetryPolicy{MaxAttempts: 5}, 2, 2},
		"no retries":       {afterpay.RetryPolicy{}, 1, 1},
	} {
		g = &gate{calls: func(int, string) *http.Response { return refusedToken() }}
		client = g.client(t, afterpay.WithRetry(x.retry))
		err = captureOrder(t.Context(), client)
		require.ErrorIs(t, err, afterpay.ErrUnauthorized, name)
		require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown, name)
		require.Equal(t, [2]int{x.tokens, x.calls}, g.counts(), name)
		require.Error(t, captureOrder(t.Context(), client))
		require.Greater(t, g.counts()[0], x.tokens, "%s: a refused token is not used again", name)
	}
}

// TestOAuthRefusedTokenIsReplacedOnceForAllCallers who had it.
func TestOAuthRefusedTokenIsReplacedOnceForAllCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gate{takes: time.Second}
		g.calls = func(_ int, token string) *http.Response {
			if token == "Bearer token-1" {
				pass(time.Second)
				return refusedToken()
			}
			return nil
		}
		client := g.client(t, suitetest.Twice)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { assert.NoError(t, captureOrder(t.Context(), client)) })
		}
		wg.Wait()
		require.Equal(t, [2]int{2, 100}, g.counts())
	})
}

// TestOAuthLateRefusalDoesNotDropANewerToken that another caller has fetched
// meanwhile.
func TestOAuthLateRefusalDoesNotDropANewerToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := new(gate)
		g.calls = func(n int, token string) *http.Response {
			if token != "Bearer token-1" {
				return nil
			}
			pass(time.Duration(n) * 10 * time.Second)
			return refusedToken()
		}
		client := g.client(t, suitetest.Twice, afterpay.WithTimeouts(afterpay.Timeouts{BankRead: time.Hour}))
		var errs [2]error
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { errs[i] = captureOrder(t.Context(), client) })
			synctest.Wait()
		}
		wg.Wait()
		require.NoError(t, errs[0])
		require.NoError(t, errs[1])
		require.NoError(t, captureOrder(t.Context(), client))
		require.Equal(t, [2]int{2, 5}, g.counts())
	})
}

// TestOAuthFailuresAreErrorsOfTheCall that know what failed, and that nothing was
// sent.
func TestOAuthFailuresAreErrorsOfTheCall(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		answer func(int) (*http.Response, error)
		kind   afterpay.Kind
		status int
	}{
		"wrong credentials": {func(int) (*http.Response, error) { return refusedToken(), nil }, afterpay.ErrUnauthorized, 401},
		"unavailable":       {func(int) (*http.Response, error) { return suitetest.Respond(http.StatusBadGateway, "<html>"), nil }, afterpay.ErrUnavailable, 502},
		"too many requests": {func(int) (*http.Response, error) { return suitetest.Respond(http.StatusTooManyRequests, ""), nil }, afterpay.ErrRateLimited, 429},
		"no connection":     {func(int) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }, afterpay.ErrUnavailable, 0},
		"redirected":        {func(int) (*http.Response, error) { return suitetest.Respond(http.StatusFound, ""), nil }, afterpay.ErrUnavailable, 302},
		"a page": {func(int) (*http.Response, error) {
			return suitetest.Respond(http.StatusOK, "<html>token-1</html>"), nil
		}, afterpay.ErrUnavailable, 200},
		"half an answer": {func(int) (*http.Response, error) {
			return suitetest.Respond(http.StatusOK, `{"access_token":"token-1",`), nil
		}, afterpay.ErrUnavailable, 200},
		"nothing":  {func(int) (*http.Response, error) { return suitetest.Respond(http.StatusOK, ""), nil }, afterpay.ErrUnavailable, 200},
		"no token": {func(int) (*http.Response, error) { return suitetest.Respond(http.StatusOK, `{"expires_in":3600}`), nil }, afterpay.ErrUnavailable, 200},
		"a token of two lines": {func(int) (*http.Response, error) {
			return suitetest.Respond(http.StatusOK, `{"access_token":"token-1\r\nX-Other: 1","expires_in":3600}`), nil
		}, afterpay.ErrUnavailable, 200},
		"a token that is no header": {func(int) (*http.Response, error) {
			return suitetest.Respond(http.StatusOK, `{"access_token":"token-1\u0000é","expires_in":3600}`), nil
		}, afterpay.ErrUnavailable, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := &gate{tokens: x.answer}
			var log bytes.Buffer
			client := g.client(t, afterpay.WithLogger(slog.New(slog.NewJSONHandler(&log, nil))))
			_, err := client.Refunds.Create(t.Context(), "1", afterpay.RefundRequest{Amount: afterpay.USD(1)})
			e, ok := errors.AsType[*afterpay.Error](err)
			require.True(t, ok, "%T", err)
			require.Equal(t, "refunds.create", e.Op)
			require.NotEmpty(t, e.RequestID)
			require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
			require.Equal(t, x.kind, e.Kind)
			require.Zero(t, e.StatusCode, "the service was not asked")
			require.Contains(t, e.Error(), "oauth.token")
			if x.status != 0 {
				require.Contains(t, e.Error(), "status "+strconv.Itoa(x.status))
			}
			require.Equal(t, [2]int{1, 0}, g.counts(), "nothing was sent to the API")
			for _, text := range []string{err.Error(), log.String(), fmt.Sprintf("%v", slog.AnyValue(err).Resolve())} {
				requireNoSecrets(t, text)
			}
			require.Error(t, captureOrder(t.Context(), client))
			require.Equal(t, [2]int{2, 0}, g.counts(), "and nothing was kept")
		})
	}
}

func requireNoSecrets(t *testing.T, text string) {
	t.Helper()
	require.NotContains(t, text, oauthSecret)
	require.NotContains(t, text, "token-1")
	require.NotContains(t, text, "client_secret")
}

// TestOAuthFetchIsRetried as any call that changes nothing.
func TestOAuthFetchIsRetried(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gate{tokens: func(n int) (*http.Response, error) {
			if n < 3 {
				return suitetest.Respond(http.StatusServiceUnavailable, ""), nil
			}
			return nil, nil
		}}
		require.NoError(t, captureOrder(t.Context(), g.client(t, afterpay.WithRetry(afterpay.DefaultRetryPolicy()))))
		require.Equal(t, [2]int{3, 1}, g.counts())
	})
}

// TestOAuthFailureAfterARefusalLeavesNoDoubt: what was refused was not done. A
// doubt from before stays.
func TestOAuthFailureAfterARefusalLeavesNoDoubt(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]int{"refused": 401, "in doubt, then refused": 502} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := &gate{
					tokens: func(n int) (*http.Response, error) {
						if n == 1 {
							return nil, nil
						}
						return suitetest.Respond(http.StatusBadRequest, ""), nil
					},
					calls: func(n int, _ string) *http.Response {
						if n == 1 && first != 401 {
							return suitetest.Respond(first, "")
						}
						return refusedToken()
					},
				}
				err := captureOrder(t.Context(), g.client(t, afterpay.WithRetry(afterpay.DefaultRetryPolicy())))
				require.Error(t, err)
				require.Equal(t, first != 401, errors.Is(err, afterpay.ErrOutcomeUnknown))
				require.Equal(t, 2, g.counts()[0])
			})
		})
	}
}

// TestOAuthKeepsSecretsToItself in logs, and in whatever way a client is printed.
func TestOAuthKeepsSecretsToItself(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var seen []afterpay.Attempt
	g := &gate{calls: func(n int, _ string) *http.Response {
		if n == 1 {
			return refusedToken()
		}
		return nil
	}}
	client := g.client(t, suitetest.Twice, afterpay.WithLogger(logger), afterpay.WithObserver(func(_ context.Context, a afterpay.Attempt) { seen = append(seen, a) }))
	require.NoError(t, captureOrder(t.Context(), client))
	logger.Info("client", "client", client, "service", client.Payments)
	text := log.String()
	require.Contains(t, text, "op=oauth.token")
	require.Contains(t, text, "route=/v2/oauth2/token")
	for _, v := range []any{client, *client, client.Payments, *client.Payments, seen} {
		text += fmt.Sprintf("%v %+v %#v", v, v, v)
	}
	requireNoSecrets(t, text)
	require.NotContains(t, text, "token-2")
	require.Len(t, seen, 4)
}

// TestOAuthPingNeedsNoToken as it needs no credentials.
func TestOAuthPingNeedsNoToken(t *testing.T) {
	t.Parallel()
	g := new(gate)
	require.NoError(t, g.client(t).Ping(t.Context()))
	require.Equal(t, [2]int{0, 1}, g.counts())
	require.NotContains(t, g.called[0].Header, "Authorization")
}

// TestOAuthInTheSandbox sells with tokens, of which one expires at the service
// before the client thinks so.
func TestOAuthInTheSandbox(t *testing.T) {
	t.Parallel()
	for _, version := range []afterpay.APIVersion{afterpay.V2, afterpay.V1} {
		client, sandbox := afterpaytest.NewClient(t, afterpay.WithOAuth(), afterpay.WithAPIVersion(version))
		shop := till{t, client, sandbox}
		shop.capture(shop.order())
		require.Len(t, sandbox.Requests(afterpaytest.OpAccessToken), 1)
		sandbox.Advance(24 * time.Hour)
		shop.capture(shop.order())
		require.Len(t, sandbox.Requests(afterpaytest.OpAccessToken), 2)
		require.Len(t, sandbox.Ledger(), 2)
	}
	wrong, err := afterpay.New(afterpaytest.MerchantID, "guess", afterpay.WithOAuth(), afterpay.WithHTTPClient(&http.Client{Transport: afterpaytest.New()}))
	require.NoError(t, err)
	_, err = wrong.Configuration.Get(t.Context())
	require.ErrorIs(t, err, afterpay.ErrUnauthorized)
}

// TestOAuthOverASocket asks the server itself for tokens.
func TestOAuthOverASocket(t *testing.T) {
	t.Parallel()
	server := afterpaytest.NewServer(t)
	client := server.NewClient(t, afterpay.WithOAuth())
	shop := till{t, client, server.Sandbox}
	require.NotEmpty(t, shop.capture(shop.order()))
	require.Len(t, server.Requests(afterpaytest.OpAccessToken), 1)
}
