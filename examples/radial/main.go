// Command radial pays for an order through Radial's payments service, from the
// session to the refund, against a stand-in for the service in the same process.
// It needs no account and no network.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/netip"
	"os"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/experimental"
	"github.com/afterpay-go/afterpay/radial/radialtest"
)

func main() {
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "radial: unexpected argument %q\n", flag.Arg(0))
		os.Exit(2)
	}
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// order returns the shop's order, in the model of Afterpay's own API.
func order() afterpay.CreateOrderRequest {
	home := afterpay.Contact{
		Name: "Ann Lee", Line1: "1 High Street", Area1: "Perth", Region: "WA", Postcode: "6000", CountryCode: "AU",
	}
	return afterpay.CreateOrderRequest{
		Amount:            afterpay.AUD(64_95),
		Consumer:          afterpay.Consumer{GivenNames: "Ann", Surname: "Lee", Email: "ann@example.com", PhoneNumber: "+61 400 000 000"},
		Billing:           home,
		Shipping:          home,
		Items:             []afterpay.Item{{Name: "Canvas bag", SKU: "CB-1", Quantity: 1, Price: afterpay.AUD(59_95)}},
		ShippingAmount:    afterpay.AUD(5_00),
		Merchant:          afterpay.Merchant{RedirectConfirmURL: "https://shop.example/ok", RedirectCancelURL: "https://shop.example/no"},
		MerchantReference: "W-20931",
	}
}

func run(ctx context.Context, out io.Writer) error {
	service := radialtest.NewServer()
	client, err := radial.New(radialtest.StoreID, radialtest.APIKey, radial.WithHTTPClient(service.HTTPClient()))
	if err != nil {
		return err
	}

	// The web store opens a session and sends the shopper to Afterpay.
	request, err := radial.FromOrder(order(), radial.Supplement{OriginatorIPAddress: netip.MustParseAddr("203.0.113.24")})
	if err != nil {
		return err
	}
	session, err := client.InitializePaymentAuthorization(ctx, request)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "session open for", session.OrderID, session.Amount)

	// The shopper comes back. Before the confirmation, the order is declined.
	authorization := radial.GetPaymentAuthorizationRequest{
		OrderID: session.OrderID, PaymentID: session.PaymentID, Amount: session.Amount,
	}
	if _, err := client.GetPaymentAuthorization(ctx, authorization); errors.Is(err, afterpay.ErrDeclined) {
		fmt.Fprintln(out, "not confirmed yet: declined")
	}
	service.Confirm(session.PaymentID)
	if _, err := client.GetPaymentAuthorization(ctx, authorization); err != nil {
		return err
	}
	fmt.Fprintln(out, "confirmed: approved")

	return settle(ctx, out, experimental.New(client, radialtest.NewSettlementStore()), service, session) // a shop keeps its settlements in a database
}

// settle is the work of the order system, by calls that are unproven for
// Afterpay: it captures when the order ships, and refunds.
func settle(ctx context.Context, out io.Writer, client *experimental.Client, service *radialtest.Server,
	session *radial.InitializePaymentAuthorizationReply,
) error {
	if _, err := client.ConfirmFunds(ctx, experimental.ConfirmFundsRequest{
		OrderID: session.OrderID, Amount: session.Amount, PerformReauthorization: true,
	}); err != nil {
		return err
	}
	capture := experimental.PaymentSettlementRequest{
		OrderID: session.OrderID, InvoiceID: "INV-1", Amount: session.Amount, TaxAmount: afterpay.AUD(0),
		SettlementType: experimental.SettlementDebit, FinalDebit: true,
	}
	settlement, err := client.SettlePayment(ctx, capture)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "capture", settlement.State)
	if _, err := client.SettlePayment(ctx, capture); errors.Is(err, experimental.ErrAlreadySubmitted) {
		fmt.Fprintln(out, "the same capture once more: refused, nothing sent")
	}

	// Later the shopper returns something.
	if _, err := client.SettlePayment(ctx, experimental.PaymentSettlementRequest{
		OrderID: session.OrderID, InvoiceID: "CRED-1", Amount: afterpay.AUD(10_00), TaxAmount: afterpay.AUD(0),
		SettlementType: experimental.SettlementCredit, RefundReason: "returned",
	}); err != nil {
		return err
	}

	// The results arrive at the shop's webhook.
	for _, message := range service.Statuses() {
		status, err := experimental.ParseStatus(message)
		if err != nil {
			return err
		}
		for _, s := range status.Settlements {
			fmt.Fprintln(out, "status:", s.SettlementType, s.Amount, s.SettlementStatus)
		}
	}
	return nil
}
