package reconcile_test

import (
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
	"github.com/afterpay-go/afterpay/settlement"
)

func disputed(state reconcile.State, change func(r *reconcile.Record)) reconcile.Record {
	r := reconcile.Record{
		Kind: reconcile.KindDispute, DisputeID: "dp_1", ID: "1001", State: state, At: noon, CapturedAt: noon.Add(24 * time.Hour),
		Currency: afterpay.CurrencyAUD, Amount: 50_00,
	}
	change(&r)
	return r
}

func sequence[T any](values ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range values {
			if !yield(v, nil) {
				return
			}
		}
	}
}

func TestDisputes_BecomeRecords(t *testing.T) {
	t.Parallel()
	at := afterpay.Timestamp{Time: noon}
	got := all(t, reconcile.Disputes(sequence(
		&afterpay.Dispute{ID: "dp_1", PaymentID: "1001", MerchantOrderID: "A-1", Amount: afterpay.AUD(50_00), Status: afterpay.DisputeNeedsResponse, Open: true, CreatedAt: at, ResponseDueBy: at},
		&afterpay.Dispute{ID: "dp_2", PaymentID: "002.token", Amount: afterpay.Money{Amount: 50_00}, Status: afterpay.DisputeLost, UpdatedAt: at},
		&afterpay.Dispute{ID: "dp_3", PaymentID: "1003", Amount: afterpay.AUD(50_00), SettlementAmount: afterpay.AUD(20_00), Status: afterpay.DisputePartiallyWon},
		&afterpay.Dispute{ID: "dp_4", PaymentID: "1004", Status: afterpay.DisputeMerchantRefunded},
		&afterpay.Dispute{ID: "dp_5", PaymentID: "1005", Status: "escalated", Open: true},
	)))
	require.Equal(t, records{
		{Kind: reconcile.KindDispute, DisputeID: "dp_1", ID: "1001", Reference: "A-1", State: reconcile.StateDisputeOpen, At: noon, Due: noon, Currency: "AUD", Amount: 50_00},
		{Kind: reconcile.KindDispute, DisputeID: "dp_2", Token: "002.token", State: reconcile.StateDisputeLost, CapturedAt: noon, Amount: 50_00},
		{Kind: reconcile.KindDispute, DisputeID: "dp_3", ID: "1003", State: reconcile.StateDisputeLost, Currency: "AUD", Amount: 20_00},
		{Kind: reconcile.KindDispute, DisputeID: "dp_4", ID: "1004", State: reconcile.StateDisputeClosed},
		{Kind: reconcile.KindDispute, DisputeID: "dp_5", ID: "1005", State: reconcile.StateDisputeOpen},
	}, got)
}

func TestOrders_ADisputeWithoutACurrencyTakesThatOfItsPayment(t *testing.T) {
	t.Parallel()
	none := func(r *reconcile.Record) { r.Currency = "" }
	orders, payments := records{byReference("A-1")}, records{payment("1001", "A-1")}
	for _, state := range []reconcile.State{reconcile.StateDisputeOpen, reconcile.StateDisputeLost} {
		run := reconcile.Orders(reconcile.Slice(orders), reconcile.Slice(append(payments, disputed(state, none))), reconcile.Options{Now: now})
		found := collect(t, run)
		require.Len(t, found, 1)
		require.Equal(t, afterpay.AUD(50_00), found[0].Right.Money())
		require.True(t, run.Summary().Balanced())
	}
	found := collect(t, reconcile.Orders(reconcile.Slice(nil), reconcile.Slice(records{disputed(reconcile.StateDisputeLost, none)}), reconcile.Options{Now: now}))
	require.Equal(t, []outcome{{reconcile.DisputeUnmatched, reconcile.Medium}, {reconcile.DisputeLost, reconcile.High}}, outcomes(found))
}

func TestSettlement_DisputesMeetTheirRows(t *testing.T) {
	t.Parallel()
	none := func(*reconcile.Record) {}
	row := func(kind string, amount afterpay.Amount) reconcile.Record {
		return reconcile.Record{Kind: reconcile.KindOther, RowType: kind, ID: "1001", At: noon.Add(72 * time.Hour), Currency: afterpay.CurrencyAUD, Amount: amount}
	}
	lost := disputed(reconcile.StateDisputeLost, none)
	tests := []struct {
		name           string
		disputes, rows records
		opts           reconcile.Options
		want           []outcome
	}{
		{name: "lost and deducted", disputes: records{lost}, rows: records{row("Chargeback", -50_00)}},
		{name: "lost and deducted with a fee", disputes: records{lost}, rows: records{row("Chargeback Fee", -15_00), row("Chargeback", -50_00)},
			want: []outcome{{reconcile.DisputeFee, reconcile.Info}}},
		{name: "deducted in a row of another name", disputes: records{lost}, rows: records{row("Adjustment", -50_00)}},
		{name: "deducted in two rows", disputes: records{lost}, rows: records{row("chargeback", -30_00), row("chargeback", -20_00)}},
		{name: "two disputes, two equal rows", disputes: records{lost, disputed(reconcile.StateDisputeLost, func(r *reconcile.Record) { r.DisputeID = "dp_2" })},
			rows: records{row("Chargeback", -50_00), row("Chargeback", -50_00)}},
		{name: "the row is in the report twice", disputes: records{lost}, rows: records{row("Chargeback", -50_00), row("Chargeback", -50_00)},
			want: []outcome{{reconcile.DuplicateRow, reconcile.Info}}},
		{name: "the dispute is listed twice", disputes: records{lost, lost}, rows: records{row("Chargeback", -50_00)}},
		{name: "without a currency", disputes: records{disputed(reconcile.StateDisputeLost, func(r *reconcile.Record) { r.Currency = "" })}, rows: records{row("Chargeback", -50_00)}},
		{name: "known by the token", disputes: records{disputed(reconcile.StateDisputeLost, func(r *reconcile.Record) { r.ID, r.Token = "", "tok-1001" })}, rows: records{row("Chargeback", -50_00)}},
		{name: "known by the reference", disputes: records{disputed(reconcile.StateDisputeLost, func(r *reconcile.Record) { r.ID, r.Reference = "", "A-1" })}, rows: records{row("Chargeback", -50_00)}},
		{name: "a row known by the reference", disputes: records{lost}, rows: records{with(row("Chargeback", -50_00), func(r *reconcile.Record) { r.ID, r.Reference = "", "A-1" })}},
		{name: "a row known by its dispute", disputes: records{lost}, rows: records{with(row("Dispute", -50_00), func(r *reconcile.Record) { r.ID, r.DisputeID = "", "dp_1" })}},
		{name: "too much deducted", disputes: records{lost}, rows: records{row("Chargeback", -60_00)},
			want: []outcome{{reconcile.AmountMismatch, reconcile.High}}},
		{name: "within the tolerance", disputes: records{lost}, rows: records{row("Chargeback", -50_01)}, opts: reconcile.Options{Tolerance: 1}},
		{name: "in another currency", disputes: records{lost}, rows: records{with(row("Chargeback", -50_00), func(r *reconcile.Record) { r.Currency = "NZD" })},
			want: []outcome{{reconcile.CurrencyMismatch, reconcile.High}, {reconcile.CurrencyMismatch, reconcile.High}}},
		{name: "never deducted", disputes: records{lost}, want: []outcome{{reconcile.Unsettled, reconcile.Medium}}},
		{name: "not due yet", disputes: records{disputed(reconcile.StateDisputeLost, func(r *reconcile.Record) { r.CapturedAt = now.Add(-time.Hour) })},
			want: []outcome{{reconcile.Unsettled, reconcile.Info}}},
		{name: "deducted while open", disputes: records{disputed(reconcile.StateDisputeOpen, none)}, rows: records{row("Chargeback", -50_00)},
			want: []outcome{{reconcile.UnknownSettlementRow, reconcile.Medium}}},
		{name: "deducted and returned when it was won", disputes: records{disputed(reconcile.StateDisputeClosed, none)},
			rows: records{row("Chargeback", -50_00), row("Chargeback Reversal", 50_00)}},
		{name: "open and not deducted", disputes: records{disputed(reconcile.StateDisputeOpen, none)}},
		{name: "a deduction without a dispute", rows: records{row("Chargeback", -50_00)}, want: []outcome{{reconcile.UnknownSettlementRow, reconcile.Medium}}},
		{name: "a fee without a dispute", rows: records{row("Chargeback Fee", -15_00)}, want: []outcome{{reconcile.UnknownSettlementRow, reconcile.Medium}}},
		{name: "rows without an order", rows: records{with(row("Monthly fee", -10_00), func(r *reconcile.Record) { r.ID = "" }), with(row("Monthly fee", -10_00), func(r *reconcile.Record) { r.ID = "" })},
			want: []outcome{{reconcile.UnknownSettlementRow, reconcile.Medium}, {reconcile.UnknownSettlementRow, reconcile.Medium}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			opts := test.opts
			opts.Now = now
			paid := payment("1001", "A-1")
			run := reconcile.Settlement(
				reconcile.Slice(append(records{paid}, test.disputes...)), reconcile.Slice(append(records{paid}, test.rows...)), opts)
			require.Equal(t, test.want, outcomes(collect(t, run)))
			require.True(t, run.Summary().Balanced())
		})
	}
}

func TestSettlement_AChargebackOfARealReportMeetsItsDispute(t *testing.T) {
	t.Parallel()
	const report = `Settlement Date,Order Date and Time,Afterpay Order ID,Merchant Order ID,Settlement Amount,Merchant Fee incl Tax,Net Settlement Amount,Type
13/11/2026,11/11/2026 12:00,1001,A-1,$50.00,$0.00,$50.00,Order
16/11/2026,11/11/2026 12:00,1001,A-1,-$50.00,$0.00,-$50.00,Chargeback
16/11/2026,11/11/2026 12:00,1001,A-1,$0.00,$15.00,-$15.00,Chargeback Fee
`
	left := reconcile.Concat(reconcile.Slice(records{payment("1001", "A-1")}), reconcile.Disputes(sequence(
		&afterpay.Dispute{ID: "dp_1", PaymentID: "1001", Amount: afterpay.Money{Amount: 50_00}, Status: afterpay.DisputeLost, UpdatedAt: afterpay.Timestamp{Time: noon}})))
	right := reconcile.SettlementRows(settlement.Read(strings.NewReader(report), settlement.Options{Location: melbourne, Currency: "AUD"}), nil)
	run := reconcile.Settlement(left, right, reconcile.Options{Now: now, Location: melbourne})
	found := collect(t, run)
	require.Equal(t, []outcome{{reconcile.DisputeFee, reconcile.Info}}, outcomes(found))
	require.Equal(t, afterpay.AUD(-15_00), found[0].Right.Money())
	require.True(t, run.Summary().Balanced())
}
