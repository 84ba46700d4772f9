package kountasync

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/afterpay-go/afterpay"
)

// Pair is a record at Afterpay and its counterpart in Kounta.
type Pair struct {
	SaleNumber string          `json:"saleNumber"`
	PaymentID  string          `json:"paymentId"`
	KountaID   int64           `json:"kountaId,omitempty"` // of the order; 0 before it is made
	Ref        string          `json:"ref,omitempty"`      // of the payment row in Kounta; empty for an order without rows
	Kind       WriteKind       `json:"kind,omitempty"`
	Amount     afterpay.Amount `json:"amount"`
	State      string          `json:"state"` // at Afterpay
	Phase      string          `json:"phase"` // planned, sending or posted
	Created    time.Time       `json:"created"`
	FirstSeen  time.Time       `json:"firstSeen"`
	Happened   time.Time       `json:"happened,omitzero"`
	Sent       time.Time       `json:"sent,omitzero"`
	Posted     time.Time       `json:"posted,omitzero"`
}

// Pairs returns the pairs of a sale, of a payment's id or, if key is empty, all,
// oldest payment first. Iteration ends after the first error.
func (s *Sync) Pairs(ctx context.Context, key string) iter.Seq2[*Pair, error] {
	return func(yield func(*Pair, error) bool) {
		for created, id := "", ""; ; {
			ids, err := s.store.paymentsAfter(ctx, key, created, id)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, p := range ids {
				created, id = p.created, p.id
				pairs, err := s.store.pairsOf(ctx, p.id)
				if err != nil {
					yield(nil, err)
					return
				}
				for _, pair := range pairs {
					if !yield(pair, nil) {
						return
					}
				}
			}
			if len(ids) < pageSize {
				return
			}
		}
	}
}

type paymentKey struct{ created, id string }

func (s *store) paymentsAfter(ctx context.Context, key, created, id string) (page []paymentKey, err error) {
	err = s.conn.Query(ctx, `SELECT created, payment_id FROM kounta_sync_payments
		WHERE sale_number <> '' AND ($1 = '' OR sale_number = $1 OR payment_id = $1) AND (created > $2 OR created = $2 AND payment_id > $3)
		ORDER BY created, payment_id LIMIT $4`, []any{key, created, id, pageSize}, func(scan func(...any) error) error {
		var p paymentKey
		err := scan(&p.created, &p.id)
		page = append(page, p)
		return err
	})
	return page, err
}

func (s *store) pairsOf(ctx context.Context, paymentID string) (pairs []*Pair, err error) {
	err = s.conn.Query(ctx, `SELECT p.sale_number, p.payment_id, o.kounta_id, COALESCE(w.ref, ''), COALESCE(w.kind, ''), COALESCE(w.amount, 0),
			p.state, COALESCE(w.phase, o.phase), p.created, p.first_seen, COALESCE(w.happened_at, ''), COALESCE(w.sent_at, o.sent_at), COALESCE(w.posted_at, '')
		FROM kounta_sync_payments p JOIN kounta_sync_orders o ON o.sale_number = p.sale_number
		LEFT JOIN kounta_sync_writes w ON w.payment_id = p.payment_id
		WHERE p.payment_id = $1 ORDER BY w.happened_at, w.amount DESC, w.ref`, []any{paymentID}, func(scan func(...any) error) error {
		var p Pair
		var times [5]string
		err := scan(&p.SaleNumber, &p.PaymentID, &p.KountaID, &p.Ref, &p.Kind, &p.Amount, &p.State, &p.Phase,
			&times[0], &times[1], &times[2], &times[3], &times[4])
		if err != nil {
			return err
		}
		for i, field := range []*time.Time{&p.Created, &p.FirstSeen, &p.Happened, &p.Sent, &p.Posted} {
			if *field, err = parseTime(times[i]); err != nil {
				return fmt.Errorf("kountasync: time of payment %s: %w", paymentID, err)
			}
		}
		pairs = append(pairs, &p)
		return nil
	})
	return pairs, err
}
