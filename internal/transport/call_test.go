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

// A RoundTripper may do to a request what it likes.
func TestEveryAttemptSendsTheSameRequest(t *testing.T) {
	t.Parallel()
	for _, header := range []http.Header{{"Accept": {"application/json"}, "Authorization": {"Basic eA=="}}, nil} {
		req := post(t, Keyed)
		req.Header = header
		want := header.Clone()
		attempts := 0
		rt := roundTripper(func(r *http.Request) (*http.Response, error) {
			attempts++
			require.Equal(t, http.MethodPost, r.Method)
			require.Equal(t, req.URL, r.URL)
			require.Equal(t, "api.example", r.Host)
			require.Equal(t, int64(len(req.Body)), r.ContentLength)
			require.Equal(t, want.Get("Authorization"), r.Header.Get("Authorization"))
			again, err := r.GetBody()
			require.NoError(t, err)
			for _, body := range []io.ReadCloser{r.Body, again} {
				text, err := io.ReadAll(body)
				require.NoError(t, err)
				require.NoError(t, body.Close())
				require.Equal(t, string(req.Body), string(text))
			}
			clear(r.Header)
			r.Header.Set("Authorization", "Bearer other")
			return answer(503, ""), nil
		})
		over(rt, three).Do(t.Context(), req)
		require.Equal(t, 3, attempts)
		require.Equal(t, want, req.Header)
	}
}

func TestContextEndingDuringAWaitReturnsAtOnceWithBoth(t *testing.T) {
	t.Parallel()
	for status, first := range map[int]any{503: 503, 0: errReset} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			begin := time.Now()
			time.AfterFunc(3*time.Second, func() { cancel(errGaveUp) })
			// A wait of between 0 and 100 years ends within 3 s once in a
			// billion runs.
			const century = 100 * 365 * 24 * time.Hour
			res := over(play(first, 200), Policy{MaxAttempts: 3, BaseDelay: century, MaxDelay: century}).Do(ctx, post(t, Keyed))
			require.Equal(t, 3*time.Second, time.Since(begin))
			require.ErrorIs(t, res.Err, context.Canceled)
			require.ErrorIs(t, res.Err, errGaveUp)
			require.Equal(t, status == 0, errors.Is(res.Err, errReset), "what ended the attempt before is not lost")
			require.Equal(t, status, res.StatusCode)
			require.Equal(t, status != 0, string(res.Body) == `{"step":true}`)
			require.Equal(t, 1, res.Attempts)
			require.True(t, res.Doubt)
		})
	}
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
	for passes := range 4 {
		l := &limiter{passes: passes}
		res := New(Config{Client: http.Client{Transport: play(503)}, Policy: three, Limiter: l}).Do(t.Context(), post(t, Keyed))
		require.Equal(t, passes, res.Attempts)
		require.Equal(t, min(passes+1, 3), l.asked)
		require.Equal(t, passes > 0, res.Doubt, "what the limiter held back was not sent")
		require.Equal(t, passes < 3, errors.Is(res.Err, errLimit))
	}
}

// badge is a kind of credentials, of which the service takes only the second.
type badge int

func (b *badge) Authorization(context.Context) (string, error) {
	return "Badge " + strconv.Itoa(int(*b)), nil
}

func (b *badge) Refused(string) { *b++ }

func TestDo_ReplacesRefusedCredentialsWithoutAWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rt := roundTripper(func(r *http.Request) (*http.Response, error) {
			return answer(map[string]int{"Badge 0": 401, "Badge 1": 200}[r.Header.Get("Authorization")], ""), nil
		})
		req := post(t, Keyed)
		req.Credentials = new(badge)
		begin := time.Now()
		res := over(rt, Policy{MaxAttempts: 3, BaseDelay: time.Hour, MaxDelay: time.Hour}).Do(t.Context(), req)
		require.Equal(t, 200, res.StatusCode)
		require.Equal(t, 2, res.Attempts)
		require.Zero(t, time.Since(begin))
		require.Equal(t, "Basic eA==", req.Header.Get("Authorization"), "the request is only read")
	})
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
					steps = append(steps, says(503, "slow down", "Retry-After", strconv.Itoa(int(wait/time.Second))))
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
