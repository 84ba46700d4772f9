// Package durablepgx keeps a durable queue in PostgreSQL, reached by pgx, for
// any number of machines.
package durablepgx

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/afterpay-go/afterpay/durable"
)

// New returns a database for durable.New. The pool should have as many
// connections as there are Workers.
func New(pool *pgxpool.Pool) durable.Database[pgx.Tx] { return database{pool} }

type database struct{ pool *pgxpool.Pool }

// Driver implements durable.Database.
func (d database) Driver() riverdriver.Driver[pgx.Tx] { return riverpgxv5.New(d.pool) }

// Dialect implements durable.Database.
func (database) Dialect() durable.Dialect { return durable.PostgreSQL }

// Pool implements durable.Database.
func (d database) Pool() durable.Conn { return conn{d.pool} }

// Tx implements durable.Database.
func (database) Tx(tx pgx.Tx) durable.Conn { return conn{tx} }

// InTx implements durable.Database.
func (d database) InTx(ctx context.Context, f func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, d.pool, f)
}

// migrationLock is the key of the advisory lock of Exclusive.
const migrationLock = 0x6166_7465_7270_6179 // "afterpay"

// Exclusive implements durable.Database. The lock has a connection of its own, so
// that callers that wait for it leave the pool to the one that has it.
func (d database) Exclusive(ctx context.Context, f func() error) (err error) {
	c, err := pgx.ConnectConfig(ctx, d.pool.Config().ConnConfig.Copy())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close(context.WithoutCancel(ctx))) }() // releases the lock
	if _, err := c.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		return err
	}
	return f()
}

// querier is a pool or a transaction.
type querier interface {
	Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// conn implements durable.Conn.
type conn struct{ querier querier }

// Exec implements durable.Conn.
func (c conn) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	tag, err := c.querier.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}

// ExecEach implements durable.Conn. It takes one round trip.
func (c conn) ExecEach(ctx context.Context, query string, args [][]any) (changed []int64, err error) {
	results := c.send(ctx, query, args)
	defer func() { err = errors.Join(err, results.Close()) }()
	changed = make([]int64, len(args))
	for i := range changed {
		tag, err := results.Exec()
		if err != nil {
			return nil, err
		}
		changed[i] = tag.RowsAffected()
	}
	return changed, nil
}

// Query implements durable.Conn.
func (c conn) Query(ctx context.Context, query string, args []any, each func(scan func(...any) error) error) error {
	rows, err := c.querier.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	return forEach(rows, each)
}

// QueryEach implements durable.Conn. It takes one round trip.
func (c conn) QueryEach(ctx context.Context, query string, args [][]any, each func(scan func(...any) error) error) (err error) {
	results := c.send(ctx, query, args)
	defer func() { err = errors.Join(err, results.Close()) }()
	for range args {
		rows, err := results.Query()
		if err == nil {
			err = forEach(rows, each)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c conn) send(ctx context.Context, query string, args [][]any) pgx.BatchResults {
	var batch pgx.Batch
	for i := range args {
		batch.Queue(query, args[i]...)
	}
	return c.querier.SendBatch(ctx, &batch)
}

func forEach(rows pgx.Rows, each func(scan func(...any) error) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
