package reconcile

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/settlement"
)

// FeeSchedule is an agreed price: the fee without tax that a settlement row
// should state. It is false for rows that the agreement does not cover.
type FeeSchedule func(row *Record) (fee settlement.Decimal, ok bool)

// RateFee is the usual price of an order: a share of the settled amount and a
// fixed sum in hundredths. A rate of 5.5 % is 0.055, which is the Decimal
// 55_000. Refunds are not covered, as agreements differ on what is given back.
func RateFee(rate settlement.Decimal, fixed afterpay.Amount) FeeSchedule {
	return func(row *Record) (settlement.Decimal, bool) {
		if row.Kind != KindPayment || row.Amount < 0 || rate < 0 {
			return 0, false
		}
		return feeOf(rate, row.Amount, settlement.Decimal(fixed)*millionthsInHundredth)
	}
}

const millionthsInHundredth = 10_000

// feeOf returns rate x amount + fixed, to the millionth, half up. It is false
// where that runs over.
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

// payout adds up, over the rows of one deposit whose fees are right each, what
// they are off in total and what they may be.
type payout struct {
	off     settlement.Decimal
	allowed settlement.Decimal
}

// checkFee compares a row's fee with the agreed one. A fee shown in whole
// cents has been rounded, so a row by itself is wrong only beyond half a cent;
// the deposit as a whole is judged by reportPayouts.
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

// reportPayouts reports deposits whose fees are off in total although no row
// is: the mark of a wrong rate on small orders.
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
