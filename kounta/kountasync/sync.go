package kountasync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/afterpay-go/afterpay"
)

// Options are the settings of a Sync. The zero value is usable.
type Options struct {
	Mapping Mapping
	// Location is the zone of the company in Kounta, in which placed_at is
	// written and days are counted. Nil means UTC.
	Location *time.Location
	// LookBack is how far before its last poll the sync reads payments again. It
	// must exceed the time that a shopper may take to pay; 4 h if it is 0.
	LookBack time.Duration
	// Poll is how often Afterpay is polled and Kounta written to; 30 s if it is 0.
	Poll time.Duration
	// Settle is how long after a request without a response Kounta is looked at;
	// 60 s if it is 0. It must exceed three times the lag of Kounta's reads,
	// because a request may last a third of it.
	Settle time.Duration
	// Overdue is the age at which work that waits for Kounta, or a poll that
	// fails, raises an alert; 1 h if it is 0.
	Overdue time.Duration
	// ReconcileAt is the time of day of the daily and weekly reconciliation, as
	// the time since midnight in Location.
	ReconcileAt time.Duration
	// Alerts receives what a person must know. Nil logs it.
	Alerts Alerter
	// Logger is for the sync's messages; nil means slog.Default.
	Logger *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

func orDefault[T comparable](v *T, value T) {
	if *v == *new(T) {
		*v = value
	}
}

func (o *Options) fill() error {
	orDefault(&o.Location, time.UTC)
	orDefault(&o.LookBack, 4*time.Hour)
	orDefault(&o.Poll, 30*time.Second)
	orDefault(&o.Settle, time.Minute)
	orDefault(&o.Overdue, time.Hour)
	orDefault(&o.Logger, slog.Default())
	for name, d := range map[string]time.Duration{"LookBack": o.LookBack, "Poll": o.Poll, "Settle": o.Settle, "Overdue": o.Overdue} {
		if d < 0 {
			return fmt.Errorf("kountasync: %s is negative", name)
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Alerts == nil {
		o.Alerts = LogAlerter{o.Logger}
	}
	return o.Mapping.fill()
}

// Sync writes Afterpay's payments to Kounta.
type Sync struct {
	client  *afterpay.Client
	till    till
	store   *store
	mapping *Mapping
	options Options

	indexing sync.Mutex
	indexes  map[span]*index
}

func newSync(st *store, client *afterpay.Client, t till, options Options) (*Sync, error) {
	if err := options.fill(); err != nil {
		return nil, err
	}
	s := &Sync{client: client, till: t, store: st, options: options, indexes: make(map[span]*index)}
	s.mapping = &s.options.Mapping
	return s, nil
}

func (s *Sync) now() time.Time { return s.options.Now().UTC().Truncate(time.Microsecond) }

// Migrate creates the tables of this package. Several processes may do it at
// once.
func (s *Sync) Migrate(ctx context.Context) error { return s.store.migrate(ctx) }

// Pass polls Afterpay once and writes what is due to Kounta. Passes of several
// processes do not harm each other.
func (s *Sync) Pass(ctx context.Context) error {
	// What was stored before is written although Afterpay is down.
	pollErr := s.poll(ctx)
	s.watch(ctx, sideAfterpay, pollErr)
	tried, pushErr := s.push(ctx, nil)
	if tried {
		s.watch(ctx, sideKounta, pushErr)
	}
	return errors.Join(pollErr, pushErr, s.alertOrders(ctx))
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
