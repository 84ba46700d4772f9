package radial_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/radialtest"
)

// minimalRequest holds what Afterpay requires and no more.
func minimalRequest() radial.InitializePaymentAuthorizationRequest {
	shopper := radial.ContactInformation{
		Person:              radial.Person{Name: radial.Name{LastName: "Ortega", FirstName: "Mia"}},
		PrimaryPhoneNumber:  "+1 (503) 555-0147",
		PrimaryEmailAddress: "mia.ortega@example.com",
	}
	return radial.InitializePaymentAuthorizationRequest{
		OrderID:     "W-20931",
		Amount:      afterpay.USD(64_95),
		RedirectURL: "https://shop.example/afterpay/return",
		CancelURL:   "https://shop.example/afterpay/cancel",
		BillingInformation: radial.PartyInformation{
			ContactInformation: shopper,
			Address:            radial.Address{Line1: "418 Alder Street", City: "Portland", CountryCode: "US", PostalCode: "97205"},
		},
		ShippingInformation: radial.PartyInformation{ContactInformation: shopper},
		OriginatorIPAddress: netip.MustParseAddr("203.0.113.24"),
		LineItems: radial.LineItems{
			LineItemsTotal: afterpay.USD(59_95),
			ShippingTotal:  afterpay.USD(5_00),
			TaxTotal:       afterpay.USD(0),
			Items:          []radial.LineItem{{Name: "Canvas bag", Quantity: 1, UnitAmount: afterpay.USD(59_95)}},
		},
	}
}

// fullRequest holds every element, the unused ones too.
func fullRequest() radial.InitializePaymentAuthorizationRequest {
	contact := radial.ContactInformation{
		Person: radial.Person{
			Name:        radial.Name{Salutation: "Dr", LastName: "Müller & Söhne", MiddleName: "K.", FirstName: "Zoë", Suffix: "Jr"},
			Gender:      radial.GenderFemale,
			DateOfBirth: "1987-11-30",
		},
		PrimaryPhoneNumber:    "416-555-0190",
		AlternatePhoneNumber:  "416 555 0191",
		PrimaryEmailAddress:   "zoe@example.org",
		AlternateEmailAddress: "office@example.org",
	}
	address := radial.Address{
		Line1: "77 Queen's Quay <West>", Line2: "Unit 5", Line3: "Rear", Line4: "Door \"B\"", BuildingName: "Pier House",
		PoBox: "1204", City: "Toronto", MainDivision: "Ontario", MainDivisionCode: "ON", CountryName: "Canada",
		CountryCode: "CA", PostalCode: "M5J 2N8",
	}
	party := radial.PartyInformation{ContactInformation: contact, Address: address}
	return radial.InitializePaymentAuthorizationRequest{
		RequestID:           "5f2f0d0e-8f0a-4a53-9a35-0c1f2e3d4b5a",
		OrderID:             "10000000000000000077",
		Amount:              afterpay.CAD(9_999_999_99),
		RedirectURL:         "shopapp://checkout?result=ok&order=77",
		CancelURL:           "shopapp://checkout?result=cancel&order=77",
		BillingInformation:  party,
		ShippingInformation: party,
		OriginatorIPAddress: netip.MustParseAddr("fe80::1ff:fe23:4567:890a%eth2"),
		LineItems: radial.LineItems{
			LineItemsTotal: afterpay.CAD(9_999_989_99),
			ShippingTotal:  afterpay.CAD(7_50),
			TaxTotal:       afterpay.CAD(2_50),
			Items: []radial.LineItem{
				{Name: "Kayak > 4 m", SequenceNumber: "1", SKU: "KY-400", Quantity: 2, UnitAmount: afterpay.CAD(4_999_000_00)},
				{Name: "Paddle\r\n(2 parts)", SequenceNumber: "2", SKU: "PD-2", Quantity: 19, UnitAmount: afterpay.CAD(105_21)},
			},
		},
		Promotions: radial.Promotions{
			PromotionsTotal: afterpay.CAD(10_00),
			Promotions: []radial.Promotion{
				{Name: "Spring", Amount: afterpay.CAD(7_00)},
				{Name: "Newsletter", Amount: afterpay.CAD(3_00)},
			},
		},
		POSMethod:              radial.POSMethodAfterpay,
		PaymentIDToBeCorrected: "000000000000000000000000042Tests",
	}
}

func debit() radial.PaymentSettlementRequest {
	return radial.PaymentSettlementRequest{
		SessionID:      "oms-7",
		OrderID:        "W-20931",
		InvoiceID:      "INV-1",
		Amount:         afterpay.USD(64_95),
		TaxAmount:      afterpay.USD(0),
		SettlementType: radial.SettlementDebit,
		ClientContext:  "shipment 1",
		FinalDebit:     true,
	}
}

func credit() radial.PaymentSettlementRequest {
	return radial.PaymentSettlementRequest{
		OrderID:        "W-20931",
		Amount:         afterpay.USD(5_00),
		TaxAmount:      afterpay.USD(0),
		SettlementType: radial.SettlementCredit,
		RefundReason:   "damaged",
	}
}

// fixture reads a file of testdata.
func fixture(t testing.TB, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(content)
}

// approve takes an order through the first three steps.
func approve(t *testing.T, client *radial.Client, server *radialtest.Server, orderID string) {
	t.Helper()
	req := minimalRequest()
	req.OrderID = orderID
	reply, err := client.InitializePaymentAuthorization(t.Context(), req)
	require.NoError(t, err)
	require.True(t, server.Confirm(reply.PaymentID))
	_, err = client.GetPaymentAuthorization(t.Context(), radial.GetPaymentAuthorizationRequest{OrderID: orderID, PaymentID: reply.PaymentID})
	require.NoError(t, err)
}

// detail returns the *Error in err.
func detail(t testing.TB, err error) *radial.Error {
	t.Helper()
	var e *radial.Error
	require.ErrorAs(t, err, &e)
	return e
}
