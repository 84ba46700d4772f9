package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/afterpay-go/afterpay"
)

// cart is the price of the goods.
var cart = afterpay.USD(20_00)

// shipping holds the shop's shipping options, by their identifiers. The page
// hands the same ones to Afterpay's script, which shows them to the shopper.
var shipping = map[string]afterpay.Money{
	"standard": afterpay.USD(4_95),
	"express":  afterpay.USD(12_00),
}

// create makes an order for the goods. There is no consumer and no address yet.
func create(ctx context.Context, client *afterpay.Client) (*afterpay.Order, error) {
	return client.Orders.Create(ctx, afterpay.CreateOrderRequest{
		Mode:              afterpay.ModeExpress,
		Amount:            cart,
		MerchantReference: "order-1001",
		Merchant: afterpay.Merchant{
			RedirectConfirmURL: "https://shop.example/confirm",
			RedirectCancelURL:  "https://shop.example/cancel",
			PopupOriginURL:     "https://shop.example/cart", // the page that opens the popup
		},
		ShippingOptions: afterpay.ShippingOptions{SupportedShippingCountries: []string{"US"}},
	})
}

// errRefused: the shop does not accept what the shopper chose.
var errRefused = errors.New("order does not match the shop")

// complete takes the money after the popup has reported SUCCESS. The order at
// Afterpay is the only source of what the shopper chose: the shop compares it
// with its own prices, and sends the total it accepts with the capture.
func complete(ctx context.Context, client *afterpay.Client, token string, out io.Writer) (*afterpay.Payment, error) {
	order, err := client.Orders.Get(ctx, token)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(out, "the shopper chose %q to %s, %s: %v\n",
		order.ShippingOptionIdentifier, order.Shipping.Area1, order.Shipping.CountryCode, order.Amount)
	price, ok := shipping[order.ShippingOptionIdentifier]
	if !ok || order.Shipping.CountryCode != "US" {
		return nil, fmt.Errorf("%w: shipping option or country", errRefused)
	}
	total, err := cart.Add(price)
	if err != nil {
		return nil, err
	}
	if order.Amount != total {
		return nil, fmt.Errorf("%w: the total is %v, the shop's price %v", errRefused, order.Amount, total)
	}
	payment, err := client.Payments.Capture(ctx, afterpay.CaptureRequest{Token: token, Amount: total})
	if errors.Is(err, afterpay.ErrOutcomeUnknown) {
		// The context of a handler may be why the response was lost.
		lookup, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Minute)
		defer cancel()
		return client.Payments.Recover(lookup, token)
	}
	return payment, err
}
