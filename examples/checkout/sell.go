package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/afterpay-go/afterpay"
)

// sell runs an order from the question whether its amount can be paid for to
// its refund.
func sell(ctx context.Context, client *afterpay.Client, version afterpay.APIVersion, shop *shop, confirm shopper) error {
	configuration, err := client.Configuration.Get(ctx)
	if err != nil {
		return err
	}
	cart, err := newCart(shop)
	if err != nil {
		return err
	}
	if !configuration.Allows(cart.Amount) {
		return fmt.Errorf("%v is outside the limits %v to %v", cart.Amount, configuration.MinimumAmount, configuration.MaximumAmount)
	}
	fmt.Printf("%v is within the limits %v to %v\n", cart.Amount, configuration.MinimumAmount, configuration.MaximumAmount)

	order, err := client.Orders.Create(ctx, cart)
	if err != nil {
		return err
	}
	fmt.Println("order created, valid until", order.Expires.Format(time.RFC1123))
	if err := confirm(ctx, order); err != nil {
		return err
	}
	redirect, err := shop.wait(ctx)
	if err != nil {
		return err
	}
	fmt.Println("shopper came back:", redirect.Status)
	if !redirect.Confirmed() {
		return nil
	}
	// Anybody can call the shop's URL: what counts is the order itself.
	if _, err := client.Orders.Verify(ctx, redirect.Token, cart.Amount); err != nil {
		return err
	}
	fmt.Println("order read back, amount verified")

	payment, err := pay(ctx, client, version, redirect.Token)
	if errors.Is(err, afterpay.ErrDeclined) {
		fmt.Println("\nAfterpay declined. Nothing was taken; offer another way to pay.")
		if e, ok := errors.AsType[*afterpay.Error](err); ok && e.Payment != nil {
			return tell(e.Payment)
		}
		return nil
	}
	if err != nil {
		return err
	}
	payment, err = afterSale(ctx, client, payment)
	if err != nil {
		return err
	}
	return tell(payment)
}

// newCart is one widget at 10.00 with 10 % off, 10.00 shipping and 2.85 tax.
func newCart(shop *shop) (afterpay.CreateOrderRequest, error) {
	widget := afterpay.Item{Name: "Widget", SKU: "12341234", Quantity: 1, Price: afterpay.USD(10_00)}
	parts, err := widget.Price.Allocate(10, 90)
	if err != nil {
		return afterpay.CreateOrderRequest{}, err
	}
	off := parts[0]
	shipping, tax := afterpay.USD(10_00), afterpay.USD(2_85)
	total, err := afterpay.Sum(widget.Price, shipping, tax)
	if err == nil {
		total, err = total.Sub(off)
	}
	return afterpay.CreateOrderRequest{
		Amount:    total, // 21.85
		Consumer:  afterpay.Consumer{GivenNames: "Joe", Surname: "Consumer", Email: "test@example.com", PhoneNumber: "0400 000 000"},
		Billing:   home,
		Shipping:  home,
		Items:     []afterpay.Item{widget},
		Discounts: []afterpay.Discount{{DisplayName: "10% Off", Amount: off}},
		Merchant: afterpay.Merchant{
			RedirectConfirmURL: shop.back(),
			RedirectCancelURL:  shop.back(),
		},
		MerchantReference: "order-1001",
		TaxAmount:         tax,
		ShippingAmount:    shipping,
	}, err
}

var home = afterpay.Contact{
	Name: "Joe Consumer", Line1: "Level 5", Line2: "390 Example Street", Area1: "San Francisco",
	Region: "CA", Postcode: "94104", CountryCode: "US", PhoneNumber: "0400 000 000",
}

// pay takes the money: at once under v1; under v2 15.00 for what is shipped,
// leaving the rest to be voided.
func pay(ctx context.Context, client *afterpay.Client, version afterpay.APIVersion, token string) (*afterpay.Payment, error) {
	if version == afterpay.V1 {
		payment, err := client.Payments.Capture(ctx, afterpay.CaptureRequest{Token: token})
		if err != nil {
			return nil, err
		}
		fmt.Println("captured", payment.OriginalAmount)
		return payment, nil
	}
	payment, err := client.Payments.Authorize(ctx, afterpay.AuthorizeRequest{
		Token:     token,
		RequestID: afterpay.RequestIDFor("authorize", "order-1001"),
	})
	if err != nil {
		return nil, err
	}
	fmt.Println("authorized", payment.OpenToCaptureAmount)
	payment, err = client.Payments.CapturePart(ctx, payment.ID, afterpay.CapturePartRequest{
		RequestID:              afterpay.RequestIDFor("capture", "order-1001", "shipment-1"),
		Amount:                 afterpay.USD(15_00),
		EventMerchantReference: "shipment-1",
	})
	if err != nil {
		return nil, err
	}
	fmt.Println("captured 15.00 USD, open to capture", payment.OpenToCaptureAmount)
	payment, err = client.Payments.Void(ctx, payment.ID, afterpay.VoidRequest{
		RequestID: afterpay.RequestIDFor("void", "order-1001"),
		Reason:    afterpay.VoidCancelledItems,
	})
	if err != nil {
		return nil, err
	}
	fmt.Println("voided the rest")
	return payment, nil
}

// afterSale ships the goods, refunds 5.00, and reads the payment again.
func afterSale(ctx context.Context, client *afterpay.Client, payment *afterpay.Payment) (*afterpay.Payment, error) {
	_, err := client.Payments.UpdateCourier(ctx, payment.ID, afterpay.Courier{
		ShippedAt: afterpay.Timestamp{Time: time.Now()},
		Name:      "UPS", Tracking: "AA0000000000000", Priority: afterpay.PriorityStandard,
	})
	if err != nil {
		return nil, err
	}
	fmt.Println("courier updated")
	refund, err := client.Refunds.Create(ctx, payment.ID, afterpay.RefundRequest{
		RequestID:         afterpay.RequestIDFor("refund", "refund-501"),
		Amount:            afterpay.USD(5_00),
		MerchantReference: "refund-501",
	})
	if err != nil {
		return nil, err
	}
	fmt.Println("refunded", refund.Amount)
	return client.Payments.Get(ctx, payment.ID)
}
