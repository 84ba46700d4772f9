package kountasync

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
)

// HistoryReport says what a migration of past payments writes.
type HistoryReport struct {
	Payments int             `json:"payments"` // read at Afterpay
	Skipped  int             `json:"skipped"`  // declined, or unreadable: see the alerts
	Orders   int             `json:"orders"`   // sale numbers that the sync does not know yet
	Captures int             `json:"captures"` // rows to post
	Refunds  int             `json:"refunds"`
	Known    int             `json:"known"` // rows that the sync knows already
	Captured afterpay.Amount `json:"captured"`
	Refunded afterpay.Amount `json:"refunded"`
}

// DryRun reports what History would write, and writes nothing.
func (s *Sync) DryRun(ctx context.Context, from, to time.Time) (*HistoryReport, error) {
	var r HistoryReport
	orders := make(map[string]bool)
	for p, err := range s.client.Payments.All(ctx, afterpay.PaymentQuery{FromCreated: from, ToCreated: to}) {
		if err != nil {
			return nil, err
		}
		r.Payments++
		planned, err := s.newPlan(p)
		if err != nil || planned.draft.SaleNumber == "" {
			r.Skipped++
			continue
		}
		if err := s.count(ctx, &r, &planned, orders); err != nil {
			return nil, err
		}
	}
	return &r, nil
}

func (s *Sync) count(ctx context.Context, r *HistoryReport, p *plan, orders map[string]bool) error {
	if sale := p.draft.SaleNumber; !orders[sale] {
		orders[sale] = true
		known, err := s.store.exists(ctx, `SELECT 1 FROM kounta_sync_orders WHERE sale_number = $1`, sale)
		if err != nil {
			return err
		}
		if !known && (holdsMoney(string(p.payment.State)) || len(p.writes) > 0) {
			r.Orders++
		}
	}
	for _, w := range p.writes {
		known, err := s.store.exists(ctx, `SELECT 1 FROM kounta_sync_writes WHERE ref = $1`, w.ref)
		switch {
		case err != nil:
			return err
		case known:
			r.Known++
		case w.kind == WriteRefund:
			r.Refunds++
			r.Refunded -= w.amount
		default:
			r.Captures++
			r.Captured += w.amount
		}
	}
	return nil
}

func (s *store) exists(ctx context.Context, query, key string) (found bool, err error) {
	err = s.conn.Query(ctx, query, []any{key}, func(func(...any) error) error { found = true; return nil })
	return found, err
}

// History reads the payments of orders made between two times and writes them to
// Kounta. After a break it goes on where it stopped. It waits for what is due,
// and returns when nothing is. progress, if not nil, is called with the number
// of orders that are left.
func (s *Sync) History(ctx context.Context, from, to time.Time, progress func(left int)) error {
	if !from.Before(to) {
		return errors.New("kountasync: history: from must be before to")
	}
	if err := s.readHistory(ctx, from, to); err != nil {
		return err
	}
	left, _, err := s.store.left(ctx)
	if err != nil {
		return err
	}
	report := func() {
		if progress != nil {
			progress(left)
		}
	}
	for report(); ; report() {
		_, pushErr := s.push(ctx, func() { left = max(left-1, 0); report() })
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if pushErr != nil {
			s.options.Logger.WarnContext(ctx, "kountasync: history: Kounta fails, trying again", "error", pushErr)
		}
		var next time.Time
		if left, next, err = s.store.left(ctx); err != nil {
			return err
		}
		if left == 0 {
			report()
			return s.alertOrders(ctx)
		}
		wait := max(next.Sub(s.now()), 0)
		if pushErr != nil {
			wait = max(wait, minBackoff)
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// readHistory stores the payments, from where it stopped the last time.
func (s *Sync) readHistory(ctx context.Context, from, to time.Time) error {
	name := fmt.Sprintf("history:%s:%s", formatTime(from), formatTime(to))
	value, err := s.store.position(ctx, name)
	if err != nil {
		return err
	}
	query := afterpay.PaymentQuery{FromCreated: from, ToCreated: to}
	if created, id, ok := strings.Cut(value, " "); ok {
		at, err := parseTime(created)
		if err != nil {
			return err
		}
		query = query.After(at, id)
	}
	return s.take(ctx, s.client.Payments.All(ctx, query), func(page []plan) error {
		if len(page) == 0 {
			return nil
		}
		last := page[len(page)-1].payment
		return s.store.setPosition(ctx, name, formatTime(last.Created.Time)+" "+last.ID)
	})
}

// left returns how many orders are due or wait, and when the first one is due.
func (s *store) left(ctx context.Context) (count int, next time.Time, err error) {
	var text string
	err = s.conn.Query(ctx, `SELECT count(*), COALESCE(min(next_at), '') FROM kounta_sync_orders WHERE next_at <> ''`, nil,
		func(scan func(...any) error) error { return scan(&count, &text) })
	if err != nil {
		return 0, time.Time{}, err
	}
	next, err = parseTime(text)
	return count, next, err
}
