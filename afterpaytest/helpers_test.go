package afterpaytest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const apiHost = "https://global-api-sandbox.afterpay.com"

// shop sends requests to a sandbox with net/http alone.
type shop struct {
	t       *testing.T
	sandbox *Sandbox
	edit    func(*http.Request)
}

func newShop(t *testing.T, opts ...Option) *shop {
	t.Helper()
	s := New(opts...)
	s.bind(t)
	return &shop{t: t, sandbox: s}
}

// received is a response as it came over the wire.
type received struct {
	status int
	header http.Header
	raw    string
	body   map[string]any // nil unless the body is an object
}

func (s *shop) request(method, path, body string) *http.Request {
	s.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, apiHost+path, reader)
	require.NoError(s.t, err)
	req.SetBasicAuth(s.sandbox.merchantID, s.sandbox.secretKey)
	req.Header.Set("Accept", "application/json")
	if method != http.MethodGet {
		req.Header.Set("Content-Type", "application/json")
	}
	if s.edit != nil {
		s.edit(req)
	}
	return req
}

func (s *shop) do(method, path, body string) received {
	s.t.Helper()
	res, err := s.sandbox.RoundTrip(s.request(method, path, body))
	require.NoError(s.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(s.t, err)
	a := received{status: res.StatusCode, header: res.Header, raw: string(raw)}
	if strings.HasPrefix(a.raw, "{") {
		require.NoError(s.t, json.Unmarshal(raw, &a.body))
	}
	return a
}

func (s *shop) get(path string) received { s.t.Helper(); return s.do(http.MethodGet, path, "") }
func (s *shop) post(path, body string) received {
	s.t.Helper()
	return s.do(http.MethodPost, path, body)
}
func (s *shop) put(path, body string) received { s.t.Helper(); return s.do(http.MethodPut, path, body) }

// at returns the value at a path such as "events.1.type".
func (a received) at(path string) any {
	var value any = a.body
	for step := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			i := int(step[0] - '0')
			if i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

func (a received) text(path string) string {
	value, _ := a.at(path).(string)
	return value
}

func (s *shop) refused(a received, status int, code string) {
	s.t.Helper()
	require.Equal(s.t, status, a.status, a.raw)
	require.Equal(s.t, code, a.text("errorCode"), a.raw)
	require.Len(s.t, a.text("errorId"), 16)
	require.NotEmpty(s.t, a.text("message"))
	require.EqualValues(s.t, status, a.at("httpStatusCode"))
}

const smallCheckout = `{"amount":{"amount":"100.00","currency":"USD"},"consumer":{"email":"ann@example.com"},
 "merchant":{"redirectConfirmUrl":"https://shop.example/ok","redirectCancelUrl":"https://shop.example/no"},"merchantReference":"A-1"}`

const smallOrderV1 = `{"totalAmount":{"amount":"100.00","currency":"USD"},"consumer":{"givenNames":"Ann","surname":"Lee","email":"ann@example.com"},
 "merchant":{"redirectConfirmUrl":"https://shop.example/ok","redirectCancelUrl":"https://shop.example/no"}}`

// checkout creates a v2 checkout that the shopper has approved.
func (s *shop) checkout() string {
	s.t.Helper()
	token := s.undecided()
	require.NoError(s.t, s.sandbox.Approve(token))
	return token
}

func (s *shop) undecided() string {
	s.t.Helper()
	a := s.post("/v2/checkouts", smallCheckout)
	require.Equal(s.t, 201, a.status, a.raw)
	return a.text("token")
}

// authorized returns the id and token of an authorization of 100.00.
func (s *shop) authorized() (id, token string) {
	s.t.Helper()
	token = s.checkout()
	a := s.post("/v2/payments/auth", `{"token":"`+token+`","requestId":"auth-`+token+`"}`)
	require.Equal(s.t, 201, a.status, a.raw)
	return a.text("id"), token
}

// captured returns the id and token of an order captured in full.
func (s *shop) captured() (id, token string) {
	s.t.Helper()
	token = s.checkout()
	a := s.post("/v2/payments/capture", `{"token":"`+token+`"}`)
	require.Equal(s.t, 201, a.status, a.raw)
	return a.text("id"), token
}

// recorder is a testing.TB whose failures can be inspected.
type recorder struct {
	testing.TB
	mu       sync.Mutex
	errors   []string
	cleanups []func()
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

// end runs the cleanups, as the end of a test does.
func (r *recorder) end() {
	for i := len(r.cleanups) - 1; i >= 0; i-- {
		r.cleanups[i]()
	}
}

const tenUSD = `"amount":{"amount":"10.00","currency":"USD"}`

// moved counts the movements of one kind.
func (s *shop) moved(kind MovementKind) (n int) {
	for _, m := range s.sandbox.Ledger() {
		if m.Kind == kind {
			n++
		}
	}
	return n
}

func kinds(ledger []Movement) (kinds []MovementKind) {
	for _, m := range ledger {
		kinds = append(kinds, m.Kind)
	}
	return kinds
}
