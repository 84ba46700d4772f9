package afterpaytest

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/afterpay-go/afterpay"
)

// NewClient returns a client and the sandbox that it talks to, for the length
// of a test. The client has production settings, with two exceptions that keep
// tests fast: it waits at most a millisecond before a retry for which the
// service set no time, and it sets Timeouts.Lookup, the time for which
// Recover looks for a payment, to one second more than the read lag of the
// sandbox. Options override these settings. With
// WithHTTPClient the client no longer talks to the sandbox.
//
// For a sandbox with options, create the sandbox first:
//
//	sandbox := afterpaytest.New(afterpaytest.WithRegion(afterpaytest.AU))
//	client := sandbox.NewClient(t)
func NewClient(tb testing.TB, opts ...afterpay.Option) (*afterpay.Client, *Sandbox) {
	tb.Helper()
	s := New()
	return s.NewClient(tb, opts...), s
}

// NewClient returns a client of the sandbox, with the settings of the function
// NewClient, and makes the sandbox part of the test: unknown paths, unknown
// fields and faults that never happened fail it.
func (s *Sandbox) NewClient(tb testing.TB, opts ...afterpay.Option) *afterpay.Client {
	tb.Helper()
	s.bind(tb)
	return s.newClient(tb, &http.Client{Transport: s}, afterpay.WithSandbox(), opts)
}

func (s *Sandbox) newClient(tb testing.TB, hc *http.Client, host afterpay.Option, opts []afterpay.Option) *afterpay.Client {
	tb.Helper()
	retry := afterpay.DefaultRetryPolicy()
	retry.BaseDelay, retry.MaxDelay = time.Millisecond, time.Millisecond
	lookup := afterpay.Timeouts{Lookup: time.Second + s.readLag}
	settings := []afterpay.Option{host, afterpay.WithHTTPClient(hc), afterpay.WithRetry(retry), afterpay.WithTimeouts(lookup)}
	client, err := afterpay.New(s.merchantID, s.secretKey, append(settings, opts...)...)
	if err != nil {
		tb.Fatalf("afterpaytest: %v", err)
	}
	return client
}

// Server is a sandbox on a loopback port, for clients in other processes, for
// browsers, and for tests that need a network.
type Server struct {
	*Sandbox
	URL string // origin of the API and of the hosted checkout, such as http://127.0.0.1:8080

	client *http.Client
}

// NewServer starts a sandbox on a loopback port for the length of a test. It
// does not work in a testing/synctest bubble, which has no sockets.
func NewServer(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	s := New(opts...)
	server := httptest.NewServer(s)
	tb.Cleanup(server.Close)
	s.bind(tb) // before Close, so that held requests are released first
	return &Server{Sandbox: s, URL: server.URL, client: server.Client()}
}

// NewClient returns a client that reaches the sandbox over its socket, with
// the settings of the function NewClient.
func (s *Server) NewClient(tb testing.TB, opts ...afterpay.Option) *afterpay.Client {
	tb.Helper()
	return s.newClient(tb, s.client, afterpay.WithBaseURL(s.URL), opts)
}

// ServeHTTP serves the sandbox over a socket, including its faults: a reset
// resets the connection, and a timeout lasts until the client gives up. It
// implements http.Handler.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req := r.WithContext(r.Context())
	target := *r.URL
	target.Scheme, target.Host = "http", r.Host
	if r.TLS != nil {
		target.Scheme = "https"
	}
	req.URL = &target

	res, err := s.RoundTrip(req)
	if err != nil {
		abort(w, errors.Is(err, syscall.ECONNRESET))
		return
	}
	defer func() { _ = res.Body.Close() }()
	header := w.Header()
	for key, values := range res.Header {
		header[key] = values
	}
	if res.ContentLength >= 0 && res.StatusCode != http.StatusNoContent {
		header.Set("Content-Length", strconv.FormatInt(res.ContentLength, 10))
	}
	w.WriteHeader(res.StatusCode)
	if _, err := io.Copy(w, res.Body); err != nil {
		_ = http.NewResponseController(w).Flush() // so that the written half arrives
		panic(http.ErrAbortHandler)
	}
}

// abort ends a connection without a response, on request with a TCP reset.
func abort(w http.ResponseWriter, reset bool) {
	if !reset {
		panic(http.ErrAbortHandler)
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2: the stream is reset
	}
	defer func() { _ = conn.Close() }()
	if secured, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secured.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // closing then discards unsent data and resets
	}
}
