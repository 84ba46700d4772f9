package reconcile

import "iter"

// stream is a sequence of records of both sides. The record behind the pointer
// is the stream's own and changes with the next one.
type stream = iter.Seq2[*Record, error]

// merged joins two sides sorted by key into one stream sorted by key, and
// checks the order of both as it reads.
func merged(leftSide, rightSide iter.Seq2[Record, error], accepts func(*Record) bool) stream {
	return func(yield func(*Record, error) bool) {
		next, stop := iter.Pull2(rightSide)
		defer stop()
		lefts, rights := readers(accepts)
		// advance reads one record ahead on the right.
		advance := func() (bool, error) {
			record, err, ok := next()
			if ok && err == nil {
				err = rights.takeNext(record)
			}
			return ok, err
		}
		more, err := advance()
		// emitRights passes on the rights as long as the condition holds. It is
		// false when the stream has ended.
		emitRights := func(while func() bool) bool {
			for err == nil && more && while() {
				if !yield(&rights.record, nil) {
					return false
				}
				more, err = advance()
			}
			if err != nil {
				yield(nil, err)
			}
			return err == nil
		}
		before := func() bool { return rights.record.Key < lefts.record.Key }
		for record, err := range leftSide {
			if err == nil {
				err = lefts.takeNext(record)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !emitRights(before) || !yield(&lefts.record, nil) {
				return
			}
		}
		emitRights(func() bool { return true })
	}
}
