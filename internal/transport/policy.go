package transport

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Policy says how often and after what wait an attempt is repeated.
type Policy struct {
	MaxAttempts   int           // 0 and 1: never repeat
	BaseDelay     time.Duration // the first wait is between 0 and this
	MaxDelay      time.Duration // and no later one is longer than this
	MaxRetryAfter time.Duration // a Retry-After beyond it is not waited for; 0: any is
	Budget        int           // tokens of the retry budget; 0: no budget
}

// Backoff returns the wait after the given number of attempts: full jitter on a
// doubling delay, so that clients that failed together do not return together.
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

// spread adds up to a tenth to a wait the service asked for, so that clients
// that were told the same second do not return in the same one.
func spread(d time.Duration) time.Duration { return d + rand.N(d/10+1) }

// worthRepeating reports whether another attempt may bring a better answer.
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

// longestRetryAfter is 136 years: a tenth more still fits a Duration.
const longestRetryAfter = 1 << 32 * time.Second

// RetryAfter reads the value of a Retry-After header, whole seconds or an HTTP
// date. What is empty, malformed or past is 0.
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

// budget is a bucket of tokens that retries take from and successes pay back
// to, so that an outage does not multiply the load on the service. A nil
// budget never runs dry.
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

// spend takes the price of a retry: 1, or 2 after an attempt that timed out,
// which cost the service most.
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

// payBack returns one token after a success.
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
