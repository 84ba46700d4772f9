package durable_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable"
)

func TestEnqueueTx_RolledBackTransactionLeavesNothing(t *testing.T) {
	t.Parallel()
	onEach(t, setup{}, func(t *testing.T, b *bed) {
		change := errors.New("the order was changed meanwhile")
		op := durable.Operation{ID: "o-1", Kind: durable.Capture, Token: b.order(10_00)}
		_, _, err := b.enqueueIn(change, op)
		require.ErrorIs(t, err, change)
		b.settle(t)
		_, err = b.queue.Get(t.Context(), "o-1")
		require.ErrorIs(t, err, durable.ErrUnknown)
		require.Empty(t, b.sandbox.Ledger())
	})
}

func TestEnqueueTx_DuplicateReturnsTheFirstOnesOutcome(t *testing.T) {
	t.Parallel()
	onEach(t, setup{}, func(t *testing.T, b *bed) {
		op := durable.Operation{ID: "o-1", Kind: durable.Capture, Token: b.order(10_00)}
		_, created, err := b.enqueueIn(nil, op, op)
		require.NoError(t, err)
		require.Equal(t, []bool{true, false}, created)
		b.settle(t)
		all, created, err := b.enqueueIn(nil, op)
		require.NoError(t, err)
		require.False(t, created[0])
		require.Equal(t, durable.Succeeded, all[0].State)
		require.Equal(t, b.sandbox.Ledger()[0].PaymentID, all[0].ResultID)
		b.settle(t)
		require.Equal(t, int64(10_00), b.moved(afterpaytest.Captured))
	})
}

func TestEnqueueTx_SameIDWithOtherContentIsAConflict(t *testing.T) {
	t.Parallel()
	onEach(t, setup{}, func(t *testing.T, b *bed) {
		op := durable.Operation{ID: "r-1", Kind: durable.Refund, PaymentID: b.captured(10_00), Amount: afterpay.USD(4_00)}
		b.enqueue(op)
		for name, change := range map[string]func(*durable.Operation){
			"amount":  func(o *durable.Operation) { o.Amount = afterpay.USD(5_00) },
			"kind":    func(o *durable.Operation) { o.Kind = durable.Void },
			"payment": func(o *durable.Operation) { o.PaymentID = "100100999999" },
		} {
			other := op
			change(&other)
			_, _, err := b.enqueueIn(nil, other)
			require.ErrorIs(t, err, durable.ErrConflict, name)
		}
		b.settle(t)
		require.Equal(t, int64(4_00), b.moved(afterpaytest.Refunded))
	})
}

func TestEnqueueTx_ManyAtOnceCreateOne(t *testing.T) {
	t.Parallel()
	onEach(t, setup{}, func(t *testing.T, b *bed) {
		op := durable.Operation{ID: "o-1", Kind: durable.Capture, Token: b.order(10_00)}
		const callers = 8
		created := make([]bool, callers)
		var all sync.WaitGroup
		for i := range callers {
			all.Go(func() {
				if _, c, err := b.enqueueIn(nil, op); err == nil {
					created[i] = c[0]
				}
			})
		}
		all.Wait()
		count := 0
		for _, c := range created {
			if c {
				count++
			}
		}
		require.Equal(t, 1, count)
	})
}

func TestMigrate_ManyProcessesAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, setup{}, func(t *testing.T, b *bed) {
		// The bed has migrated: begin again from nothing.
		for _, table := range []string{"afterpay_operations", "afterpay_migrations"} {
			_, err := b.conn.Exec(t.Context(), "DROP TABLE "+table)
			require.NoError(t, err)
		}
		var all sync.WaitGroup
		failures := make([]error, 4)
		for i := range failures {
			all.Go(func() { failures[i] = b.another().Migrate(t.Context()) })
		}
		all.Wait()
		require.NoError(t, errors.Join(failures...))
		b.enqueue(durable.Operation{ID: "o-1", Kind: durable.Capture, Token: b.order(10_00)})
	})
}
