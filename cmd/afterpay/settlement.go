package main

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/settlement"
)

// reportFlags say how settlement reports are read.
type reportFlags struct {
	fileFlags
	times    settlement.DateLayout
	types    []string
	currency currencyFlag
	zone     zoneFlag
}

func (f *reportFlags) flags(set *pflag.FlagSet) {
	f.fileFlags.flags(set, "", "FIELD is a documented name, such as \"Settlement Date\"")
	chooseDates(set, &f.times, "times", "the same for columns of date and time; default: as --dates")
	set.StringArrayVar(&f.types, "type", nil, "meaning of a word in the column Type, as `WORD=TYPE`; may be repeated; "+
		"TYPE is one of "+strings.Join(typeNames(), ", "))
	set.Var(&f.currency, "currency", "currency of the settlement; the Business Hub's export needs it")
	set.Var(&f.zone, "zone", "time zone of the merchant, such as Australia/Melbourne; default: UTC")
}

// options returns the options of package settlement.
func (f *reportFlags) options() (settlement.Options, error) {
	o := settlement.Options{
		Currency: afterpay.Currency(f.currency), Location: f.zone.location(),
		Delimiter: f.delimiter, DecimalSeparator: f.decimal, DateLayout: f.dates, TimeLayout: f.times,
		Types: map[string]settlement.Type{},
	}
	words, err := pairs("--type", f.types)
	if err != nil {
		return o, err
	}
	for word, name := range words {
		i := slices.IndexFunc(typeNames(), func(known string) bool { return strings.EqualFold(known, name) })
		if i < 0 {
			return o, fmt.Errorf("--type: there is no type %q; the types are %s", name, strings.Join(typeNames(), ", "))
		}
		o.Types[word] = settlement.Type(typeNames()[i])
	}
	o.Columns, err = pairs("--column", f.columns)
	return o, err
}

func typeNames() []string {
	return []string{
		string(settlement.TypeOrder), string(settlement.TypeRefund), string(settlement.TypeDispute), string(settlement.TypeDisputeReversal),
		string(settlement.TypeChargebackFee), string(settlement.TypeAdjustment), string(settlement.TypeMonthlyFee),
	}
}

// reports returns the rows of settlement reports, one file after the other. An
// error names the file.
func reports(paths []string, o settlement.Options) iter.Seq2[settlement.Row, error] {
	return func(yield func(settlement.Row, error) bool) {
		for _, path := range paths {
			for row, err := range report(path, o) {
				if err != nil {
					err = fmt.Errorf("%s: %w", path, err)
				}
				if !yield(row, err) {
					return
				}
			}
		}
	}
}

// report returns the rows of one file.
func report(path string, o settlement.Options) iter.Seq2[settlement.Row, error] {
	return fromFile(path, func(file io.Reader) iter.Seq2[settlement.Row, error] {
		return withHints(settlement.Read(file, o))
	})
}

// files is a check for one argument or more.
func files(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return &usageError{names: []string{"FILE..."}}
	}
	return nil
}

func newSettlement(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "settlement",
		Short: "Read settlement reports of either layout",
		Long:  "Read settlement reports, in the layout of the Business Hub or of the Partner API. Reading ends at the first faulty row, because the total of a part of a report means nothing.",
	}
	cmd.AddCommand(newSettlementShow(a), newSettlementPayouts(a))
	return cmd
}

func newSettlementShow(a *app) *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:     "show FILE...",
		Short:   "Print the rows of settlement reports",
		Example: "  afterpay settlement show --currency AUD --zone Australia/Melbourne settlement.csv",
		Args:    files,
		RunE: func(_ *cobra.Command, args []string) (err error) {
			o, err := f.options()
			if err != nil {
				return err
			}
			rows, err := a.rows("settled", "type", "payment", "merchant_reference", "refund", "currency", "amount", "fee", "net", "ordered", "line")
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, rows.Close()) }()
			for r, err := range reports(args, o) {
				if err != nil {
					return err
				}
				var net any = r.NetSettlementAmount
				if r.NetUnknown {
					net = nil
				}
				if err := rows.Write(r.SettlementDate, r.Type, r.AfterpayOrderID, r.MerchantOrderID, r.AfterpayRefundID,
					r.Currency, r.SettlementAmount, r.MerchantFeeInclTax, net, r.OrderDate, r.Line); err != nil {
					return err
				}
			}
			return nil
		},
	}
	f.flags(cmd.Flags())
	return cmd
}

func newSettlementPayouts(a *app) *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:     "payouts FILE...",
		Short:   "Add up settlement reports to the deposits that reach the bank",
		Example: "  afterpay settlement payouts --currency AUD may.csv june.csv",
		Args:    files,
		RunE: func(_ *cobra.Command, args []string) (err error) {
			o, err := f.options()
			if err != nil {
				return err
			}
			rows, err := a.rows("from", "to", "orders", "refunds", "others", "currency", "gross", "fees", "net", "deposit", "carried")
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, rows.Close()) }()
			for p, err := range settlement.Payouts(reports(args, o)) {
				if err != nil {
					return err
				}
				if err := rows.Write(p.From, p.To, p.Orders, p.Refunds, p.Others, p.Amount.Currency,
					p.Gross, p.Fees, p.Net, p.Amount.Amount, p.Carried); err != nil {
					return err
				}
			}
			return nil
		},
	}
	f.flags(cmd.Flags())
	return cmd
}
