package afterpay_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// A sandbox in memory stands in for Afterpay; in production New takes the
// account's credentials and no option at all.
func Example() {
	ctx := context.Background()
	sandbox := afterpaytest.New()
	client, err := afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey,
		afterpay.WithHTTPClient(&http.Client{Transport: sandbox}))
	if err != nil {
		panic(err)
	}
	total := afterpay.USD(21_85)
	order, err := client.Orders.Create(ctx, afterpay.CreateOrderRequest{
		Amount:   total,
		Consumer: afterpay.Consumer{Email: "ann@example.com"},
		Merchant: afterpay.Merchant{
			RedirectConfirmURL: "https://shop.example/confirm",
			RedirectCancelURL:  "https://shop.example/cancel",
		},
		MerchantReference: "order-1001",
	})
	if err != nil {
		panic(err)
	}
	// The shopper goes to order.RedirectCheckoutURL, confirms, and comes back to
	// the confirm URL with a status and the order's token.
	_ = sandbox.Approve(order.Token)
	back, _ := sandbox.RedirectURL(order.Token)
	u, _ := url.Parse(back)
	redirect, err := afterpay.ParseRedirect(u)
	if err != nil {
		panic(err)
	}
	// The shop stored the token, the total and its own number with the order. This
	// call is repeated whenever the shopper opens the page again.
	payment, err := client.Payments.Complete(ctx, afterpay.CompleteRequest{
		Token: order.Token, Amount: total, MerchantReference: "order-1001", Redirect: redirect,
	})
	switch {
	case errors.Is(err, afterpay.ErrOutcomeUnknown):
		panic(err) // not a refusal: show a page that waits, and call Complete again
	case errors.Is(err, afterpay.ErrDeclined):
		panic(err) // offer another way to pay
	case err != nil:
		panic(err)
	}
	fmt.Println(payment.Status, payment.OriginalAmount)
	// Output: APPROVED 21.85 USD
}

// A return of goods is voided as far as it was not captured, and refunded
// otherwise.
func ExamplePayment_PlanReturn() {
	payment := &afterpay.Payment{
		Status: afterpay.StatusApproved, State: afterpay.StatePartiallyCaptured,
		OriginalAmount: afterpay.USD(100_00), OpenToCaptureAmount: afterpay.USD(40_00),
		Events: []afterpay.PaymentEvent{
			{Type: afterpay.EventAuthApproved, Amount: afterpay.USD(100_00)},
			{Type: afterpay.EventCaptured, Amount: afterpay.USD(60_00)},
		},
	}
	plan, err := payment.PlanReturn(afterpay.USD(55_00))
	fmt.Println("void", plan.Void, "refund", plan.Refund, err)
	// Output: void 40.00 USD refund 15.00 USD <nil>
}

// The parts of a sum lose no cent.
func ExampleMoney_Allocate() {
	discount := afterpay.USD(10_00)
	parts, err := discount.Allocate(1, 1, 1)
	fmt.Println(parts, err)
	// Output: [3.34 USD 3.33 USD 3.33 USD] <nil>
}

// The same parts give the same id after a restart.
func ExampleRequestIDFor() {
	fmt.Println(afterpay.RequestIDFor("refund", "refund-501"))
	// Output: 2cb48b0a-45fd-50ea-9b57-05626d157537
}
