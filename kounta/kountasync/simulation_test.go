package kountasync

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
)

// killed is what a simulated kill panics with.
type killed struct{}

// simulation is a world with a clock of its own: a till that is the ledger of
// the judge, a database that survives, and a sync that is killed.
type simulation struct {
	random *rand.Rand
	now    time.Time
	lag    time.Duration
	kills  int

	orders map[int64]*simOrder
	bySale map[string][]*simOrder
	nextID int64
	faults int
}

type simOrder struct {
	tillOrder

	sale    string
	made    time.Time
	paid    []time.Time
	status  string
	changed int
}

func (v *simulation) maybeKill(share float64) {
	if v.random.Float64() < share {
		v.kills++
		panic(killed{})
	}
}

var errLost = errors.New("connection reset")

// post carries out a POST of which 40 % go wrong: half of these before and half
// after they took effect. Time passes, and the sync may die at any point.
func (v *simulation) post(effect func()) error {
	v.maybeKill(0.003)
	v.now = v.now.Add(time.Duration(v.random.IntN(1500)) * time.Millisecond)
	fault := v.random.Float64()
	if fault < 0.2 {
		v.faults++
		if fault < 0.05 {
			return fmt.Errorf("429: %w", errNotDone)
		}
		return errLost
	}
	effect()
	v.maybeKill(0.003)
	if fault < 0.4 {
		v.faults++
		return errLost
	}
	return nil
}

func (v *simulation) find(_ context.Context, d *Draft) (*tillOrder, error) {
	for _, o := range v.bySale[d.SaleNumber] {
		if v.now.Sub(o.made) >= v.lag {
			return v.read(context.Background(), o.id)
		}
	}
	return nil, nil
}

func (v *simulation) read(_ context.Context, id int64) (*tillOrder, error) {
	o := v.orders[id]
	if v.now.Sub(o.made) < v.lag {
		return nil, errors.New("404")
	}
	visible := &tillOrder{id: o.id}
	for i, p := range o.payments {
		if v.now.Sub(o.paid[i]) >= v.lag {
			visible.payments = append(visible.payments, p)
		}
	}
	return visible, nil
}

func (v *simulation) create(_ context.Context, d *Draft, status string) (int64, error) {
	var id int64
	err := v.post(func() {
		v.nextID++
		id = v.nextID
		o := &simOrder{tillOrder: tillOrder{id: id}, sale: d.SaleNumber, made: v.now, status: status}
		v.orders[id] = o
		v.bySale[d.SaleNumber] = append(v.bySale[d.SaleNumber], o)
	})
	return id, err
}

func (v *simulation) pay(_ context.Context, id int64, amount afterpay.Amount, ref string) error {
	return v.post(func() {
		o := v.orders[id]
		o.payments = append(o.payments, tillPayment{ref: ref, amount: amount, afterpay: true})
		o.paid = append(o.paid, v.now)
	})
}

func (v *simulation) setStatus(_ context.Context, id int64, status string) error {
	v.orders[id].status = status
	v.orders[id].changed++
	return nil
}

// mortalDB is a database whose client may die before or after each statement.
type mortalDB struct {
	durable.Database[*sql.Tx]

	v *simulation
}

func (d mortalDB) Pool() durable.Conn { return mortalConn{d.Database.Pool(), d.v} }

type mortalConn struct {
	durable.Conn

	v *simulation
}

func (c mortalConn) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	c.v.maybeKill(0.001)
	rows, err := c.Conn.Exec(ctx, query, args...)
	c.v.maybeKill(0.001)
	return rows, err
}

// openDB opens a database that need not survive a power cut.
func openDB(tb testing.TB) *sql.DB {
	tb.Helper()
	db, err := durablesqlite.Open(filepath.Join(tb.TempDir(), "sync.db"))
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, db.Close()) })
	_, err = db.ExecContext(tb.Context(), "PRAGMA synchronous = OFF")
	require.NoError(tb, err)
	return db
}

// payment returns a captured payment, in parts and with refunds now and then.
func (v *simulation) payment(n int) *afterpay.Payment {
	p := &afterpay.Payment{
		ID: strconv.Itoa(100_000_000 + n), Status: afterpay.StatusApproved, State: afterpay.StateCaptured,
		Created: afterpay.Timestamp{Time: v.now}, MerchantReference: strconv.Itoa(n),
	}
	captured := int64(0)
	for part := range 1 + v.random.IntN(2) {
		amount := 100 + v.random.Int64N(10_000)
		captured += amount
		p.Events = append(p.Events, afterpay.PaymentEvent{
			ID: fmt.Sprintf("e%d", part), Type: afterpay.EventCaptured, Amount: afterpay.AUD(amount),
			Created: afterpay.Timestamp{Time: v.now.Add(time.Duration(part) * time.Second)},
		})
	}
	p.OriginalAmount, p.OpenToCaptureAmount = afterpay.AUD(captured), afterpay.AUD(0)
	if n%5 == 0 {
		p.Refunds = []afterpay.Refund{{ID: "r" + p.ID, RequestID: "q", Amount: afterpay.AUD(50), RefundedAt: afterpay.Timestamp{Time: v.now.Add(time.Minute)}}}
	}
	return p
}

// live runs f until it is killed or done.
func live(f func() error) (died bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(killed); !ok {
				panic(r)
			}
			died = true
		}
	}()
	return false, f()
}

// simulate lets n payments arrive, one a second, and works until nothing is due.
func (v *simulation) simulate(t *testing.T, n int, options Options) []*afterpay.Payment {
	t.Helper()
	db := durablesqlite.New(openDB(t))
	require.NoError(t, newStore(db).migrate(t.Context()))
	st := newStore(mortalDB{db, v})
	var payments []*afterpay.Payment
	stored := 0
	for due := true; due || stored < n; {
		// A sync is started anew after each kill.
		options.Now = func() time.Time { return v.now }
		s, err := newSync(st, nil, v, options)
		require.NoError(t, err)
		for died := false; !died && (due || stored < n); {
			v.now = v.now.Add(5 * time.Second)
			for range 5 {
				if len(payments) < n {
					payments = append(payments, v.payment(len(payments)+1))
				}
			}
			died, err = live(func() error {
				if err := s.take(t.Context(), each(payments[stored:]), nil); err != nil {
					return err
				}
				stored = len(payments)
				return s.push(t.Context())
			})
			if err != nil && !errors.Is(err, errLost) && !errors.Is(err, errNotDone) {
				require.EqualError(t, err, "404")
			}
			due = v.anyDue(t, db)
		}
	}
	return payments
}

func each(payments []*afterpay.Payment) iter.Seq2[*afterpay.Payment, error] {
	return func(yield func(*afterpay.Payment, error) bool) {
		for _, p := range payments {
			if !yield(p, nil) {
				return
			}
		}
	}
}

func (v *simulation) anyDue(t *testing.T, db durable.Database[*sql.Tx]) (due bool) {
	t.Helper()
	require.NoError(t, db.Pool().Query(t.Context(), `SELECT 1 FROM kounta_sync_orders WHERE next_at <> '' LIMIT 1`, nil,
		func(func(...any) error) error { due = true; return nil }))
	return due
}

// judge counts what is doubled and what is lost, by the till's own ledger.
func (v *simulation) judge(payments []*afterpay.Payment) (doubled, lost, wrong int) {
	for _, p := range payments {
		orders := v.bySale[p.MerchantReference]
		switch len(orders) {
		case 0:
			lost++
			continue
		case 1:
		default:
			doubled++
		}
		want := make(map[string]afterpay.Amount)
		for _, e := range p.Events {
			want[p.ID+"-"+e.ID] = e.Amount.Amount
		}
		for _, r := range p.Refunds {
			want[r.ID] = -r.Amount.Amount
		}
		got := make(map[string]int)
		for _, o := range orders {
			for _, row := range o.payments {
				if got[row.ref]++; got[row.ref] > 1 {
					doubled++
				}
				if want[row.ref] != row.amount {
					wrong++
				}
			}
			if o.status != "COMPLETE" {
				wrong++
			}
		}
		lost += len(want) - len(got)
	}
	return doubled, lost, wrong
}

// simulatedOrders is shortened in the gate with -short.
func simulatedOrders() int {
	if testing.Short() {
		return 1_000
	}
	return 20_000
}

func TestPush_FaultsLagAndKillsDoubleAndLoseNothing(t *testing.T) {
	t.Parallel()
	v := newSimulation(1)
	payments := v.simulate(t, simulatedOrders(), Options{})
	doubled, lost, wrong := v.judge(payments)
	t.Logf("%d orders, %d faulty POSTs, %d kills: %d doubled, %d lost, %d wrong", len(payments), v.faults, v.kills, doubled, lost, wrong)
	require.Zero(t, doubled, "doubled")
	require.Zero(t, lost, "lost")
	require.Zero(t, wrong, "wrong")
	require.Greater(t, v.kills, len(payments)/200, "kills")
}

// Looking before reads have caught up doubles orders, and the judge sees it.
func TestPush_SettlingBelowTheLagDoubles(t *testing.T) {
	t.Parallel()
	v := newSimulation(2)
	doubled, _, _ := v.judge(v.simulate(t, 200, Options{Settle: 6 * time.Second}))
	require.NotZero(t, doubled)
}

func newSimulation(seed uint64) *simulation {
	return &simulation{
		random: rand.New(rand.NewPCG(seed, 0)), now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), lag: 12 * time.Second,
		orders: make(map[int64]*simOrder), bySale: make(map[string][]*simOrder),
	}
}
