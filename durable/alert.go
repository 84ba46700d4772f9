package durable

import (
	"context"
	"fmt"
	"time"

	"github.com/afterpay-go/afterpay"
)

// AlertKind says what an alert is about.
type AlertKind string

// The kinds of alerts.
const (
	AlertReview         AlertKind = "review"          // an operation waits for a person
	AlertOverdue        AlertKind = "overdue"         // an operation has been pending or resolving for longer than Options.Overdue
	AlertExpiring       AlertKind = "expiring"        // an authorization expires soon with money still open
	AlertUnknownPayment AlertKind = "unknown payment" // a payment at Afterpay belongs to no operation
	AlertSchedule       AlertKind = "schedule"        // a schedule failed and will be tried again
)

// Alert is something a person should know.
type Alert struct {
	Kind      AlertKind
	Text      string         // one sentence, without tokens or shopper data
	Operation *Status        // nil for AlertUnknownPayment and AlertSchedule
	PaymentID string         // where known
	Amount    afterpay.Money // amount at stake, where known
}

// alertOperations raises an alert for every operation that is in review or
// overdue and has not raised it yet.
func (q *Queue[TTx]) alertOperations(ctx context.Context) error {
	due, err := list(ctx, q.db.Pool(), `o.state = 'review' AND o.alerted <> 'review'
		OR o.state IN ('pending', 'resolving') AND o.since < $1 AND o.alerted <> 'overdue' ORDER BY o.seq LIMIT $2`,
		formatTime(q.now().Add(-q.options.Overdue)), pageSize)
	if err != nil {
		return err
	}
	for _, s := range due {
		a := Alert{Kind: AlertReview, Operation: s, PaymentID: s.PaymentID, Amount: s.Amount}
		a.Text = fmt.Sprintf("%s %q is in review (%s): %s. To do: %s.", s.Kind, s.ID, s.Reason, s.Detail, s.Reason.Advice())
		if s.State != Review {
			a.Kind = AlertOverdue
			a.Text = fmt.Sprintf("%s %q is %s for %v: %s", s.Kind, s.ID, s.State, q.now().Sub(s.Since).Round(time.Second), s.pendingBecause())
		}
		if err := q.raise(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

func (s *Status) pendingBecause() string {
	switch {
	case s.blocked:
		return "it waits for an earlier operation on the payment"
	case s.Detail == "":
		return "it has not been tried yet"
	}
	return s.Detail
}

// raise calls Alert and records that it was called.
func (q *Queue[TTx]) raise(ctx context.Context, a Alert) error {
	q.options.Alert(ctx, a)
	return q.markAlerted(ctx, a)
}

// markAlerted records that an operation needs no further alert of a kind.
func (q *Queue[TTx]) markAlerted(ctx context.Context, a Alert) error {
	_, err := q.db.Pool().Exec(ctx, `UPDATE afterpay_operations SET alerted = $2 WHERE id = $1 AND state = $3`,
		a.Operation.ID, string(a.Kind), string(a.Operation.State))
	return err
}
