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
	return &keeping{sqliteConn: opened.(sqliteConn), idle: make(map[string]sqliteStmt)}, nil
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

// keeping is a connection that keeps its prepared statements. database/sql calls
// it from one goroutine at a time.
type keeping struct {
	sqliteConn

	idle map[string]sqliteStmt // by text; a statement in use is not among them
}

// take returns a prepared statement that nothing else uses.
func (k *keeping) take(ctx context.Context, query string) (sqliteStmt, error) {
	if s, ok := k.idle[query]; ok {
		delete(k.idle, query)
		return s, nil
	}
	s, err := k.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.(sqliteStmt), nil
}

// giveBack keeps a statement for its next use.
func (k *keeping) giveBack(query string, s sqliteStmt) error {
	if _, ok := k.idle[query]; ok || len(k.idle) >= maxIdle {
		return s.Close()
	}
	k.idle[query] = s
	return nil
}

// ExecContext implements driver.ExecerContext.
func (k *keeping) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := k.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.ExecContext(ctx, args)
	if err != nil {
		_ = s.Close() // err says more
		return nil, err
	}
	return result, k.giveBack(query, s)
}

// QueryContext implements driver.QueryerContext.
func (k *keeping) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := k.take(ctx, query)
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
		return k.giveBack(query, s)
	}}, nil
}

// Close implements driver.Conn.
func (k *keeping) Close() error {
	for _, s := range k.idle {
		_ = s.Close() // the connection ends anyway
	}
	return k.sqliteConn.Close()
}

// rows give their statement back when they are closed.
type rows struct {
	sqliteRows

	giveBack func(err error) error
}

// Close implements driver.Rows.
func (r *rows) Close() error {
	return r.giveBack(r.sqliteRows.Close())
}
