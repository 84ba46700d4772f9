package suite_test

import (
	"context"
	"fmt"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// intent is one movement of money that a shop wants to happen once. Its amount
// is unlike that of any other intent of its kind on the same order, so that the
// service's ledger can be matched without trusting request ids.
type intent struct {
	kind      afterpaytest.MovementKind
	op        string
	version   afterpay.APIVersion
	token     string
	paymentID string // empty before there is a payment
	amount    afterpay.Money
	reference string // event reference of a part capture
	requestID string // of the last call; the merchant reference of refunds too
	said      outcome
	how       string // who said so
	wrong     error  // a response that must not be
}

func (in *intent) String() string {
	return fmt.Sprintf("%s v%d of %v on payment %s, request %s", in.op, in.version, in.amount, in.paymentID, in.requestID)
}

// send makes the intent's call with its present request id.
func (in *intent) send(ctx context.Context, client *afterpay.Client) error {
	var p *afterpay.Payment
	var err error
	switch in.op {
	case "payments.authorize":
		p, err = client.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: in.token, RequestID: in.requestID})
	case "payments.capture":
		p, err = client.Payments.Capture(ctx, afterpay.CaptureRequest{Token: in.token, MerchantReference: in.requestID})
	case "payments.capturePart":
		p, err = client.Payments.CapturePart(ctx, in.paymentID, afterpay.CapturePartRequest{
			RequestID: in.requestID, Amount: in.amount, EventMerchantReference: in.reference,
		})
	case "payments.void":
		p, err = client.Payments.Void(ctx, in.paymentID, afterpay.VoidRequest{RequestID: in.requestID, Amount: in.amount})
	case "refunds.create":
		var r *afterpay.Refund
		r, err = client.Refunds.Create(ctx, in.paymentID, afterpay.RefundRequest{
			RequestID: in.requestID, Amount: in.amount, MerchantReference: in.requestID,
		})
		if err == nil && r.Amount != in.amount {
			err = fmt.Errorf("refund of %v answered as one of %v", in.amount, r.Amount)
		}
	}
	if p != nil {
		in.paymentID = p.ID
		if p.Token != in.token {
			err = fmt.Errorf("%s of one order answered with another", in.op)
		}
	}
	return err
}

// look finds out what became of the intent's last call.
func (in *intent) look(ctx context.Context, client *afterpay.Client) {
	var err error
	switch in.op {
	case "refunds.create":
		_, err = client.Refunds.Recover(ctx, in.paymentID, in.requestID)
	case "payments.capturePart":
		_, err = client.Payments.FindCapture(ctx, in.paymentID, in.reference)
	case "payments.void":
		err = in.findVoid(ctx, client)
	default:
		var p *afterpay.Payment
		if p, err = client.Payments.Recover(ctx, in.token); err == nil {
			in.paymentID = p.ID
		}
	}
	in.said, in.how = outcomeOf(err), "a look-up"
}

// findVoid tells a void by its amount, from the payment. Only on a calm network
// can it tell that there is none.
func (in *intent) findVoid(ctx context.Context, client *afterpay.Client) error {
	p, err := client.Payments.Get(ctx, in.paymentID)
	if err != nil {
		return fmt.Errorf("%w: %w", afterpay.ErrOutcomeUnknown, err)
	}
	for _, e := range p.Events {
		if e.Type == afterpay.EventVoided && e.Amount == in.amount {
			return nil
		}
	}
	return afterpay.ErrNotFound
}
