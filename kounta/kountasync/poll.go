package kountasync

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/durable"
)

// refundableFor is how long after its order a payment can change: refunds are
// possible for 120 days.
const refundableFor = 121 * 24 * time.Hour

// pollPosition is the name of the position up to which payments were read.
const pollPosition = "poll"

// poll stores what is new at Afterpay. Afterpay sends no notifications about
// payments. New ones are found by the time of their order, with a look-back
// because a shopper may take hours to pay; changes to known ones by their ids.
func (s *Sync) poll(ctx context.Context) error {
	return errors.Join(s.pollNew(ctx), s.pollKnown(ctx))
}

func (s *Sync) pollNew(ctx context.Context) error {
	value, err := s.store.position(ctx, pollPosition)
	if err != nil {
		return err
	}
	from, err := parseTime(value)
	if err != nil {
		return err
	}
	now := s.now()
	if from.IsZero() {
		from = now
	}
	query := afterpay.PaymentQuery{FromCreated: from.Add(-s.options.LookBack), ToCreated: now}
	if err := s.take(ctx, s.client.Payments.All(ctx, query), nil); err != nil {
		return err
	}
	return s.store.setPosition(ctx, pollPosition, formatTime(now))
}

// pollKnown looks again at payments that may have changed.
func (s *Sync) pollKnown(ctx context.Context) error {
	for {
		ids, err := s.store.takeLooks(ctx, s.now())
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := s.take(ctx, s.client.Payments.All(ctx, afterpay.PaymentQuery{IDs: ids}), nil); err != nil {
			return err
		}
	}
}

// take stores payments. onStored, if not nil, is called with each page that is
// stored.
func (s *Sync) take(ctx context.Context, payments iter.Seq2[*afterpay.Payment, error], onStored func([]plan) error) error {
	var page []plan
	flush := func() error {
		err := s.store.record(ctx, page, s.now(), s.lookAt)
		if err == nil && onStored != nil {
			err = onStored(page)
		}
		page = page[:0]
		return err
	}
	for p, err := range payments {
		if err != nil {
			return errors.Join(err, flush()) // the payments before the error count
		}
		planned, err := s.newPlan(p)
		if err != nil {
			s.alert(ctx, Alert{Kind: AlertPayment, Key: p.ID, Text: err.Error()})
			continue
		}
		if page = append(page, planned); len(page) == pageSize {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// lookAt returns when to look at a payment again: soon while it is young or
// open, daily later, and never when it cannot change any more.
func (s *Sync) lookAt(p *plan) time.Time {
	age := s.now().Sub(p.payment.Created.Time)
	if age > refundableFor || p.draft.SaleNumber == "" {
		return time.Time{}
	}
	longest := 24 * time.Hour
	switch p.payment.State {
	case afterpay.StateAuthApproved, afterpay.StatePartiallyCaptured:
		longest = 10 * time.Minute
	}
	return s.now().Add(max(s.options.Poll, min(age/12, longest)))
}

// retryLook is how long after a failed look a payment is looked at again.
const retryLook = 10 * time.Minute

// takeLooks returns the ids of payments to look at, and puts their next look off
// for the case that Afterpay does not return them.
func (s *store) takeLooks(ctx context.Context, now time.Time) (ids []string, err error) {
	err = s.inTx(ctx, func(tx durable.Conn) error {
		ids = nil
		err := tx.Query(ctx, `SELECT payment_id FROM kounta_sync_payments WHERE look_at <> '' AND look_at <= $1 ORDER BY look_at LIMIT $2`,
			[]any{formatTime(now), pageSize}, func(scan func(...any) error) error {
				var id string
				err := scan(&id)
				ids = append(ids, id)
				return err
			})
		for _, id := range ids {
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `UPDATE kounta_sync_payments SET look_at = $2 WHERE payment_id = $1`, id, formatTime(now.Add(retryLook)))
		}
		return err
	})
	return ids, err
}
