package main

import (
	"io"
	"iter"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
	"github.com/afterpay-go/afterpay/settlement"
)

// bankPrefix begins the names of flags for the bank statement, where the settlement
// reports have flags of the same names.
const bankPrefix = "bank-"

// bankFlags say how a bank statement is read.
type bankFlags struct {
	fileFlags
	text string
}

func (f *bankFlags) flags(set *pflag.FlagSet) {
	f.fileFlags.flags(set, bankPrefix, "FIELD is one of those above")
	set.StringVar(&f.text, bankPrefix+"text", "", "compare the lines whose text contains this, in any case; default: all lines")
}

// options returns the options of package reconcile, with the zone and the currency
// of the reports.
func (f *bankFlags) options(r *reportFlags) (reconcile.BankOptions, error) {
	o := reconcile.BankOptions{
		Currency: afterpay.Currency(r.currency), Location: r.zone.location(),
		DateLayout: f.dates, DecimalSeparator: f.decimal, Delimiter: f.delimiter,
	}
	if f.text != "" {
		wanted := strings.ToLower(f.text)
		o.Accept = func(text string) bool { return strings.Contains(strings.ToLower(text), wanted) }
	}
	return o, nameColumns(&o.Columns, reconcile.DefaultBankColumns(), "--"+bankPrefix+"column", f.columns)
}

func newReconcileBank(a *app) *cobra.Command {
	var f compareFlags
	var r reportFlags
	var bank bankFlags
	var tolerance afterpay.Amount
	var bankDays int
	cmd := &cobra.Command{
		Use:   "bank STATEMENT.csv REPORT...",
		Short: "Compare the deposits of settlement reports with a bank statement",
		Long: `Compare the deposits that settlement reports lead to with a bank statement, a CSV
file. No credentials are needed. The first line of the statement names its columns,
in any order:

  date
  amount         money received is positive; or credit and debit in its place
  credit, debit
  text
  currency       if the statement has several; else --currency

Flags that begin with --bank are for the statement, the others for the reports.
The statement should reach some days beyond the last settlement date.`,
		Example: "  afterpay reconcile bank --currency AUD --zone Australia/Melbourne --bank-text AFTERPAY bank.csv may.csv\n" +
			"  afterpay reconcile bank --currency AUD --bank-column date=Buchungstag --bank-column amount=Betrag --bank-decimal comma bank.csv may.csv",
		Args: statementAndReports,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.options(r.zone.location())
			if err != nil {
				return err
			}
			reportOptions, err := r.options()
			if err != nil {
				return err
			}
			bankOptions, err := bank.options(&r)
			if err != nil {
				return err
			}
			o.BankDays, o.BankTolerance = orNone(bankDays), orNone(tolerance)
			payouts := reconcile.Payouts(settlement.Payouts(reports(args[1:], reportOptions)), o.Location)
			statement := reconcile.InFile(args[0], fromFile(args[0], func(file io.Reader) iter.Seq2[reconcile.Record, error] {
				return withHints(reconcile.ReadBank(file, bankOptions))
			}))
			return a.compare(cmd.Context(), reconcile.Bank(payouts, statement, o), f.least)
		},
	}
	f.flags(cmd)
	f.holidayFlag(cmd)
	r.flags(cmd.Flags())
	bank.flags(cmd.Flags())
	cmd.Flags().TextVar(&tolerance, "bank-tolerance", reconcile.DefaultBankTolerance, "`amount` by which a deposit and a line may differ and count as equal")
	cmd.Flags().IntVar(&bankDays, "bank-days", reconcile.DefaultBankDays, "business days after the settlement date within which the bank books a deposit")
	return cmd
}

// statementAndReports is a check for two arguments or more.
func statementAndReports(_ *cobra.Command, args []string) error {
	if len(args) < 2 {
		return &usageError{names: []string{"STATEMENT.csv", "REPORT..."}, given: len(args)}
	}
	return nil
}
