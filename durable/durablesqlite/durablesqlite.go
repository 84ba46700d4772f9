// Package durablesqlite keeps a durable queue in one SQLite file, without a C
// compiler. Several processes of one machine may share the file.
package durablesqlite

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strings"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	modernc "modernc.org/sqlite"

	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/durable/internal/sqlconn"
)

// Open opens or creates a database file with the settings that the queue relies
// on: transactions take the write lock when they begin, a commit is on disk
// before it returns, and there is one connection. While a transaction is open,
// statements outside it wait for it: use the transaction for everything.
func Open(path string) (*sql.DB, error) {
	if path == "" || strings.Contains(path, ":memory:") {
		return nil, errors.New("durablesqlite: a file is required")
	}
	source := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: url.Values{
		"_txlock": {"immediate"},
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)"},
	}.Encode()}
	sqlite, err := modernc.NewConnector(source.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector{sqlite})
	db.SetMaxOpenConns(1)
	return db, nil
}

// New returns a database for durable.New. db should come from Open.
func New(db *sql.DB) durable.Database[*sql.Tx] { return database{db} }

type database struct{ db *sql.DB }

// toSQLite turns parameters $1 into ?1.
func toSQLite(query string) string { return strings.ReplaceAll(query, "$", "?") }

// Driver implements durable.Database.
func (d database) Driver() riverdriver.Driver[*sql.Tx] { return riversqlite.New(d.db) }

// Dialect implements durable.Database.
func (database) Dialect() durable.Dialect { return durable.SQLite }

// Pool implements durable.Database.
func (d database) Pool() durable.Conn { return sqlconn.Conn{Querier: d.db, Rewrite: toSQLite} }

// Tx implements durable.Database.
func (database) Tx(tx *sql.Tx) durable.Conn { return sqlconn.Conn{Querier: tx, Rewrite: toSQLite} }

// InTx implements durable.Database.
func (d database) InTx(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// Exclusive implements durable.Database. SQLite has no lock that spans
// transactions, so that f may fail and has to be tried again.
func (database) Exclusive(_ context.Context, f func() error) error { return f() }
