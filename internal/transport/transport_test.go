package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhatIsRepeatedOnWhichAnswer(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		statuses          []int
		idempotent, keyed int // attempts
	}{
		{[]int{200, 201, 202, 204, 299}, 1, 1},
		{[]int{300, 301, 302, 303, 304, 307, 308}, 1, 1},
		{[]int{400, 401, 402, 403, 404, 405, 406, 410, 412, 413, 415, 418, 422, 451}, 1, 1},
		{[]int{409}, 1, 3},
		{[]int{408, 429}, 3, 3},
		{[]int{501}, 1, 1},
		{[]int{500, 502, 503, 504, 505, 507, 520, 522, 524, 529, 599}, 3, 3},
	} {
		for _, status := range tc.statuses {
			for repeat, want := range map[Repeat]int{Never: 1, Idempotent: tc.idempotent, Keyed: tc.keyed} {
				rt := play(status)
				res := over(rt, three).Do(t.Context(), post(t, repeat))
				require.NoError(t, res.Err)
				require.Equal(t, status, res.StatusCode)
				require.Equal(t, want, res.Attempts, "status %d, repeat %d", status, repeat)
				require.Len(t, rt.requests, want)
				require.Equal(t, `{"step":true}`, string(res.Body))
				res.Release()
			}
		}
	}
}

func TestWhatIsRepeatedAfterWhichFailure(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		err   error
		again bool
	}{
		{"reset", errReset, true},
		{"end of file", io.EOF, true},
		{"half a header", io.ErrUnexpectedEOF, true},
		{"refused", &net.OpError{Op: "dial", Err: errors.New("connection refused")}, true},
		{"no such host", &net.DNSError{IsNotFound: true}, true},
		{"anything", errors.New("anything"), true},
		// Another attempt would meet these again.
		{"certificate", &tls.CertificateVerificationError{Err: errors.New("bad")}, false},
		{"unknown authority", x509.UnknownAuthorityError{}, false},
		{"wrong name", x509.HostnameError{Certificate: new(x509.Certificate), Host: "h"}, false},
		{"expired certificate", x509.CertificateInvalidError{Cert: new(x509.Certificate), Reason: x509.Expired}, false},
		{"no TLS", tls.RecordHeaderError{Msg: "no TLS"}, false},
		{"no TLS but HTTP", http.ErrSchemeMismatch, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, repeat := range []Repeat{Never, Idempotent, Keyed} {
				want := 1
				if tc.again && repeat != Never {
					want = 3
				}
				rt := play(tc.err)
				res := over(rt, three).Do(t.Context(), post(t, repeat))
				require.ErrorIs(t, res.Err, tc.err)
				require.Zero(t, res.StatusCode)
				require.Empty(t, res.Body)
				require.Equal(t, want, res.Attempts)
				require.Len(t, rt.requests, want)
			}
		})
	}
}

func TestMaxAttemptsOfZeroAndOneNeverRepeats(t *testing.T) {
	t.Parallel()
	for _, attempts := range []int{-1, 0, 1} {
		res := over(play(503), Policy{MaxAttempts: attempts}).Do(t.Context(), post(t, Keyed))
		require.Equal(t, 1, res.Attempts)
		require.Equal(t, 503, res.StatusCode)
	}
}

func TestEveryAttemptSendsTheSameRequest(t *testing.T) {
	t.Parallel()
	rt := play(503, errReset, 201)
	req := post(t, Keyed)
	res := over(rt, three).Do(t.Context(), req)
	defer res.Release()
	require.NoError(t, res.Err)
	require.Equal(t, 201, res.StatusCode)
	require.Equal(t, 3, res.Attempts)
	for i, r := range rt.requests {
		require.Equal(t, http.MethodPost, r.Method)
		require.Equal(t, req.URL.String(), r.URL.String())
		require.Equal(t, "api.example", r.Host)
		require.Equal(t, string(req.Body), rt.bodies[i])
		require.Equal(t, int64(len(req.Body)), r.ContentLength)
		require.Equal(t, "Basic eA==", r.Header.Get("Authorization"))
		again, err := r.GetBody()
		require.NoError(t, err)
		text, err := io.ReadAll(again)
		require.NoError(t, err)
		require.NoError(t, again.Close())
		require.Equal(t, string(req.Body), string(text))
	}
}

func TestWaitsAreWhatTheServiceAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rt := play(
			func() *http.Response { return answer(429, "", "Retry-After", "10") },
			func() *http.Response {
				return answer(503, "", "Retry-After", time.Now().Add(20*time.Second).UTC().Format(http.TimeFormat))
			},
			200)
		var seen []Attempt
		req := post(t, Idempotent)
		req.Observe = func(a Attempt) { seen = append(seen, a) }
		res := over(rt, Policy{MaxAttempts: 3, MaxRetryAfter: 30 * time.Second}).Do(t.Context(), req)
		require.Equal(t, 200, res.StatusCode)
		require.Len(t, seen, 3)

		first, second := rt.times[1].Sub(rt.times[0]), rt.times[2].Sub(rt.times[1])
		require.Greater(t, first, 10*time.Second, "callers that were told the same second are spread")
		require.LessOrEqual(t, first, 11*time.Second)
		require.GreaterOrEqual(t, second, 19*time.Second, "a date has whole seconds only")
		require.LessOrEqual(t, second, 22*time.Second)

		require.Equal(t, []time.Duration{0, first, second}, []time.Duration{seen[0].Wait, seen[1].Wait, seen[2].Wait})
		require.Equal(t, []time.Duration{first, second, -1}, []time.Duration{seen[0].RetryIn, seen[1].RetryIn, seen[2].RetryIn})
		require.Equal(t, []int{1, 2, 3}, []int{seen[0].Number, seen[1].Number, seen[2].Number})
	})
}

func TestWaitsWithoutRetryAfterFollowThePolicy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		policy := Policy{MaxAttempts: 6, BaseDelay: time.Second, MaxDelay: 4 * time.Second}
		var longest [5]time.Duration
		for range 300 {
			rt := play(500)
			over(rt, policy).Do(t.Context(), post(t, Keyed))
			require.Len(t, rt.times, 6)
			for i := range longest {
				longest[i] = max(longest[i], rt.times[i+1].Sub(rt.times[i]))
			}
		}
		for i, ceiling := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 4 * time.Second, 4 * time.Second} {
			require.LessOrEqual(t, longest[i], ceiling)
			require.Greater(t, longest[i], ceiling*9/10)
		}
	})
}

func TestRetryAfterBeyondTheLimitIsHandedBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		for _, tc := range []struct {
			most     time.Duration
			attempts int
		}{{30 * time.Second, 1}, {60 * time.Second, 2}, {0, 2}} {
			rt := play(func() *http.Response { return answer(429, "slow down", "Retry-After", "60") }, 200)
			res := over(rt, Policy{MaxAttempts: 2, MaxRetryAfter: tc.most}).Do(t.Context(), post(t, Keyed))
			require.NoError(t, res.Err)
			require.Equal(t, tc.attempts, res.Attempts)
			if tc.attempts == 1 {
				require.Equal(t, 429, res.StatusCode)
				require.Equal(t, time.Minute, res.RetryAfter)
				require.Equal(t, "slow down", string(res.Body))
				require.Zero(t, time.Since(begin), "at once")
			}
		}
	})
}

func TestWaitThatCanNotEndInTimeIsNotBegun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := func() *http.Response { return answer(503, `{"errorCode":"busy"}`, "Retry-After", "10") }
		for _, tc := range []struct {
			deadline time.Duration
			attempts int
		}{{time.Second, 1}, {10 * time.Second, 1}, {11*time.Second + 1, 2}} {
			begin := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), tc.deadline)
			res := over(play(asked, 200), Policy{MaxAttempts: 2}).Do(ctx, post(t, Keyed))
			cancel()
			require.NoError(t, res.Err, "the answer is the answer, not the context's end")
			require.Equal(t, tc.attempts, res.Attempts)
			if tc.attempts == 1 {
				require.Zero(t, time.Since(begin))
				require.Equal(t, 503, res.StatusCode)
				require.Equal(t, 10*time.Second, res.RetryAfter)
				require.Equal(t, `{"errorCode":"busy"}`, string(res.Body))
			}
		}
	})
}

func TestContextEndingDuringAWaitReturnsAtOnceWithBoth(t *testing.T) {
	t.Parallel()
	giveUp := errors.New("shopper left")
	for name, tc := range map[string]struct {
		first  any
		status int
		also   error
	}{
		"after an answer":  {503, 503, nil},
		"after a failure":  {errReset, 0, errReset},
		"after a conflict": {409, 409, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				begin := time.Now()
				time.AfterFunc(3*time.Second, func() { cancel(giveUp) })
				rt := play(tc.first, 200)
				// A wait of between 0 and 100 years ends within 3 s once in a
				// billion runs.
				const century = 100 * 365 * 24 * time.Hour
				res := over(rt, Policy{MaxAttempts: 3, BaseDelay: century, MaxDelay: century}).Do(ctx, post(t, Keyed))
				require.Equal(t, 3*time.Second, time.Since(begin))
				require.ErrorIs(t, res.Err, context.Canceled)
				require.ErrorIs(t, res.Err, giveUp)
				if tc.also != nil {
					require.ErrorIs(t, res.Err, tc.also)
				}
				require.Equal(t, tc.status, res.StatusCode)
				if tc.status != 0 {
					require.Equal(t, `{"step":true}`, string(res.Body))
				}
				require.Equal(t, 1, res.Attempts)
				require.Len(t, rt.requests, 1)
				require.True(t, res.Doubt)
			})
		})
	}
}

func TestNothingIsSentUnderAContextThatHasEnded(t *testing.T) {
	t.Parallel()
	giveUp := errors.New("shopper left")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(giveUp)
	rt := play(200)
	req := post(t, Keyed)
	req.Observe = func(Attempt) { require.Fail(t, "an attempt") }
	res := over(rt, three).Do(ctx, req)
	require.ErrorIs(t, res.Err, context.Canceled)
	require.ErrorIs(t, res.Err, giveUp)
	require.Zero(t, res.Attempts)
	require.False(t, res.Doubt)
	require.Empty(t, rt.requests)
}

func TestSleepEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		require.NoError(t, Sleep(t.Context(), time.Minute))
		require.Equal(t, time.Minute, time.Since(begin))

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, Sleep(ctx, time.Hour), context.DeadlineExceeded)
		require.Equal(t, time.Minute+time.Second, time.Since(begin))
	})
}

func TestBudgetKeepsAnOutageFromMultiplyingTheLoad(t *testing.T) {
	t.Parallel()
	status := 503
	var sent int
	tr := over(roundTripper(func(*http.Request) (*http.Response, error) {
		sent++
		return answer(status, ""), nil
	}), Policy{MaxAttempts: 3, Budget: 5})
	var attempts int
	for range 20 {
		attempts += tr.Do(t.Context(), post(t, Keyed)).Attempts
	}
	require.Equal(t, 20+5, attempts)
	require.Equal(t, attempts, sent)

	status = 422
	require.Equal(t, 1, tr.Do(t.Context(), post(t, Keyed)).Attempts)
	status = 503
	require.Equal(t, 1, tr.Do(t.Context(), post(t, Keyed)).Attempts, "a refusal pays nothing back")

	status = 200
	require.Equal(t, 1, tr.Do(t.Context(), post(t, Keyed)).Attempts)
	status = 503
	require.Equal(t, 2, tr.Do(t.Context(), post(t, Keyed)).Attempts, "a success pays one retry back")
	require.Equal(t, 1, tr.Do(t.Context(), post(t, Keyed)).Attempts)
}

func TestWhatIsNotRepeatedCostsNoBudget(t *testing.T) {
	t.Parallel()
	tr := over(play(503), Policy{MaxAttempts: 2, Budget: 1})
	for range 10 {
		require.Equal(t, 1, tr.Do(t.Context(), post(t, Never)).Attempts)
	}
	require.Equal(t, 2, tr.Do(t.Context(), post(t, Idempotent)).Attempts)
	require.Equal(t, 1, tr.Do(t.Context(), post(t, Idempotent)).Attempts)
}

// limiter lets a number of attempts pass.
type limiter struct {
	passes int
	asked  int
}

var errLimit = errors.New("limit exceeded")

func (l *limiter) Wait(ctx context.Context) error {
	if l.asked++; l.asked > l.passes {
		return errLimit
	}
	return ctx.Err()
}

func TestLimiterIsAskedBeforeEveryAttempt(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ passes, attempts, status int }{{0, 0, 0}, {1, 1, 503}, {2, 2, 503}, {3, 3, 503}} {
		l := &limiter{passes: tc.passes}
		rt := play(503)
		tr := New(Config{Client: http.Client{Transport: rt}, Policy: three, Limiter: l})
		res := tr.Do(t.Context(), post(t, Keyed))
		require.Equal(t, tc.attempts, res.Attempts)
		require.Len(t, rt.requests, tc.attempts)
		require.Equal(t, tc.status, res.StatusCode)
		require.Equal(t, min(tc.passes+1, 3), l.asked)
		require.Equal(t, tc.attempts > 0, res.Doubt, "what the limiter held back was not sent")
		if tc.attempts == 3 {
			require.NoError(t, res.Err)
		} else {
			require.ErrorIs(t, res.Err, errLimit)
		}
	}

	l := &limiter{passes: 1}
	res := New(Config{Client: http.Client{Transport: play(errReset)}, Policy: three, Limiter: l}).Do(t.Context(), post(t, Keyed))
	require.ErrorIs(t, res.Err, errLimit)
	require.ErrorIs(t, res.Err, errReset, "what ended the attempt before is not lost")
}

func TestObserverSeesEveryAttempt(t *testing.T) {
	t.Parallel()
	rt := play(errReset, func() *http.Response { return answer(500, "oops", "Cf-Ray", "r") }, func() *http.Response { return answer(201, "done") })
	var seen []Attempt
	req := post(t, Keyed)
	req.Observe = func(a Attempt) {
		a.Body = []byte(string(a.Body)) // valid only here
		seen = append(seen, a)
	}
	res := over(rt, three).Do(t.Context(), req)
	require.NoError(t, res.Err)
	require.Len(t, seen, 3)
	for i, want := range []Attempt{
		{Number: 1, Body: []byte{}, Err: errReset},
		{Number: 2, StatusCode: 500, Body: []byte("oops"), Header: http.Header{"Cf-Ray": {"r"}}},
		{Number: 3, StatusCode: 201, Body: []byte("done"), Header: http.Header{}, RetryIn: -1},
	} {
		require.ErrorIs(t, seen[i].Err, want.Err)
		seen[i].Duration, seen[i].Err, want.Err = 0, nil, nil
		require.Equal(t, want, seen[i])
	}
}

func TestPanickingObserverLosesNoAnswer(t *testing.T) {
	t.Parallel()
	rt := play(503, errReset, 200)
	req := post(t, Keyed)
	var told int
	req.Observe = func(Attempt) {
		told++
		panic("broken metrics")
	}
	res := over(rt, three).Do(t.Context(), req)
	require.NoError(t, res.Err)
	require.Equal(t, 200, res.StatusCode)
	require.Equal(t, 3, told)
}
