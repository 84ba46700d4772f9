package durable

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/afterpay-go/afterpay"
)

// Health is how a queue is doing.
type Health struct {
	Pending       int       `json:"pending"` // those that are Resolving count too
	Review        int       `json:"review"`
	SucceededDay  int       `json:"succeededDay"` // in the last 24 hours
	RejectedDay   int       `json:"rejectedDay"`  // in the last 24 hours
	OldestPending time.Time `json:"oldestPending,omitzero"`
	LastSuccess   time.Time `json:"lastSuccess,omitzero"`
	// Failures counts pending operations and those in review by the kind of
	// their last failure.
	Failures map[string]int `json:"failures,omitempty"`
	// AtStake adds up the amounts of operations in review, by currency.
	AtStake []afterpay.Money `json:"atStake,omitempty"`
	// Overdue reports whether an operation has been pending for longer than
	// Options.Overdue.
	Overdue bool `json:"overdue"`
}

// OK reports whether nobody has to do anything.
func (h *Health) OK() bool { return h.Review == 0 && !h.Overdue }

// Health returns how the queue is doing.
func (q *Queue[TTx]) Health(ctx context.Context) (*Health, error) {
	h := &Health{Failures: make(map[string]int)}
	now := q.now()
	err := q.db.Pool().Query(ctx, `SELECT CASE state WHEN 'resolving' THEN 'pending' ELSE state END AS shown, count(*), min(since) FROM afterpay_operations
		WHERE state IN ('pending', 'resolving', 'review') OR state IN ('succeeded', 'rejected') AND settled_at > $1 GROUP BY shown`,
		[]any{formatTime(now.Add(-24 * time.Hour))}, func(scan func(...any) error) error {
			var state State
			var count int
			var oldest string
			if err := scan(&state, &count, &oldest); err != nil {
				return err
			}
			*map[State]*int{Pending: &h.Pending, Review: &h.Review, Succeeded: &h.SucceededDay, Rejected: &h.RejectedDay}[state] = count
			var err error
			if state == Pending {
				h.OldestPending, err = parseTime(oldest)
			}
			return err
		})
	if err != nil {
		return nil, err
	}
	h.Overdue = h.Pending > 0 && now.Sub(h.OldestPending) > q.options.Overdue
	if err := q.healthOfFailures(ctx, h); err != nil {
		return nil, err
	}
	return h, q.healthOfMoney(ctx, h)
}

func (q *Queue[TTx]) healthOfFailures(ctx context.Context, h *Health) error {
	err := q.db.Pool().Query(ctx, `SELECT failure, count(*) FROM afterpay_operations
		WHERE state IN ('pending', 'resolving', 'review') AND failure <> '' GROUP BY failure`, nil, func(scan func(...any) error) error {
		var failure string
		var count int
		err := scan(&failure, &count)
		h.Failures[failure] = count
		return err
	})
	if err != nil {
		return err
	}
	return q.db.Pool().Query(ctx, `SELECT COALESCE(max(settled_at), '') FROM afterpay_operations WHERE state = 'succeeded'`,
		nil, func(scan func(...any) error) error {
			var last string
			err := scan(&last)
			if err == nil {
				h.LastSuccess, err = parseTime(last)
			}
			return err
		})
}

func (q *Queue[TTx]) healthOfMoney(ctx context.Context, h *Health) error {
	for s, err := range q.All(ctx, Filter{State: Review}) {
		if err != nil {
			return err
		}
		if h.AtStake, err = addTo(h.AtStake, s.Amount); err != nil {
			return err
		}
	}
	return nil
}

// addTo adds an amount to the total in its currency.
func addTo(totals []afterpay.Money, m afterpay.Money) ([]afterpay.Money, error) {
	if m.IsZero() {
		return totals, nil
	}
	for i, t := range totals {
		if t.Currency == m.Currency {
			var err error
			totals[i], err = t.Add(m)
			return totals, err
		}
	}
	return append(totals, m), nil
}

// HealthHandler serves Health as JSON, with status 200 if it is OK and 503 if
// not. It shows no ids and no amounts of single operations; put it behind the
// shop's own authentication all the same.
func (q *Queue[TTx]) HealthHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, err := q.Health(r.Context())
		if err != nil {
			q.logger.ErrorContext(r.Context(), "durable: health", "error", err)
			http.Error(w, `{"error":"the database does not respond"}`, http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if !h.OK() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		if err := json.NewEncoder(w).Encode(h); err != nil {
			q.logger.WarnContext(r.Context(), "durable: health", "error", err)
		}
	})
}
