package kountasync

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"iter"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
)

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
				_, err := s.push(t.Context(), nil)
				return err
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

var long = flag.Bool("long", false, "run the simulations at their full size")

func simulatedOrders() int {
	if *long {
		return 20_000
	}
	return 1_000
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
