package afterpay_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// inLossyV2Shop is inLossyShop for what only v2 has, with a payment of which
// all is open to capture.
func inLossyV2Shop(t *testing.T, test func(s *lossyShop, paymentID string)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		client, sandbox := afterpaytest.NewClient(t)
		s := &lossyShop{t, sandbox, client, afterpay.V2}
		p, err := client.Payments.Authorize(t.Context(), afterpay.AuthorizeRequest{Token: s.confirmed()})
		require.NoError(t, err)
		test(s, p.ID)
	})
}

// lost are answers that are lost before the service does its work and after.
var lost = map[string]struct {
	fault afterpaytest.Fault
	done  bool
}{
	"done":     {afterpaytest.BadGateway().AfterCommit(), true},
	"not done": {afterpaytest.BadGateway(), false},
}

func TestLostPartCaptureIsFoundByItsReference(t *testing.T) {
	t.Parallel()
	for name, tc := range lost {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inLossyV2Shop(t, func(s *lossyShop, id string) {
				req := afterpay.CapturePartRequest{RequestID: "r-1", Amount: afterpay.USD(30_00), EventMerchantReference: "shipment-1"}
				s.sandbox.Fail(afterpaytest.OpCapturePart, tc.fault.Times(3))
				_, err := s.client.Payments.CapturePart(s.t.Context(), id, req)
				require.ErrorIs(s.t, err, afterpay.ErrOutcomeUnknown)

				p, err := s.client.Payments.Get(s.t.Context(), id)
				require.NoError(s.t, err)
				told := false
				for _, e := range p.Events {
					told = told || e.Type == afterpay.EventCaptured && e.MerchantReference == "shipment-1"
				}
				require.Equal(s.t, tc.done, told)

				p, err = s.client.Payments.CapturePart(s.t.Context(), id, req)
				require.NoError(s.t, err, "repeated under the same id")
				b, err := p.Balance()
				require.NoError(s.t, err)
				require.Equal(s.t, afterpay.USD(30_00), b.Captured, "it was captured once")
			})
		})
	}
}

func TestLostVoidShowsInTheBalance(t *testing.T) {
	t.Parallel()
	for name, tc := range lost {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inLossyV2Shop(t, func(s *lossyShop, id string) {
				req := afterpay.VoidRequest{RequestID: "r-1", Amount: afterpay.USD(30_00)}
				s.sandbox.Fail(afterpaytest.OpVoid, tc.fault.Times(3))
				_, err := s.client.Payments.Void(s.t.Context(), id, req)
				require.ErrorIs(s.t, err, afterpay.ErrOutcomeUnknown)

				p, err := s.client.Payments.Get(s.t.Context(), id)
				require.NoError(s.t, err)
				b, err := p.Balance()
				require.NoError(s.t, err)
				require.Equal(s.t, map[bool]afterpay.Money{true: afterpay.USD(30_00), false: afterpay.USD(0)}[tc.done], b.Voided)

				p, err = s.client.Payments.Void(s.t.Context(), id, req)
				require.NoError(s.t, err, "repeated under the same id")
				require.Equal(s.t, afterpay.USD(70_00), p.OpenToCaptureAmount, "it was voided once")
			})
		})
	}
}

// A reversal is carried out later, and is accepted once.
func TestLostReversalShowsWhenRepeated(t *testing.T) {
	t.Parallel()
	for name, tc := range lost {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inLossyShop(t, func(s *lossyShop) {
				id := s.captured()
				p, err := s.client.Payments.Get(s.t.Context(), id)
				require.NoError(s.t, err)
				s.sandbox.Fail(afterpaytest.OpReverse, tc.fault)
				first := s.with(afterpay.WithRetry(afterpay.RetryPolicy{})).Payments.Reverse(s.t.Context(), p.Token)
				require.ErrorIs(s.t, first, afterpay.ErrOutcomeUnknown)

				again := s.client.Payments.Reverse(s.t.Context(), p.Token)
				if tc.done {
					require.ErrorIs(s.t, again, afterpay.ErrState, "it is pending already")
				} else {
					require.NoError(s.t, again)
				}
				s.sandbox.Advance(time.Minute)
				reversed := 0
				for _, m := range s.sandbox.Ledger() {
					if m.Kind == afterpaytest.Reversed {
						reversed++
					}
				}
				require.Equal(s.t, 1, reversed)
			})
		})
	}
}

// In GB the service has answered 500 to the void of a payment that it did not
// know, however often it was asked. The retries are bounded, and a read tells.
func TestVoidOfAnUnknownPaymentShowsInARead(t *testing.T) {
	t.Parallel()
	client, sandbox := afterpaytest.NewClient(t)
	sandbox.Fail(afterpaytest.OpVoid, afterpaytest.Refuse(500, "error", "An error occurred processing your request").Times(3))
	_, err := client.Payments.Void(t.Context(), "100570320832", afterpay.VoidRequest{All: true})
	require.ErrorIs(t, err, afterpay.ErrUnavailable)
	require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
	require.Len(t, sandbox.Requests(afterpaytest.OpVoid), 3)
	_, err = client.Payments.Get(t.Context(), "100570320832")
	require.ErrorIs(t, err, afterpay.ErrNotFound)
}
