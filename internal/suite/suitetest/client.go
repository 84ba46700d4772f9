package suitetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// The credentials of the clients of tests.
const (
	MerchantID = "32"
	SecretKey  = "sk-9c1f7b2e"
)

// ContentType returns the media type that a body looks like.
func ContentType(body string) string {
	switch {
	case strings.HasPrefix(body, "<"):
		return "text/html; charset=ISO-8859-1"
	case strings.HasPrefix(body, "{"), strings.HasPrefix(body, "["):
		return "application/json"
	}
	return "text/plain"
}

// NewClient returns a client that calls url once a call.
func NewClient(t *testing.T, url string, opts ...afterpay.Option) *afterpay.Client {
	t.Helper()
	first := []afterpay.Option{afterpay.WithBaseURL(url), afterpay.WithRetry(afterpay.RetryPolicy{})}
	c, err := afterpay.New(MerchantID, SecretKey, append(first, opts...)...)
	require.NoError(t, err)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// Tripper is a RoundTripper made of a function.
type Tripper func(*http.Request) (*http.Response, error)

// RoundTrip calls f.
func (f Tripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// Through sends requests through a RoundTripper in place of a network.
func Through(f Tripper) afterpay.Option {
	return afterpay.WithHTTPClient(&http.Client{Transport: f})
}

// Always gives every request the same answer, without a network.
func Always(status int, body string) Tripper {
	return func(req *http.Request) (*http.Response, error) {
		if req.Body != nil {
			_, _ = io.Copy(io.Discard, req.Body)
			_ = req.Body.Close()
		}
		return Respond(status, body), nil
	}
}

// Respond returns a response without a network.
func Respond(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {ContentType(body)}},
		Body:          io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)),
	}
}

// Refusing fails the test if anything is sent.
func Refusing(t *testing.T) afterpay.Option {
	return Through(func(req *http.Request) (*http.Response, error) {
		t.Errorf("%s %s was sent", req.Method, req.URL.Path)
		return nil, http.ErrServerClosed
	})
}

// AsError returns the *afterpay.Error that err must be.
func AsError(t *testing.T, err error) *afterpay.Error {
	t.Helper()
	var e *afterpay.Error
	require.ErrorAs(t, err, &e)
	return e
}

// Took runs f and returns how long it took.
func Took(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

// Twice attempts a call two times without waiting.
var Twice = afterpay.WithRetry(afterpay.RetryPolicy{MaxAttempts: 2, BaseDelay: 1, MaxDelay: 1})

// PaymentIn returns a payment with a verdict and a state; "" leaves a field out.
func PaymentIn(status, state string) string {
	members := []string{`"id":"` + PaymentID + `"`, `"token":"` + Token + `"`, `"originalAmount":{"amount":"10.00","currency":"AUD"}`}
	if status != "" {
		members = append(members, fmt.Sprintf(`"status":%q`, status))
	}
	if state != "" {
		members = append(members, fmt.Sprintf(`"paymentState":%q`, state))
	}
	return "{" + strings.Join(members, ",") + "}"
}

// LogLines returns the lines of a JSON log.
func LogLines(t *testing.T, log []byte) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for line := range bytes.Lines(log) {
		var m map[string]any
		require.NoError(t, json.Unmarshal(line, &m))
		lines = append(lines, m)
	}
	return lines
}

// Recorded returns a body of testdata. A payment in it is the one that the
// operations of these tests are about.
func Recorded(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return paymentStart.ReplaceAllString(string(text), `{"id":"`+PaymentID+`","token":"`+Token+`"`)
}

var paymentStart = regexp.MustCompile(`^\{"id": ?"?\d+"?, ?"token": ?"[^"]*"`)
