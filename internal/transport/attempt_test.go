package transport

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
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
		for _, announced := range []int64{-1, 5, 1 << 40, 1<<63 - 1} { // none of which is trusted
			var closed int
			rt := roundTripper(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: tc.status, Body: countingBody{tc.body(), &closed}, ContentLength: announced}, nil
			})
			tr := New(Config{Client: http.Client{Transport: rt}, Policy: three, MaxBody: 1000})
			res := tr.Do(t.Context(), post(t, Keyed))
			require.ErrorIs(t, res.Err, tc.err, tc.name)
			require.Equal(t, tc.status, res.StatusCode)
			require.Equal(t, strings.Repeat("x", tc.read), string(res.Body), tc.name)
			require.Equal(t, tc.attempts, res.Attempts, "the next response would be no smaller, but may be whole")
			require.Equal(t, tc.err != nil, res.Doubt)
			require.Equal(t, tc.attempts, closed)
			res.Release()
			require.Nil(t, res.Body)
			res.Release()
		}
	}
}

func TestRoundTripperThatReturnsNothing(t *testing.T) {
	t.Parallel()
	for _, limit := range []time.Duration{0, time.Hour} { // without and with the work of http.Client
		bodiless := roundTripper(func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: 204}, nil })
		res := New(Config{Client: http.Client{Transport: bodiless, Timeout: limit}}).Do(t.Context(), post(t, Keyed))
		require.NoError(t, res.Err, "which http.Client allows")
		require.Empty(t, res.Body)
		for _, broken := range []*http.Response{nil, {StatusCode: 200, ContentLength: 5}} {
			rt := roundTripper(func(*http.Request) (*http.Response, error) { return broken, nil })
			res := New(Config{Client: http.Client{Transport: rt, Timeout: limit}}).Do(t.Context(), post(t, Keyed))
			require.Error(t, res.Err)
			require.Zero(t, res.StatusCode)
			require.True(t, res.Doubt, "it may have sent the request all the same")
		}
	}
}

// traced fails or responds with net/http's account of the connections: a request
// that was written to a connection that turns out to be dead is replayed on
// another.
func traced(connections int, wrote bool, resp *http.Response, err error) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		trace := httptrace.ContextClientTrace(r.Context())
		trace.GetConn("")
		for n := range connections {
			if n > 0 {
				trace.GetConn("")
			}
			trace.GotConn(httptrace.GotConnInfo{})
			if wrote {
				trace.WroteRequest(httptrace.WroteRequestInfo{})
			}
		}
		return resp, err
	}
}

func TestDoubt(t *testing.T) {
	t.Parallel()
	dial := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	refused := traced(0, false, nil, dial)
	for name, tc := range map[string]struct {
		steps []any
		doubt bool
	}{
		"success":          {[]any{201}, false},
		"declined":         {[]any{402}, false},
		"request timeout":  {[]any{408}, true},
		"still running":    {[]any{409}, true},
		"rate limited":     {[]any{429, 429, 429}, false},
		"server error":     {[]any{500}, true},
		"another redirect": {[]any{307}, false},
		// What net/http reports of connections is believed.
		"no connection":            {[]any{refused, refused, refused}, false},
		"no connection, reset":     {[]any{traced(0, false, nil, errReset)}, false},
		"a connection, then reset": {[]any{traced(1, false, nil, errReset)}, true},
		"a connection, then dial":  {[]any{traced(1, false, nil, dial)}, true},
		"a replay, then success":   {[]any{traced(2, true, answer(201, "{}"), nil)}, true},
		"a dead one, then success": {[]any{traced(2, false, answer(201, "{}"), nil)}, false},
		// If the RoundTripper does not, no error proves anything.
		"dial":                {[]any{dial}, true},
		"dial in a url.Error": {[]any{&url.Error{Op: "Post", URL: "u", Err: dial}}, true},
		"name":                {[]any{&net.DNSError{IsNotFound: true}}, true},
		"certificate":         {[]any{&tls.CertificateVerificationError{Err: errors.New("bad")}}, true},
		"no TLS":              {[]any{tls.RecordHeaderError{}}, true},
		// It outlives a later response.
		"server error, then refusal":     {[]any{503, 422}, true},
		"reset, then success":            {[]any{errReset, 201}, true},
		"reset, then no connection":      {[]any{errReset, refused, refused}, true},
		"no connection, then success":    {[]any{refused, 201}, false},
		"never sent, then refusal":       {[]any{refused, 429, 422}, false},
		"no connection twice, then lost": {[]any{refused, refused, errReset}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res := over(play(tc.steps...), Policy{MaxAttempts: len(tc.steps)}).Do(t.Context(), post(t, Keyed))
			require.Equal(t, tc.doubt, res.Doubt)
			require.Equal(t, len(tc.steps), res.Attempts)
		})
	}
}

// stale is a server that drops the connection of its second request, once it has
// read it.
type stale struct {
	*httptest.Server
	mu     sync.Mutex
	conns  map[string]bool // addresses of clients
	bodies []string
}

func newStale(t *testing.T) *stale {
	t.Helper()
	s := &stale{conns: make(map[string]bool)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.NotContains(t, r.Header, "Idempotency-Key", "which allows a replay, and is not sent")
		s.mu.Lock()
		defer s.mu.Unlock()
		s.conns[r.RemoteAddr] = true
		if s.bodies = append(s.bodies, string(body)); len(s.bodies) == 2 {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(s.Close)
	return s
}

func TestStaleConnectionIsReplayedUnlessTheRequestMayNotBeRepeated(t *testing.T) {
	t.Parallel()
	for _, repeat := range []Repeat{Never, Idempotent, Keyed} {
		server := newStale(t)
		tr := overSockets(t, patience, Policy{MaxAttempts: 1})
		req := postTo(parse(t, server.URL), repeat, patience)
		res := tr.Do(t.Context(), req)
		require.NoError(t, res.Err)
		require.False(t, res.Doubt)
		res.Release()

		res = tr.Do(t.Context(), req)
		require.Equal(t, 1, res.Attempts)
		require.True(t, res.Doubt, "the first copy may have been carried out")
		require.Equal(t, repeat == Never, res.Err != nil)
		server.Close() // waits for its last handler
		copies := map[bool]int{true: 2, false: 3}[repeat == Never]
		require.Len(t, server.conns, copies-1)
		require.Equal(t, slices.Repeat([]string{string(req.Body)}, copies), server.bodies)
		res.Release()
	}
}
