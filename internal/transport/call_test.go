package transport

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

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

func TestContextEndingDuringAWaitReturnsAtOnceWithBoth(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		first  any
		status int
		also   error
	}{
		"after a response": {503, 503, nil},
		"after a failure":  {errReset, 0, errReset},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				begin := time.Now()
				time.AfterFunc(3*time.Second, func() { cancel(errGaveUp) })
				rt := play(tc.first, 200)
				// A wait of between 0 and 100 years ends within 3 s once in a
				// billion runs.
				const century = 100 * 365 * 24 * time.Hour
				res := over(rt, Policy{MaxAttempts: 3, BaseDelay: century, MaxDelay: century}).Do(ctx, post(t, Keyed))
				require.Equal(t, 3*time.Second, time.Since(begin))
				require.ErrorIs(t, res.Err, context.Canceled)
				require.ErrorIs(t, res.Err, errGaveUp)
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
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errGaveUp)
	rt := play(200)
	req := post(t, Keyed)
	req.Observe = func(Attempt) { require.Fail(t, "an attempt") }
	res := over(rt, three).Do(ctx, req)
	require.ErrorIs(t, res.Err, context.Canceled)
	require.ErrorIs(t, res.Err, errGaveUp)
	require.Zero(t, res.Attempts)
	require.False(t, res.Doubt)
	require.Empty(t, rt.requests)
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

// badge is a kind of credentials, of which the service takes those of a number.
type badge struct {
	number  int
	refused []string
	fails   error
}

func (b *badge) Authorization(context.Context) (string, error) {
	return "Badge " + strconv.Itoa(b.number), b.fails
}

func (b *badge) Refused(authorization string) {
	b.refused = append(b.refused, authorization)
	b.number++
}

func TestDo_ReplacesRefusedCredentialsOnce(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		policy  Policy
		takes   int // number of the badge that is not refused
		status  int
		sent    []string
		refused int
	}{
		"at once":         {three, 1, 200, []string{"Badge 1"}, 0},
		"after a refusal": {three, 2, 200, []string{"Badge 1", "Badge 2"}, 1},
		"refused again":   {three, 3, 401, []string{"Badge 1", "Badge 2"}, 1},
		"no attempt left": {Policy{MaxAttempts: 1}, 2, 401, []string{"Badge 1"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var sent []string
				rt := roundTripper(func(r *http.Request) (*http.Response, error) {
					sent = append(sent, r.Header.Get("Authorization"))
					if sent[len(sent)-1] != "Badge "+strconv.Itoa(tc.takes) {
						return answer(401, ""), nil
					}
					return answer(200, ""), nil
				})
				b := &badge{number: 1}
				req := post(t, Keyed)
				req.Credentials = b
				begin := time.Now()
				tc.policy.BaseDelay, tc.policy.MaxDelay = time.Hour, time.Hour
				res := over(rt, tc.policy).Do(t.Context(), req)
				require.Equal(t, tc.status, res.StatusCode)
				require.Equal(t, tc.sent, sent)
				require.Equal(t, len(tc.sent), res.Attempts)
				require.Len(t, b.refused, tc.refused)
				require.Zero(t, time.Since(begin), "there is nothing to wait for")
				require.Equal(t, "Basic eA==", req.Header.Get("Authorization"), "the request is only read")
			})
		})
	}
}

func TestDo_WithoutCredentialsKeepsWhatIsKnown(t *testing.T) {
	t.Parallel()
	b := &badge{number: 1}
	req := post(t, Keyed)
	req.Credentials = b
	req.Observe = func(Attempt) { b.fails = errLimit }
	res := over(play(503), three).Do(t.Context(), req)
	require.ErrorIs(t, res.Err, errLimit)
	require.Equal(t, 1, res.Attempts)
	require.True(t, res.Doubt)
	require.Zero(t, res.StatusCode)
}

// A wait ends too late beyond the limit of Retry-After, after the deadline of the
// context and after the life of the request's key: then a repetition could move
// money twice. The response is returned at once.
func TestDo_BeginsNoWaitThatEndsTooLate(t *testing.T) {
	t.Parallel()
	const life = 23 * time.Hour
	for name, tc := range map[string]struct {
		waits    []time.Duration // that responses ask for; a success follows
		most     time.Duration
		deadline time.Duration
		life     time.Duration
		attempts int
	}{
		"beyond the limit":        {[]time.Duration{time.Minute}, 30 * time.Second, 0, 0, 1},
		"at the limit":            {[]time.Duration{time.Minute}, time.Minute, 0, 0, 2},
		"no limit":                {[]time.Duration{240 * time.Hour}, 0, 0, 0, 2},
		"past the deadline":       {[]time.Duration{10 * time.Second}, 0, time.Second, 0, 1},
		"exactly at the deadline": {[]time.Duration{10 * time.Second}, 0, 10 * time.Second, 0, 1},
		"before the deadline":     {[]time.Duration{10 * time.Second}, 0, 11*time.Second + 1, 0, 2},
		"within the life":         {[]time.Duration{10 * time.Hour}, 0, 0, life, 2},
		"past the life":           {[]time.Duration{24 * time.Hour}, 0, 0, life, 1},
		"past the life in all":    {[]time.Duration{10 * time.Hour, 15 * time.Hour}, 0, 0, life, 2},
		"exactly as long as life": {[]time.Duration{life}, 0, 0, life, 1},
		"a life, and no waits":    {[]time.Duration{0, 0}, 0, 0, life, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var steps []any
				for _, wait := range tc.waits {
					steps = append(steps, func() *http.Response {
						return answer(503, "slow down", "Retry-After", strconv.Itoa(int(wait/time.Second)))
					})
				}
				var begun time.Duration
				for _, wait := range tc.waits[:tc.attempts-1] {
					begun += wait
				}
				ctx, cancel := context.WithTimeout(t.Context(), cmp.Or(tc.deadline, 1000*time.Hour))
				defer cancel()
				req := post(t, Keyed)
				req.KeyLife = tc.life
				begin := time.Now()
				res := over(play(append(steps, 200)...), Policy{MaxAttempts: 3, MaxRetryAfter: tc.most}).Do(ctx, req)
				require.NoError(t, res.Err, "the response is the result, and not the end of a context or key")
				require.Equal(t, tc.attempts, res.Attempts)
				require.GreaterOrEqual(t, time.Since(begin), begun)
				require.LessOrEqual(t, time.Since(begin), begun+begun/10, "waits are spread")
				if tc.attempts <= len(tc.waits) {
					require.Equal(t, 503, res.StatusCode)
					require.Equal(t, tc.waits[tc.attempts-1], res.RetryAfter)
					require.Equal(t, "slow down", string(res.Body))
				}
			})
		})
	}
}

func TestDo_RepeatsNothingPastTheLifeOfItsKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // a limiter may take as long as it likes
		req := post(t, Keyed)
		req.KeyLife = 23 * time.Hour
		slow := waiting(24 * time.Hour)
		res := New(Config{Client: http.Client{Transport: play(503)}, Policy: three, Limiter: slow}).Do(t.Context(), req)
		require.Equal(t, 1, res.Attempts, "the first attempt has no key that could expire")
		require.ErrorIs(t, res.Err, ErrKeyExpired)
		require.True(t, res.Doubt)
	})
}

// waiting is a limiter that lets every attempt wait.
type waiting time.Duration

func (w waiting) Wait(ctx context.Context) error { return Sleep(ctx, time.Duration(w)) }
