package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/durable/durablepgx"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
	"github.com/afterpay-go/afterpay/durable/durabletest"
)

// writeSQLite makes a SQLite file with the operations of writeJobs.
func writeSQLite(path, paymentID string) error {
	db, err := durablesqlite.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(writeJobs(context.Background(), durablesqlite.New(db), paymentID), db.Close())
}

// writePostgres starts a PostgreSQL for a script, and makes a database with the
// operations of writeJobs. It skips the test if no PostgreSQL is installed.
func writePostgres(env *testscript.Env, paymentID string) (url string, err error) {
	ctx := env.T().(testing.TB).Context()
	server, err := durabletest.StartPostgres(ctx)
	if errors.Is(err, durabletest.ErrNoPostgres) {
		env.T().Skip(err)
	}
	if err != nil {
		return "", err
	}
	env.Defer(func() { _ = server.Close() }) // it was killed
	if url, err = server.CreateDatabase(ctx, "shop"); err != nil {
		return "", err
	}
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return "", err
	}
	defer pool.Close()
	return url, writeJobs(ctx, durablepgx.New(pool), paymentID)
}

// writeJobs makes a pending refund and one that waits for a person.
func writeJobs[TTx any](ctx context.Context, db durable.Database[TTx], paymentID string) error {
	client, err := afterpay.New("unused", "unused")
	if err != nil {
		return err
	}
	made := time.Date(2025, 5, 1, 12, 0, 0, 0, time.UTC)
	q, err := durable.New(db, client, durable.Options[TTx]{
		Now: func() time.Time { return made }, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	if err := q.Migrate(ctx); err != nil {
		return err
	}
	return db.InTx(ctx, func(tx TTx) error {
		for _, id := range []string{"refund-1", "refund-2"} {
			op := durable.Operation{ID: id, Kind: durable.Refund, PaymentID: paymentID, Amount: afterpay.USD(5_00)}
			if _, _, err := q.EnqueueTx(ctx, tx, op); err != nil {
				return err
			}
		}
		_, err := db.Tx(tx).Exec(ctx, `UPDATE afterpay_operations SET state = 'review', reason = 'undecided', failure = 'unavailable' WHERE id = 'refund-2'`)
		return err
	})
}
