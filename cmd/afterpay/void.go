package main

import (
	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay"
)

func newVoid(a *app) *cobra.Command {
	m := movement{verb: "Void", available: func(b afterpay.Balance) afterpay.Money { return b.OpenToCapture }}
	cmd := &cobra.Command{
		Use:     "void PAYMENT",
		Short:   "Release authorized money that was not captured",
		Example: "  afterpay void 100101234567 --all",
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
			p, err := client.Payments.Void(cmd.Context(), id, afterpay.VoidRequest{RequestID: m.requestID, Amount: money})
			if err != nil {
				return advise(err, "afterpay payments get "+id+" shows whether it was voided; if not, repeat with --amount "+money.Amount.String()+" --request-id "+shellWord(m.requestID))
			}
			return carriedOut(a.printPayment(p), "afterpay payments get "+id)
		},
	}
	m.flags(cmd, "release", "release all that is open to capture")
	return cmd
}
