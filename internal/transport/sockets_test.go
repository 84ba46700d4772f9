package transport

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
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

// serveTCP accepts connections and gives each to handle, until the test ends.
func serveTCP(tb testing.TB, handle func(net.Conn)) *url.URL {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	var mu sync.Mutex
	var conns []net.Conn
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
			wg.Go(func() { handle(conn) })
		}
	})
	tb.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for _, conn := range conns {
			_ = conn.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return &url.URL{Scheme: "http", Host: l.Addr().String(), Path: "/v2/payments"}
}

// silence holds a connection open until the other side or the test ends it.
func silence(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

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

// requireTimeout checks that a call ended with a limit, neither too early nor
// much too late.
func requireTimeout(tb testing.TB, res Result, begin time.Time, phase Phase, limit time.Duration, doubt bool) {
	tb.Helper()
	took := time.Since(begin)
	require.Equal(tb, &TimeoutError{Phase: phase, Limit: limit}, res.Err)
	require.GreaterOrEqual(tb, took, limit)
	require.Less(tb, took, patience)
	require.Equal(tb, doubt, res.Doubt)
}

func TestSilentServerFailsWithinTheReadLimit(t *testing.T) {
	t.Parallel()
	u := serveTCP(t, silence)
	begin := time.Now()
	res := overSockets(t, patience, Policy{}).Do(t.Context(), postTo(u, Keyed, short))
	requireTimeout(t, res, begin, Reading, short, true)
	require.Zero(t, res.StatusCode)
}

func TestSlowTLSHandshakeFailsWithinTheConnectLimit(t *testing.T) {
	t.Parallel()
	u := serveTCP(t, silence)
	u.Scheme = "https"
	begin := time.Now()
	res := overSockets(t, short, Policy{}).Do(t.Context(), postTo(u, Keyed, patience))
	requireTimeout(t, res, begin, Connecting, short, false)
}

// silent takes a request and says nothing. Only when it has read the whole
// request does an HTTP/1.1 server notice that its client has gone.
func silent(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// dripping answers at once and then sends a byte now and then, without an end.
func dripping(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.WriteHeader(http.StatusCreated)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := io.WriteString(w, " "); err != nil || http.NewResponseController(w).Flush() != nil {
			return
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

func TestDrippingBodyFailsWithinTheReadLimit(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(dripping))
	defer srv.Close()
	tr := overSockets(t, patience, Policy{})
	begin := time.Now()
	res := tr.Do(t.Context(), postTo(parse(t, srv.URL), Keyed, short))
	defer res.Release()
	requireTimeout(t, res, begin, Reading, short, true)
	require.Equal(t, http.StatusCreated, res.StatusCode)
	require.NotEmpty(t, res.Body)
}

func TestHTTP2HasTheSameLimits(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) })
	mux.HandleFunc("/silent", silent)
	mux.HandleFunc("/dripping", dripping)
	srv := httptest.NewUnstartedServer(mux)
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	tr := overTLS(t, srv, patience)

	ok := func(reused bool) {
		req := postTo(parse(t, srv.URL+"/ok"), Keyed, patience)
		req.Observe = func(a Attempt) { require.Equal(t, reused, a.Reused) }
		res := tr.Do(t.Context(), req)
		defer res.Release()
		require.NoError(t, res.Err)
		require.Equal(t, "HTTP/2.0", string(res.Body))
	}
	ok(false)
	for _, path := range []string{"/silent", "/dripping"} {
		begin := time.Now()
		res := tr.Do(t.Context(), postTo(parse(t, srv.URL+path), Keyed, short))
		requireTimeout(t, res, begin, Reading, short, true)
		res.Release()
		ok(true) // a stream that ran out of time does not cost the connection
	}
}

func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }))
	defer srv.Close()
	tr := overSockets(t, patience, Policy{})
	for i := range 3 {
		req := postTo(parse(t, srv.URL), Keyed, patience)
		req.Observe = func(a Attempt) { require.Equal(t, i > 0, a.Reused) }
		res := tr.Do(t.Context(), req)
		require.NoError(t, res.Err)
		require.JSONEq(t, `{"requestId":"r"}`, string(res.Body))
		res.Release()
	}
}

// stale answers the first request of its first connection and closes that
// connection when the second one has arrived there.
type stale struct {
	mu    sync.Mutex
	conns int
	wire  bytes.Buffer // all that was received
}

func (s *stale) handle(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	s.mu.Lock()
	s.conns++
	first := s.conns == 1
	s.mu.Unlock()
	in := bufio.NewReader(io.TeeReader(conn, s))
	for i := 0; ; i++ {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil || first && i == 1 {
			return
		}
		if _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"); err != nil {
			return
		}
	}
}

func (s *stale) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wire.Write(p)
}

func TestStaleConnectionIsReplayedUnlessTheRequestMayNotBeRepeated(t *testing.T) {
	t.Parallel()
	for _, repeat := range []Repeat{Never, Idempotent, Keyed} {
		var server stale
		u := serveTCP(t, server.handle)
		tr := overSockets(t, patience, Policy{MaxAttempts: 1})
		res := tr.Do(t.Context(), postTo(u, repeat, patience))
		require.NoError(t, res.Err)
		res.Release()

		res = tr.Do(t.Context(), postTo(u, repeat, patience))
		server.mu.Lock()
		conns, wire := server.conns, server.wire.String()
		server.mu.Unlock()
		require.Equal(t, 1, res.Attempts)
		requests := 3
		if repeat == Never {
			requests = 2
			require.Error(t, res.Err)
			require.True(t, res.Doubt)
			require.Equal(t, 1, conns)
		} else {
			require.NoError(t, res.Err)
			require.Equal(t, "{}", string(res.Body))
			require.Equal(t, 2, conns)
			require.True(t, res.Doubt, "the first copy may have been carried out too")
		}
		res.Release()
		require.Equal(t, requests, bytes.Count([]byte(wire), []byte(`{"requestId":"r"}`)))
		require.Equal(t, requests, bytes.Count([]byte(wire), []byte("POST /v2/payments HTTP/1.1\r\n")))
		require.NotContains(t, wire, "Idempotency", "nothing extra is on the wire")
		for line := range bytes.SplitSeq([]byte(wire), []byte("\r\n")) {
			name, _, isHeader := bytes.Cut(line, []byte(": "))
			if isHeader {
				require.Contains(t, []string{"Host", "User-Agent", "Content-Length", "Authorization", "Content-Type", "Accept-Encoding"}, string(name))
			}
		}
	}
}

func TestFailuresOnRealSockets(t *testing.T) {
	t.Parallel()
	reset := func(conn net.Conn) {
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	}
	// after reads a request, writes the text and ends the connection.
	after := func(text string, end func(net.Conn)) func(net.Conn) {
		return func(conn net.Conn) {
			if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.Copy(io.Discard, r.Body)
			}
			_, _ = io.WriteString(conn, text)
			end(conn)
		}
	}
	hangUp := func(conn net.Conn) { _ = conn.Close() }
	for _, tc := range []struct {
		name   string
		handle func(net.Conn)
		status int
		body   string
	}{
		{"reset after the request", after("", reset), 0, ""},
		{"closed after the request", after("", hangUp), 0, ""},
		{"half a status line", after("HTTP/1.1 2", hangUp), 0, ""},
		{"half a header", after("HTTP/1.1 201 Created\r\nContent-Le", hangUp), 0, ""},
		{"no HTTP", after("SSH-2.0-OpenSSH_9.6\r\n", hangUp), 0, ""},
		{"body missing", after("HTTP/1.1 201 Created\r\nContent-Length: 20\r\n\r\n", hangUp), 201, ""},
		{"half a body", after("HTTP/1.1 201 Created\r\nContent-Length: 20\r\n\r\n{\"id\":\"1", hangUp), 201, `{"id":"1`},
		{"half a refusal", after("HTTP/1.1 402 Payment Required\r\nContent-Length: 20\r\n\r\n{\"err", hangUp), 402, `{"err`},
		{"chunks without an end", after("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"i\r\n", hangUp), 201, `{"i`},
		{"bad chunk", after("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", hangUp), 201, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			res := overSockets(t, patience, three).Do(t.Context(), postTo(serveTCP(t, tc.handle), Keyed, patience))
			defer res.Release()
			require.Error(t, res.Err)
			require.Equal(t, 3, res.Attempts)
			require.Equal(t, tc.status, res.StatusCode)
			require.Equal(t, tc.body, string(res.Body))
			require.True(t, res.Doubt)
		})
	}
	// Whether a connection that dies at once was one is chance, and so is doubt.
	for _, end := range []func(net.Conn){reset, hangUp} {
		res := overSockets(t, patience, three).Do(t.Context(), postTo(serveTCP(t, end), Keyed, patience))
		require.Error(t, res.Err)
		require.Equal(t, 3, res.Attempts)
		require.Zero(t, res.StatusCode)
	}
}

func TestWhatNeverLeftIsNotInDoubt(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	refusing := closed.Addr().String()
	require.NoError(t, closed.Close())
	discard := log.New(io.Discard, "", 0)
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = discard
	secure.StartTLS()
	defer secure.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.Config.ErrorLog = discard
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11}
	old.StartTLS()
	defer old.Close()
	for name, tc := range map[string]struct {
		url      string
		attempts int
	}{
		"refused":             {"http://" + refusing, 3},
		"unknown certificate": {secure.URL, 1},
		"HTTP behind https":   {"https://" + plain.Listener.Addr().String(), 1},
		"old TLS":             {old.URL, 3},
	} {
		res := overSockets(t, patience, three).Do(t.Context(), postTo(parse(t, tc.url), Keyed, patience))
		require.Error(t, res.Err, name)
		require.False(t, res.Doubt, name)
		require.Zero(t, res.StatusCode, name)
		require.Equal(t, tc.attempts, res.Attempts, name)
	}
}

func TestCredentialsNeverFollowARedirect(t *testing.T) {
	t.Parallel()
	var followed atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		srv := httptest.NewServer(http.RedirectHandler(elsewhere.URL, status))
		res := overSockets(t, patience, three).Do(t.Context(), postTo(parse(t, srv.URL), Keyed, patience))
		require.NoError(t, res.Err)
		require.Equal(t, status, res.StatusCode)
		require.Equal(t, 1, res.Attempts)
		res.Release()
		srv.Close()
	}
	require.Zero(t, followed.Load())
}

func TestContextEndsAnAttemptOnARealSocket(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	u := serveTCP(t, func(conn net.Conn) {
		_, _ = http.ReadRequest(bufio.NewReader(conn))
		cancel()
		silence(conn)
	})
	begin := time.Now()
	res := overSockets(t, patience, three).Do(ctx, postTo(u, Keyed, 10*patience))
	require.ErrorIs(t, res.Err, context.Canceled)
	require.Less(t, time.Since(begin), patience)
	require.True(t, res.Doubt)
	require.Equal(t, 1, res.Attempts)
	var timeout *TimeoutError
	require.NotErrorAs(t, res.Err, &timeout)
}
