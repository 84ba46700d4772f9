package afterpaytest

import (
	"net/http"
	"testing"
	"time"

	"github.com/afterpay-go/afterpay"
)

// NewClient returns a client and the sandbox it talks to, both of which end
// with the test. The client is as in production, but that it waits no longer
// than a millisecond before a retry the service set no time for; options come
// after these settings. An option of WithHTTPClient takes the client away
// from the sandbox.
//
// For a sandbox with options of its own, make the sandbox first:
//
//	sandbox := afterpaytest.New(afterpaytest.WithRegion(afterpaytest.AU))
//	client := sandbox.NewClient(t)
func NewClient(tb testing.TB, opts ...afterpay.Option) (*afterpay.Client, *Sandbox) {
	tb.Helper()
	s := New()
	return s.NewClient(tb, opts...), s
}

// NewClient returns a client of the sandbox and makes the sandbox part of the
// test: unmatched requests, members the service doesn't know and faults that
// nothing ran into fail it. See the function NewClient.
func (s *Sandbox) NewClient(tb testing.TB, opts ...afterpay.Option) *afterpay.Client {
	tb.Helper()
	s.bind(tb)
	return s.newClient(tb, &http.Client{Transport: s}, afterpay.WithSandbox(), opts)
}

func (s *Sandbox) newClient(tb testing.TB, hc *http.Client, host afterpay.Option, opts []afterpay.Option) *afterpay.Client {
	tb.Helper()
	retry := afterpay.DefaultRetryPolicy()
	retry.BaseDelay, retry.MaxDelay = time.Millisecond, time.Millisecond
	settings := []afterpay.Option{host, afterpay.WithHTTPClient(hc), afterpay.WithRetry(retry)}
	client, err := afterpay.New(s.merchantID, s.secretKey, append(settings, opts...)...)
	if err != nil {
		tb.Fatalf("afterpaytest: %v", err)
	}
	return client
}
