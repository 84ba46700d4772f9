package settlement

import (
	"cmp"
	"errors"
	"iter"
	"slices"

	"github.com/afterpay-go/afterpay"
)

// Payout is one deposit: the rows of one settlement date, or of several where
// earlier ones came to nothing and were carried.
type Payout struct {
	// From and To are the first and the last settlement date covered. The bank
	// books a deposit one to three days after the last.
	From, To Date
	// Orders and Refunds count the rows of these types, Others all the rest.
	Orders, Refunds, Others int
	// Gross, Fees and Net are the exact sums of SettlementAmount,
	// MerchantFeeInclTax and NetSettlementAmount. As the file's fees may be
	// rounded for display, Gross less Fees need not be Net to the last digit.
	Gross, Fees, Net Decimal
	// Amount is Net rounded half up, once: what the bank receives. Where
	// Carried is set, nothing is received, and it is the balance left over.
	Amount afterpay.Money
	// Carried says that the rows end before a deposit: the balance is negative
	// or zero, and Afterpay takes it out of settlements to come.
	Carried bool
}

// Payouts adds rows up to the deposits that reach the bank, as Afterpay has
// been observed to make them: the net amounts of a settlement date are summed
// exactly and rounded half up once. A date whose sum is negative is carried
// into the next, exact, and so is one that comes to nothing.
//
// Payouts are yielded when all rows were read, sorted by currency and date; the
// rows may be in any order, and of several files. Memory grows with the number
// of settlement dates only. The rows should begin where the balance was nil;
// a window that begins after a negative day gives a first payout too large.
//
// Errors of rows are passed on as they come, as are a row without a known net
// amount and a sum out of range, both matching [afterpay.ErrAmount]. If the
// loop goes on after an error, the payouts lack the row that caused it.
func Payouts(rows iter.Seq2[Row, error]) iter.Seq2[Payout, error] {
	return func(yield func(Payout, error) bool) {
		days := make(map[dayKey]*Payout)
		for row, err := range rows {
			if err == nil {
				err = addTo(days, &row)
			}
			if err != nil && !yield(Payout{}, err) {
				return
			}
		}
		deposits(days, yield)
	}
}

type dayKey struct {
	currency afterpay.Currency
	date     Date
}

// addTo adds a row to its settlement date.
func addTo(days map[dayKey]*Payout, row *Row) error {
	if row.NetUnknown {
		return &Error{Row: row.Line, Column: columnNames[colNet], Kind: afterpay.ErrAmount,
			Err: errors.New("the file has no column to tell the net amount from")}
	}
	key := dayKey{row.Currency, row.SettlementDate}
	day := days[key]
	if day == nil {
		day = &Payout{}
		days[key] = day
	}
	one := Payout{
		From: row.SettlementDate, To: row.SettlementDate,
		Gross: row.SettlementAmount, Fees: row.MerchantFeeInclTax, Net: row.NetSettlementAmount,
	}
	switch row.Type {
	case TypeOrder:
		one.Orders = 1
	case TypeRefund:
		one.Refunds = 1
	default:
		one.Others = 1
	}
	if err := day.add(one); err != nil {
		return &Error{Row: row.Line, Kind: afterpay.ErrAmount, Err: err}
	}
	return nil
}

// deposits cuts the days of each currency into payouts.
func deposits(days map[dayKey]*Payout, yield func(Payout, error) bool) {
	keys := make([]dayKey, 0, len(days))
	for key := range days {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b dayKey) int {
		return cmp.Or(cmp.Compare(a.currency, b.currency), a.date.Compare(b.date))
	})
	var run Payout
	for i, key := range keys {
		if err := run.add(*days[key]); err != nil {
			yield(Payout{}, &Error{Kind: afterpay.ErrAmount, Err: err})
			return
		}
		run.Amount = run.Net.Round(key.currency)
		last := i+1 == len(keys) || keys[i+1].currency != key.currency
		run.Carried = !run.Amount.IsPositive()
		if run.Carried && !last {
			continue
		}
		if !yield(run, nil) {
			return
		}
		run = Payout{}
	}
}

// add adds what another payout covers. On an error p is unchanged.
func (p *Payout) add(o Payout) error {
	gross, err1 := p.Gross.Add(o.Gross)
	fees, err2 := p.Fees.Add(o.Fees)
	net, err3 := p.Net.Add(o.Net)
	if err := cmp.Or(err1, err2, err3); err != nil {
		return err
	}
	if p.From.IsZero() {
		p.From = o.From
	}
	p.To = o.To
	p.Orders += o.Orders
	p.Refunds += o.Refunds
	p.Others += o.Others
	p.Gross, p.Fees, p.Net = gross, fees, net
	return nil
}
