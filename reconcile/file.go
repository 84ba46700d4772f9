package reconcile

import (
	"context"
	"errors"
	"iter"
)

// Records in any order are filed under keys that are marked with their kind, so
// that an id never meets an equal reference or token. shownKey removes the mark.
func idKey(s string) string        { return marked("i", s) }
func tokenKey(s string) string     { return marked("t", s) }
func refundKey(s string) string    { return marked("r", s) }
func requestKey(s string) string   { return marked("q", s) }
func referenceKey(s string) string { return marked("o", s) }
func disputeKey(s string) string   { return marked("d", s) }
func refundRefKey(s string) string { return marked("p", s) }

func marked(mark, s string) string {
	if s == "" {
		return ""
	}
	return mark + s
}

func shownKey(marked string) string {
	if marked == "" {
		return ""
	}
	return marked[1:]
}

// ownKey is the key that a record is filed under by itself.
func ownKey(r *Record) string {
	return firstOf(referenceKey(r.Reference), idKey(r.ID), tokenKey(r.Token),
		refundKey(r.RefundID), requestKey(r.RequestID), refundRefKey(r.RefundReference))
}

// strongKey is the strongest key that Afterpay gave a record, or the payment or
// refund it belongs to. It is empty if there is none.
func strongKey(r *Record) string {
	return firstOf(idKey(r.ID), tokenKey(r.Token), refundKey(r.RefundID), requestKey(r.RequestID))
}

// filing brings records in any order together under common keys.
//
// A sort brings the keys of the payments, as index records, together with the
// records that look for one of them. Another brings all records together under
// the key found.
type filing struct {
	ctx     context.Context
	byKey   *sorter // keys of payments, and records that look for one
	byOrder *sorter // references of orders filed elsewhere, and refunds that know no more
	waiting *sorter // records whose payment or order may come after them
	final   *sorter // all records under the key they are filed under
}

// filed returns the records of both sides in the order of the keys that file
// gives them.
func filed(ctx context.Context, opts SortOptions, file func(*filing) error) stream {
	return func(yield func(*Record, error) bool) {
		space, names := opts.space(), &fileNames{}
		f := filing{ctx: ctx}
		for _, s := range [...]**sorter{&f.byKey, &f.byOrder, &f.waiting, &f.final} {
			*s = newSorter(space, names)
			defer (*s).Close()
		}
		if err := file(&f); err != nil {
			yield(nil, err)
			return
		}
		f.final.sorted(ctx)(yield)
	}
}

// fileByTrust files every record under the merchant reference of the payment
// that its strongest key names, so that all payments made for one reference meet
// in one group, whichever of their keys the shop kept.
//
// The right side is read first. Equal keys keep their order, so an index record
// comes before the records that look for it.
func (f *filing) fileByTrust(lefts, rights *reader, leftSide, rightSide iter.Seq2[Record, error]) error {
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
			if r.Key = referenceKey(r.Reference); r.Key == "" {
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

// fileByID files payments and settlement rows under Afterpay's order id. Disputes
// and rows without an id are filed under the payment that has their token or
// reference, or under their dispute. Rows without any key, such as a monthly fee, stand alone.
func (f *filing) fileByID(lefts, rights *reader, leftSide, rightSide iter.Seq2[Record, error]) error {
	err := lefts.file(f.ctx, leftSide, firstPaymentKey, func(r *Record) error {
		if r.ID == "" {
			return f.waiting.add(f.ctx, r)
		}
		if r.Kind == KindDispute {
			if err := f.index(disputeKey(r.DisputeID), r.Key); err != nil {
				return err
			}
		}
		if r.Kind == KindPayment {
			if err := errors.Join(f.index(tokenKey(r.Token), r.Key), f.index(referenceKey(r.Reference), r.Key)); err != nil {
				return err
			}
		}
		return f.final.add(f.ctx, r)
	})
	if err == nil {
		err = f.each(f.waiting, func(r *Record) error { return f.byKey.add(f.ctx, r) })
	}
	if err == nil {
		err = rights.file(f.ctx, rightSide, rights.rowKey, func(r *Record) error {
			if r.ID == "" && r.Reference+r.DisputeID != "" {
				return f.byKey.add(f.ctx, r)
			}
			return f.final.add(f.ctx, r)
		})
	}
	if err == nil {
		err = f.resolve(f.byKey, func(r *Record) error { return f.final.add(f.ctx, r) })
	}
	return err
}

// firstPaymentKey is the key of a record of the payments' side of a settlement.
func firstPaymentKey(r *Record) string {
	if r.Kind == KindDispute {
		return firstOf(idKey(r.ID), tokenKey(r.Token), referenceKey(r.Reference))
	}
	return firstOf(idKey(r.ID), tokenKey(r.Token))
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
		if err := f.index(key, r.Key); err != nil {
			return err
		}
	}
	return nil
}

// index notes that records which look for key are filed under under.
func (f *filing) index(key, under string) error {
	if key == "" {
		return nil
	}
	return f.byKey.add(f.ctx, &Record{Kind: kindIndex, Key: key, Reference: under})
}

// look sends a record to where its strongest key is. A record without a key that
// Afterpay gave stays with its reference.
func (f *filing) look(r *Record) error {
	key := strongKey(r)
	if key == "" {
		return f.final.add(f.ctx, r)
	}
	r.Key = key
	return f.byKey.add(f.ctx, r)
}

// resolve gives records that look for a key the key that the index has for it.
// If a key is indexed twice, the first entry counts. Records that find none are
// handed to lost with their own key. If an order is not filed under its
// reference, that is indexed for the order's refunds.
func (f *filing) resolve(s *sorter, lost func(*Record) error) error {
	var key, under string
	return f.each(s, func(r *Record) error {
		switch {
		case r.Kind == kindIndex && r.Key == key:
			return nil
		case r.Kind == kindIndex:
			key, under = r.Key, r.Reference
			return nil
		case r.Key == key:
			r.Key = under
		default:
			r.Key = firstOf(ownKey(r), r.Key)
			return lost(r)
		}
		if own := referenceKey(r.Reference); r.side == left && r.Kind == KindPayment && own != "" && own != r.Key {
			if err := f.byOrder.add(f.ctx, &Record{Kind: kindIndex, Key: own, Reference: r.Key}); err != nil {
				return err
			}
		}
		return f.final.add(f.ctx, r)
	})
}
