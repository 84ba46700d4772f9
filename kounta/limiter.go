package kounta

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// burst lets an order, its payment and its status go at once.
const burst = 5

// limiter keeps requests below the rate limit, and pauses when Kounta says so.
type limiter struct {
	rate *rate.Limiter

	mu     sync.Mutex
	resume time.Time
}

func newLimiter(perMinute int) *limiter {
	return &limiter{rate: rate.NewLimiter(rate.Limit(perMinute)/60, burst)}
}

// wait waits until a request may be sent. It fails at once if ctx ends before
// that.
func (l *limiter) wait(ctx context.Context) error {
	for {
		if err := sleep(ctx, l.pause()); err != nil {
			return err
		}
		if err := l.rate.Wait(ctx); err != nil {
			return err
		}
		if l.pause() <= 0 {
			return nil
		}
	}
}

// pause returns how long Kounta wants no requests.
func (l *limiter) pause() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Until(l.resume)
}

// observe takes the reset headers of a response into account.
func (l *limiter) observe(r *response) {
	until := time.Now().Add(r.resetAfter())
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.resume) {
		l.resume = until
	}
}

const (
	defaultReset = 10 * time.Second // after a 429 that does not say how long
	maxReset     = 2 * time.Minute
)

// resetAfter returns how long the response asks to wait. X-Ratelimit-Reset and
// Retry-After are taken as seconds, or as a time since 1970 if they are large.
// Unless Kounta refuses or fails, they only say when the window ends, and count if
// X-Ratelimit-Remaining says that no request is left in it.
func (r *response) resetAfter() time.Duration {
	limited := r.status == http.StatusTooManyRequests
	if !limited && r.status < 500 && r.header.Get("X-Ratelimit-Remaining") != "0" {
		return 0
	}
	for _, name := range []string{"X-Ratelimit-Reset", "Retry-After"} {
		seconds, err := strconv.ParseInt(r.header.Get(name), 10, 64)
		if err != nil || seconds < 0 {
			continue
		}
		wait := maxReset
		if seconds > 100_000_000 {
			wait = time.Until(time.Unix(seconds, 0))
		} else if seconds < int64(maxReset/time.Second) {
			wait = time.Duration(seconds) * time.Second
		}
		return min(max(wait, time.Second), maxReset)
	}
	if limited {
		return defaultReset
	}
	return 0
}

// sleep waits for d. It fails at once if ctx ends before that.
func sleep(ctx context.Context, d time.Duration) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return errors.New("the pause exceeds the context's deadline")
	}
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
