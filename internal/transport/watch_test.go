package transport

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// steps are how long a connection takes, as net/http reports it.
type steps struct {
	connecting time.Duration // until there is a connection; negative: there never is
	writing    time.Duration // until the request is written; negative: it never is
	answering  time.Duration // until the header of the answer; negative: it never comes
	body       func(context.Context) io.Reader
	reused     bool
}

// take waits for d, or for the end of the attempt.
func take(ctx context.Context, d time.Duration) error {
	if d < 0 {
		<-ctx.Done()
		return ctx.Err()
	}
	return Sleep(ctx, d)
}

// connection is a RoundTripper that takes its time over each step.
func connection(s steps) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		ctx := r.Context()
		trace := httptrace.ContextClientTrace(ctx)
		trace.GetConn("api.example:443")
		if err := take(ctx, s.connecting); err != nil {
			return nil, err
		}
		trace.GotConn(httptrace.GotConnInfo{Reused: s.reused})
		if err := take(ctx, s.writing); err != nil {
			return nil, err
		}
		trace.WroteRequest(httptrace.WroteRequestInfo{})
		if err := take(ctx, s.answering); err != nil {
			return nil, err
		}
		if s.body == nil {
			return answer(200, "{}"), nil
		}
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(s.body(ctx)), ContentLength: -1}, nil
	}
}

// drip is a body of one byte a second without an end.
type drip struct{ ctx context.Context }

func (d drip) Read(p []byte) (int, error) {
	if err := take(d.ctx, time.Second); err != nil {
		return 0, err
	}
	p[0] = ' '
	return 1, nil
}

func TestAttemptEndsWithItsLimitOrTheContext(t *testing.T) {
	t.Parallel()
	const connect, read = 10 * time.Second, 20 * time.Second
	connecting := &TimeoutError{Phase: Connecting, Limit: connect}
	readingTooLong := &TimeoutError{Phase: Reading, Limit: read}
	dripping := func(ctx context.Context) io.Reader { return drip{ctx} }
	mute := func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	for _, tc := range []struct {
		name  string
		rt    roundTripper
		took  time.Duration
		err   error
		doubt bool
	}{
		{"at once", connection(steps{}), 0, nil, false},
		{"all in time", connection(steps{connecting: 9 * time.Second, writing: 19 * time.Second, answering: 19 * time.Second}), 47 * time.Second, nil, false},
		{"no connection", connection(steps{connecting: -1}), connect, connecting, false},
		{"connection too late", connection(steps{connecting: connect + 1}), connect, connecting, false},
		{"request never written", connection(steps{connecting: 5 * time.Second, writing: -1}), 25 * time.Second, readingTooLong, true},
		{"no answer", connection(steps{connecting: 5 * time.Second, writing: 3 * time.Second, answering: -1}), 28 * time.Second, readingTooLong, true},
		{"answer too late", connection(steps{answering: read + 1}), read, readingTooLong, true},
		{"dripping body", connection(steps{body: dripping}), read, readingTooLong, true},
		{"late and dripping body", connection(steps{answering: 15 * time.Second, body: dripping}), read, readingTooLong, true},
		{"nothing is told of connections", mute, read, readingTooLong, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				attempts := time.Duration(1)
				if tc.err != nil {
					attempts = 3
				}
				req := post(t, Keyed)
				req.Read = read
				req.Observe = func(a Attempt) {
					require.Equal(t, tc.took, a.Duration, "each attempt has limits of its own")
					require.Equal(t, tc.err, a.Err)
				}
				tr := New(Config{Client: http.Client{Transport: tc.rt}, Connect: connect, Policy: three})
				begin := time.Now()
				res := tr.Do(t.Context(), req)
				require.Equal(t, attempts*tc.took, time.Since(begin))
				require.Equal(t, tc.err, res.Err)
				require.Equal(t, tc.doubt, res.Doubt)
				if tc.err == nil {
					require.Equal(t, 200, res.StatusCode)
					return
				}
				ctx, cancel := context.WithCancelCause(t.Context())
				begin = time.Now()
				time.AfterFunc(tc.took-1, func() { cancel(errGaveUp) })
				req.Observe = nil
				res = tr.Do(ctx, req)
				require.Equal(t, tc.took-1, time.Since(begin), "the context ends an attempt before its limit does")
				require.ErrorIs(t, res.Err, context.Canceled)
				require.ErrorIs(t, res.Err, errGaveUp)
				require.Equal(t, tc.doubt, res.Doubt)
				require.Equal(t, 1, res.Attempts)
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // a read limit of zero is none
		begin := time.Now()
		tr := New(Config{Client: http.Client{Transport: connection(steps{connecting: time.Second, answering: time.Hour})}, Connect: 2 * time.Second})
		res := tr.Do(t.Context(), post(t, Never))
		require.NoError(t, res.Err)
		require.Equal(t, time.Hour+time.Second, time.Since(begin))
	})
}

func TestTimeoutSaysWhichLimitRanOut(t *testing.T) {
	t.Parallel()
	for phase, text := range map[Phase]string{
		Connecting: "no connection within 10s", Sending: "no progress in sending the request within 10s", Reading: "no complete response within 10s",
	} {
		var err net.Error = &TimeoutError{Phase: phase, Limit: 10 * time.Second}
		require.EqualError(t, err, text)
		require.True(t, err.Timeout())
		require.NotErrorIs(t, err, context.DeadlineExceeded, "the caller's context is alive")
	}
}

func TestReplayOnAnotherConnectionStartsTheLimitsAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		first := connection(steps{connecting: time.Second, writing: time.Second, answering: 5 * time.Second, reused: true})
		second := connection(steps{connecting: -1})
		rt := roundTripper(func(r *http.Request) (*http.Response, error) {
			if _, err := first(r); err != nil { // dead
				return nil, err
			}
			return second(r)
		})
		req := post(t, Keyed)
		req.Read = 20 * time.Second
		res := New(Config{Client: http.Client{Transport: rt}, Connect: 10 * time.Second}).Do(t.Context(), req)
		require.Equal(t, 17*time.Second, time.Since(begin))
		require.Equal(t, &TimeoutError{Phase: Connecting, Limit: 10 * time.Second}, res.Err)
		require.True(t, res.Doubt, "bytes may have left over the first connection")
	})
}

func TestWatchLeavesNoTimer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWatch(t.Context(), time.Second, time.Minute)
		w.getConn("")
		w.gotConn(httptrace.GotConnInfo{})
		state := w.stop()
		require.False(t, w.timer.Stop(), "it was running")
		require.ErrorIs(t, w.ctx.Err(), context.Canceled)
		require.False(t, state.expired)

		// net/http's goroutines may come late.
		w.getConn("")
		w.wroteRequest(httptrace.WroteRequestInfo{})
		require.False(t, w.timer.Stop())
		w.expire()
		require.False(t, w.expired)
	})
	// Without limits there is not even one.
	w := newWatch(t.Context(), 0, 0)
	w.getConn("")
	require.Nil(t, w.timer)
	w.stop()
}

func TestTimerThatGoesOffAsAnotherPhaseBeginsEndsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWatch(t.Context(), time.Second, time.Minute)
		defer w.stop()
		w.getConn("")
		require.NoError(t, Sleep(t.Context(), 999*time.Millisecond))
		w.gotConn(httptrace.GotConnInfo{})
		w.expire() // the timer of connecting, too late to be stopped
		require.NoError(t, w.ctx.Err())
		require.NoError(t, Sleep(t.Context(), 59*time.Second))
		require.NoError(t, w.ctx.Err())
		require.NoError(t, Sleep(t.Context(), time.Second))
		synctest.Wait()
		require.ErrorIs(t, w.ctx.Err(), context.Canceled)
		require.True(t, w.stop().expired)
	})
}

// silent takes a request and says nothing. Only when it has read the whole
// request does an HTTP/1.1 server notice that its client has gone. The response
// must not end then: it might still arrive.
func silent(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

// dripping answers at once and then sends a byte now and then, without an end.
func dripping(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.WriteHeader(http.StatusCreated)
	for r.Context().Err() == nil {
		_, _ = io.WriteString(w, " ")
		_ = http.NewResponseController(w).Flush()
		<-time.After(5 * time.Millisecond)
	}
	panic(http.ErrAbortHandler)
}

func TestSlowResponsesEndWithinTheReadLimit(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) })
	mux.HandleFunc("/silent", silent)
	mux.HandleFunc("/dripping", dripping)
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewUnstartedServer(mux)
			srv.EnableHTTP2 = protocol == "HTTP/2.0"
			srv.StartTLS()
			defer srv.Close()
			tr := overTLS(t, srv, patience)
			ok := func(reused bool) {
				req := postTo(parse(t, srv.URL+"/ok"), Keyed, patience)
				req.Observe = func(a Attempt) { require.True(t, a.Reused || !reused) }
				res := tr.Do(t.Context(), req)
				defer res.Release()
				require.NoError(t, res.Err)
				require.Equal(t, protocol, string(res.Body))
			}
			ok(false)
			for _, path := range []string{"/silent", "/dripping"} {
				begin := time.Now()
				res := tr.Do(t.Context(), postTo(parse(t, srv.URL+path), Keyed, short))
				require.Equal(t, &TimeoutError{Phase: Reading, Limit: short}, res.Err)
				require.GreaterOrEqual(t, time.Since(begin), short)
				require.True(t, res.Doubt)
				res.Release()
				ok(srv.EnableHTTP2) // a stream that ran out of time does not cost the connection
			}
		})
	}
}
