package durable

import (
	"context"
	"errors"

	"github.com/afterpay-go/afterpay"
)

// voidRequest returns the request of a Void.
func voidRequest(o *Operation) afterpay.VoidRequest {
	return afterpay.VoidRequest{RequestID: o.requestID(), Amount: o.Amount}
}

// findCapture looks up a partial capture by its event reference.
func (q *Queue[TTx]) findCapture(ctx context.Context, o *Operation) error {
	return q.await(ctx, func(ctx context.Context) error {
		p, err := q.client.Payments.Get(ctx, o.PaymentID)
		if err != nil {
			return err
		}
		for _, e := range p.Events {
			if e.Type == afterpay.EventCaptured && e.MerchantReference == o.ID {
				return nil
			}
		}
		return errNothing
	})
}

// findRefund looks up a refund by its reference.
func (q *Queue[TTx]) findRefund(ctx context.Context, o *Operation) (result, error) {
	r, err := q.client.Refunds.Find(ctx, o.PaymentID, o.ID)
	if errors.Is(err, afterpay.ErrNotFound) && !errors.Is(err, afterpay.ErrOutcomeUnknown) {
		return result{}, errNothing
	}
	if err != nil {
		return result{}, err
	}
	return result{id: r.ID}, nil
}
