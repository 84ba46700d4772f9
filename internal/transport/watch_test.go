package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// course of a connection, as net/http would tell it.
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

func TestTimeLimitsOfAnAttempt(t *testing.T) {
	t.Parallel()
	const connect, read = 10 * time.Second, 20 * time.Second
	connecting := &TimeoutError{Phase: Connecting, Limit: connect}
	readingTooLong := &TimeoutError{Phase: Reading, Limit: read}
	for _, tc := range []struct {
		name  string
		steps steps
		took  time.Duration
		err   error
		doubt bool
	}{
		{"at once", steps{}, 0, nil, false},
		{"all in time", steps{connecting: 9 * time.Second, writing: 19 * time.Second, answering: 19 * time.Second}, 47 * time.Second, nil, false},
		{"no connection", steps{connecting: -1}, connect, connecting, false},
		{"connection too late", steps{connecting: connect + 1}, connect, connecting, false},
		{"request never written", steps{connecting: 5 * time.Second, writing: -1}, 25 * time.Second, readingTooLong, true},
		{"no answer", steps{connecting: 5 * time.Second, writing: 3 * time.Second, answering: -1}, 28 * time.Second, readingTooLong, true},
		{"answer too late", steps{answering: read + 1}, read, readingTooLong, true},
		{"dripping body", steps{body: func(ctx context.Context) io.Reader { return drip{ctx} }}, read, readingTooLong, true},
		{
			"late and dripping body", steps{answering: 15 * time.Second, body: func(ctx context.Context) io.Reader { return drip{ctx} }},
			read, readingTooLong, true,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				req := post(t, Keyed)
				req.Read = read
				tr := New(Config{Client: http.Client{Transport: connection(tc.steps)}, Connect: connect})
				res := tr.Do(t.Context(), req)
				require.Equal(t, tc.took, time.Since(begin))
				require.Equal(t, tc.err, res.Err)
				require.Equal(t, tc.doubt, res.Doubt)
				if tc.err == nil {
					require.Equal(t, 200, res.StatusCode)
				}
			})
		})
	}
}

func TestTimeoutSaysWhichLimitRanOut(t *testing.T) {
	t.Parallel()
	var err error = &TimeoutError{Phase: Connecting, Limit: 10 * time.Second}
	require.EqualError(t, err, "no connection within 10s")
	require.EqualError(t, &TimeoutError{Phase: Reading, Limit: time.Minute}, "no complete response within 1m0s")
	var network net.Error
	require.ErrorAs(t, err, &network)
	require.True(t, network.Timeout())
	require.NotErrorIs(t, err, context.DeadlineExceeded, "the caller's context is alive")
}

func TestEveryAttemptHasItsOwnLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		req := post(t, Keyed)
		req.Read = 20 * time.Second
		var seen []Attempt
		req.Observe = func(a Attempt) { seen = append(seen, a) }
		tr := New(Config{Client: http.Client{Transport: connection(steps{answering: -1})}, Connect: time.Second, Policy: three})
		res := tr.Do(t.Context(), req)
		require.Equal(t, time.Minute, time.Since(begin))
		require.Equal(t, &TimeoutError{Phase: Reading, Limit: 20 * time.Second}, res.Err)
		require.Len(t, seen, 3)
		for _, a := range seen {
			require.Equal(t, 20*time.Second, a.Duration)
			require.Equal(t, res.Err, a.Err)
		}
	})
}

// A RoundTripper that tells nothing of connections is bounded all the same.
func TestSilentRoundTripperIsBoundByTheReadLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		req := post(t, Keyed)
		req.Read = 20 * time.Second
		rt := roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		res := New(Config{Client: http.Client{Transport: rt}, Connect: time.Second}).Do(t.Context(), req)
		require.Equal(t, 20*time.Second, time.Since(begin))
		require.Equal(t, &TimeoutError{Phase: Reading, Limit: 20 * time.Second}, res.Err)
		require.True(t, res.Doubt)
	})
}

func TestNoLimitMeansTheCallersContextAlone(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]steps{"connecting": {connecting: -1}, "reading": {answering: -1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				ctx, cancel := context.WithTimeoutCause(t.Context(), 1000*time.Hour, errors.New("long enough"))
				defer cancel()
				res := over(connection(s), three).Do(ctx, post(t, Keyed))
				require.Equal(t, 1000*time.Hour, time.Since(begin))
				require.ErrorIs(t, res.Err, context.DeadlineExceeded)
				require.ErrorContains(t, res.Err, "long enough")
				require.Equal(t, 1, res.Attempts)
				require.Equal(t, name == "reading", res.Doubt)
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		// One limit without the other: a limit that has ended does not come back.
		req := post(t, Never)
		begin := time.Now()
		tr := New(Config{Client: http.Client{Transport: connection(steps{connecting: time.Second, answering: time.Hour})}, Connect: 2 * time.Second})
		require.NoError(t, func() error { r := tr.Do(t.Context(), req); return r.Err }())
		require.Equal(t, time.Hour+time.Second, time.Since(begin))
	})
}

func TestContextEndingDuringAnAttemptEndsIt(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		steps steps
		doubt bool
	}{
		{"connecting", steps{connecting: -1}, false},
		{"writing", steps{writing: -1}, true},
		{"waiting", steps{answering: -1}, true},
		{"reading", steps{body: func(ctx context.Context) io.Reader { return drip{ctx} }}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				giveUp := errors.New("shopper left")
				ctx, cancel := context.WithCancelCause(t.Context())
				begin := time.Now()
				time.AfterFunc(1500*time.Millisecond, func() { cancel(giveUp) })
				req := post(t, Keyed)
				req.Read = time.Hour
				res := New(Config{Client: http.Client{Transport: connection(tc.steps)}, Connect: time.Hour, Policy: three}).Do(ctx, req)
				require.Equal(t, 1500*time.Millisecond, time.Since(begin))
				require.ErrorIs(t, res.Err, context.Canceled)
				require.ErrorIs(t, res.Err, giveUp)
				require.Equal(t, tc.doubt, res.Doubt)
				require.Equal(t, 1, res.Attempts)
			})
		})
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

func TestCallersOwnTraceIsKept(t *testing.T) {
	t.Parallel()
	var told []string
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		GetConn: func(string) { told = append(told, "get") },
		GotConn: func(httptrace.GotConnInfo) { told = append(told, "got") },
	})
	req := post(t, Never)
	req.Observe = func(a Attempt) { require.True(t, a.Reused) }
	res := over(connection(steps{reused: true}), three).Do(ctx, req)
	require.NoError(t, res.Err)
	require.Equal(t, []string{"get", "got"}, told)
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
		{"refused by the service", status(422), false},
		{"gone", status(410), false},
		{"too many requests", status(429), false},
		{"redirect", status(307), false},
		{"request timeout", status(408), true},
		{"still running", status(409), true},
		{"server error", status(500), true},
		{"not implemented", status(501), true},
		{"gateway", status(502), true},
		{"unavailable", status(503), true},
		{"cache timeout", status(524), true},
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
		{"bare reset", failing(errReset), true},
		{"success after a replay", replayed(true), true},
		{"success after a connection that was dead already", replayed(false), false},
		{"anything", failing(errors.New("anything")), true},
		{"end of file", failing(io.EOF), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			res := over(tc.rt, Policy{}).Do(t.Context(), post(t, Keyed))
			require.Equal(t, tc.doubt, res.Doubt)
		})
	}
}

func TestDoubtOutlivesALaterAnswer(t *testing.T) {
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
