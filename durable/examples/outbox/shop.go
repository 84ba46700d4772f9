package main

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"riverqueue.com/riverui"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/durable/durablepgx"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
)

// shop is the shop's queue and books, on either database.
type shop interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	Migrate(ctx context.Context) error
	Get(ctx context.Context, id string) (*durable.Status, error)
	Health(ctx context.Context) (*durable.Health, error)
	HealthHandler() http.Handler
	Replay(ctx context.Context, id, by string) error
	enqueue(ctx context.Context, ops ...durable.Operation) error
	operations(ctx context.Context) ([]*durable.Status, error)
	createBooks(ctx context.Context) error
	booked(ctx context.Context) (int, error)
	dashboard(ctx context.Context, prefix string) (http.Handler, error)
}

// store implements shop.
type store[TTx any] struct {
	*durable.Queue[TTx]

	db durable.Database[TTx]
}

var quiet = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError + 1}))

func openShop(ctx context.Context, db, service string) (shop, error) {
	client, err := afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey,
		afterpay.WithBaseURL(service), afterpay.WithRetry(afterpay.RetryPolicy{}))
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(db, "postgres") {
		pool, err := pgxpool.New(ctx, db)
		if err != nil {
			return nil, err
		}
		return newStore[pgx.Tx](durablepgx.New(pool), client)
	}
	file, err := durablesqlite.Open(db)
	if err != nil {
		return nil, err
	}
	return newStore[*sql.Tx](durablesqlite.New(file), client)
}

func newStore[TTx any](db durable.Database[TTx], client *afterpay.Client) (shop, error) {
	s := &store[TTx]{db: db}
	var err error
	s.Queue, err = durable.New(db, client, durable.Options[TTx]{
		Settled: s.settled,
		Alert:   func(_ context.Context, a durable.Alert) { fmt.Println("  ALERT:", a.Text) },
		MinWait: 200 * time.Millisecond, MaxWait: 2 * time.Second, Tick: 2 * time.Second, // short, for a demonstration
		Logger: quiet,
		River: func(c *river.Config) {
			c.JobTimeout, c.RescueStuckJobsAfter = 5*time.Second, 6*time.Second // short, too
		},
	})
	return s, err
}

// settled runs in the transaction of the outcome. It books the outcome and
// decides on the refund of 10.00 that follows each order.
func (s *store[TTx]) settled(ctx context.Context, tx TTx, status *durable.Status) error {
	if _, err := s.db.Tx(tx).Exec(ctx, "INSERT INTO shop_books (id, state) VALUES ($1, $2)", status.ID, string(status.State)); err != nil {
		return err
	}
	if status.Kind != durable.Capture || status.State != durable.Succeeded {
		return nil
	}
	_, _, err := s.EnqueueTx(ctx, tx, durable.Operation{
		ID: "refund-" + status.ID, Kind: durable.Refund, PaymentID: status.ResultID, Amount: afterpay.USD(10_00),
	})
	return err
}

func (s *store[TTx]) createBooks(ctx context.Context) error {
	_, err := s.db.Pool().Exec(ctx, "CREATE TABLE shop_books (id TEXT PRIMARY KEY, state TEXT NOT NULL)")
	return err
}

func (s *store[TTx]) booked(ctx context.Context) (count int, err error) {
	err = s.db.Pool().Query(ctx, "SELECT count(*) FROM shop_books WHERE state = 'succeeded'", nil,
		func(scan func(...any) error) error { return scan(&count) })
	return count, err
}

func (s *store[TTx]) enqueue(ctx context.Context, ops ...durable.Operation) error {
	return s.db.InTx(ctx, func(tx TTx) error {
		for _, op := range ops {
			if _, _, err := s.EnqueueTx(ctx, tx, op); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *store[TTx]) operations(ctx context.Context) ([]*durable.Status, error) {
	var all []*durable.Status
	for status, err := range s.All(ctx, durable.Filter{}) {
		if err != nil {
			return nil, err
		}
		all = append(all, status)
	}
	return all, nil
}

// dashboard returns River's dashboard. A shop puts it behind its own
// authentication.
func (s *store[TTx]) dashboard(ctx context.Context, prefix string) (http.Handler, error) {
	handler, err := riverui.NewHandler(&riverui.HandlerOpts{Endpoints: riverui.NewEndpoints(s.River(), nil), Logger: quiet, Prefix: prefix})
	if err != nil {
		return nil, err
	}
	return handler, handler.Start(ctx)
}

// work is a worker process.
func work(ctx context.Context, db, service string) error {
	s, err := openShop(ctx, db, service)
	if err != nil {
		return err
	}
	if err := s.Start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	return s.Stop(context.WithoutCancel(ctx))
}
