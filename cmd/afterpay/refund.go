package main

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay"
)

func newRefund(a *app) *cobra.Command {
	m := movement{verb: "Refund", available: func(b afterpay.Balance) afterpay.Money { return b.Refundable }, before: refundedBefore}
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
			money, err := a.prepare(cmd.Context(), client, id, &m)
			if err != nil {
				return err
			}
			r, err := client.Refunds.Create(cmd.Context(), id, afterpay.RefundRequest{RequestID: m.requestID, Amount: money, MerchantReference: m.reference})
			if err != nil {
				return advise(err, "afterpay recover refund "+id+" "+shellWord(cmp.Or(m.reference, m.requestID)))
			}
			return carriedOut(a.printRefund(id, r), "afterpay payments get "+id)
		},
	}
	m.flags(cmd, "pay back", "pay back all that is refundable")
	cmd.Flags().StringVar(&m.reference, "reference", "", "the shop's number of the refund, another one for each; default: the request id")
	return cmd
}

// refundedBefore returns an error if a refund with the reference was made, unless
// the request id says that it is to be repeated. Afterpay recognizes a repetition by
// its request id and reference together, so with another reference it would be a
// second refund.
func refundedBefore(p *afterpay.Payment, m *movement) error {
	for _, r := range p.RefundsWithoutVoids() {
		switch repeated := m.requestID != "" && r.RequestID == m.requestID; {
		case m.requestID == "" && m.reference != "" && r.MerchantReference == m.reference:
			return madeBefore(fmt.Sprintf("a refund of %s with the reference %q was made", r.Amount, m.reference), "refund", p.ID, m.reference)
		case repeated && r.MerchantReference != "" && r.MerchantReference != cmp.Or(m.reference, m.requestID):
			return madeBefore(fmt.Sprintf("a refund of %s with this request id was made, and its reference is %q", r.Amount, r.MerchantReference), "refund", p.ID, m.requestID)
		case repeated && m.all:
			return madeBefore(fmt.Sprintf("a refund of %s with this request id was made", r.Amount), "refund", p.ID, m.requestID)
		}
	}
	return nil
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
