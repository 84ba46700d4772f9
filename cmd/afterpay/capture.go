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
	m := movement{verb: "Capture", available: func(b afterpay.Balance) afterpay.Money { return b.OpenToCapture }, before: capturedBefore}
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
	cmd.Flags().StringVar(&m.reference, "reference", "", "the shop's number of this capture, another one for each; default: the request id")
	return cmd
}

func (a *app) capturePart(ctx context.Context, client *afterpay.Client, id string, m *movement) error {
	money, err := a.prepare(ctx, client, id, m)
	if err != nil {
		return err
	}
	reference := cmp.Or(m.reference, m.requestID)
	p, err := client.Payments.CapturePart(ctx, id, afterpay.CapturePartRequest{
		RequestID: m.requestID, Amount: money, EventMerchantReference: reference,
	})
	if err != nil {
		return advise(err, "afterpay recover capture "+id+" "+shellWord(reference))
	}
	return carriedOut(a.printPayment(p), "afterpay payments get "+id)
}

// capturedBefore returns an error if a capture with the reference was made, unless
// the same amount is to be repeated with its request id.
func capturedBefore(p *afterpay.Payment, m *movement) error {
	reference := cmp.Or(m.reference, m.requestID)
	if reference == "" || m.requestID != "" && !m.all {
		return nil
	}
	for _, e := range p.Events {
		if e.Type == afterpay.EventCaptured && e.MerchantReference == reference {
			return madeBefore(fmt.Sprintf("a capture of %s with the reference %q was made", e.Amount, reference), "capture", p.ID, reference)
		}
	}
	return nil
}

// captureOrder pays for an order. It can be repeated: the order is paid once.
func (a *app) captureOrder(ctx context.Context, client *afterpay.Client, token string, m *movement) error {
	if !m.all || m.requestID != "" || m.reference != "" {
		return errors.New("an order is captured whole: use --all, without --request-id and --reference")
	}
	order, err := client.Orders.Get(ctx, token)
	if errors.Is(err, afterpay.ErrInvalidToken) {
		return a.usedOrder(ctx, client, token, err)
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

// usedOrder prints the payment of an order that cannot be read any more, if it was
// paid for and not paid back in full. Otherwise it returns an error.
func (a *app) usedOrder(ctx context.Context, client *afterpay.Client, token string, notRead error) error {
	p, err := client.Payments.GetByToken(ctx, token)
	if errors.Is(err, afterpay.ErrNotFound) {
		return &adviceError{notRead, "afterpay recover payment TOKEN, with the same token, looks whether the order was paid for"}
	}
	if err != nil {
		return fmt.Errorf("whether the order was paid for could not be read, and nothing was sent: %w", err)
	}
	show := "afterpay payments get " + p.ID
	if b, err := p.Balance(); err != nil || !b.Refundable.IsPositive() || b.OpenToCapture.IsPositive() {
		return &adviceError{&statusError{
			status: exitNo, text: "the order was used before, and its payment was not captured in full, or was paid back: nothing was sent", cause: err,
		}, show}
	}
	a.message("The order was paid for before. Nothing was sent.\n")
	return a.printPayment(p)
}
