package durable

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/afterpay-go/afterpay"
)

// lookFirstAfter is the age from which an operation is looked up before it is
// repeated. The service remembers request ids for 24 hours.
const lookFirstAfter = 23 * time.Hour

// outcome is what a try says about an operation.
type outcome struct {
	state  State // Pending: try again
	reason Reason
	result result
	doubt  bool // a request was sent and its outcome is unknown
	err    error
}

// try carries an operation out, or finds out that it was. doubt says that a
// request may have been sent before.
func (q *Queue[TTx]) try(ctx context.Context, s *Status) outcome {
	looked := s.Doubt && q.now().Sub(s.firstPossible()) >= lookFirstAfter
	if looked {
		r, err := q.look(ctx, s)
		if !errors.Is(err, errNothing) {
			return lookedUp(r, err)
		}
	}
	r, err := q.send(ctx, &s.Operation)
	o := judge(r, err)
	if o.reason == Refused && s.Doubt && !looked {
		// An earlier request may have done it, and be the reason for this refusal.
		r, err := q.look(ctx, s)
		if !errors.Is(err, errNothing) {
			return lookedUp(r, err)
		}
	}
	return o
}

// firstPossible returns the earliest time at which a request can have been sent.
func (s *Status) firstPossible() time.Time {
	if s.NotBefore.After(s.Decided) {
		return s.NotBefore
	}
	return s.Decided
}

// judge decides what the response to an operation means.
func judge(r result, err error) outcome {
	e, ok := errors.AsType[*afterpay.Error](err)
	switch {
	case err == nil:
		return outcome{state: Succeeded, result: r}
	case errors.Is(err, errors.ErrUnsupported): // API v1 lacks the operation
		return outcome{state: Review, reason: Refused, err: err}
	case !ok, e.OutcomeUnknown:
		return outcome{state: Pending, doubt: true, err: err}
	case e.Kind == afterpay.ErrDeclined:
		return outcome{state: Rejected, result: result{id: idOf(e.Payment)}, err: err}
	case mayPass(e.Kind):
		return outcome{state: Pending, err: err}
	}
	return outcome{state: Review, reason: Refused, err: err}
}

// lookedUp decides what a look-up means that did not find errNothing.
func lookedUp(r result, err error) outcome {
	e, ok := errors.AsType[*afterpay.Error](err)
	switch {
	case err == nil:
		return outcome{state: Succeeded, result: r}
	case errors.Is(err, errUndecided):
		return outcome{state: Review, reason: Undecided, err: err}
	case ok && e.Kind == afterpay.ErrDeclined:
		return outcome{state: Rejected, result: result{id: idOf(e.Payment)}, err: err}
	case ok && e.Kind == afterpay.ErrState && e.Payment != nil:
		return outcome{state: Review, reason: Released, result: result{id: idOf(e.Payment)}, err: err}
	}
	return outcome{state: Pending, doubt: true, err: err}
}

func idOf(p *afterpay.Payment) string {
	if p == nil {
		return ""
	}
	return p.ID
}

// mayPass reports whether the same request can succeed later although this one
// was refused.
func mayPass(k afterpay.Kind) bool {
	switch k {
	case afterpay.ErrRateLimited, afterpay.ErrUnavailable, afterpay.ErrConflict,
		afterpay.ErrNotApprovedYet, afterpay.ErrUnauthorized:
		return true
	}
	return false
}

// backoff returns the wait after a number of failed tries, without a random part.
func (q *Queue[TTx]) backoff(tries int) time.Duration {
	if tries >= 30 {
		return q.options.MaxWait
	}
	return min(q.options.MaxWait, q.options.MinWait<<tries)
}

// wait returns how long to wait before the next try.
func (q *Queue[TTx]) wait(s *Status, err error) time.Duration {
	wait := q.backoff(s.Tries)
	wait = wait/2 + rand.N(wait/2+1) // spread what failed together
	if e, ok := errors.AsType[*afterpay.Error](err); ok {
		wait = max(wait, e.RetryAfter)
	}
	return wait
}

// blockedWait returns how long an operation waits for an earlier one: the longer
// it has waited, the longer.
func (q *Queue[TTx]) blockedWait(s *Status) time.Duration {
	waited := q.now().Sub(s.Since)
	return min(max(waited/8, q.options.MinWait), q.options.MaxWait)
}

// describe returns the kind and text of a failure, for people.
func describe(err error) (failure, detail string) {
	if err == nil {
		return "", ""
	}
	failure = "error"
	if e, ok := errors.AsType[*afterpay.Error](err); ok && e.Kind != "" {
		failure = string(e.Kind)
	}
	return failure, err.Error()
}
