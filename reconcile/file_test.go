package reconcile_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/reconcile"
)

func TestOrders_IdentifiersOfDifferentKindsNeverMeet(t *testing.T) {
	t.Parallel()
	const number = "79169085"
	keys := map[string]func(r *reconcile.Record){
		"id":        func(r *reconcile.Record) { r.ID = number },
		"token":     func(r *reconcile.Record) { r.Token = number },
		"reference": func(r *reconcile.Record) { r.Reference = number },
	}
	for shopKey, shop := range keys {
		for afterpayKey, stored := range keys {
			for _, presorted := range []bool{false, true} {
				order, payment := bought(shop), bought(stored)
				order.Key, payment.Key = number, number
				run := reconcile.Orders(reconcile.Slice(records{order}), reconcile.Slice(records{payment}), reconcile.Options{Now: now, Presorted: presorted})
				found := collect(t, run)
				if shopKey == afterpayKey {
					require.Empty(t, found, shopKey)
					continue
				}
				require.ElementsMatch(t, []outcome{{reconcile.MissingAtAfterpay, reconcile.High}, {reconcile.MissingAtMerchant, reconcile.High}}, outcomes(found),
					"%s and %s, presorted: %v", shopKey, afterpayKey, presorted)
				require.True(t, run.Summary().Balanced())
				for _, f := range found {
					require.Equal(t, number, f.Key)
				}
			}
		}
	}
}

func TestOrders_RefundKeysOfDifferentKindsNeverMeet(t *testing.T) {
	t.Parallel()
	keys := map[string]func(r *reconcile.Record){
		"refund id":        func(r *reconcile.Record) { r.RefundID = "9001" },
		"request id":       func(r *reconcile.Record) { r.RequestID = "9001" },
		"refund reference": func(r *reconcile.Record) { r.RefundReference = "9001" },
		"id":               func(r *reconcile.Record) { r.ID = "9001" },
		"reference":        func(r *reconcile.Record) { r.Reference = "9001" },
	}
	for shopKey, shop := range keys {
		for afterpayKey, stored := range keys {
			run := reconcile.Orders(
				reconcile.Slice(records{refunded("", 5_00, shop)}), reconcile.Slice(records{refunded("", 5_00, stored)}), reconcile.Options{Now: now})
			require.Equal(t, shopKey == afterpayKey, len(collect(t, run)) == 0, "%s and %s", shopKey, afterpayKey)
		}
	}
}

func TestSettlement_IdentifiersOfDifferentKindsNeverMeet(t *testing.T) {
	t.Parallel()
	payments := records{bought(func(r *reconcile.Record) { r.ID, r.Reference = "1001", "2002" })}
	rows := records{bought(func(r *reconcile.Record) { r.ID, r.Reference = "2002", "1001" })}
	found := collect(t, reconcile.Settlement(reconcile.Slice(payments), reconcile.Slice(rows), reconcile.Options{Now: now}))
	require.Equal(t, []outcome{{reconcile.Unsettled, reconcile.Medium}, {reconcile.UnknownSettlementRow, reconcile.Medium}}, outcomes(found))
}
