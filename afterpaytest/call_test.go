package afterpaytest

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGate_RefusesBeforeAnyOperation(t *testing.T) {
	t.Parallel()
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Del(name)
			if value != "" {
				r.Header.Set(name, value)
			}
		}
	}
	cases := []struct {
		name         string
		method, path string
		body         string
		edit         func(*http.Request)
		status       int
		code         string
	}{
		{"no credentials", "GET", "/v2/configuration", "", header("Authorization", ""), 401, "unauthorized"},
		{"wrong password", "GET", "/v2/configuration", "", func(r *http.Request) { r.SetBasicAuth(MerchantID, "guess") }, 401, "unauthorized"},
		{"wrong verb", "DELETE", "/v2/checkouts", "", nil, 405, "method_not_allowed"},
		{"wrong verb for ping", "POST", "/ping", "", nil, 405, "method_not_allowed"},
		{"v1 has no auth", "POST", "/v1/payments/auth", `{}`, nil, 405, "method_not_allowed"},
		{"wants XML", "GET", "/v2/configuration", "", header("Accept", "application/xml"), 406, "error"},
		{"form body", "POST", "/v2/checkouts", "a=b", header("Content-Type", "application/x-www-form-urlencoded"), 415, "error"},
		{"no content type", "POST", "/v2/checkouts", smallCheckout, header("Content-Type", ""), 415, "error"},
		{"no body", "POST", "/v2/checkouts", "", nil, 500, "error"},
		{"neither body nor content type", "POST", "/v2/checkouts", "", header("Content-Type", ""), 500, "error"},
		{"body without a content type where none is needed", "POST", "/v2/payments/1/void", "{}", header("Content-Type", ""), 415, "error"},
		{"no body to PUT", "PUT", "/v2/payments/1/courier", "", nil, 500, "error"},
		{"broken JSON", "POST", "/v2/checkouts", `{"amount":`, nil, 400, "invalid_json"},
		{"two values", "POST", "/v2/checkouts", `{} {}`, nil, 400, "invalid_json"},
		{"array", "POST", "/v2/checkouts", `[]`, nil, 400, "invalid_json"},
		{"null", "POST", "/v2/checkouts", `null`, nil, 400, "invalid_json"},
		{"object for text", "POST", "/v2/payments/capture", `{"token":{}}`, nil, 400, "invalid_json"},
		{"text for an object", "POST", "/v2/checkouts", `{"merchant":"shop"}`, nil, 400, "invalid_json"},
		{"object for an array", "POST", "/v2/checkouts", `{"items":{}}`, nil, 400, "invalid_json"},
		{"text in an array of objects", "POST", "/v2/checkouts", `{"items":["Widget"]}`, nil, 400, "invalid_json"},
		{"text for categories", "POST", "/v2/checkouts", `{"items":[{"categories":"a"}]}`, nil, 400, "invalid_json"},
		{"flat categories", "POST", "/v2/checkouts", `{"items":[{"categories":["a"]}]}`, nil, 400, "invalid_json"},
		{"numbers in categories", "POST", "/v2/checkouts", `{"items":[{"categories":[[1]]}]}`, nil, 400, "invalid_json"},
		{"fraction of an item", "POST", "/v2/checkouts", `{"items":[{"quantity":1.5}]}`, nil, 400, "invalid_json"},
		{"text for a truth value", "POST", "/v2/payments/auth", `{"token":"t","isCheckoutAdjusted":"perhaps"}`, nil, 400, "invalid_json"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.edit = tc.edit
			s.refused(s.do(tc.method, tc.path, tc.body), tc.status, tc.code)
		})
	}
}

func TestGate_AcceptsManyForms(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for name, edit := range map[string]func(*http.Request){
		"any type accepted":         func(r *http.Request) { r.Header.Set("Accept", "*/*") },
		"one of several types":      func(r *http.Request) { r.Header.Set("Accept", "text/html, application/json;q=0.5") },
		"nothing received of types": func(r *http.Request) { r.Header.Del("Accept") },
		"charset with the type":     func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=utf-8") },
		"another host of theirs":    func(r *http.Request) { r.URL.Host = "api.us.afterpay.com" },
		"a slash at the end":        func(r *http.Request) { r.URL.Path += "/" },
	} {
		s.edit = edit
		require.Equal(t, 201, s.post("/v2/checkouts", smallCheckout).status, name)
	}
}

func TestPing_NeedsNoHeaders(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.edit = func(r *http.Request) { r.Header = http.Header{} }
	a := s.get("/ping")
	require.Equal(t, 200, a.status)
	require.Equal(t, "pong", a.raw)
	require.True(t, strings.HasPrefix(a.header.Get("Content-Type"), "text/plain"))

	require.Equal(t, 200, s.do(http.MethodHead, "/ping", "").status)
	require.Empty(t, s.do(http.MethodHead, "/ping", "").raw)
	require.Equal(t, "GET, HEAD, OPTIONS", s.do(http.MethodOptions, "/ping", "").header.Get("Allow"))
}

func TestResponse_Headers(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	token := s.undecided()
	const noStore = "private, no-cache, no-store, no-transform, must-revalidate, max-age=0"

	for path, control := range map[string]string{
		"/v2/configuration":      "private, no-transform, max-age=1800",
		"/v1/configuration":      "private, no-transform, max-age=1800",
		"/v2/checkouts/" + token: noStore,
		"/v2/payments":           noStore,
	} {
		a := s.get(path)
		require.Equal(t, control, a.header.Get("Cache-Control"), path)
		require.Equal(t, "application/json", a.header.Get("Content-Type"))
		require.Regexp(t, `^[a-z2-7]{26}$`, a.header.Get("Http-Correlation-Id"))
		require.Regexp(t, `^[0-9a-f]{16}-IAD$`, a.header.Get("Cf-Ray"))
	}
	for path, status := range map[string]int{"/v2/payments/1": 404, "/v2/checkouts/nobody": 412, "/v2/disputes/dp_1": 404} {
		a := s.get(path)
		require.Equal(t, status, a.status, path)
		require.Equal(t, noStore, a.header.Get("Cache-Control"), path)
	}
	require.Empty(t, s.post("/v2/checkouts", smallCheckout).header.Values("Cache-Control"), "responses to POST have none")
	require.Empty(t, s.post("/v2/payments/1/void", "").header.Values("Cache-Control"))

	old := newShop(t, WithUnderscoreCorrelationID())
	a := old.get("/v2/configuration")
	require.Empty(t, a.header.Get("Http-Correlation-Id"))
	require.Contains(t, a.header, "http_correlation_id")
}

// The official PHP SDK expects 404 for / without credentials.
func TestUnknownPath_OutsideTheVersionsNeedsNoCredentials(t *testing.T) {
	t.Parallel()
	s := &shop{t: t, sandbox: New(), edit: func(r *http.Request) { r.Header.Del("Authorization") }}
	s.refused(s.get("/"), 404, "not_found")
	s.refused(s.get("/v2/nowhere"), 401, "unauthorized")
}

func TestUnknownPath_FailsTheTest(t *testing.T) {
	t.Parallel()
	rec := &recorder{TB: t}
	s := New()
	s.bind(rec)
	shop := &shop{t: t, sandbox: s}
	shop.refused(shop.get("/v2/platform/configuration"), 404, "not_found")
	require.Len(t, rec.errors, 1)
	require.Contains(t, rec.errors[0], "/v2/platform/configuration")
}

func TestRoundTrip_ClosesTheBody(t *testing.T) {
	t.Parallel()
	s := New()
	closed := false
	req, err := http.NewRequest(http.MethodPost, apiHost+"/v2/checkouts", closer{strings.NewReader("{}"), &closed})
	require.NoError(t, err)
	res, err := s.RoundTrip(req)
	require.NoError(t, err)
	require.Equal(t, 401, res.StatusCode)
	require.True(t, closed)
}

type closer struct {
	io.Reader
	closed *bool
}

func (c closer) Close() error { *c.closed = true; return nil }

// bodiless are the operations that need no body.
var bodiless = map[string]struct {
	path   func(*shop) string
	status int
}{
	"void":     {func(s *shop) string { id, _ := s.authorized(); return "/v2/payments/" + id + "/void" }, 201},
	"reversal": {func(s *shop) string { _, token := s.captured(); return "/v2/payments/token:" + token + "/reversal" }, 204},
	"accept":   {func(s *shop) string { id, _ := s.disputed(); return "/v2/disputes/" + id + "/accept" }, 200},
}

func TestGate_NoBodyNeedsNoContentType(t *testing.T) {
	t.Parallel()
	for name, tc := range bodiless {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			path := tc.path(s)
			s.edit = func(r *http.Request) { r.Header.Del("Content-Type") }
			require.Equal(t, tc.status, s.post(path, "").status)
		})
	}
}

// PHP's SDK sends an empty body in chunks.
func TestGate_EmptyChunkedBodyIsNoBody(t *testing.T) {
	t.Parallel()
	for name, tc := range bodiless {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := NewServer(t)
			req, err := http.NewRequest(http.MethodPost, server.URL+tc.path(&shop{t: t, sandbox: server.Sandbox}), io.NopCloser(strings.NewReader("")))
			require.NoError(t, err)
			req.TransferEncoding = []string{"chunked"}
			req.SetBasicAuth(MerchantID, SecretKey)
			res, err := server.client.Do(req)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Equal(t, tc.status, res.StatusCode)
		})
	}
}

func TestGate_UnknownMerchantIsRefusedByTheRouter(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var host, merchant string
	s.edit = func(r *http.Request) { r.URL.Host = host; r.SetBasicAuth(merchant, "guess") }
	for _, tc := range []struct {
		host, merchant string
		router         bool
	}{
		{"global-api.afterpay.com", "1", true},
		{"global-api-sandbox.afterpay.com", "1", true},
		{"127.0.0.1:8080", "1", true},
		{"global-api.afterpay.com", MerchantID, false},
		{"api.us-sandbox.afterpay.com", "1", false},
		{"api.secure-afterpay.com.au", "1", false},
	} {
		host, merchant = tc.host, tc.merchant
		a := s.get("/v2/configuration")
		require.Equal(t, 401, a.status)
		require.Equal(t, "unauthorized", a.text("errorCode"))
		require.Equal(t, tc.router, a.text("errorId") == "cf-worker", tc)
		require.Equal(t, tc.router, a.text("message") != "Credentials are required to access this resource.", tc)
	}
}
