//go:build browser

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable"
)

// decides fills a form of the staff's order page and waits until the queue is
// done with it.
func (s *testShop) decides(o *order, field, amount, button string) {
	s.t.Helper()
	s.browser.open("/staff/orders/" + o.ID)
	if field != "" {
		s.fill(chromedp.CSS("#"+field), amount)
	}
	s.press(button)
	s.sees("is on its way to Afterpay")
	s.settle(s.t)
}

func TestStaff_ShipReturnAndCancel(t *testing.T) {
	t.Parallel()
	s := newTestShop(t, afterpay.V2)
	o := s.bought("jumper")
	s.decides(o, "ship", "40.00", "Ship and capture")
	s.decides(o, "return", "60.00", "Give back") // 49.95 are open and voided, 10.05 refunded
	require.Equal(t, map[afterpaytest.MovementKind]int64{
		afterpaytest.Authorized: 89_95, afterpaytest.Captured: 40_00, afterpaytest.Voided: 49_95, afterpaytest.Refunded: 10_05,
	}, s.movements())

	o = s.bought("mug")
	s.decides(o, "ship", "4.00", "Ship and capture")
	s.decides(o, "", "", "Void the rest")
	require.Equal(t, int64(49_95+20_00), s.movements()[afterpaytest.Voided])
	s.browser.open("/staff/reconciliation")
	s.sees("Books and payments agree.")
}

func TestStaff_V1Refunds(t *testing.T) {
	t.Parallel()
	s := newTestShop(t, afterpay.V1)
	o := s.bought("mug")
	s.decides(o, "return", "10.00", "Give back")
	require.Zero(t, s.count("#ship"), "v1 captures at once")
	require.Equal(t, int64(10_00), s.movements()[afterpaytest.Refunded])
	s.browser.open("/staff/reconciliation")
	s.sees("Books and payments agree.")
	s.browser.open("/staff/disputes")
	s.sees("API v1 has no disputes.")
}

func TestStaff_DoubleClickShipsOnce(t *testing.T) {
	t.Parallel()
	s := newTestShop(t, afterpay.V2)
	o := s.bought("jumper")
	s.browser.open("/staff/orders/" + o.ID)
	s.fill("#ship", "40.00")
	s.doubleClick("form button.main")
	s.sees("is on its way to Afterpay")
	s.settle(t)
	require.Equal(t, int64(40_00), s.movements()[afterpaytest.Captured])
}

func TestStaff_LostRefundIsPaidOnce(t *testing.T) {
	inBoth(t, func(t *testing.T, s *testShop) {
		o := s.bought("mug")
		if s.version == afterpay.V2 {
			s.decides(o, "ship", "24.00", "Ship and capture")
		}
		s.afterpay.set("lose")
		s.decides(o, "return", "10.00", "Give back")
		require.Equal(t, int64(10_00), s.movements()[afterpaytest.Refunded])
	})
}

func TestStaff_RefusedOperationIsParkedAndRetried(t *testing.T) {
	t.Parallel()
	s := newTestShop(t, afterpay.V2)
	o := s.bought("mug")
	s.afterpay.set("refuse")
	s.decides(o, "ship", "24.00", "Ship and capture")
	require.Zero(t, s.movements()[afterpaytest.Captured])
	s.browser.open("/staff/health")
	s.sees("Somebody has to look at the")
	s.browser.open("/staff/operations")
	s.press("Try again")
	s.sees("The operation is tried again.")
	require.Eventually(t, func() bool { return s.movements()[afterpaytest.Captured] == 24_00 }, eventually, tick)
	require.Eventually(t, func() bool {
		for status := range s.queue.All(t.Context(), durable.Filter{State: durable.Succeeded}) {
			return status.Kind == durable.CapturePart
		}
		return false
	}, eventually, tick)
	s.browser.open("/staff/health")
	s.sees("All is well.")
}

func TestStaff_DisputeIsAnsweredWithEvidence(t *testing.T) {
	t.Parallel()
	s := newTestShop(t, afterpay.V2)
	o := s.bought("mug")
	s.decides(o, "ship", "24.00", "Ship and capture")
	s.browser.open("/staff/orders/" + o.ID)
	s.press("Open a dispute")
	s.sees("product not received")
	receipt := filepath.Join(t.TempDir(), "receipt.pdf")
	require.NoError(t, os.WriteFile(receipt, []byte("%PDF-1.4\n"), 0o600))
	run(s.browser, chromedp.SetUploadFiles(chromedp.CSS("input[type=file]"), []string{receipt}))
	s.fill("textarea", "It was delivered on Monday.")
	s.press("Send the evidence")
	s.sees("under review")
	for d, err := range s.client.Disputes.All(t.Context(), afterpay.DisputeQuery{}) {
		require.NoError(t, err)
		evidence := s.afterpay.sandbox.Evidence(d.ID)
		require.Equal(t, "It was delivered on Monday.", evidence["uncategorizedText"])
		file, ok := s.afterpay.sandbox.EvidenceFile(evidence["uncategorizedFile"])
		require.True(t, ok)
		require.Equal(t, "receipt.pdf", file.Name)
	}
}

func TestStaff_DisputeIsAccepted(t *testing.T) {
	t.Parallel()
	s := newTestShop(t, afterpay.V2)
	o := s.bought("mug")
	s.decides(o, "ship", "24.00", "Ship and capture")
	s.browser.open("/staff/orders/" + o.ID)
	s.press("Open a dispute")
	s.press("Accept the dispute")
	s.press("Accept and give back")
	s.sees("lost")
	require.Zero(t, s.count("main form"), "nothing is left to do")
	for d, err := range s.client.Disputes.All(t.Context(), afterpay.DisputeQuery{}) {
		require.NoError(t, err)
		require.Equal(t, afterpay.DisputeLost, d.Status)
	}
	require.Equal(t, int64(24_00), s.movements()[afterpaytest.Disputed])
}

func TestReconciliation_FindsAPaymentPastTheShop(t *testing.T) {
	inBoth(t, func(t *testing.T, s *testShop) {
		s.bought("mug")
		s.browser.open("/faults")
		s.press("Pay past the shop")
		s.sees("Afterpay has a payment of")
		s.browser.open("/staff/reconciliation")
		s.sees("missing_at_merchant")
	})
}
