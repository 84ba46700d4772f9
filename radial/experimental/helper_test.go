package experimental_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/experimental"
	"github.com/afterpay-go/afterpay/radial/radialtest"
)

func debit() experimental.PaymentSettlementRequest {
	return experimental.PaymentSettlementRequest{
		SessionID:      "oms-7",
		OrderID:        "W-20931",
		InvoiceID:      "INV-1",
		Amount:         afterpay.USD(64_95),
		TaxAmount:      afterpay.USD(0),
		SettlementType: experimental.SettlementDebit,
		ClientContext:  "shipment 1",
		FinalDebit:     true,
	}
}

func credit() experimental.PaymentSettlementRequest {
	return experimental.PaymentSettlementRequest{
		OrderID:        "W-20931",
		Amount:         afterpay.USD(5_00),
		TaxAmount:      afterpay.USD(0),
		SettlementType: experimental.SettlementCredit,
		RefundReason:   "damaged",
	}
}

// approve takes the order W-20931 to its approval.
func approve(t *testing.T, server *radialtest.Server) {
	t.Helper()
	client, err := radial.New(radialtest.StoreID, radialtest.APIKey, radial.WithHTTPClient(server.HTTPClient()))
	require.NoError(t, err)
	mia := radial.PartyInformation{
		ContactInformation: radial.ContactInformation{
			Person:              radial.Person{Name: radial.Name{LastName: "Ortega", FirstName: "Mia"}},
			PrimaryPhoneNumber:  "+1 503 555 0147",
			PrimaryEmailAddress: "mia.ortega@example.com",
		},
		Address: radial.Address{Line1: "418 Alder Street", City: "Portland", CountryCode: "US", PostalCode: "97205"},
	}
	session, err := client.InitializePaymentAuthorization(t.Context(), radial.InitializePaymentAuthorizationRequest{
		OrderID: "W-20931", Amount: afterpay.USD(64_95), RedirectURL: "shop:ok", CancelURL: "shop:no",
		BillingInformation: mia, ShippingInformation: mia, OriginatorIPAddress: netip.MustParseAddr("203.0.113.24"),
		LineItems: radial.LineItems{
			LineItemsTotal: afterpay.USD(64_95), ShippingTotal: afterpay.USD(0), TaxTotal: afterpay.USD(0),
			Items: []radial.LineItem{{Name: "Canvas bag", Quantity: 1, UnitAmount: afterpay.USD(64_95)}},
		},
	})
	require.NoError(t, err)
	require.True(t, server.Confirm(session.PaymentID))
	_, err = client.GetPaymentAuthorization(t.Context(), radial.GetPaymentAuthorizationRequest{
		OrderID: session.OrderID, PaymentID: session.PaymentID, Amount: session.Amount,
	})
	require.NoError(t, err)
}

// fixture reads a file of testdata.
func fixture(t testing.TB, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(content)
}

// detail returns the *radial.Error in err.
func detail(t testing.TB, err error) *radial.Error {
	t.Helper()
	var e *radial.Error
	require.ErrorAs(t, err, &e)
	return e
}
