package reconcile

import (
	"database/sql"
	"iter"
)

// OrderRows reads a shop's orders from the rows of a query, whose columns are
// found by name as in a CSV file. Null is an empty cell. The rows are closed
// at the end of the loop, however it ends.
//
// Amounts should come as text or as decimals that the driver hands over as
// text: a floating-point number is read only where its shortest form is an
// exact amount. Whole hundredths need OrderOptions.MinorUnits.
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
				yield(Record{}, &ColumnError{Line: line, Err: err})
				return
			}
			for i, cell := range cells {
				row[i] = string(cell)
			}
			if !t.tell(row, line, yield) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Record{}, err)
		}
	}
}
