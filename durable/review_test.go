package durable_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable"
)

func TestReplay_RefundThatWasTooLargeSucceedsOnceItFits(t *testing.T) {
	t.Parallel()
	onEach(t, setup{}, func(t *testing.T, b *bed) {
		id := b.authorized(50_00)
		b.enqueue(
			durable.Operation{ID: "c-1", Kind: durable.CapturePart, PaymentID: id, Amount: afterpay.USD(20_00)},
			durable.Operation{ID: "r-1", Kind: durable.Refund, PaymentID: id, Amount: afterpay.USD(30_00)},
		)
		b.settle(t)
		require.Equal(t, durable.Refused, b.get("r-1").Reason)
		// What is refused does not block what mends it.
		b.enqueue(durable.Operation{ID: "c-2", Kind: durable.CapturePart, PaymentID: id, Amount: afterpay.USD(30_00)})
		b.settle(t)
		require.NoError(t, b.queue.Replay(t.Context(), "r-1", "ann"))
		b.settle(t)
		require.Equal(t, durable.Succeeded, b.get("r-1").State, b.get("r-1").Detail)
		require.Equal(t, int64(30_00), b.moved(afterpaytest.Refunded))
	})
}

// River completes jobs in batches: the job that has brought the operation into
// review must not stand in for the new one until then.
func TestReplay_AtOnceGetsAJobOfItsOwn(t *testing.T) {
	t.Parallel()
	onEach(t, setup{}, func(t *testing.T, b *bed) {
		b.sandbox.Fail(afterpaytest.OpCreateRefund, afterpaytest.Refuse(412, "precondition_failed", "no"))
		b.enqueue(b.operation(durable.Refund, "r-1"))
		b.until(t, func() bool {
			return b.queue.Replay(t.Context(), "r-1", "ann") == nil
		})
		b.settle(t)
		require.Equal(t, durable.Succeeded, b.get("r-1").State)
	})
}

func TestReplay_OutageLongerThanGiveUpAfter(t *testing.T) {
	t.Parallel()
	onEach(t, setup{GiveUpAfter: 50 * time.Millisecond}, func(t *testing.T, b *bed) {
		id := b.authorized(50_00)
		var outage atomic.Bool
		outage.Store(true)
		b.sandbox.FailFunc(afterpaytest.OpCapturePart, func(afterpaytest.Request) (afterpaytest.Fault, bool) {
			return afterpaytest.ServiceUnavailable(), outage.Load()
		})
		b.enqueue(
			durable.Operation{ID: "c-1", Kind: durable.CapturePart, PaymentID: id, Amount: afterpay.USD(20_00)},
			durable.Operation{ID: "v-1", Kind: durable.Void, PaymentID: id, All: true},
		)
		b.until(t, func() bool { return b.get("c-1").State == durable.Review })
		require.Equal(t, durable.Unavailable, b.get("c-1").Reason)
		require.Equal(t, durable.Pending, b.get("v-1").State, "the void would take what the capture is for")
		outage.Store(false)
		require.NoError(t, b.queue.Replay(t.Context(), "c-1", "ann"))
		b.settle(t)
		require.Equal(t, durable.Succeeded, b.get("c-1").State, b.get("c-1").Detail)
		require.Equal(t, int64(30_00), b.moved(afterpaytest.Voided))
	})
}

func TestResolve_WorkerTellsTheShopAndSendsNothing(t *testing.T) {
	t.Parallel()
	var told atomic.Int32
	settled := func(s *durable.Status) error {
		if s.State == durable.Rejected && strings.Contains(s.History, "paid back") {
			told.Add(1)
		}
		return nil
	}
	onEach(t, setup{settled: settled}, func(t *testing.T, b *bed) {
		told.Store(0)
		b.refusedRefund(t, "r-1")
		sent := len(b.sandbox.Requests(afterpaytest.OpCreateRefund))
		for _, c := range []struct {
			id       string
			state    durable.State
			by, note string
			want     string
		}{
			{"r-1", durable.Pending, "ann", "x", "state must be"},
			{"r-1", durable.Resolving, "ann", "x", "state must be"},
			{"r-1", durable.Rejected, "ann", "", "note is required"},
			{"r-1", durable.Rejected, "", "x", "name"},
			{"r-2", durable.Rejected, "ann", "x", "unknown operation"},
		} {
			require.ErrorContains(t, b.operator.Resolve(t.Context(), c.id, c.state, c.by, c.note), c.want)
		}
		require.NoError(t, b.operator.Resolve(t.Context(), "r-1", durable.Rejected, "ann", "paid back\nin cash"))
		require.Equal(t, durable.Resolving, b.get("r-1").State)
		require.Zero(t, told.Load())
		require.Empty(t, b.get("r-1").Failure, "what brought it into review is in its history")
		require.Empty(t, b.get("r-1").Detail)

		// The first decision stands.
		require.ErrorIs(t, b.queue.Resolve(t.Context(), "r-1", durable.Succeeded, "bob", "x"), durable.ErrNotInReview)
		require.ErrorIs(t, b.queue.Replay(t.Context(), "r-1", "bob"), durable.ErrNotInReview)

		b.settle(t)
		s := b.get("r-1")
		require.Equal(t, durable.Rejected, s.State)
		require.Contains(t, s.History, "ann: resolve as rejected: paid back in cash (it was refused: ")
		require.Empty(t, s.Failure)
		require.Equal(t, int32(1), told.Load())
		require.Len(t, b.sandbox.Requests(afterpaytest.OpCreateRefund), sent)
		require.ErrorIs(t, b.queue.Resolve(t.Context(), "r-1", durable.Succeeded, "bob", "x"), durable.ErrNotInReview)
		require.ErrorIs(t, b.queue.Replay(t.Context(), "r-1", "bob"), durable.ErrNotInReview)
	})
}

// refusedRefund brings a refund that is too large into review.
func (b *bed) refusedRefund(t *testing.T, id string) {
	t.Helper()
	b.enqueue(durable.Operation{ID: id, Kind: durable.Refund, PaymentID: b.captured(10_00), Amount: afterpay.USD(11_00)})
	b.settle(t)
	require.Equal(t, durable.Refused, b.get(id).Reason)
}

func TestResolve_SettledThatFailsIsCalledAgain(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	settled := failsTwice(&calls)
	onEach(t, setup{settled: settled}, func(t *testing.T, b *bed) {
		calls.Store(0)
		b.refusedRefund(t, "r-1")
		require.NoError(t, b.operator.Resolve(t.Context(), "r-1", durable.Succeeded, "ann", "seen"))
		b.settle(t)
		require.Equal(t, durable.Succeeded, b.get("r-1").State)
		require.Empty(t, b.get("r-1").Failure, "the failure of Settled is over")
		require.Equal(t, int32(3), calls.Load())
	})
}

// A worker that was suspended in its call comes back after a person has decided.
// The decision had no job of its own, because that of the worker was alive.
func TestResolve_DecisionStandsAgainstAWorkerThatComesBack(t *testing.T) {
	t.Parallel()
	var told []durable.State
	settled := func(s *durable.Status) error {
		told = append(told, s.State)
		return nil
	}
	onEach(t, setup{settled: settled}, func(t *testing.T, b *bed) {
		told = nil
		id := b.captured(10_00)
		b.sandbox.FailFunc(afterpaytest.OpCreateRefund, func(afterpaytest.Request) (afterpaytest.Fault, bool) {
			_, err := b.conn.Exec(t.Context(), `UPDATE afterpay_operations SET state = 'review', reason = 'unavailable' WHERE id = 'r-1'`)
			if err == nil {
				err = b.operator.Resolve(t.Context(), "r-1", durable.Rejected, "ann", "given up")
			}
			if err != nil {
				t.Error(err)
			}
			return afterpaytest.Fault{}, false
		})
		b.enqueue(durable.Operation{ID: "r-1", Kind: durable.Refund, PaymentID: id, Amount: afterpay.USD(4_00)})
		b.until(t, func() bool {
			return b.count("SELECT count(*) FROM river_job WHERE kind = 'afterpay_operation' AND state = 'completed'") == 1
		})
		require.Equal(t, durable.Resolving, b.get("r-1").State)
		require.Empty(t, told)

		b.advance(2 * time.Minute) // the sweep finds that the job is gone
		b.settle(t)
		require.Equal(t, []durable.State{durable.Rejected}, told)
		require.Equal(t, durable.Rejected, b.get("r-1").State)
		require.Len(t, b.sandbox.Requests(afterpaytest.OpCreateRefund), 1)
	})
}

func TestResolve_LaterOperationsWaitUntilTheShopIsTold(t *testing.T) {
	t.Parallel()
	var told []string
	settled := func(s *durable.Status) error {
		told = append(told, s.ID)
		return nil
	}
	onEach(t, setup{settled: settled}, func(t *testing.T, b *bed) {
		told = nil
		b.refusedRefund(t, "r-1")
		require.NoError(t, b.operator.Resolve(t.Context(), "r-1", durable.Rejected, "ann", "paid in cash"))
		b.enqueue(durable.Operation{ID: "r-2", Kind: durable.Refund, PaymentID: b.get("r-1").PaymentID, Amount: afterpay.USD(4_00)})
		// The decision's job is lost: the later operation does not overtake it.
		_, err := b.conn.Exec(t.Context(), `UPDATE river_job SET state = 'cancelled', finalized_at = scheduled_at WHERE state = 'available'
			AND id = (SELECT min(id) FROM river_job WHERE state = 'available')`)
		require.NoError(t, err)
		b.advance(2 * time.Minute)
		b.settle(t)
		require.Equal(t, []string{"r-1", "r-2"}, told)
	})
}

func TestMigrate_UpdatesTheTablesOfTheFirstVersion(t *testing.T) {
	t.Parallel()
	onEach(t, setup{}, func(t *testing.T, b *bed) {
		b.refusedRefund(t, "r-1")
		for _, undo := range []string{
			"DROP INDEX afterpay_operations_new", "ALTER TABLE afterpay_operations DROP COLUMN has_job",
			"ALTER TABLE afterpay_operations DROP COLUMN decision", "DROP TABLE afterpay_migrations",
		} {
			_, err := b.conn.Exec(t.Context(), undo)
			require.NoError(t, err)
		}
		require.NoError(t, b.queue.Migrate(t.Context()))
		require.Zero(t, b.count("SELECT count(*) FROM afterpay_operations WHERE has_job = 0"), "they had their jobs")
		require.NoError(t, b.operator.Resolve(t.Context(), "r-1", durable.Rejected, "ann", "paid in cash"))
		b.settle(t)
		require.Equal(t, durable.Rejected, b.get("r-1").State)
	})
}
