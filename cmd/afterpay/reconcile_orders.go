package main

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
)

// orderFlags say how the shop's orders are read.
type orderFlags struct {
	fileFlags
	states   []string
	amounts  reconcile.AmountMeaning
	minor    bool
	currency currencyFlag
	zone     zoneFlag
}

func (f *orderFlags) flags(set *pflag.FlagSet) {
	f.fileFlags.flags(set, "", "FIELD is one of those above")
	set.StringArrayVar(&f.states, "state", nil, "meaning of the shop's word for a state, as `WORD=STATE`; may be repeated; STATE is one of "+stateNames())
	choose(set, &f.amounts, "amounts", "whether amounts of orders are what was captured, the default, or the order's total",
		word[reconcile.AmountMeaning]{"captured", reconcile.AmountCaptured}, word[reconcile.AmountMeaning]{"total", reconcile.AmountTotal})
	set.BoolVar(&f.minor, "minor-units", false, "amounts are whole hundredths: 5000 for 50.00")
	set.Var(&f.currency, "currency", "currency of amounts without one")
	set.Var(&f.zone, "zone", "time zone of the merchant, such as Australia/Melbourne; default: UTC")
}

// options returns the options of package reconcile.
func (f *orderFlags) options() (reconcile.OrderOptions, error) {
	o := reconcile.OrderOptions{
		Amounts: f.amounts, Currency: afterpay.Currency(f.currency), MinorUnits: f.minor, Location: f.zone.location(),
		DateLayout: f.dates, DecimalSeparator: f.decimal, Delimiter: f.delimiter, States: map[string]reconcile.State{},
	}
	words, err := pairs("--state", f.states)
	if err != nil {
		return o, err
	}
	for word, name := range words {
		i := slices.IndexFunc(orderStates, func(s reconcile.State) bool { return strings.EqualFold(s.String(), name) })
		if i < 0 {
			return o, fmt.Errorf("--state: there is no state %q; the states are %s", name, stateNames())
		}
		o.States[word] = orderStates[i]
	}
	return o, nameColumns(&o.Columns, reconcile.DefaultColumns(), "--column", f.columns)
}

// orderStates are the states that an order can have.
var orderStates = []reconcile.State{
	reconcile.StatePending, reconcile.StateAuthorized, reconcile.StateCaptured, reconcile.StateDeclined,
	reconcile.StateCancelled, reconcile.StateVoided, reconcile.StateExpired,
}

func stateNames() string {
	names := make([]string, len(orderStates))
	for i, state := range orderStates {
		names[i] = state.String()
	}
	return strings.Join(names, ", ")
}

func newReconcileOrders(a *app) *cobra.Command {
	var f compareFlags
	var orders orderFlags
	var payments paymentFlags
	var tolerance afterpay.Amount
	var grace, expiring time.Duration
	cmd := &cobra.Command{
		Use:   "orders ORDERS.csv",
		Short: "Compare the shop's orders with Afterpay's payments",
		Long: `Compare the shop's orders, a CSV file, with Afterpay's payments. The first line
of the file names its columns, in any order. These are known, and a row needs an
amount and one of afterpay_id, token and reference:

  kind              order or refund
  status            state of the order, such as paid
  afterpay_id       Afterpay's order number
  token             token of the order
  reference         the shop's order number
  refund_id         Afterpay's number of the refund
  request_id        request id of the refund
  refund_reference  the shop's number of the refund
  paid_at           when the order was paid for, or the refund made
  currency, amount, authorized, voided, open
  refunded          total refunded on an order, for shops that do not keep refunds
  refunded_at       its time`,
		Example: "  afterpay reconcile orders --from 2025-05-01 --to 2025-05-31 --zone Australia/Melbourne orders.csv\n" +
			"  afterpay reconcile orders --column \"reference=Order No\" --state shipped=captured --currency AUD orders.csv",
		Args: exactly("ORDERS.csv"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.options(orders.zone.location())
			if err != nil {
				return err
			}
			read, err := orders.options()
			if err != nil {
				return err
			}
			client, err := a.client()
			if err != nil {
				return err
			}
			o.Tolerance, o.Grace, o.ExpiryHorizon = tolerance, orNone(grace), orNone(expiring)
			o.RightWindow = payments.window(o.LeftWindow)
			shop := reconcile.InFile(args[0], fromFile(args[0], func(file io.Reader) iter.Seq2[reconcile.Record, error] {
				return withHints(reconcile.ReadOrders(file, read))
			}))
			return a.compare(cmd.Context(), reconcile.Orders(shop, payments.read(cmd.Context(), a, client, o.RightWindow), o), f.least)
		},
	}
	f.flags(cmd)
	orders.flags(cmd.Flags())
	payments.flags(cmd, 1)
	cmd.Flags().TextVar(&tolerance, "tolerance", afterpay.Amount(0), "`amount` by which two amounts may differ and count as equal")
	cmd.Flags().DurationVar(&grace, "grace", reconcile.DefaultGrace, "how long a payment may be missing at Afterpay, whose lists lag behind")
	cmd.Flags().DurationVar(&expiring, "expiring", reconcile.DefaultExpiryHorizon, "report open authorizations that expire within this time")
	return cmd
}
