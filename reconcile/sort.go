package reconcile

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"

	"github.com/afterpay-go/afterpay/internal/extsort"
	"github.com/afterpay-go/afterpay/internal/safe"
)

// SortOptions limit what sorting may use. The zero value is ready to use.
type SortOptions struct {
	// Memory is the approximate number of bytes of records held before sorted
	// runs of them are written to disk. The default, 32 MiB, holds about
	// 100,000 records: a run with fewer never touches the disk. At least 64
	// KiB.
	Memory int
	// Dir is the directory for temporary files. Empty means os.TempDir.
	Dir string
	// MaxDisk is the number of bytes that temporary files may take together. A
	// run that needs more ends with ErrDisk. 0 means no limit. Temporary files
	// take about 250 bytes for each record, and up to twice as many while they
	// are merged.
	MaxDisk int64
}

const defaultSortMemory = 32 << 20

func (o SortOptions) space() *extsort.Space {
	memory := o.Memory
	if memory == 0 {
		memory = defaultSortMemory
	}
	return extsort.NewSpace(memory, o.Dir, o.MaxDisk)
}

// ByID is a key for [Sort]: Afterpay's order id, the key for comparing payments
// with settlement rows.
func ByID(r *Record) string { return r.ID }

// ByToken is a key for [Sort]: the checkout token.
func ByToken(r *Record) string { return r.Token }

// ByReference is a key for [Sort]: the merchant reference of the payment.
func ByReference(r *Record) string { return r.Reference }

// Sort sets the Key of every record and yields the records in the order of
// their keys, ready for [Options.Presorted]. Records with equal keys keep their
// order. Sort reads the source to its end before it yields. It holds up to
// SortOptions.Memory, and beyond that uses temporary files, which are removed
// however the loop ends. Instants come back in UTC.
//
// A record whose key is empty is an error matching [ErrRecord]. An error of the
// source, or of a context that is done, is passed on and ends the sequence.
func Sort(ctx context.Context, records iter.Seq2[Record, error], key func(*Record) string, opts SortOptions) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		s := newSorter(opts.space(), &fileNames{})
		defer s.Close()
		source := reader{side: neither, accepts: func(*Record) bool { return true }}
		add := func(r *Record) error { return s.add(ctx, r) }
		if err := source.file(ctx, records, key, add); err != nil {
			yield(Record{}, err)
			return
		}
		for record, err := range s.sorted(ctx) {
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

// sorter sorts records by their keys.
type sorter struct {
	*extsort.Sorter
	names   *fileNames
	scratch []byte
}

func newSorter(space *extsort.Space, names *fileNames) *sorter {
	return &sorter{Sorter: space.NewSorter(), names: names}
}

// fileNames numbers the files that records come from. Number 0 is no file.
type fileNames []string

// number returns the number of a name. Few files are read, mostly one by one.
func (f *fileNames) number(name string) int {
	if name == "" {
		return 0
	}
	for i := len(*f) - 1; i >= 0; i-- {
		if (*f)[i] == name {
			return i + 1
		}
	}
	*f = append(*f, name)
	return len(*f)
}

func (f *fileNames) name(number int) string {
	if number <= 0 || number > len(*f) {
		return ""
	}
	return (*f)[number-1]
}

func (s *sorter) add(ctx context.Context, r *Record) error {
	s.scratch = append(s.scratch[:0], r.Key...)
	s.scratch = binary.AppendUvarint(s.scratch, uint64(s.names.number(r.File)))
	s.scratch = appendRecord(s.scratch, r)
	n := len(r.Key)
	return sortFault(s.Add(ctx, s.scratch[:n], s.scratch[n:]))
}

// sorted yields the records in order.
func (s *sorter) sorted(ctx context.Context) stream {
	return func(yield func(*Record, error) bool) {
		var record Record
		for item, err := range s.Sorted(ctx) {
			if err == nil {
				number, n := binary.Uvarint(item.Value)
				item.Value = item.Value[max(n, 0):]
				err = decodeRecord(item, &record)
				record.File = s.names.name(int(number))
			}
			if !yield(&record, sortFault(err)) || err != nil {
				return
			}
		}
	}
}

func sortFault(err error) error {
	if errors.Is(err, extsort.ErrFull) {
		return safe.Kindf(ErrDisk, "reconcile: temporary files would need more than SortOptions.MaxDisk allows")
	}
	if err != nil {
		return fmt.Errorf("reconcile: cannot sort: %w", err)
	}
	return nil
}

// stream is a sequence of records of both sides. The record behind the pointer
// belongs to the stream and changes with the next one.
type stream = iter.Seq2[*Record, error]

// merged joins two sides that are sorted by key into one stream sorted by key.
// It checks the order of both as it reads.
func merged(lefts, rights stream) stream {
	return func(yield func(*Record, error) bool) {
		next, stop := iter.Pull2(rights)
		defer stop()
		r, err, more := next()
		for l, fault := range lefts {
			for fault == nil && more && (err != nil || r.Key < l.Key) {
				if !yield(r, err) || err != nil {
					return
				}
				r, err, more = next()
			}
			if !yield(l, fault) || fault != nil {
				return
			}
		}
		for more && yield(r, err) && err == nil {
			r, err, more = next()
		}
	}
}
