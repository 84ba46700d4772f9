package durablesqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"
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
	conn  *sql.Conn
	tx    *sql.Tx
	began time.Time
	done  chan struct{} // closed when the transaction has ended
	err   error         // why it could not be committed
}

// longest is how long a transaction can be joined. Other processes wait for its
// end, for up to 10 seconds.
const longest = 100 * time.Millisecond

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
	if s.open != nil && (s.open.err != nil || time.Since(s.open.began) > longest) {
		s.commit()
	}
	if s.open != nil {
		return s.open, nil
	}
	g, err := s.begin(ctx)
	if err != nil {
		<-s.turn
		return nil, err
	}
	s.open = g
	return g, nil
}

func (s *groups) begin(ctx context.Context) (*group, error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	tx, err := conn.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &group{conn: conn, tx: tx, began: time.Now(), done: make(chan struct{})}, nil
}

// run runs f, and undoes what it did if it fails or panics.
func (g *group) run(ctx context.Context, f func(tx *sql.Tx) error) error {
	ctx = context.WithoutCancel(ctx)
	if _, g.err = g.tx.ExecContext(ctx, "SAVEPOINT part"); g.err != nil {
		return nil // end returns it
	}
	succeeded := false
	defer func() {
		if !succeeded {
			_, g.err = g.tx.ExecContext(ctx, "ROLLBACK TO part")
		}
		if g.err == nil {
			_, g.err = g.tx.ExecContext(ctx, "RELEASE part")
		}
	}()
	err := f(g.tx)
	succeeded = err == nil
	return err
}

// end waits until the transaction is committed. Whoever had waited for the turn
// before has joined it; the first to have the turn again commits.
func (s *groups) end(g *group) error {
	select {
	case <-g.done:
		return g.err
	case s.turn <- struct{}{}:
	}
	if s.open == g {
		s.commit()
	}
	<-s.turn
	return g.err
}

// commit ends the open transaction. The caller has the turn.
func (s *groups) commit() {
	g := s.open
	s.open = nil
	if g.err == nil {
		g.err = g.tx.Commit()
	} else {
		_ = g.tx.Rollback() // g.err says more
	}
	_ = g.conn.Close() // returns it to the pool
	close(g.done)
}
