package durable_test

import (
	"database/sql"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable"
)

type options = durable.Options[*sql.Tx]

func TestWork_EveryKindSucceeds(t *testing.T) {
	t.Parallel()
	onEach(t, setup{listen: true}, func(t *testing.T, b *bed) {
		captured, part, held := b.captured(50_00), b.authorized(60_00), b.authorized(70_00)
		b.enqueue(
			durable.Operation{ID: "authorize", Kind: durable.Authorize, Token: b.order(10_00)},
			durable.Operation{ID: "capture", Kind: durable.Capture, Token: b.order(20_00), Reference: "order-2"},
			durable.Operation{ID: "part", Kind: durable.CapturePart, PaymentID: part, Amount: afterpay.USD(25_00)},
			durable.Operation{ID: "void", Kind: durable.Void, PaymentID: part, Amount: afterpay.USD(5_00)},
			durable.Operation{ID: "void-all", Kind: durable.Void, PaymentID: held, All: true},
			durable.Operation{ID: "refund", Kind: durable.Refund, PaymentID: captured, Amount: afterpay.USD(7_00)},
			durable.Operation{ID: "reference", Kind: durable.UpdateReference, PaymentID: captured, Reference: "order-3"},
			durable.Operation{ID: "courier", Kind: durable.UpdateCourier, PaymentID: captured, Courier: afterpay.Courier{Name: "Post", Tracking: "1"}},
		)
		b.settle(t)
		for _, id := range []string{"authorize", "capture", "part", "void", "void-all", "refund", "reference", "courier"} {
			s := b.get(id)
			require.Equal(t, durable.Succeeded, s.State, "%s: %s", id, s.Detail)
			require.NotEmpty(t, s.ResultID, id)
		}
		require.False(t, b.get("authorize").Expires.IsZero())
		require.Equal(t, int64(20_00+25_00+50_00), b.moved(afterpaytest.Captured))
		require.Equal(t, int64(75_00), b.moved(afterpaytest.Voided))
		require.Equal(t, int64(7_00), b.moved(afterpaytest.Refunded))
		p, err := b.client.Payments.Get(t.Context(), captured)
		require.NoError(t, err)
		require.Equal(t, "order-3", p.MerchantReference)
		require.Equal(t, "refund", p.Refunds[0].MerchantReference)
	})
}

func TestWork_LostReversalIsToldByTheBalance(t *testing.T) {
	t.Parallel()
	setup := setup{sandbox: []afterpaytest.Option{afterpaytest.WithReversalDelay(0)}}
	onEach(t, setup, func(t *testing.T, b *bed) {
		token := b.order(10_00)
		_, err := b.client.Payments.Capture(t.Context(), afterpay.CaptureRequest{Token: token})
		require.NoError(t, err)
		b.sandbox.Fail(afterpaytest.OpReverse, afterpaytest.Reset().AfterCommit())
		b.enqueue(durable.Operation{ID: "reverse", Kind: durable.Reverse, Token: token})
		b.settle(t)
		require.Equal(t, durable.Succeeded, b.get("reverse").State, b.get("reverse").Detail)
		require.Equal(t, int64(10_00), b.moved(afterpaytest.Reversed))
	})
}

func TestWork_DeclineIsRejected(t *testing.T) {
	t.Parallel()
	var told atomic.Int32
	settled := func(s *durable.Status) error {
		if s.State == durable.Rejected {
			told.Add(1)
		}
		return nil
	}
	onEach(t, setup{settled: settled}, func(t *testing.T, b *bed) {
		told.Store(0)
		o, err := b.client.Orders.Create(t.Context(), afterpay.CreateOrderRequest{
			Amount: afterpay.USD(10_00), Consumer: afterpay.Consumer{Email: "a@example.com"},
			Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/c", RedirectCancelURL: "https://shop.example/x"},
		})
		require.NoError(t, err)
		require.NoError(t, b.sandbox.Decline(o.Token))
		b.enqueue(durable.Operation{ID: "o-1", Kind: durable.Capture, Token: o.Token})
		b.settle(t)
		require.Equal(t, durable.Rejected, b.get("o-1").State)
		require.Equal(t, "declined", b.get("o-1").Failure)
		require.Equal(t, int32(1), told.Load())
	})
}

func TestWork_LostAnswersMoveMoneyOnce(t *testing.T) {
	t.Parallel()
	lost := afterpaytest.Reset().AfterCommit()
	for kind, c := range map[durable.Kind]struct {
		op    afterpaytest.Op
		moved afterpaytest.MovementKind
	}{
		durable.Capture:     {afterpaytest.OpCapture, afterpaytest.Captured},
		durable.Authorize:   {afterpaytest.OpAuthorize, afterpaytest.Authorized},
		durable.CapturePart: {afterpaytest.OpCapturePart, afterpaytest.Captured},
		durable.Void:        {afterpaytest.OpVoid, afterpaytest.Voided},
		durable.Refund:      {afterpaytest.OpCreateRefund, afterpaytest.Refunded},
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			onEach(t, setup{}, func(t *testing.T, b *bed) {
				op := b.operation(kind, "o-1")
				before := b.moved(c.moved)
				b.sandbox.Fail(c.op, lost.Times(2))
				b.enqueue(op)
				b.settle(t)
				require.Equal(t, durable.Succeeded, b.get("o-1").State, b.get("o-1").Detail)
				require.Equal(t, int64(10_00), b.moved(c.moved)-before)
				requests := b.sandbox.Requests(c.op)
				require.Equal(t, requests[len(requests)-3].RequestID, requests[len(requests)-1].RequestID)
			})
		})
	}
}

// operation returns a valid operation over 10.00.
func (b *bed) operation(kind durable.Kind, id string) durable.Operation {
	b.t.Helper()
	op := durable.Operation{ID: id, Kind: kind}
	switch kind {
	case durable.Authorize, durable.Capture:
		op.Token = b.order(10_00)
	case durable.CapturePart, durable.Void:
		op.PaymentID, op.Amount = b.authorized(30_00), afterpay.USD(10_00)
	case durable.Refund:
		op.PaymentID, op.Amount = b.captured(30_00), afterpay.USD(10_00)
	}
	return op
}

func TestWork_OutageAndRateLimitAreWaitedFor(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]afterpaytest.Fault{
		"unavailable":  afterpaytest.ServiceUnavailable(),
		"rate limited": afterpaytest.TooManyRequests(0),
		"in progress":  afterpaytest.InProgress(),
		"wrong keys":   afterpaytest.Refuse(401, "unauthorized", "no"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, setup{}, func(t *testing.T, b *bed) {
				b.sandbox.Fail(afterpaytest.OpCapture, fault.Times(3))
				b.enqueue(durable.Operation{ID: "o-1", Kind: durable.Capture, Token: b.order(10_00)})
				b.settle(t)
				require.Equal(t, durable.Succeeded, b.get("o-1").State)
				require.Equal(t, 3, b.get("o-1").Tries)
				require.Equal(t, 1, b.count("SELECT attempt FROM river_job WHERE kind = 'afterpay_operation'"), "River's attempts")
			})
		})
	}
}

func TestWork_RetryAfterIsKept(t *testing.T) {
	t.Parallel()
	onEach(t, setup{}, func(t *testing.T, b *bed) {
		b.sandbox.Fail(afterpaytest.OpCapture, afterpaytest.TooManyRequests(time.Hour))
		b.enqueue(durable.Operation{ID: "o-1", Kind: durable.Capture, Token: b.order(10_00)})
		b.until(t, func() bool { return b.get("o-1").Tries == 1 })
		s := b.get("o-1")
		require.Equal(t, durable.Pending, s.State)
		require.Equal(t, "rate limited", s.Failure)
		require.Greater(t, s.Next.Sub(s.Since), time.Hour-time.Second)
	})
}

func TestWork_RefusalGoesToReviewAndAlerts(t *testing.T) {
	t.Parallel()
	onEach(t, setup{}, func(t *testing.T, b *bed) {
		b.enqueue(durable.Operation{ID: "r-1", Kind: durable.Refund, PaymentID: b.captured(10_00), Amount: afterpay.USD(11_00)})
		b.settle(t)
		s := b.get("r-1")
		require.Equal(t, durable.Review, s.State)
		require.Equal(t, durable.Refused, s.Reason)
		require.False(t, s.Doubt)
		require.Zero(t, b.moved(afterpaytest.Refunded))
		b.until(t, func() bool { return len(b.alerts()) > 0 })
		require.Equal(t, durable.AlertReview, b.alerts()[0].Kind)
		require.Equal(t, "r-1", b.alerts()[0].Operation.ID)
	})
}

// until runs the queue until a condition holds.
func (b *bed) until(t *testing.T, condition func() bool) {
	t.Helper()
	require.NoError(t, b.queue.Start(t.Context()))
	require.Eventually(t, condition, time.Minute, 5*time.Millisecond)
	require.NoError(t, b.queue.Stop(t.Context()))
}

// A refusal may be about the state that an earlier request, whose answer was
// lost, has brought about.
func TestWork_RefusalAfterDoubtIsLookedUp(t *testing.T) {
	t.Parallel()
	for kind, op := range map[durable.Kind]afterpaytest.Op{
		durable.Capture: afterpaytest.OpCapture, durable.Authorize: afterpaytest.OpAuthorize, durable.CapturePart: afterpaytest.OpCapturePart,
		durable.Void: afterpaytest.OpVoid, durable.Refund: afterpaytest.OpCreateRefund,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			onEach(t, setup{}, func(t *testing.T, b *bed) {
				o := b.operation(kind, "o-1")
				b.sandbox.Fail(op, afterpaytest.Reset().AfterCommit())
				b.sandbox.Fail(op, afterpaytest.Refuse(412, "precondition_failed", "no"))
				b.enqueue(o)
				b.settle(t)
				require.Equal(t, durable.Succeeded, b.get("o-1").State, b.get("o-1").Detail)
			})
			onEach(t, setup{}, func(t *testing.T, b *bed) {
				o := b.operation(kind, "o-1")
				b.sandbox.Fail(op, afterpaytest.Reset())
				b.sandbox.Fail(op, afterpaytest.Refuse(412, "precondition_failed", "no"))
				b.enqueue(o)
				b.settle(t)
				require.Equal(t, durable.Refused, b.get("o-1").Reason, b.get("o-1").Detail)
			})
		})
	}
}

func TestWork_OperationsOnAPaymentKeepTheirOrder(t *testing.T) {
	t.Parallel()
	onEach(t, setup{}, func(t *testing.T, b *bed) {
		id := b.authorized(60_00)
		b.sandbox.Fail(afterpaytest.OpCapturePart, afterpaytest.ServiceUnavailable().Times(3))
		b.enqueue(
			durable.Operation{ID: "1", Kind: durable.CapturePart, PaymentID: id, Amount: afterpay.USD(20_00)},
			durable.Operation{ID: "2", Kind: durable.Refund, PaymentID: id, Amount: afterpay.USD(20_00)},
			durable.Operation{ID: "3", Kind: durable.Void, PaymentID: id, All: true},
		)
		b.settle(t)
		for _, id := range []string{"1", "2", "3"} {
			require.Equal(t, durable.Succeeded, b.get(id).State, b.get(id).Detail)
		}
		require.Equal(t, int64(40_00), b.moved(afterpaytest.Voided))
	})
}

// failsTwice returns a Settled that fails until its third call.
func failsTwice(calls *atomic.Int32) func(*durable.Status) error {
	return func(*durable.Status) error {
		if calls.Add(1) < 3 {
			return errors.New("the shop's table is locked")
		}
		return nil
	}
}

func TestWork_SettledIsPartOfTheOutcome(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	settled := failsTwice(&calls)
	onEach(t, setup{settled: settled}, func(t *testing.T, b *bed) {
		calls.Store(0)
		b.enqueue(durable.Operation{ID: "o-1", Kind: durable.Capture, Token: b.order(10_00)})
		b.settle(t)
		require.Equal(t, durable.Succeeded, b.get("o-1").State)
		require.Equal(t, int32(3), calls.Load())
		require.Equal(t, int64(10_00), b.moved(afterpaytest.Captured))
	})
}
