package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay"
)

// movement is a command that moves money of a payment, with its flags.
type movement struct {
	verb      string
	available func(afterpay.Balance) afterpay.Money    // what the amount comes out of
	before    func(*afterpay.Payment, *movement) error // an error if the same movement was made; may be nil

	amount    string
	all       bool
	requestID string
	reference string
	yes       *bool
}

func (m *movement) flags(cmd *cobra.Command, verb, all string) {
	cmd.Flags().StringVar(&m.amount, "amount", "", "amount to "+verb+", in the currency of the payment, such as 10.00")
	cmd.Flags().BoolVar(&m.all, "all", false, all)
	cmd.Flags().StringVar(&m.requestID, "request-id", "", "request id of an earlier run, to repeat exactly that one within 24 hours; default: a new one")
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
// to move.
func (a *app) prepare(ctx context.Context, client *afterpay.Client, id string, m *movement) (afterpay.Money, error) {
	if err := checkID(id); err != nil {
		return afterpay.Money{}, err
	}
	if m.amount == "" && !m.all {
		return afterpay.Money{}, errors.New("how much? use --amount, such as --amount 10.00, or --all")
	}
	p, err := client.Payments.Get(ctx, id)
	if err != nil {
		return afterpay.Money{}, fmt.Errorf("the payment could not be read, and nothing was sent: %w", err)
	}
	if m.before != nil {
		if err := m.before(p, m); err != nil {
			return afterpay.Money{}, err
		}
	}
	b, err := p.Balance()
	if err != nil {
		return afterpay.Money{}, err
	}
	money, err := m.money(id, m.available(b))
	if err != nil {
		return money, err
	}
	m.requestID = cmp.Or(m.requestID, afterpay.NewRequestID())
	a.message("Request id: %s\n", m.requestID)
	question := fmt.Sprintf("%s %s of payment %s, merchant reference %q? Before: captured %s, refunded %s, open to capture %s.",
		m.verb, money, p.ID, p.MerchantReference, b.Captured.Amount, b.Refunded.Amount, b.OpenToCapture.Amount)
	return money, a.confirm(ctx, *m.yes, question)
}

// checkID returns an error if id is not the id of a payment.
func checkID(id string) error {
	if isID(id) {
		return nil
	}
	return &adviceError{fmt.Errorf("%q is not a payment id, which has digits only", id), "afterpay payments find " + shellWord(id)}
}

// madeBefore says that the same movement was made before, and what finds it.
func madeBefore(made, recoverCommand, id, key string) error {
	return &adviceError{
		&statusError{status: exitNo, text: made + ": nothing was sent"},
		"afterpay recover " + recoverCommand + " " + id + " " + shellWord(key),
	}
}

// carriedOut adds to an error of printing that the request before it was carried
// out. A script must not repeat it as if it had failed.
func carriedOut(err error, next string) error {
	if err == nil {
		return nil
	}
	text := "the request was carried out, and its result could not be printed: " + err.Error()
	return &adviceError{&statusError{status: exitUnknown, text: text, cause: err}, next}
}

// advise adds to the error of a call what to type next if its outcome is unknown.
func advise(err error, unknown string) error {
	if errors.Is(err, afterpay.ErrOutcomeUnknown) {
		return &adviceError{err, unknown}
	}
	return err
}
