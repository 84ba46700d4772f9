package reconcile

import (
	"errors"
	"fmt"
	"iter"
	"math/big"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/settlement"
)

// Payments makes records from Afterpay's payments, as PaymentsService.All
// yields them: one for the payment, with the amounts of its balance, and one
// for each refund. Voids, which Afterpay lists among the refunds, are left out.
//
// The date of a payment is that of its approval, not its Created, which is the
// time of its checkout. A payment that contradicts itself has no balance; its
// events are added up instead, so that the comparison shows the contradiction.
// A payment without amount and events is a [RowError].
func Payments(payments iter.Seq2[*afterpay.Payment, error]) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for p, err := range payments {
			var record Record
			if err == nil {
				if record, err = paymentRecord(p); err != nil {
					err = asRowError(err)
				}
			}
			if err != nil {
				if !yield(Record{}, err) {
					return
				}
				continue
			}
			if !yield(record, nil) {
				return
			}
			for _, refund := range p.RefundsWithoutVoids() {
				if !yield(refundRecord(&record, &refund), nil) {
					return
				}
			}
		}
	}
}

func paymentRecord(p *afterpay.Payment) (Record, error) {
	balance, err := p.Balance()
	if err != nil {
		if balance, err = byEvents(p, err); err != nil {
			return Record{}, err
		}
	}
	r := Record{
		ID: p.ID, Token: p.Token, Reference: p.MerchantReference, State: paymentState(p, balance),
		Currency: balance.Captured.Currency, Amount: balance.Captured.Amount,
		Authorized: balance.Authorized.Amount, Voided: balance.Voided.Amount, Open: balance.OpenToCapture.Amount,
	}
	r.At, r.CapturedAt = movedAt(p)
	if r.CapturedAt.IsZero() && r.Amount != 0 {
		r.CapturedAt = r.At // v1 captures at once and sends no events
	}
	if r.Open > 0 {
		r.Due, _ = p.AuthExpires()
	}
	return r, nil
}

// byEvents adds up the events of a payment that has no balance.
func byEvents(p *afterpay.Payment, reason error) (afterpay.Balance, error) {
	if p.OriginalAmount.IsZero() || len(p.Events) == 0 {
		return afterpay.Balance{}, reason
	}
	b := afterpay.Balance{Authorized: p.OriginalAmount, OpenToCapture: p.OpenToCaptureAmount}
	b.Captured.Currency = p.OriginalAmount.Currency
	var err error
	for _, e := range p.Events {
		switch e.Type {
		case afterpay.EventCaptured:
			b.Captured, err = b.Captured.Add(e.Amount)
		case afterpay.EventVoided:
			b.Voided, err = b.Voided.Add(e.Amount)
		}
		if err != nil {
			return afterpay.Balance{}, fmt.Errorf("payment %.32q: %w", p.ID, err)
		}
	}
	return b, nil
}

// paymentState follows the money if there is any, because the states are an open set
// and v1 sends none.
func paymentState(p *afterpay.Payment, b afterpay.Balance) State {
	switch {
	case p.Status == afterpay.StatusDeclined:
		return StateDeclined
	case b.Captured.IsPositive():
		return StateCaptured
	case b.OpenToCapture.IsPositive():
		return StateAuthorized
	}
	for _, e := range p.Events {
		if e.Type == afterpay.EventExpired {
			return StateExpired
		}
	}
	if p.State == afterpay.StateExpired {
		return StateExpired
	}
	return StateVoided
}

// movedAt returns when a payment was approved and when it was last captured, as far
// as its events show.
func movedAt(p *afterpay.Payment) (approved, captured time.Time) {
	for _, e := range p.Events {
		switch e.Type {
		case afterpay.EventAuthApproved:
			approved = e.Created.Time
		case afterpay.EventCaptured:
			if captured.IsZero() && approved.IsZero() {
				approved = e.Created.Time
			}
			captured = e.Created.Time
		}
	}
	if approved.IsZero() {
		approved = p.Created.Time
	}
	return approved, captured
}

// Disputes makes records from Afterpay's disputes, as DisputesService.All
// yields them. A lost dispute has the amount finally settled, if it is known,
// else the amount in dispute.
func Disputes(disputes iter.Seq2[*afterpay.Dispute, error]) iter.Seq2[Record, error] {
	return Convert(disputes, func(d *afterpay.Dispute) (Record, error) { return disputeRecord(d), nil })
}

func disputeRecord(d *afterpay.Dispute) Record {
	r := Record{
		Kind: KindDispute, DisputeID: d.ID, Reference: d.MerchantOrderID, State: StateDisputeClosed,
		At: d.CreatedAt.Time, CapturedAt: d.UpdatedAt.Time, Due: d.ResponseDueBy.Time,
		Currency: d.Amount.Currency, Amount: d.Amount.Amount,
	}
	if strings.Trim(d.PaymentID, "0123456789") == "" { // by the text of the API it may be the token
		r.ID = d.PaymentID
	} else {
		r.Token = d.PaymentID
	}
	switch {
	case d.Status == afterpay.DisputeLost, d.Status == afterpay.DisputePartiallyWon:
		r.State = StateDisputeLost
		if d.SettlementAmount.Amount != 0 {
			r.Amount = d.SettlementAmount.Amount
		}
	case d.Open, d.Status == afterpay.DisputeNeedsResponse, d.Status == afterpay.DisputeUnderReview:
		r.State = StateDisputeOpen
	}
	return r
}

func refundRecord(payment *Record, refund *afterpay.Refund) Record {
	return Record{
		Kind: KindRefund, ID: payment.ID, Token: payment.Token, Reference: payment.Reference,
		RefundID: refund.ID, RequestID: refund.RequestID,
		RefundReference: refund.MerchantReference, EventReference: refund.RefundMerchantReference,
		At: refund.RefundedAt.Time, CapturedAt: payment.At,
		Currency: refund.Amount.Currency, Amount: refund.Amount.Amount,
	}
}

// SettlementRows makes records from the rows of settlement reports, as
// settlement.Read yields them. A refund's amount is negative in the report and
// positive in the record.
//
// A row with a date and no time, because settlement.Options.Location was not
// set or the cell has none, is dated at the beginning of the day in location;
// nil means UTC. A cross-border row is compared in the currency in which the
// consumer paid, which is the currency of the payment. Its fee is in another
// one and is not checked.
func SettlementRows(rows iter.Seq2[settlement.Row, error], location *time.Location) iter.Seq2[Record, error] {
	if location == nil {
		location = time.UTC
	}
	return func(yield func(Record, error) bool) {
		for row, err := range rows {
			var record Record
			switch {
			case err == nil:
				record = rowRecord(&row, location)
			case isRowFault(err):
				err = asRowError(err)
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

// isRowFault reports whether an error of settlement.Read concerns a row and not
// the whole file.
func isRowFault(err error) bool {
	fault, ok := errors.AsType[*settlement.Error](err)
	return ok && fault.Line > 0 && !errors.Is(err, settlement.ErrHeader) && !errors.Is(err, settlement.ErrRead)
}

func rowRecord(row *settlement.Row, location *time.Location) Record {
	ordered := instant(row.OrderedAt, row.OrderDate, location)
	money, crossBorder := rowMoney(row)
	r := Record{
		Kind: KindOther, ID: row.AfterpayOrderID, Reference: row.MerchantOrderID, EventReference: row.PaymentEventID,
		DisputeID: row.DisputeID, RowType: string(row.Type), At: ordered, Settled: row.SettlementDate, Currency: money.Currency, Amount: money.Amount, Line: row.Line,
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
	if r.Kind == KindOther && r.Amount == 0 { // a fee is in the fee columns
		net := row.NetSettlementAmount
		if row.NetUnknown {
			net = -row.MerchantFeeInclTax
		}
		r.Amount, r.Currency = net.Round(row.Currency).Amount, row.Currency
	}
	if !crossBorder && r.Kind != KindOther {
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

// rowMoney returns what the row settles in the currency of the payment, and whether
// the row is settled in another currency.
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

// rowFee sets the row's fee without tax, and the fee by the row's own rates. The
// former is unknown in a report that shows fees with tax only.
func rowFee(r *Record, row *settlement.Row) {
	r.Fee = row.MerchantFeeExclTax
	r.FeeKnown = row.MerchantFeeExclTax != 0 || row.MerchantFeeInclTax == 0 && !row.NetUnknown
	rates := &row.Partner
	if r.Kind != KindPayment || r.Amount < 0 || rates.VariableRate < 0 || rates.CBTRate < 0 || rates.VariableRate == 0 && rates.FixedRate == 0 {
		return
	}
	r.FeeExpected, r.FeeExpectedKnown = feeOf(rates.VariableRate+rates.CBTRate, r.Amount, rates.FixedRate)
}
