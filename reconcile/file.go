package reconcile

import (
	"context"
	"iter"
)

// fileByID brings payments and settlement rows together: both know Afterpay's
// id.
func fileByID(ctx context.Context, lefts, rights *reader, leftSide, rightSide iter.Seq2[Record, error], opts SortOptions) stream {
	return func(yield func(*Record, error) bool) {
		s := newSorter(opts.space())
		defer s.Close()
		add := func(r *Record) error { return s.add(ctx, r) }
		err := lefts.file(ctx, leftSide, ByID, add)
		if err == nil {
			err = rights.file(ctx, rightSide, ByID, add)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		s.sorted(ctx)(yield)
	}
}

// fileByTrust brings orders and payments together that have several keys each
// and not always the same. Every record is filed under the merchant reference
// of the payment that its strongest key names, so that all payments made for
// one reference meet in one group, whichever of their keys the shop kept.
//
// A sort brings the keys of the payments, as index records, together with the
// records that look for one of them. Another brings all records together under
// the reference found.
func fileByTrust(ctx context.Context, lefts, rights *reader, leftSide, rightSide iter.Seq2[Record, error], opts SortOptions) stream {
	return func(yield func(*Record, error) bool) {
		space := opts.space()
		f := filing{ctx: ctx, byKey: newSorter(space), byOrder: newSorter(space), waiting: newSorter(space), final: newSorter(space)}
		for _, s := range [...]*sorter{f.byKey, f.byOrder, f.waiting, f.final} {
			defer s.Close()
		}
		if err := f.file(lefts, rights, leftSide, rightSide); err != nil {
			yield(nil, err)
			return
		}
		f.final.sorted(ctx)(yield)
	}
}

// filing is one pass of fileByTrust.
type filing struct {
	ctx     context.Context
	byKey   *sorter // keys of payments, and records that look for one
	byOrder *sorter // references of orders filed elsewhere, and refunds that know no more
	waiting *sorter // records whose payment or order may come after them
	final   *sorter // all records under the key they are filed under
}

// file reads the right side first: equal keys keep their order, so that an
// index record comes before those that look for it.
func (f *filing) file(lefts, rights *reader, leftSide, rightSide iter.Seq2[Record, error]) error {
	err := rights.file(f.ctx, rightSide, ownKey, func(r *Record) error {
		if r.Kind == KindDispute || r.Kind == KindRefund && r.Reference == "" {
			return f.waiting.add(f.ctx, r)
		}
		return f.found(r)
	})
	if err == nil {
		err = f.each(f.waiting, f.look)
	}
	if err == nil {
		err = lefts.file(f.ctx, leftSide, ownKey, func(r *Record) error {
			if r.Kind == KindRefund && strongKey(r) == "" {
				return f.waiting.add(f.ctx, r)
			}
			return f.look(r)
		})
	}
	if err == nil {
		err = f.resolve(f.byKey, func(r *Record) error {
			if r.side == left && r.Kind == KindRefund && r.ID == "" && r.Token == "" {
				return f.waiting.add(f.ctx, r) // Afterpay has no such refund; the order may lead to its payment
			}
			return f.final.add(f.ctx, r)
		})
	}
	if err == nil {
		err = f.each(f.waiting, func(r *Record) error {
			r.Key = orderKey(r.Reference)
			if r.Key == "" {
				r.Key = ownKey(r)
				return f.final.add(f.ctx, r)
			}
			return f.byOrder.add(f.ctx, r)
		})
	}
	if err == nil {
		err = f.resolve(f.byOrder, func(r *Record) error { return f.final.add(f.ctx, r) })
	}
	return err
}

func (f *filing) each(s *sorter, do func(*Record) error) error {
	for r, err := range s.sorted(f.ctx) {
		if err == nil {
			err = do(r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// found files a payment, or a refund that came with it, and indexes its keys.
func (f *filing) found(r *Record) error {
	if err := f.final.add(f.ctx, r); err != nil {
		return err
	}
	keys := [...]string{idKey(r.ID), tokenKey(r.Token)}
	if r.Kind == KindRefund {
		keys = [...]string{refundKey(r.RefundID), requestKey(r.RequestID)}
	}
	for _, key := range keys {
		if key == "" {
			continue
		}
		if err := f.byKey.add(f.ctx, &Record{Kind: kindIndex, Key: key, Reference: r.Key}); err != nil {
			return err
		}
	}
	return nil
}

// look sends a record to where its strongest key is. One without a key that
// Afterpay gave stays with its reference.
func (f *filing) look(r *Record) error {
	key := strongKey(r)
	if key == "" {
		return f.final.add(f.ctx, r)
	}
	r.Key = key
	return f.byKey.add(f.ctx, r)
}

// resolve goes through keys and those who look for them. Of a key that stands
// twice, the first is taken; who finds none keeps its own and goes to lost.
// Where an order is not filed under its reference, its refunds must learn of
// it.
func (f *filing) resolve(s *sorter, lost func(*Record) error) error {
	var key, filed string
	return f.each(s, func(r *Record) error {
		switch {
		case r.Kind == kindIndex && r.Key == key:
			return nil
		case r.Kind == kindIndex:
			key, filed = r.Key, r.Reference
			return nil
		case r.Key == key:
			r.Key = filed
		default:
			r.Key = ownKey(r)
			return lost(r)
		}
		if r.side == left && r.Kind == KindPayment && r.Reference != "" && r.Reference != r.Key {
			if err := f.byOrder.add(f.ctx, &Record{Kind: kindIndex, Key: orderKey(r.Reference), Reference: r.Key}); err != nil {
				return err
			}
		}
		return f.final.add(f.ctx, r)
	})
}

// ownKey is what a record is filed under by itself.
func ownKey(r *Record) string {
	return firstOf(r.Reference, r.ID, r.Token, r.RefundID, r.RequestID, r.RefundReference)
}

// strongKey is the strongest key that Afterpay gave a record, or the payment or
// refund it belongs to; "" if there is none.
func strongKey(r *Record) string {
	return firstOf(idKey(r.ID), tokenKey(r.Token), refundKey(r.RefundID), requestKey(r.RequestID))
}

// The keys of the index, marked so that an id never meets an equal token.
func idKey(s string) string      { return marked("i", s) }
func tokenKey(s string) string   { return marked("t", s) }
func refundKey(s string) string  { return marked("r", s) }
func requestKey(s string) string { return marked("q", s) }
func orderKey(s string) string   { return marked("o", s) }

func marked(mark, s string) string {
	if s == "" {
		return ""
	}
	return mark + s
}
