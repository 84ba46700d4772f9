package reconcile

import (
	"iter"

	"github.com/afterpay-go/afterpay"
)

// Orders compares a shop's orders, on the left, with Afterpay's payments, on
// the right. Both sides may have payments and refunds, and the right also
// disputes, in any order unless [Options.Presorted].
//
// Records are grouped by the merchant reference of the payment that their strongest
// key names: Afterpay's id, the checkout token, then the reference. Within a group,
// orders and payments are paired by the same keys. Several rows of the shop that
// together have the amount of one payment, such as the lines or shipments of an
// order, are added up.
func Orders(shop, payments iter.Seq2[Record, error], opts Options) *Run {
	return newRun(shop, payments, opts, ordersRules)
}

var ordersRules = rules{
	compare: (*comparison).compareOrders,
	file:    (*filing).fileByTrust,
	accepts: func(r *Record) bool {
		return r.Kind == KindPayment || r.Kind == KindRefund || r.side == right && r.Kind == KindDispute
	},
	left:  sideName{"shop", "the shop"},
	right: sideName{"afterpay", "Afterpay"},
}

func (c *comparison) compareOrders(g *group) {
	c.settleAmounts(g)
	c.joinLines(g)
	g.right.payments = c.dropRepeated(g.right.payments, repeatsPayment)
	c.dropRepeatedOrders(g)
	g.left.refunds = c.dropRepeated(g.left.refunds, repeatsRefund)
	g.right.refunds = c.dropRepeated(g.right.refunds, repeatsRefund)

	g.pairPayments()
	for i := range g.left.payments {
		l := &g.left.payments[i]
		if partner := g.payments.left[i]; partner != unpaired {
			c.comparePayment(g, l, &g.right.payments[partner])
		} else {
			c.missingPayment(l)
		}
	}
	for i, partner := range g.payments.right {
		if partner == unpaired {
			c.leftoverPayment(g, &g.right.payments[i])
		}
	}
	if len(g.left.refunds)+len(g.right.refunds) > 0 {
		c.compareOrderRefunds(g)
		c.overRefunds(g)
	}
	c.watchGroup(g)
}

// repeatsPayment reports whether two records of a side are the same payment.
// A record with a strong key and one without are not the same, because a shop may
// list every attempt to pay.
func repeatsPayment(a, b *Record) bool {
	switch {
	case a.ID != "" || b.ID != "":
		return a.ID == b.ID
	case a.Token != "" || b.Token != "":
		return a.Token == b.Token
	}
	return a.Reference == b.Reference
}

func repeatsRefund(a, b *Record) bool {
	switch {
	case !samePayment(a, b):
		return false
	case a.RefundID != "" || b.RefundID != "":
		return a.RefundID == b.RefundID
	case a.RequestID != "" || b.RequestID != "":
		return a.RequestID == b.RequestID
	}
	return a.hasRefundReference() && sameContent(a, b)
}

// comparePayment compares an order with its payment. One finding at most
// explains why their amounts differ.
func (c *comparison) comparePayment(g *group, l, r *Record) {
	waitsInVain := r.Voided > 0 && r.Open == 0 && (l.Open > 0 || l.State == StateAuthorized)
	switch {
	case !agree(string(l.Currency), string(r.Currency)):
		c.mismatch(CurrencyMismatch, High, l, r, sentence(
			"%s is in %s at the shop and in %s at Afterpay; the amounts were not compared.", name(l), l.Currency, r.Currency))
		return
	case contradicts(l, r, refundedOf(r, &g.right)):
		severity := High
		if l.State == StatePending && c.Now.Sub(r.At) < c.Grace {
			severity = Info
		}
		c.mismatch(StatusMismatch, severity, l, r, sentence(
			"%s is %s at the shop with %s captured, and %s at Afterpay with %s.", name(l), stateWord(l.State), l.Money(), stateWord(r.State), r.Money()))
		return
	case r.Authorized > 0 && r.Amount > r.Authorized:
		c.mismatch(DuplicateCapture, High, l, r, sentence(
			"%s was captured for %s, more than the %s that were authorized.", name(r), r.Money(), r.Authorized))
	case !c.tolerable(l.Amount, r.Amount):
		c.mismatch(AmountMismatch, High, l, r, sentence(
			"the shop says %s was captured for %s, Afterpay says %s.", l.Money(), name(l), r.Money()))
	case l.Voided != 0 && l.Voided != r.Voided && !waitsInVain:
		c.mismatch(AmountMismatch, High, l, r, sentence(
			"the shop says %s of %s was voided, Afterpay says %s.", l.Voided, name(l), r.Voided))
	default:
		c.agreed(l, r)
	}
	if waitsInVain {
		c.record(AuthExpired, High, l, r, sentence(
			"Afterpay has released %s of %s, which the shop still means to capture.", r.Voided, name(l)))
	}
}

// contradicts reports whether one side has money that the other says was never
// taken, or the reverse. An order that was paid, cancelled and paid back
// is no contradiction.
func contradicts(l, r *Record, refunded afterpay.Amount) bool {
	switch {
	case r.State == StateDeclined:
		return l.claims()
	case r.State.released() && r.Amount == 0 && (l.Amount != 0 || l.State == StateCaptured):
		return true
	case r.Amount <= 0:
		return false
	case l.State == StatePending:
		return true
	}
	return l.State.released() && (l.Amount == 0 || r.Amount > refunded)
}

// missingPayment reports an order without a payment, if it counts on one.
func (c *comparison) missingPayment(l *Record) {
	switch {
	case !l.claims():
	case !c.RightWindow.surely(l.At, c.EdgeMargin):
		c.mismatch(WindowEdge, Info, l, nil, sentence(
			"%s of %s has no payment, which may lie outside the time Afterpay was asked for.", name(l), l.Money()))
	case c.Now.Sub(l.At) < c.Grace:
		c.mismatch(MissingAtAfterpay, Info, l, nil, sentence(
			"%s of %s has no payment at Afterpay yet; listings lag behind.", name(l), l.Money()))
	default:
		c.mismatch(MissingAtAfterpay, High, l, nil, sentence(
			"the shop says %s was %s with %s%s, and Afterpay has no payment for it.", name(l), stateWord(l.State), l.Money(), c.on(l.At)))
	}
}

// leftoverPayment reports a payment without an order of its own.
func (c *comparison) leftoverPayment(g *group, r *Record) {
	if r.State == StateDeclined && r.Amount == 0 {
		return // an attempt, which the shop may not list
	}
	if l, paid := c.orderOf(g, r); l != nil {
		switch {
		case r.Amount != 0 && paid.Amount != 0:
			c.mismatch(DuplicateCapture, High, nil, r, sentence(
				"%s was captured twice: %s with payment %s, and %s with payment %s.", orderName(l), paid.Money(), paid.ID, r.Money(), r.ID))
		case r.claims():
			c.mismatch(AmbiguousReference, Review, nil, r, sentence(
				"payment %s of %s is approved too, beside payment %s; which of them is the order's must be decided.", r.ID, orderName(l), paid.ID))
		}
		return // a released attempt beside the real payment
	}
	switch {
	case !r.claims():
		c.record(MissingAtMerchant, Info, nil, r, sentence(
			"the shop has no order for %s; it was released, and no money was taken.", name(r)))
	case !c.LeftWindow.surely(r.At, c.EdgeMargin):
		c.mismatch(WindowEdge, Info, nil, r, sentence(
			"%s with %s has no order, which may lie outside the time the shop was read for.", name(r), r.Money()))
	case r.Amount == 0:
		c.mismatch(MissingAtMerchant, High, nil, r, sentence(
			"Afterpay authorized %s of %s%s, and the shop has no order for it.", r.Authorized, name(r), c.on(r.At)))
	default:
		c.mismatch(MissingAtMerchant, High, nil, r, sentence(
			"Afterpay took %s for %s%s, and the shop has no order for it.", r.Money(), name(r), c.on(r.At)))
	}
}

// orderOf returns the order that has the payment's reference or token and is paired
// with another payment, and that other payment.
func (c *comparison) orderOf(g *group, r *Record) (order, paid *Record) {
	for i, partner := range g.payments.left {
		if partner == unpaired {
			continue
		}
		l, p := &g.left.payments[i], &g.right.payments[partner]
		if same(r.Reference, l.Reference) || same(r.Reference, p.Reference) || same(r.Token, l.Token) {
			return l, p
		}
	}
	return nil, nil
}
