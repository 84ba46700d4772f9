package reconcile

import (
	"iter"
	"math/big"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/settlement"
)

// SettlementRows makes records of the rows of settlement reports, as
// settlement.Read yields them. A refund's amount is negative in the report and
// positive in the record.
//
// A row that has a date but no instant, because settlement.Options.Location
// was not set or the cell has no time, begins its day in location; nil means
// UTC. A cross-border row is taken in the currency in which the consumer paid,
// which is that of the payment; its fee is in another and is not checked.
func SettlementRows(rows iter.Seq2[settlement.Row, error], location *time.Location) iter.Seq2[Record, error] {
	if location == nil {
		location = time.UTC
	}
	return Convert(rows, func(row settlement.Row) (Record, error) { return rowRecord(&row, location), nil })
}

func rowRecord(row *settlement.Row, location *time.Location) Record {
	ordered := instant(row.OrderedAt, row.OrderDate, location)
	money, crossBorder := rowMoney(row)
	r := Record{
		Kind: KindOther, ID: row.AfterpayOrderID, Reference: row.MerchantOrderID, EventReference: row.PaymentEventID,
		At: ordered, Settled: row.SettlementDate, Currency: money.Currency, Amount: money.Amount, Line: row.Line,
	}
	switch row.Type {
	case settlement.TypeOrder:
		r.Kind = KindPayment
	case settlement.TypeRefund:
		r.Kind, r.Amount = KindRefund, -money.Amount
		r.RefundID, r.RefundReference = row.AfterpayRefundID, row.MerchantRefundID
		r.At, r.CapturedAt = instant(row.RefundedAt, row.RefundDate, location), ordered
	}
	if r.At.IsZero() {
		r.At = row.SettlementDate.In(location)
	}
	if !crossBorder {
		rowFee(&r, row)
	}
	return r
}

func instant(at time.Time, day settlement.Date, location *time.Location) time.Time {
	if at.IsZero() && !day.IsZero() {
		return day.In(location)
	}
	return at
}

// rowMoney returns what the row settles in the currency of the payment, and
// whether that is another than the one settled in.
func rowMoney(row *settlement.Row) (money afterpay.Money, crossBorder bool) {
	paid := &row.Partner
	if paid.PresentmentCurrency == "" || paid.PresentmentCurrency == row.Currency {
		return row.SettlementAmount.Round(row.Currency), false
	}
	amount := paid.PresentmentAmount
	if row.SettlementAmount != row.OrderAmount && row.OrderAmount != 0 {
		amount = share(amount, row.SettlementAmount, row.OrderAmount)
	}
	if (amount < 0) != (row.SettlementAmount < 0) {
		amount = -amount
	}
	return amount.Round(paid.PresentmentCurrency), true
}

// share returns amount x part / whole, cut off at the millionth.
func share(amount, part, whole settlement.Decimal) settlement.Decimal {
	product := new(big.Int).Mul(big.NewInt(int64(amount)), big.NewInt(int64(part)))
	return settlement.Decimal(product.Quo(product, big.NewInt(int64(whole))).Int64())
}

// rowFee takes over the row's fee without tax and what the row's own rates
// make of it. A report that shows the fee with tax only does not tell it.
func rowFee(r *Record, row *settlement.Row) {
	r.Fee = row.MerchantFeeExclTax
	r.FeeKnown = row.MerchantFeeExclTax != 0 || row.MerchantFeeInclTax == 0 && !row.NetUnknown
	rates := &row.Partner
	if r.Kind != KindPayment || r.Amount < 0 || rates.VariableRate < 0 || rates.CBTRate < 0 || rates.VariableRate == 0 && rates.FixedRate == 0 {
		return
	}
	r.FeeExpected, r.FeeExpectedKnown = feeOf(rates.VariableRate+rates.CBTRate, r.Amount, rates.FixedRate)
}
