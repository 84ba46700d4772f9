package suite_test

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// service stands in for the service on a socket. The n-th request, on whichever
// connection, is given to the n-th step once it was read; the last step takes all
// that follow.
type service struct {
	*httptest.Server
	made, open atomic.Int32 // connections so far, and those that are open

	mu       sync.Mutex
	steps    []http.HandlerFunc
	requests []*http.Request // without their bodies
}

// protocols are what a client may speak to the service.
var protocols = []string{"HTTP/1.1", "HTTP/2"}

func newService(t *testing.T, steps ...http.HandlerFunc) *service {
	t.Helper()
	return newServiceOver(t, "HTTP/1.1", steps...)
}

// newServiceOver serves HTTP/1.1 in the clear or HTTP/2 with TLS.
func newServiceOver(t *testing.T, protocol string, steps ...http.HandlerFunc) *service {
	t.Helper()
	s := &service{steps: steps}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		assert.Equal(t, protocol[:6], req.Proto[:6])
		// The whole request is read first: net/http gives a connection up if it
		// is answered while it still sends.
		_, _ = io.Copy(io.Discard, req.Body)
		s.mu.Lock()
		s.requests = append(s.requests, req)
		step := s.steps[min(len(s.requests), len(s.steps))-1]
		s.mu.Unlock()
		step(w, req)
	}))
	s.Config.ErrorLog = quiet()
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			s.made.Add(1)
			s.open.Add(1)
		case http.StateClosed, http.StateHijacked:
			s.open.Add(-1)
		}
	}
	if protocol == "HTTP/2" {
		s.EnableHTTP2 = true
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// received returns how many whole requests have come.
func (s *service) received() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

// client returns a client that trusts the service and retries without waiting.
// Over HTTP/1.1 it has the RoundTripper that New makes.
func (s *service) client(t *testing.T, opts ...afterpay.Option) *afterpay.Client {
	t.Helper()
	first := []afterpay.Option{afterpay.WithRetry(afterpay.RetryPolicy{MaxAttempts: 3, BaseDelay: 1, MaxDelay: 1})}
	if s.TLS != nil {
		first = append(first, afterpay.WithHTTPClient(s.Client()))
	}
	return suitetest.NewClient(t, s.URL, append(first, opts...)...)
}

// says answers with a status, a body and lines of header.
func says(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, line := range header {
			name, value, _ := strings.Cut(line, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// writes sends bytes that may or may not be a response, and hangs up.
func writes(text string) http.HandlerFunc { return streams(text, nil, 1) }

// streams sends a beginning and then the same bytes again and again, forever
// if there is no number of times, and hangs up.
func streams(begin string, again []byte, times int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, err = io.WriteString(conn, begin)
		for n := 0; err == nil && (times == 0 || n < times); n++ {
			_, err = conn.Write(again)
		}
	}
}

// resets ends the connection with a TCP reset.
func resets(w http.ResponseWriter, _ *http.Request) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	}
}

// keepsSilent never answers; it returns when the client hangs up.
func keepsSilent(_ http.ResponseWriter, req *http.Request) {
	<-req.Context().Done()
	panic(http.ErrAbortHandler)
}

// refusingAddress returns an address of this machine where nobody listens, and
// nobody can: a connection that lives as long as the test is bound to it.
func refusingAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	conn, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() {
		conn.Close()
		listener.Close()
	})
	return conn.LocalAddr().String()
}

// silentAddress returns an address at which connections are accepted and
// nothing is ever said.
func silentAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() }) // what the kernel accepted goes with it
	return listener.Addr().String()
}

// quiet is the log of a server that is expected to complain.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
