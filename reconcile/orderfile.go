package reconcile

import (
	"bufio"
	"database/sql"
	"encoding/csv"
	"errors"
	"io"
	"iter"
)

// ReadOrders reads a shop's orders from a CSV file whose first line names the
// columns, in any order; others are ignored. Blank lines and a byte order mark
// are skipped.
//
// A row that cannot be read yields a [*ColumnError], and the loop may go on
// with the next row. A file without the needed columns ends at once, as does
// one whose quotes are broken.
func ReadOrders(r io.Reader, opts OrderOptions) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		in := csv.NewReader(withoutMark(r))
		in.ReuseRecord = true
		if opts.Comma != 0 {
			in.Comma = opts.Comma
		}
		header, err := in.Read()
		if errors.Is(err, io.EOF) {
			err = errors.New("the file is empty")
		}
		if err != nil {
			yield(Record{}, &ColumnError{Line: 1, Err: err})
			return
		}
		t, err := newTable(header, opts)
		if err != nil {
			yield(Record{}, err)
			return
		}
		for {
			row, err := in.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil && !errors.Is(err, csv.ErrFieldCount) {
				yield(Record{}, csvFault(err))
				return
			}
			if err != nil {
				if !yield(Record{}, csvFault(err)) {
					return
				}
				continue
			}
			line, _ := in.FieldPos(0)
			if !t.tell(row, line, yield) {
				return
			}
		}
	}
}

// tell yields what a row says.
func (t *table) tell(row []string, line int, yield func(Record, error) bool) bool {
	record, refunded, err := t.read(row, line)
	if err != nil {
		return yield(Record{}, err)
	}
	return yield(record, nil) && (refunded == nil || yield(*refunded, nil))
}

func csvFault(err error) error {
	fault := &ColumnError{Err: err}
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		fault.Line, fault.Err = parse.StartLine, parse.Err
	}
	return fault
}

// withoutMark skips the byte order mark that spreadsheets write.
func withoutMark(r io.Reader) io.Reader {
	buffered := bufio.NewReader(r)
	if mark, err := buffered.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = buffered.Discard(3)
	}
	return buffered
}

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
