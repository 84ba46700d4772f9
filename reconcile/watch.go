package reconcile

import (
	"cmp"
	"slices"
	"time"
)

// watchGroup reports what of the group needs an eye on: authorizations about
// to expire, and disputes.
func (c *comparison) watchGroup(g *group) {
	for i := range g.right.payments {
		r := &g.right.payments[i]
		if r.Open <= 0 || r.Due.IsZero() || r.State != StateAuthorized && r.State != StateCaptured || r.Due.Sub(c.Now) > c.ExpiryHorizon {
			continue
		}
		var l *Record
		if partner := g.payments.right[i]; partner != unpaired {
			l = &g.left.payments[partner]
		}
		c.watch.add(c.record(AuthExpiring, Warn, l, r, sentence(
			"%s of %s is open to capture until %s and will then be voided.", r.Open, name(r), r.Due.In(c.Location).Format(time.RFC3339))))
	}
	for i := range g.right.others {
		r := &g.right.others[i]
		var l *Record
		if owner := ownerOf(r, g.left.payments); owner != unpaired {
			l = &g.left.payments[owner]
		}
		switch r.State {
		case StateDisputeOpen:
			text := sentence("%s about %s is open.", name(r), r.Money())
			if !r.Due.IsZero() {
				text = sentence("%s about %s is open; without a response by %s it is lost.", name(r), r.Money(), r.Due.In(c.Location).Format(time.RFC3339))
			}
			c.watch.add(c.record(DisputeOpen, Info, l, r, text))
		case StateDisputeLost:
			c.record(DisputeLost, High, l, r, sentence("%s about %s was lost and will be deducted from a settlement.", name(r), r.Money()))
		}
	}
}

// watchList keeps the most urgent findings, in a heap whose root is the least
// urgent of them.
type watchList struct {
	limit   int
	heap    []Finding
	dropped int64
}

func (w *watchList) add(f *Finding) {
	if len(w.heap) < w.limit {
		w.heap = append(w.heap, *f)
		w.up(len(w.heap) - 1)
		return
	}
	w.dropped++
	if w.limit > 0 && byUrgency(*f, w.heap[0]) < 0 {
		w.heap[0] = *f
		w.down(0)
	}
}

func (w *watchList) sorted() []Finding {
	list := slices.Clone(w.heap)
	slices.SortFunc(list, byUrgency)
	return list
}

// byUrgency orders by the time left; without a limit there is all the time.
func byUrgency(a, b Finding) int {
	x, y := a.Right.Due, b.Right.Due
	if x.IsZero() != y.IsZero() {
		if x.IsZero() {
			return 1
		}
		return -1
	}
	return cmp.Or(x.Compare(y), cmp.Compare(a.Class, b.Class), cmp.Compare(a.Key, b.Key))
}

func (w *watchList) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if byUrgency(w.heap[i], w.heap[parent]) <= 0 {
			return
		}
		w.heap[i], w.heap[parent] = w.heap[parent], w.heap[i]
		i = parent
	}
}

func (w *watchList) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(w.heap); child++ {
			if byUrgency(w.heap[child], w.heap[least]) > 0 {
				least = child
			}
		}
		if least == i {
			return
		}
		w.heap[i], w.heap[least] = w.heap[least], w.heap[i]
		i = least
	}
}
