package reconcile

import "iter"

// SortOptions bound what sorting takes. The zero value is ready to use.
type SortOptions struct {
	// Memory is about how many bytes of records are held before a sorted run
	// of them is written to disk. Default 8 MiB, at least 64 KiB.
	Memory int
	// Dir is where temporary files are made. "" means os.TempDir.
	Dir string
}

const (
	defaultSortMemory = 8 << 20
	minSortMemory     = 64 << 10
)

func (o SortOptions) memory() int {
	if o.Memory == 0 {
		return defaultSortMemory
	}
	return max(o.Memory, minSortMemory)
}

// ByID is a key for [Sort]: Afterpay's order id, the one to compare payments
// with settlement rows by.
func ByID(r *Record) string { return r.ID }

// ByToken is a key for [Sort]: the checkout token.
func ByToken(r *Record) string { return r.Token }

// ByReference is a key for [Sort]: the merchant reference of the payment.
func ByReference(r *Record) string { return r.Reference }

// Sort sets the Key of every record and yields the records in the order of
// their keys, equal ones in the order they came in, ready for
// [Options.Presorted]. It reads the source to its end before it yields, holds
// up to SortOptions.Memory, and beyond that spills to a temporary file, which
// is removed however the loop ends. Instants come back in UTC.
//
// A record whose key is empty is an error matching [ErrRecord]. An error of the
// source is passed on and ends the sequence.
func Sort(records iter.Seq2[Record, error], key func(*Record) string, opts SortOptions) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		s := newSorter(opts.memory(), opts.Dir)
		defer s.close()
		source := reader{side: neither, accepts: func(*Record) bool { return true }}
		if err := source.file(records, key, s.add); err != nil {
			yield(Record{}, err)
			return
		}
		for record, err := range s.sorted() {
			if err != nil {
				yield(Record{}, err)
				return
			}
			record.side = left // as in any record not read by a run
			if !yield(*record, nil) {
				return
			}
		}
	}
}
