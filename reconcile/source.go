package reconcile

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/settlement"
)

// Convert makes records from anything that can be iterated over, such as the
// rows of an ORM or the pages of another service. An error of convert is a
// [RowError]: the row is left out. An error of the source is passed on.
func Convert[T any](source iter.Seq2[T, error], convert func(T) (Record, error)) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for value, err := range source {
			var record Record
			if err == nil {
				if record, err = convert(value); err != nil {
					err = asRowError(err)
				}
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

// Concat joins several sources into one side, read one after the other:
// payments and disputes, or the reports of several days.
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

// InFile sets the File of the records of a source, and of its errors, so that
// findings name the file beside the line.
func InFile(name string, source iter.Seq2[Record, error]) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for record, err := range source {
			record.File = name
			if row, ok := errors.AsType[*RowError](err); ok {
				named := *row
				named.File = name
				err = &named
			} else if err != nil {
				err = fmt.Errorf("%s: %w", name, err)
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

// RowError is a row of a source that cannot be read. It matches [ErrRow] and its
// reason. Sources that yield one go on with the next row; a run reports it as
// [UnreadableRow].
type RowError struct {
	// File is the name given to [InFile].
	File string
	// Line is the line of the file or the number of the row, from 1. It is 0 if
	// the source has no lines.
	Line int
	// Column is the name of the column at fault, empty for the whole row.
	Column string
	// Err is the reason.
	Err error
}

// Error returns the place and the reason.
func (e *RowError) Error() string {
	text := "reconcile: "
	if e.File != "" {
		text += e.File + ", "
	}
	if e.Line > 0 {
		text += fmt.Sprintf("line %d, ", e.Line)
	}
	if e.Column != "" {
		text += "column " + e.Column + ", "
	}
	return text[:len(text)-2] + ": " + e.reason()
}

func (e *RowError) reason() string {
	row, ok := errors.AsType[*settlement.Error](e.Err)
	if !ok {
		return e.Err.Error()
	}
	var faults []string
	for _, fault := range row.Faults {
		if fault.Column == e.Column {
			fault.Column = "" // it is named already
		}
		faults = append(faults, fault.Error())
	}
	return strings.Join(faults, "; ")
}

// Unwrap returns the reason and ErrRow.
func (e *RowError) Unwrap() []error { return []error{e.Err, ErrRow} }

// asRowError returns err as a RowError with what it knows of the place.
func asRowError(err error) error {
	if row, ok := errors.AsType[*RowError](err); ok {
		return row
	}
	row := &RowError{Err: err}
	if fault, ok := errors.AsType[*settlement.Error](err); ok {
		row.Line, row.Column = fault.Line, fault.Faults[0].Column
	}
	return row
}

// reader reads one side.
type reader struct {
	record  Record // the latest
	side    sideOf
	accepts func(*Record) bool
	// refused is told of rows that cannot be read or compared. It returns an
	// error to end the run. If it is nil, the first of them ends the run.
	refused func(side sideOf, r *Record, err error) error
	number  int64
}

// take makes record the latest, and returns an error if it cannot be compared.
func (r *reader) take(record Record) error {
	r.record = record
	r.record.side = r.side
	switch {
	case !r.accepts(&r.record):
		return r.fault(ErrRecord, "the kind "+record.Kind.String()+" does not belong on this side")
	case !isCurrency(record.Currency) && (record.Currency != "" || record.Amount != 0 && record.Kind != KindDispute):
		return r.fault(ErrRecord, "the currency is missing or invalid")
	case !isSmall(record.Amount) || !isSmall(record.Authorized) || !isSmall(record.Voided) || !isSmall(record.Open):
		return r.fault(ErrRecord, "an amount is out of range")
	}
	return nil
}

// isSmall limits amounts to ±90 trillion, so that neither differences nor the
// sums of a group can overflow. Totals are checked as they are added up.
func isSmall(a afterpay.Amount) bool { return -1<<53 <= a && a <= 1<<53 }

// isCurrency refuses codes that are no currency, such as a column read by
// mistake, which would make a total of their own for every record.
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

// next judges what a source yielded. It returns false for a row that was refused
// and is to be passed over.
func (r *reader) next(ctx context.Context, record Record, err error, key func(*Record) string) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	r.number++
	switch {
	case err == nil:
		err = r.take(record)
	case errors.Is(err, ErrRow):
		r.record = record
	default:
		return false, err
	}
	if err == nil {
		if r.record.Key = key(&r.record); r.record.Key == "" {
			err = r.fault(ErrRecord, "it has no key")
		}
	}
	if err != nil && r.refused != nil {
		return false, r.refused(r.side, &r.record, err)
	}
	return err == nil, err
}

// fault returns an error at the latest record.
func (r *reader) fault(kind afterpay.Kind, reason string) error {
	return &Error{Side: r.side.String(), Number: r.number, File: r.record.File, Line: r.record.Line, Key: r.record.Key, Kind: kind, Reason: reason}
}

// file reads a side to its end, gives every record its key and hands it to add.
func (r *reader) file(ctx context.Context, records iter.Seq2[Record, error], key func(*Record) string, add func(*Record) error) error {
	for record, err := range records {
		ok, err := r.next(ctx, record, err, key)
		if ok {
			err = add(&r.record)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// inOrder yields the records of a side that is sorted by key, and checks the
// order.
func (r *reader) inOrder(ctx context.Context, records iter.Seq2[Record, error]) stream {
	return func(yield func(*Record, error) bool) {
		last := ""
		for record, err := range records {
			ok, err := r.next(ctx, record, err, func(r *Record) string { return r.Key })
			if ok && r.record.Key < last {
				err = r.fault(ErrOrder, "")
			}
			if !ok && err == nil {
				continue
			}
			last = r.record.Key
			if !yield(&r.record, err) || err != nil {
				return
			}
		}
	}
}

// rowKey is the key of a settlement row: the id or reference of its payment, or the
// id of its dispute. A row that has none gets a key of its own.
func (r *reader) rowKey(row *Record) string {
	if key := firstOf(idKey(row.ID), referenceKey(row.Reference), disputeKey(row.DisputeID)); key != "" {
		return key
	}
	return fmt.Sprintf("n%020d", r.number)
}
