package radial_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/radialtest"
)

func ExampleClient_InitializePaymentAuthorization() {
	service := radialtest.NewServer() // stands in for Radial
	client, err := radial.New(radialtest.StoreID, radialtest.APIKey, radial.WithHTTPClient(service.HTTPClient()))
	if err != nil {
		fmt.Println(err)
		return
	}
	ann := radial.PartyInformation{
		ContactInformation: radial.ContactInformation{
			Person:              radial.Person{Name: radial.Name{FirstName: "Ann", LastName: "Lee"}},
			PrimaryPhoneNumber:  "+1 503 555 0147",
			PrimaryEmailAddress: "ann@example.com",
		},
		Address: radial.Address{Line1: "418 Alder Street", City: "Portland", MainDivisionCode: "OR", CountryCode: "US", PostalCode: "97205"},
	}
	session, err := client.InitializePaymentAuthorization(context.Background(), radial.InitializePaymentAuthorizationRequest{
		OrderID:             "W-20931",
		Amount:              afterpay.USD(64_95),
		RedirectURL:         "https://shop.example/afterpay/return",
		CancelURL:           "https://shop.example/afterpay/cancel",
		BillingInformation:  ann,
		ShippingInformation: ann,
		OriginatorIPAddress: netip.MustParseAddr("203.0.113.24"),
		LineItems: radial.LineItems{
			LineItemsTotal: afterpay.USD(59_95),
			ShippingTotal:  afterpay.USD(5_00),
			TaxTotal:       afterpay.USD(0),
			Items:          []radial.LineItem{{Name: "Canvas bag", SKU: "CB-1", Quantity: 1, UnitAmount: afterpay.USD(59_95)}},
		},
	})
	switch {
	case err == nil:
		fmt.Println("session for", session.Amount)
	case errors.Is(err, radial.ErrFailed):
		fmt.Println("correct the order and call again")
	case errors.Is(err, afterpay.ErrOutcomeUnknown):
		fmt.Println("call again; no money has moved")
	default:
		fmt.Println(err)
	}
	// Output: session for 64.95 USD
}

func ExampleError() {
	client, err := radial.New("STORE", "key")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.GetPaymentAuthorization(context.Background(), radial.GetPaymentAuthorizationRequest{
		PaymentID: "000000000000000000000000001Tests", Amount: afterpay.USD(-1),
	})
	if e, ok := errors.AsType[*radial.Error](err); ok && errors.Is(err, afterpay.ErrInvalid) {
		for _, f := range e.Fields {
			fmt.Println(f.Field, f.Message)
		}
	}
	// Output:
	// OrderId is required
	// Amount must not be negative
}
