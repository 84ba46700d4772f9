package kountasync

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
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
	reads  int // of single orders

	byID    map[int64]*simOrder
	bySale  map[string][]*simOrder
	made    []*simOrder
	nextID  int64
	faults  int
	created func(id int64)  // called for each new order, if not nil
	calm    bool            // nothing goes wrong
	poison  map[string]bool // sale numbers whose orders are refused
	down    bool            // every request fails
	money   afterpay.Currency
}

type simOrder struct {
	tillOrder

	made    time.Time
	paid    []time.Time
	changed int
}

func (v *simulation) maybeKill(share float64) {
	if !v.calm && v.random.Float64() < share {
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
	if v.down {
		return errLost
	}
	fault := v.random.Float64()
	if v.calm {
		fault = 1
	}
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

func (v *simulation) ping(context.Context) error {
	if v.down {
		return errLost
	}
	return nil
}

func (v *simulation) list(_ context.Context, from, to time.Time) iter.Seq2[*tillOrder, error] {
	return func(yield func(*tillOrder, error) bool) {
		if v.down {
			yield(nil, errLost)
			return
		}
		for _, o := range v.made {
			switch {
			case v.now.Sub(o.made) < v.lag, o.made.Before(from), !to.IsZero() && !o.made.Before(to):
			case !yield(&tillOrder{id: o.id, saleNumber: o.saleNumber, placed: o.placed, total: o.total, status: o.status}, nil):
				return
			}
		}
	}
}

func (v *simulation) read(_ context.Context, id int64) (*tillOrder, error) {
	if v.reads++; v.down {
		return nil, errLost
	}
	o := v.byID[id]
	if v.now.Sub(o.made) < v.lag {
		return nil, errors.New("404")
	}
	visible := &tillOrder{id: o.id, saleNumber: o.saleNumber, placed: o.placed, total: o.total, status: o.status}
	for i, p := range o.payments {
		if i >= len(o.paid) || v.now.Sub(o.paid[i]) >= v.lag {
			visible.payments = append(visible.payments, p)
		}
	}
	return visible, nil
}

func (v *simulation) currency() afterpay.Currency { return v.money }

func (v *simulation) create(_ context.Context, d *Draft, status string) (int64, error) {
	if v.poison[d.SaleNumber] {
		return 0, fmt.Errorf("403: %w", errNotDone)
	}
	var id int64
	err := v.post(func() {
		v.nextID++
		id = v.nextID
		o := &simOrder{tillOrder: tillOrder{id: id, saleNumber: d.SaleNumber, placed: d.PlacedAt, total: d.Total.Amount, status: status}, made: v.now}
		v.made = append(v.made, o)
		v.byID[id] = o
		v.bySale[d.SaleNumber] = append(v.bySale[d.SaleNumber], o)
		if v.created != nil {
			v.created(id)
		}
	})
	return id, err
}

func (v *simulation) customer(context.Context, string) (int64, bool, error) { return 0, false, errLost }

func (v *simulation) createCustomer(context.Context, afterpay.Consumer, string) (int64, error) {
	return 0, errLost
}

func (v *simulation) pay(_ context.Context, id int64, amount afterpay.Amount, ref string) error {
	return v.post(func() {
		o := v.byID[id]
		o.payments = append(o.payments, tillPayment{ref: ref, amount: amount, afterpay: true})
		o.paid = append(o.paid, v.now)
	})
}

func (v *simulation) setStatus(_ context.Context, id int64, status string) error {
	if v.down {
		return errLost
	}
	v.byID[id].status = status
	v.byID[id].changed++
	return nil
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

func newSimulation(seed uint64) *simulation {
	return &simulation{
		random: rand.New(rand.NewPCG(seed, 0)), now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), lag: 12 * time.Second, money: afterpay.CurrencyAUD,
		byID: make(map[int64]*simOrder), bySale: make(map[string][]*simOrder), poison: make(map[string]bool),
	}
}
