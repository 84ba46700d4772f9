package kountatest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/kounta"
	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

// A program's test makes the response to a payment get lost, and expects the
// program to look before it pays again.
func Example() {
	ctx := context.Background()
	fake := kountatest.New(kountatest.Options{
		Fault: func(r *http.Request) kountatest.Fault {
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/payments") {
				return kountatest.FaultLost
			}
			return kountatest.FaultNone
		},
	})
	client, err := kounta.Connect(ctx, kounta.Config{
		Auth:       kounta.Basic(kountatest.ClientID, kountatest.ClientSecret),
		HTTPClient: &http.Client{Transport: fake},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	id, err := client.Orders.Create(ctx, kounta.NewOrder{
		SaleNumber: "1001", SiteID: kountatest.SiteID,
		Lines: []kounta.NewLine{{ProductID: kountatest.ProductID, Quantity: 1, UnitPrice: afterpay.AUD(25_00)}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = client.Payments.Create(ctx, id, kounta.NewPayment{MethodID: kountatest.MethodID, Amount: afterpay.AUD(25_00), Ref: "400012345"})
	fmt.Println("may have happened:", errors.Is(err, kounta.ErrOutcomeUnknown))
	order, err := client.Orders.Get(ctx, id)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(order.Payments[0].Ref, order.Payments[0].Amount)
	// Output:
	// may have happened: true
	// 400012345 25.00 AUD
}
