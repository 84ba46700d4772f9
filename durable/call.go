package durable

import (
	"context"
	"errors"
	"time"

	"github.com/afterpay-go/afterpay"
)

// result is what a call that succeeded or a look-up that found something says.
type result struct {
	id      string    // of the payment, or of the refund
	expires time.Time // of an authorization
}

func paymentResult(p *afterpay.Payment, err error) (result, error) {
	if err != nil {
		return result{}, err
	}
	expires, _ := p.AuthExpires()
	return result{id: p.ID, expires: expires}, nil
}

func onlyID(r result, err error) (result, error) { return result{id: r.id}, err }

// send sends an operation. Its request id is the same on every try.
func (q *Queue[TTx]) send(ctx context.Context, o *Operation) (result, error) {
	payments := q.client.Payments
	switch o.Kind {
	case Authorize:
		return paymentResult(payments.Authorize(ctx, afterpay.AuthorizeRequest{
			Token: o.Token, RequestID: o.requestID(), MerchantReference: o.Reference, Amount: o.Amount,
		}))
	case Capture:
		return onlyID(paymentResult(payments.Capture(ctx, afterpay.CaptureRequest{
			Token: o.Token, MerchantReference: o.Reference, Amount: o.Amount,
		})))
	case CapturePart:
		return onlyID(paymentResult(payments.CapturePart(ctx, o.PaymentID, afterpay.CapturePartRequest{
			RequestID: o.requestID(), Amount: o.Amount, MerchantReference: o.Reference, EventMerchantReference: o.ID,
		})))
	case Void:
		return onlyID(paymentResult(payments.Void(ctx, o.PaymentID, afterpay.VoidRequest{
			RequestID: o.requestID(), Amount: o.Amount, All: o.All,
		})))
	case Refund:
		r, err := q.client.Refunds.Create(ctx, o.PaymentID, afterpay.RefundRequest{
			RequestID: o.requestID(), Amount: o.Amount, MerchantReference: o.ID, RefundMerchantReference: o.Reference,
		})
		if err != nil {
			return result{}, err
		}
		return result{id: r.ID}, nil
	case Reverse:
		return result{}, payments.Reverse(ctx, o.Token)
	case UpdateReference:
		return onlyID(paymentResult(payments.UpdateReference(ctx, o.PaymentID, o.Reference)))
	case UpdateCourier:
		return onlyID(paymentResult(payments.UpdateCourier(ctx, o.PaymentID, o.Courier)))
	}
	return result{}, errors.New("durable: unknown kind of operation")
}
