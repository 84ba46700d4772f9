package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/afterpay-go/afterpay"
)

// sale is one order of the shop.
type sale struct {
	client  *afterpay.Client
	version afterpay.APIVersion
	shop    *shop
	confirm shopper
	now     func() time.Time
	pass    func(time.Duration) // lets time pass, in the sandbox
	out     io.Writer
}

// say prints a step with its time.
func (s *sale) say(format string, args ...any) {
	fmt.Fprintf(s.out, "%s  %s\n", s.now().UTC().Format("Jan _2 15:04"), fmt.Sprintf(format, args...))
}

// run creates an order, waits for the shopper, takes the money, and refunds a
// part of it.
func (s *sale) run(ctx context.Context) error {
	number := "order-" + s.now().UTC().Format("20060102-150405")
	cart, err := newCart(s.shop, number)
	if err != nil {
		return err
	}
	configuration, err := s.client.Configuration.Get(ctx)
	if err != nil {
		return err
	}
	if !configuration.Allows(cart.Amount) {
		return fmt.Errorf("%v is outside the account's limits, %v to %v", cart.Amount, configuration.MinimumAmount, configuration.MaximumAmount)
	}
	s.say("%v is within the account's limits, %v to %v", cart.Amount, configuration.MinimumAmount, configuration.MaximumAmount)

	order, err := s.client.Orders.Create(ctx, cart)
	if err != nil {
		return err
	}
	s.say("order created; the shopper can confirm it until %s", order.Expires.UTC().Format("15:04"))
	s.pass(4 * time.Minute)
	if err := s.confirm(ctx, order); err != nil {
		return err
	}
	redirect, err := s.shop.wait(ctx)
	if err != nil {
		return err
	}
	s.say("the shopper returned with status %s", redirect.Status)
	payment, err := s.returnPage(ctx, order.Token, cart, redirect)
	switch e, _ := errors.AsType[*afterpay.Error](err); {
	case errors.Is(err, afterpay.ErrDeclined):
		s.say("Afterpay declined and took nothing: offer another way to pay")
		if e.Payment == nil {
			return nil
		}
		return printPayment(s.out, e.Payment)
	case errors.Is(err, afterpay.ErrNotApprovedYet):
		s.say("the shopper did not confirm: back to the cart")
		return nil
	case err != nil:
		return err
	}
	if s.version == afterpay.V2 {
		if payment, err = s.ship(ctx, payment, number); err != nil {
			return err
		}
	}
	payment, err = s.afterSale(ctx, payment, number)
	if err != nil {
		return err
	}
	return printPayment(s.out, payment)
}

// returnPage does what the page does that the shopper returns to: it takes the
// money under v1, and authorizes it under v2. Anybody can open the page, any
// number of times, so it trusts the shop's own record of the order.
func (s *sale) returnPage(ctx context.Context, token string, cart afterpay.CreateOrderRequest, redirect afterpay.Redirect) (*afterpay.Payment, error) {
	request := afterpay.CompleteRequest{
		Token:             token,
		Amount:            cart.Amount,
		Redirect:          redirect,
		MerchantReference: cart.MerchantReference,
		Authorize:         s.version == afterpay.V2,
	}
	payment, err := s.client.Payments.Complete(ctx, request)
	if err != nil {
		return nil, err
	}
	did := "captured"
	if request.Authorize {
		did = "authorized"
	}
	s.say("%s %v, payment %s", did, payment.OriginalAmount, payment.ID)

	again, err := s.client.Payments.Complete(ctx, request)
	if err != nil {
		return nil, err
	}
	s.say("the shopper reloads the page: payment %s again, nothing is paid twice", again.ID)
	return again, nil
}

// newCart holds one widget at 10.00 with 10 % off, 10.00 shipping and 2.85 tax.
func newCart(shop *shop, number string) (afterpay.CreateOrderRequest, error) {
	widget := afterpay.Item{Name: "Widget", SKU: "12341234", Quantity: 1, Price: afterpay.USD(10_00)}
	parts, err := widget.Price.Allocate(10, 90)
	if err != nil {
		return afterpay.CreateOrderRequest{}, err
	}
	discount := parts[0]
	shipping, tax := afterpay.USD(10_00), afterpay.USD(2_85)
	total, err := afterpay.Sum(widget.Price, shipping, tax)
	if err == nil {
		total, err = total.Sub(discount)
	}
	return afterpay.CreateOrderRequest{
		Amount:    total, // 21.85
		Consumer:  afterpay.Consumer{GivenNames: "Joe", Surname: "Consumer", Email: "test@example.com", PhoneNumber: "0400 000 000"},
		Billing:   home,
		Shipping:  home,
		Items:     []afterpay.Item{widget},
		Discounts: []afterpay.Discount{{DisplayName: "10% Off", Amount: discount}},
		Merchant: afterpay.Merchant{
			RedirectConfirmURL: shop.returnURL(),
			RedirectCancelURL:  shop.returnURL(),
		},
		MerchantReference: number,
		TaxAmount:         tax,
		ShippingAmount:    shipping,
	}, err
}

var home = afterpay.Contact{
	Name: "Joe Consumer", Line1: "Level 5", Line2: "390 Example Street", Area1: "San Francisco",
	Region: "CA", Postcode: "94104", CountryCode: "US", PhoneNumber: "0400 000 000",
}

// ship captures 15.00 when a parcel ships, and voids the rest.
func (s *sale) ship(ctx context.Context, payment *afterpay.Payment, number string) (*afterpay.Payment, error) {
	s.pass(24 * time.Hour)
	payment, err := s.client.Payments.CapturePart(ctx, payment.ID, afterpay.CapturePartRequest{
		RequestID:              afterpay.RequestIDFor("capture", number, "shipment-1"),
		Amount:                 afterpay.USD(15_00),
		EventMerchantReference: "shipment-1",
	})
	if err != nil {
		return nil, err
	}
	rest := payment.OpenToCaptureAmount
	s.say("a parcel ships: captured 15.00 USD, %v are open", rest)

	s.pass(time.Hour)
	payment, err = s.client.Payments.Void(ctx, payment.ID, afterpay.VoidRequest{
		RequestID: afterpay.RequestIDFor("void", number),
		All:       true,
		Reason:    afterpay.VoidCancelledItems,
	})
	if err != nil {
		return nil, err
	}
	s.say("the rest is out of stock: voided %v", rest)
	return payment, nil
}

// afterSale tells Afterpay of the parcel, refunds 5.00 a few days later, and
// reads the payment again.
func (s *sale) afterSale(ctx context.Context, payment *afterpay.Payment, number string) (*afterpay.Payment, error) {
	_, err := s.client.Payments.UpdateCourier(ctx, payment.ID, afterpay.Courier{
		ShippedAt: afterpay.Timestamp{Time: s.now()},
		Name:      "UPS", Tracking: "AA0000000000000", Priority: afterpay.PriorityStandard,
	})
	if err != nil {
		return nil, err
	}
	s.say("courier updated")

	s.pass(5 * 24 * time.Hour)
	refund, err := s.client.Refunds.Create(ctx, payment.ID, afterpay.RefundRequest{
		RequestID:         afterpay.RequestIDFor("refund", number, "return-1"),
		Amount:            afterpay.USD(5_00),
		MerchantReference: "return-1",
	})
	if err != nil {
		return nil, err
	}
	s.say("an item came back: refunded %v", refund.Amount)
	return s.client.Payments.Get(ctx, payment.ID)
}
