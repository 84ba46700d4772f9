package afterpay

import (
	"context"
	"errors"
	"time"

	"github.com/afterpay-go/afterpay/internal/transport"
)

// Recover tells what became of an Authorize or Capture whose answer was lost,
// that is, which failed with ErrOutcomeUnknown. It changes nothing: it looks for
// the payment of the order until one turns up.
//
// It returns the payment if there is one that stands. That of a lost Authorize is
// in StateAuthApproved; so may be that of a lost Capture, if the order had been
// authorized before: look at State, and at Balance, as it may have been refunded
// since. ErrDeclined and ErrState, with Error.Payment, are for one that was
// declined, and for one that was voided, reversed or has expired.
//
// ErrNotFound says that nothing happened. As reads lag behind writes, and as the
// lost call may still be running, that is said only when the service itself
// knows of no payment after Timeouts.Lookup. A context that ends before then
// leaves the outcome unknown, and so does every other failure to look:
// ErrOutcomeUnknown.
//
// Recover is for a payment that is wanted: ship on success, go back to the
// shopper otherwise; after ErrNotFound the call may be repeated. When the order
// was given up meanwhile, use Reverse, which the service accepts for 10 minutes.
// Repeating the lost call with the same request id, or Capture with the same
// token, is a third way within 24 hours.
//
// GET /v2/payments/token:{token}, the same under /v1.
func (s *PaymentsService) Recover(ctx context.Context, token string) (*Payment, error) {
	p, err := lookUp(ctx, s.client.lookup, func() (*Payment, error) { return s.GetByToken(ctx, token) })
	if err != nil {
		return nil, err
	}
	if v := p.verdict(); v != nil {
		e := failure(&s.client.targets[opPaymentsGetByToken], &call{token: token, paymentID: p.ID})
		e.pass(v)
		return nil, e
	}
	return p, nil
}

// Find tells what became of a refund whose answer was lost. The key is the
// RequestID or the MerchantReference of the RefundRequest; voids, which a
// payment lists among its refunds, are never taken for it. Under v1 a payment
// tells only references, which is what Create fills with the request id.
//
// It returns the refund if there is one and ErrNotFound if nothing happened,
// under the rules of Payments.Recover. A reference must name one refund and no
// other: an older one that has it would be taken for the lost one. One that
// several refunds have is ErrInvalid.
//
// GET /v2/payments/{id}, the same under /v1.
func (s *RefundsService) Find(ctx context.Context, paymentID, key string) (*Refund, error) {
	t := &s.client.targets[opPaymentsGet]
	in := call{op: opPaymentsGet, paymentID: paymentID, requestID: key}
	if key == "" {
		return nil, refusal(t, &in, []FieldError{{"key", "is required"}}, nil)
	}
	payments := (*PaymentsService)(s)
	return lookUp(ctx, s.client.lookup, func() (*Refund, error) {
		p, err := payments.Get(ctx, paymentID)
		if err != nil {
			if e, ok := errors.AsType[*Error](err); ok {
				e.RequestID = key
			}
			return nil, err
		}
		switch found := p.refundsBy(key); len(found) {
		case 1:
			return found[0], nil
		case 0:
			e := failure(t, &in)
			e.Kind = ErrNotFound
			return nil, e
		default:
			return nil, refusal(t, &in, []FieldError{{"key", "is the merchantReference of more than one refund"}}, nil)
		}
	})
}

// refundsBy returns the refund with a request id, or those with a merchant
// reference.
func (p *Payment) refundsBy(key string) []*Refund {
	var found []*Refund
	refunds := p.RefundsWithoutVoids()
	for i := range refunds {
		switch key {
		case refunds[i].RequestID:
			return []*Refund{&refunds[i]}
		case refunds[i].MerchantReference:
			found = append(found, &refunds[i])
		}
	}
	return found
}

// lookUp looks until something is found or the window has passed. An error that
// may pass is not an answer, and one that will not pass leaves things as unknown
// as they were, unless the question itself was wrong and nothing was asked.
func lookUp[T any](ctx context.Context, window time.Duration, look func() (*T, error)) (*T, error) {
	end := time.Now().Add(window)
	for wait := window / 128; ; wait = min(2*wait, window/14) {
		v, err := look()
		if err == nil {
			return v, nil
		}
		e, ok := errors.AsType[*Error](err)
		if !ok {
			return nil, err
		}
		if !mayPass(e) {
			e.OutcomeUnknown = e.StatusCode != 0 || e.Kind != ErrInvalid
			return nil, e
		}
		left := time.Until(end)
		if left <= 0 {
			if e.OutcomeUnknown = !e.saysNothing(); e.Kind == ErrNotFound && e.OutcomeUnknown {
				e.Kind = ErrUnavailable // a page that is missing, not a payment
			}
			return nil, e
		}
		if err := transport.Sleep(ctx, min(wait, left)); err != nil {
			e.Kind, e.OutcomeUnknown = ErrUnavailable, true // not found yet is not ErrNotFound
			e.Err = errors.Join(e.Err, err)
			return nil, e
		}
	}
}

// mayPass reports whether a look-up that failed so may succeed later.
func mayPass(e *Error) bool {
	return e.Kind == ErrNotFound || e.Kind == ErrUnavailable || e.Kind == ErrRateLimited || e.Kind == ErrConflict
}

// saysNothing reports whether the service itself said that there is nothing, and
// not something in front of it.
func (e *Error) saysNothing() bool {
	return e.Kind == ErrNotFound && (e.Code == "not_found" || e.StatusCode == 0)
}
