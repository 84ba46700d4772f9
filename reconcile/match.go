package reconcile

import (
	"time"
)

// Keys are trusted in an order: Afterpay's own id, then the checkout token,
// then the merchant reference, which a capture or an update may replace and a
// shop may use twice. A weaker key pairs two records only where no stronger
// key that both carry says otherwise.

// agree reports whether two keys do not contradict each other.
func agree(a, b string) bool { return a == "" || b == "" || a == b }

func same(a, b string) bool { return a != "" && a == b }

func sameID(l, r *Record) bool { return same(l.ID, r.ID) }

func sameToken(l, r *Record) bool { return same(l.Token, r.Token) && agree(l.ID, r.ID) }

// samePaymentKeys reports whether two records have a key of the payment in common
// and none that differs. A missing key agrees with nothing. Records without any
// key of a payment, which only presorted sides can have, go by their Key.
func samePaymentKeys(l, r *Record) bool {
	return agree(l.ID, r.ID) && agree(l.Token, r.Token) && agree(l.Reference, r.Reference) &&
		(same(l.ID, r.ID) || same(l.Token, r.Token) || same(l.Reference, r.Reference) || !l.hasPaymentKeys() && !r.hasPaymentKeys())
}

func (r *Record) hasPaymentKeys() bool { return r.ID != "" || r.Token != "" || r.Reference != "" }

// pairPayments finds the partner of every payment of the group, by the strongest key
// first. By reference alone, orders with money are paired before others, and equal
// amounts first.
func (g *group) pairPayments() {
	lefts, rights := g.left.payments, g.right.payments
	p := &g.payments
	p.reset(len(lefts), len(rights))
	if len(lefts) == 0 || len(rights) == 0 {
		return
	}
	p.join(lefts, rights, sameID, fit)
	p.join(lefts, rights, sameToken, fit)
	p.join(lefts, rights, func(l, r *Record) bool {
		return l.claims() && r.claims() && l.Amount == r.Amount && samePaymentKeys(l, r)
	}, fit)
	p.join(lefts, rights, func(l, r *Record) bool { return l.claims() && samePaymentKeys(l, r) }, fit)
	p.join(lefts, rights, samePaymentKeys, fit)
}

// claims reports whether a record says that money was captured, or approved and is
// still open.
func (r *Record) claims() bool {
	return r.Amount != 0 || r.State == StateCaptured || r.State == StateAuthorized
}

// fit ranks the payments that an order may belong to: those with money first, then
// by the distance in time.
func fit(l, r *Record) int64 {
	const withoutMoney = int64(1) << 60
	if r.claims() {
		return min(distance(l.At, r.At), withoutMoney-1)
	}
	return withoutMoney
}

// distance returns the seconds between two instants, and 0 if one is unknown.
func distance(a, b time.Time) int64 {
	if a.IsZero() || b.IsZero() {
		return 0
	}
	d := a.Unix() - b.Unix()
	return max(d, -d)
}

// pairRefunds does the same for refunds: by refund id, request id, reference, and
// finally by the amount, if the two sides have no key of the refund in common.
func (g *group) pairRefunds() {
	lefts, rights := g.left.refunds, g.right.refunds
	p := &g.refunds
	p.reset(len(lefts), len(rights))
	if len(lefts) == 0 || len(rights) == 0 {
		return
	}
	p.join(lefts, rights, sameRefundID, nearest)
	p.join(lefts, rights, sameRequestID, nearest)
	p.join(lefts, rights, func(l, r *Record) bool { return l.Amount == r.Amount && sameRefundReference(l, r) }, nearest)
	p.join(lefts, rights, sameRefundReference, nearest)
	p.join(lefts, rights, func(l, r *Record) bool {
		return l.Amount == r.Amount && l.Currency == r.Currency && sameRefundKeys(l, r)
	}, nearest)
}

func nearest(l, r *Record) int64 { return distance(l.At, r.At) }

func sameRefundID(l, r *Record) bool { return same(l.RefundID, r.RefundID) && samePayment(l, r) }

func sameRequestID(l, r *Record) bool {
	return same(l.RequestID, r.RequestID) && agree(l.RefundID, r.RefundID) && samePayment(l, r)
}

// sameRefundReference compares the two references of each side with both of the
// other's: a shop knows the number it sent, and not in which of two fields Afterpay
// returns it.
func sameRefundReference(l, r *Record) bool {
	return agree(l.RefundID, r.RefundID) && agree(l.RequestID, r.RequestID) && samePayment(l, r) &&
		(same(l.RefundReference, r.RefundReference) || same(l.RefundReference, r.EventReference) ||
			same(l.EventReference, r.RefundReference) || same(l.EventReference, r.EventReference))
}

// sameRefundKeys reports whether no key of two refunds differs.
func sameRefundKeys(l, r *Record) bool {
	return agree(l.RefundID, r.RefundID) && agree(l.RequestID, r.RequestID) && samePayment(l, r) &&
		(sameRefundReference(l, r) || !l.hasRefundReference() || !r.hasRefundReference())
}

// hasRefundReference reports whether a refund has a reference of its own. Clients
// that make refunds repeatable put the request id into an empty reference.
func (r *Record) hasRefundReference() bool {
	return r.RefundReference != "" && r.RefundReference != r.RequestID || r.EventReference != ""
}

// hasRefundKeys reports whether anything but its payment identifies a refund.
func (r *Record) hasRefundKeys() bool {
	return r.RefundID != "" || r.RequestID != "" || r.hasRefundReference()
}

// samePayment reports whether two refunds, or a refund and a payment, may belong
// together. The reference is not compared, because it may have changed.
func samePayment(a, b *Record) bool { return agree(a.ID, b.ID) && agree(a.Token, b.Token) }

// ownerOf returns the index of the payment that a refund or dispute belongs to:
// the one with the same id or token or, if there is none, the first that has no
// other. It returns unpaired if there is no such payment.
func ownerOf(r *Record, payments []Record) int {
	for i := range payments {
		if p := &payments[i]; same(r.ID, p.ID) || same(r.Token, p.Token) && agree(r.ID, p.ID) {
			return i
		}
	}
	for i := range payments {
		if samePayment(r, &payments[i]) {
			return i
		}
	}
	return unpaired
}

// group holds the records of both sides under one key. It is reused for every key,
// so a run holds one group at a time.
type group struct {
	key         string // with its mark
	shown       string // without
	left, right side
	payments    pairing // of left.payments and right.payments
	refunds     pairing // of left.refunds and right.refunds
}

// side holds the records of one side under the key.
type side struct {
	payments []Record
	refunds  []Record
	others   []Record // disputes, and settlement rows of other types
}

func (g *group) reset(key, shown string) {
	g.key, g.shown = key, shown
	g.left.reset()
	g.right.reset()
}

func (s *side) reset() {
	s.payments, s.refunds, s.others = s.payments[:0], s.refunds[:0], s.others[:0]
}

func (g *group) size() int { return g.left.size() + g.right.size() }

func (s *side) size() int { return len(s.payments) + len(s.refunds) + len(s.others) }

func (g *group) add(r *Record) {
	s := &g.left
	if r.side == right {
		s = &g.right
	}
	list := &s.others
	switch r.Kind {
	case KindPayment:
		list = &s.payments
	case KindRefund:
		list = &s.refunds
	}
	*list = append(*list, *r)
	(*list)[len(*list)-1].Key = g.shown
}

// Values in place of the index of a partner.
const (
	unpaired = -1 // no partner
	inSum    = -2 // one of several that are compared by their totals
)

// pairing holds, for each record of a side, the index of its partner on the other
// side, or unpaired, or inSum.
type pairing struct {
	left, right []int
}

func (p *pairing) reset(lefts, rights int) {
	p.left, p.right = p.left[:0], p.right[:0]
	for range lefts {
		p.left = append(p.left, unpaired)
	}
	for range rights {
		p.right = append(p.right, unpaired)
	}
}

func (p *pairing) pair(l, r int) { p.left[l], p.right[r] = r, l }

// join pairs unpaired records that match. Of several partners a record gets the one
// with the lowest rank, and of those the first.
func (p *pairing) join(lefts, rights []Record, match func(l, r *Record) bool, rank func(l, r *Record) int64) {
	for l := range p.left {
		if p.left[l] != unpaired {
			continue
		}
		best, lowest := unpaired, int64(0)
		for r := range p.right {
			if p.right[r] != unpaired || !match(&lefts[l], &rights[r]) {
				continue
			}
			if rank := rank(&lefts[l], &rights[r]); best == unpaired || rank < lowest {
				best, lowest = r, rank
			}
		}
		if best != unpaired {
			p.pair(l, best)
		}
	}
}
