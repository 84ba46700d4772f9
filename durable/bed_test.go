package durable_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/durable/durablepgx"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
	"github.com/afterpay-go/afterpay/durable/durabletest"
)

// postgres starts one server for all tests that need it.
var postgres = sync.OnceValues(func() (*durabletest.Postgres, error) {
	return durabletest.StartPostgres(context.Background())
})

// migrated is a database that the others are copies of, because migrating each
// takes most of a test's time.
const migrated = "migrated"

var migratePostgres = sync.OnceValue(func() error {
	server, err := postgres()
	if err != nil {
		return err
	}
	url, err := server.CreateDatabase(context.Background(), migrated)
	if err != nil {
		return err
	}
	pool, err := pgxpool.New(context.Background(), url)
	if err != nil {
		return err
	}
	defer pool.Close()
	for _, faster := range []string{"ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"} { // nobody cuts the power
		if _, err := pool.Exec(context.Background(), faster); err != nil {
			return err
		}
	}
	return migrate(durablepgx.New(pool))
})

// migratedFile returns the contents of a SQLite file with the tables.
var migratedFile = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "durable-migrated-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "test.db")
	db, err := durablesqlite.Open(file)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(migrate(durablesqlite.New(db)), db.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

func migrate[TTx any](db durable.Database[TTx]) error {
	client, err := afterpay.New("unused", "unused")
	if err != nil {
		return err
	}
	q, err := durable.New(db, client, durable.Options[TTx]{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return q.Migrate(context.Background())
}

var postgresUsed, databases atomic.Int64

func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "4"); err != nil { // tests wait more than they compute
		panic(err)
	}
	code := m.Run()
	if postgresUsed.Load() > 0 {
		if server, err := postgres(); err == nil {
			_ = server.Close()
		}
	}
	os.Exit(code)
}

// setup is what a test may set of a queue, on either database.
type setup struct {
	GiveUpAfter, Lookup time.Duration
	Expiring            durable.ExpiryPolicy
	Schedules           []durable.Schedule

	settled func(*durable.Status) error
	// settledIn is called instead, with the transaction.
	settledIn func(ctx context.Context, tx any, c durable.Conn, s *durable.Status) error
	gather    time.Duration // if set: outcomes that come within it share a transaction
	client    []afterpay.Option
	sandbox   []afterpaytest.Option
	listen    bool // for new jobs, on PostgreSQL, and not only look for them
}

// bed is a queue, with its transaction type hidden, and the sandbox that it works
// against.
type bed struct {
	t       *testing.T
	sandbox *afterpaytest.Sandbox
	client  *afterpay.Client
	alerts  func() []durable.Alert
	clock   clock // the queue's

	enqueueIn func(fail error, ops ...durable.Operation) ([]*durable.Status, []bool, error)
	queue     queue
	conn      durable.Conn
	settle    func(*testing.T)
	// readTogether reads operations as workers do that start at the same time.
	readTogether     func(ids ...string) []*durable.Status
	relayPage, sweep func() error
	// another returns a second queue on the same database.
	another func() queue
	// operator is the queue of a program that has no Settled, such as the command
	// line.
	operator queue
}

// queue is the part of durable.Queue without transactions.
type queue interface {
	Get(ctx context.Context, id string) (*durable.Status, error)
	Replay(ctx context.Context, id, by string) error
	Resolve(ctx context.Context, id string, state durable.State, by, note string) error
	Health(ctx context.Context) (*durable.Health, error)
	Migrate(ctx context.Context) error
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	Runs(ctx context.Context, name string, limit int) ([]durable.Run, error)
	HealthHandler() http.Handler
	All(ctx context.Context, f durable.Filter) iter.Seq2[*durable.Status, error]
	UnknownPayments(ctx context.Context, from, to time.Time) (string, error)
}

// onEach runs a test on a fresh queue on SQLite and one on PostgreSQL.
func onEach(t *testing.T, s setup, test func(t *testing.T, b *bed)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		contents, err := migratedFile()
		require.NoError(t, err)
		file := filepath.Join(t.TempDir(), "test.db")
		require.NoError(t, os.WriteFile(file, contents, 0o600))
		db, err := durablesqlite.Open(file)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		_, err = db.ExecContext(t.Context(), "PRAGMA synchronous = OFF")
		require.NoError(t, err)
		test(t, newBed(t, durablesqlite.New(db), s))
	})
	t.Run("postgres", func(t *testing.T) {
		test(t, newBed(t, durablepgx.New(usedPool(t)), s))
	})
}

// used are the databases of tests that have passed. A new database, and the first
// statements on new connections, take longer than most tests.
var used = make(chan *pgxpool.Pool, 100)

// usedPool returns connections to an empty migrated database.
func usedPool(t *testing.T) *pgxpool.Pool {
	t.Helper()
	err := migratePostgres()
	if errors.Is(err, durabletest.ErrNoPostgres) {
		t.Skip(err)
	}
	require.NoError(t, err)
	var pool *pgxpool.Pool
	select {
	case pool = <-used:
		for _, table := range []string{"afterpay_operations", "afterpay_schedule_runs", "river_job", "river_leader", "river_notification", "river_queue"} {
			_, err := pool.Exec(t.Context(), "DELETE FROM "+table) // faster than TRUNCATE, which makes new files
			require.NoError(t, err)
		}
	default:
		pool = openPool(t, migrated, "synchronous_commit=off")
	}
	t.Cleanup(func() {
		if t.Failed() {
			pool.Close()
			return
		}
		used <- pool
	})
	return pool
}

// newPool returns connections to a new database that is a copy of another. They
// are closed when the test ends.
func newPool(t testing.TB, template, setting string) *pgxpool.Pool {
	t.Helper()
	pool := openPool(t, template, setting)
	t.Cleanup(pool.Close)
	return pool
}

func openPool(t testing.TB, template, setting string) *pgxpool.Pool {
	t.Helper()
	server, err := postgres()
	if errors.Is(err, durabletest.ErrNoPostgres) {
		t.Skip(err)
	}
	require.NoError(t, err)
	postgresUsed.Add(1)
	conn, err := pgx.Connect(t.Context(), server.URL("postgres"))
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) }()
	name := fmt.Sprintf("test%d", databases.Add(1))
	_, err = conn.Exec(t.Context(), fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", name, template))
	require.NoError(t, err)
	pool, err := pgxpool.New(t.Context(), server.URL(name)+"&"+setting)
	require.NoError(t, err)
	return pool
}

func newBed[TTx any](t *testing.T, db durable.Database[TTx], s setup) *bed {
	t.Helper()
	b := &bed{t: t, sandbox: afterpaytest.New(s.sandbox...), conn: db.Pool()}
	b.client = b.sandbox.NewClient(t, append([]afterpay.Option{
		afterpay.WithRetry(afterpay.RetryPolicy{}), afterpay.WithTimeouts(afterpay.Timeouts{Lookup: 100 * time.Millisecond}),
	}, s.client...)...)
	var mu sync.Mutex
	var alerts []durable.Alert
	o := durable.Options[TTx]{
		GiveUpAfter: s.GiveUpAfter, Lookup: s.Lookup, Expiring: s.Expiring, Schedules: s.Schedules, Now: b.clock.now,
		Alert: func(_ context.Context, a durable.Alert) {
			mu.Lock()
			defer mu.Unlock()
			alerts = append(alerts, a)
		},
		Settled: func(ctx context.Context, tx TTx, status *durable.Status) error {
			switch {
			case s.settledIn != nil:
				return s.settledIn(ctx, tx, db.Tx(tx), status)
			case s.settled != nil:
				return s.settled(status)
			}
			return nil
		},
	}
	b.alerts = func() []durable.Alert {
		mu.Lock()
		defer mu.Unlock()
		return append([]durable.Alert(nil), alerts...)
	}
	o.River = func(c *river.Config) { c.PollOnly = !s.listen } // to listen takes a new connection
	durabletest.Fast(&o)
	open := func(o durable.Options[TTx]) *durable.Queue[TTx] {
		q, err := durable.New(db, b.client, o)
		require.NoError(t, err)
		return q
	}
	q := open(o)
	if s.gather > 0 {
		durable.Gather(q, s.gather)
	}
	b.queue = q
	b.another = func() queue { return open(o) }
	b.operator = open(durable.Options[TTx]{Logger: o.Logger, Now: o.Now})
	b.readTogether = func(ids ...string) []*durable.Status { return durable.ReadTogether(q, ids...) }
	b.relayPage = func() error { return durable.RelayPage(t.Context(), q) }
	b.sweep = func() error { return durable.Sweep(t.Context(), q) }
	b.settle = func(t *testing.T) { t.Helper(); durabletest.Settle(t, q) }
	b.enqueueIn = func(fail error, ops ...durable.Operation) (all []*durable.Status, created []bool, err error) {
		err = db.InTx(t.Context(), func(tx TTx) error {
			for _, op := range ops {
				s, c, err := q.EnqueueTx(t.Context(), tx, op)
				if err != nil {
					return err
				}
				all, created = append(all, s), append(created, c)
			}
			return fail
		})
		return all, created, err
	}
	return b
}

// enqueue enqueues operations in one transaction.
func (b *bed) enqueue(ops ...durable.Operation) {
	b.t.Helper()
	_, _, err := b.enqueueIn(nil, ops...)
	require.NoError(b.t, err)
}

func (b *bed) get(id string) *durable.Status {
	b.t.Helper()
	s, err := b.queue.Get(b.t.Context(), id)
	require.NoError(b.t, err)
	return s
}

// order returns the token of an order that the shopper has confirmed.
func (b *bed) order(amount int64) string {
	b.t.Helper()
	o, err := b.client.Orders.Create(b.t.Context(), afterpay.CreateOrderRequest{
		Amount:   afterpay.USD(amount),
		Consumer: afterpay.Consumer{Email: "shopper@example.com"},
		Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/c", RedirectCancelURL: "https://shop.example/x"},
	})
	require.NoError(b.t, err)
	require.NoError(b.t, b.sandbox.Approve(o.Token))
	return o.Token
}

// authorized returns the id of a payment that is authorized.
func (b *bed) authorized(amount int64) string {
	b.t.Helper()
	p, err := b.client.Payments.Authorize(b.t.Context(), afterpay.AuthorizeRequest{Token: b.order(amount)})
	require.NoError(b.t, err)
	return p.ID
}

// captured returns the id of a payment that is captured.
func (b *bed) captured(amount int64) string {
	b.t.Helper()
	p, err := b.client.Payments.Capture(b.t.Context(), afterpay.CaptureRequest{Token: b.order(amount)})
	require.NoError(b.t, err)
	return p.ID
}

// moved returns the amount that movements of a kind add up to.
func (b *bed) moved(kind afterpaytest.MovementKind) int64 {
	var total int64
	for _, m := range b.sandbox.Ledger() {
		if m.Kind == kind {
			total += m.Amount
		}
	}
	return total
}

// count returns the number that a query selects.
func (b *bed) count(query string) int {
	b.t.Helper()
	n := 0
	require.NoError(b.t, b.conn.Query(b.t.Context(), query, nil, func(scan func(...any) error) error { return scan(&n) }))
	return n
}

// clock is a clock that tests move.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *clock) advance(d time.Duration) { c.ahead.Add(int64(d)) }

// advance moves the queue's clock and the sandbox's.
func (b *bed) advance(d time.Duration) {
	b.clock.advance(d)
	b.sandbox.Advance(d)
}
