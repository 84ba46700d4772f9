package durablesqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
)

// errEnded says that SQLite has rolled a transaction back by itself.
var errEnded = errors.New("durablesqlite: SQLite has ended the transaction after an error")

// checkedConn is a connection on which a transaction that SQLite has ended by
// itself fails to the end. SQLite does that when a write is interrupted or the disk
// is full, and after INSERT OR ROLLBACK; further statements would then take effect
// at once, each by itself.
type checkedConn struct {
	*cachingConn

	in    bool // a transaction has begun
	ended bool // and SQLite has ended it
}

// BeginTx implements driver.ConnBeginTx.
func (c *checkedConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tx, err := c.cachingConn.BeginTx(ctx, opts)
	if err != nil {
		return nil, err
	}
	c.in = true
	return &checkedTx{tx, c}, nil
}

// checkedTx is a transaction of a checkedConn.
type checkedTx struct {
	driver.Tx

	conn *checkedConn
}

// Commit implements driver.Tx.
func (tx *checkedTx) Commit() error {
	if tx.conn.leave() {
		return errEnded
	}
	return tx.Tx.Commit()
}

// Rollback implements driver.Tx.
func (tx *checkedTx) Rollback() error {
	if tx.conn.leave() {
		return nil
	}
	return tx.Tx.Rollback()
}

// leave says that the transaction is over, and reports whether SQLite has ended it.
func (c *checkedConn) leave() (ended bool) {
	ended = c.ended
	c.in, c.ended = false, false
	return ended
}

// ExecContext implements driver.ExecerContext.
func (c *checkedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if c.ended {
		return nil, errEnded
	}
	result, err := c.cachingConn.ExecContext(ctx, query, args)
	return result, c.check(err)
}

// QueryContext implements driver.QueryerContext.
func (c *checkedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if c.ended {
		return nil, errEnded
	}
	found, err := c.cachingConn.QueryContext(ctx, query, args)
	if err != nil {
		return nil, c.check(err)
	}
	return &checkedRows{found.(*rows), c}, nil
}

// checkedRows are rows of a checkedConn.
type checkedRows struct {
	*rows

	conn *checkedConn
}

// Next implements driver.Rows.
func (r *checkedRows) Next(dest []driver.Value) error {
	err := r.rows.Next(dest)
	if err != nil && !errors.Is(err, io.EOF) {
		return r.conn.check(err)
	}
	return err
}

// check finds out whether the transaction goes on after the error of a statement.
// BEGIN succeeds only if it does not.
func (c *checkedConn) check(err error) error {
	if err == nil || !c.in {
		return err
	}
	ctx := context.Background()
	if _, inside := c.cachingConn.ExecContext(ctx, "BEGIN", nil); inside != nil {
		return err
	}
	c.ended = true
	_, undo := c.cachingConn.ExecContext(ctx, "ROLLBACK", nil)
	return errors.Join(err, errEnded, undo)
}
