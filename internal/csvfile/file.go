// Package csvfile reads tables from CSV files without losing a line.
//
// Open finds the columns by the names in the first line. Next then returns a
// Row for every line or group of lines after it: cells, the mark of a blank
// line, or an error. The lines of all rows, added to File.HeaderLines, are the
// lines of the file. A broken quotation mark spoils its own line and no other.
//
// Cells are read by Clean, ID, Reference, ParseAmount, CurrencyCode, CutDate
// and ParseClock. Each takes every form that has exactly one meaning and
// refuses those that have two.
package csvfile

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxCellLines is the number of lines that a quoted cell may have. A cell with
// more is taken for a stray quotation mark.
const maxCellLines = 20

// Column is a column that the caller wants to read.
type Column struct {
	// Name is the name in the file. Case and white space do not matter. A
	// column without a name is not read.
	Name string
	// Required makes it an error if the file has no such column.
	Required bool
	// Option is the option that gives the column another name, for the error.
	Option string
}

// Row is a line of the file, or several if a quoted cell has line breaks.
type Row struct {
	// First and Last are the lines of the row. The file begins with line 1.
	First, Last int
	// Cells are the cells as the file has them, without their CSV quotation
	// marks. They are valid until the next call of Next.
	Cells []string
	// Blank reports that no cell holds a visible character. Err is nil then.
	Blank bool
	// Err is the reason why the cells cannot be trusted. They may be missing.
	Err error
}

// File is a CSV file with a header.
type File struct {
	// Names are the names in the header, cleaned.
	Names []string
	// HeaderLines is the number of lines up to the end of the header.
	HeaderLines int
	// Delimiter separates the cells.
	Delimiter rune

	lines     lineReader
	ahead     []line // read from lines and not returned yet
	aheadErr  error  // what ended lines
	line      int    // lines returned
	delimiter byte
	positions []int // of the columns, -1 for those that the file lacks
	cells     []string
}

// Open reads the header of a file, which is the first line that is not blank.
// The delimiter 0 stands for a comma, a semicolon or a tab, whichever gives all
// required columns; delimiterOption is the option that sets it, for the error.
// A line such as "sep=;" in front of the header sets it as well.
//
// Every fault of the header is a *HeaderError. Other errors are of r.
func Open(r io.Reader, delimiter rune, delimiterOption string, columns []Column) (*File, error) {
	f := &File{lines: newLineReader(r)}
	if delimiter != 0 && (delimiter < ' ' && delimiter != '\t' || delimiter > '~' || delimiter == '"') {
		return nil, &HeaderError{Reason: fmt.Sprintf("the delimiter %q is not a single ASCII character", delimiter), Option: delimiterOption}
	}
	if err := f.skipBlank(); err != nil {
		return nil, err
	}
	if text := f.ahead[0].text; len(text) == len("sep=;") && strings.EqualFold(text[:4], "sep=") {
		if delimiter == 0 {
			delimiter = rune(text[4])
		}
		f.drop(1)
		if err := f.skipBlank(); err != nil {
			return nil, err
		}
	}
	err := f.readHeader(delimiter, delimiterOption, columns)
	if header, ok := errors.AsType[*HeaderError](err); ok {
		return nil, f.coverRest(header)
	}
	return f, err
}

// Next returns the next row. The error is io.EOF at the end of the file, or the
// error of the underlying reader.
func (f *File) Next() (Row, error) {
	if err := f.fill(1); err != nil {
		return Row{}, err
	}
	row, n := f.record(f.delimiter, len(f.Names))
	row.First, row.Last = f.line+1, f.line+n
	f.drop(n)
	return row, nil
}

// Has reports whether the file has the column with this index in the columns
// that were given to Open.
func (f *File) Has(column int) bool { return f.positions[column] >= 0 }

// Cell returns the cleaned cell of a column, or "" if the file or the row does
// not have it.
func (f *File) Cell(cells []string, column int) string {
	if i := f.positions[column]; i >= 0 && i < len(cells) {
		return Clean(cells[i])
	}
	return ""
}

// Unknown returns the positions of the named columns that were not given to
// Open.
func (f *File) Unknown() []int {
	known := make(map[int]bool, len(f.positions))
	for _, position := range f.positions {
		known[position] = true
	}
	var unknown []int
	for i, name := range f.Names {
		if name != "" && !known[i] {
			unknown = append(unknown, i)
		}
	}
	return unknown
}

// fill reads until n lines are ahead. It fails if there are fewer.
func (f *File) fill(n int) error {
	for len(f.ahead) < n {
		if f.aheadErr != nil {
			return f.aheadErr
		}
		var next line
		if next, f.aheadErr = f.lines.next(); f.aheadErr == nil {
			f.ahead = append(f.ahead, next)
		}
	}
	return nil
}

// drop returns n lines.
func (f *File) drop(n int) {
	f.line += n
	f.ahead = f.ahead[:copy(f.ahead, f.ahead[n:])]
}

// skipBlank drops blank lines in front of the header, with any delimiter.
func (f *File) skipBlank() error {
	for {
		err := f.fill(1)
		if err == io.EOF {
			return &HeaderError{First: min(1, f.line), Last: f.line, Reason: "the file is empty"}
		}
		if err != nil {
			return err
		}
		if !f.ahead[0].isBlank() {
			return nil
		}
		f.drop(1)
	}
}

// coverRest reads the rest of the file, so that the error names all its lines.
func (f *File) coverRest(header *HeaderError) error {
	header.First = 1
	for f.fill(1) == nil {
		f.drop(1)
	}
	header.Last = f.line
	return header
}

// record reads the row at the beginning of the lines ahead, and returns how
// many of them it takes. A width of 0 takes any number of cells.
func (f *File) record(delimiter byte, width int) (Row, int) {
	first := f.ahead[0]
	if first.err != nil {
		return Row{Err: first.err}, 1
	}
	cells, state := splitStrict(f.cells[:0], first.text, delimiter)
	n, text := 1, first.text
	for state == stateOpen && n < maxCellLines && f.fill(n+1) == nil && f.ahead[n].err == nil && len(text) < maxLineBytes {
		text += "\n" + f.ahead[n].text
		n++
		cells, state = splitStrict(cells[:0], text, delimiter)
	}
	f.cells = cells
	switch {
	case state == stateClosed && n == 1:
		return f.checked(cells, width, nil), 1
	case state == stateClosed && (width == 0 || len(cells) == width):
		if f.mayBeRows(n, delimiter, width) {
			return Row{Err: fmt.Errorf("quotation marks join %d lines that may be separate rows", n)}, n
		}
		return f.checked(cells, width, nil), n
	}
	f.cells = splitLoose(f.cells[:0], first.text, delimiter)
	return f.checked(f.cells, width, errStrayQuote), 1
}

// mayBeRows reports whether the next n lines, which quotation marks make one
// row, look like rows of their own: both the first and the last have as many
// cells as the header, or one in between has. A cell with line breaks in the
// last column leaves only the first line that wide, one in the first column
// only the last.
func (f *File) mayBeRows(n int, delimiter byte, width int) bool {
	isRow := func(one line) bool { return width > 1 && strings.Count(one.text, string(delimiter))+1 == width }
	return isRow(f.ahead[0]) && isRow(f.ahead[n-1]) || slices.ContainsFunc(f.ahead[1:n-1], isRow)
}

var errStrayQuote = errors.New("a quotation mark is not closed, or not doubled within a quoted cell")

// checked returns the row of cells, with the faults that all cells can have.
// Blank cells beyond the width are cut off. stray is the fault that explains a
// wrong number of cells.
func (f *File) checked(cells []string, width int, stray error) Row {
	row := Row{Cells: cells, Blank: true}
	last := 0
	for i, cell := range cells {
		if strings.IndexByte(cell, 0) >= 0 {
			return Row{Cells: cells, Err: fmt.Errorf("cell %d holds a NUL byte", i+1)}
		}
		if Clean(cell) != "" {
			row.Blank, last = false, i+1
		}
	}
	if row.Blank || width == 0 {
		return row
	}
	if len(cells) > width && last <= width {
		row.Cells = cells[:width]
	}
	if len(row.Cells) != width {
		row.Err = fmt.Errorf("%d cells under a header of %d", len(cells), width)
		if stray != nil {
			row.Err = fmt.Errorf("%w: %w", stray, row.Err)
		}
	}
	return row
}
