package reconcile

import "iter"

// Convert makes records of anything that can be iterated over: the rows of an
// ORM, the pages of another service. An error of the source or of convert is
// passed on.
func Convert[T any](source iter.Seq2[T, error], convert func(T) (Record, error)) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for value, err := range source {
			var record Record
			if err == nil {
				record, err = convert(value)
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

// Slice makes a source of records that are in memory already.
func Slice(records []Record) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for _, record := range records {
			if !yield(record, nil) {
				return
			}
		}
	}
}

// Concat makes one side of several sources, read one after the other: payments
// and disputes, or the reports of several days.
func Concat(sources ...iter.Seq2[Record, error]) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for _, source := range sources {
			for record, err := range source {
				if !yield(record, err) {
					return
				}
			}
		}
	}
}
