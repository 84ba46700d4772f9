package kountasync

import (
	"context"
	"errors"
	"slices"
	"time"
)

const (
	// maxIndexAge is how old an index may be for an order whose request was
	// never sent.
	maxIndexAge = 10 * time.Minute
	maxIndexes  = 8
)

// span is a span of time in which orders were made in Kounta.
type span struct{ from, to time.Time }

// around returns the day of t with the days before and after it, because Kounta
// filters by whole days.
func (s *Sync) around(t time.Time) span {
	year, month, day := t.In(s.options.Location).Date()
	midnight := time.Date(year, month, day, 0, 0, 0, 0, s.options.Location)
	return span{midnight.AddDate(0, 0, -1).UTC(), midnight.AddDate(0, 0, 2).UTC()}
}

// index holds the orders of a span by their sale numbers. Kounta cannot filter by
// sale number, and a filter by total would miss an order whose total was changed
// at the till.
type index struct {
	read   time.Time // when reading began
	orders map[string][]*tillOrder
}

// find returns the order in Kounta whose sale number is exactly that of o, nil if
// there is none. It may have been made when the sale took place or, by a request
// without a response, when that was sent.
func (s *Sync) find(ctx context.Context, o *order) (*tillOrder, error) {
	// An order that the shop made itself is in Kounta when the payment is seen, and
	// one that a person entered when that person asks for another try.
	spans, fresh := []span{s.around(o.draft.PlacedAt)}, o.due
	if oldest := s.now().Add(-maxIndexAge); fresh.Before(oldest) {
		fresh = oldest
	}
	if o.phase == phaseSending {
		fresh = o.sent.Add(s.options.Settle)
		if sent := s.around(o.sent); sent != spans[0] {
			spans = append(spans, sent)
		}
	}
	var best *tillOrder
	for _, sp := range spans {
		ix, err := s.index(ctx, sp, fresh)
		if err != nil {
			return nil, err
		}
		for _, candidate := range ix.orders[o.draft.SaleNumber] {
			if best == nil || candidate.rank(&o.draft) > best.rank(&o.draft) {
				best = candidate
			}
		}
	}
	if best == nil {
		return nil, nil
	}
	found, err := s.till.read(ctx, best.id)
	if err == nil && found.saleNumber != o.draft.SaleNumber {
		return nil, errors.New("kountasync: the sale number of an order in Kounta has changed")
	}
	return found, err
}

// rank says how likely it is that an order with the sale number of a draft is that
// of the sale: first of all it is not undone, then it has the same total.
func (o *tillOrder) rank(d *Draft) int {
	rank := 0
	if !slices.Contains(undone, o.status) {
		rank += 2
	}
	if o.total == d.Total.Amount {
		rank++
	}
	return rank
}

// index returns an index that was read at the time fresh, or later.
func (s *Sync) index(ctx context.Context, sp span, fresh time.Time) (*index, error) {
	s.indexing.Lock()
	defer s.indexing.Unlock()
	if known := s.indexes[sp]; known != nil && !known.read.Before(fresh) {
		return known, nil
	}
	ix := &index{read: s.now(), orders: make(map[string][]*tillOrder)}
	for o, err := range s.till.list(ctx, sp.from, sp.to) {
		if err == nil && o.saleNumber == "" { // lists may leave it out
			o, err = s.till.read(ctx, o.id)
		}
		if err != nil {
			return nil, err
		}
		ix.orders[o.saleNumber] = append(ix.orders[o.saleNumber], &tillOrder{id: o.id, total: o.total, status: o.status})
	}
	if len(s.indexes) >= maxIndexes {
		clear(s.indexes)
	}
	s.indexes[sp] = ix
	return ix, nil
}
