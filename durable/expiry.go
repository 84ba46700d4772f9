package durable

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/afterpay-go/afterpay"
)

// ExpiryPolicy says what to do about authorizations, made by an Authorize
// operation, that are about to expire with money still open.
type ExpiryPolicy struct {
	// Within is how long before its expiry an authorization raises an alert;
	// 24 h if it is 0.
	Within time.Duration
	// Capture also captures what is open, if no other operation on the payment
	// is unsettled; the alert says which one is. The shop must ship the goods
	// that are captured.
	Capture bool
}

func (p ExpiryPolicy) within() time.Duration { return cmp.Or(p.Within, 24*time.Hour) }

// expiryLookback bounds the search for authorizations that expired while no
// process ran.
const expiryLookback = 30 * 24 * time.Hour

func (q *Queue[TTx]) alertExpiring(ctx context.Context) error {
	within, now := q.options.Expiring.within(), q.now()
	due, err := list(ctx, q.db.Pool(), `o.expires_at > $1 AND o.expires_at < $2 AND o.expires_at <> ''
		AND o.state = 'succeeded' AND o.alerted <> 'expiring' ORDER BY o.expires_at LIMIT $3`,
		formatTime(now.Add(-expiryLookback)), formatTime(now.Add(within)), pageSize)
	if err != nil {
		return err
	}
	var failures []error
	for _, s := range due {
		failures = append(failures, q.expiring(ctx, s))
	}
	return errors.Join(failures...)
}

// expiring handles one authorization. After an error the next tick tries again.
func (q *Queue[TTx]) expiring(ctx context.Context, s *Status) error {
	p, err := q.client.Payments.Get(ctx, s.ResultID)
	if err != nil {
		return err
	}
	b, err := p.Balance()
	if err != nil {
		return err
	}
	a := Alert{Kind: AlertExpiring, Operation: s, PaymentID: p.ID, Amount: b.OpenToCapture}
	if !b.OpenToCapture.IsPositive() && s.Expires.After(q.now()) {
		return q.markAlerted(ctx, a) // captured or voided in time
	}
	a.Text = fmt.Sprintf("the authorization of payment %s expires at %s with %v not captured", p.ID, formatTime(s.Expires), b.OpenToCapture)
	if q.options.Expiring.Capture && b.OpenToCapture.IsPositive() {
		other, err := q.captureExpiring(ctx, s, p.ID, b.OpenToCapture)
		switch {
		case err != nil:
			return err
		case other == nil:
			a.Text += "; it is being captured"
		case other.State != Review && s.Expires.Sub(q.now()) > q.options.Expiring.within()/2:
			return nil // it may be settled by the next tick
		default:
			a.Text += fmt.Sprintf("; it is not being captured, because %s %q is %s", other.Kind, other.ID, other.State)
		}
	}
	return q.raise(ctx, a)
}

// captureExpiring enqueues the capture of what is open of an authorization, or
// returns an operation on the payment that is not settled.
func (q *Queue[TTx]) captureExpiring(ctx context.Context, s *Status, paymentID string, open afterpay.Money) (other *Status, err error) {
	err = q.db.InTx(ctx, func(tx TTx) error {
		other, err = find(ctx, q.db.Tx(tx), "o.payment = $1 AND o.state IN ('pending', 'review', 'resolving')", paymentID)
		if err != nil || other != nil {
			return err
		}
		_, _, err = q.EnqueueTx(ctx, tx, Operation{
			ID: "expiring-" + afterpay.RequestIDFor("expiring", s.ID), Kind: CapturePart, PaymentID: paymentID, Amount: open,
		})
		return err
	})
	return other, err
}
