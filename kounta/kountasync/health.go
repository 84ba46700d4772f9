package kountasync

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Health is how the sync is doing.
type Health struct {
	Due       int       `json:"due"`    // orders with something to write
	Review    int       `json:"review"` // orders that wait for a person
	Sending   int       `json:"sending"`
	OldestDue time.Time `json:"oldestDue,omitzero"`
	Polled    time.Time `json:"polled,omitzero"` // up to when Afterpay was polled
	// AfterpayFails and KountaFails are when a side began to fail.
	AfterpayFails time.Time `json:"afterpayFails,omitzero"`
	KountaFails   time.Time `json:"kountaFails,omitzero"`
	// Overdue reports whether something waits for longer than Options.Overdue.
	Overdue bool `json:"overdue"`
}

// OK reports whether nobody has to do anything.
func (h *Health) OK() bool { return h.Review == 0 && !h.Overdue }

// Health returns how the sync is doing.
func (s *Sync) Health(ctx context.Context) (*Health, error) {
	var h Health
	var oldest string
	err := s.store.conn.Query(ctx, `SELECT
			(SELECT count(*) FROM kounta_sync_orders WHERE next_at <> ''),
			(SELECT count(*) FROM kounta_sync_orders WHERE review <> ''),
			(SELECT count(*) FROM kounta_sync_orders WHERE phase = 'sending') + (SELECT count(*) FROM kounta_sync_writes WHERE phase = 'sending'),
			(SELECT COALESCE(min(due_since), '') FROM kounta_sync_orders WHERE next_at <> '')`, nil,
		func(scan func(...any) error) error { return scan(&h.Due, &h.Review, &h.Sending, &oldest) })
	if err != nil {
		return nil, err
	}
	if h.OldestDue, err = parseTime(oldest); err != nil {
		return nil, err
	}
	for name, field := range map[string]*time.Time{
		pollPosition: &h.Polled, "failing:" + sideAfterpay: &h.AfterpayFails, "failing:" + sideKounta: &h.KountaFails,
	} {
		value, err := s.store.position(ctx, name)
		if err != nil {
			return nil, err
		}
		if *field, err = parseTime(value); err != nil {
			return nil, err
		}
	}
	for _, since := range []time.Time{h.OldestDue, h.Polled, h.AfterpayFails, h.KountaFails} {
		h.Overdue = h.Overdue || !since.IsZero() && s.now().Sub(since) > s.options.Overdue
	}
	return &h, nil
}

// Failure is an order that waits for a person or whose last try failed.
type Failure struct {
	SaleNumber string    `json:"saleNumber"`
	KountaID   int64     `json:"kountaId,omitempty"`
	Review     bool      `json:"review"` // waits for a person: see Retry
	Text       string    `json:"text"`
	Tries      int       `json:"tries"`
	Next       time.Time `json:"next,omitzero"`
}

// maxFailures is how many failures are listed.
const maxFailures = 500

// Failures returns the orders that wait for a person or whose last try failed,
// oldest sale first, up to 500.
func (s *Sync) Failures(ctx context.Context) ([]Failure, error) {
	failures := []Failure{}
	err := s.store.conn.Query(ctx, `SELECT sale_number, kounta_id, review, failure, tries, next_at FROM kounta_sync_orders
		WHERE failure <> '' ORDER BY placed_at LIMIT $1`, []any{maxFailures}, func(scan func(...any) error) error {
		var f Failure
		var review, next string
		err := scan(&f.SaleNumber, &f.KountaID, &review, &f.Text, &f.Tries, &next)
		if err != nil {
			return err
		}
		f.Review = review != ""
		f.Next, err = parseTime(next)
		failures = append(failures, f)
		return err
	})
	return failures, err
}

// Retry lets an order that waits for a person be tried again. It reports whether
// there was one.
func (s *Sync) Retry(ctx context.Context, saleNumber string) (bool, error) {
	rows, err := s.store.conn.Exec(ctx, `UPDATE kounta_sync_orders SET review = '', alerted = 0, tries = 0, next_at = $2, due_since = $2
		WHERE sale_number = $1 AND review <> ''`, saleNumber, formatTime(s.now()))
	return rows > 0, err
}

// Handler serves /health, with status 503 when a person is needed, and
// /failures, both as JSON. Sale numbers are shown: put it behind the shop's own
// authentication.
func (s *Sync) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) {
		h, err := s.Health(r.Context())
		status := http.StatusOK
		if err == nil && !h.OK() {
			status = http.StatusServiceUnavailable
		}
		s.respond(w, r, status, h, err)
	})
	mux.HandleFunc("GET /failures", func(w http.ResponseWriter, r *http.Request) {
		failures, err := s.Failures(r.Context())
		s.respond(w, r, http.StatusOK, failures, err)
	})
	return mux
}

func (s *Sync) respond(w http.ResponseWriter, r *http.Request, status int, body any, err error) {
	if err != nil {
		s.options.Logger.ErrorContext(r.Context(), "kountasync: page", "error", err)
		http.Error(w, `{"error":"the database does not respond"}`, http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		s.options.Logger.WarnContext(r.Context(), "kountasync: page", "error", err)
	}
}
