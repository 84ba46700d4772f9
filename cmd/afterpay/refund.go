package main

import (
	"cmp"
	"errors"

	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay"
)

func newRefund(a *app) *cobra.Command {
	var m movement
	cmd := &cobra.Command{
		Use:     "refund PAYMENT",
		Short:   "Pay captured money back",
		Example: "  afterpay refund 100101234567 --amount 5.00 --reference return-17",
		Args:    exactly("PAYMENT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			id := args[0]
			money, err := a.prepare(cmd.Context(), client, id, "Refund", &m, func(b afterpay.Balance) afterpay.Money { return b.Refundable })
			if err != nil {
				return err
			}
			r, err := client.Refunds.Create(cmd.Context(), id, afterpay.RefundRequest{RequestID: m.requestID, Amount: money, MerchantReference: m.reference})
			if err != nil {
				return advise(err, "afterpay recover refund "+id+" "+cmp.Or(m.reference, m.requestID))
			}
			return carriedOut(a.printRefund(id, r), "afterpay payments get "+id)
		},
	}
	m.flags(cmd, "pay back", "pay back all that is refundable")
	cmd.Flags().StringVar(&m.reference, "reference", "", "the shop's number of the refund; default: the request id")
	return cmd
}

func (a *app) printRefund(paymentID string, r *afterpay.Refund) error {
	rows, err := a.rows("refunded_at", "payment", "refund", "request_id", "reference", "currency", "amount")
	if err != nil {
		return err
	}
	return errors.Join(
		rows.Write(instant(r.RefundedAt.Time), paymentID, r.ID, r.RequestID, r.MerchantReference, r.Amount.Currency, r.Amount.Amount),
		rows.Close())
}
