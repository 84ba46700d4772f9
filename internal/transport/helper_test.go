package transport

import (
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Limits that are short for a test and a bound that is long for a loaded
// machine.
const (
	short    = 80 * time.Millisecond
	patience = 10 * time.Second
)

// roundTripper is a RoundTripper that is a function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// errReset is a connection that died after the request was sent.
var errReset = syscall.ECONNRESET

// errGaveUp is why contexts of tests end.
var errGaveUp = errors.New("shopper left")

// answer is a response with a body and headers given in pairs.
func answer(status int, body string, header ...string) *http.Response {
	h := make(http.Header)
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

// script is a RoundTripper that plays one step an attempt and then the last one
// again and again. A step is a status, an error or a roundTripper.
type script struct {
	steps    []any
	requests []*http.Request
}

func play(steps ...any) *script { return &script{steps: steps} }

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	step := s.steps[min(len(s.requests), len(s.steps)-1)]
	s.requests = append(s.requests, r)
	switch step := step.(type) {
	case int:
		return answer(step, `{"step":true}`), nil
	case error:
		return nil, step
	}
	return step.(roundTripper)(r)
}

// says is a step that responds with headers given in pairs.
func says(status int, body string, header ...string) roundTripper {
	return func(*http.Request) (*http.Response, error) { return answer(status, body, header...), nil }
}

// three is a policy of three attempts without waits.
var three = Policy{MaxAttempts: 3}

func over(rt http.RoundTripper, policy Policy) *Transport {
	return New(Config{Client: http.Client{Transport: rt}, Policy: policy})
}

// post is a request with a body.
func post(tb testing.TB, repeat Repeat) *Request {
	tb.Helper()
	u, err := url.Parse("https://api.example/v2/payments/token:t/reversal?x=1")
	require.NoError(tb, err)
	return &Request{
		Method: http.MethodPost, URL: u, Body: []byte(`{"amount":"1.00"}`), Repeat: repeat,
		Header: http.Header{"Accept": {"application/json"}, "Authorization": {"Basic eA=="}},
	}
}

func postTo(u *url.URL, repeat Repeat, read time.Duration) *Request {
	return &Request{
		Method: http.MethodPost, URL: u, Header: http.Header{"Content-Type": {"application/json"}, "Authorization": {"Basic eA=="}},
		Body: []byte(`{"requestId":"r"}`), Repeat: repeat, Read: read,
	}
}

func parse(tb testing.TB, raw string) *url.URL {
	tb.Helper()
	u, err := url.Parse(raw)
	require.NoError(tb, err)
	return u
}

// overSockets is a Transport over the default RoundTripper.
func overSockets(tb testing.TB, connect time.Duration, policy Policy) *Transport {
	tb.Helper()
	t := New(Config{Client: http.Client{Transport: NewRoundTripper(connect)}, Connect: connect, Policy: policy})
	tb.Cleanup(t.CloseIdleConnections)
	return t
}

// overTLS is overSockets for a TLS server of httptest.
func overTLS(tb testing.TB, srv *httptest.Server, connect time.Duration) *Transport {
	tb.Helper()
	t := overSockets(tb, connect, Policy{})
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	t.client.Transport.(*http.Transport).TLSClientConfig.RootCAs = roots
	return t
}

// endless is a body without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
