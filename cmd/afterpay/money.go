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
