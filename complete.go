package afterpay

import (
	"context"
	"errors"
)

// CompleteRequest describes the order of a shopper who comes back from Afterpay.
type CompleteRequest struct {
	// Token is the order's token, as the shop stored it with the order that it is
	// about to fulfill. The return page is public: anybody can open it with the
	// token of another order.
	Token string
	// Amount is the order total that the shop expects to be paid. An order or
	// payment for another amount is refused with ErrAmountMismatch.
	Amount Money
	// Redirect is what the shopper came back with. A status other than SUCCESS
	// is refused with ErrNotApprovedYet, and another token with ErrInvalid. Leave
	// it empty outside a return page, for example in a job that runs after a crash.
	Redirect Redirect
	// MerchantReference is the shop's order number, as Create sent it. If it is
	// set, an order or payment with another reference is refused with ErrInvalid.
	MerchantReference string
	// Authorize holds the money for CapturePart and Void instead of capturing it.
	// API v2 only.
	Authorize bool
}

// Complete is the call for the return page. It checks the order against the
// request, pays for it, and returns the payment. It can be repeated at any time, in
// any process: when the shopper reloads the page, opens it twice, or comes back
// after a crash, Complete finds the payment that was made and returns it. Some or all
// of it may have been refunded since, and under v2 a reversed capture may show only
// as refunded: see Balance.
//
// A lost response is settled within ctx by looking the payment up, which may take
// up to Timeouts.Lookup, 70 seconds. If that fails too, if an order that was used
// before cannot be looked up, or if a payment contradicts itself, Complete returns
// ErrOutcomeUnknown: show the shopper a page that waits, and call Complete again.
//
// Errors: ErrDeclined when Afterpay declines, now or the first time;
// ErrInvalidToken for a token that is unknown or expired and was never paid for;
// ErrNotApprovedYet when the shopper cancelled or has not confirmed;
// ErrAmountMismatch, with ErrOutcomeUnknown and Error.Payment if a payment for
// another amount exists; ErrState when the payment was voided, reversed or has
// expired, or is only authorized and Authorize is not set; ErrUnavailable, without
// ErrOutcomeUnknown, when the service failed and nothing was paid; ErrInvalid.
//
// GET /v2/checkouts/{token}, then POST /v2/payments/capture or /v2/payments/auth,
// and GET /v2/payments/token:{token} if the order was used before or a response was
// lost. API v1: GET /v1/orders/{token}, POST /v1/payments/capture, GET
// /v1/payments/token:{token}.
func (s *PaymentsService) Complete(ctx context.Context, req CompleteRequest) (*Payment, error) {
	if err := s.checkComplete(ctx, &req); err != nil {
		return nil, err
	}
	used, err := s.verify(ctx, &req)
	if err != nil {
		return nil, err
	}
	if used {
		// Reads lag behind writes, so a payment that is not there yet is asked for
		// once more below, by the call that would have made it.
		if p, err := s.findCompleted(ctx, &req); !errors.Is(err, ErrNotFound) {
			return p, err
		}
	}
	p, err := s.pay(ctx, &req)
	switch e, _ := errors.AsType[*Error](err); {
	case err == nil:
		return p, nil
	case e.OutcomeUnknown && e.Kind != ErrAmountMismatch:
		return s.settle(ctx, &req, e)
	case e.Kind == ErrInvalidToken || e.Kind == ErrState:
		// Another tab, or another call of the shop's, may have paid meanwhile.
		if p, lookErr := s.findCompleted(ctx, &req); !errors.Is(lookErr, ErrNotFound) {
			return p, lookErr
		}
	}
	return nil, err
}

func (s *PaymentsService) checkComplete(ctx context.Context, req *CompleteRequest) error {
	in := call{op: req.op(), token: req.Token, requestID: req.requestID(), check: func(v *checker) {
		v.token(req.Token)
		v.positive(req.Amount)
		if req.Redirect.Token != "" && req.Redirect.Token != req.Token {
			v.refuse("redirect.token", "is the token of another order")
		}
	}}
	t := &s.client.targets[in.op]
	if e := s.client.check(ctx, t, &in); e != nil {
		return e
	}
	if req.Redirect != (Redirect{}) && !req.Redirect.Confirmed() {
		e := t.newError(&in)
		e.Kind, e.Err = ErrNotApprovedYet, reason("shopper did not confirm the order")
		return e
	}
	return nil
}

// verify compares the order with the request. It reports whether the order
// cannot be read any more because it was used, or has expired.
func (s *PaymentsService) verify(ctx context.Context, req *CompleteRequest) (used bool, err error) {
	order, err := (*OrdersService)(s).Verify(ctx, req.Token, req.Amount)
	switch {
	case errors.Is(err, ErrInvalidToken):
		return true, nil
	case err != nil:
		return false, err
	}
	return false, s.checkReference(req, order.MerchantReference)
}

func (s *PaymentsService) checkReference(req *CompleteRequest, got string) error {
	if agree(req.MerchantReference, got) {
		return nil
	}
	return s.client.targets[req.op()].refuse(&call{token: req.Token},
		[]FieldError{{"merchantReference", "differs from the order's"}}, nil)
}

func (r *CompleteRequest) op() opID {
	if r.Authorize {
		return opPaymentsAuthorize
	}
	return opPaymentsCapture
}

// requestID is the same in every process, so that a repetition is recognized.
func (r *CompleteRequest) requestID() string {
	if r.Authorize {
		return RequestIDFor("payments.complete", r.Token)
	}
	return ""
}

func (r *CompleteRequest) accept() func(*call, *Payment) *Error {
	if r.Authorize {
		return acceptAuthorized
	}
	return acceptCaptured
}

// pay makes the payment, or returns the one that was made.
func (s *PaymentsService) pay(ctx context.Context, req *CompleteRequest) (*Payment, error) {
	in := call{op: req.op(), token: req.Token, requestID: req.requestID(), total: req.Amount}
	if req.Authorize {
		in.body = &AuthorizeRequest{Token: req.Token, RequestID: in.requestID}
	} else {
		in.body = &CaptureRequest{Token: req.Token}
	}
	return do(ctx, s.client, in, req.accept())
}

// findCompleted returns the payment of an order that was used before, or
// ErrNotFound. If it cannot look, an earlier call may have paid: the outcome is
// unknown.
func (s *PaymentsService) findCompleted(ctx context.Context, req *CompleteRequest) (*Payment, error) {
	p, err := s.GetByToken(ctx, req.Token)
	if e, ok := errors.AsType[*Error](err); ok {
		e.OutcomeUnknown = e.Kind != ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return s.completed(req, p)
}

// completed returns a payment that was looked up if it is the one asked for.
func (s *PaymentsService) completed(req *CompleteRequest, p *Payment) (*Payment, error) {
	if err := s.checkReference(req, p.MerchantReference); err != nil {
		return nil, err
	}
	return s.found(call{token: req.Token, total: req.Amount}, p, req.accept())
}

// settle looks up the outcome of a payment whose response was lost. If nothing
// happened, it returns lost, whose outcome is known now.
func (s *PaymentsService) settle(ctx context.Context, req *CompleteRequest, lost *Error) (*Payment, error) {
	p, err := lookUp(ctx, s.client.lookup, func() (*Payment, error) { return s.GetByToken(ctx, req.Token) })
	switch e, _ := errors.AsType[*Error](err); {
	case err == nil:
		return s.completed(req, p)
	case e.OutcomeUnknown:
		return nil, err
	}
	lost.OutcomeUnknown = false
	return nil, lost
}
