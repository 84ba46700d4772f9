package main

import (
	"fmt"
	"iter"
	"strings"

	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
	"github.com/afterpay-go/afterpay/settlement"
)

func newReconcileSettlement(a *app) *cobra.Command {
	var f compareFlags
	var r reportFlags
	var payments paymentFlags
	var tolerance, feeTolerance afterpay.Amount
	var settlementDays int
	var fee feeFlag
	cmd := &cobra.Command{
		Use:   "settlement FILE...",
		Short: "Compare Afterpay's payments with its settlement reports",
		Long: "Compare Afterpay's payments with its settlement reports. --from and --to are the first and last settlement date in the " +
			"reports. A payment is settled some days after it was made, so --look-back reads older ones as well.",
		Example: "  afterpay reconcile settlement --from 2025-05-01 --to 2025-05-31 --currency AUD --zone Australia/Melbourne may.csv\n" +
			"  afterpay reconcile settlement --currency AUD --fee 5%+0.30 may.csv",
		Args: files,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.options(r.zone.location())
			if err != nil {
				return err
			}
			read, err := r.options()
			if err != nil {
				return err
			}
			client, err := a.client()
			if err != nil {
				return err
			}
			o.Tolerance, o.FeeTolerance, o.SettlementDays, o.Fees = tolerance, orNone(feeTolerance), orNone(settlementDays), fee.schedule
			o.LeftWindow = payments.window(o.RightWindow)
			var rows []iter.Seq2[reconcile.Record, error]
			for _, path := range args {
				rows = append(rows, reconcile.InFile(path, reconcile.SettlementRows(report(path, read), o.Location)))
			}
			run := reconcile.Settlement(payments.read(cmd.Context(), a, client, o.LeftWindow), reconcile.Concat(rows...), o)
			return a.compare(cmd.Context(), run, f.least)
		},
	}
	f.flags(cmd)
	f.holidayFlag(cmd)
	r.flags(cmd.Flags())
	payments.flags(cmd, 21)
	cmd.Flags().TextVar(&tolerance, "tolerance", afterpay.Amount(0), "`amount` by which two amounts may differ and count as equal")
	cmd.Flags().Var(&fee, "fee", "agreed fee without tax, such as 5%+0.30; default: the rates in the reports, if there are any")
	cmd.Flags().TextVar(&feeTolerance, "fee-tolerance", reconcile.DefaultFeeTolerance, "`amount` by which the total fees of a settlement date may be off by rounding")
	cmd.Flags().IntVar(&settlementDays, "settlement-days", reconcile.DefaultSettlementDays, "business days within which Afterpay settles")
	return cmd
}

// feeFlag is the agreed fee: a percentage of the amount and a fixed amount.
type feeFlag struct {
	text     string
	schedule reconcile.FeeSchedule
}

// Set reads a fee such as 5%+0.30.
func (f *feeFlag) Set(text string) error {
	share, fixed, found := strings.Cut(text, "+")
	percentage, isShare := strings.CutSuffix(strings.TrimSpace(share), "%")
	rate, err := settlement.ParseDecimal(percentage)
	var amount afterpay.Amount
	if err == nil && found {
		err = amount.UnmarshalText([]byte(strings.TrimSpace(fixed)))
	}
	if err != nil || !isShare || rate < 0 || amount < 0 || rate%100 != 0 {
		return fmt.Errorf("write a fee as a percentage and an amount, such as 5%%+0.30, with at most 4 decimals of a percent")
	}
	f.text, f.schedule = text, reconcile.RateFee(rate/100, amount)
	return nil
}

// String returns what Set read.
func (f *feeFlag) String() string { return f.text }

// Type names the value in help texts.
func (f *feeFlag) Type() string { return "fee" }
