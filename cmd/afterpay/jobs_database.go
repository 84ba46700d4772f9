package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/cmd/afterpay/internal/account"
	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/durable/durablepgx"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
)

// queue is what the commands need of a durable.Queue of any database.
type queue interface {
	All(context.Context, durable.Filter) iter.Seq2[*durable.Status, error]
	Get(ctx context.Context, id string) (*durable.Status, error)
	Replay(ctx context.Context, id, by string) error
	Resolve(ctx context.Context, id string, state durable.State, by, note string) error
}

// withQueue opens the database, calls f and closes it.
func (a *app) withQueue(ctx context.Context, path string, f func(queue) error) (err error) {
	if strings.Contains(path, "://") {
		return errors.New("--db is a SQLite file: a postgres URL belongs in " + account.EnvDatabase)
	}
	if path == "" && a.profile == "" {
		path = a.getenv(account.EnvDatabase)
	}
	if path == "" {
		found, err := account.Find(a.profile, a.getenv)
		if err != nil {
			return err
		}
		if path = found.Database; path == "" {
			return errors.New("no database: use --db, " + account.EnvDatabase + " or the config file")
		}
	}
	// Nothing is sent: a worker of the shop carries out what is replayed.
	unused, err := afterpay.New("unused", "unused")
	if err != nil {
		return err
	}
	if strings.HasPrefix(path, "postgres://") || strings.HasPrefix(path, "postgresql://") {
		return withPostgres(ctx, path, unused, f)
	}
	return withSQLite(path, unused, f)
}

func withSQLite(path string, client *afterpay.Client, f func(queue) error) (err error) {
	if _, err := os.Stat(path); err != nil {
		cause, _ := errors.AsType[*fs.PathError](err) // its path may be a URL with a password
		return fmt.Errorf("the database must be a SQLite file that exists, or a postgres URL: %w", cause.Err)
	}
	db, err := durablesqlite.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return withDatabase(durablesqlite.New(db), client, f)
}

func withPostgres(ctx context.Context, url string, client *afterpay.Client, f func(queue) error) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return errors.New("the postgres URL is invalid") // the reason may quote the password
	}
	defer pool.Close()
	return withDatabase(durablepgx.New(pool), client, f)
}

func withDatabase[TTx any](db durable.Database[TTx], client *afterpay.Client, f func(queue) error) error {
	q, err := durable.New(db, client, durable.Options[TTx]{})
	if err != nil {
		return err
	}
	return f(q)
}
