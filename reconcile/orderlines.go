package reconcile

import (
	"slices"

	"github.com/afterpay-go/afterpay"
)

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
	for _, payments := range [...][]Record{g.left.payments, g.right.payments} {
		for i := range payments {
			r := &payments[i]
			if !r.ifRefunded {
				continue
			}
			if r.ifRefunded = false; !g.hasRefundOf(r) {
				r.Amount = 0
			}
			c.keep(c.totals.read(r))
		}
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

// dropRepeatedOrders is dropRepeated for the shop, whose orders may have a reference
// only. Several such orders are kept if they are attempts without money, or if
// several payments have the reference, which then does not distinguish them.
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
