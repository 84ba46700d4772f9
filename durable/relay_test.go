package durable_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/durable/durablepgx"
)

func TestRelay_ManyAtOnceGetOneJobEachFromSeveralProcesses(t *testing.T) {
	t.Parallel()
	onEach(t, setup{}, func(t *testing.T, b *bed) {
		payment := b.captured(500_00)
		const n = 1100 // more than two pages
		ops := make([]durable.Operation, n)
		for i := range ops {
			ops[i] = durable.Operation{ID: fmt.Sprint("u-", i), Kind: durable.UpdateReference, PaymentID: fmt.Sprint(payment, i), Reference: "r"}
		}
		b.enqueue(ops...)
		require.Zero(t, b.count("SELECT count(*) FROM river_job"))
		failures := make(chan error, 3)
		for range cap(failures) {
			go func() {
				failures <- errors.Join(b.relayPage(), b.relayPage(), b.relayPage(), b.relayPage())
			}()
		}
		for range cap(failures) {
			require.NoError(t, <-failures)
		}
		require.Equal(t, n, b.count("SELECT count(*) FROM river_job WHERE kind = 'afterpay_operation'"))
		require.Zero(t, b.count("SELECT count(*) FROM afterpay_operations WHERE has_job = 0"))
	})
}

func TestRelay_AJobThatCannotBeInsertedIsWaitedFor(t *testing.T) {
	t.Parallel()
	onEach(t, setup{}, func(t *testing.T, b *bed) {
		b.enqueue(durable.Operation{ID: "o-1", Kind: durable.Capture, Token: b.order(10_00)})
		_, err := b.conn.Exec(t.Context(), "ALTER TABLE river_job RENAME TO away")
		require.NoError(t, err)
		require.Error(t, b.relayPage())
		_, err = b.conn.Exec(t.Context(), "ALTER TABLE away RENAME TO river_job")
		require.NoError(t, err)
		require.Equal(t, 1, b.count("SELECT count(*) FROM afterpay_operations WHERE has_job = 0"))
		b.settle(t)
		require.Equal(t, durable.Succeeded, b.get("o-1").State)
		require.Len(t, b.sandbox.Requests(afterpaytest.OpCapture), 1)
	})
}

func TestRelay_NotBeforeIsKept(t *testing.T) {
	t.Parallel()
	onEach(t, setup{}, func(t *testing.T, b *bed) {
		b.enqueue(
			durable.Operation{ID: "now", Kind: durable.Void, PaymentID: "1", Amount: afterpay.USD(1_00)},
			durable.Operation{ID: "later", Kind: durable.Void, PaymentID: "2", Amount: afterpay.USD(1_00), NotBefore: time.Now().Add(time.Hour)},
		)
		b.clock.advance(-10 * time.Minute) // the clock of another machine
		require.NoError(t, b.relayPage())
		require.Equal(t, 1, b.count("SELECT count(*) FROM river_job WHERE state = 'available'"))
		require.Equal(t, 1, b.count("SELECT count(*) FROM river_job WHERE state = 'scheduled'"))
	})
}

// While no process was started, nobody has sent anything: the sweep must not call an
// operation doubtful because it has no job yet.
func TestSweep_OperationThatHadNoJobYetIsLeftToTheRelay(t *testing.T) {
	t.Parallel()
	onEach(t, setup{}, func(t *testing.T, b *bed) {
		b.enqueue(durable.Operation{ID: "o-1", Kind: durable.Capture, Token: b.order(10_00)})
		b.clock.advance(2 * time.Minute)
		require.NoError(t, b.sweep())
		require.False(t, b.get("o-1").Doubt)
		require.Zero(t, b.count("SELECT count(*) FROM river_job"))
	})
}

func TestRelay_PassesOverRowsThatASuspendedProcessHasLocked(t *testing.T) {
	t.Parallel()
	pool := usedPool(t)
	b := newBed(t, durablepgx.New(pool), setup{})
	for _, id := range []string{"o-1", "o-2"} {
		b.enqueue(durable.Operation{ID: id, Kind: durable.Capture, Token: b.order(10_00)})
	}
	suspended, err := pool.Begin(t.Context())
	require.NoError(t, err)
	_, err = suspended.Exec(t.Context(), "UPDATE afterpay_operations SET has_job = 1 WHERE id = 'o-1'")
	require.NoError(t, err)
	require.NoError(t, b.relayPage())
	require.Equal(t, 1, b.count("SELECT count(*) FROM river_job"))
	require.NoError(t, suspended.Rollback(t.Context())) // as the database does
	require.NoError(t, b.relayPage())
	require.Equal(t, 2, b.count("SELECT count(*) FROM river_job"))
}
