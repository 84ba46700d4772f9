package afterpay

import (
	"cmp"
	"time"

	"github.com/afterpay-go/afterpay/internal/transport"
)

// RetryPolicy says how often a call is attempted and how long the client waits
// in between. RetryPolicy{} never retries; with MaxAttempts of 2 or more, other
// fields that are 0 take the values of DefaultRetryPolicy.
//
// Only what can't do harm twice is retried, and that is every operation of this
// package: reads, updates, the creation of orders (an unused order expires), and
// money calls, whose token or request id lets the service recognise a
// repetition, or for disputes the state it finds. A file that can't be read a
// second time is sent once. Retried are failures to connect, attempts that ran
// out of time, lost connections, 408, 429, 5xx other than 501 and, for money
// calls, 409. A wait that could not end before the context's deadline is not
// begun: the call returns at once with what the service said.
type RetryPolicy struct {
	MaxAttempts int // attempts in all, the first included
	// BaseDelay and MaxDelay bound the wait: a random time between 0 and
	// BaseDelay, doubled each time, at most MaxDelay.
	BaseDelay, MaxDelay time.Duration
	// MaxRetryAfter bounds a wait that the service asked for with Retry-After.
	// A longer one is not begun but returned in Error.RetryAfter.
	MaxRetryAfter time.Duration
	// Budget is how many retries the client, over all its calls, may run ahead
	// of its successes. A retry takes 1, or 2 after an attempt that ran out of
	// time; a success returns 1. It keeps an outage from multiplying the load.
	// Negative: no budget.
	Budget int
}

// DefaultRetryPolicy is what a Client uses unless told otherwise: 3 attempts,
// waits of up to 250 ms and up to 500 ms, a Retry-After of up to 30 s, and a
// budget of 50.
func DefaultRetryPolicy() RetryPolicy {
	return RetryPolicy{
		MaxAttempts:   3,
		BaseDelay:     250 * time.Millisecond,
		MaxDelay:      8 * time.Second,
		MaxRetryAfter: 30 * time.Second,
		Budget:        50,
	}
}

// transport is the policy in the transport's terms, with zeros filled in.
func (p RetryPolicy) transport() transport.Policy {
	d := DefaultRetryPolicy()
	return transport.Policy{
		MaxAttempts:   p.MaxAttempts,
		BaseDelay:     cmp.Or(p.BaseDelay, d.BaseDelay),
		MaxDelay:      cmp.Or(p.MaxDelay, d.MaxDelay),
		MaxRetryAfter: cmp.Or(p.MaxRetryAfter, d.MaxRetryAfter),
		Budget:        max(cmp.Or(p.Budget, d.Budget), 0),
	}
}
