// Package settlement reads the settlement reports that Afterpay writes as CSV
// and adds their rows up to the deposits that reach the bank.
//
// It reads both documented layouts: the export of the Business Hub's
// reconciliation tab and the settlement file of the Partner API. Columns are
// found by their names, in any order. Columns with other names are named in
// Options.Columns, and columns that this package does not know are kept in
// [Row.Extra].
//
// [Options] give what a report leaves out: the time zone, the order of day and
// month in dates and, in the Hub layout, the currency. What the file itself
// makes clear can be left unset. A value with two possible meanings is an
// error.
//
// No line is lost: each belongs to a Row, to an [*Error] that names the line,
// the column and all faults of the row, or to the lines that are passed to
// Options.OnSkip. [Read] streams, so memory does not grow with the file.
package settlement

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/csvfile"
)

// undecidedBytes bounds how much of a file waits for the layout of its dates.
const undecidedBytes = 4 << 20

// Options give what a settlement report leaves out.
type Options struct {
	// Location is the zone of the times in the report, which is usually that of
	// the merchant's Business Hub. Nil leaves the instants of rows zero.
	Location *time.Location
	// DateLayout is the order of day and month. The zero value lets the file
	// decide.
	DateLayout DateLayout
	// TimeLayout is the same for the columns with date and time, for files with
	// two kinds of dates: the Hub documents day first for times, while
	// settlement dates in exports from the United States are month first. The
	// zero value means DateLayout.
	TimeLayout DateLayout
	// Currency is the currency of the settlement. The Hub's export needs it. A
	// partner file needs it only for cross-border orders, and must agree with it
	// otherwise.
	Currency afterpay.Currency
	// Columns names the columns of files that use other names than the
	// documented ones: {"Settlement Date": "Reconciliation Date"}. The name "-"
	// keeps a column from being read.
	Columns map[string]string
	// Delimiter separates the cells. 0 detects a comma, a semicolon or a tab.
	Delimiter rune
	// DecimalSeparator is '.' or ','. 0 reads every amount that has one meaning,
	// such as 1,234.56 and 1.234,56. The amount 1,234 is an error then, and so is
	// 1.234 unless the delimiter is a comma, as in the files of Afterpay.
	DecimalSeparator rune
	// Types gives the meaning of words in the column Type, in any case, beside
	// those that are known: {"Rückbuchung": settlement.TypeDispute}.
	Types map[string]Type
	// OnSkip, if not nil, is called with the first and the last line of
	// whatever is neither a row nor an error: the header, blank lines and lines
	// of totals.
	OnSkip func(first, last int)
}

// Read reads a settlement report row by row. The report is CSV in UTF-8 or
// UTF-16, with lines that end in LF, CR LF or CR. Blank lines are skipped, and
// so are lines of totals, which have no order id and say "Total".
//
// A row with a fault yields a zero Row and an *[Error] with all its faults. The
// loop may go on with the next row. The iteration ends after a fault of the
// whole file: ErrHeader, ErrRead or invalid options. A loop that was left early
// can be resumed by ranging again, which does not repeat rows. The texts of a
// row share memory: clone a field that is kept for long.
//
// Every row has a settlement date, and an id, a reference, or a type other than
// Order and Refund, such as Adjustment.
//
// # Dates
//
// Dates such as 2026-08-11 and 11 Aug 2026 have one meaning. For 11/08/2026,
// unless Options give it, the order of day and month is learned from the file,
// for settlement dates and for times separately. The first cell that allows
// only one order decides it: by a value over 12, by the column Order Month, or
// by an ISO date in the same row. Rows with ambiguous dates wait for such a
// cell, for at most 4 MiB of the file. After that a kind of date that is still
// open takes the order of the other, provided that settlements then follow
// their orders within three weeks. Otherwise each ambiguous row is an
// [ErrAmbiguousDate]. A later cell that contradicts the order is an
// [ErrDateOrder]. If the file has a column ISO Settlement Date, ISO Order Date
// and Time or ISO Refund Date and Time, its dates are used.
//
// # Amounts
//
// Amounts are read exactly, with up to six decimals: $37.00, -$297.27,
// $1,259.72, ($5.00), 5.00-, 1.259,72 €, AUD 5.00. A currency beside an amount
// that contradicts the currency of the row is an
// [afterpay.ErrCurrencyMismatch]. Blank fees are 0. Orders and refunds must
// have the settlement amount and the net settlement amount; other rows need
// one amount, from which the rest is calculated.
func Read(r io.Reader, opts Options) iter.Seq2[Row, error] {
	rd := &reader{
		input: r,
		opts:  opts,
		dates: dateOrder{option: "DateLayout", layout: opts.DateLayout},
		times: dateOrder{option: "TimeLayout", layout: opts.TimeLayout},
	}
	if opts.TimeLayout == DetectLayout {
		rd.times.layout = opts.DateLayout
	}
	return func(yield func(Row, error) bool) {
		for !rd.done {
			row, err := rd.next()
			if err == io.EOF || !yield(row, err) {
				return
			}
		}
	}
}

// reader is the state of one Read.
type reader struct {
	input     io.Reader
	opts      Options
	types     map[string]Type
	separator csvfile.Separator
	file      *csvfile.File  // nil until the header was read
	extra     map[int]string // the names of unknown columns by position
	lastLine  int            // of the row read last
	dates     dateOrder
	times     dateOrder
	held      []cells // read, in the order of the file
	given     int     // the number of held rows that were returned
	done      bool
}

// next returns the next row, its error, or io.EOF.
func (rd *reader) next() (Row, error) {
	if rd.file == nil {
		if err := rd.start(); err != nil {
			rd.done = true
			return Row{}, err
		}
		rd.skip(1, rd.file.HeaderLines)
	}
	for {
		if rd.given == len(rd.held) {
			if err := rd.readOn(); err != nil {
				rd.done = true
				return Row{}, err
			}
		}
		c := rd.held[rd.given]
		rd.given++
		if c.row.Blank || c.isTotals() {
			rd.skip(c.row.First, c.row.Last)
			continue
		}
		if c.row.Err != nil {
			return Row{}, newError(c.row.First, c.row.Last, ErrRow, c.row.Err)
		}
		p := rowParser{reader: rd, cells: c}
		row := p.row()
		if p.faults != nil {
			return Row{}, &Error{Line: c.row.First, LastLine: c.row.Last, Faults: p.faults}
		}
		return row, nil
	}
}

func (rd *reader) skip(first, last int) {
	if rd.opts.OnSkip != nil {
		rd.opts.OnSkip(first, last)
	}
}

// start checks the options and reads the header.
func (rd *reader) start() error {
	columns, err := rd.prepare()
	if err != nil {
		return newError(0, 0, ErrOptions, err)
	}
	file, err := csvfile.Open(rd.input, rd.opts.Delimiter, "Options.Delimiter", columns)
	if err != nil {
		return headerError(err)
	}
	if rd.opts.Currency == "" && !file.Has(int(colPresentmentCurrency)) {
		return newError(0, 0, ErrOptions, errors.New("the file names no currency; set Options.Currency"))
	}
	rd.extra = make(map[int]string)
	for _, i := range file.Unknown() {
		rd.extra[i] = file.Names[i]
		if slices.Contains(file.Names[:i], file.Names[i]) {
			rd.extra[i] = fmt.Sprintf("%s (column %d)", file.Names[i], i+1)
		}
	}
	if rd.separator == csvfile.AnySeparator && file.Delimiter == ',' {
		rd.separator = csvfile.LikelyPoint
	}
	rd.file, rd.lastLine = file, file.HeaderLines
	return nil
}

// prepare checks the options and returns the columns to read.
func (rd *reader) prepare() ([]csvfile.Column, error) {
	if rd.opts.Currency != "" && !isCurrencyCode(rd.opts.Currency) {
		return nil, fmt.Errorf("Options.Currency %.8q is not three upper-case letters", string(rd.opts.Currency))
	}
	if max(rd.opts.DateLayout, rd.opts.TimeLayout) > YearFirst {
		return nil, errors.New("Options.DateLayout or Options.TimeLayout is unknown")
	}
	switch rd.opts.DecimalSeparator {
	case 0:
	case '.':
		rd.separator = csvfile.Point
	case ',':
		rd.separator = csvfile.Comma
	default:
		return nil, fmt.Errorf("Options.DecimalSeparator is %q; want '.' or ','", rd.opts.DecimalSeparator)
	}
	rd.types = maps.Clone(knownTypes)
	rd.types[string(TypeOrder)], rd.types[string(TypeRefund)] = TypeOrder, TypeRefund // found without a copy in lower case
	for word, meaning := range rd.opts.Types {
		rd.types[strings.ToLower(csvfile.Clean(word))] = meaning
	}
	columns := make([]csvfile.Column, numColumns)
	for c, name := range columnNames {
		columns[c] = csvfile.Column{
			Name: name, Required: slices.Contains(requiredColumns[:], column(c)), Option: fmt.Sprintf("Options.Columns[%q]", name),
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rd.opts.Columns)) {
		inFile := rd.opts.Columns[name]
		c := slices.IndexFunc(columnNames[:], func(known string) bool { return strings.EqualFold(known, name) })
		if c < 0 {
			return nil, fmt.Errorf("Options.Columns has %.64q; want one of %q", name, columnNames)
		}
		columns[c].Name, columns[c].Required = inFile, true
		if inFile == "-" {
			columns[c] = csvfile.Column{}
		}
	}
	return columns, nil
}

// readOn reads one row, or more if the first ones need what later ones decide.
func (rd *reader) readOn() error {
	clear(rd.held) // lets go of their texts
	rd.held, rd.given = rd.held[:0], 0
	for size := 0; len(rd.held) == 0 || rd.open() && size < undecidedBytes; {
		row, err := rd.file.Next()
		if err != nil && len(rd.held) > 0 {
			break // Next returns the error again
		}
		if err == io.EOF {
			return err
		}
		if err != nil {
			return newError(rd.lastLine+1, rd.lastLine+1, ErrRead, err)
		}
		rd.lastLine = row.Last
		c := cells{rd.file, row}
		rd.learn(c)
		if rd.open() {
			c.row.Cells = slices.Clone(row.Cells) // the next row overwrites them
			for _, cell := range row.Cells {
				size += len(cell) + 1
			}
		}
		rd.held = append(rd.held, c)
	}
	rd.decide()
	return nil
}

func isCurrencyCode(c afterpay.Currency) bool {
	_, err := afterpay.ParseMoney("0", c)
	return err == nil
}
