package durable_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/durable/durablepgx"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
)

// Throughput of operations, from the enqueueing transaction to the recorded
// outcome, with a sandbox in memory, and of River alone with an empty job. On
// SQLite River is measured on the driver's own connections, as its documentation
// opens them, and on those of durablesqlite, which keep their statements.
//
//	go test -run - -bench Throughput -benchtime 1000x
func BenchmarkThroughput(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		open := func(b *testing.B, open func(path string) (*sql.DB, error)) opened[*sql.Tx] {
			db, err := open(filepath.Join(b.TempDir(), "bench.db"))
			require.NoError(b, err)
			b.Cleanup(func() { _ = db.Close() })
			return opened[*sql.Tx]{durablesqlite.New(db), func(ctx context.Context, f func(*sql.Tx) error) error {
				tx, err := db.BeginTx(ctx, nil)
				if err != nil {
					return err
				}
				return errors.Join(f(tx), tx.Commit())
			}}
		}
		b.Run("durable", func(b *testing.B) { benchDurable(b, open(b, durablesqlite.Open)) })
		b.Run("river", func(b *testing.B) { benchRiver(b, open(b, plainSQLite)) })
		b.Run("river on durablesqlite", func(b *testing.B) { benchRiver(b, open(b, durablesqlite.Open)) })
	})
	b.Run("postgres", func(b *testing.B) {
		open := func(b *testing.B) opened[pgx.Tx] {
			db := durablepgx.New(newPool(b, "template1", "synchronous_commit=on&pool_max_conns=16"))
			return opened[pgx.Tx]{db, db.InTx}
		}
		b.Run("durable", func(b *testing.B) { benchDurable(b, open(b)) })
		b.Run("river", func(b *testing.B) { benchRiver(b, open(b)) })
	})
}

// plainSQLite opens a database with the settings of durablesqlite.
func plainSQLite(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// opened is a database and the shop's way to run a transaction on it.
type opened[TTx any] struct {
	durable.Database[TTx]

	shopTx func(ctx context.Context, f func(tx TTx) error) error
}

func benchDurable[TTx any](b *testing.B, db opened[TTx]) {
	sandbox := afterpaytest.New(afterpaytest.WithRequestHistory(1))
	client := sandbox.NewClient(b)
	var done atomic.Int64
	q, err := durable.New(db.Database, client, durable.Options[TTx]{
		Logger: slog.New(slog.DiscardHandler), River: fetchFast, Workers: benchWorkers,
		Settled: func(context.Context, TTx, *durable.Status) error {
			done.Add(1)
			return nil
		},
	})
	require.NoError(b, err)
	require.NoError(b, q.Migrate(b.Context()))
	tokens := make([]string, b.N)
	for i := range tokens {
		tokens[i] = confirmed(b, client, sandbox)
	}
	require.NoError(b, q.Start(b.Context()))
	b.ResetTimer()
	for i, token := range tokens {
		require.NoError(b, db.shopTx(b.Context(), func(tx TTx) error {
			_, _, err := q.EnqueueTx(b.Context(), tx, durable.Operation{ID: fmt.Sprint("o-", i), Kind: durable.Capture, Token: token})
			return err
		}))
	}
	require.Eventually(b, func() bool { return done.Load() >= int64(b.N) }, time.Hour, time.Millisecond)
	require.NoError(b, q.Stop(context.WithoutCancel(b.Context()))) // outcomes and completions are written by then
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
	require.Len(b, sandbox.Ledger(), b.N)
}

// benchWorkers and fetchFast are the settings of both contenders.
const benchWorkers = 64

func fetchFast(c *river.Config) {
	c.FetchCooldown, c.FetchPollInterval = 20*time.Millisecond, 50*time.Millisecond
}

func confirmed(tb testing.TB, client *afterpay.Client, sandbox *afterpaytest.Sandbox) string {
	tb.Helper()
	o, err := client.Orders.Create(tb.Context(), afterpay.CreateOrderRequest{
		Amount: afterpay.USD(10_00), Consumer: afterpay.Consumer{Email: "a@example.com"},
		Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/c", RedirectCancelURL: "https://shop.example/x"},
	})
	require.NoError(tb, err)
	require.NoError(tb, sandbox.Approve(o.Token))
	return o.Token
}

type emptyArgs struct {
	ID string `json:"id"`
}

func (emptyArgs) Kind() string { return "empty" }

func benchRiver[TTx any](b *testing.B, db opened[TTx]) {
	migrate, err := durable.New(db.Database, afterpaytest.New().NewClient(b), durable.Options[TTx]{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(b, err)
	require.NoError(b, migrate.Migrate(b.Context()))
	var done atomic.Int64
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[emptyArgs]) error {
		done.Add(1)
		return nil
	}))
	c := &river.Config{
		Workers: workers, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: benchWorkers}},
		Logger: slog.New(slog.DiscardHandler),
	}
	fetchFast(c)
	q, err := river.NewClient(db.Driver(), c)
	require.NoError(b, err)
	require.NoError(b, q.Start(b.Context()))
	b.ResetTimer()
	for i := range b.N {
		require.NoError(b, db.shopTx(b.Context(), func(tx TTx) error {
			_, err := q.InsertTx(b.Context(), tx, emptyArgs{fmt.Sprint("o-", i)}, nil)
			return err
		}))
	}
	require.Eventually(b, func() bool { return done.Load() == int64(b.N) }, time.Hour, time.Millisecond)
	require.NoError(b, q.Stop(context.WithoutCancel(b.Context()))) // completions are written by then
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}
