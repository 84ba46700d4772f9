package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
	"github.com/afterpay-go/afterpay/settlement"
)

func deposit(day int, amount afterpay.Amount) reconcile.Record {
	return reconcile.Record{Kind: reconcile.KindPayout, At: time.Date(2026, 11, day, 0, 0, 0, 0, melbourne), Currency: afterpay.CurrencyAUD, Amount: amount, Line: day}
}

func TestBank_DepositsMeetTheLinesOfTheStatement(t *testing.T) {
	t.Parallel()
	first := func(day int) time.Time { return time.Date(2026, 11, day, 0, 0, 0, 0, melbourne) }
	tests := []struct {
		name            string
		payouts, booked records
		opts            reconcile.Options
		want            []outcome
	}{
		{name: "the next day", payouts: records{deposit(9, 100_00)}, booked: records{deposit(10, 100_00)}},
		{name: "after a weekend", payouts: records{deposit(6, 100_00)}, booked: records{deposit(11, 100_00)}},
		{name: "rounded by the bank", payouts: records{deposit(9, 100_00)}, booked: records{deposit(10, 100_01)}},
		{name: "not rounded", payouts: records{deposit(9, 100_00)}, booked: records{deposit(10, 100_01)}, opts: reconcile.Options{BankTolerance: -1},
			want: []outcome{{reconcile.AmountMismatch, reconcile.High}}},
		{name: "equal amounts go with the nearest day", payouts: records{deposit(9, 100_00), deposit(10, 100_00)}, booked: records{deposit(11, 100_00), deposit(10, 100_00)}},
		{name: "two settlement dates in one line", payouts: records{deposit(9, 60_00), deposit(10, 40_00)}, booked: records{deposit(11, 100_00)}},
		{name: "two dates in one line between others", payouts: records{deposit(9, 60_00), deposit(9, 5_00), deposit(10, 40_00)}, booked: records{deposit(10, 5_00), deposit(11, 100_00)}},
		{name: "one deposit in two lines", payouts: records{deposit(9, 100_00)}, booked: records{deposit(10, 60_00), deposit(11, 40_00)}},
		{name: "another amount", payouts: records{deposit(9, 100_00)}, booked: records{deposit(10, 90_00)}, want: []outcome{{reconcile.AmountMismatch, reconcile.High}}},
		{name: "never received", payouts: records{deposit(9, 100_00)}, want: []outcome{{reconcile.DepositMissing, reconcile.High}}},
		{name: "not due yet", payouts: records{deposit(19, 100_00)}, want: []outcome{{reconcile.DepositMissing, reconcile.Info}}},
		{name: "too late", payouts: records{deposit(2, 100_00)}, booked: records{deposit(16, 100_00)},
			want: []outcome{{reconcile.DepositMissing, reconcile.High}, {reconcile.UnknownDeposit, reconcile.Medium}}},
		{name: "before it was settled", payouts: records{deposit(12, 100_00)}, booked: records{deposit(9, 100_00)},
			want: []outcome{{reconcile.DepositMissing, reconcile.High}, {reconcile.UnknownDeposit, reconcile.Medium}}},
		{name: "received, and not settled", booked: records{deposit(9, 100_00)}, want: []outcome{{reconcile.UnknownDeposit, reconcile.Medium}}},
		{name: "debited", booked: records{deposit(9, -100_00)}, want: []outcome{{reconcile.UnknownDeposit, reconcile.Medium}}},
		{name: "in another currency", payouts: records{deposit(9, 100_00)}, booked: records{with(deposit(10, 100_00), func(r *reconcile.Record) { r.Currency = afterpay.CurrencyNZD })},
			want: []outcome{{reconcile.DepositMissing, reconcile.High}, {reconcile.UnknownDeposit, reconcile.Medium}}},
		{name: "on an earlier statement", payouts: records{deposit(9, 100_00)}, opts: reconcile.Options{RightWindow: reconcile.Window{From: first(10)}},
			want: []outcome{{reconcile.WindowEdge, reconcile.Info}}},
		{name: "of an earlier settlement", booked: records{deposit(10, 100_00)}, opts: reconcile.Options{LeftWindow: reconcile.Window{From: first(9)}},
			want: []outcome{{reconcile.WindowEdge, reconcile.Info}}},
		{name: "an order among the deposits", payouts: records{payment("1", "A-1")}, want: []outcome{{reconcile.UnreadableRow, reconcile.Severe}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			opts := test.opts
			opts.Now, opts.Location = now, melbourne
			run := reconcile.Bank(reconcile.Slice(test.payouts), reconcile.Slice(test.booked), opts)
			require.Equal(t, test.want, outcomes(collect(t, run)))
			require.True(t, run.Summary().Balanced())
		})
	}
}

func TestBank_AYearOfDepositsFits(t *testing.T) {
	t.Parallel()
	var payouts, booked records
	for day := range 2000 {
		payouts = append(payouts, deposit(day-1990, afterpay.Amount(100_00+day)))
		booked = append(booked, deposit(day-1989, afterpay.Amount(100_00+day)))
	}
	require.Empty(t, collect(t, reconcile.Bank(reconcile.Slice(payouts), reconcile.Slice(booked), reconcile.Options{Now: now, Location: melbourne})))
}

func TestBank_AReportIsComparedWithAStatement(t *testing.T) {
	t.Parallel()
	const report = `Settlement Date,Order Date and Time,Afterpay Order ID,Settlement Amount,Net Settlement Amount,Type
09/11/2026,07/11/2026 12:00,1,$311.00,$296.705,Order
16/11/2026,11/11/2026 12:00,2,-$50.00,-$50.00,Refund
`
	const statement = `Date;Amount;Text
10/11/2026;"$296.71";AFTERPAY SETTLEMENT
10/11/2026;-12.00;COFFEE
`
	rows := settlement.Read(strings.NewReader(report), settlement.Options{Location: melbourne, Currency: "AUD"})
	run := reconcile.Bank(
		reconcile.Payouts(settlement.Payouts(rows), melbourne),
		reconcile.InFile("bank.csv", reconcile.ReadBank(strings.NewReader(statement), reconcile.BankOptions{
			Currency: "AUD", Location: melbourne, DateLayout: settlement.DayFirst,
			Accept: func(text string) bool { return strings.HasPrefix(text, "AFTERPAY") },
		})),
		reconcile.Options{Now: now, Location: melbourne})
	var table strings.Builder
	summary, err := run.Report(t.Context(), reconcile.NewTable(&table, reconcile.Info))
	require.NoError(t, err)
	require.True(t, summary.Balanced())
	require.Equal(t, map[reconcile.Class]int64{reconcile.Unsettled: 1}, summary.Classes, "the negative balance is carried")
	require.Contains(t, table.String(), "SETTLEMENT             BANK")
	require.Contains(t, table.String(), "-50.00 AUD (settled 2026-11-16) was carried")
}
