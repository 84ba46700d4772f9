package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay"
)

func newCapture(a *app) *cobra.Command {
	var m movement
	cmd := &cobra.Command{
		Use:   "capture PAYMENT",
		Short: "Take authorized money, or pay for a confirmed order",
		Long: "Take some or all of the authorized money of a payment. With the token of an order that the shopper has " +
			"confirmed in place of a payment id, and with --all, pay for the whole order. If the response is lost, that payment " +
			"is looked up for as long as 70 seconds.",
		Example: "  afterpay capture 100101234567 --amount 10.00 --reference parcel-1\n  afterpay capture 002.token-of-the-order --all",
		Args:    exactly("PAYMENT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			if isID(args[0]) {
				return a.capturePart(cmd.Context(), client, args[0], &m)
			}
			return a.captureOrder(cmd.Context(), client, args[0], &m)
		},
	}
	m.flags(cmd, "take", "take all that is open to capture, or the whole order")
	cmd.Flags().StringVar(&m.reference, "reference", "", "the shop's number of this capture; default: the request id")
	return cmd
}

func (a *app) capturePart(ctx context.Context, client *afterpay.Client, id string, m *movement) error {
	money, err := a.prepare(ctx, client, id, "Capture", m, func(b afterpay.Balance) afterpay.Money { return b.OpenToCapture })
	if err != nil {
		return err
	}
	reference := cmp.Or(m.reference, m.requestID)
	p, err := client.Payments.CapturePart(ctx, id, afterpay.CapturePartRequest{
		RequestID: m.requestID, Amount: money, EventMerchantReference: reference,
	})
	if err != nil {
		return advise(err, "afterpay recover capture "+id+" "+reference)
	}
	return carriedOut(a.printPayment(p), "afterpay payments get "+id)
}

// captureOrder pays for an order. It can be repeated: the order is paid once.
func (a *app) captureOrder(ctx context.Context, client *afterpay.Client, token string, m *movement) error {
	if !m.all || m.requestID != "" || m.reference != "" {
		return errors.New("an order is captured whole: use --all, without --request-id and --reference")
	}
	order, err := client.Orders.Get(ctx, token)
	if errors.Is(err, afterpay.ErrInvalidToken) {
		return &adviceError{err, "afterpay payments get TOKEN shows the payment, if the order was paid for already"}
	}
	if err != nil {
		return err
	}
	a.message("Request id: none; Afterpay recognizes a repeated capture by the token.\n")
	question := fmt.Sprintf("Capture %s of the order with merchant reference %q?", order.Amount, order.MerchantReference)
	if err := a.confirm(ctx, *m.yes, question); err != nil {
		return err
	}
	p, err := client.Payments.Complete(ctx, afterpay.CompleteRequest{Token: token, Amount: order.Amount})
	if err != nil {
		return advise(err, "afterpay recover payment TOKEN, with the same token")
	}
	return carriedOut(a.printPayment(p), "afterpay payments get "+p.ID)
}
