package durabletest

import (
	"context"
	"database/sql"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
)

// New returns a queue in a SQLite file that belongs to the test, migrated and
// with the settings of Fast, and the database. It is not started: see Settle.
func New(tb testing.TB, client *afterpay.Client, options durable.Options[*sql.Tx]) (*durable.Queue[*sql.Tx], *sql.DB) {
	tb.Helper()
	db, err := durablesqlite.Open(filepath.Join(tb.TempDir(), "durable.db"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	Fast(&options)
	queue, err := durable.New(durablesqlite.New(db), client, options)
	if err != nil {
		tb.Fatal(err)
	}
	if err := queue.Migrate(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return queue, db
}

// Fast shortens every wait that is not set to milliseconds, and drops log
// messages unless there is a Logger.
func Fast[TTx any](o *durable.Options[TTx]) {
	for wait, short := range map[*time.Duration]time.Duration{
		&o.MinWait: time.Millisecond, &o.MaxWait: 20 * time.Millisecond, &o.Lookup: 100 * time.Millisecond, &o.Tick: 100 * time.Millisecond,
	} {
		if *wait == 0 {
			*wait = short
		}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	configure := o.River
	o.River = func(c *river.Config) {
		c.FetchCooldown, c.FetchPollInterval = time.Millisecond, 5*time.Millisecond
		c.TestOnly = true // starts without the random delay that keeps processes apart
		if configure != nil {
			configure(c)
		}
	}
}

// settleLimit is how long Settle waits. It only passes if a test is about to
// fail.
const settleLimit = time.Minute

// Settle runs a queue until no operation is pending. Operations that wait for
// their NotBefore or for one in review fail the test, after a minute.
func Settle[TTx any](tb testing.TB, queue *durable.Queue[TTx]) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), settleLimit)
	defer cancel()
	if err := queue.Start(context.WithoutCancel(ctx)); err != nil {
		tb.Fatal(err)
	}
	defer func() {
		if err := queue.Stop(context.WithoutCancel(ctx)); err != nil {
			tb.Error(err)
		}
	}()
	for {
		h, err := queue.Health(ctx)
		if err != nil {
			tb.Fatalf("durabletest: still pending: %v", err)
		}
		if h.Pending == 0 {
			return
		}
		select {
		case <-ctx.Done():
			tb.Fatalf("durabletest: %d operations are still pending", h.Pending)
		case <-time.After(time.Millisecond):
		}
	}
}
