package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBackoffIsSpreadOverADoublingRange(t *testing.T) {
	t.Parallel()
	p := Policy{BaseDelay: 250 * time.Millisecond, MaxDelay: 8 * time.Second}
	for attempts, ceiling := range map[int]time.Duration{
		1: 250 * time.Millisecond, 2: 500 * time.Millisecond, 3: time.Second, 4: 2 * time.Second, 5: 4 * time.Second, 6: 8 * time.Second,
		7: 8 * time.Second, 31: 8 * time.Second, 64: 8 * time.Second, 1000: 8 * time.Second, math.MaxInt: 8 * time.Second,
	} {
		const draws = 20_000
		var tenths [10]int
		for range draws {
			wait := p.Backoff(attempts)
			if wait < 0 || wait > ceiling {
				require.Failf(t, "out of bounds", "%v after %d attempts", wait, attempts)
			}
			tenths[min(9, int(10*wait/ceiling))]++
		}
		// Full jitter: every tenth of the range gets a tenth of the draws.
		// Off by a fifth is ten standard deviations.
		for i, n := range tenths {
			require.InDelta(t, draws/10, n, draws/50, "after %d attempts, tenth %d", attempts, i)
		}
	}
}

func TestBackoffKnowsNoOverflow(t *testing.T) {
	t.Parallel()
	for _, p := range []Policy{
		{}, {MaxDelay: time.Hour}, {BaseDelay: time.Second}, {BaseDelay: time.Hour, MaxDelay: time.Second},
		{BaseDelay: 1000 * time.Hour, MaxDelay: math.MaxInt64}, {BaseDelay: math.MaxInt64, MaxDelay: math.MaxInt64},
		{BaseDelay: 1 << 40, MaxDelay: time.Hour}, // which doubles to a round number
	} {
		for _, attempts := range []int{1, 2, 22, 23, 24, 30, 31, 32, 62, 63, 64, 65, 100, math.MaxInt} {
			for range 100 {
				wait := p.Backoff(attempts)
				require.True(t, 0 <= wait && wait <= p.MaxDelay, "%v after %d attempts by %+v", wait, attempts, p)
			}
		}
	}
}

func TestSpreadAddsUpToATenth(t *testing.T) {
	t.Parallel()
	const asked = 10 * time.Second
	least, most := time.Duration(math.MaxInt64), time.Duration(0)
	for range 10_000 {
		wait := spread(asked)
		least, most = min(least, wait), max(most, wait)
	}
	require.GreaterOrEqual(t, least, asked)
	require.LessOrEqual(t, most, asked+time.Second)
	require.Less(t, least, asked+100*time.Millisecond)
	require.Greater(t, most, asked+900*time.Millisecond)
}

// retryAfters are values of the header, by what they ask for now.
var (
	retryAfterNow = time.Date(2021, 8, 26, 16, 0, 0, 0, time.UTC)
	retryAfters   = map[time.Duration][]string{
		0: { // empty, past, present and malformed values
			"", " ", "0", "-1", "+1", "1.5", "1e3", "0x10", "1,2", "ten", "30s", "NaN", "\x00", "\xff", "10000000000000000000A",
			"Thu, 26 Aug 2021 15:59:59 GMT", "Thu, 26 Aug 2021 16:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT",
			"Thu, 26 Aug 2021 16:00:30", "2021-08-26T16:00:30Z", "Thu, 26 Aug 2021 16:00:30 GMT, 5",
		},
		time.Second:      {"1"},
		30 * time.Second: {" 30 ", "0030", "Thu, 26 Aug 2021 16:00:30 GMT", " Thu, 26 Aug 2021 16:00:30 GMT"},
		time.Minute:      {"60", "Thursday, 26-Aug-21 16:01:00 GMT"},
		time.Hour:        {"3600", "Thu Aug 26 17:00:00 2021"},
		longestRetryAfter: { // or more than a Duration can hold
			"4294967296", "4294967297", "9223372036854775807", "18446744073709551616", strings.Repeat("9", 1000),
			"Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 2400 00:00:00 GMT",
		},
		time.Date(2068, 12, 31, 23, 59, 59, 0, time.UTC).Sub(retryAfterNow): {"Friday, 31-Dec-68 23:59:59 GMT"},
	}
)

func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	t.Parallel()
	for want, values := range retryAfters {
		for _, value := range values {
			require.Equal(t, want, RetryAfter(value, retryAfterNow), "%.40q", value)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, values := range retryAfters {
		for _, value := range values {
			f.Add(value)
		}
	}
	f.Fuzz(func(t *testing.T, value string) {
		asked := RetryAfter(value, retryAfterNow)
		require.GreaterOrEqual(t, asked, time.Duration(0))
		require.LessOrEqual(t, asked, longestRetryAfter)
		require.GreaterOrEqual(t, spread(asked), asked)
		require.Equal(t, asked, RetryAfter(" "+value+"\t", retryAfterNow))
		digits := strings.TrimSpace(value)
		if digits != "" && strings.Trim(digits, "0123456789") == "" {
			require.Zero(t, asked%time.Second)
			require.Equal(t, asked == 0, strings.Trim(digits, "0") == "")
		} else if at, err := http.ParseTime(digits); err != nil || !at.After(retryAfterNow) {
			require.Zero(t, asked)
		}
	})
}

func TestEveryKindOfTimeoutCostsTwo(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		cause error
		price int64
	}{
		"none":             {nil, 1},
		"reset":            {errors.New("connection reset"), 1},
		"read limit":       {&TimeoutError{Reading, time.Second}, 2},
		"connect limit":    {&TimeoutError{Connecting, time.Second}, 2},
		"standard library": {context.DeadlineExceeded, 2},
		"no timeout":       {noTimeout{}, 1},
		"joined":           {errors.Join(errors.New("connection refused"), &TimeoutError{Reading, time.Second}), 2},
	} {
		b := newBudget(10)
		require.True(t, b.spend(tc.cause), name)
		require.Equal(t, 10-tc.price, b.tokens.Load(), name)
		require.Equal(t, tc.price == 1, newBudget(1).spend(tc.cause), name)
	}
}

// noTimeout is a network error that is not a timeout.
type noTimeout struct{ error }

func (noTimeout) Timeout() bool { return false }

func TestBudgetIsExactUnderConcurrency(t *testing.T) {
	t.Parallel()
	const capacity, callers, each = 1000, 16, 500
	b := newBudget(capacity)
	var granted atomic.Int64
	all := func(f func(caller int)) {
		var wg sync.WaitGroup
		for caller := range callers {
			wg.Go(func() {
				for range each {
					f(caller)
				}
			})
		}
		wg.Wait()
	}
	all(func(caller int) {
		switch {
		case caller%2 == 0 && b.spend(nil):
			granted.Add(1)
		case caller%2 == 1 && b.spend(&TimeoutError{}):
			granted.Add(2)
		}
	})
	require.Equal(t, int64(capacity), granted.Load()+b.tokens.Load(), "nothing is granted twice or lost")
	require.LessOrEqual(t, b.tokens.Load(), int64(1), "and all of it is granted")
	all(func(int) { b.payBack() })
	require.Equal(t, int64(capacity), b.tokens.Load(), "successes do not pile up")
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

func TestWhatIsRepeated(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		steps             []any // statuses and errors
		idempotent, keyed int   // attempts
	}{
		{[]any{200, 201, 202, 204, 299}, 1, 1},
		{[]any{300, 301, 302, 303, 304, 307, 308}, 1, 1},
		{[]any{400, 401, 402, 403, 404, 405, 406, 410, 412, 413, 415, 418, 422, 451}, 1, 1},
		{[]any{409}, 1, 3},
		{[]any{408, 429}, 3, 3},
		{[]any{501}, 1, 1},
		{[]any{500, 502, 503, 504, 505, 507, 520, 522, 524, 529, 599}, 3, 3},
		{[]any{errReset, io.EOF, io.ErrUnexpectedEOF, &net.OpError{Op: "dial", Err: io.EOF}, &net.DNSError{IsNotFound: true}, errors.New("anything")}, 3, 3},
		// Another attempt would meet these again.
		{[]any{&tls.CertificateVerificationError{Err: errors.New("bad")}, x509.UnknownAuthorityError{}, x509.HostnameError{}, x509.CertificateInvalidError{}}, 1, 1},
		{[]any{tls.RecordHeaderError{}, http.ErrSchemeMismatch}, 1, 1},
	} {
		for _, step := range tc.steps {
			for repeat, want := range map[Repeat]int{Never: 1, Idempotent: tc.idempotent, Keyed: tc.keyed} {
				rt := play(step)
				res := over(rt, three).Do(t.Context(), post(t, repeat))
				require.Equal(t, want, res.Attempts, "%T %v, repeat %d", step, step, repeat)
				require.Len(t, rt.requests, want)
				if status, ok := step.(int); ok {
					require.NoError(t, res.Err)
					require.Equal(t, status, res.StatusCode)
				} else {
					require.ErrorIs(t, res.Err, step.(error))
					require.Zero(t, res.StatusCode)
				}
				res.Release()
			}
		}
	}
}
