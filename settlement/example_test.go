package settlement_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/settlement"
)

// hubExport is a file as the Business Hub exports it.
const hubExport = `Settlement Date,Order Date and Time,Afterpay Order ID,Merchant Order ID,Settlement Amount,Merchant Fee incl Tax,Net Settlement Amount,Type
01/08/2026,31/07/2026 14:05,400200300101,order-1,$311.00,$14.295000,$296.705000,Order
12/08/2026,09/08/2026 18:01,400200300099,order-0,-$297.27,$0.00,-$297.27,Refund
14/08/2026,13/08/2026 09:30,400200300102,order-2,£85.95,$6.00,$79.95,Order
17/08/2026,16/08/2026 20:45,400200300103,order-3,$457.44,$21.184800,$436.255200,Order
`

func ExampleRead() {
	opts := settlement.Options{
		Location: time.FixedZone("AEST", 10*60*60), // or time.LoadLocation("Australia/Melbourne")
		Currency: afterpay.CurrencyAUD,
	}
	for row, err := range settlement.Read(strings.NewReader(hubExport), opts) {
		if err != nil {
			fmt.Println(err) // or return, to read no further
			continue
		}
		fmt.Println(row.SettlementDate, row.Type, row.MerchantOrderID, row.NetSettlementAmount, row.OrderedAt.UTC().Format(time.RFC3339))
	}
	// Output:
	// 2026-08-01 Order order-1 296.705 2026-07-31T04:05:00Z
	// 2026-08-12 Refund order-0 -297.27 2026-08-09T08:01:00Z
	// settlement: line 4: Settlement Amount: "£85.95": currency mismatch: the currency is AUD
	// 2026-08-17 Order order-3 436.2552 2026-08-16T10:45:00Z
}

func ExamplePayouts() {
	// The lines of the export without the faulty one.
	lines := strings.SplitAfter(hubExport, "\n")
	report := strings.NewReader(strings.Join(append(lines[:3:3], lines[4:]...), ""))

	rows := settlement.Read(report, settlement.Options{Currency: afterpay.CurrencyAUD})
	for payout, err := range settlement.Payouts(rows) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%v to %v: %d orders, %d refunds, gross %v, fees %v, net %v, paid %v\n",
			payout.From, payout.To, payout.Orders, payout.Refunds, payout.Gross, payout.Fees, payout.Net, payout.Amount)
	}
	// Output:
	// 2026-08-01 to 2026-08-01: 1 orders, 0 refunds, gross 311.00, fees 14.295, net 296.705, paid 296.71 AUD
	// 2026-08-12 to 2026-08-17: 1 orders, 1 refunds, gross 160.17, fees 21.1848, net 138.9852, paid 138.99 AUD
}

func ExampleDecimal_Round() {
	net, err := settlement.ParseDecimal("296.705000")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(net, "rounds to", net.Round(afterpay.CurrencyUSD))
	// Output: 296.705 rounds to 296.71 USD
}
