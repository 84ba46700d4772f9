package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay"
)

// movement holds the flags of a command that moves money of a payment.
type movement struct {
	amount    string
	all       bool
	requestID string
	reference string
	yes       *bool
}

func (m *movement) flags(cmd *cobra.Command, verb, all string) {
	cmd.Flags().StringVar(&m.amount, "amount", "", "amount to "+verb+", in the currency of the payment, such as 10.00")
	cmd.Flags().BoolVar(&m.all, "all", false, all)
	cmd.Flags().StringVar(&m.requestID, "request-id", "", "request id of an earlier run, to repeat it within 24 hours; default: a new one")
	cmd.MarkFlagsOneRequired("amount", "all")
	cmd.MarkFlagsMutuallyExclusive("amount", "all")
	m.yes = yesFlag(cmd)
}

// money returns the amount to move, of which at most available is there.
func (m *movement) money(id string, available afterpay.Money) (afterpay.Money, error) {
	if m.all {
		if !available.IsPositive() {
			return available, &adviceError{&statusError{status: exitNo, text: "nothing is left: nothing was sent"}, "afterpay payments get " + id}
		}
		return available, nil
	}
	money, err := afterpay.ParseMoney(m.amount, available.Currency)
	if err != nil {
		return money, fmt.Errorf("--amount: %w", err)
	}
	if !money.IsPositive() {
		return money, errors.New("--amount must be more than 0")
	}
	return money, nil
}

// prepare reads a payment, prints the request id, and asks. It returns the amount
// to move. available returns the part of the balance that the amount comes out of.
func (a *app) prepare(ctx context.Context, client *afterpay.Client, id, verb string, m *movement, available func(afterpay.Balance) afterpay.Money) (afterpay.Money, error) {
	if !isID(id) {
		return afterpay.Money{}, &adviceError{fmt.Errorf("%q is not a payment id, which has digits only", id), "afterpay payments find " + strconv.Quote(id)}
	}
	p, err := client.Payments.Get(ctx, id)
	if err != nil {
		return afterpay.Money{}, notSent(err)
	}
	b, err := p.Balance()
	if err != nil {
		return afterpay.Money{}, err
	}
	money, err := m.money(id, available(b))
	if err != nil {
		return money, err
	}
	m.requestID = cmp.Or(m.requestID, afterpay.NewRequestID())
	a.message("Request id: %s\n", m.requestID)
	question := fmt.Sprintf("%s %s of payment %s, merchant reference %q? Before: captured %s, refunded %s, open to capture %s.",
		verb, money, p.ID, p.MerchantReference, b.Captured.Amount, b.Refunded.Amount, b.OpenToCapture.Amount)
	return money, a.confirm(ctx, *m.yes, question)
}

// notSent says that a command failed before its request that moves money.
func notSent(err error) error {
	if errors.Is(err, afterpay.ErrNotFound) {
		err = &adviceError{err, "afterpay payments find, with the shop's order number"}
	}
	return fmt.Errorf("the payment could not be read, and nothing was sent: %w", err)
}

// carriedOut adds to an error of printing that the request before it was carried out.
func carriedOut(err error, next string) error {
	if err == nil {
		return nil
	}
	return &adviceError{fmt.Errorf("the request was carried out, and its result could not be printed: %w", err), next}
}

// advise adds to the error of a call what to type next if its outcome is unknown.
func advise(err error, unknown string) error {
	if errors.Is(err, afterpay.ErrOutcomeUnknown) {
		return &adviceError{err, unknown}
	}
	return err
}

func newVoid(a *app) *cobra.Command {
	var m movement
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
			money, err := a.prepare(cmd.Context(), client, id, "Void", &m, func(b afterpay.Balance) afterpay.Money { return b.OpenToCapture })
			if err != nil {
				return err
			}
			p, err := client.Payments.Void(cmd.Context(), id, afterpay.VoidRequest{RequestID: m.requestID, Amount: money})
			if err != nil {
				return advise(err, "afterpay payments get "+id+" shows whether it was voided; if not, repeat with --amount "+money.Amount.String()+" --request-id "+m.requestID)
			}
			return carriedOut(a.printPayment(p), "afterpay payments get "+id)
		},
	}
	m.flags(cmd, "release", "release all that is open to capture")
	return cmd
}

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

func newReverse(a *app) *cobra.Command {
	var yes *bool
	cmd := &cobra.Command{
		Use:   "reverse PAYMENT",
		Short: "Cancel a whole payment within 10 minutes",
		Long: "Cancel a whole payment within 10 minutes of it, for an order that was given up. PAYMENT is a payment id, or the " +
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
					return notSent(err)
				}
				token, what = p.Token, fmt.Sprintf("payment %s over %s, merchant reference %q", p.ID, p.OriginalAmount, p.MerchantReference)
			}
			a.message("Request id: none; Afterpay recognizes a repeated reversal by the token.\n")
			if err := a.confirm(cmd.Context(), *yes, "Reverse "+what+"? The order cannot be paid for afterwards."); err != nil {
				return err
			}
			if err := client.Payments.Reverse(cmd.Context(), token); err != nil {
				return advise(err, "repeat the same command at once: a reversal that was accepted is refused with \"wrong state\"")
			}
			a.message("Accepted. Afterpay reverses the payment in a moment: afterpay payments get shows it.\n")
			return nil
		},
	}
	yes = yesFlag(cmd)
	return cmd
}
