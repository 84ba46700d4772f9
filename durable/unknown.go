package durable

import (
	"context"
	"fmt"
	"time"

	"github.com/afterpay-go/afterpay"
)

// unknownOverlap allows for orders that are paid for hours after they were made,
// because Afterpay lists payments by the time of the order.
const unknownOverlap = 4 * time.Hour

// UnknownPayments raises an alert for every approved payment of a time span
// that belongs to no operation, for example because the shop lost its data
// between sending the shopper to Afterpay and enqueueing. It is made for
// Schedule.Run. The report counts the payments.
func (q *Queue[TTx]) UnknownPayments(ctx context.Context, from, to time.Time) (report string, err error) {
	total, unknown := 0, 0
	query := afterpay.PaymentQuery{
		FromCreated: from.Add(-unknownOverlap), ToCreated: to,
		Statuses: []afterpay.PaymentStatus{afterpay.StatusApproved},
	}
	for p, err := range q.client.Payments.All(ctx, query) {
		if err != nil {
			return "", err
		}
		total++
		s, err := find(ctx, q.db.Pool(), "o.payment IN ($1, $2)", p.ID, p.Token)
		if err != nil {
			return "", err
		}
		if s != nil {
			continue
		}
		unknown++
		q.options.Alert(ctx, Alert{
			Kind: AlertUnknownPayment, PaymentID: p.ID, Amount: p.OriginalAmount,
			Text: fmt.Sprintf("payment %s of %v is at Afterpay, and no operation knows it", p.ID, p.OriginalAmount),
		})
	}
	return fmt.Sprintf("%d payments, %d of them unknown", total, unknown), nil
}
