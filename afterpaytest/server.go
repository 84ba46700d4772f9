package afterpaytest

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/afterpay-go/afterpay"
)

// Server is a sandbox on a socket of the loopback interface, for clients in
// other processes, browsers, and tests of what only a network does.
type Server struct {
	*Sandbox
	URL string // origin of the API and of the hosted checkout: http://127.0.0.1:port

	client *http.Client
}

// NewServer starts a sandbox on a loopback port; it ends with the test. It
// doesn't work inside a testing/synctest bubble, which has no sockets.
func NewServer(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	s := New(opts...)
	server := httptest.NewServer(s)
	tb.Cleanup(server.Close)
	s.bind(tb) // before Close: what is held must be let go first
	return &Server{Sandbox: s, URL: server.URL, client: server.Client()}
}

// NewClient returns a client that reaches the sandbox over its socket. See
// the function NewClient for what its settings are.
func (s *Server) NewClient(tb testing.TB, opts ...afterpay.Option) *afterpay.Client {
	tb.Helper()
	return s.newClient(tb, s.client, afterpay.WithBaseURL(s.URL), opts)
}
