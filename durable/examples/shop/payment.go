package main

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"time"

	"github.com/riverqueue/river"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/durable"
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
	o, claimed, err := s.claim(r.Context(), o.ID)
	if err != nil {
		return err
	}
	if o.State == confirming {
		ctx, cancel := context.WithTimeout(r.Context(), s.patience)
		defer cancel()
		if err := s.complete(ctx, o, redirect); err != nil {
			s.logger.WarnContext(ctx, "payment is left to the job", "order", o.Number, "error", err)
		}
		if o, err = s.orders.get(r.Context(), o.ID); err != nil {
			return err
		}
	}
	if claimed && (o.State == paid || o.State == confirming) {
		cart(nil).write(w) // but not when the page of an earlier order is opened again
	}
	return see(w, r, "/orders/"+o.ID)
}

// claim marks an order as being confirmed and leaves a job that finishes this if
// the request cannot, in one transaction. It returns the order as it is then, and
// reports whether this request was the first.
func (s *shop) claim(ctx context.Context, id string) (o *order, claimed bool, err error) {
	err = s.orders.inTx(ctx, func(tx *sql.Tx) error {
		claimed, err = move(ctx, tx, id, confirming, created, cancelled)
		if err != nil || !claimed {
			return err
		}
		_, err = s.queue.River().InsertTx(ctx, tx, paymentArgs{Order: id}, &river.InsertOpts{Queue: paymentQueue})
		return err
	})
	if err != nil {
		return nil, false, err
	}
	o, err = s.orders.get(ctx, id)
	return o, claimed, err
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
		if to == paid {
			return s.recordPayment(ctx, tx, o, payment.ID)
		}
		moved, err := move(ctx, tx, o.ID, to, confirming, confirming)
		if err != nil || !moved || to != problem {
			return err // if it did not move, another tab or the job was faster
		}
		return explain(ctx, tx, o.ID, cause.Error())
	})
}

// recordPayment marks an order as paid. Another tab that asked a moment earlier
// may have recorded that the shopper had not confirmed, but money that moved
// counts. If the shopper was offered another way to pay since, and took it, a
// person has to give the money back.
func (s *shop) recordPayment(ctx context.Context, tx *sql.Tx, o *order, paymentID string) error {
	now, err := scan(tx.QueryRowContext(ctx, columns+"WHERE id = ?", o.ID))
	if err != nil || now.PaymentID != "" {
		return err
	}
	to := paid
	switch now.State {
	case invoiced, replaced, problem:
		to = problem
		if err := explain(ctx, tx, o.ID, "Afterpay took the payment of an order that is "+string(now.State)+". "+now.Problem); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, "UPDATE orders SET state = ?, since = ?, payment_id = ? WHERE id = ?", to, time.Now().UnixMilli(), paymentID, o.ID)
	if err != nil || s.version == afterpay.V2 {
		return err
	}
	return record(ctx, tx, movement{ID: "paid-" + o.Number, Order: o.ID, Kind: durable.Capture, Amount: o.Request.Amount, Done: true})
}

// explain stores what a person has to look at.
func explain(ctx context.Context, tx *sql.Tx, id, text string) error {
	_, err := tx.ExecContext(ctx, "UPDATE orders SET problem = ? WHERE id = ?", text, id)
	return err
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
		w.shop.logger.WarnContext(ctx, "payment has no outcome yet", "order", o.Number, "error", err)
		return river.JobSnooze(pause(time.Since(o.Since))) // uses up none of River's attempts
	}
	return nil
}

// pause returns how long to wait before Afterpay is asked again for a payment of
// an age.
func pause(age time.Duration) time.Duration {
	return min(max(age/10, time.Second), 5*time.Minute)
}
