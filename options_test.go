package afterpay_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

func TestNew_ReportsMistakesInOptions(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]afterpay.Option{
		"plain http":                afterpay.WithBaseURL("http://api.afterpay.com"),
		"base URL with user":        afterpay.WithBaseURL("https://user:hunter2@api.afterpay.com"),
		"version 0":                 afterpay.WithAPIVersion(0),
		"version 3":                 afterpay.WithAPIVersion(3),
		"no HTTP client":            afterpay.WithHTTPClient(nil),
		"line feed in a user agent": afterpay.WithUserAgent(afterpay.UserAgent{Module: "MyModule/1.2\r\nX: y"}),
		"umlaut in a user agent":    afterpay.WithUserAgent(afterpay.UserAgent{Platform: "Läden/1"}),
		"bracket in a user agent":   afterpay.WithUserAgent(afterpay.UserAgent{MerchantURL: "https://shop.example/(x)"}),
		"semicolon in a user agent": afterpay.WithUserAgent(afterpay.UserAgent{Platform: "MyShop/4.5; x"}),
		"negative attempts":         afterpay.WithRetry(afterpay.RetryPolicy{MaxAttempts: -1}),
		"negative base delay":       afterpay.WithRetry(afterpay.RetryPolicy{BaseDelay: -1}),
		"negative delay":            afterpay.WithRetry(afterpay.RetryPolicy{MaxDelay: -1}),
		"negative retry after":      afterpay.WithRetry(afterpay.RetryPolicy{MaxRetryAfter: -1}),
		"no request id function":    afterpay.WithRequestIDs(nil),
		"empty OAuth scope":         afterpay.WithOAuth("ok", ""),
		"white space in a scope":    afterpay.WithOAuth("ok", "a\nb"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := afterpay.New(suitetest.MerchantID, suitetest.SecretKey, opt)
			require.Nil(t, c)
			require.ErrorContains(t, err, "afterpay: ")
			require.NotContains(t, err.Error(), "hunter2")
			require.NotContains(t, err.Error(), suitetest.SecretKey)
		})
	}
}

func TestNew_AcceptsOptionsThatSayNothing(t *testing.T) {
	t.Parallel()
	c, err := afterpay.New(suitetest.MerchantID, suitetest.SecretKey, nil, afterpay.WithLogger(nil), afterpay.WithObserver(nil), afterpay.WithLimiter(nil),
		afterpay.WithUserAgent(afterpay.UserAgent{}), afterpay.WithTimeouts(afterpay.Timeouts{}), suitetest.Through(suitetest.Always(200, "pong")))
	require.NoError(t, err)
	require.NoError(t, c.Ping(t.Context()))
}

// urlCalled returns where a client with these options sends a call to.
func urlCalled(t *testing.T, opts ...afterpay.Option) string {
	t.Helper()
	var called string
	c, err := afterpay.New(suitetest.MerchantID, suitetest.SecretKey, append(opts, suitetest.Through(func(req *http.Request) (*http.Response, error) {
		called = req.URL.String()
		require.Equal(t, req.URL.Host, req.Host)
		return suitetest.Respond(200, `{"id":"7","token":"002.abc"}`), nil
	}))...)
	require.NoError(t, err)
	_, err = c.Payments.GetByToken(t.Context(), "002.abc")
	require.NoError(t, err)
	return called
}

func TestWithBaseURL_IsPutBeforeEveryPath(t *testing.T) {
	t.Parallel()
	const path = "/v2/payments/token:002.abc"
	require.Equal(t, "https://global-api.afterpay.com"+path, urlCalled(t))
	require.Equal(t, "https://global-api-sandbox.afterpay.com"+path, urlCalled(t, afterpay.WithSandbox()))
	require.Equal(t, "https://global-api-sandbox.afterpay.com/v1/payments/token:002.abc", urlCalled(t, afterpay.WithSandbox(), afterpay.WithAPIVersion(afterpay.V1)))
	for base, want := range map[string]string{
		"https://api.us.afterpay.com":     "https://api.us.afterpay.com",
		"HTTPS://api.afterpay.com:8443":   "https://api.afterpay.com:8443",
		"https://proxy.example/afterpay/": "https://proxy.example/afterpay",
		"https://proxy.example/a%20b/c":   "https://proxy.example/a%20b/c",
		"http://[::1]:8080/afterpay":      "http://[::1]:8080/afterpay",
	} {
		require.Equal(t, want+path, urlCalled(t, afterpay.WithBaseURL(base)))
	}
}

// The documented endpoints end in the version of the API.
func TestWithBaseURL_UnderstandsTheVersionAtItsEnd(t *testing.T) {
	t.Parallel()
	v1, v2 := afterpay.WithAPIVersion(afterpay.V1), afterpay.WithAPIVersion(afterpay.V2)
	for base, version := range map[string]afterpay.Option{
		"https://api.us-sandbox.afterpay.com/v1/": v1, "https://api.us-sandbox.afterpay.com/v1": v1,
		"https://api.us-sandbox.afterpay.com/v2": v2, "https://proxy.example/afterpay/v2//": v2,
	} {
		want := strings.TrimRight(base, "/") + "/payments/token:002.abc"
		require.Equal(t, want, urlCalled(t, afterpay.WithBaseURL(base), version))
		require.Equal(t, want, urlCalled(t, version, afterpay.WithBaseURL(base)), "whatever the order")
	}
	_, err := afterpay.New("32", suitetest.SecretKey, afterpay.WithBaseURL("https://api.us-sandbox.afterpay.com/v1/"))
	require.EqualError(t, err, "afterpay: base URL ends in /v1, but the client calls API v2: use WithAPIVersion(afterpay.V1), or leave /v1 out of the URL")
	_, err = afterpay.New("32", suitetest.SecretKey, v1, afterpay.WithBaseURL("https://api.us-sandbox.afterpay.com/v2"))
	require.ErrorContains(t, err, "WithAPIVersion(afterpay.V2)")
	for _, opts := range [][]afterpay.Option{
		{afterpay.WithSandbox(), afterpay.WithBaseURL("https://api.afterpay.com")},
		{afterpay.WithBaseURL("https://api.afterpay.com"), afterpay.WithSandbox()},
	} {
		_, err := afterpay.New("32", suitetest.SecretKey, opts...)
		require.EqualError(t, err, "afterpay: WithSandbox and WithBaseURL cannot be combined")
	}
	require.Equal(t, "https://proxy.example/v1/of/v2/payments/token:002.abc", urlCalled(t, afterpay.WithBaseURL("https://proxy.example/v1/of")))
}

func TestWithUserAgent_SetsTheHeader(t *testing.T) {
	t.Parallel()
	version := strings.Join(strings.SplitN(strings.TrimPrefix(strings.Fields(runtime.Version())[0], "go"), ".", 3)[:2], ".")
	inside := "Go/" + version + "; Merchant/32)"
	for name, x := range map[string]struct {
		opts []afterpay.Option
		want string
	}{
		"default":    {nil, "afterpay-go/" + afterpay.Version + " (" + inside},
		"documented": {[]afterpay.Option{afterpay.WithUserAgent(afterpay.UserAgent{Module: "Module/1.2", Platform: "Platform/3.4", MerchantURL: "https://shop.example"})}, "Module/1.2 (Platform/3.4; " + inside + " https://shop.example"},
		"module":     {[]afterpay.Option{afterpay.WithUserAgent(afterpay.UserAgent{Module: "Module/1.2"})}, "Module/1.2 (" + inside},
		"platform":   {[]afterpay.Option{afterpay.WithUserAgent(afterpay.UserAgent{Platform: "Platform/3.4"})}, "afterpay-go/" + afterpay.Version + " (Platform/3.4; " + inside},
		"shop":       {[]afterpay.Option{afterpay.WithUserAgent(afterpay.UserAgent{MerchantURL: "https://shop.example/a?b=c"})}, "afterpay-go/" + afterpay.Version + " (" + inside + " https://shop.example/a?b=c"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newRecorder(t, answer{Status: 200, Body: "pong"})
			require.NoError(t, suitetest.NewClient(t, srv.URL, x.opts...).Ping(t.Context()))
			require.Equal(t, x.want, srv.Only(t).Header.Get("User-Agent"))
		})
	}
	t.Run("a merchant id of odd characters does not break the header", func(t *testing.T) {
		t.Parallel()
		srv := newRecorder(t, answer{Status: 200, Body: "pong"})
		c, err := afterpay.New("32;X(ü)", suitetest.SecretKey, afterpay.WithBaseURL(srv.URL))
		require.NoError(t, err)
		require.NoError(t, c.Ping(t.Context()))
		require.True(t, strings.HasSuffix(srv.Only(t).Header.Get("User-Agent"), "; Merchant/32X)"))
	})
}

// A redirect comes from something in front of the service. Credentials go to one
// host only.
func TestClient_NeverFollowsRedirects(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		t.Errorf("%s %s arrived elsewhere with %q", req.Method, req.URL, req.Header.Get("Authorization"))
	}))
	t.Cleanup(elsewhere.Close)
	for name, opts := range map[string][]afterpay.Option{
		"default client":          nil,
		"client that would do so": {afterpay.WithHTTPClient(&http.Client{Timeout: time.Minute})},
	} {
		for _, status := range []int{300, 301, 302, 303, 304, 307, 308} {
			srv := newRecorder(t, answer{Status: status, Body: "<html>", Header: map[string]string{"Location": elsewhere.URL + "/v2/payments"}})
			c := suitetest.NewClient(t, srv.URL, opts...)
			for _, o := range suitetest.Operations() {
				result, err := o.Invoke(t.Context(), c)
				require.Nil(t, result)
				require.ErrorIs(t, err, afterpay.ErrUnavailable, "%s, %s", name, o.Name)
				require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown, "%s, %s", name, o.Name)
				require.Equal(t, status, suitetest.AsError(t, err).StatusCode, "%s, %s", name, o.Name)
			}
			require.Len(t, srv.Requests(), len(suitetest.Operations()))
		}
	}
}

// A call waits for a response that never comes as long as its operation may take.
func TestWithTimeouts_LimitsEachOperation(t *testing.T) {
	t.Parallel()
	banks := map[string]bool{
		"payments.authorize": true, "payments.capture": true, "payments.capturePart": true, "payments.void": true,
		"payments.reverse": true, "refunds.create": true,
	}
	for name, x := range map[string]struct {
		timeouts       []afterpay.Option
		read, bankRead time.Duration
	}{
		"default":       {nil, 20 * time.Second, 70 * time.Second},
		"one changed":   {[]afterpay.Option{afterpay.WithTimeouts(afterpay.Timeouts{Read: 3 * time.Second})}, 3 * time.Second, 70 * time.Second},
		"other changed": {[]afterpay.Option{afterpay.WithTimeouts(afterpay.Timeouts{BankRead: 4 * time.Second})}, 20 * time.Second, 4 * time.Second},
	} {
		for version, v := range suitetest.Versions {
			for _, o := range suitetest.Operations() {
				if o.Route(v) == "" {
					continue
				}
				want := x.read
				if banks[o.Name] && (o.Name != "refunds.create" || v == afterpay.V2) {
					want = x.bankRead
				}
				inBubble(t, name+" "+version+" "+o.Name, func(t *testing.T) {
					c := suitetest.NewClient(t, "https://service.example", append(x.timeouts, afterpay.WithAPIVersion(v), suitetest.Through(hang))...)
					start := time.Now()
					_, err := o.Invoke(t.Context(), c)
					require.Equal(t, want, time.Since(start))
					require.ErrorIs(t, err, afterpay.ErrUnavailable)
					require.NotErrorIs(t, err, context.DeadlineExceeded, "the caller's context is still alive")
					require.Contains(t, err.Error(), "no complete response within "+want.String())
				})
			}
		}
	}
	inBubble(t, "a negative limit is none", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, err := suitetest.Capture(ctx, suitetest.NewClient(t, "https://service.example", afterpay.WithTimeouts(afterpay.Timeouts{BankRead: -1}), suitetest.Through(hang)))
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestCloseIdleConnections(t *testing.T) {
	t.Parallel()
	closed := new(closer)
	c := suitetest.NewClient(t, "https://service.example", afterpay.WithHTTPClient(&http.Client{Transport: closed}))
	c.CloseIdleConnections()
	require.True(t, closed.closed)
}

type closer struct{ closed bool }

func (*closer) RoundTrip(*http.Request) (*http.Response, error) { return nil, io.EOF }
func (c *closer) CloseIdleConnections()                         { c.closed = true }
