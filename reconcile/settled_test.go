package reconcile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
	"github.com/afterpay-go/afterpay/settlement"
)

var settledOn = settlement.Date{Year: 2026, Month: 11, Day: 13}

func settledRow(id string, amount afterpay.Amount, change func(r *reconcile.Record)) reconcile.Record {
	r := reconcile.Record{ID: id, At: noon, Settled: settledOn, Currency: afterpay.CurrencyAUD, Amount: amount}
	change(&r)
	return r
}

func TestPaymentsAgainstSettlementRows(t *testing.T) {
	t.Parallel()
	none := func(*reconcile.Record) {}
	capturedAt := func(at time.Time) func(r *reconcile.Record) {
		return func(r *reconcile.Record) { r.At, r.CapturedAt = at, at }
	}
	wednesday := time.Date(2026, 11, 18, 8, 0, 0, 0, melbourne) // now is Friday at nine
	tests := []struct {
		name           string
		payments, rows records
		opts           reconcile.Options
		want           []outcome
	}{
		{
			name:     "a payment settled whole",
			payments: records{payment("1", "A-1")}, rows: records{settledRow("1", 50_00, none)},
		}, {
			name:     "a payment settled capture by capture",
			payments: records{payment("1", "A-1")}, rows: records{settledRow("1", 25_00, none), settledRow("1", 25_00, none)},
		}, {
			name:     "of three equal rows one is too many",
			payments: records{payment("1", "A-1")},
			rows:     records{settledRow("1", 25_00, none), settledRow("1", 25_00, none), settledRow("1", 25_00, none)},
			want:     []outcome{{reconcile.DuplicateRow, reconcile.Info}},
		}, {
			name:     "rows with event ids of their own are two captures",
			payments: records{payment("1", "A-1")},
			rows: records{
				settledRow("1", 50_00, func(r *reconcile.Record) { r.EventReference = "E-1" }),
				settledRow("1", 50_00, func(r *reconcile.Record) { r.EventReference = "E-2" }),
			},
			want: []outcome{{reconcile.AmountMismatch, reconcile.High}},
		}, {
			name:     "what was never captured needs no row",
			payments: records{with(payment("1", "A-1"), func(r *reconcile.Record) { r.State, r.Amount = reconcile.StateDeclined, 0 })},
		}, {
			name:     "a capture just over two business days old is due",
			payments: records{with(payment("1", "A-1"), capturedAt(wednesday))},
			want:     []outcome{{reconcile.Unsettled, reconcile.Medium}},
		}, {
			name:     "one of just under is not",
			payments: records{with(payment("1", "A-1"), capturedAt(wednesday.Add(time.Hour)))},
			want:     []outcome{{reconcile.Unsettled, reconcile.Info}},
		}, {
			name:     "a holiday gives another day",
			payments: records{with(payment("1", "A-1"), capturedAt(wednesday))},
			opts:     reconcile.Options{Holidays: func(d settlement.Date) bool { return d.Day == 19 }},
			want:     []outcome{{reconcile.Unsettled, reconcile.Info}},
		}, {
			name:     "the reports' end counts where it is before now",
			payments: records{with(payment("1", "A-1"), capturedAt(wednesday))},
			opts:     reconcile.Options{RightWindow: reconcile.Window{To: wednesday.Add(24 * time.Hour)}},
			want:     []outcome{{reconcile.Unsettled, reconcile.Info}},
		}, {
			name:     "what was captured after the reports' end is not due",
			payments: records{with(payment("1", "A-1"), capturedAt(wednesday))},
			opts:     reconcile.Options{RightWindow: reconcile.Window{To: wednesday.Add(-time.Hour)}},
			want:     []outcome{{reconcile.Unsettled, reconcile.Info}},
		}, {
			name:     "without business days to wait it is due at once",
			payments: records{with(payment("1", "A-1"), capturedAt(now.Add(-time.Minute)))},
			opts:     reconcile.Options{SettlementDays: -1},
			want:     []outcome{{reconcile.Unsettled, reconcile.Medium}},
		}, {
			name:     "a weekend is waited for",
			payments: records{with(payment("1", "A-1"), capturedAt(time.Date(2026, 11, 13, 15, 0, 0, 0, melbourne)))},
			opts:     reconcile.Options{Now: time.Date(2026, 11, 17, 14, 0, 0, 0, melbourne)},
			want:     []outcome{{reconcile.Unsettled, reconcile.Info}},
		}, {
			name:     "rows in two currencies are all left out of the comparison",
			payments: records{payment("1", "A-1")},
			rows:     records{settledRow("1", 25_00, none), settledRow("1", 25_00, func(r *reconcile.Record) { r.Currency = afterpay.CurrencyNZD })},
			want:     []outcome{{reconcile.CurrencyMismatch, reconcile.High}, {reconcile.CurrencyMismatch, reconcile.High}},
		}, {
			name:     "captures dated another day by the report move days only",
			payments: records{payment("1", "A-1")},
			rows: records{
				settledRow("1", 25_00, none),
				settledRow("1", 25_00, func(r *reconcile.Record) { r.At = noon.Add(24 * time.Hour) }),
			},
			want: []outcome{{reconcile.DayBoundary, reconcile.Info}},
		}, {
			name:     "a report without refund ids is compared by amount",
			payments: records{payment("1", "A-1"), refunded("1", 5_00, func(r *reconcile.Record) { r.RefundID = "8" }), refunded("1", 7_00, func(r *reconcile.Record) { r.RefundID = "9" })},
			rows:     records{settledRow("1", 50_00, none), refunded("1", 7_00, none), refunded("1", 5_00, none)},
		}, {
			name:     "or in total",
			payments: records{payment("1", "A-1"), refunded("1", 5_00, func(r *reconcile.Record) { r.RefundID = "8" }), refunded("1", 7_00, func(r *reconcile.Record) { r.RefundID = "9" })},
			rows:     records{settledRow("1", 50_00, none), refunded("1", 11_00, none)},
			want:     []outcome{{reconcile.RefundAmountMismatch, reconcile.High}},
		}, {
			name:     "a refund of the wrong sign does not agree",
			payments: records{payment("1", "A-1"), refunded("1", 5_00, func(r *reconcile.Record) { r.RefundID = "8" })},
			rows:     records{settledRow("1", 50_00, none), refunded("1", -5_00, func(r *reconcile.Record) { r.RefundID = "8" })},
			want:     []outcome{{reconcile.RefundAmountMismatch, reconcile.High}},
		}, {
			name:     "a lost dispute that was never deducted is not settled",
			payments: records{payment("1", "A-1"), {Kind: reconcile.KindDispute, ID: "1", State: reconcile.StateDisputeLost, At: noon, Currency: "AUD", Amount: 1}},
			rows:     records{settledRow("1", 50_00, none)},
			want:     []outcome{{reconcile.Unsettled, reconcile.Medium}},
		}, {
			name:     "two conflicting listings of a payment cannot be trusted",
			payments: records{payment("1", "A-1"), with(payment("1", "A-1"), func(r *reconcile.Record) { r.Amount = 60_00 })},
			rows:     records{settledRow("1", 50_00, none)},
			want:     []outcome{{reconcile.DuplicateRow, reconcile.Severe}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			opts := test.opts
			opts.Location = melbourne
			if opts.Now.IsZero() {
				opts.Now = now
			}
			run := reconcile.Settlement(reconcile.Slice(test.payments), reconcile.Slice(test.rows), opts)
			found := collect(t, run)
			require.Equal(t, test.want, outcomes(found))
			require.True(t, run.Summary().Balanced())
		})
	}
}

func TestSettlementBySomeOtherKeyStillKeepsPaymentsApart(t *testing.T) {
	t.Parallel()
	key := func(r *reconcile.Record) { r.Key = "A-1" }
	run := reconcile.Settlement(
		reconcile.Slice(records{with(payment("1", "A-1"), key), with(payment("2", "A-1"), func(r *reconcile.Record) { key(r); r.Amount = 70_00 })}),
		reconcile.Slice(records{settledRow("2", 70_00, key), settledRow("1", 50_00, key), settledRow("3", 1_00, key)}),
		reconcile.Options{Now: now, Presorted: true, Location: melbourne})
	require.Equal(t, []outcome{{reconcile.UnknownSettlementRow, reconcile.Medium}}, outcomes(collect(t, run)))
}

func TestRateFeeIsExact(t *testing.T) {
	t.Parallel()
	tests := []struct {
		rate   settlement.Decimal
		fixed  afterpay.Amount
		amount afterpay.Amount
		want   string
	}{
		{49_500, 0, 297_27, "14.714865"},
		{55_000, 30, 100_00, "5.80"},
		{1, 0, 50, "0.000001"}, // half a millionth, up
		{1, 0, 49, "0.00"},
		{0, 30, 100_00, "0.30"},
	}
	for _, test := range tests {
		fee, ok := reconcile.RateFee(test.rate, test.fixed)(&reconcile.Record{Amount: test.amount})
		require.True(t, ok)
		require.Equal(t, test.want, fee.String())
	}
	for _, row := range []reconcile.Record{{Kind: reconcile.KindRefund, Amount: 1}, {Amount: -1}, {Amount: 1<<63 - 1}} {
		_, ok := reconcile.RateFee(1_000_000, 0)(&row)
		require.False(t, ok)
	}
}

func TestFeesAreJudgedByRowAndByDeposit(t *testing.T) {
	t.Parallel()
	// 5 % of 2.00 is 0.10; stated is what the row says.
	rowsOf := func(n int, stated settlement.Decimal) (lefts, rights records) {
		for i := range n {
			id := fmt.Sprint(1000 + i)
			lefts = append(lefts, with(payment(id, "A-"+id), func(r *reconcile.Record) { r.Amount = 2_00 }))
			rights = append(rights, settledRow(id, 2_00, func(r *reconcile.Record) { r.FeeKnown, r.Fee = true, stated }))
		}
		return lefts, rights
	}
	tests := []struct {
		name   string
		n      int
		stated settlement.Decimal
		opts   reconcile.Options
		want   []outcome
	}{
		{"as agreed", 50, 100_000, reconcile.Options{}, nil},
		{"rounded for display", 1, 105_000, reconcile.Options{}, nil},
		{"more than rounding", 1, 105_001, reconcile.Options{}, []outcome{{reconcile.FeeMismatch, reconcile.Low}}},
		{"less than rounding", 1, 94_999, reconcile.Options{}, []outcome{{reconcile.FeeMismatch, reconcile.Low}}},
		{"a wrong rate on small orders, one cent in all", 10, 101_000, reconcile.Options{}, nil},
		{"a wrong rate on small orders, beyond", 11, 101_000, reconcile.Options{}, []outcome{{reconcile.FeeMismatch, reconcile.Low}}},
		{"unless that is tolerated", 11, 101_000, reconcile.Options{FeeTolerance: 2}, nil},
		{"nothing tolerated", 1, 101_000, reconcile.Options{FeeTolerance: -1}, []outcome{{reconcile.FeeMismatch, reconcile.Low}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			lefts, rights := rowsOf(test.n, test.stated)
			opts := test.opts
			opts.Now, opts.Location, opts.Fees = now, melbourne, reconcile.RateFee(50_000, 0)
			run := reconcile.Settlement(reconcile.Slice(lefts), reconcile.Slice(rights), opts)
			found := collect(t, run)
			require.Equal(t, test.want, outcomes(found))
			require.True(t, run.Summary().Balanced(), "fees are no part of the totals")
			if test.n > 1 && len(found) > 0 {
				require.Equal(t, "2026-11-13", found[0].Key)
				require.Equal(t, "The fees settled on 2026-11-13 in AUD are off by 0.011 in total, beyond what rounding explains.", found[0].Text)
			}
		})
	}

	t.Run("whole cents have been rounded row by row", func(t *testing.T) {
		t.Parallel()
		var lefts, rights records
		for i := range 40 { // 5 % of 2.05 is 0.1025, shown as 0.10
			id := fmt.Sprint(1000 + i)
			lefts = append(lefts, with(payment(id, "A-"+id), func(r *reconcile.Record) { r.Amount = 2_05 }))
			rights = append(rights, settledRow(id, 2_05, func(r *reconcile.Record) { r.FeeKnown, r.Fee = true, 100_000 }))
		}
		opts := reconcile.Options{Now: now, Location: melbourne, Fees: reconcile.RateFee(50_000, 0)}
		require.Empty(t, collect(t, reconcile.Settlement(reconcile.Slice(lefts), reconcile.Slice(rights), opts)))
	})

	t.Run("without an agreement the row's own rates are taken", func(t *testing.T) {
		t.Parallel()
		row := settledRow("1", 50_00, func(r *reconcile.Record) {
			r.FeeKnown, r.Fee, r.FeeExpectedKnown, r.FeeExpected = true, 2_500000, true, 2_600000
		})
		run := reconcile.Settlement(reconcile.Slice(records{payment("1", "A-1")}), reconcile.Slice(records{row}), reconcile.Options{Now: now, Location: melbourne})
		require.Equal(t, []outcome{{reconcile.FeeMismatch, reconcile.Low}}, outcomes(collect(t, run)))
	})
}

func TestSettlement_OrdersOfAShopWithoutMoneyBalanceToo(t *testing.T) {
	t.Parallel()
	orders := reconcile.ReadOrders(strings.NewReader("afterpay_id,status,amount,currency\n1,paid,50.00,AUD\n2,cancelled,50.00,AUD\n"), reconcile.OrderOptions{})
	run := reconcile.Settlement(orders, reconcile.Slice(records{with(payment("1", "A-1"), func(r *reconcile.Record) { r.At = time.Time{} })}), reconcile.Options{Now: now})
	require.Empty(t, collect(t, run))
	require.True(t, run.Summary().Balanced())
}
