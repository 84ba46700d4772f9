package main

import (
	"context"
	"iter"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
)

// The settlement dates of the report.
const (
	settled     = "2026-11-13"
	chargebacks = "2026-11-20"
)

// settle writes the settlement report of the payments and lost disputes, as
// Afterpay does, with a few rows gone wrong.
func (s *shop) settle(ctx context.Context, payments iter.Seq2[*afterpay.Payment, error]) ([]byte, error) {
	settled, err := time.ParseInLocation(time.DateOnly, settled, s.location)
	if err != nil {
		return nil, err
	}
	report, n := []byte(reportHeader), 0
	for p, err := range payments {
		if err != nil {
			return nil, err
		}
		balance, err := p.Balance()
		if err != nil {
			return nil, err
		}
		if !balance.Captured.IsPositive() {
			continue
		}
		r := row{
			settled: settled, ordered: p.Created.In(s.location), id: p.ID, reference: p.MerchantReference,
			amount: balance.Captured.Amount, fee: feeOn(balance.Captured.Amount),
		}
		if n++; s.spoil(&r, n) {
			report = r.append(report)
		}
		for _, refund := range p.RefundsWithoutVoids() {
			r.amount, r.fee = -refund.Amount.Amount, 0
			r.refundID, r.refundRef, r.refunded = refund.ID, refund.MerchantReference, refund.RefundedAt.In(s.location)
			report = r.append(report)
		}
	}
	stranger := row{settled: settled, ordered: settled.AddDate(0, 0, -2), id: "100000999999", reference: "Z-1", amount: 44_00, fee: feeOn(44_00)}
	s.plant(reconcile.UnknownSettlementRow, "was settled and is no payment of this shop", &order{reference: stranger.reference})
	return s.chargeBack(ctx, stranger.append(report))
}

// chargeBack adds the deduction and the fee of each lost dispute to the report.
func (s *shop) chargeBack(ctx context.Context, report []byte) ([]byte, error) {
	settled, err := time.ParseInLocation(time.DateOnly, chargebacks, s.location)
	if err != nil {
		return nil, err
	}
	for d, err := range s.client.Disputes.All(ctx, afterpay.DisputeQuery{Status: afterpay.DisputeLost}) {
		if err != nil {
			return nil, err
		}
		r := row{settled: settled, ordered: settled, id: d.PaymentID, reference: d.MerchantOrderID, amount: -d.Amount.Amount, kind: "Chargeback"}
		report = r.append(report)
		r.amount, r.fee, r.kind = 0, 15_000_000, "Chargeback Fee"
		report = r.append(report)
		s.plant(reconcile.DisputeFee, "cost a fee", &order{reference: r.reference})
	}
	return report, nil
}

// spoil makes some rows wrong; it is false for one that is left out.
func (s *shop) spoil(r *row, n int) bool {
	o := &order{reference: r.reference}
	switch n {
	case 4:
		s.plant(reconcile.Unsettled, "was never settled", o)
		return false
	case 5:
		r.amount -= 2_00
		r.fee = feeOn(r.amount)
		s.plant(reconcile.AmountMismatch, "was settled two dollars short", o)
	case 7:
		r.fee += 150_000
		s.plant(reconcile.FeeMismatch, "was settled with a fee fifteen cents too high", o)
	}
	return true
}
