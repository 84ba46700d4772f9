package durable

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/afterpay-go/afterpay"
)

// What a look-up says when it does not find the operation done.
var (
	errNothing   = errors.New("durable: nothing was done")
	errUndecided = errors.New("durable: reads do not show whether it was done")
)

// look reports what became of an operation that may have been sent before. It
// returns errNothing only after reads had the time to catch up, errUndecided
// when they can't tell, and otherwise why it could not look.
func (q *Queue[TTx]) look(ctx context.Context, s *Status) (result, error) {
	switch s.Kind {
	case Authorize, Capture:
		return q.lookByToken(ctx, s)
	case CapturePart:
		_, err := q.client.Payments.FindCapture(ctx, s.PaymentID, s.ID)
		return result{id: s.PaymentID}, orNothing(err)
	case Refund:
		r, err := q.client.Refunds.Recover(ctx, s.PaymentID, s.ID)
		if err != nil {
			return result{}, orNothing(err)
		}
		return result{id: r.ID}, nil
	case Void:
		return result{id: s.PaymentID}, q.lookForVoid(ctx, s)
	case Reverse:
		return result{}, q.lookForReversal(ctx, s.Token)
	}
	return result{}, errNothing // an update is safe to repeat
}

// orNothing returns errNothing if the service reports, after the client's
// Timeouts.Lookup, that there is nothing.
func orNothing(err error) error {
	if errors.Is(err, afterpay.ErrNotFound) && !errors.Is(err, afterpay.ErrOutcomeUnknown) {
		return errNothing
	}
	return err
}

func (q *Queue[TTx]) lookByToken(ctx context.Context, s *Status) (result, error) {
	p, err := q.client.Payments.Recover(ctx, s.Token)
	err = orNothing(err)
	if err == nil && s.Kind == Capture && p.State == afterpay.StateAuthApproved {
		return result{}, errNothing // another call authorized the order
	}
	r, err := paymentResult(p, err)
	if s.Kind == Capture {
		return onlyID(r, err)
	}
	return r, err
}

// lookForVoid compares what was voided of a payment with the voids that are
// recorded: a void has no key of its own in reads.
func (q *Queue[TTx]) lookForVoid(ctx context.Context, s *Status) error {
	others, err := list(ctx, q.db.Pool(), `o.payment = $1 AND o.kind = 'void'
		AND (o.state = 'succeeded' OR o.state = 'resolving' AND o.decision = 'succeeded')`, s.PaymentID)
	if err != nil {
		return err
	}
	return q.await(ctx, func(ctx context.Context) error {
		p, err := q.client.Payments.Get(ctx, s.PaymentID)
		if err != nil {
			return err
		}
		if err := voidDone(&s.Operation, others, p); err == nil || errors.Is(err, errNothing) {
			return err
		}
		return errUndecided
	})
}

// voidDone decides about a void: nil if the payment shows that it was done,
// errNothing if it was not, and any other error if that can't be told. others
// are the voids that are known to be done.
func voidDone(o *Operation, others []*Status, p *afterpay.Payment) error {
	b, err := p.Balance()
	if err != nil {
		return err
	}
	known := afterpay.Money{Currency: p.OriginalAmount.Currency}
	voided, expired := known, false
	for _, s := range others {
		if s.All {
			return errUndecided // how much it released is not recorded
		}
		if known, err = known.Add(s.Amount); err != nil {
			return err
		}
	}
	for _, e := range p.Events {
		expired = expired || e.Type == afterpay.EventExpired
		if e.Type != afterpay.EventVoided {
			continue
		}
		if voided, err = voided.Add(e.Amount); err != nil {
			return err
		}
	}
	with, err := known.Add(o.Amount)
	switch {
	case voided == known:
		return errNothing
	case o.All && !expired && !b.OpenToCapture.IsPositive(), !o.All && err == nil && voided == with:
		return nil
	}
	return errUndecided
}

// lookForReversal finds a reversal done when all the money of the payment was
// given back.
func (q *Queue[TTx]) lookForReversal(ctx context.Context, token string) error {
	return q.await(ctx, func(ctx context.Context) error {
		p, err := q.client.Payments.GetByToken(ctx, token)
		if err != nil {
			return err
		}
		b, err := p.Balance()
		if err != nil {
			return fmt.Errorf("%w: %w", errUndecided, err)
		}
		if b.OpenToCapture.IsPositive() || b.Refundable.IsPositive() {
			return errNothing
		}
		return nil
	})
}

// await looks until something is found or Options.Lookup has passed: reads lag
// behind writes, and a request that was given up may still be running. It
// returns what the last look said.
func (q *Queue[TTx]) await(ctx context.Context, look func(context.Context) error) error {
	end := time.Now().Add(q.options.Lookup)
	for wait := q.options.Lookup / 128; ; wait = min(2*wait, q.options.Lookup/14) {
		err := look(ctx)
		if err == nil {
			return nil
		}
		left := time.Until(end)
		if left <= 0 {
			if e, ok := errors.AsType[*afterpay.Error](err); ok && e.Code == "not_found" {
				return errNothing // the service knows of no payment
			}
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("durable: look-up ended early: %w", ctx.Err())
		case <-time.After(min(wait, left)):
		}
	}
}
