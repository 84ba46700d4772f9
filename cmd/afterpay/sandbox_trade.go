package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// trade makes n payments, a quarter of an hour apart: some are declined, captured
// in part, voided or refunded.
func trade(ctx context.Context, sandbox *afterpaytest.Sandbox, n int) error {
	client, err := afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey, afterpay.WithHTTPClient(&http.Client{Transport: sandbox}))
	if err != nil {
		return err
	}
	for i := range n {
		if err := sell(ctx, client, sandbox, i); err != nil {
			return fmt.Errorf("making payment %d: %w", i, err)
		}
		sandbox.Advance(15 * time.Minute)
	}
	return nil
}

func sell(ctx context.Context, client *afterpay.Client, sandbox *afterpaytest.Sandbox, i int) error {
	amount := afterpay.USD(int64(20_00 + i*37%500_00))
	order, err := client.Orders.Create(ctx, afterpay.CreateOrderRequest{
		Amount:   amount,
		Consumer: afterpay.Consumer{Email: "ann@example.com"},
		Merchant: afterpay.Merchant{
			RedirectConfirmURL: "https://shop.example/confirm", RedirectCancelURL: "https://shop.example/cancel",
		},
		MerchantReference: fmt.Sprintf("order-%d", 1001+i),
	})
	if err != nil {
		return err
	}
	if i%10 == 9 {
		if err := sandbox.Decline(order.Token); err != nil {
			return err
		}
		_, err = client.Payments.Capture(ctx, afterpay.CaptureRequest{Token: order.Token})
		return declined(err)
	}
	if err := sandbox.Approve(order.Token); err != nil {
		return err
	}
	if i%3 == 0 {
		return authorize(ctx, client, order.Token, i)
	}
	p, err := client.Payments.Capture(ctx, afterpay.CaptureRequest{Token: order.Token})
	if err != nil || i%5 != 0 {
		return err
	}
	sandbox.Advance(time.Minute)
	_, err = client.Refunds.Create(ctx, p.ID, afterpay.RefundRequest{Amount: afterpay.USD(5_00), MerchantReference: fmt.Sprintf("return-%d", 1001+i)})
	return err
}

// authorize leaves some payments open, captures a part of others, and voids the
// rest of some of those.
func authorize(ctx context.Context, client *afterpay.Client, token string, i int) error {
	p, err := client.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: token})
	if err != nil || i%2 == 0 {
		return err
	}
	if _, err = client.Payments.CapturePart(ctx, p.ID, afterpay.CapturePartRequest{Amount: afterpay.USD(15_00)}); err != nil || i%9 != 0 {
		return err
	}
	_, err = client.Payments.Void(ctx, p.ID, afterpay.VoidRequest{All: true, Reason: afterpay.VoidCancelledItems})
	return err
}

// declined returns nil for the decline that was asked for.
func declined(err error) error {
	if errors.Is(err, afterpay.ErrDeclined) {
		return nil
	}
	return err
}
