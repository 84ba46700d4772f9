package reconcile_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
	"github.com/afterpay-go/afterpay/settlement"
)

// The shop's orders come as CSV, the payments from Payments.All.
func ExampleOrders() {
	const orders = `reference,status,amount,currency,paid_at
A-1,paid,50.00,AUD,2026-11-11T12:00:00+11:00
A-2,paid,70.00,AUD,2026-11-11T12:30:00+11:00
`
	payments := func(yield func(*afterpay.Payment, error) bool) {
		yield(&afterpay.Payment{
			ID: "100100000001", Token: "002.t", Status: afterpay.StatusApproved, MerchantReference: "A-1",
			Created: afterpay.Timestamp{Time: time.Date(2026, 11, 11, 1, 0, 0, 0, time.UTC)}, OriginalAmount: afterpay.AUD(45_00),
		}, nil)
	}
	run := reconcile.Orders(
		reconcile.ReadOrders(strings.NewReader(orders), reconcile.OrderOptions{}),
		reconcile.Payments(payments),
		reconcile.Options{Now: time.Date(2026, 11, 12, 3, 0, 0, 0, time.UTC)},
	)
	for f, err := range run.Findings(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		difference, _ := f.Effect.Difference()
		fmt.Println(f.Severity, f.Class, difference)
		fmt.Println(f.Text)
	}
	fmt.Println("balanced:", run.Summary().Balanced())
	// Output:
	// high amount_mismatch 5.00 AUD
	// The shop says 50.00 AUD was captured for order A-1, Afterpay says 45.00 AUD.
	// high missing_at_afterpay 70.00 AUD
	// The shop says order A-2 was paid with 70.00 AUD on 2026-11-11, and Afterpay has no payment for it.
	// balanced: true
}

// The payments are those of the example above; the report settles one more.
func ExampleSettlement() {
	const report = `Settlement Date,Order Date and Time,Afterpay Order ID,Merchant Order ID,Settlement Amount,Merchant Fee incl Tax,Type
13/11/2026,11/11/2026 12:00,100100000001,A-1,$50.00,$2.50,Order
13/11/2026,11/11/2026 12:10,100100000009,A-9,$10.00,$0.50,Order
`
	melbourne, err := time.LoadLocation("Australia/Melbourne")
	if err != nil {
		fmt.Println(err)
		return
	}
	rows := settlement.Read(strings.NewReader(report), settlement.Options{Location: melbourne, Currency: afterpay.CurrencyAUD})
	payments := []reconcile.Record{{
		ID: "100100000001", Reference: "A-1", State: reconcile.StateCaptured, Currency: afterpay.CurrencyAUD, Amount: 50_00,
		At: time.Date(2026, 11, 11, 1, 0, 0, 0, time.UTC), CapturedAt: time.Date(2026, 11, 11, 1, 0, 0, 0, time.UTC),
	}}
	run := reconcile.Settlement(reconcile.Slice(payments), reconcile.SettlementRows(rows, melbourne), reconcile.Options{
		Now: time.Date(2026, 11, 17, 3, 0, 0, 0, time.UTC), Location: melbourne,
	})
	summary, err := run.Report(context.Background(), reconcile.NewTable(os.Stdout, reconcile.Info))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("exit status", summary.ExitStatus(reconcile.Low))
	// Output:
	// SEVERITY  FINDING                  ORDER                            AFTERPAY       SETTLEMENT  WHERE
	// medium    unknown_settlement_row   100100000009                            -        10.00 AUD  line 3
	//           Order A-9 (Afterpay 100100000009) was settled with 10.00 AUD, and Afterpay has no such payment.
	//
	// Records read: 1 of afterpay, 2 of settlement
	//
	// FINDING                     COUNT  CURRENCY             MONEY      DIFFERENCE
	// unknown_settlement_row          1  AUD                  10.00          -10.00
	//
	// DAY         KIND      CURRENCY          AFTERPAY        SETTLEMENT      DIFFERENCE       EXPLAINED
	// 2026-11-11  payment   AUD                  50.00             60.00          -10.00          -10.00
	// all days    payment   AUD                  50.00             60.00          -10.00          -10.00
	//
	// The findings explain every difference of the totals, to the cent.
	// exit status 1
}
