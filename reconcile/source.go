package reconcile

import (
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
func (r *reader) take(record Record) error {
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
func (r *reader) takeNext(record Record) error {
	last := r.record.Key
	if err := r.take(record); err != nil {
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
func (r *reader) file(records iter.Seq2[Record, error], key func(*Record) string, add func(*Record) error) error {
	for record, err := range records {
		if err == nil {
			err = r.take(record)
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
