package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"

	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay/durable"
)

func newJobs(a *app) *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "jobs",
		Short: "Look after the durable operations that wait for a person",
		Long: "Look after the operations that package durable carries out for a shop, such as those that could not be done and wait for a person. The database is a SQLite file, or a postgres URL in AFTERPAY_DATABASE " +
			"or the config file; it must exist. A URL is never a flag, because it holds a password.",
	}
	cmd.PersistentFlags().StringVar(&path, "db", "", "SQLite file; default: AFTERPAY_DATABASE, or the profile's")
	cmd.AddCommand(newJobsList(a, &path), newJobsShow(a, &path), newJobsRetry(a, &path), newJobsResolve(a, &path))
	return cmd
}

func jobColumns() []string {
	return []string{"id", "kind", "state", "reason", "payment", "currency", "amount", "failure", "tries", "decided", "doubt"}
}

func jobCells(s *durable.Status) []any {
	return []any{
		s.ID, s.Kind, s.State, s.Reason, s.PaymentID, s.Amount.Currency, s.Amount.Amount, s.Failure, s.Tries, instant(s.Decided), s.Doubt,
	}
}

func newJobsList(a *app, path *string) *cobra.Command {
	state, payment := durable.Review, ""
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List operations; those that wait for a person unless --state says otherwise",
		Args:  exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			filter := durable.Filter{State: state, PaymentID: payment}
			return a.withQueue(cmd.Context(), *path, func(q queue) (err error) {
				rows, err := a.rows(jobColumns()...)
				if err != nil {
					return err
				}
				defer func() { err = errors.Join(err, rows.Close()) }()
				for s, err := range q.All(cmd.Context(), filter) {
					if err != nil {
						return err
					}
					if err := rows.Write(jobCells(s)...); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	states := append(wordsOf(durable.Pending, durable.Succeeded, durable.Rejected, durable.Review, durable.Resolving), word[durable.State]{"all", ""})
	cmd.Flags().Var(&choice[durable.State]{to: &state, chosen: string(state), words: states}, "state", "operations in one state, or all")
	cmd.Flags().StringVar(&payment, "payment", "", "operations on one payment")
	return cmd
}

func newJobsShow(a *app, path *string) *cobra.Command {
	return &cobra.Command{
		Use:   "show ID",
		Short: "Print an operation, its history, and what to do about it",
		Args:  exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withQueue(cmd.Context(), *path, func(q queue) error { return a.printJob(cmd.Context(), q, args[0]) })
		},
	}
}

// printJob writes an operation.
func (a *app) printJob(ctx context.Context, q queue, id string) error {
	s, err := q.Get(ctx, id)
	if err != nil {
		return noSuchJob(err)
	}
	rows, err := a.rows(append(jobColumns(), "result", "detail", "history")...)
	if err != nil {
		return err
	}
	if err := errors.Join(rows.Write(append(jobCells(s), s.ResultID, s.Detail, s.History)...), rows.Close()); err != nil {
		return err
	}
	if s.State == durable.Review {
		a.message("%s\n", s.Reason.Advice())
	}
	return nil
}

// noSuchJob gives the errors that are answers the exit status of a no.
func noSuchJob(err error) error {
	if errors.Is(err, durable.ErrUnknown) || errors.Is(err, durable.ErrNotInReview) {
		return &adviceError{&statusError{status: exitNo, text: err.Error()}, "afterpay jobs list --state all, with the same database"}
	}
	return err
}

func newJobsRetry(a *app, path *string) *cobra.Command {
	var by string
	var yes *bool
	cmd := &cobra.Command{
		Use:   "retry ID",
		Short: "Put an operation in review back to pending, once its cause is fixed",
		Long: "Put an operation in review back to pending, once its cause is fixed. A worker of the shop sends it with the same " +
			"request id, so it cannot move money twice.",
		Args: exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withQueue(cmd.Context(), *path, func(q queue) error {
				if err := a.confirm(cmd.Context(), *yes, fmt.Sprintf("Carry out operation %q again?", args[0])); err != nil {
					return err
				}
				if err := q.Replay(cmd.Context(), args[0], by); err != nil {
					return noSuchJob(err)
				}
				return carriedOut(a.printJob(cmd.Context(), q, args[0]), "afterpay jobs show "+shellWord(args[0])+", with the same database")
			})
		},
	}
	byFlag(cmd, &by)
	yes = yesFlag(cmd)
	return cmd
}

func newJobsResolve(a *app, path *string) *cobra.Command {
	var by, note string
	var as durable.State
	var yes *bool
	cmd := &cobra.Command{
		Use:   "resolve ID",
		Short: "Settle an operation in review on a person's word",
		Long: "Settle an operation in review on a person's word. Nothing is sent to Afterpay. The decision is recorded, and a worker of the shop " +
			"reports it to the shop's function Settled in the transaction that settles the operation. Until then its state is resolving.",
		Example: "  afterpay jobs resolve order-1001 --as succeeded --note \"seen in the Business Hub\"",
		Args:    exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withQueue(cmd.Context(), *path, func(q queue) error {
				question := fmt.Sprintf("Settle operation %q as %s for good?", args[0], as)
				if err := a.confirm(cmd.Context(), *yes, question); err != nil {
					return err
				}
				if err := q.Resolve(cmd.Context(), args[0], as, by, note); err != nil {
					return noSuchJob(err)
				}
				a.message("Recorded. A worker of the shop reports it to the shop.\n")
				return carriedOut(a.printJob(cmd.Context(), q, args[0]), "afterpay jobs show "+shellWord(args[0])+", with the same database")
			})
		},
	}
	choose(cmd.Flags(), &as, "as", "what became of it at Afterpay", wordsOf(durable.Succeeded, durable.Rejected)...)
	cmd.Flags().StringVar(&note, "note", "", "how the person knows, for the history")
	cmd.MarkFlagsRequiredTogether("as", "note")
	_ = cmd.MarkFlagRequired("as") // the flag exists
	byFlag(cmd, &by)
	yes = yesFlag(cmd)
	return cmd
}

func byFlag(cmd *cobra.Command, by *string) {
	name := ""
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	cmd.Flags().StringVar(by, "by", name, "name of the person, for the history")
	cmd.Flags().Lookup("by").DefValue = "the user's"
}
