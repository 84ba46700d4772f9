package reconcile

import (
	"fmt"
	"time"

	"github.com/afterpay-go/afterpay"
)

// refundPeriod is how long after a payment Afterpay accepts a refund.
const refundPeriod = 120 * 24 * time.Hour

// compareOrderRefunds compares the refunds of a shop with Afterpay's.
func (c *comparison) compareOrderRefunds(g *group) {
	c.compareRefunds(g)
	for i, partner := range g.refunds.left {
		if partner == unpaired {
			c.refundMissingAtAfterpay(g, &g.left.refunds[i])
		}
	}
	for i, partner := range g.refunds.right {
		if partner == unpaired {
			c.refundMissingAtMerchant(g, &g.right.refunds[i])
		}
	}
}

// compareRefunds pairs the refunds of the group and compares the pairs.
func (c *comparison) compareRefunds(g *group) {
	g.pairRefunds()
	for i, partner := range g.refunds.left {
		if partner == unpaired {
			continue
		}
		l, r := &g.left.refunds[i], &g.right.refunds[partner]
		switch {
		case !agree(string(l.Currency), string(r.Currency)):
			c.mismatch(CurrencyMismatch, High, l, r, sentence(
				"%s is in %s on one side and in %s on the other; the amounts were not compared.", name(l), l.Currency, r.Currency))
		case !c.tolerable(l.Amount, r.Amount):
			c.mismatch(RefundAmountMismatch, High, l, r, sentence(
				"%s is %s for %s and %s for %s.", name(l), l.Money(), c.left.phrase, r.Money(), c.right.phrase))
		default:
			c.agreed(l, r)
		}
	}
	c.compareRefundSums(g)
}

// compareRefundSums compares the totals of unpaired refunds if one side has no keys
// for its refunds: a shop that keeps one refunded total per order, or a report
// without refund columns.
func (c *comparison) compareRefundSums(g *group) {
	lefts, rights := g.leftoverRefunds(true, false)
	if len(lefts) == 0 || len(rights) == 0 {
		lefts, rights = g.leftoverRefunds(false, true)
	}
	if len(lefts) == 0 || len(rights) == 0 {
		return
	}
	l, r := c.sum(lefts), c.sum(rights)
	if !c.tolerable(l.Amount, r.Amount) {
		c.mismatchOfSums(RefundAmountMismatch, High, lefts, rights, sentence(
			"the refunds of %s are %s in total for %s and %s for %s.", orderName(l), l.Money(), c.left.phrase, r.Money(), c.right.phrase))
		return
	}
	c.agreedSums(lefts, rights)
}

// leftoverRefunds returns the unpaired refunds of one payment and currency, and marks
// them as paired. On a side that is named keyless, only refunds without keys count.
func (g *group) leftoverRefunds(keylessLeft, keylessRight bool) (lefts, rights []Record) {
	var first *Record
	fits := func(r *Record, keyless bool) bool {
		if keyless && r.hasRefundKeys() {
			return false
		}
		return first == nil || samePayment(first, r) && first.Currency == r.Currency
	}
	var taken pairing
	for i, partner := range g.refunds.left {
		if r := &g.left.refunds[i]; partner == unpaired && fits(r, keylessLeft) {
			first = r
			lefts, taken.left = append(lefts, *r), append(taken.left, i)
		}
	}
	for i, partner := range g.refunds.right {
		if r := &g.right.refunds[i]; partner == unpaired && fits(r, keylessRight) {
			rights, taken.right = append(rights, *r), append(taken.right, i)
		}
	}
	if len(lefts) == 0 || len(rights) == 0 {
		return nil, nil
	}
	for _, i := range taken.left {
		g.refunds.left[i] = inSum
	}
	for _, i := range taken.right {
		g.refunds.right[i] = inSum
	}
	return lefts, rights
}

func (c *comparison) refundMissingAtAfterpay(g *group, l *Record) {
	owner := ownerOf(l, g.right.payments)
	if owner == unpaired && !c.paymentSurelyRead(l, ownerOf(l, g.left.payments), g) {
		c.mismatch(WindowEdge, Info, l, nil, sentence(
			"%s, %s, is not at Afterpay; its payment may lie outside the time Afterpay was asked for.", name(l), l.Money()))
		return
	}
	severity, text := High, sentence("the shop refunded %s with %s%s, and Afterpay knows no such refund.", l.Money(), name(l), c.on(l.At))
	if c.Now.Sub(l.At) < c.Grace {
		severity, text = Info, sentence("%s, %s, is not at Afterpay yet; listings lag behind.", name(l), l.Money())
	} else if owner != unpaired && g.right.payments[owner].Voided >= l.Amount {
		text += " Afterpay voided " + g.right.payments[owner].Voided.String() + " of the payment: a void is not a refund, as no money had been taken."
	}
	c.mismatch(RefundMissingAfterpay, severity, l, nil, text)
}

// paymentSurelyRead reports whether the missing payment of a refund would have been
// read from Afterpay if it existed. Payments are listed by their own date, which is
// up to 120 days before the refund's.
func (c *comparison) paymentSurelyRead(refund *Record, order int, g *group) bool {
	paid := refund.CapturedAt
	if order != unpaired {
		paid = g.left.payments[order].At
	}
	if !paid.IsZero() {
		return c.RightWindow.surely(paid, c.EdgeMargin)
	}
	return c.RightWindow.surely(refund.At, c.EdgeMargin) && c.RightWindow.surelyAfterFrom(refund.At, refundPeriod)
}

func (c *comparison) refundMissingAtMerchant(g *group, r *Record) {
	surely := c.LeftWindow.surelyBeforeTo(r.At, c.EdgeMargin)
	if ownerOf(r, g.left.payments) == unpaired {
		surely = c.LeftWindow.surely(r.At, c.EdgeMargin) && (r.CapturedAt.IsZero() || c.LeftWindow.surely(r.CapturedAt, c.EdgeMargin))
	}
	if !surely {
		c.mismatch(WindowEdge, Info, nil, r, sentence(
			"%s, %s, is not in the shop, which may not have been read that far.", name(r), r.Money()))
		return
	}
	c.mismatch(RefundMissingMerchant, Medium, nil, r, sentence(
		"Afterpay refunded %s with %s%s, and the shop knows no such refund.", r.Money(), name(r), c.on(r.At)))
}

// overRefunds reports payments with a side on which more was refunded than captured.
func (c *comparison) overRefunds(g *group) {
	for i, partner := range g.payments.left {
		l := &g.left.payments[i]
		refunded := refundedOf(l, &g.left)
		over := refunded > l.Amount
		says := fmt.Sprintf("%s of %s at the shop", refunded, l.Amount)
		var r *Record
		if partner != unpaired {
			r = &g.right.payments[partner]
			refunded = refundedOf(r, &g.right)
			over = over || refunded > r.Amount
			says += fmt.Sprintf(", %s of %s at Afterpay", refunded, r.Amount)
		}
		if over {
			c.record(OverRefund, High, l, r, sentence("more was refunded than captured of %s: %s.", name(l), says))
		}
	}
	for i, partner := range g.payments.right {
		r := &g.right.payments[i]
		if refunded := refundedOf(r, &g.right); partner == unpaired && refunded > r.Amount {
			c.record(OverRefund, High, nil, r, sentence(
				"more was refunded than captured of %s: %s of %s at Afterpay.", name(r), refunded, r.Amount))
		}
	}
}

// refundedOf returns what a side refunded of one of its payments.
func refundedOf(payment *Record, s *side) afterpay.Amount {
	var sum afterpay.Amount
	for i := range s.refunds {
		refund := &s.refunds[i]
		owner := ownerOf(refund, s.payments)
		if owner != unpaired && &s.payments[owner] == payment && refund.Currency == payment.Currency {
			sum += refund.Amount
		}
	}
	return sum
}
