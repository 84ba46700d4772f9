package reconcile

import (
	"iter"
	"slices"

	"github.com/afterpay-go/afterpay"
)

// Orders compares a shop's orders, on the left, with Afterpay's payments, on
// the right. Either side may hold payments, refunds and, on the right,
// disputes, in any order unless [Options.Presorted].
//
// Records are brought together under the merchant reference of the payment
// that their strongest key names: Afterpay's id, the checkout token, then the
// reference. Within it, orders and payments are paired in the same order of
// trust.
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

// joinLines makes one order of several rows of the shop that together are one
// payment: the lines of an order, or the shipments that were captured one by one.
// They are rows with the same keys, none of which has the amount of the payment by
// itself. Their total is dated with the first row.
func (c *comparison) joinLines(g *group) {
	lefts := g.left.payments
	for i := range g.right.payments {
		if len(lefts) < 2 {
			break
		}
		r := &g.right.payments[i]
		first, parts, total := unpaired, 0, afterpay.Amount(0)
		whole := false
		for k := range lefts {
			l := &lefts[k]
			if l.Amount == 0 || !c.isLineOf(l, r, g) || first != unpaired && !repeatsPayment(&lefts[first], l) {
				continue
			}
			if first == unpaired {
				first = k
			}
			parts, total = parts+1, total+l.Amount
			whole = whole || c.tolerable(l.Amount, r.Amount) || l.Currency != r.Currency
		}
		if parts > 1 && !whole && (c.tolerable(total, r.Amount) || !repeatedLines(lefts, first)) {
			lefts = c.joined(lefts, first)
		}
	}
	g.left.payments = lefts
}

// isLineOf reports whether a row of the shop can be a part of a payment: it names
// the payment or, if it has a reference only, no other payment has it.
func (c *comparison) isLineOf(l, r *Record, g *group) bool {
	if same(l.ID, r.ID) || sameToken(l, r) {
		return true
	}
	if l.ID != "" || l.Token != "" || !same(l.Reference, r.Reference) {
		return false
	}
	for i := range g.right.payments {
		if o := &g.right.payments[i]; o != r && o.claims() && same(o.Reference, l.Reference) {
			return false
		}
	}
	return true
}

// repeatedLines reports whether rows that repeat the keys of the first repeat its
// content as well.
func repeatedLines(rows []Record, first int) bool {
	for i := range rows {
		if i != first && repeatsPayment(&rows[first], &rows[i]) && sameContent(&rows[first], &rows[i]) {
			return true
		}
	}
	return false
}

// joined adds the rows that repeat the keys of the first to it, and moves their
// amounts in the totals to its day.
func (c *comparison) joined(rows []Record, first int) []Record {
	whole := rows[first]
	for i := range rows {
		if l := &rows[i]; i != first && l.Amount != 0 && repeatsPayment(&rows[first], l) {
			c.keep(c.totals.move(l, &whole))
			whole.Amount += l.Amount
			l.ifRefunded = true // marks it as joined
		}
	}
	rows[first] = whole
	return slices.DeleteFunc(rows, func(r Record) bool { return r.ifRefunded })
}

// settleAmounts decides whether the amounts of orders in a state that holds no
// money count, and adds them to the totals.
func (c *comparison) settleAmounts(g *group) {
	for i := range g.left.payments {
		l := &g.left.payments[i]
		if !l.ifRefunded {
			continue
		}
		if l.ifRefunded = false; !g.hasRefundOf(l) {
			l.Amount = 0
		}
		c.keep(c.totals.read(l))
	}
}

// hasRefundOf reports whether a side has a refund of an order.
func (g *group) hasRefundOf(order *Record) bool {
	for _, refunds := range [...][]Record{g.left.refunds, g.right.refunds} {
		for i := range refunds {
			if samePayment(&refunds[i], order) {
				return true
			}
		}
	}
	return false
}

// repeatsPayment reports whether two records of a side are the same payment.
// One with a strong key and one without are not: a shop may list every attempt
// to pay.
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

// dropRepeatedOrders is dropRepeated for the shop, whose orders may have no
// key but a reference. Several such orders are kept where they are attempts
// without money, or where as many payments carry the reference, which then
// does not tell them apart.
func (c *comparison) dropRepeatedOrders(g *group) {
	approved := 0
	for i := range g.right.payments {
		if g.right.payments[i].claims() {
			approved++
		}
	}
	var shared *Record
	g.left.payments = c.dropRepeated(g.left.payments, func(a, b *Record) bool {
		if !repeatsPayment(a, b) {
			return false
		}
		if a.ID != "" || a.Token != "" || sameContent(a, b) {
			return true
		}
		if a.claims() && b.claims() && approved > 1 {
			shared = b
			return false
		}
		return a.claims() && b.claims()
	})
	if shared != nil {
		c.record(AmbiguousReference, Review, shared, nil, sentence(
			"%s is several orders and %d approved payments; they were paired by amount and time.", name(shared), approved))
	}
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

// contradicts reports whether one side counts on money that the other says was
// never taken, or the reverse. An order that was paid, cancelled and paid back
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
		return // an attempt; the shop need not know it
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
		return // a released attempt beside the real one is nothing to decide
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

// orderOf returns the order that shares the payment's reference or token but
// is paired with another payment, and that payment.
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
