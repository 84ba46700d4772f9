package transport

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Policy says how often an attempt is repeated, and after what wait.
type Policy struct {
	MaxAttempts   int           // 0 and 1 never repeat
	BaseDelay     time.Duration // upper bound of the first wait
	MaxDelay      time.Duration // upper bound of every wait
	MaxRetryAfter time.Duration // a longer Retry-After ends the call; 0 is no limit
	Budget        int           // size of the retry budget; 0 is no budget
}

// TimeLimit returns d, the default if d is 0, and 0, which is no limit, if d is
// negative.
func TimeLimit(d, byDefault time.Duration) time.Duration { return max(cmp.Or(d, byDefault), 0) }

// Backoff returns the wait after the given number of attempts: a random part of
// a doubling delay, so that clients that failed together do not return together.
func (p Policy) Backoff(attempts int) time.Duration {
	doublings := min(attempts-1, 62)
	ceiling := p.BaseDelay << doublings
	if ceiling>>doublings != p.BaseDelay || ceiling > p.MaxDelay {
		ceiling = p.MaxDelay
	}
	if ceiling <= 0 {
		return 0
	}
	return rand.N(ceiling)
}

// spread adds up to a tenth to a wait that the service asked for, so that clients
// that were told the same second do not return in the same one.
func spread(d time.Duration) time.Duration { return d + rand.N(d/10+1) }

// worthRepeating reports whether another attempt may bring a better response.
func worthRepeating(repeat Repeat, res *Result) bool {
	if res.Err != nil {
		_, unread := errors.AsType[*BodyError](res.Err)
		return !unread && !refusedByTLS(res.Err) && !errors.Is(res.Err, ErrBodyTooLarge)
	}
	switch status := res.StatusCode; status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	case http.StatusConflict:
		return repeat == Keyed
	case http.StatusNotImplemented:
		return false
	default:
		return status >= 500
	}
}

// longestRetryAfter is 136 years. A tenth more still fits a Duration.
const longestRetryAfter = 1 << 32 * time.Second

// RetryAfter reads the value of a Retry-After header, which is whole seconds or
// an HTTP date. It returns 0 for an empty, malformed or past value.
func RetryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0
	}
	if strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseUint(value, 10, 64)
		if err != nil || seconds > uint64(longestRetryAfter/time.Second) {
			return longestRetryAfter
		}
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(0, at.Sub(now)), longestRetryAfter)
	}
	return 0
}

// budget is a bucket of tokens that retries take from and successes return to,
// so that an outage does not multiply the load on the service. A nil budget never
// runs dry.
type budget struct {
	capacity int64
	tokens   atomic.Int64
}

func newBudget(capacity int) *budget {
	if capacity <= 0 {
		return nil
	}
	b := &budget{capacity: int64(capacity)}
	b.tokens.Store(b.capacity)
	return b
}

// spend takes the price of a retry and reports whether there was enough. The
// price is 1, or 2 after an attempt that timed out, which costs the service most.
func (b *budget) spend(cause error) bool {
	if b == nil {
		return true
	}
	price := int64(1)
	if timeout, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](cause); ok && timeout.Timeout() {
		price = 2
	}
	for {
		have := b.tokens.Load()
		if have < price {
			return false
		}
		if b.tokens.CompareAndSwap(have, have-price) {
			return true
		}
	}
}

// payBack returns a token after a success.
func (b *budget) payBack() {
	if b == nil {
		return
	}
	for {
		have := b.tokens.Load()
		if have >= b.capacity || b.tokens.CompareAndSwap(have, have+1) {
			return
		}
	}
}
