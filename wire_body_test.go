package afterpay_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// wireBody is a recorded or documented body of testdata.
func wireBody(tb testing.TB, name string) string {
	tb.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	require.NoError(tb, err)
	return string(body)
}

// answering returns a client, of which each call is attempted once, whose service
// gives one answer to everything.
func answeringClient(tb testing.TB, status int, body string, opts ...afterpay.Option) *afterpay.Client {
	tb.Helper()
	service := roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}, nil
	})
	client, err := afterpay.New("32", "sk-answering", append([]afterpay.Option{
		afterpay.WithHTTPClient(&http.Client{Transport: service}), afterpay.WithRetry(afterpay.RetryPolicy{}),
	}, opts...)...)
	require.NoError(tb, err)
	return client
}

// roundTripper is a service in a function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
