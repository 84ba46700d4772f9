package afterpay_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

const (
	merchantID = "32"
	secretKey  = "sk-9c1f7b2e"
)

// received is what a recorder saw of a request.
type received struct {
	Method string
	Path   string // as sent, still escaped
	Query  string
	Header http.Header
	Body   string
}

// answer is what a recorder says to a request.
type answer struct {
	Status int
	Body   string
	Header map[string]string // under exactly these names
}

// recorder is a service over real HTTP that keeps every request and gives the
// answers of a test, one after the other; the last one again and again.
type recorder struct {
	URL string

	mu       sync.Mutex
	requests []received
	answers  []answer
}

func newRecorder(t *testing.T, answers ...answer) *recorder {
	t.Helper()
	r := &recorder{answers: answers}
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	r.URL = srv.URL
	return r
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	r.requests = append(r.requests, received{req.Method, req.URL.EscapedPath(), req.URL.RawQuery, req.Header, string(body)})
	a := r.answers[0]
	if len(r.answers) > 1 {
		r.answers = r.answers[1:]
	}
	r.mu.Unlock()
	if a.Status != http.StatusNoContent && a.Body != "" {
		w.Header().Set("Content-Type", contentType(a.Body))
	}
	for name, value := range a.Header {
		w.Header()[name] = []string{value}
	}
	w.WriteHeader(a.Status)
	_, _ = io.WriteString(w, a.Body)
}

// Requests returns what was received so far.
func (r *recorder) Requests() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received(nil), r.requests...)
}

// Only returns the one request that was received.
func (r *recorder) Only(t *testing.T) received {
	t.Helper()
	all := r.Requests()
	require.Len(t, all, 1)
	return all[0]
}

func contentType(body string) string {
	switch {
	case strings.HasPrefix(body, "<"):
		return "text/html; charset=ISO-8859-1"
	case strings.HasPrefix(body, "{"), strings.HasPrefix(body, "["):
		return "application/json"
	}
	return "text/plain"
}

// newClient returns a client that calls url once a call.
func newClient(t *testing.T, url string, opts ...afterpay.Option) *afterpay.Client {
	t.Helper()
	first := []afterpay.Option{afterpay.WithBaseURL(url), afterpay.WithRetry(afterpay.RetryPolicy{})}
	c, err := afterpay.New(merchantID, secretKey, append(first, opts...)...)
	require.NoError(t, err)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// tripper is a RoundTripper made of a function.
type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// through sends by a RoundTripper in place of a network.
func through(f tripper) afterpay.Option {
	return afterpay.WithHTTPClient(&http.Client{Transport: f})
}

// always gives every request the same answer, without a network.
func always(status int, body string) tripper {
	return func(req *http.Request) (*http.Response, error) {
		if req.Body != nil {
			_, _ = io.Copy(io.Discard, req.Body)
			_ = req.Body.Close()
		}
		return respond(status, body), nil
	}
}

func respond(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {contentType(body)}},
		Body:          io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)),
	}
}

// refusing fails the test when anything is sent.
func refusing(t *testing.T) afterpay.Option {
	return through(func(req *http.Request) (*http.Response, error) {
		t.Errorf("%s %s was sent", req.Method, req.URL.Path)
		return nil, http.ErrServerClosed
	})
}

// recorded returns a body of testdata. A payment in it is the one that the
// operations of these tests are about.
func recorded(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	require.NoError(t, err)
	return paymentStart.ReplaceAllString(string(text), `{"id":"`+aPaymentID+`","token":"`+aToken+`"`)
}

var paymentStart = regexp.MustCompile(`^\{"id": ?"?\d+"?, ?"token": ?"[^"]*"`)

// asError returns the *afterpay.Error that err must be.
func asError(t *testing.T, err error) *afterpay.Error {
	t.Helper()
	var e *afterpay.Error
	require.ErrorAs(t, err, &e)
	return e
}
