package reconcile

import "iter"

// fileByID brings payments and settlement rows together: both know Afterpay's
// id.
func fileByID(leftSide, rightSide iter.Seq2[Record, error], accepts func(*Record) bool, opts SortOptions) stream {
	return func(yield func(*Record, error) bool) {
		s := newSorter(opts.memory(), opts.Dir)
		defer s.close()
		lefts, rights := readers(accepts)
		err := lefts.file(leftSide, ByID, s.add)
		if err == nil {
			err = rights.file(rightSide, ByID, s.add)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		s.sorted()(yield)
	}
}

func readers(accepts func(*Record) bool) (lefts, rights *reader) {
	return &reader{side: left, accepts: accepts}, &reader{side: right, accepts: accepts}
}

// fileByTrust brings orders and payments together that have several keys each
// and not always the same. Every record is filed under the merchant reference
// of the payment that its strongest key names, so that all payments made for
// one reference meet in one group, whichever of their keys the shop kept.
//
// Two sorts do it. The first brings the keys of the payments, as index
// records, together with the records that look for one of them; the second
// brings all records together under the reference found.
func fileByTrust(leftSide, rightSide iter.Seq2[Record, error], accepts func(*Record) bool, opts SortOptions) stream {
	return func(yield func(*Record, error) bool) {
		f := filing{
			index:    newSorter(max(opts.memory()/3, minSortMemory), opts.Dir),
			disputes: newSorter(minSortMemory, opts.Dir),
			final:    newSorter(max(opts.memory()*2/3, minSortMemory), opts.Dir),
		}
		defer f.index.close()
		defer f.disputes.close()
		defer f.final.close()
		err := f.file(leftSide, rightSide, accepts)
		if err != nil {
			yield(nil, err)
			return
		}
		f.final.sorted()(yield)
	}
}

type filing struct {
	index, disputes, final *sorter
}

// file reads the right side first: equal keys keep their order, so that an
// index record comes before those that look for it. For the same reason
// disputes, which look for their payments, wait to the end of the side.
func (f *filing) file(leftSide, rightSide iter.Seq2[Record, error], accepts func(*Record) bool) error {
	lefts, rights := readers(accepts)
	err := rights.file(rightSide, ownKey, func(r *Record) error {
		if r.Kind == KindDispute {
			return f.disputes.add(r)
		}
		return f.found(r)
	})
	if err != nil {
		return err
	}
	for r, err := range f.disputes.sorted() {
		if err != nil {
			return err
		}
		if err := f.look(r); err != nil {
			return err
		}
	}
	if err := lefts.file(leftSide, ownKey, f.look); err != nil {
		return err
	}
	return f.resolve()
}

// found files a payment, or a refund that came with it, and indexes its keys.
func (f *filing) found(r *Record) error {
	if err := f.final.add(r); err != nil {
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
		if err := f.index.add(&Record{Kind: kindIndex, Key: key, Reference: r.Key}); err != nil {
			return err
		}
	}
	return nil
}

// look sends a record to where its strongest key is. One without a key that
// Afterpay gave stays with its reference.
func (f *filing) look(r *Record) error {
	key := firstOf(idKey(r.ID), tokenKey(r.Token), refundKey(r.RefundID), requestKey(r.RequestID))
	if key == "" {
		return f.final.add(r)
	}
	r.Key = key
	return f.index.add(r)
}

// resolve goes through keys and those who look for them. Of a key that stands
// twice, the first is taken.
func (f *filing) resolve() error {
	var key, filed string
	for r, err := range f.index.sorted() {
		if err != nil {
			return err
		}
		switch {
		case r.Kind == kindIndex && r.Key == key:
			continue
		case r.Kind == kindIndex:
			key, filed = r.Key, r.Reference
			continue
		case r.Key == key:
			r.Key = filed
		default:
			r.Key = ownKey(r)
		}
		if err := f.final.add(r); err != nil {
			return err
		}
	}
	return nil
}

// ownKey is what a record is filed under by itself.
func ownKey(r *Record) string {
	return firstOf(r.Reference, r.ID, r.Token, r.RefundID, r.RequestID, r.RefundReference)
}

// The keys of the index, marked so that an id never meets an equal token.
func idKey(s string) string      { return marked("i", s) }
func tokenKey(s string) string   { return marked("t", s) }
func refundKey(s string) string  { return marked("r", s) }
func requestKey(s string) string { return marked("q", s) }

func marked(mark, s string) string {
	if s == "" {
		return ""
	}
	return mark + s
}
