package reconcile

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"iter"
)

// ReadOrders reads a shop's orders from a CSV file whose first line names the
// columns, in any order. Columns without a meaning are ignored. Blank lines and a
// byte order mark are skipped.
//
// A row that cannot be read yields a [*RowError], and the loop may go on with the
// next row. A file without the needed columns ends at once with an error matching
// [ErrColumn], which lists the names found and the option to set.
func ReadOrders(r io.Reader, opts OrderOptions) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		in, err := openCSV(r, opts.Comma)
		if err != nil {
			yield(Record{}, fmt.Errorf("reconcile: orders: %w", err))
			return
		}
		t, err := newTable(in.header, opts)
		if err != nil {
			yield(Record{}, err)
			return
		}
		for {
			row, line, err := in.next()
			switch {
			case errors.Is(err, io.EOF):
				return
			case err == nil:
				if !t.yieldRow(row, line, yield) {
					return
				}
			default:
				if !yield(Record{}, err) || !errors.Is(err, ErrRow) {
					return
				}
			}
		}
	}
}

// yieldRow yields the records of a row.
func (t *table) yieldRow(row []string, line int, yield func(Record, error) bool) bool {
	record, refunded, err := t.read(row, line)
	if err != nil {
		return yield(Record{}, err)
	}
	return yield(record, nil) && (refunded == nil || yield(*refunded, nil))
}

// OrderRows reads a shop's orders from the rows of a query. Columns are found by
// name, as in a CSV file. Null is an empty cell. The rows are closed at the end
// of the loop, however it ends.
//
// Amounts should come as text, or as decimals that the driver returns as text. A
// floating-point number is read only if its shortest form is an exact amount.
// Whole hundredths need OrderOptions.MinorUnits.
func OrderRows(rows *sql.Rows, opts OrderOptions) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		defer func() { _ = rows.Close() }() // its error is that of rows.Err
		header, err := rows.Columns()
		if err != nil {
			yield(Record{}, err)
			return
		}
		t, err := newTable(header, opts)
		if err != nil {
			yield(Record{}, err)
			return
		}
		cells := make([]sql.RawBytes, len(header))
		targets := make([]any, len(header))
		for i := range cells {
			targets[i] = &cells[i]
		}
		row := make([]string, len(header))
		for line := 1; rows.Next(); line++ {
			if err := rows.Scan(targets...); err != nil {
				yield(Record{}, &RowError{Line: line, Err: err})
				return
			}
			for i, cell := range cells {
				row[i] = string(cell)
			}
			if !t.yieldRow(row, line, yield) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Record{}, err)
		}
	}
}
