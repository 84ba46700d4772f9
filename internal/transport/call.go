package transport

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/afterpay-go/afterpay/internal/safe"
)

// Do sends req until it has a final response or must not be repeated.
func (t *Transport) Do(ctx context.Context, req *Request) Result {
	c := &call{transport: t, request: req}
	for {
		if err := c.admit(ctx); err != nil {
			// What the service said before the wait is not lost.
			c.result.Err = errors.Join(c.result.Err, err)
			return c.result
		}
		if err := c.authorize(ctx); err != nil {
			c.result.Release()
			return Result{Err: err, Doubt: c.result.Doubt, Attempts: c.result.Attempts}
		}
		if !c.attempt(ctx) {
			return c.result
		}
	}
}

// call is a request under way.
type call struct {
	transport     *Transport
	request       *Request
	began         time.Time     // when the first attempt began
	wait          time.Duration // before the next attempt
	authorization string        // of the attempt; empty without Credentials
	replaced      bool          // the credentials were replaced
	result        Result        // of the attempts so far
}

// ErrKeyExpired says that a request was not repeated because the service may no
// longer recognize its key, so that it could do its work twice.
const ErrKeyExpired safe.Message = "too late to repeat the request safely"

// admit waits until an attempt may begin.
func (c *call) admit(ctx context.Context) error {
	if c.wait > 0 {
		if err := Sleep(ctx, c.wait); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return contextError(ctx)
	}
	if c.transport.limiter != nil {
		if err := c.transport.limiter.Wait(ctx); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return contextError(ctx)
		}
	}
	if c.result.Attempts > 0 && c.keyExpires(0) {
		return ErrKeyExpired
	}
	return nil
}

// keyExpires reports whether the key of the request is too old after a wait.
func (c *call) keyExpires(wait time.Duration) bool {
	life := c.request.KeyLife
	return life > 0 && time.Since(c.began)+wait >= life
}

func (c *call) authorize(ctx context.Context) (err error) {
	if c.request.Credentials != nil {
		c.authorization, err = c.request.Credentials.Authorization(ctx)
	}
	return err
}

// attempt makes an attempt, reports it, and returns whether another follows.
func (c *call) attempt(ctx context.Context) bool {
	doubt, number := c.result.Doubt, c.result.Attempts+1
	if number == 1 {
		c.began = time.Now()
	}
	c.result.Release()
	var seen Attempt
	c.result, seen = c.transport.attempt(ctx, c.request, c.authorization)
	c.result.Doubt = c.result.Doubt || doubt
	c.result.Attempts = number

	seen.Number, seen.Wait, seen.RetryIn = number, c.wait, -1
	wait, again := c.again(ctx)
	if again {
		seen.RetryIn = wait
	}
	c.wait = wait
	if c.request.Observe != nil {
		observe(c.request.Observe, seen)
	}
	return again
}

// again decides whether another attempt follows, and after what wait. It settles
// the retry budget and drops refused credentials.
func (c *call) again(ctx context.Context) (time.Duration, bool) {
	t, req, res := c.transport, c.request, &c.result
	if res.Err == nil && res.StatusCode < 300 {
		t.budget.payBack()
		return 0, false
	}
	refused := res.StatusCode == http.StatusUnauthorized && req.Credentials != nil && !c.replaced
	if refused {
		req.Credentials.Refused(c.authorization)
		c.replaced = true
	}
	if req.Repeat == Never || res.Attempts >= t.policy.MaxAttempts || ctx.Err() != nil {
		return 0, false
	}
	if !refused && !worthRepeating(req.Repeat, res) || req.Stream != nil && !req.Stream.Repeatable() {
		return 0, false
	}
	if refused {
		return 0, true
	}
	wait := t.policy.Backoff(res.Attempts)
	if res.RetryAfter > 0 {
		if t.policy.MaxRetryAfter > 0 && res.RetryAfter > t.policy.MaxRetryAfter {
			return 0, false
		}
		wait = spread(res.RetryAfter)
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait || c.keyExpires(wait) {
		return 0, false
	}
	return wait, t.budget.spend(res.Err)
}

// observe calls f. A panic in f is recovered, so that no response is lost.
func observe(f func(Attempt), a Attempt) {
	defer func() { _ = recover() }()
	f(a)
}

// Sleep waits for d or until the context ends, whichever comes first.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return contextError(ctx)
	}
}

// contextError returns ctx.Err(), joined with the cause if the caller gave one.
func contextError(ctx context.Context) error {
	err := ctx.Err()
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		return errors.Join(err, cause)
	}
	return err
}
