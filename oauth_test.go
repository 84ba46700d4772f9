package afterpay_test

import (
	"bytes"
	"context"
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
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

const oauthSecret = "sk-9d1f0a77"

// gate is a service that issues the tokens token-1, token-2 and so on, and responds
// to calls with a payment.
type gate struct {
	takes  time.Duration // to issue a token
	tokens gateResponse  // replaces responses of the token host
	calls  gateResponse  // replaces responses of the API

	mu     sync.Mutex
	asked  []gated // for tokens
	called []gated // everything else
}

// gateResponse returns the nth response, or nil for the usual one. A response
// without a status is a lost connection.
type gateResponse func(n int, token string) *http.Response

// gated is a request and its body.
type gated struct {
	*http.Request
	body string
}

func (g *gate) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
	}
	list, respond := &g.called, g.calls
	token := strings.HasSuffix(req.URL.Path, "/v2/oauth2/token")
	if token {
		list, respond = &g.asked, g.tokens
	}
	g.mu.Lock()
	*list = append(*list, gated{req, string(body)})
	n := len(*list)
	g.mu.Unlock()
	if token {
		pass(g.takes)
	}
	if respond != nil {
		if resp := respond(n, req.Header.Get("Authorization")); resp != nil && resp.StatusCode == 0 {
			return nil, io.ErrUnexpectedEOF
		} else if resp != nil {
			return resp, nil
		}
	}
	if token {
		return suitetest.Respond(200, fmt.Sprintf(`{"access_token":"token-%d","scope":"merchant_api_v2/read","token_type":"Bearer","expires_in":3600}`, n)), nil
	}
	return suitetest.Respond(201, suitetest.ApprovedPayment), nil
}

// counts returns how many tokens were requested and how many calls came.
func (g *gate) counts() [2]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return [2]int{len(g.asked), len(g.called)}
}

func (g *gate) client(t *testing.T, opts ...afterpay.Option) *afterpay.Client {
	t.Helper()
	c, err := afterpay.New("merchant-41", oauthSecret, append([]afterpay.Option{
		afterpay.WithHTTPClient(&http.Client{Transport: g}), afterpay.WithRetry(afterpay.RetryPolicy{}), afterpay.WithOAuth(),
	}, opts...)...)
	require.NoError(t, err)
	return c
}

const refusedToken = `{"errorCode":"unauthorized","errorId":"a1b2c3d4e5f60718","message":"Credentials are required to access this resource.","httpStatusCode":401}`

// refuseFirstToken responds 401 to calls with the first token.
func refuseFirstToken(_ int, token string) *http.Response {
	if token == "Bearer token-1" {
		return suitetest.Respond(401, refusedToken)
	}
	return nil
}

func captureOrder(ctx context.Context, c *afterpay.Client) error {
	return second(suitetest.Capture(ctx, c))
}

func TestOAuth_RequestsATokenAndSendsIt(t *testing.T) {
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
			g, log := new(gate), new(bytes.Buffer)
			logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			require.NoError(t, captureOrder(t.Context(), g.client(t, append(x.opts, afterpay.WithLogger(logger))...)))
			require.Equal(t, [2]int{1, 1}, g.counts())
			asked, called := g.asked[0], g.called[0]
			require.Equal(t, http.MethodPost, asked.Method)
			require.Equal(t, "https://merchant-auth.afterpay.com/v2/oauth2/token", asked.URL.String())
			require.Equal(t, "application/x-www-form-urlencoded", asked.Header.Get("Content-Type"))
			require.NotContains(t, asked.Header, "Authorization")
			require.NotEmpty(t, asked.Header.Get("User-Agent"))
			form, err := url.ParseQuery(asked.body)
			require.NoError(t, err)
			require.Equal(t, url.Values{
				"grant_type": {"client_credentials"}, "client_id": {"merchant-41"}, "client_secret": {oauthSecret}, "scope": {x.scope},
			}, form)
			require.Equal(t, "https://global-api.afterpay.com"+x.path, called.URL.String())
			require.Equal(t, "Bearer token-1", called.Header.Get("Authorization"))
			requireNoSecrets(t, called.body+log.String())
			require.Contains(t, log.String(), "op=oauth.token")
			require.Contains(t, log.String(), "route=/v2/oauth2/token")
		})
	}
}

// Afterpay's hosts have token hosts of their own. Another host, such as a proxy,
// issues tokens itself.
func TestOAuth_TokenHosts(t *testing.T) {
	t.Parallel()
	const production, sandbox = "https://merchant-auth.afterpay.com", "https://merchant-auth-sandbox.afterpay.com"
	for base, want := range map[string]string{
		"https://global-api.afterpay.com":         production,
		"https://global-api-sandbox.afterpay.com": sandbox,
		"https://api.us.afterpay.com":             production,
		"https://API.US-Sandbox.Afterpay.com":     sandbox,
		"https://GLOBAL-API.AFTERPAY.COM/":        production,
		"http://127.0.0.1:8080":                   "http://127.0.0.1:8080",
		"https://shop.example/proxy/":             "https://shop.example/proxy",
		"https://afterpay.com.evil.example":       "https://afterpay.com.evil.example",
	} {
		g := new(gate)
		require.NoError(t, captureOrder(t.Context(), g.client(t, afterpay.WithBaseURL(base))))
		require.Equal(t, want+"/v2/oauth2/token", g.asked[0].URL.String())
	}
	g := new(gate)
	require.NoError(t, captureOrder(t.Context(), g.client(t, afterpay.WithSandbox())))
	require.Equal(t, sandbox+"/v2/oauth2/token", g.asked[0].URL.String())
}

func TestOAuth_TokenIsUsedUntilShortlyBeforeItExpires(t *testing.T) {
	t.Parallel()
	const unknown = 270 * time.Second
	for life, used := range map[string]time.Duration{
		`,"expires_in":86399`:                 86339 * time.Second, // all but a minute
		`,"expires_in":3600`:                  59 * time.Minute,
		`,"expires_in":100`:                   90 * time.Second, // all but a tenth
		`,"expires_in":1`:                     900 * time.Millisecond,
		`,"expires_in":"9223372036854775807"`: 1<<32*time.Second - time.Minute,
		``:                                    unknown,
		`,"expires_in":null`:                  unknown,
		`,"expires_in":-5`:                    unknown,
		`,"expires_in":"x"`:                   unknown,
	} {
		inBubble(t, life, func(t *testing.T) {
			g := &gate{tokens: func(n int, _ string) *http.Response {
				return suitetest.Respond(200, `{"access_token":"token-`+strconv.Itoa(n)+`","token_type":"Bearer"`+life+`}`)
			}}
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
	}
}

// All callers share a token, and the one that replaces it when it is refused or has
// expired. Refusals of the first one that come late do not drop the second.
func TestOAuth_TokenIsFetchedOnceForAllCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gate{takes: time.Second}
		g.calls = func(n int, token string) *http.Response {
			pass(time.Duration(n) * 100 * time.Millisecond)
			return refuseFirstToken(n, token)
		}
		client := g.client(t, suitetest.Twice)
		for _, want := range [][2]int{{2, 100}, {3, 150}} {
			var wg sync.WaitGroup
			for range 50 {
				wg.Go(func() { assert.NoError(t, captureOrder(t.Context(), client)) })
			}
			wg.Wait()
			require.Equal(t, want, g.counts())
			pass(time.Hour)
		}
		hurried, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		err := captureOrder(hurried, client)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown, "only the token was requested")
		pass(time.Second) // the abandoned load ends
	})
}

// A call makes MaxAttempts requests at most, those with a refused token included, and
// replaces its token once. All have the same body, whose request id keeps the money
// from moving twice. What was refused was not done; doubt of earlier attempts stays.
func TestOAuth_RefusedTokenIsReplacedWithinTheAttempts(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		attempts int
		statuses []int // of the calls
		tokens   int
		noToken  bool // no second one
		kind     afterpay.Kind
		unknown  bool
	}{
		"refused, then captured":     {3, []int{401, 201}, 2, false, "", false},
		"refused, then down":         {3, []int{401, 503, 503}, 2, false, afterpay.ErrUnavailable, true},
		"down, refused, down":        {3, []int{503, 401, 503}, 2, false, afterpay.ErrUnavailable, true},
		"refused twice":              {3, []int{401, 401}, 2, false, afterpay.ErrUnauthorized, false},
		"refused at last":            {3, []int{503, 503, 401}, 1, false, afterpay.ErrUnauthorized, true},
		"no retries":                 {1, []int{401}, 1, false, afterpay.ErrUnauthorized, false},
		"no second token":            {3, []int{401}, 2, true, afterpay.ErrUnauthorized, false},
		"down, then no second token": {3, []int{503, 401}, 2, true, afterpay.ErrUnauthorized, true},
	} {
		inBubble(t, name, func(t *testing.T) {
			g := &gate{
				calls: func(n int, _ string) *http.Response {
					return suitetest.Respond(x.statuses[n-1], map[int]string{401: refusedToken, 201: suitetest.ApprovedPayment}[x.statuses[n-1]])
				},
				tokens: func(n int, _ string) *http.Response {
					if n > 1 && x.noToken {
						return suitetest.Respond(400, "")
					}
					return nil
				},
			}
			c := g.client(t, afterpay.WithRetry(afterpay.RetryPolicy{MaxAttempts: x.attempts}))
			_, err := c.Payments.Authorize(t.Context(), afterpay.AuthorizeRequest{Token: suitetest.Token})
			require.Equal(t, [2]int{x.tokens, len(x.statuses)}, g.counts())
			for _, call := range g.called {
				require.Equal(t, g.called[0].body, call.body)
				require.Contains(t, call.body, `"requestId":"`)
			}
			if x.kind == "" {
				require.NoError(t, err)
				return
			}
			e := suitetest.AsError(t, err)
			require.Equal(t, x.kind, e.Kind)
			require.Equal(t, len(x.statuses), e.Attempts)
			require.Equal(t, x.unknown, errors.Is(err, afterpay.ErrOutcomeUnknown))
		})
	}
}

// What the token host says is not said of payments: nothing there is missing,
// declined or in doubt when a call was never sent. A look-up without a token has not
// seen that there is no payment.
func TestOAuth_FailureToGetATokenIsNoVerdictOnThePayment(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		status int // 0: no connection
		body   string
		kind   afterpay.Kind
	}{
		"no connection":                 {0, "", afterpay.ErrUnavailable},
		"not found":                     {404, `{"errorCode":"not_found"}`, afterpay.ErrUnavailable},
		"declined":                      {402, `{"errorCode":"declined"}`, afterpay.ErrUnavailable},
		"declined payment":              {402, `{"id":"7","status":"DECLINED"}`, afterpay.ErrUnavailable},
		"wrong credentials":             {401, refusedToken, afterpay.ErrUnauthorized},
		"wrong credentials by RFC 6749": {400, `{"error":"invalid_client"}`, afterpay.ErrUnauthorized},
		"a wall in front":               {403, "<html>blocked</html>", afterpay.ErrUnavailable},
		"invalid":                       {422, `{"errorCode":"invalid_object","message":"token is bad"}`, afterpay.ErrUnavailable},
		"too many requests":             {429, "", afterpay.ErrRateLimited},
		"redirection":                   {302, "", afterpay.ErrUnavailable},
		"page":                          {200, "<html>log in, token-1</html>", afterpay.ErrUnavailable},
		"no token":                      {200, `{"expires_in":3600}`, afterpay.ErrUnavailable},
		"half an answer":                {200, `{"access_token":"token-1","expires`, afterpay.ErrUnavailable},
		"token of two lines":            {200, `{"access_token":"token-1\r\nX-Other: 1","expires_in":3600}`, afterpay.ErrUnavailable},
		"token that is no header":       {200, `{"access_token":"token-1\u0000é","expires_in":3600}`, afterpay.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := &gate{tokens: func(int, string) *http.Response { return suitetest.Respond(x.status, x.body) }}
			var log bytes.Buffer
			c := g.client(t, afterpay.WithLogger(slog.New(slog.NewJSONHandler(&log, nil))), afterpay.WithTimeouts(afterpay.Timeouts{Lookup: 1}))
			recover := suitetest.Operation{Name: "payments.getByToken", V1: "recover", Invoke: recoverPayment}
			for _, o := range append(suitetest.Operations()[1:], recover) { // ping needs no token
				_, err := o.Invoke(t.Context(), c)
				e := suitetest.AsError(t, err)
				require.Equal(t, o.Name, e.Op)
				require.Equal(t, x.kind, e.Kind, o.Name)
				require.Equal(t, o.V1 == "recover", e.OutcomeUnknown, o.Name)
				require.Nil(t, e.Payment)
				require.Zero(t, e.StatusCode, "the service was not asked")
				require.Contains(t, err.Error(), "oauth.token")
				if x.status != 0 {
					require.Contains(t, err.Error(), "status "+strconv.Itoa(x.status))
				}
				requireNoSecrets(t, err.Error()+fmt.Sprint(slog.AnyValue(err).Resolve()))
			}
			requireNoSecrets(t, log.String())
			require.Zero(t, g.counts()[1], "nothing was sent to the API")
		})
	}
}

func requireNoSecrets(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{oauthSecret, "token-1", "token-2", "client_secret"} {
		require.NotContains(t, text, secret)
	}
}

// A token is fetched as any call that changes nothing is made: repeated, and later
// if the host asks for that.
func TestOAuth_FetchIsRetried(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		up := time.Now().Add(30 * time.Second)
		g := &gate{tokens: func(n int, _ string) *http.Response {
			if n == 3 || time.Now().After(up) {
				return nil
			}
			return suitetest.Respond(503, "")
		}}
		require.NoError(t, captureOrder(t.Context(), g.client(t, afterpay.WithRetry(afterpay.DefaultRetryPolicy()))))
		require.Equal(t, [2]int{3, 1}, g.counts())

		require.NoError(t, second(g.client(t).Payments.Recover(t.Context(), suitetest.Token)), "a look-up outlasts an outage of tokens")
		require.GreaterOrEqual(t, time.Now(), up)
	})
	g := &gate{tokens: func(int, string) *http.Response {
		res := suitetest.Respond(429, "")
		res.Header.Set("Retry-After", "3600")
		return res
	}}
	err := captureOrder(t.Context(), g.client(t))
	require.ErrorIs(t, err, afterpay.ErrRateLimited)
	require.Equal(t, time.Hour, suitetest.AsError(t, err).RetryAfter)
}
