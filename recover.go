package afterpay

import (
	"context"
	"errors"
	"time"
)

// Recover looks up the outcome of an Authorize or Capture whose response was
// lost, that is, which failed with ErrOutcomeUnknown. It changes nothing: it
// reads the payment of the order until there is one.
//
// It returns the payment if there is a valid one. The payment of a lost Authorize
// is in StateAuthApproved. The payment of a lost Capture may be too, if the order
// had been authorized before. Look at State, and at Balance, because the payment
// may have been refunded since. ErrDeclined and ErrState, with Error.Payment,
// report a payment that was declined, or that was voided, reversed or has expired.
//
// ErrNotFound means that nothing happened. Reads lag behind writes, and the
// lost call may still be running, so Recover says so only when the service
// itself knows of no payment after Timeouts.Lookup, 70 seconds. If the context
// ends before then, or the look-up fails in any other way, the outcome stays
// unknown: ErrOutcomeUnknown. Call Recover with a context of its own, outside
// the handler whose call was lost.
//
// Recover is for a payment that is still wanted: ship on success, and send the
// shopper back to pay after ErrDeclined, ErrState or ErrNotFound. After
// ErrNotFound the lost call may also be repeated. After ErrOutcomeUnknown, call
// Recover again, or repeat the lost call within 24 hours: Authorize with the same
// request id, Capture with the same token. If the order was given up meanwhile,
// use Reverse, which the service accepts for 10 minutes.
//
// GET /v2/payments/token:{token}, the same under /v1.
func (s *PaymentsService) Recover(ctx context.Context, token string) (*Payment, error) {
	p, err := lookUp(ctx, s.client.lookup, func() (*Payment, error) { return s.GetByToken(ctx, token) })
	if err != nil {
		return nil, err
	}
	return s.found(call{token: token}, p, acceptAuthorized)
}

// found returns a payment that was looked up if it is accepted.
func (s *PaymentsService) found(in call, p *Payment, accept func(*call, *Payment) *Error) (*Payment, error) {
	in.op, in.paymentID = opPaymentsGetByToken, p.ID
	if why := accept(&in, p); why != nil {
		return nil, s.client.targets[in.op].judged(&in, why)
	}
	return p, nil
}

// judged returns the Error of a payment that was looked up and not accepted.
func (t *target) judged(in *call, why *Error) *Error {
	e := t.newError(in)
	e.Kind, e.Err, e.Payment, e.OutcomeUnknown = why.Kind, why.Err, why.Payment, why.OutcomeUnknown
	return e
}

// FindCapture looks up the outcome of a CapturePart whose response was lost, by
// the EventMerchantReference of its request. It returns the newest capture with
// that reference. If there is none, the error is ErrNotFound, with the same
// certainty as from Recover, or ErrOutcomeUnknown if the listed captures and voids do
// not explain the amount that is open. ErrState means that the payment has been
// reversed. Give each capture a reference of its own.
//
// GET /v2/payments/{paymentID}. Not under v1: errors.ErrUnsupported.
func (s *PaymentsService) FindCapture(ctx context.Context, paymentID, eventMerchantReference string) (*PaymentEvent, error) {
	f := finder{s.client, call{op: opPaymentsGet, paymentID: paymentID, reference: eventMerchantReference}}
	switch {
	case s.client.version == V1:
		return nil, f.refuse("payments.findCapture", "is not supported by API v1", errors.ErrUnsupported)
	case eventMerchantReference == "":
		return nil, f.refuse("eventMerchantReference", "is required", nil)
	}
	return find(ctx, f, func(p *Payment) (*PaymentEvent, *Error) {
		for i := len(p.Events) - 1; i >= 0; i-- {
			e := &p.Events[i]
			switch {
			case e.Type != EventCaptured || e.MerchantReference != eventMerchantReference:
			case !e.Amount.Currency.valid() || e.Amount.Amount <= 0:
				return nil, unknown(p, errNoComparison)
			default:
				return e, acceptStanding(&f.call, p)
			}
		}
		if !p.isAccountedFor() {
			return nil, unknown(p, errNoMovement)
		}
		return nil, nil
	})
}

// Recover looks up the outcome of a refund whose response was lost. The key is the
// RequestID or the MerchantReference of the RefundRequest. Under v1 a payment shows
// only references: use the MerchantReference, or the RequestID if that was empty.
// Voids, which a payment lists among its refunds, are never mistaken for the lost one.
//
// It returns the refund if there is one, and ErrNotFound if nothing happened,
// with the same certainty as Payments.Recover. A reference must belong to one refund
// only: an older refund with the same reference would be mistaken for the lost
// one. If several refunds have it, or the amount cannot be read, the outcome
// stays unknown: ErrOutcomeUnknown.
//
// GET /v2/payments/{paymentID}, the same under /v1.
func (s *RefundsService) Recover(ctx context.Context, paymentID, key string) (*Refund, error) {
	f := finder{s.client, call{op: opPaymentsGet, paymentID: paymentID, requestID: key}}
	if key == "" {
		return nil, f.refuse("key", "is required", nil)
	}
	return find(ctx, f, func(p *Payment) (*Refund, *Error) { return p.refundBy(key) })
}

// refundBy returns the refund with a request id or, if there is none, with a
// merchant reference.
func (p *Payment) refundBy(key string) (*Refund, *Error) {
	var found *Refund
	references := 0
	refunds := p.RefundsWithoutVoids()
	for i := range refunds {
		r := &refunds[i]
		if r.RequestID == key {
			found, references = r, 1
			break
		}
		if r.MerchantReference == key {
			found, references = r, references+1
		}
	}
	switch {
	case references > 1:
		return nil, &Error{Kind: ErrInconsistent, Err: errAmbiguous, Payment: p, OutcomeUnknown: true}
	case found != nil && !found.Amount.Currency.valid():
		return nil, unknown(p, errNoComparison)
	}
	return found, nil
}

// finder looks for a movement of money within a payment.
type finder struct {
	client *core
	call   call
}

func (f *finder) refuse(field, message string, cause error) error {
	return f.client.targets[f.call.op].refuse(&f.call, []FieldError{{field, message}}, cause)
}

const errAmbiguous reason = "more than one refund has this reference"

// find reads the payment until the movement is there. The function in returns
// the movement, nil if there is none, or why that cannot be said.
func find[T any](ctx context.Context, f finder, in func(*Payment) (*T, *Error)) (*T, error) {
	return lookUp(ctx, f.client.lookup, func() (*T, error) {
		p, err := do(ctx, f.client, f.call, acceptPayment)
		if err != nil {
			return nil, err
		}
		found, why := in(p)
		switch {
		case why != nil:
			return nil, f.client.targets[f.call.op].judged(&f.call, why)
		case found == nil:
			return nil, f.client.targets[f.call.op].judged(&f.call, &Error{Kind: ErrNotFound})
		}
		return found, nil
	})
}

// lookUp looks until something is found or the window has passed. A temporary
// error decides nothing. A permanent one leaves the outcome unknown, unless the
// request was invalid and was not sent.
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
			if e.StatusCode != 0 || e.Payment == nil { // otherwise it was found, and judged
				e.OutcomeUnknown = e.StatusCode != 0 || e.Kind != ErrInvalid
			}
			return nil, e
		}
		left := time.Until(end)
		if left <= 0 {
			if e.OutcomeUnknown = !e.isNotFound(); e.Kind == ErrNotFound && e.OutcomeUnknown {
				e.Kind = ErrUnavailable // a missing page, not a missing payment
			}
			return nil, e
		}
		if err := sleep(ctx, min(wait, left)); err != nil {
			e.Kind, e.OutcomeUnknown = ErrUnavailable, true // not found yet is not ErrNotFound
			e.Err = errors.Join(e.Err, err)
			return nil, e
		}
	}
}

// mayPass reports whether a look-up that failed with e may succeed later.
func mayPass(e *Error) bool {
	return e.Kind == ErrNotFound || e.Kind == ErrUnavailable || e.Kind == ErrRateLimited || e.Kind == ErrConflict
}

// isNotFound reports whether the service, rather than a proxy, responded not found.
func (e *Error) isNotFound() bool {
	return e.Kind == ErrNotFound && (e.Code == "not_found" || e.StatusCode == 0)
}
