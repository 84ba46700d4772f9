package transport

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
)

// countingBody counts how often a body is closed.
type countingBody struct {
	io.Reader
	closed *int
}

func (b countingBody) Close() error {
	*b.closed++
	return nil
}

// reading makes a response of a reader whose length is not announced.
func reading(status int, r io.Reader, closed *int) func() *http.Response {
	return func() *http.Response {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: countingBody{r, closed}, ContentLength: -1}
	}
}

func TestHeaderIsNotSharedWithTheRoundTripper(t *testing.T) {
	t.Parallel()
	req := post(t, Keyed)
	want := req.Header.Clone()
	var seen []http.Header
	rt := play(func(r *http.Request) (*http.Response, error) {
		seen = append(seen, r.Header.Clone())
		r.Header.Set("Authorization", "Bearer other")
		r.Header.Add("Accept", "text/html")
		r.Header.Set("X-Trace", "1")
		r.Header.Del("Accept")
		clear(r.Header)
		return answer(503, ""), nil
	})
	over(rt, three).Do(t.Context(), req)
	require.Equal(t, want, req.Header)
	require.Len(t, seen, 3)
	for _, h := range seen {
		delete(h, "Idempotency-Key")
		require.Equal(t, want, h)
	}
}

func TestReplayIsAllowedByAKeyThatIsNotSent(t *testing.T) {
	t.Parallel()
	for _, header := range []http.Header{{"Accept": {"*/*"}}, {}, nil} {
		for _, repeat := range []Repeat{Never, Idempotent, Keyed} {
			rt := play(200)
			req := post(t, repeat)
			req.Header = header
			require.NoError(t, func() error { r := over(rt, three).Do(t.Context(), req); return r.Err }())
			values, there := rt.requests[0].Header["Idempotency-Key"]
			require.Equal(t, repeat != Never, there)
			require.Empty(t, values)
			require.NotContains(t, header, "Idempotency-Key")
			var wire bytes.Buffer
			require.NoError(t, rt.requests[0].Header.Write(&wire))
			require.NotContains(t, wire.String(), "Idempotency")
		}
	}
}

func TestRequestWithoutABodyHasNone(t *testing.T) {
	t.Parallel()
	rt := play(200)
	req := post(t, Idempotent)
	req.Method, req.Body = http.MethodGet, nil
	over(rt, three).Do(t.Context(), req)
	require.Nil(t, rt.requests[0].Body)
	require.Zero(t, rt.requests[0].ContentLength)
}

func TestBodiesAreReadUpToALimit(t *testing.T) {
	t.Parallel()
	text := func(size int) io.Reader { return strings.NewReader(strings.Repeat("x", size)) }
	lost := func() io.Reader { return io.MultiReader(text(10), iotest.ErrReader(io.ErrUnexpectedEOF)) }
	for _, tc := range []struct {
		name     string
		status   int
		body     func() io.Reader
		read     int
		err      error
		attempts int
	}{
		{"empty", 200, func() io.Reader { return text(0) }, 0, nil, 1},
		{"one byte below", 200, func() io.Reader { return text(999) }, 999, nil, 1},
		{"the limit", 200, func() io.Reader { return text(1000) }, 1000, nil, 1},
		{"byte for byte", 200, func() io.Reader { return iotest.OneByteReader(text(1000)) }, 1000, nil, 1},
		{"one byte above", 200, func() io.Reader { return text(1001) }, 1000, ErrBodyTooLarge, 1},
		{"endless", 201, func() io.Reader { return endless{} }, 1000, ErrBodyTooLarge, 1},
		{"half a success", 201, lost, 10, io.ErrUnexpectedEOF, 3},
		{"half a refusal", 402, lost, 10, io.ErrUnexpectedEOF, 3},
		// A failure is a failure, however much it has to say.
		{"endless refusal", 402, func() io.Reader { return endless{} }, 1000, nil, 1},
		{"endless page", 404, func() io.Reader { return endless{} }, 1000, nil, 1},
		{"endless redirect", 302, func() io.Reader { return endless{} }, 1000, nil, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var closed int
			rt := play(func(*http.Request) (*http.Response, error) { return reading(tc.status, tc.body(), &closed)(), nil })
			tr := New(Config{Client: http.Client{Transport: rt}, Policy: three, MaxBody: 1000})
			res := tr.Do(t.Context(), post(t, Keyed))
			require.ErrorIs(t, res.Err, tc.err)
			require.Equal(t, tc.status, res.StatusCode)
			require.Equal(t, strings.Repeat("x", tc.read), string(res.Body))
			require.Equal(t, tc.attempts, res.Attempts, "the next response would be no smaller, but may be whole")
			require.Equal(t, tc.err != nil, res.Doubt)
			require.Equal(t, tc.attempts, closed)
			res.Release()
			require.Nil(t, res.Body)
			res.Release()
		})
	}
}

func TestRoundTrippersMayLeaveOutWhatHTTPClientAllows(t *testing.T) {
	t.Parallel()
	for _, limit := range []time.Duration{0, time.Hour} {
		do := func(resp *http.Response) Result {
			rt := roundTripper(func(*http.Request) (*http.Response, error) { return resp, nil })
			return New(Config{Client: http.Client{Transport: rt, Timeout: limit}}).Do(t.Context(), post(t, Keyed))
		}
		res := do(&http.Response{StatusCode: http.StatusNoContent})
		require.NoError(t, res.Err)
		require.Equal(t, 204, res.StatusCode)
		require.Empty(t, res.Body)
		for _, broken := range []*http.Response{nil, {StatusCode: 200, ContentLength: 5}} { // neither a response nor an error
			res := do(broken)
			require.Error(t, res.Err)
			require.Zero(t, res.StatusCode)
			require.True(t, res.Doubt, "it may have sent the request all the same")
		}
	}
}

func TestDoubt(t *testing.T) {
	t.Parallel()
	refused := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	status := func(code int) roundTripper {
		return func(*http.Request) (*http.Response, error) { return answer(code, ""), nil }
	}
	failing := func(err error) roundTripper {
		return func(*http.Request) (*http.Response, error) { return nil, err }
	}
	// told is a failure with net/http's account of the connection.
	told := func(got bool, err error) roundTripper {
		return func(r *http.Request) (*http.Response, error) {
			trace := httptrace.ContextClientTrace(r.Context())
			trace.GetConn("")
			if got {
				trace.GotConn(httptrace.GotConnInfo{})
			}
			return nil, err
		}
	}
	// replayed is a request that net/http sent on a second connection, after
	// it had or had not written it to the first.
	replayed := func(wrote bool) roundTripper {
		return func(r *http.Request) (*http.Response, error) {
			trace := httptrace.ContextClientTrace(r.Context())
			trace.GetConn("")
			trace.GotConn(httptrace.GotConnInfo{Reused: true})
			if wrote {
				trace.WroteRequest(httptrace.WroteRequestInfo{})
			}
			trace.GetConn("")
			trace.GotConn(httptrace.GotConnInfo{})
			trace.WroteRequest(httptrace.WroteRequestInfo{})
			return answer(201, "{}"), nil
		}
	}
	for _, tc := range []struct {
		name  string
		rt    roundTripper
		doubt bool
	}{
		{"success", status(201), false},
		{"declined", status(402), false},
		{"too many requests", status(429), false},
		{"request timeout", status(408), true},
		{"still running", status(409), true},
		{"server error", status(500), true},
		// What net/http reports of connections is believed.
		{"no connection", told(false, errors.New("anything")), false},
		{"no connection, reset", told(false, errReset), false},
		{"connection, then reset", told(true, errReset), true},
		{"connection, then an error of dialling", told(true, refused), true},
		// If the RoundTripper does not, no error proves anything.
		{"dial", failing(refused), true},
		{"dial in a url.Error", failing(&url.Error{Op: "Post", URL: "u", Err: refused}), true},
		{"name", failing(&net.DNSError{IsNotFound: true}), true},
		{"certificate", failing(&tls.CertificateVerificationError{Err: errors.New("bad")}), true},
		{"no TLS", failing(tls.RecordHeaderError{}), true},
		{"success after a replay", replayed(true), true},
		{"success after a connection that was dead already", replayed(false), false},
		{"end of file", failing(io.EOF), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			res := over(tc.rt, Policy{}).Do(t.Context(), post(t, Keyed))
			require.Equal(t, tc.doubt, res.Doubt)
		})
	}
}

func TestDoubtOutlivesALaterResponse(t *testing.T) {
	t.Parallel()
	refused := func(r *http.Request) (*http.Response, error) {
		httptrace.ContextClientTrace(r.Context()).GetConn("")
		return nil, errors.New("connection refused")
	}
	for _, tc := range []struct {
		steps []any
		doubt bool
	}{
		{[]any{503, 422}, true},
		{[]any{errReset, 201}, true},
		{[]any{errReset, 402}, true},
		{[]any{409, 201}, true},
		{[]any{errReset, refused, refused}, true},
		{[]any{refused, 201}, false},
		{[]any{refused, 429, 422}, false},
		{[]any{429, 429, 429}, false},
		{[]any{refused, refused, errReset}, true},
	} {
		res := over(play(tc.steps...), three).Do(t.Context(), post(t, Keyed))
		require.Equal(t, tc.doubt, res.Doubt)
		require.Equal(t, len(tc.steps), res.Attempts)
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
