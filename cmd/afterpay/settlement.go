package main

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/settlement"
)

// reportFlags say how settlement reports are read.
type reportFlags struct{ currency, zone, dates, times string }

func (f *reportFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.currency, "currency", "", "currency of the settlement; the Business Hub's export needs it")
	cmd.Flags().StringVar(&f.zone, "zone", "", "time zone of the report, such as Australia/Melbourne")
	cmd.Flags().StringVar(&f.dates, "dates", "", "order of dates: day-first, month-first or year-first; default: as the file's dates decide")
	cmd.Flags().StringVar(&f.times, "times", "", "the same for columns of date and time; default: as --dates")
}

// options returns the options of package settlement.
func (f *reportFlags) options() (o settlement.Options, err error) {
	o.Currency = afterpay.Currency(strings.ToUpper(f.currency))
	if o.Location, err = location(f.zone); err != nil {
		return o, err
	}
	if o.DateLayout, err = dateLayout("--dates", f.dates); err != nil {
		return o, err
	}
	o.TimeLayout, err = dateLayout("--times", f.times)
	return o, err
}

// location returns a time zone, or nil if none is named.
func location(zone string) (*time.Location, error) {
	if zone == "" {
		return nil, nil
	}
	found, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("--zone must be a time zone such as Australia/Melbourne, not %q", zone)
	}
	return found, nil
}

func dateLayout(flag, name string) (settlement.DateLayout, error) {
	layouts := map[string]settlement.DateLayout{
		"": settlement.DetectLayout, "day-first": settlement.DayFirst,
		"month-first": settlement.MonthFirst, "year-first": settlement.YearFirst,
	}
	layout, ok := layouts[name]
	if !ok {
		return 0, fmt.Errorf("%s must be day-first, month-first or year-first, not %q", flag, name)
	}
	return layout, nil
}

// reports returns the rows of settlement reports, one file after the other. An
// error names the file.
func reports(paths []string, o settlement.Options) iter.Seq2[settlement.Row, error] {
	return func(yield func(settlement.Row, error) bool) {
		for _, path := range paths {
			if !report(path, o, yield) {
				return
			}
		}
	}
}

// report yields the rows of one file and reports whether to go on.
func report(path string, o settlement.Options, yield func(settlement.Row, error) bool) bool {
	file, err := os.Open(path)
	if err != nil {
		return yield(settlement.Row{}, err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	for row, err := range settlement.Read(file, o) {
		if err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
		if !yield(row, err) {
			return false
		}
	}
	return true
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
		Long:  "Read settlement reports, in the layout of the Business Hub or of the Partner API. Reading ends at the first faulty row: a part of a report adds up to nothing.",
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
	f.flags(cmd)
	return cmd
}

func newSettlementPayouts(a *app) *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:     "payouts FILE...",
		Short:   "Add settlement reports up to the deposits that reach the bank",
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
	f.flags(cmd)
	return cmd
}
