package settlement

import (
	"cmp"
	"errors"
	"iter"
	"slices"

	"github.com/afterpay-go/afterpay"
)

// Payout is one deposit: the rows of one settlement date, or of several if the
// totals of earlier ones were not positive and were carried.
type Payout struct {
	// From and To are the first and the last settlement date covered. The bank
	// books a deposit one to three days after the last.
	From, To Date
	// Orders and Refunds count the rows of these types. Others counts the rest,
	// such as disputes, fees and adjustments.
	Orders, Refunds, Others int
	// Gross, Fees and Net are the exact totals of SettlementAmount,
	// MerchantFeeInclTax and NetSettlementAmount. The file's fees may be rounded
	// for display, so Gross less Fees can differ from Net in the last digits.
	Gross, Fees, Net Decimal
	// Amount is what the bank receives: Net, rounded once as by [Decimal.Round].
	// If Carried is set, nothing is received, and Amount is the open balance.
	Amount afterpay.Money
	// Carried reports that the rows end before a deposit: the balance is
	// negative or zero, and Afterpay takes it out of later settlements.
	Carried bool
}

// Payouts adds rows up to the deposits that reach the bank, in the way that
// Afterpay has been observed to do it: the net amounts of a settlement date are
// added up exactly and rounded once. A date with a total of zero or less is
// carried into the next, without rounding.
//
// Payouts are yielded after all rows were read, sorted by currency and date. The
// rows may be in any order and come from several files. Memory grows with the
// number of settlement dates only. The rows should begin when the balance was
// zero: if the day before them was negative, the first payout is too large.
//
// Errors of rows are yielded as they come. A row without a known net amount and
// a total out of range are errors that match [afterpay.ErrAmount]. If the loop
// goes on after an error, the payouts lack the row that caused it.
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
		return newError(row.Line, row.LastLine, afterpay.ErrAmount, errors.New("the net amount cannot be calculated from the file's columns"))
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
		return newError(row.Line, row.LastLine, afterpay.ErrAmount, err)
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
			yield(Payout{}, newError(0, 0, afterpay.ErrAmount, err))
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
