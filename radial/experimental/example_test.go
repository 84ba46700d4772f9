package experimental_test

import (
	"fmt"

	"github.com/afterpay-go/afterpay/radial/experimental"
)

func ExampleParseStatus() {
	message, err := experimental.ParseStatus([]byte(`<PaymentSettlementStatus>
		<PaymentContextBase><OrderId>W-20931</OrderId></PaymentContextBase>
		<TenderType>AF</TenderType>
		<Amount currencyCode="USD">64.95</Amount>
		<SettlementType>Debit</SettlementType>
		<SettlementStatus>S</SettlementStatus>
		<StoreId>S1</StoreId>
	</PaymentSettlementStatus>`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range message.Settlements {
		if s.SettlementStatus == experimental.SettlementStatusSettled {
			fmt.Println(s.OrderID, s.SettlementType, s.Amount)
		}
	}
	// Output: W-20931 Debit 64.95 USD
}
