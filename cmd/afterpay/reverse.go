package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay"
)

func newReverse(a *app) *cobra.Command {
	var yes *bool
	cmd := &cobra.Command{
		Use:   "reverse PAYMENT",
		Short: "Cancel a whole payment within 10 minutes",
		Long: "Cancel a whole payment within 10 minutes after it was made, for an order that was given up. PAYMENT is a payment id, or the " +
			"token of the order where no payment can be seen. Afterpay carries the reversal out a moment later.",
		Example: "  afterpay reverse 100101234567",
		Args:    exactly("PAYMENT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			token, what := args[0], "the payment of this token"
			if isID(token) {
				p, err := client.Payments.Get(cmd.Context(), token)
				if err != nil {
					return fmt.Errorf("the payment could not be read, and nothing was sent: %w", err)
				}
				token, what = p.Token, fmt.Sprintf("payment %s over %s, merchant reference %q", p.ID, p.OriginalAmount, p.MerchantReference)
			}
			a.message("Request id: none; Afterpay recognizes a repeated reversal by the token.\n")
			if err := a.confirm(cmd.Context(), *yes, "Reverse "+what+"? The order cannot be paid for afterwards."); err != nil {
				return err
			}
			err = client.Payments.Reverse(cmd.Context(), token)
			if errors.Is(err, afterpay.ErrState) {
				return &adviceError{err, "afterpay payments get, with the same id or token, shows when it was made and its state"}
			}
			if err != nil {
				return advise(err, "repeat the same command at once: a reversal that was accepted is refused with \"wrong state\"")
			}
			a.message("Accepted. Afterpay reverses the payment in a moment: afterpay payments get shows it.\n")
			return nil
		},
	}
	yes = yesFlag(cmd)
	return cmd
}
