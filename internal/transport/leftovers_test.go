package transport

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// connections counts the connections of a server.
type connections struct {
	opened, open atomic.Int64
}

func (c *connections) watch(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		c.opened.Add(1)
		c.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		c.open.Add(-1)
	}
}

// This test counts goroutines, so it does not run beside others.
func TestNothingIsLeftAfterTheLastCall(t *testing.T) {
	var count connections
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	mux.HandleFunc("/busy", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	mux.HandleFunc("/silent", silent)
	mux.HandleFunc("/dripping", dripping)
	mux.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, endless{}) })
	mux.HandleFunc("/reset", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for _, http2 := range []bool{false, true} {
		before := runtime.NumGoroutine()
		srv := httptest.NewUnstartedServer(mux)
		srv.EnableHTTP2 = http2
		srv.Config.ConnState = count.watch
		srv.Config.ErrorLog = log.New(io.Discard, "", 0)
		srv.StartTLS()
		tr := overTLS(t, srv, patience)
		tr.policy = Policy{MaxAttempts: 2, BaseDelay: time.Millisecond, MaxDelay: time.Millisecond}

		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for _, path := range []string{"/ok", "/busy", "/silent", "/dripping", "/endless", "/reset", "/given-up"} {
			for range 3 {
				wg.Go(func() {
					res := tr.Do(t.Context(), postTo(parse(t, srv.URL+path), Keyed, short))
					res.Release()
				})
			}
		}
		wg.Go(func() {
			res := tr.Do(ctx, postTo(parse(t, srv.URL+"/silent"), Keyed, patience))
			res.Release()
		})
		cancel()
		wg.Wait()

		soon(t, "connections", func() bool {
			tr.CloseIdleConnections() // a connection becomes idle some time after the call that used it
			return count.open.Load() == 0
		})
		srv.Close()
		soon(t, "goroutines", func() bool { return runtime.NumGoroutine() <= before })
	}
}

// soon waits until a condition holds, in this goroutine.
func soon(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for begin := time.Now(); !holds(); <-tick.C {
		if time.Since(begin) > patience {
			var stacks bytes.Buffer
			_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
			require.Fail(t, what+" left", stacks.String())
		}
	}
}

func TestParallelCallersKeepTheirConnections(t *testing.T) {
	t.Parallel()
	const callers, each = 32, 50
	var count connections
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }))
	srv.Config.ConnState = count.watch
	srv.Start()
	defer srv.Close()
	tr := overSockets(t, patience, Policy{})
	var wg sync.WaitGroup
	var failed atomic.Int64
	for range callers {
		wg.Go(func() {
			for range each {
				res := tr.Do(t.Context(), postTo(parse(t, srv.URL), Keyed, patience))
				if res.Err != nil || string(res.Body) != `{"requestId":"r"}` {
					failed.Add(1)
				}
				res.Release()
			}
		})
	}
	wg.Wait()
	require.Zero(t, failed.Load())
	// A caller may take over another's connection while its own is being made,
	// so that there can be some more than callers, but not one a call.
	require.LessOrEqual(t, count.opened.Load(), int64(3*callers))
}

func TestHostileAnswersAreBounded(t *testing.T) {
	t.Parallel()
	manyHeaders := func(n int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := range n {
				w.Header().Set("X-Header-"+strconv.Itoa(i), strings.Repeat("x", 32))
			}
		}
	}
	var mebibyte bytes.Buffer // compressed
	z := gzip.NewWriter(&mebibyte)
	_, err := io.CopyN(z, endless{}, 1<<20)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	bomb := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.WriteHeader(status)
			_, _ = w.Write(bytes.Repeat(mebibyte.Bytes(), 100))
		}
	}
	for name, tc := range map[string]struct {
		handle http.HandlerFunc
		status int
		err    bool
	}{
		"some headers":           {manyHeaders(1000), 200, false},
		"10,000 headers":         {manyHeaders(10_000), 0, true},
		"gzip bomb":              {bomb(200), 200, true},
		"gzip bomb as a refusal": {bomb(402), 402, false},
		"no gzip after all": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, `{"id":"1"}`)
		}, 200, true},
		"100 MB": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(100<<20))
			_, _ = io.CopyN(w, endless{}, 100<<20)
		}, 200, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(tc.handle)
			defer srv.Close()
			res := overSockets(t, patience, Policy{}).Do(t.Context(), postTo(parse(t, srv.URL), Keyed, patience))
			defer res.Release()
			require.Equal(t, tc.status, res.StatusCode)
			require.Equal(t, tc.err, res.Err != nil, res.Err)
			require.LessOrEqual(t, len(res.Body), DefaultMaxBody)
		})
	}
}

func TestRoundTripperIsTheDefaultOneWithBounds(t *testing.T) {
	t.Parallel()
	plain := http.DefaultTransport.(*http.Transport)
	rt := NewRoundTripper(10 * time.Second).(*http.Transport)
	require.NotSame(t, plain, rt)
	require.GreaterOrEqual(t, rt.TLSClientConfig.MinVersion, uint16(tls.VersionTLS12))
	require.GreaterOrEqual(t, rt.MaxIdleConnsPerHost, 32)
	require.Positive(t, rt.MaxResponseHeaderBytes)
	require.Greater(t, rt.TLSHandshakeTimeout, 10*time.Second, "the attempt's own limit comes first")
	require.True(t, rt.ForceAttemptHTTP2)
	require.NotNil(t, rt.Proxy)
	require.Zero(t, plain.MaxIdleConnsPerHost, "the default one is as it was")
	require.Zero(t, NewRoundTripper(0).(*http.Transport).TLSHandshakeTimeout)
}

// This test replaces a global, so it does not run beside others.
func TestReplacedDefaultTransportIsKept(t *testing.T) {
	plain := http.DefaultTransport
	defer func() { http.DefaultTransport = plain }()
	tracing := play(200)
	http.DefaultTransport = tracing
	require.Same(t, tracing, NewRoundTripper(time.Second))
}
