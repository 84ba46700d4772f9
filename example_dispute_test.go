package afterpay_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// exampleDispute returns a client whose account has a disputed payment.
func exampleDispute() *afterpay.Client {
	ctx := context.Background()
	sandbox := afterpaytest.New()
	client, err := afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey, afterpay.WithHTTPClient(&http.Client{Transport: sandbox}))
	if err != nil {
		panic(err)
	}
	order, err := client.Orders.Create(ctx, afterpay.CreateOrderRequest{
		Amount: afterpay.USD(48_46), Consumer: afterpay.Consumer{Email: "ann@example.com"}, MerchantReference: "order-1001",
		Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/confirm", RedirectCancelURL: "https://shop.example/cancel"},
	})
	if err != nil {
		panic(err)
	}
	_ = sandbox.Approve(order.Token)
	payment, err := client.Payments.Capture(ctx, afterpay.CaptureRequest{Token: order.Token})
	if err != nil {
		panic(err)
	}
	if _, err := sandbox.OpenDispute(payment.ID, string(afterpay.ReasonProductNotReceived), ""); err != nil {
		panic(err)
	}
	return client
}

// All may be ranged over while its disputes are responded to, which takes them
// off the list.
func ExampleDisputesService_All() {
	ctx := context.Background()
	client := exampleDispute()
	for d, err := range client.Disputes.All(ctx, afterpay.DisputeQuery{Status: afterpay.DisputeNeedsResponse}) {
		if err != nil {
			panic(err)
		}
		label, err := client.Disputes.UploadEvidence(ctx, "label.pdf", "application/pdf", strings.NewReader("%PDF-1.7 …"))
		if err != nil {
			panic(err)
		}
		d, err = client.Disputes.Respond(ctx, d.ID, afterpay.Evidence{
			ShippingCarrier:        "ExampleCourier",
			ShippingTrackingNumber: "AA000000001",
			ShippingDocumentation:  label.ID,
		})
		if errors.Is(err, afterpay.ErrOutcomeUnknown) {
			d, err = client.Disputes.Get(ctx, d.ID) // the one response may be spent
		}
		if err != nil {
			panic(err)
		}
		fmt.Println(d.MerchantOrderID, d.Amount, d.Status)
	}
	// Output: order-1001 48.46 USD under_review
}
