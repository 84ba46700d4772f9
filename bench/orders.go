package main

import (
	"net/http"

	"github.com/afterpay-go/afterpay"
)

const host = "https://global-api.afterpay.com"

// created is the answer to an order, as recorded.
const created = `{"token":"002.3qhu5hl6dnho09t3scdjo2fvb835o9sac8hs2kl9i6pnvgsp","expires":"2021-08-25T17:56:00.817Z","redirectCheckoutUrl":"https://portal.sandbox.afterpay.com/us/checkout/?token=002.3qhu5hl6dnho09t3scdjo2fvb835o9sac8hs2kl9i6pnvgsp"}`

// rawCart and cart are the same order, of three items.
var rawCart = rawOrder{
	Amount:            rawMoney{"21.85", "USD"},
	Consumer:          rawConsumer{"Joe", "Consumer", "test@example.com", "0400 000 000"},
	Shipping:          rawContact{"Joe Consumer", "Level 5", "San Francisco", "CA", "94104", "US", "0400 000 000"},
	Items:             []rawItem{{"Widget", "1", 1, rawMoney{"10.00", "USD"}}, {"Gadget", "2", 1, rawMoney{"10.00", "USD"}}, {"Gizmo", "3", 1, rawMoney{"1.85", "USD"}}},
	Merchant:          rawMerchant{"https://shop.example/confirm", "https://shop.example/cancel"},
	MerchantReference: "order-1001",
}

var cart = afterpay.CreateOrderRequest{
	Amount:   afterpay.USD(21_85),
	Consumer: afterpay.Consumer{GivenNames: "Joe", Surname: "Consumer", Email: "test@example.com", PhoneNumber: "0400 000 000"},
	Shipping: afterpay.Contact{
		Name: "Joe Consumer", Line1: "Level 5", Area1: "San Francisco", Region: "CA",
		Postcode: "94104", CountryCode: "US", PhoneNumber: "0400 000 000",
	},
	Items: []afterpay.Item{
		{Name: "Widget", SKU: "1", Quantity: 1, Price: afterpay.USD(10_00)},
		{Name: "Gadget", SKU: "2", Quantity: 1, Price: afterpay.USD(10_00)},
		{Name: "Gizmo", SKU: "3", Quantity: 1, Price: afterpay.USD(1_85)},
	},
	Merchant:          afterpay.Merchant{RedirectConfirmURL: "https://shop.example/confirm", RedirectCancelURL: "https://shop.example/cancel"},
	MerchantReference: "order-1001",
}

// ours is a client with every feature on.
func ours(rt http.RoundTripper, opts ...afterpay.Option) *afterpay.Client {
	opts = append([]afterpay.Option{afterpay.WithHTTPClient(&http.Client{Transport: rt})}, opts...)
	client, err := afterpay.New("merchant", "secret", opts...)
	if err != nil {
		panic(err)
	}
	return client
}
