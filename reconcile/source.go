package reconcile

import (
	"context"
	"iter"

	"github.com/afterpay-go/afterpay"
)

// reader is one side as far as it was read.
type reader struct {
	record  Record // the latest
	side    sideOf
	accepts func(*Record) bool
	number  int64
}

// take makes record the latest and says whether it can be compared at all.
func (r *reader) take(ctx context.Context, record Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.record = record
	r.record.side = r.side
	r.number++
	switch {
	case !r.accepts(&r.record),
		!isCurrency(record.Currency) && (record.Currency != "" || record.Amount != 0),
		!isSmall(record.Amount) || !isSmall(record.Authorized) || !isSmall(record.Voided) || !isSmall(record.Open):
		return r.fault(ErrRecord)
	}
	return nil
}

// isSmall keeps amounts within ±90 trillion, so that neither differences nor
// the sums of a group can run over. Totals are watched as they are added up.
func isSmall(a afterpay.Amount) bool { return -1<<53 <= a && a <= 1<<53 }

// isCurrency keeps what is no currency, such as a column read by mistake, from
// making an account of its own for every record.
func isCurrency(c afterpay.Currency) bool {
	if len(c) != 3 {
		return false
	}
	for i := range len(c) {
		if c[i] < 'A' || c[i] > 'Z' {
			return false
		}
	}
	return true
}

// takeNext is take for a side that is sorted by key.
func (r *reader) takeNext(ctx context.Context, record Record) error {
	last := r.record.Key
	if err := r.take(ctx, record); err != nil {
		return err
	}
	switch {
	case record.Key == "":
		return r.fault(ErrRecord)
	case record.Key < last:
		return r.fault(ErrOrder)
	}
	return nil
}

// fault is an error at the latest record.
func (r *reader) fault(kind afterpay.Kind) error {
	return &Error{Side: r.side.String(), Number: r.number, Line: r.record.Line, Key: r.record.Key, Kind: kind}
}

// file reads a side to its end, gives every record its key, and adds it to a
// sorter or does whatever add does.
func (r *reader) file(ctx context.Context, records iter.Seq2[Record, error], key func(*Record) string, add func(*Record) error) error {
	for record, err := range records {
		if err == nil {
			err = r.take(ctx, record)
		}
		if err != nil {
			return err
		}
		if r.record.Key = key(&r.record); r.record.Key == "" {
			return r.fault(ErrRecord)
		}
		if err := add(&r.record); err != nil {
			return err
		}
	}
	return nil
}

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
