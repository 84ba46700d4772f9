package reconcile_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
	"github.com/afterpay-go/afterpay/settlement"
)

func TestRun_ABadRowIsAFindingAndNotTheEnd(t *testing.T) {
	t.Parallel()
	const text = "reference,amount,currency\nA-1,50.00,AUD\nA-2,much,AUD\n\"A-3,1,AUD\nA-4,1\nA-5,50.00,AUD\n"
	for _, presorted := range []bool{false, true} {
		orders := reconcile.InFile("orders.csv", reconcile.ReadOrders(strings.NewReader(text), reconcile.OrderOptions{}))
		if presorted {
			orders = reconcile.Convert(orders, func(r reconcile.Record) (reconcile.Record, error) {
				r.Key = r.Reference
				return r, nil
			})
		}
		payments := records{payment("1", "A-1"), payment("5", "A-5"), with(payment("6", "A-6"), func(r *reconcile.Record) { r.Currency = "dollars" })}
		for i := range payments {
			payments[i].Key = payments[i].Reference
		}
		run := reconcile.Orders(orders, reconcile.Slice(payments), reconcile.Options{Now: now, Presorted: presorted})
		var places []string
		for _, f := range collect(t, run) {
			switch f.Class {
			case reconcile.UnreadableRow:
				require.Equal(t, reconcile.Severe, f.Severity)
				if f.Left != nil {
					places = append(places, fmt.Sprint(f.Left.File, ":", f.Left.Line))
					require.Contains(t, f.Text, "orders.csv")
				} else {
					require.Contains(t, f.Text, "currency")
				}
			default:
				require.Equal(t, reconcile.DayBoundary, f.Class)
			}
		}
		require.Equal(t, []string{"orders.csv:3", "orders.csv:4", "orders.csv:5"}, places)
		s := run.Summary()
		require.True(t, s.Balanced())
		require.Equal(t, int64(4), s.Classes[reconcile.UnreadableRow])
		require.Equal(t, reconcile.ExitFindings, s.ExitStatus(reconcile.High))
	}
}

func TestRun_TooManyBadRowsEndIt(t *testing.T) {
	t.Parallel()
	text := "reference,amount,currency\n" + strings.Repeat("A-1,much,AUD\n", 4)
	for limit, findings := range map[int]int{-1: 0, 3: 3, 4: 4} {
		run := reconcile.Orders(reconcile.ReadOrders(strings.NewReader(text), reconcile.OrderOptions{}), reconcile.Slice(nil),
			reconcile.Options{Now: now, MaxUnreadable: limit})
		n := 0
		var last error
		for _, err := range run.Findings(t.Context()) {
			if last = err; err == nil {
				n++
			}
		}
		if limit == 4 {
			require.NoError(t, last)
			require.Equal(t, findings, n)
			continue
		}
		require.ErrorIs(t, last, reconcile.ErrRow)
		require.ErrorIs(t, last, afterpay.ErrAmount)
		require.False(t, run.Summary().Complete)
		require.Equal(t, int64(findings), run.Summary().Classes[reconcile.UnreadableRow])
	}
}

func TestRun_ASettlementRowThatCannotBeReadIsAFinding(t *testing.T) {
	t.Parallel()
	const report = `Settlement Date,Order Date and Time,Afterpay Order ID,Merchant Order ID,Settlement Amount,Net Settlement Amount,Type
13/11/2026,11/11/2026 12:00,1,A-1,$50.00,$50.00,Order
13/11/2026,11/11/2026 12:00,1.00106E+11,A-2,$50.00,$50.00,Order
13/11/2026,11/11/2026 12:00,3,A-3,much,$50.00,Order
`
	rows := reconcile.InFile("hub.csv", reconcile.SettlementRows(settlement.Read(strings.NewReader(report), settlement.Options{Location: melbourne, Currency: "AUD"}), nil))
	run := reconcile.Settlement(reconcile.Slice(records{payment("1", "A-1")}), rows, reconcile.Options{Now: now, Location: melbourne})
	found := collect(t, run)
	require.Equal(t, []outcome{{reconcile.UnreadableRow, reconcile.Severe}, {reconcile.UnreadableRow, reconcile.Severe}}, outcomes(found))
	require.Equal(t, 3, found[0].Right.Line)
	require.Equal(t, "hub.csv", found[1].Right.File)

	broken := reconcile.SettlementRows(settlement.Read(strings.NewReader("no report"), settlement.Options{Currency: "AUD"}), nil)
	for _, err := range reconcile.Settlement(reconcile.Slice(nil), broken, reconcile.Options{}).Findings(t.Context()) {
		require.ErrorIs(t, err, settlement.ErrHeader, "a file that is no report ends the run")
	}
}

func TestInFile_NamesTheFileInErrorsThatEndTheRun(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection lost")
	source := func(yield func(reconcile.Record, error) bool) { yield(reconcile.Record{}, broken) }
	for _, err := range reconcile.InFile("orders.csv", source) {
		require.ErrorIs(t, err, broken)
		require.ErrorContains(t, err, "orders.csv")
	}
}
