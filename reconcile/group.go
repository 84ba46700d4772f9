package reconcile

// group is everything both sides have under one key. It is filled again for
// every key, so that a run holds one group at a time.
type group struct {
	key         string
	left, right side
	payments    pairing // of left.payments and right.payments
	refunds     pairing // of left.refunds and right.refunds
}

// side is what one side has under the key.
type side struct {
	payments []Record
	refunds  []Record
	others   []Record // disputes, and settlement rows of other types
}

func (g *group) reset(key string) {
	g.key = key
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
	switch r.Kind {
	case KindPayment:
		s.payments = append(s.payments, *r)
	case KindRefund:
		s.refunds = append(s.refunds, *r)
	default:
		s.others = append(s.others, *r)
	}
}

// What a record has instead of the index of its partner.
const (
	unpaired = -1 // no partner
	inSum    = -2 // several on each side, compared in total
)

// pairing is who belongs to whom: for each record of a side the index of its
// partner on the other, or unpaired, or inSum.
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

// join pairs what is left over and matches. Of several partners a record gets
// the one with the lowest rank, the first of equals.
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
