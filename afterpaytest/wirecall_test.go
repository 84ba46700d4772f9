package afterpaytest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const apiHost = "https://global-api-sandbox.afterpay.com"

// shop sends requests to a sandbox with nothing but net/http.
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

// said is an answer as it came over the wire.
type said struct {
	status int
	header http.Header
	raw    string
	body   map[string]any // nil when the body isn't an object
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

func (s *shop) do(method, path, body string) said {
	s.t.Helper()
	res, err := s.sandbox.RoundTrip(s.request(method, path, body))
	require.NoError(s.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(s.t, err)
	answer := said{status: res.StatusCode, header: res.Header, raw: string(raw)}
	if strings.HasPrefix(answer.raw, "{") {
		require.NoError(s.t, json.Unmarshal(raw, &answer.body))
	}
	return answer
}

func (s *shop) get(path string) said        { s.t.Helper(); return s.do(http.MethodGet, path, "") }
func (s *shop) post(path, body string) said { s.t.Helper(); return s.do(http.MethodPost, path, body) }
func (s *shop) put(path, body string) said  { s.t.Helper(); return s.do(http.MethodPut, path, body) }

// at follows a path such as "events.1.type" into a body.
func (a said) at(path string) any {
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

func (a said) text(path string) string {
	value, _ := a.at(path).(string)
	return value
}

func (s *shop) refused(a said, status int, code string) {
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
