package durable_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable"
)

func TestReplay_RefundThatWasTooLargeSucceedsOnceItFits(t *testing.T) {
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

func TestReplay_OutageLongerThanGiveUpAfter(t *testing.T) {
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

func TestResolve_TellsTheShopAndKeepsWhoAndWhy(t *testing.T) {
	var told durable.State
	settled := func(s *durable.Status) error {
		told = s.State
		return nil
	}
	onEach(t, setup{settled: settled}, func(t *testing.T, b *bed) {
		b.enqueue(durable.Operation{ID: "r-1", Kind: durable.Refund, PaymentID: b.captured(10_00), Amount: afterpay.USD(11_00)})
		b.settle(t)
		require.ErrorContains(t, b.queue.Resolve(t.Context(), "r-1", durable.Pending, "ann", "x"), "state must be")
		require.ErrorContains(t, b.queue.Resolve(t.Context(), "r-1", durable.Rejected, "ann", ""), "note is required")
		require.ErrorContains(t, b.queue.Resolve(t.Context(), "r-1", durable.Rejected, "", "x"), "name")
		require.NoError(t, b.queue.Resolve(t.Context(), "r-1", durable.Rejected, "ann", "paid back\nin cash"))
		s := b.get("r-1")
		require.Equal(t, durable.Rejected, s.State)
		require.Contains(t, s.History, "ann: resolve as rejected: paid back in cash\n")
		require.Equal(t, durable.Rejected, told)
		require.ErrorIs(t, b.queue.Resolve(t.Context(), "r-1", durable.Succeeded, "bob", "x"), durable.ErrNotInReview)
		require.ErrorIs(t, b.queue.Replay(t.Context(), "r-1", "bob"), durable.ErrNotInReview)
		require.ErrorIs(t, b.queue.Replay(t.Context(), "r-2", "bob"), durable.ErrUnknown)
		require.Zero(t, b.moved(afterpaytest.Refunded))
	})
}
