// Package output writes what the commands print: rows as a table, as JSON lines
// or as CSV, and progress on a terminal.
package output

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Format is a form of output.
type Format string

// The formats.
const (
	Table     Format = "table" // for people
	JSONLines Format = "jsonl" // an object on each line, for programs
	CSV       Format = "csv"   // with a header, for spreadsheets
)

// ErrFormat says that a format is unknown.
var ErrFormat = errors.New("the output format must be table, jsonl or csv")

// Rows writes rows of cells under named columns. A cell is a text, a number, a
// truth value, or nil for an empty cell; in JSON lines it may be anything that
// encoding/json encodes. Call Close after the last row.
type Rows struct {
	columns []string
	write   func(cells []any) error
	finish  func() error
}

// NewRows returns a writer of rows in a format. Tables are printed by Close and
// have a bold header if colors is set; the other formats are printed row by row.
func NewRows(w io.Writer, format Format, colors bool, columns ...string) (*Rows, error) {
	r := &Rows{columns: columns, finish: func() error { return nil }}
	switch format {
	case Table:
		r.table(w, colors)
	case JSONLines:
		r.write = func(cells []any) error { return r.object(w, cells) }
	case CSV:
		return r, r.csv(w)
	default:
		return nil, fmt.Errorf("%w, not %q", ErrFormat, format)
	}
	return r, nil
}

// Write writes a row, which has a cell for each column.
func (r *Rows) Write(cells ...any) error { return r.write(cells) }

// Close writes what is left.
func (r *Rows) Close() error { return r.finish() }

func (r *Rows) table(w io.Writer, colors bool) {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	style := t.Style()
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = text.FormatUpper
	if colors {
		style.Color.Header = text.Colors{text.Bold}
	}
	header := make(table.Row, len(r.columns))
	for i, name := range r.columns {
		header[i] = strings.ReplaceAll(name, "_", " ")
	}
	t.AppendHeader(header)
	r.write = func(cells []any) error {
		row := make(table.Row, len(cells))
		for i, cell := range cells {
			row[i] = oneLine(plain(cell))
		}
		t.AppendRow(row)
		return nil
	}
	r.finish = func() error {
		lines := strings.Split(t.Render(), "\n")
		for i, line := range lines {
			lines[i] = strings.TrimRight(line, " ") + "\n"
		}
		_, err := io.WriteString(w, strings.Join(lines, ""))
		return err
	}
}

// object writes a row as a JSON object whose fields are in the order of the
// columns.
func (r *Rows) object(w io.Writer, cells []any) error {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	line.WriteByte('{')
	for i, cell := range cells {
		if i > 0 {
			line.WriteByte(',')
		}
		fmt.Fprintf(&line, "%q:", r.columns[i])
		if err := encoder.Encode(cell); err != nil {
			return err
		}
		line.Truncate(line.Len() - 1) // the line end of Encode
	}
	line.WriteString("}\n")
	_, err := w.Write(line.Bytes())
	return err
}

func (r *Rows) csv(w io.Writer) error {
	c := csv.NewWriter(w)
	r.write = func(cells []any) error {
		row := make([]string, len(cells))
		for i, cell := range cells {
			row[i] = SpreadsheetCell(plain(cell))
		}
		_ = c.Write(row) // Error returns its error
		c.Flush()
		return c.Error()
	}
	_ = c.Write(r.columns)
	c.Flush()
	return c.Error()
}

// plain returns the text of a cell.
func plain(cell any) string {
	if cell == nil {
		return ""
	}
	return fmt.Sprint(cell)
}

// SpreadsheetCell makes a text safe to open in a spreadsheet, which reads a cell
// that begins with one of a few characters as a formula: a leading apostrophe
// prevents that. A number is left alone. The result has no line ends, so that
// each row is one line.
func SpreadsheetCell(s string) string {
	s = oneLine(s)
	if number(s) || strings.IndexAny(strings.TrimLeft(s, " "), "'=+-@＝＋－＠") != 0 {
		return s
	}
	return "'" + s
}

// number reports whether s is a negative decimal number.
func number(s string) bool {
	digits, found := strings.CutPrefix(s, "-")
	return found && digits != "" && strings.Trim(digits, "0123456789.") == "" && digits[0] != '.'
}

// oneLine replaces control characters, which could move the cursor of a terminal,
// end a line, or turn the order of what follows around.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, s)
}
