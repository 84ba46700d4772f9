package durablesqlite

import (
	"context"
	"database/sql/driver"
)

// connector opens connections that keep their prepared statements, because half
// of the processor's time would go into parsing the same statements again.
type connector struct{ driver.Connector }

// Connect implements driver.Connector.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	opened, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &checkedConn{cachingConn: &cachingConn{sqliteConn: opened.(sqliteConn), idle: make(map[string]sqliteStmt)}}, nil
}

// sqliteConn, sqliteStmt and sqliteRows are what the driver's types implement.
type (
	sqliteConn interface {
		driver.Conn
		driver.ConnBeginTx
		driver.ConnPrepareContext
		driver.Pinger
		driver.SessionResetter
		driver.Validator
	}
	sqliteStmt interface {
		driver.Stmt
		driver.StmtExecContext
		driver.StmtQueryContext
	}
	sqliteRows interface {
		driver.Rows
		driver.RowsColumnTypeDatabaseTypeName
		driver.RowsColumnTypeLength
		driver.RowsColumnTypeNullable
		driver.RowsColumnTypePrecisionScale
		driver.RowsColumnTypeScanType
	}
)

// maxIdle bounds the statements that a connection keeps. The queue and River
// have about forty.
const maxIdle = 200

// cachingConn is a connection that keeps its prepared statements. database/sql calls
// it from one goroutine at a time.
type cachingConn struct {
	sqliteConn

	idle map[string]sqliteStmt // by text; a statement in use is not among them
}

// acquire returns a prepared statement that nothing else uses.
func (c *cachingConn) acquire(ctx context.Context, query string) (sqliteStmt, error) {
	if s, ok := c.idle[query]; ok {
		delete(c.idle, query)
		return s, nil
	}
	s, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.(sqliteStmt), nil
}

// release keeps a statement for its next use.
func (c *cachingConn) release(query string, s sqliteStmt) error {
	if _, ok := c.idle[query]; ok || len(c.idle) >= maxIdle {
		return s.Close()
	}
	c.idle[query] = s
	return nil
}

// ExecContext implements driver.ExecerContext.
func (c *cachingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.acquire(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.ExecContext(ctx, args)
	if err != nil {
		_ = s.Close() // err says more
		return nil, err
	}
	return result, c.release(query, s)
}

// QueryContext implements driver.QueryerContext.
func (c *cachingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.acquire(ctx, query)
	if err != nil {
		return nil, err
	}
	found, err := s.QueryContext(ctx, args)
	if err != nil {
		_ = s.Close() // err says more
		return nil, err
	}
	return &rows{found.(sqliteRows), func(err error) error {
		if err != nil {
			_ = s.Close() // err says more
			return err
		}
		return c.release(query, s)
	}}, nil
}

// Close implements driver.Conn.
func (c *cachingConn) Close() error {
	for _, s := range c.idle {
		_ = s.Close() // the connection ends anyway
	}
	return c.sqliteConn.Close()
}

// rows release their statement when they are closed.
type rows struct {
	sqliteRows

	release func(err error) error
}

// Close implements driver.Rows.
func (r *rows) Close() error {
	return r.release(r.sqliteRows.Close())
}
