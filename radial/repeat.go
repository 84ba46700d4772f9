package radial

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"time"
)

// again decides about an automatic repetition and the wait before it.
func (x *exchange) again(ctx context.Context, began bool) (time.Duration, bool) {
	if !x.op.repeat || !began || x.attempts >= x.client.retry.MaxAttempts || ctx.Err() != nil || !x.worthRepeating() {
		return 0, false
	}
	wait := x.client.retry.backoff(x.attempts)
	if x.retryAfter > 0 {
		if x.retryAfter > x.client.retry.MaxDelay {
			return 0, false
		}
		wait = x.retryAfter
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return 0, false
	}
	return wait, true
}

// worthRepeating reports whether the rule allows another attempt and whether it
// may bring a better answer.
func (x *exchange) worthRepeating() bool {
	switch x.course {
	case timedOut:
		return true
	case faulted:
		return x.status < 400 || x.status >= 500 || x.status == 408 || x.status == 429
	case unsent:
		_, untrusted := errors.AsType[*tls.CertificateVerificationError](x.err)
		return !untrusted
	}
	return false
}

// backoff is the wait after the given number of attempts: full jitter on a
// doubling delay.
func (p RetryPolicy) backoff(attempts int) time.Duration {
	ceiling := p.BaseDelay << min(attempts-1, 20)
	if ceiling <= 0 || ceiling > p.MaxDelay {
		ceiling = p.MaxDelay
	}
	return rand.N(ceiling + 1)
}
