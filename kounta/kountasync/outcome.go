package kountasync

import (
	"context"
	"encoding/json"
	"time"

	"github.com/afterpay-go/afterpay"
)

// orderPosted records that an order is in Kounta.
func (s *store) orderPosted(ctx context.Context, o *order) error {
	_, err := s.conn.Exec(ctx, `UPDATE kounta_sync_orders SET phase = 'posted', kounta_id = $2, written = $3, found_total = $4 WHERE sale_number = $1`,
		o.draft.SaleNumber, o.kountaID, o.written, int64(o.total))
	return err
}

func (s *store) writePosted(ctx context.Context, ref string, now time.Time) error {
	_, err := s.conn.Exec(ctx, `UPDATE kounta_sync_writes SET phase = 'posted', posted_at = $2 WHERE ref = $1`, ref, formatTime(now))
	return err
}

func (s *store) statusWritten(ctx context.Context, saleNumber, stamp string) error {
	_, err := s.conn.Exec(ctx, `UPDATE kounta_sync_orders SET written = $2 WHERE sale_number = $1`, saleNumber, stamp)
	return err
}

// done records that nothing is left to do, unless a poll has found more since. It
// erases the shopper.
func (s *store) done(ctx context.Context, o *order, now time.Time) error {
	o.draft.Shopper = afterpay.Consumer{}
	draft, err := json.Marshal(o.draft)
	if err != nil {
		return err
	}
	_, err = s.conn.Exec(ctx, `UPDATE kounta_sync_orders SET tries = 0, failure = '', alerted = 0, updated_at = $3, draft = $4,
		next_at = CASE WHEN version = $2 THEN '' ELSE next_at END WHERE sale_number = $1`,
		o.draft.SaleNumber, o.version, formatTime(now), string(draft))
	return err
}

func (s *store) postpone(ctx context.Context, o *order, until time.Time, failure string) error {
	_, err := s.conn.Exec(ctx, `UPDATE kounta_sync_orders SET tries = tries + 1, failure = $3, next_at = $2 WHERE sale_number = $1`,
		o.draft.SaleNumber, formatTime(until), failure)
	return err
}

// needsPerson stops work on an order until Retry.
func (s *store) needsPerson(ctx context.Context, o *order, reason string, now time.Time) error {
	_, err := s.conn.Exec(ctx, `UPDATE kounta_sync_orders SET review = $2, failure = $2, next_at = '', alerted = 0, updated_at = $3 WHERE sale_number = $1`,
		o.draft.SaleNumber, reason, formatTime(now))
	return err
}

// resume makes orders due that were postponed.
func (s *store) resume(ctx context.Context, orders []*order, now time.Time) error {
	for _, o := range orders {
		_, err := s.conn.Exec(ctx, `UPDATE kounta_sync_orders SET next_at = $2 WHERE sale_number = $1 AND next_at > $2`,
			o.draft.SaleNumber, formatTime(now))
		if err != nil {
			return err
		}
	}
	return nil
}
