package durable

import (
	"context"

	"github.com/riverqueue/river/riverdriver"
)

// Dialect is the SQL dialect of a database.
type Dialect int

// The dialects.
const (
	PostgreSQL Dialect = iota
	SQLite
)

// Database is a database for a Queue. TTx is its transaction, such as *sql.Tx or
// pgx.Tx. Packages durablesqlite and durablepgx implement it.
type Database[TTx any] interface {
	// Driver returns River's driver.
	Driver() riverdriver.Driver[TTx]
	// Dialect returns the SQL dialect of the database.
	Dialect() Dialect
	// Pool runs statements outside any transaction.
	Pool() Conn
	// Tx runs statements in a transaction.
	Tx(tx TTx) Conn
	// InTx runs f in a transaction and returns when it is committed. What f did is
	// undone if it returns an error.
	InTx(ctx context.Context, f func(tx TTx) error) error
	// Exclusive runs f while no other process is in Exclusive, where the database
	// can promise that.
	Exclusive(ctx context.Context, f func() error) error
}

// Conn runs statements whose parameters are $1, $2 and so on.
type Conn interface {
	// Exec returns the number of rows that changed.
	Exec(ctx context.Context, query string, args ...any) (int64, error)
	// ExecEach runs a statement once for each list of arguments, in order, and
	// returns the number of rows that each changed.
	ExecEach(ctx context.Context, query string, args [][]any) ([]int64, error)
	// Query calls each for every row. The function each must not run other
	// statements.
	Query(ctx context.Context, query string, args []any, each func(scan func(...any) error) error) error
	// QueryEach runs a query once for each list of arguments, in order.
	QueryEach(ctx context.Context, query string, args [][]any, each func(scan func(...any) error) error) error
}
