package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/cmd/afterpay/internal/output"
)

func newPayments(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "payments", Short: "List payments, find one, and show its history"}
	cmd.AddCommand(newPaymentsList(a), newPaymentsGet(a), newPaymentsFind(a))
	return cmd
}

func newPaymentsList(a *app) *cobra.Command {
	var d days
	var ids, tokens, references, statuses []string
	var limit int
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List payments, oldest first",
		Example: "  afterpay payments list --from 2025-05-01 --to 2025-05-31 --status declined -o csv",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			from, to, err := d.parse()
			if err != nil {
				return err
			}
			q := afterpay.PaymentQuery{FromCreated: from, ToCreated: to, IDs: ids, Tokens: tokens, MerchantReferences: references}
			for _, status := range statuses {
				s := afterpay.PaymentStatus(strings.ToUpper(status))
				if s != afterpay.StatusApproved && s != afterpay.StatusDeclined {
					return fmt.Errorf("--status must be approved or declined, not %q", status)
				}
				q.Statuses = append(q.Statuses, s)
			}
			client, err := a.client()
			if err != nil {
				return err
			}
			return a.listPayments(cmd.Context(), client, q, limit)
		},
	}
	d.flags(cmd)
	cmd.Flags().StringSliceVar(&references, "reference", nil, "the shop's order numbers")
	cmd.Flags().StringSliceVar(&ids, "id", nil, "Afterpay's order numbers")
	cmd.Flags().StringSliceVar(&tokens, "token", nil, "tokens of orders")
	cmd.Flags().StringSliceVar(&statuses, "status", nil, "approved or declined")
	cmd.Flags().IntVar(&limit, "limit", 100, "most payments to list; 0: all")
	return cmd
}

// listPayments writes the payments of a query. If there are more than limit, a
// message says so.
func (a *app) listPayments(ctx context.Context, client *afterpay.Client, q afterpay.PaymentQuery, limit int) (err error) {
	rows, err := a.rows(paymentColumns()...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	n := 0
	for p, err := range client.Payments.All(ctx, q) {
		if err != nil {
			return err
		}
		if n++; limit > 0 && n > limit {
			a.message("The list ends at --limit %v, and there are more: use --limit 0 to list all, or afterpay export.\n", limit)
			return nil
		}
		if err := rows.Write(paymentCells(p)...); err != nil {
			return err
		}
	}
	return nil
}

func newPaymentsGet(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "get PAYMENT",
		Short:   "Print a payment with its balance and its history",
		Long:    "Print a payment with its balance and its history. PAYMENT is Afterpay's order number or the token of the order.",
		Example: "  afterpay payments get 100101234567",
		Args:    exactly("PAYMENT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			p, err := lookUp(cmd.Context(), client, args[0])
			if err != nil {
				return err
			}
			return a.printPayment(p)
		},
	}
}

// lookUp reads a payment by its id or by the token of its order.
func lookUp(ctx context.Context, client *afterpay.Client, key string) (*afterpay.Payment, error) {
	if isID(key) {
		return client.Payments.Get(ctx, key)
	}
	return client.Payments.GetByToken(ctx, key)
}

// isID reports whether key is the id of a payment, which has digits only.
func isID(key string) bool { return key != "" && strings.Trim(key, "0123456789") == "" }

// printPayment writes a payment. Its story is a second table, or a field in JSON;
// CSV has the payment alone.
func (a *app) printPayment(p *afterpay.Payment) error {
	columns, cells := paymentColumns(), paymentCells(p)
	if a.format == output.JSONLines {
		columns, cells = append(columns, "story"), append(cells, story(p))
	}
	rows, err := a.rows(columns...)
	if err != nil {
		return err
	}
	if err := errors.Join(rows.Write(cells...), rows.Close()); err != nil || a.format != output.Table {
		return err
	}
	output.Messages{W: a.out}.Printf("\n")
	rows, err = a.rows("time", "event", "amount", "reference", "expires")
	if err != nil {
		return err
	}
	for _, s := range story(p) {
		if err := rows.Write(instant(s.Time), s.Event, s.Amount, s.Reference, instant(s.Expires)); err != nil {
			return err
		}
	}
	return rows.Close()
}

func newPaymentsFind(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "find KEY",
		Short:   "Find payments by whatever number there is",
		Long:    "Find payments by whatever number there is: the shop's order number, Afterpay's order number, or the token of the order. Exit status 1 if there is none.",
		Example: "  afterpay payments find order-1001",
		Args:    exactly("KEY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			found, err := find(cmd.Context(), client, args[0])
			if err != nil {
				return err
			}
			if len(found) == 0 {
				return &adviceError{
					&statusError{status: exitNo, text: "no payment has this reference, id or token"},
					"afterpay payments list --from DAY --to DAY lists what there is",
				}
			}
			rows, err := a.rows(paymentColumns()...)
			if err != nil {
				return err
			}
			for _, p := range found {
				if err := rows.Write(paymentCells(p)...); err != nil {
					return err
				}
			}
			return rows.Close()
		},
	}
}

// find returns the payments with a merchant reference, an id or a token.
func find(ctx context.Context, client *afterpay.Client, key string) ([]*afterpay.Payment, error) {
	var found []*afterpay.Payment
	for p, err := range client.Payments.All(ctx, afterpay.PaymentQuery{MerchantReferences: []string{key}}) {
		if err != nil {
			return nil, err
		}
		found = append(found, p)
	}
	p, err := lookUp(ctx, client, key)
	switch {
	case errors.Is(err, afterpay.ErrNotFound), errors.Is(err, afterpay.ErrInvalid), errors.Is(err, afterpay.ErrInvalidToken):
		return found, nil // the key is a reference only
	case err != nil:
		return nil, err
	}
	for _, other := range found {
		if other.ID == p.ID {
			return found, nil
		}
	}
	return append(found, p), nil
}
