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
)

// moneyKinds are the kinds whose movements look-ups tell apart.
var moneyKinds = map[durable.Kind]struct {
	op    afterpaytest.Op
	moved afterpaytest.MovementKind
}{
	durable.Capture:     {afterpaytest.OpCapture, afterpaytest.Captured},
	durable.Authorize:   {afterpaytest.OpAuthorize, afterpaytest.Authorized},
	durable.CapturePart: {afterpaytest.OpCapturePart, afterpaytest.Captured},
	durable.Void:        {afterpaytest.OpVoid, afterpaytest.Voided},
	durable.Refund:      {afterpaytest.OpCreateRefund, afterpaytest.Refunded},
}

// After 25 hours the service has forgotten the request id, and would move the
// money again.
func TestReplay_OldOperationIsLookedUpBeforeItIsRepeated(t *testing.T) {
	t.Parallel()
	for kind, k := range moneyKinds {
		for _, done := range []bool{true, false} {
			fault := afterpaytest.Reset()
			if done {
				fault = fault.AfterCommit()
			}
			t.Run(fmt.Sprint(kind, " done ", done), func(t *testing.T) {
				t.Parallel()
				onEach(t, setup{GiveUpAfter: time.Nanosecond}, func(t *testing.T, b *bed) {
					op := b.operation(kind, "o-1")
					before := b.moved(k.moved)
					b.sandbox.Fail(k.op, fault)
					b.enqueue(op)
					b.settle(t)
					require.Equal(t, durable.Unavailable, b.get("o-1").Reason)
					require.True(t, b.get("o-1").Doubt)
					b.advance(25 * time.Hour)
					require.NoError(t, b.queue.Replay(t.Context(), "o-1", "ann"))
					b.settle(t)
					if !done && op.Token != "" {
						require.Equal(t, durable.Refused, b.get("o-1").Reason, "the token has expired")
						return
					}
					require.Equal(t, durable.Succeeded, b.get("o-1").State, b.get("o-1").Detail)
					require.Equal(t, int64(10_00), b.moved(k.moved)-before)
					require.Contains(t, b.get("o-1").History, "ann: replay (it was unavailable: ")
					if done {
						require.Len(t, b.sandbox.Requests(k.op), 1)
					}
				})
			})
		}
	}
}

func TestReplay_OldVoidsAreToldByTheBalance(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault  afterpaytest.Fault
		others int64 // voided meanwhile by somebody else
		state  durable.State
		voided int64
	}{
		"done":                  {afterpaytest.Reset().AfterCommit(), 0, durable.Succeeded, 15_00},
		"not done":              {afterpaytest.Reset(), 0, durable.Succeeded, 15_00},
		"not ours":              {afterpaytest.Reset(), 3_00, durable.Review, 8_00},
		"done and another's":    {afterpaytest.Reset().AfterCommit(), 3_00, durable.Review, 18_00},
		"another's of the same": {afterpaytest.Reset(), 10_00, durable.Succeeded, 15_00}, // told apart by nothing
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, setup{GiveUpAfter: time.Nanosecond}, func(t *testing.T, b *bed) {
				id := b.authorized(50_00)
				b.enqueue(durable.Operation{ID: "v-1", Kind: durable.Void, PaymentID: id, Amount: afterpay.USD(5_00)})
				b.settle(t)
				b.sandbox.Fail(afterpaytest.OpVoid, c.fault)
				b.enqueue(durable.Operation{ID: "v-2", Kind: durable.Void, PaymentID: id, Amount: afterpay.USD(10_00)})
				b.settle(t)
				b.advance(25 * time.Hour)
				if c.others > 0 {
					_, err := b.client.Payments.Void(t.Context(), id, afterpay.VoidRequest{Amount: afterpay.USD(c.others)})
					require.NoError(t, err)
				}
				require.NoError(t, b.queue.Replay(t.Context(), "v-2", "ann"))
				b.settle(t)
				require.Equal(t, c.state, b.get("v-2").State, b.get("v-2").Detail)
				if c.state == durable.Review {
					require.Equal(t, durable.Undecided, b.get("v-2").Reason)
				}
				require.Equal(t, c.voided, b.moved(afterpaytest.Voided))
			})
		})
	}
}

func TestReplay_AfterThirteenDaysAnExpiredAuthorizationIsRefused(t *testing.T) {
	t.Parallel()
	onEach(t, setup{GiveUpAfter: time.Nanosecond}, func(t *testing.T, b *bed) {
		op := b.operation(durable.CapturePart, "c-1")
		b.sandbox.Fail(afterpaytest.OpCapturePart, afterpaytest.Reset())
		b.enqueue(op)
		b.settle(t)
		b.advance(13*24*time.Hour + time.Minute)
		require.NoError(t, b.queue.Replay(t.Context(), "c-1", "ann"))
		b.settle(t)
		require.Equal(t, durable.Refused, b.get("c-1").Reason, b.get("c-1").Detail)
		require.Zero(t, b.moved(afterpaytest.Captured))
	})
}

func TestReplay_LookUpsAllowForReadsThatLag(t *testing.T) {
	t.Parallel()
	setup := setup{
		GiveUpAfter: time.Nanosecond, Lookup: time.Second,
		sandbox: []afterpaytest.Option{afterpaytest.WithReadLag(300 * time.Millisecond)},
		client:  []afterpay.Option{afterpay.WithTimeouts(afterpay.Timeouts{Lookup: time.Second})},
	}
	for _, kind := range []durable.Kind{durable.CapturePart, durable.Void, durable.Refund} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			onEach(t, setup, func(t *testing.T, b *bed) {
				b.sandbox.Fail(moneyKinds[kind].op, afterpaytest.ServiceUnavailable().AfterCommit())
				b.enqueue(b.operation(kind, "o-1"))
				b.settle(t)
				b.clock.advance(25 * time.Hour) // of the queue alone: the write is fresh
				require.NoError(t, b.queue.Replay(t.Context(), "o-1", "ann"))
				b.settle(t)
				require.Equal(t, durable.Succeeded, b.get("o-1").State, b.get("o-1").Detail)
				require.Len(t, b.sandbox.Requests(moneyKinds[kind].op), 1)
			})
		})
	}
}

// A person has seen the other void: it counts before the shop is told.
func TestReplay_OldVoidIsNotTakenForOneThatIsBeingResolved(t *testing.T) {
	t.Parallel()
	settled := func(s *durable.Status) error {
		if s.ID == "v-2" {
			return errors.New("the shop's table is locked")
		}
		return nil
	}
	onEach(t, setup{GiveUpAfter: time.Nanosecond, settled: settled}, func(t *testing.T, b *bed) {
		id := b.authorized(50_00)
		b.sandbox.Fail(afterpaytest.OpVoid, afterpaytest.Refuse(412, "precondition_failed", "no"))
		b.enqueue(durable.Operation{ID: "v-1", Kind: durable.Void, PaymentID: id, Amount: afterpay.USD(10_00)})
		b.settle(t)
		b.sandbox.Fail(afterpaytest.OpVoid, afterpaytest.Reset().AfterCommit())
		b.enqueue(durable.Operation{ID: "v-2", Kind: durable.Void, PaymentID: id, Amount: afterpay.USD(10_00)})
		b.settle(t)
		b.advance(25 * time.Hour)
		require.NoError(t, b.operator.Resolve(t.Context(), "v-2", durable.Succeeded, "ann", "seen"))
		require.NoError(t, b.queue.Replay(t.Context(), "v-1", "ann"))
		b.until(t, func() bool { return b.get("v-1").State != durable.Pending })
		require.Equal(t, durable.Resolving, b.get("v-2").State)
		require.Equal(t, durable.Succeeded, b.get("v-1").State, b.get("v-1").Detail)
		require.Equal(t, int64(20_00), b.moved(afterpaytest.Voided))
	})
}
