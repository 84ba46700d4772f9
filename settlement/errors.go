package settlement

import (
	"errors"
	"fmt"
	"strings"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/csvfile"
)

// Kinds of fault in a settlement report, for [errors.Is]. Two more come from the
// root package: [afterpay.ErrAmount] for a cell without a readable amount, and
// [afterpay.ErrCurrencyMismatch] for an amount or a row in another currency than
// the report.
const (
	// ErrOptions says that [Options] are invalid, or that they lack a currency
	// that the file does not name. Reading ends, except in a partner file, where
	// only rows that were converted need the currency.
	ErrOptions afterpay.Kind = "settlement options"
	// ErrHeader says that the file has no header with the required columns. The
	// error lists the column names found and the option to set. Reading ends.
	ErrHeader afterpay.Kind = "not a settlement report"
	// ErrRead says that the file could not be read. Fault.Err is the error of
	// the reader. Reading ends.
	ErrRead afterpay.Kind = "reading failed"
	// ErrAmbiguousDate says that a date may be day first or month first, and
	// that neither Options.DateLayout nor the file decides it.
	ErrAmbiguousDate afterpay.Kind = "ambiguous date"
	// ErrDateOrder says that a date can only be read in another order of day and
	// month than the one that Options or an earlier row decided.
	ErrDateOrder afterpay.Kind = "contradicting date order"
	// ErrDate says that a cell has no date, or no date and time.
	ErrDate afterpay.Kind = "invalid date"
	// ErrID says that a row has no id, or a damaged one: a spreadsheet has
	// rounded it to 1.00E+11, or its quotation marks are broken.
	ErrID afterpay.Kind = "invalid id"
	// ErrRow says that a line cannot be split into cells, or that it has more or
	// fewer cells than the header.
	ErrRow afterpay.Kind = "malformed row"
)

// Error lists the faults of a row, of the file or of the options. Every error
// of this package's iterators is an *Error. It matches the kinds of all its
// faults.
type Error struct {
	// Line and LastLine are the first and the last line of the file that the
	// error covers. Spreadsheets show the same numbers, the header being on
	// line 1. An error of the header covers the whole file. Both are 0 if
	// nothing was read.
	Line, LastLine int
	// Faults are all faults of the row. There is at least one.
	Faults []Fault
}

// Fault is one fault of a row, of the file or of the options.
type Fault struct {
	// Column is the documented name of the faulty cell's column. It is "" if the
	// whole row or file is at fault.
	Column string
	// Value is the beginning of the faulty cell, at most 32 bytes of it, without
	// the white space and quotation marks around it.
	Value string
	// Kind is the kind of fault.
	Kind afterpay.Kind
	// Err is the reason.
	Err error
}

// newError returns an error with one fault that concerns no cell.
func newError(first, last int, kind afterpay.Kind, reason error) *Error {
	return &Error{Line: first, LastLine: last, Faults: []Fault{{Kind: kind, Err: reason}}}
}

// headerError returns the error of a file that csvfile.Open cannot read.
func headerError(err error) *Error {
	header, ok := errors.AsType[*csvfile.HeaderError](err)
	switch {
	case !ok:
		return newError(1, 1, ErrRead, err)
	case header.Last == 0 && header.Option != "":
		return newError(0, 0, ErrOptions, err)
	}
	return newError(header.First, header.Last, ErrHeader, err)
}

// Error names the lines, and each fault with its column, cell and reason.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("settlement: ")
	switch {
	case e.LastLine > e.Line:
		fmt.Fprintf(&b, "lines %d to %d: ", e.Line, e.LastLine)
	case e.Line > 0:
		fmt.Fprintf(&b, "line %d: ", e.Line)
	}
	for i := range e.Faults {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(e.Faults[i].Error())
	}
	return b.String()
}

// Unwrap returns the faults.
func (e *Error) Unwrap() []error {
	faults := make([]error, len(e.Faults))
	for i := range e.Faults {
		faults[i] = &e.Faults[i]
	}
	return faults
}

// Error returns the column, the cell, the kind and the reason.
func (f *Fault) Error() string {
	var b strings.Builder
	if f.Column != "" {
		fmt.Fprintf(&b, "%s: ", f.Column)
	}
	if f.Value != "" {
		fmt.Fprintf(&b, "%q: ", f.Value)
	}
	b.WriteString(string(f.Kind))
	if f.Err != nil {
		fmt.Fprintf(&b, ": %v", f.Err)
	}
	return b.String()
}

// Is reports whether target is the kind of f.
func (f *Fault) Is(target error) bool {
	kind, ok := target.(afterpay.Kind)
	return ok && kind == f.Kind
}

// Unwrap returns the reason.
func (f *Fault) Unwrap() error { return f.Err }
