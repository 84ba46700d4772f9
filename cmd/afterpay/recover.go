package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay"
)

func newRecover(a *app) *cobra.Command {
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "recover",
		Short: "Look up the outcome of a call whose response was lost",
		Long: "Look up the outcome of a call whose response was lost. Nothing is changed. Exit status 0 if the money moved, " +
			"1 if it surely did not, 3 if that is still unknown. Reads lag behind writes, so what cannot be " +
			"found counts as not done only after --wait.",
	}
	cmd.PersistentFlags().DurationVar(&wait, "wait", 70*time.Second, "how long to look before it counts as not done; less than 70s can be wrong")
	client := func() (*afterpay.Client, error) {
		if wait <= 0 {
			return nil, errors.New("--wait must be more than 0")
		}
		return a.client(afterpay.WithTimeouts(afterpay.Timeouts{Lookup: wait}))
	}
	cmd.AddCommand(newRecoverPayment(a, client), newRecoverRefund(a, client), newRecoverCapture(a, client))
	return cmd
}

// newClient returns a client for look-ups.
type newClient func() (*afterpay.Client, error)

func newRecoverPayment(a *app, newClient newClient) *cobra.Command {
	return &cobra.Command{
		Use:   "payment TOKEN",
		Short: "Look up whether an order was authorized or captured",
		Args:  exactly("TOKEN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if isID(args[0]) {
				return &adviceError{fmt.Errorf("%s is a payment id, and the token of the order is wanted", args[0]), "afterpay payments get " + args[0]}
			}
			client, err := newClient()
			if err != nil {
				return err
			}
			p, err := client.Payments.Recover(cmd.Context(), args[0])
			if err != nil {
				return adviseLookup(err, "repeat the capture if the order is still wanted")
			}
			return a.printPayment(p)
		},
	}
}

func newRecoverRefund(a *app, newClient newClient) *cobra.Command {
	return &cobra.Command{
		Use:   "refund PAYMENT KEY",
		Short: "Look up whether a refund was made; KEY is its reference or, if it has none, its request id",
		Args:  exactly("PAYMENT", "KEY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkID(args[0]); err != nil {
				return err
			}
			client, err := newClient()
			if err != nil {
				return err
			}
			r, err := client.Refunds.Recover(cmd.Context(), args[0], args[1])
			if err != nil {
				return adviseLookup(err, "repeat the refund with the same --request-id, --reference and amount")
			}
			return a.printRefund(args[0], r)
		},
	}
}

func newRecoverCapture(a *app, newClient newClient) *cobra.Command {
	return &cobra.Command{
		Use:   "capture PAYMENT REFERENCE",
		Short: "Look up whether a part was captured; REFERENCE is the capture's, or its request id",
		Args:  exactly("PAYMENT", "REFERENCE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkID(args[0]); err != nil {
				return err
			}
			client, err := newClient()
			if err != nil {
				return err
			}
			e, err := client.Payments.FindCapture(cmd.Context(), args[0], args[1])
			if err != nil {
				return adviseLookup(err, "repeat the capture with the same --request-id, --reference and amount")
			}
			rows, err := a.rows("captured_at", "payment", "event", "reference", "currency", "amount")
			if err != nil {
				return err
			}
			return errors.Join(
				rows.Write(instant(e.Created.Time), args[0], e.ID, e.MerchantReference, e.Amount.Currency, e.Amount.Amount),
				rows.Close())
		},
	}
}

// adviseLookup adds to the error of a look-up what to type next.
func adviseLookup(err error, again string) error {
	failure, _ := errors.AsType[*afterpay.Error](err)
	switch {
	case errors.Is(err, afterpay.ErrUnauthorized):
		return &adviceError{err, "afterpay doctor, and then the same command again"}
	case errors.Is(err, afterpay.ErrNotFound) && failure.PaymentID != "" && failure.StatusCode != 0:
		return &adviceError{
			&statusError{status: exitUnknown, text: err.Error(), cause: err},
			"the payment itself cannot be found: check its id, and --profile if you have several accounts",
		}
	case errors.Is(err, afterpay.ErrOutcomeUnknown):
		return &adviceError{err, "the same command again, in a minute"}
	case errors.Is(err, afterpay.ErrNotFound):
		return &adviceError{err, "it was not done: " + again}
	}
	return err
}
