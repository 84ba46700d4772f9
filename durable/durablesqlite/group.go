package durablesqlite

import (
	"context"
	"database/sql"
	"errors"
)

// groups runs functions in transactions that they share if they come at the same
// time, because SQLite runs one transaction after the other and each commit waits
// for the disk. A function that fails is undone alone.
type groups struct {
	db   *sql.DB
	turn chan struct{} // holds a value while somebody uses open
	open *group        // nil, or the transaction that functions may join
}

func newGroups(db *sql.DB) *groups { return &groups{db: db, turn: make(chan struct{}, 1)} }

// group is one transaction.
type group struct {
	conn *sql.Conn
	tx   *sql.Tx
	done chan struct{} // closed when the transaction has ended
	err  error         // why it could not be committed
}

// run runs f in a transaction, and returns when that is committed.
func (s *groups) run(ctx context.Context, f func(tx *sql.Tx) error) (err error) {
	g, err := s.join(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if end := s.end(g); end != nil {
			err = errors.Join(err, end)
		}
	}()
	defer func() { <-s.turn }()
	return g.run(ctx, f)
}

// join waits for the turn and returns the open transaction. It begins one if
// there is none. The transaction outlives ctx, as others may join it.
func (s *groups) join(ctx context.Context) (*group, error) {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if s.open != nil {
		return s.open, nil
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		<-s.turn
		return nil, err
	}
	tx, err := conn.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		<-s.turn
		return nil, errors.Join(err, conn.Close())
	}
	s.open = &group{conn: conn, tx: tx, done: make(chan struct{})}
	return s.open, nil
}

// run runs f, and undoes what it did if it fails or panics.
func (g *group) run(ctx context.Context, f func(tx *sql.Tx) error) error {
	if g.err != nil {
		return nil // end returns the error
	}
	ctx = context.WithoutCancel(ctx)
	if _, g.err = g.tx.ExecContext(ctx, "SAVEPOINT part"); g.err != nil {
		return nil
	}
	undo := "ROLLBACK TO part"
	defer func() {
		if undo != "" {
			_, g.err = g.tx.ExecContext(ctx, undo)
		}
		if g.err == nil {
			_, g.err = g.tx.ExecContext(ctx, "RELEASE part")
		}
	}()
	if err := f(g.tx); err != nil {
		return err
	}
	undo = ""
	return nil
}

// end waits until the transaction is committed. Whoever had waited for the turn
// before has joined it; the first to have the turn again commits.
func (s *groups) end(g *group) error {
	select {
	case <-g.done:
		return g.err
	case s.turn <- struct{}{}:
	}
	defer func() { <-s.turn }()
	if s.open != g {
		return g.err // somebody else has committed
	}
	s.open = nil
	if g.err == nil {
		g.err = g.tx.Commit()
	} else {
		_ = g.tx.Rollback() // g.err says more
	}
	_ = g.conn.Close() // returns it to the pool
	close(g.done)
	return g.err
}
