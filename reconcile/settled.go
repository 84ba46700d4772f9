package reconcile

import (
	"cmp"
	"iter"
	"math/bits"
	"slices"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/settlement"
)

// Settlement compares Afterpay's payments and refunds, on the left, with the
// rows of its settlement reports, on the right, both in any order unless
// [Options.Presorted]. They are brought together by Afterpay's order id; a
// payment may be settled in several rows, one for each capture. Lost disputes, on
// the left beside the payments, are compared with the rows that deduct them.
//
// RightWindow is the span of settlement dates that the reports cover.
func Settlement(payments, rows iter.Seq2[Record, error], opts Options) *Run {
	return newRun(payments, rows, opts, settlementRules)
}

var settlementRules = rules{
	compare: (*comparison).compareSettlement,
	file:    (*filing).fileByID,
	accepts: func(r *Record) bool {
		return r.Kind == KindPayment || r.Kind == KindRefund || r.side == left && r.Kind == KindDispute || r.side == right && r.Kind == KindOther
	},
	left:  sideName{"afterpay", "Afterpay"},
	right: sideName{"settlement", "the settlement report"},
}

func (c *comparison) compareSettlement(g *group) {
	c.settleAmounts(g)
	g.left.payments = c.dropRepeated(g.left.payments, repeatsPayment)
	if len(g.left.payments) == 1 {
		c.compareRows(&g.left.payments[0], g.right.payments)
	} else {
		c.compareRowsOfSeveral(g)
	}
	if len(g.left.refunds)+len(g.right.refunds) > 0 {
		c.compareSettledRefunds(g)
	}
	c.compareOtherRows(g)
	for _, rows := range [...][]Record{g.right.payments, g.right.refunds} {
		for i := range rows {
			c.checkFee(&rows[i])
		}
	}
}

// compareRowsOfSeveral compares several payments with their rows. By Afterpay's id
// there is at most one payment.
func (c *comparison) compareRowsOfSeveral(g *group) {
	for i := range g.left.payments {
		var own []Record
		for k := range g.right.payments {
			if ownerOf(&g.right.payments[k], g.left.payments) == i {
				own = append(own, g.right.payments[k])
			}
		}
		c.compareRows(&g.left.payments[i], own)
	}
	for k := range g.right.payments {
		if r := &g.right.payments[k]; ownerOf(r, g.left.payments) == unpaired {
			c.unknownRow(r, r.At)
		}
	}
}

// compareRows compares what was captured of a payment with what was settled.
func (c *comparison) compareRows(l *Record, rows []Record) {
	for i := range rows {
		if !agree(string(l.Currency), string(rows[i].Currency)) {
			c.foreignRows(l, rows, i)
			return
		}
	}
	rows = c.dropRepeatedRows(l, rows)
	if len(rows) == 0 {
		if l.Amount != 0 {
			c.unsettled(l, captured(l))
		}
		return
	}
	settled := c.sum(rows)
	switch {
	case c.tolerable(l.Amount, settled.Amount):
		if len(rows) == 1 {
			c.agreed(l, &rows[0])
		} else {
			c.agreedSums([]Record{*l}, rows)
		}
	case settled.Amount < l.Amount && !c.RightWindow.surelyAfterFrom(l.At, c.EdgeMargin):
		c.mismatchOfSums(WindowEdge, Info, []Record{*l}, rows, sentence(
			"%s of the %s captured of %s is settled; the rest may have been settled before the reports begin.", settled.Money(), l.Money(), name(l)))
	case settled.Amount < l.Amount && !c.due(captured(l)):
		c.mismatchOfSums(Unsettled, Info, []Record{*l}, rows, sentence(
			"%s of the %s captured of %s is settled; the rest is not due yet.", settled.Money(), l.Money(), name(l)))
	default:
		c.mismatchOfSums(AmountMismatch, High, []Record{*l}, rows, sentence(
			"%s was captured of %s, and %s was settled.", l.Money(), name(l), settled.Money()))
	}
}

// foreignRows reports a payment whose row i is in another currency. Its other rows
// are not compared either.
func (c *comparison) foreignRows(l *Record, rows []Record, i int) {
	text := sentence("%s is in %s at Afterpay and in %s in the settlement report; the amounts were not compared.",
		name(l), l.Currency, rows[i].Currency)
	for k := range rows {
		if k == i {
			c.mismatch(CurrencyMismatch, High, l, &rows[k], text)
		} else {
			c.mismatch(CurrencyMismatch, High, nil, &rows[k], text)
		}
	}
}

// dropRepeatedRows removes rows that are in the report twice. Two captures of one
// amount on one day look the same, so a row counts as repeated only if the total is
// too large with it and not too small without it.
func (c *comparison) dropRepeatedRows(l *Record, rows []Record) []Record {
	if len(rows) < 2 {
		return rows
	}
	excess := c.sum(rows).Amount - l.Amount
	return c.dropRepeated(rows, func(a, b *Record) bool {
		if b.Amount <= 0 || b.Amount > excess || !sameContent(a, b) {
			return false
		}
		excess -= b.Amount
		return true
	})
}

func (c *comparison) compareSettledRefunds(g *group) {
	g.left.refunds = c.dropRepeated(g.left.refunds, repeatsRefund)
	g.right.refunds = c.dropRepeated(g.right.refunds, repeatsRefund)
	c.compareRefunds(g)
	for i, partner := range g.refunds.left {
		if partner == unpaired {
			c.unsettled(&g.left.refunds[i], g.left.refunds[i].At)
		}
	}
	for i, partner := range g.refunds.right {
		if partner != unpaired {
			continue
		}
		r := &g.right.refunds[i]
		if ownerOf(r, g.left.payments) != unpaired {
			c.mismatch(UnknownSettlementRow, Medium, nil, r, sentence(
				"%s was deducted with %s, and Afterpay's payment has no such refund.", name(r), r.Money()))
			continue
		}
		paid := r.CapturedAt
		if paid.IsZero() {
			paid = r.At
		}
		c.unknownRow(r, paid)
	}
}

// unsettled reports a capture or refund that is in no row.
func (c *comparison) unsettled(l *Record, moved time.Time) {
	what := "captured"
	if l.Kind == KindRefund {
		what = "refunded"
	}
	switch {
	case !c.RightWindow.surelyAfterFrom(moved, c.EdgeMargin):
		c.mismatch(WindowEdge, Info, l, nil, sentence(
			"%s, %s %s%s, may have been settled before the reports begin.", name(l), l.Money(), what, c.on(moved)))
	case !c.due(moved):
		c.mismatch(Unsettled, Info, l, nil, sentence(
			"%s, %s %s%s, is not due for settlement yet.", name(l), l.Money(), what, c.on(moved)))
	default:
		c.mismatch(Unsettled, Medium, l, nil, sentence(
			"%s, %s %s%s, is in no settlement report after %d business days.", name(l), l.Money(), what, c.on(moved), c.SettlementDays))
	}
}

// unknownRow reports a row of a payment that Afterpay's side does not have.
func (c *comparison) unknownRow(r *Record, paid time.Time) {
	if !c.LeftWindow.surely(paid, c.EdgeMargin) {
		c.mismatch(WindowEdge, Info, nil, r, sentence(
			"%s was settled with %s; its payment may lie outside the time Afterpay was asked for.", name(r), r.Money()))
		return
	}
	c.mismatch(UnknownSettlementRow, Medium, nil, r, sentence(
		"%s was settled with %s, and Afterpay has no such payment.", name(r), r.Money()))
}

// due reports whether money that moved at t should be in the reports by now.
func (c *comparison) due(t time.Time) bool {
	until := c.Now
	if to := c.RightWindow.To; !to.IsZero() && to.Before(until) {
		until = to
	}
	return businessDaysAfter(t, c.SettlementDays, c.Location, c.Holidays).Before(until)
}

// captured returns the time of a payment's latest capture, as far as it is known.
func captured(l *Record) time.Time {
	if l.CapturedAt.IsZero() {
		return l.At
	}
	return l.CapturedAt
}

// FeeSchedule returns the agreed fee of a settlement row, without tax. It reports
// false for rows that the agreement does not cover.
type FeeSchedule func(row *Record) (fee settlement.Decimal, ok bool)

// RateFee returns the usual schedule: a share of the settled amount and a fixed
// amount in hundredths. A rate of 5.5 % is 0.055, which is the Decimal 55_000.
// Refunds are not covered, because agreements differ on them.
func RateFee(rate settlement.Decimal, fixed afterpay.Amount) FeeSchedule {
	return func(row *Record) (settlement.Decimal, bool) {
		if row.Kind != KindPayment || row.Amount < 0 || rate < 0 {
			return 0, false
		}
		return feeOf(rate, row.Amount, settlement.Decimal(fixed)*millionthsInHundredth)
	}
}

const millionthsInHundredth = 10_000

// feeOf returns rate x amount + fixed, to the millionth, rounded half up. It reports
// false if that overflows.
func feeOf(rate settlement.Decimal, amount afterpay.Amount, fixed settlement.Decimal) (settlement.Decimal, bool) {
	// A rate in millionths times an amount in hundredths makes hundredths of
	// a millionth.
	hi, lo := bits.Mul64(uint64(rate), uint64(amount))
	lo, carry := bits.Add64(lo, 50, 0)
	if hi += carry; hi >= 100 {
		return 0, false
	}
	share, _ := bits.Div64(hi, lo, 100)
	if share > 1<<62 {
		return 0, false
	}
	fee, err := settlement.Decimal(share).Add(fixed)
	return fee, err == nil
}

// payoutKey is one deposit: a settlement day and its currency.
type payoutKey struct {
	day      settlement.Date
	currency afterpay.Currency
}

// payout adds up, for the rows of one deposit whose own fees are right, the total
// difference of the fees and the difference allowed.
type payout struct {
	off     settlement.Decimal
	allowed settlement.Decimal
}

// checkFee compares a row's fee with the agreed one. A fee shown in whole
// cents has been rounded, so a single row is wrong only beyond half a cent.
// reportPayouts checks the deposit as a whole.
func (c *comparison) checkFee(r *Record) {
	if !r.FeeKnown {
		return
	}
	expected, ok := r.FeeExpected, r.FeeExpectedKnown
	if c.Fees != nil {
		expected, ok = c.Fees(r)
	}
	if !ok {
		return
	}
	const half = settlement.Decimal(millionthsInHundredth / 2)
	off := r.Fee - expected
	if off > half || off < -half {
		c.record(FeeMismatch, Low, nil, r, sentence(
			"the fee of %s is stated as %s; the agreed rates make it %s.", name(r), r.Fee, expected))
		return
	}
	key := payoutKey{r.Settled, r.Currency}
	p := c.payouts[key]
	if p == nil {
		p = &payout{allowed: settlement.Decimal(c.FeeTolerance) * millionthsInHundredth}
		c.payouts[key] = p
	}
	p.off += off
	if r.Fee%millionthsInHundredth == 0 {
		p.allowed += half
	}
}

// reportPayouts reports deposits whose fees are wrong in total although no row is.
// That happens with a wrong rate on small orders.
func (c *comparison) reportPayouts() {
	var keys []payoutKey
	for key, p := range c.payouts {
		if max(p.off, -p.off) > p.allowed {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b payoutKey) int {
		return cmp.Or(a.day.Compare(b.day), cmp.Compare(a.currency, b.currency))
	})
	for _, key := range keys {
		c.record(FeeMismatch, Low, nil, nil, sentence(
			"the fees settled on %s in %s are off by %s in total, beyond what rounding explains.", key.day, key.currency, c.payouts[key].off)).Key = key.day.String()
	}
}
