package reconcile_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
)

func TestRefundsArePairedByTheStrongestKey(t *testing.T) {
	t.Parallel()
	key := func(id, request, reference string) func(r *reconcile.Record) {
		return func(r *reconcile.Record) { r.RefundID, r.RequestID, r.RefundReference = id, request, reference }
	}
	tests := []struct {
		name             string
		shop, atAfterpay records
		want             []outcome
	}{
		{
			name:       "by refund id, whatever the references say",
			shop:       records{refunded("1", 10_00, key("9", "", "R-1"))},
			atAfterpay: records{refunded("1", 10_00, key("9", "q", "other"))},
		}, {
			name:       "by request id",
			shop:       records{refunded("1", 10_00, key("", "q", "R-1"))},
			atAfterpay: records{refunded("1", 10_00, key("9", "q", "other"))},
		}, {
			name:       "by reference",
			shop:       records{refunded("1", 10_00, key("", "", "R-1"))},
			atAfterpay: records{refunded("1", 10_00, key("9", "q", "R-1"))},
		}, {
			name:       "by the reference meant for the settlement file",
			shop:       records{refunded("1", 10_00, key("", "", "R-1"))},
			atAfterpay: records{refunded("1", 10_00, func(r *reconcile.Record) { r.RefundID, r.EventReference = "9", "R-1" })},
		}, {
			name:       "by the amount, where one side has no keys",
			shop:       records{refunded("1", 10_00, key("", "", "")), refunded("1", 5_00, key("", "", ""))},
			atAfterpay: records{refunded("1", 5_00, key("8", "p", "p")), refunded("1", 10_00, key("9", "q", "q"))},
		}, {
			name:       "a reference that only repeats the request id is none",
			shop:       records{refunded("1", 10_00, key("", "", "R-1"))},
			atAfterpay: records{refunded("1", 10_00, key("9", "q", "q"))},
		}, {
			name:       "equal amounts do not join two refund ids",
			shop:       records{refunded("1", 10_00, key("8", "", ""))},
			atAfterpay: records{refunded("1", 10_00, key("9", "", ""))},
			want:       []outcome{{reconcile.RefundMissingAfterpay, reconcile.High}, {reconcile.RefundMissingMerchant, reconcile.Medium}},
		}, {
			name:       "nor two references",
			shop:       records{refunded("1", 10_00, key("", "", "R-1"))},
			atAfterpay: records{refunded("1", 10_00, key("9", "", "R-2"))},
			want:       []outcome{{reconcile.RefundMissingAfterpay, reconcile.High}, {reconcile.RefundMissingMerchant, reconcile.Medium}},
		}, {
			name:       "of several refunds under one reference the equal one is taken",
			shop:       records{refunded("1", 10_00, key("", "", "A-1")), refunded("1", 5_00, key("", "", "A-1"))},
			atAfterpay: records{refunded("1", 5_00, key("8", "", "A-1")), refunded("1", 10_00, key("9", "", "A-1"))},
		}, {
			name:       "one refunded sum stands for all refunds",
			shop:       records{refunded("1", 15_00, key("", "", ""))},
			atAfterpay: records{refunded("1", 5_00, key("8", "", "a")), refunded("1", 10_00, key("9", "", "b"))},
		}, {
			name:       "unless it is another sum",
			shop:       records{refunded("1", 16_00, key("", "", ""))},
			atAfterpay: records{refunded("1", 5_00, key("8", "", "a")), refunded("1", 10_00, key("9", "", "b"))},
			want:       []outcome{{reconcile.RefundAmountMismatch, reconcile.High}},
		}, {
			name: "one refunded sum dated another day than its refunds moves days only",
			shop: records{refunded("1", 15_00, func(r *reconcile.Record) { r.At = noon })},
			atAfterpay: records{
				refunded("1", 5_00, key("8", "", "a")),
				refunded("1", 10_00, func(r *reconcile.Record) { r.RefundID, r.At = "9", noon.Add(72*time.Hour) }),
			},
			want: []outcome{{reconcile.DayBoundary, reconcile.Info}},
		}, {
			name:       "another currency is never compared",
			shop:       records{refunded("1", 10_00, func(r *reconcile.Record) { r.RefundID, r.Currency = "9", afterpay.CurrencyNZD })},
			atAfterpay: records{refunded("1", 10_00, key("9", "", ""))},
			want:       []outcome{{reconcile.CurrencyMismatch, reconcile.High}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			orders := append(records{byReference("A-1")}, test.shop...)
			payments := append(records{payment("1", "A-1")}, test.atAfterpay...)
			for i := range payments {
				payments[i].Reference = "A-1"
			}
			run := reconcile.Orders(reconcile.Slice(orders), reconcile.Slice(payments), reconcile.Options{Now: now, Location: melbourne})
			require.Equal(t, test.want, outcomes(collect(t, run)))
			require.True(t, run.Summary().Balanced())
		})
	}
}

func TestRefundSumsWithinTheToleranceAgree(t *testing.T) {
	t.Parallel()
	none := func(*reconcile.Record) {}
	atAfterpay := func(id string, amount afterpay.Amount) reconcile.Record {
		return refunded("1", amount, func(r *reconcile.Record) { r.Reference, r.RefundID = "A-1", id })
	}
	run := reconcile.Orders(
		reconcile.Slice(records{byReference("A-1"), refunded("1", 15_01, none)}),
		reconcile.Slice(records{payment("1", "A-1"), atAfterpay("8", 5_00), atAfterpay("9", 10_00)}),
		reconcile.Options{Now: now, Tolerance: 1})
	require.Empty(t, collect(t, run))
	s := run.Summary()
	require.True(t, s.Balanced())
	require.Equal(t, afterpay.Amount(1), s.Totals[1].Tolerated)
	require.Equal(t, reconcile.KindRefund, s.Totals[1].Kind)
}

func TestARefundKnownByItsOwnIDFindsItsOrder(t *testing.T) {
	t.Parallel()
	back := refunded("", 10_00, func(r *reconcile.Record) { r.RefundID = "9" })
	atAfterpay := refunded("1", 10_00, func(r *reconcile.Record) { r.RefundID, r.Reference = "9", "A-1" })
	run := reconcile.Orders(reconcile.Slice(records{byReference("A-1"), back}), reconcile.Slice(records{payment("1", "A-1"), atAfterpay}),
		reconcile.Options{Now: now})
	require.Empty(t, collect(t, run))
}

func TestARefundKnownByItsOrderFollowsIt(t *testing.T) {
	t.Parallel()
	order := bought(func(r *reconcile.Record) { r.ID, r.Reference = "1", "S-1" }) // A-1 at Afterpay
	back := refunded("", 10_00, func(r *reconcile.Record) { r.Reference, r.RefundReference = "S-1", "R-1" })
	atAfterpay := refunded("1", 10_00, func(r *reconcile.Record) { r.RefundID, r.RefundReference, r.Reference = "9", "R-1", "A-1" })
	for name, shop := range map[string]records{"after it": {order, back}, "before it": {back, order}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := reconcile.Orders(reconcile.Slice(shop), reconcile.Slice(records{payment("1", "A-1"), atAfterpay}), reconcile.Options{Now: now})
			require.Empty(t, collect(t, run))
		})
	}
	t.Run("at Afterpay by its payment's id", func(t *testing.T) {
		t.Parallel()
		byID := with(atAfterpay, func(r *reconcile.Record) { r.Reference = "" })
		run := reconcile.Orders(reconcile.Slice(records{order, back}), reconcile.Slice(records{byID, payment("1", "A-1")}), reconcile.Options{Now: now})
		require.Empty(t, collect(t, run))
	})
}

func TestAVoidIsNeverTakenForARefund(t *testing.T) {
	t.Parallel()
	order := with(byReference("A-1"), func(r *reconcile.Record) { r.Amount = 30_00 })
	booked := refunded("", 20_00, func(r *reconcile.Record) { r.Reference = "A-1" })
	stored := with(payment("1", "A-1"), func(r *reconcile.Record) { r.Amount, r.Voided = 30_00, 20_00 })
	found := collect(t, reconcile.Orders(reconcile.Slice(records{order, booked}), reconcile.Slice(records{stored}), reconcile.Options{Now: now}))
	require.Equal(t, []outcome{{reconcile.RefundMissingAfterpay, reconcile.High}}, outcomes(found))
	require.Contains(t, found[0].Text, "Afterpay voided 20.00 of the payment: a void is not a refund")
}

func TestARefundMayBelongToAPaymentThatWasNotRead(t *testing.T) {
	t.Parallel()
	refund := refunded("1", 10_00, func(r *reconcile.Record) { r.RefundID = "9" })
	from := func(age time.Duration) reconcile.Options {
		return reconcile.Options{Now: now, RightWindow: reconcile.Window{From: refund.At.Add(-age)}}
	}
	const day = 24 * time.Hour
	tests := []struct {
		name   string
		orders records
		opts   reconcile.Options
		want   reconcile.Class
	}{
		{"a window of a day does not reach it", records{refund}, from(day), reconcile.WindowEdge},
		{"nor does one just under 120 days", records{refund}, from(120*day - 1), reconcile.WindowEdge},
		{"one of 120 days does", records{refund}, from(120 * day), reconcile.RefundMissingAfterpay},
		{"a known time of the payment decides", records{with(refund, func(r *reconcile.Record) { r.CapturedAt = r.At.Add(-10 * day) })}, from(11 * day), reconcile.RefundMissingAfterpay},
		{"and so it does the other way", records{with(refund, func(r *reconcile.Record) { r.CapturedAt = r.At.Add(-200 * day) })}, from(150 * day), reconcile.WindowEdge},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			found := collect(t, reconcile.Orders(reconcile.Slice(test.orders), reconcile.Slice(nil), test.opts))
			require.Len(t, found, 1)
			require.Equal(t, test.want, found[0].Class)
		})
	}

	t.Run("a payment that was read knows all its refunds", func(t *testing.T) {
		t.Parallel()
		opts := reconcile.Options{Now: now, RightWindow: reconcile.Window{From: noon.Add(-time.Hour)}}
		order := bought(func(r *reconcile.Record) { r.ID, r.Reference = "1", "A-1" })
		found := collect(t, reconcile.Orders(reconcile.Slice(records{order, refund}), reconcile.Slice(records{payment("1", "A-1")}), opts))
		require.Equal(t, []outcome{{reconcile.RefundMissingAfterpay, reconcile.High}}, outcomes(found))
	})

	t.Run("a refund younger than the shop's export may not be in it", func(t *testing.T) {
		t.Parallel()
		opts := reconcile.Options{Now: now, LeftWindow: reconcile.Window{To: refund.At.Add(time.Hour)}}
		order := bought(func(r *reconcile.Record) { r.ID, r.Reference = "1", "A-1" })
		stored := with(refund, func(r *reconcile.Record) { r.Reference = "A-1" })
		found := collect(t, reconcile.Orders(reconcile.Slice(records{order}), reconcile.Slice(records{payment("1", "A-1"), stored}), opts))
		require.Equal(t, []outcome{{reconcile.WindowEdge, reconcile.Info}}, outcomes(found))
	})

	t.Run("a fresh one may not be listed yet", func(t *testing.T) {
		t.Parallel()
		fresh := with(refund, func(r *reconcile.Record) { r.At = now.Add(-time.Minute) })
		found := collect(t, reconcile.Orders(reconcile.Slice(records{fresh}), reconcile.Slice(nil), reconcile.Options{Now: now}))
		require.Equal(t, []outcome{{reconcile.RefundMissingAfterpay, reconcile.Info}}, outcomes(found))
	})
}
