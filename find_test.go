package afterpay_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// loseRefund refunds 10.00 and gets no response in three attempts.
func (s *lossyShop) loseRefund(paymentID string, req afterpay.RefundRequest, fault afterpaytest.Fault) {
	s.t.Helper()
	s.sandbox.Fail(afterpaytest.OpCreateRefund, fault.Times(3))
	req.Amount = afterpay.USD(10_00)
	_, err := s.client.Refunds.Create(s.t.Context(), paymentID, req)
	require.ErrorIs(s.t, err, afterpay.ErrOutcomeUnknown)
}

func TestRecover_ReturnsTheRefundWhoseResponseWasLost(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		request afterpay.RefundRequest
		key     string
		v2only  bool
	}{
		"by request id, which is the reference too": {afterpay.RefundRequest{RequestID: "request-7"}, "request-7", false},
		"by reference":                        {afterpay.RefundRequest{MerchantReference: "refund-7"}, "refund-7", false},
		"by reference beside a request id":    {afterpay.RefundRequest{RequestID: "request-7", MerchantReference: "refund-7"}, "refund-7", false},
		"by request id beside a reference":    {afterpay.RefundRequest{RequestID: "request-7", MerchantReference: "refund-7"}, "request-7", true},
		"by request id that another one uses": {afterpay.RefundRequest{RequestID: "other", MerchantReference: "refund-7"}, "other", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inLossyShop(t, func(s *lossyShop) {
				if tc.v2only && s.version == afterpay.V1 {
					return // v1 tells no request ids
				}
				id := s.captured()
				_, err := s.client.Refunds.Create(s.t.Context(), id, afterpay.RefundRequest{Amount: afterpay.USD(20_00), MerchantReference: "other"})
				require.NoError(s.t, err)
				s.loseRefund(id, tc.request, afterpaytest.EmptyError().AfterCommit())
				r, err := s.client.Refunds.Recover(s.t.Context(), id, tc.key)
				require.NoError(s.t, err)
				require.Equal(s.t, afterpay.USD(10_00), r.Amount)
			})
		})
	}
}

func TestFindSaysNotFoundOnlyAfterItsWindow(t *testing.T) {
	t.Parallel()
	inLossyShop(t, func(s *lossyShop) {
		const window = 70 * time.Second
		id := s.captured()
		s.loseRefund(id, afterpay.RefundRequest{RequestID: "r-1"}, afterpaytest.Reset())
		require.Equal(s.t, window, suitetest.Took(func() {
			_, err := s.client.Refunds.Recover(s.t.Context(), id, "r-1")
			require.ErrorIs(s.t, err, afterpay.ErrNotFound)
			require.NotErrorIs(s.t, err, afterpay.ErrOutcomeUnknown)
			e := suitetest.AsError(s.t, err)
			require.Equal(s.t, id, e.PaymentID)
			require.Equal(s.t, "r-1", e.RequestID)
		}))
		_, err := s.client.Refunds.Create(s.t.Context(), id, afterpay.RefundRequest{RequestID: "r-2", Amount: afterpay.USD(10_00)})
		require.NoError(s.t, err, "then the call may be repeated, under another id too")
		require.Len(s.t, s.sandbox.Ledger(), 2)
	})
}

func TestFindAllowsForReadsThatLag(t *testing.T) {
	t.Parallel()
	inLossyShop(t, func(s *lossyShop) {
		id := s.captured()
		s.loseRefund(id, afterpay.RefundRequest{RequestID: "r-1"}, afterpaytest.Truncated())
		r, err := s.client.Refunds.Recover(s.t.Context(), id, "r-1")
		require.NoError(s.t, err)
		require.Equal(s.t, afterpay.USD(10_00), r.Amount)
	}, afterpaytest.WithReadLag(8*time.Second))
}

// A payment lists its voids among its refunds, under the ids of their requests.
func TestFindNeverTakesAVoidForARefund(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, sandbox := afterpaytest.NewClient(t)
		s := &lossyShop{t, sandbox, client, afterpay.V2}
		p, err := client.Payments.Authorize(t.Context(), afterpay.AuthorizeRequest{Token: s.confirmed()})
		require.NoError(t, err)
		_, err = client.Payments.CapturePart(t.Context(), p.ID, afterpay.CapturePartRequest{Amount: afterpay.USD(60_00)})
		require.NoError(t, err)
		_, err = client.Payments.Void(t.Context(), p.ID, afterpay.VoidRequest{RequestID: "r-1", Amount: afterpay.USD(10_00)})
		require.NoError(t, err)
		p, err = client.Payments.Get(t.Context(), p.ID)
		require.NoError(t, err)
		require.Len(t, p.Refunds, 1, "the void")

		_, err = client.Refunds.Recover(t.Context(), p.ID, "r-1")
		require.ErrorIs(t, err, afterpay.ErrNotFound)

		s.loseRefund(p.ID, afterpay.RefundRequest{RequestID: "r-1"}, afterpaytest.Reset().AfterCommit())
		r, err := client.Refunds.Recover(t.Context(), p.ID, "r-1")
		require.NoError(t, err)
		require.Equal(t, "r-1", r.MerchantReference, "the refund, which has a reference, and not the void of the same amount")
	})
}

func TestRefundsRecover_ReferenceOfSeveralRefundsIsUnknown(t *testing.T) {
	t.Parallel()
	inLossyShop(t, func(s *lossyShop) {
		id := s.captured()
		for range 2 {
			_, err := s.client.Refunds.Create(s.t.Context(), id, afterpay.RefundRequest{Amount: afterpay.USD(10_00), MerchantReference: "order-1"})
			require.NoError(s.t, err)
		}
		require.Zero(s.t, suitetest.Took(func() {
			_, err := s.client.Refunds.Recover(s.t.Context(), id, "order-1")
			require.ErrorIs(s.t, err, afterpay.ErrOutcomeUnknown)
		}))
	})
}

func TestFindWhoseContextEndsLeavesTheOutcomeUnknown(t *testing.T) {
	t.Parallel()
	inLossyShop(t, func(s *lossyShop) {
		id := s.captured()
		for name, fault := range map[string]afterpaytest.Fault{"while it waits": {}, "while it reads": afterpaytest.Timeout()} {
			if name == "while it reads" {
				s.sandbox.Fail(afterpaytest.OpGetPayment, fault)
			}
			ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Second)
			require.Equal(s.t, 5*time.Second, suitetest.Took(func() {
				_, err := s.client.Refunds.Recover(ctx, id, "r-1")
				require.ErrorIs(s.t, err, afterpay.ErrOutcomeUnknown, name)
				require.ErrorIs(s.t, err, context.DeadlineExceeded, name)
				e := suitetest.AsError(s.t, err)
				require.Equal(s.t, id, e.PaymentID)
				require.Equal(s.t, "r-1", e.RequestID)
			}))
			cancel()
		}
	})
}

func TestFindOfNothingIsRefused(t *testing.T) {
	t.Parallel()
	client, sandbox := afterpaytest.NewClient(t)
	for _, keys := range [][2]string{{"1", ""}, {"", "r-1"}} {
		_, err := client.Refunds.Recover(t.Context(), keys[0], keys[1])
		require.ErrorIs(t, err, afterpay.ErrInvalid)
		require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
	}
	require.Empty(t, sandbox.Requests(""))
}
