package reconcile_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
)

func TestOrders_SeveralRowsOfTheShopAreOnePayment(t *testing.T) {
	t.Parallel()
	row := func(amount afterpay.Amount, change func(r *reconcile.Record)) reconcile.Record {
		return bought(func(r *reconcile.Record) {
			r.Amount, r.Authorized = amount, 0
			change(r)
		})
	}
	ref := func(r *reconcile.Record) { r.Reference = "A-1" }
	tests := []struct {
		name   string
		orders records
		stored records
		want   []outcome
	}{
		{name: "lines of an order known by its reference", orders: records{row(30_00, ref), row(20_00, ref)}, stored: records{payment("1", "A-1")}},
		{name: "lines of equal amounts", orders: records{row(25_00, ref), row(25_00, ref)}, stored: records{payment("1", "A-1")}},
		{name: "a line without money", orders: records{row(30_00, ref), row(0, ref), row(20_00, ref)}, stored: records{payment("1", "A-1")},
			want: []outcome{{reconcile.DuplicateRow, reconcile.Severe}}},
		{name: "shipments with references of their own", stored: records{payment("1", "A-1")}, orders: records{
			row(30_00, func(r *reconcile.Record) { r.ID, r.Reference = "1", "A-1/1" }),
			row(20_00, func(r *reconcile.Record) { r.ID, r.Reference = "1", "A-1/2" }),
		}},
		{name: "shipments known by the token", stored: records{payment("1", "A-1")}, orders: records{
			row(30_00, func(r *reconcile.Record) { r.Token = "tok-1" }), row(20_00, func(r *reconcile.Record) { r.Token = "tok-1" }),
		}},
		{name: "shipments on two days", stored: records{payment("1", "A-1")}, orders: records{
			row(30_00, ref), row(20_00, func(r *reconcile.Record) { r.Reference, r.At = "A-1", noon.Add(48*time.Hour) }),
		}},
		{name: "lines that do not add up", orders: records{row(30_00, ref), row(15_00, ref)}, stored: records{payment("1", "A-1")},
			want: []outcome{{reconcile.AmountMismatch, reconcile.High}}},
		{name: "an order exported twice is a repeated row", orders: records{row(50_00, ref), row(50_00, ref)}, stored: records{payment("1", "A-1")},
			want: []outcome{{reconcile.DuplicateRow, reconcile.Info}}},
		{name: "one row is right and another contradicts it", orders: records{row(50_00, ref), row(60_00, ref)}, stored: records{payment("1", "A-1")},
			want: []outcome{{reconcile.DuplicateRow, reconcile.Severe}}},
		{name: "orders that share a reference with several payments stay apart", orders: records{row(30_00, ref), row(20_00, ref)},
			stored: records{
				with(payment("1", "A-1"), func(r *reconcile.Record) { r.Amount, r.Authorized = 30_00, 30_00 }),
				with(payment("2", "A-1"), func(r *reconcile.Record) { r.Amount, r.Authorized = 20_00, 20_00 }),
			},
			want: []outcome{{reconcile.AmbiguousReference, reconcile.Review}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			run := reconcile.Orders(reconcile.Slice(test.orders), reconcile.Slice(test.stored), reconcile.Options{Now: now, Location: melbourne})
			require.Equal(t, test.want, outcomes(collect(t, run)))
			require.True(t, run.Summary().Balanced())
		})
	}
}
