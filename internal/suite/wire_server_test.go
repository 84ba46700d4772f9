package suite_test

import (
	"bufio"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// wireServer is a service of bare TCP: it does what no HTTP server can be told
// to do. The n-th request, on whichever connection, is given to the n-th step;
// the last step takes all that follow.
type wireServer struct {
	URL string

	mu       sync.Mutex
	steps    []wireStep
	requests []*http.Request // without their bodies
	conns    map[net.Conn]bool
}

// wireStep does something about a request and reports whether its connection
// lives on.
type wireStep func(*net.TCPConn) bool

func newWireServer(t *testing.T, steps ...wireStep) *wireServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &wireServer{URL: "http://" + listener.Addr().String(), steps: steps, conns: make(map[net.Conn]bool)}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.track(conn, true)
			running.Go(func() {
				defer s.track(conn, false)
				s.serve(conn.(*net.TCPConn))
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		s.closeAll()
		running.Wait()
	})
	return s
}

func (s *wireServer) track(conn net.Conn, open bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if open {
		s.conns[conn] = true
		return
	}
	delete(s.conns, conn)
	conn.Close()
}

func (s *wireServer) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		conn.Close()
	}
}

func (s *wireServer) serve(conn *net.TCPConn) {
	r := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return
		}
		s.mu.Lock()
		s.requests = append(s.requests, req)
		step := s.steps[min(len(s.requests), len(s.steps))-1]
		s.mu.Unlock()
		if !step(conn) {
			return
		}
	}
}

// received returns how many whole requests have come.
func (s *wireServer) received() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

// client returns a client of the service, through connections of its own.
func (s *wireServer) client(t *testing.T, opts ...afterpay.Option) *afterpay.Client {
	t.Helper()
	return clientFor(t, s.URL, opts...)
}

// clientFor returns a client of the service at a URL that retries without
// waiting.
func clientFor(t *testing.T, url string, opts ...afterpay.Option) *afterpay.Client {
	t.Helper()
	retry := afterpay.WithRetry(afterpay.RetryPolicy{MaxAttempts: 3, BaseDelay: 1, MaxDelay: 1})
	return suitetest.NewClient(t, url, append([]afterpay.Option{retry}, opts...)...)
}

// says answers with a status, a body and lines of header.
func says(status int, body string, header ...string) wireStep {
	raw := canned(status, body, header...)
	return func(conn *net.TCPConn) bool {
		_, err := conn.Write(raw)
		return err == nil
	}
}

// writes sends bytes that may or may not be a response, and hangs up.
func writes(text string) wireStep {
	return func(conn *net.TCPConn) bool {
		_, _ = io.WriteString(conn, text)
		return false
	}
}

// resets ends the connection with a TCP reset.
func resets(conn *net.TCPConn) bool {
	_ = conn.SetLinger(0)
	return false
}

// keepsSilent never answers; it returns when the client hangs up.
func keepsSilent(conn *net.TCPConn) bool {
	_, _ = io.Copy(io.Discard, conn)
	return false
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
