// Package sqlconn adapts database/sql to durable.Conn.
package sqlconn

import (
	"context"
	"database/sql"
	"errors"
)

// Querier is a *sql.DB or *sql.Tx.
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Conn implements durable.Conn. Rewrite, if not nil, turns a statement into the
// database's dialect.
type Conn struct {
	Querier Querier
	Rewrite func(query string) string
}

func (c Conn) rewrite(query string) string {
	if c.Rewrite == nil {
		return query
	}
	return c.Rewrite(query)
}

// Exec implements durable.Conn.
func (c Conn) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := c.Querier.ExecContext(ctx, c.rewrite(query), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// ExecEach implements durable.Conn.
func (c Conn) ExecEach(ctx context.Context, query string, args [][]any) ([]int64, error) {
	changed := make([]int64, len(args))
	for i := range args {
		var err error
		if changed[i], err = c.Exec(ctx, query, args[i]...); err != nil {
			return nil, err
		}
	}
	return changed, nil
}

// Query implements durable.Conn.
func (c Conn) Query(ctx context.Context, query string, args []any, each func(scan func(...any) error) error) (err error) {
	rows, err := c.Querier.QueryContext(ctx, c.rewrite(query), args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// QueryEach implements durable.Conn.
func (c Conn) QueryEach(ctx context.Context, query string, args [][]any, each func(scan func(...any) error) error) error {
	for i := range args {
		if err := c.Query(ctx, query, args[i], each); err != nil {
			return err
		}
	}
	return nil
}
