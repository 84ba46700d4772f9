package main

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"time"

	"github.com/riverqueue/river"

	"github.com/afterpay-go/afterpay"
)

// returned is the page that Afterpay sends the shopper back to. It can be opened
// again, in a second tab, and with the token of somebody else.
func (s *shop) returned(w http.ResponseWriter, r *http.Request) error {
	redirect, err := afterpay.ParseRedirect(r.URL)
	if err != nil {
		return errBadRequest
	}
	o, err := s.orders.byToken(r.Context(), redirect.Token)
	if err != nil {
		return err
	}
	if !redirect.Confirmed() {
		if _, err := move(r.Context(), s.db, o.ID, cancelled, created, created); err != nil {
			return err
		}
		return see(w, r, "/orders/"+o.ID)
	}
	if o, err = s.claim(r.Context(), o.ID); err != nil {
		return err
	}
	if o.State == confirming {
		ctx, cancel := context.WithTimeout(r.Context(), s.patience)
		defer cancel()
		if err := s.complete(ctx, o, redirect); err != nil {
			s.logger.WarnContext(ctx, "payment is left to the job", "order", o.Number, "error", err)
		}
	}
	cart(nil).write(w)
	return see(w, r, "/orders/"+o.ID)
}

// claim marks an order as being confirmed and leaves a job that finishes this if
// the request cannot, in one transaction. It returns the order as it is then.
func (s *shop) claim(ctx context.Context, id string) (*order, error) {
	err := s.orders.inTx(ctx, func(tx *sql.Tx) error {
		moved, err := move(ctx, tx, id, confirming, created, cancelled)
		if err != nil || !moved {
			return err
		}
		_, err = s.queue.River().InsertTx(ctx, tx, paymentArgs{Order: id}, &river.InsertOpts{Queue: paymentQueue})
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.orders.get(ctx, id)
}

// complete asks Afterpay for the payment and records its outcome. The error says
// why the outcome is not known yet.
func (s *shop) complete(ctx context.Context, o *order, redirect afterpay.Redirect) error {
	payment, cause := s.client.Payments.Complete(ctx, afterpay.CompleteRequest{
		Token:             o.Token,
		Amount:            o.Request.Amount,
		MerchantReference: o.Number,
		Redirect:          redirect,
		Authorize:         s.version == afterpay.V2, // goods are captured as they ship
	})
	to := outcome(cause)
	if to == confirming {
		return cause
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second) // the shopper may have left
	defer cancel()
	return s.orders.inTx(ctx, func(tx *sql.Tx) error {
		moved, err := move(ctx, tx, o.ID, to, confirming, confirming)
		if err != nil || !moved {
			return err // another tab, or the job, was faster
		}
		switch to {
		case paid:
			_, err = tx.ExecContext(ctx, "UPDATE orders SET payment_id = ? WHERE id = ?", payment.ID, o.ID)
			if err == nil && s.version == afterpay.V1 {
				err = record(ctx, tx, movement{ID: "paid-" + o.Number, Order: o.ID, Kind: "capture", Amount: o.Request.Amount, Done: true})
			}
		case problem:
			_, err = tx.ExecContext(ctx, "UPDATE orders SET problem = ? WHERE id = ?", cause.Error(), o.ID)
		}
		return err
	})
}

// outcome decides what a response of Complete means for the order.
func outcome(err error) state {
	switch {
	case err == nil:
		return paid
	case errors.Is(err, afterpay.ErrAmountMismatch), errors.Is(err, afterpay.ErrInconsistent):
		return problem
	case errors.Is(err, afterpay.ErrOutcomeUnknown):
		return confirming
	case errors.Is(err, afterpay.ErrDeclined):
		return declined
	case errors.Is(err, afterpay.ErrNotApprovedYet):
		return cancelled
	case errors.Is(err, afterpay.ErrInvalidToken):
		return expired
	case errors.Is(err, afterpay.ErrInvalid), errors.Is(err, afterpay.ErrState), errors.Is(err, afterpay.ErrNotFound):
		return problem
	}
	return confirming // nothing was decided: it is tried again
}

const paymentQueue = "payments"

// paymentArgs are the arguments of the job that finishes a payment.
type paymentArgs struct {
	Order string `json:"order"`
}

// Kind implements river.JobArgs.
func (paymentArgs) Kind() string { return "complete_payment" }

// paymentWorker finishes what the return page could not: the process died, the
// shopper left, or Afterpay did not respond.
type paymentWorker struct {
	river.WorkerDefaults[paymentArgs]

	shop *shop
}

// Work implements river.Worker.
func (w *paymentWorker) Work(ctx context.Context, job *river.Job[paymentArgs]) error {
	o, err := w.shop.orders.get(ctx, job.Args.Order)
	if err != nil {
		return err
	}
	if o.State != confirming {
		return nil
	}
	if wait := time.Until(o.Since.Add(w.shop.patience)); wait > 0 {
		return river.JobSnooze(wait) // the return page is still at it
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := w.shop.complete(ctx, o, afterpay.Redirect{}); err != nil {
		return river.JobSnooze(time.Second) // uses up none of River's attempts
	}
	return nil
}
