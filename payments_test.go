package afterpay_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// lost are faults before and after the service does its work.
var lost = map[string]struct {
	fault afterpaytest.Fault
	done  bool
}{"done": {afterpaytest.BadGateway().AfterCommit(), true}, "not done": {afterpaytest.BadGateway(), false}}

func TestVoid_LostOneShowsInTheBalance(t *testing.T) {
	t.Parallel()
	for name, x := range lost {
		synctest.Test(t, func(t *testing.T) {
			client, sandbox := afterpaytest.NewClient(t)
			s := &lossyShop{t, sandbox, client, afterpay.V2}
			id, req := s.authorized(), afterpay.VoidRequest{RequestID: "r-1", Amount: afterpay.USD(30_00)}
			sandbox.Fail(afterpaytest.OpVoid, x.fault.Times(3))
			require.ErrorIs(t, second(client.Payments.Void(t.Context(), id, req)), afterpay.ErrOutcomeUnknown, name)
			p, err := client.Payments.Get(t.Context(), id)
			require.NoError(t, err)
			b, err := p.Balance()
			require.NoError(t, err)
			require.Equal(t, x.done, b.Voided == afterpay.USD(30_00), name)
			p, err = client.Payments.Void(t.Context(), id, req)
			require.NoError(t, err, "repeated under the same id")
			require.Equal(t, afterpay.USD(70_00), p.OpenToCaptureAmount, "voided once")
		})
	}
}

// A reversal is carried out later, and is accepted once.
func TestReverse_LostOneShowsWhenRepeated(t *testing.T) {
	t.Parallel()
	for name, x := range lost {
		inLossyShop(t, func(s *lossyShop) {
			s.captured()
			token := s.sandbox.Ledger()[0].Token
			s.sandbox.Fail(afterpaytest.OpReverse, x.fault)
			require.ErrorIs(s.t, s.with(afterpay.WithRetry(afterpay.RetryPolicy{})).Payments.Reverse(s.t.Context(), token), afterpay.ErrOutcomeUnknown)
			again := s.client.Payments.Reverse(s.t.Context(), token)
			require.Equal(s.t, x.done, errors.Is(again, afterpay.ErrState), "%s: %v", name, again)
			s.sandbox.Advance(time.Minute)
			require.Len(s.t, s.sandbox.Ledger(), 2, "reversed once")
		})
	}
}
