package reconcile

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/csvfile"
	"github.com/afterpay-go/afterpay/internal/safe"
	"github.com/afterpay-go/afterpay/settlement"
)

// format says how the cells of a table are read.
type format struct {
	what      string // "orders", for errors
	options   string // "OrderOptions", for errors
	columns   []csvfile.Column
	delimiter rune
	location  *time.Location
	layout    settlement.DateLayout
	decimal   rune
}

// cells reads the cells of a table row by row. The faults of a row are kept.
type cells struct {
	format
	separator csvfile.Separator
	file      *csvfile.File
	row       []string
	line      int
	fault     *RowError
}

// openCells reads the header of a table from CSV.
func openCells(r io.Reader, f format) (*cells, error) {
	c := &cells{format: f}
	switch f.decimal {
	case 0:
	case '.':
		c.separator = csvfile.Point
	case ',':
		c.separator = csvfile.Comma
	default:
		return nil, c.wrong(ErrOptions, errors.New(f.options+".DecimalSeparator is neither a point nor a comma"))
	}
	if f.layout > settlement.YearFirst {
		return nil, c.wrong(ErrOptions, errors.New(f.options+".DateLayout is unknown"))
	}
	if c.location == nil {
		c.location = time.UTC
	}
	var err error
	c.file, err = csvfile.Open(r, f.delimiter, f.options+".Delimiter", f.columns)
	if _, ok := errors.AsType[*csvfile.HeaderError](err); ok {
		return nil, c.wrong(ErrColumn, err)
	}
	if err != nil {
		return nil, fmt.Errorf("reconcile: %s: %w", f.what, err)
	}
	if c.separator == csvfile.AnySeparator && c.file.Delimiter == ',' {
		c.separator = csvfile.LikelyPoint // as settlement does
	}
	return c, nil
}

// headerOf writes the names of columns as the header of a CSV file.
func headerOf(names []string) io.Reader {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write(names) // a strings.Builder takes all
	w.Flush()
	return strings.NewReader(b.String())
}

func (c *cells) wrong(kind afterpay.Kind, err error) error {
	return &kindError{kind, fmt.Sprintf("reconcile: %s: %v", c.what, err)}
}

// missing is the error for a table that has none of several columns.
func (c *cells) missing(option string, columns ...int) error {
	var names []string
	for _, column := range columns {
		names = append(names, c.columns[column].Name)
	}
	return c.wrong(ErrColumn, &csvfile.HeaderError{
		Reason: "no column is named " + strings.Join(names, " or "), Found: c.file.Names, Option: option,
	})
}

// next reads the next row that is not blank. A *RowError is a row at fault.
func (c *cells) next() error {
	for {
		row, err := c.file.Next()
		switch {
		case errors.Is(err, io.EOF):
			return io.EOF
		case err != nil:
			return fmt.Errorf("reconcile: %s: %w", c.what, err)
		case row.Err != nil:
			return &RowError{Line: row.First, Err: row.Err}
		case !row.Blank:
			c.begin(row.Cells, row.First)
			return nil
		}
	}
}

// begin makes row the row that is read.
func (c *cells) begin(row []string, line int) { c.row, c.line, c.fault = row, line, nil }

// fail notes a fault of the row. All faults of a row are one error, which names
// the column of the first.
func (c *cells) fail(column int, err error) {
	name := c.columns[column].Name
	if c.fault == nil {
		c.fault = &RowError{Line: c.line, Column: name, Err: err}
		return
	}
	c.fault.Err = fmt.Errorf("%w; column %s: %w", c.fault.Err, name, err)
}

// err returns the faults of the row.
func (c *cells) err() error {
	if c.fault == nil {
		return nil
	}
	return c.fault
}

func (c *cells) text(column int) string { return c.file.Cell(c.row, column) }

// id returns an id that Afterpay gave.
func (c *cells) id(column int) string { return c.checked(column, csvfile.ID) }

// reference returns an id that somebody else may have given.
func (c *cells) reference(column int) string { return c.checked(column, csvfile.Reference) }

// token returns a checkout token, which errors do not show.
func (c *cells) token(column int) string {
	token, err := csvfile.Reference(c.text(column))
	if err != nil {
		c.fail(column, err)
	}
	return token
}

func (c *cells) checked(column int, check func(string) (string, error)) string {
	text := c.text(column)
	if text == "" {
		return ""
	}
	id, err := check(text)
	if err != nil {
		c.fail(column, fmt.Errorf("%.32q: %w", text, err))
	}
	return id
}

// currency returns the currency of a row, or the one given for all rows.
func (c *cells) currency(column int, given afterpay.Currency) afterpay.Currency {
	text := c.text(column)
	if text == "" {
		if given == "" {
			c.fail(column, fmt.Errorf("the row has no currency; set %s.Currency", c.options))
		}
		return given
	}
	code, ok := csvfile.CurrencyCode(text)
	if !ok {
		c.fail(column, fmt.Errorf("%.32q is not a currency", text))
	}
	return afterpay.Currency(code)
}

// amount returns an amount in hundredths, and 0 for an empty cell.
func (c *cells) amount(column int, currency afterpay.Currency, scale int) afterpay.Amount {
	text := c.text(column)
	if text == "" {
		return 0
	}
	n, symbol, err := csvfile.ParseAmount(text, scale, c.separator)
	switch {
	case errors.Is(err, csvfile.ErrTwoAmounts):
		err = fmt.Errorf("%w; set %s.DecimalSeparator", err, c.options)
	case err == nil && scale == 0 && strings.ContainsAny(text, ".,"):
		err = errors.New("want a whole number of hundredths")
	}
	if err != nil {
		c.fail(column, safe.Kindf(afterpay.ErrAmount, "%.32q: invalid amount: %v", text, err))
		return 0
	}
	if known, fits := csvfile.CurrencyFits(symbol, string(currency)); currency != "" && (!known || !fits) {
		c.fail(column, safe.Kindf(afterpay.ErrCurrencyMismatch, "%.32q is not in %s", text, currency))
	}
	return afterpay.Amount(n)
}

// time returns an instant, and the zero Time for an empty cell.
func (c *cells) time(column int) time.Time {
	text := c.text(column)
	if text == "" {
		return time.Time{}
	}
	date, rest, ok := csvfile.CutDate(text)
	if !ok {
		c.fail(column, fmt.Errorf("%.32q is not a date", text))
		return time.Time{}
	}
	year, month, day, ok := date.In(csvfile.DateOrder(c.layout))
	if !ok {
		c.fail(column, fmt.Errorf("%.32q cannot be read as a date; set %s.DateLayout", text, c.options))
		return time.Time{}
	}
	if rest == "" {
		return time.Date(year, month, day, 0, 0, 0, 0, c.location)
	}
	clock, ok := csvfile.ParseClock(rest)
	if !ok {
		c.fail(column, fmt.Errorf("%.32q has no time of day after its date", text))
		return time.Time{}
	}
	return clock.In(year, month, day, c.location)
}
