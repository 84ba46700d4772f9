package settlement

import (
	"fmt"
	"strings"

	"github.com/afterpay-go/afterpay"
)

// Classes of fault in a settlement report, for [errors.Is]. Two more come from
// the root package: [afterpay.ErrAmount] for a cell that is no amount, and
// [afterpay.ErrCurrencyMismatch] for an amount whose symbol, or a row whose
// currency, contradicts the currency of the report.
const (
	// ErrOptions says that [Options] are wrong, which ends the reading, or that
	// they lack the currency where the file does not tell it. In a partner
	// file that is a fault of the cross-border rows alone.
	ErrOptions afterpay.Kind = "settlement options"
	// ErrHeader says that the file does not begin with the header of a
	// settlement report. Reading ends.
	ErrHeader afterpay.Kind = "not a settlement report"
	// ErrRead says that the file could not be read on. Err is the reader's
	// error. Reading ends.
	ErrRead afterpay.Kind = "reading failed"
	// ErrAmbiguousDate says that the file's dates may be read day first or
	// month first and that Options.DateLayout is not set. Reading ends.
	ErrAmbiguousDate afterpay.Kind = "ambiguous date order"
	// ErrDateOrder says that a date only makes sense in another order of day
	// and month than the one given, or decided by earlier rows.
	ErrDateOrder afterpay.Kind = "contradicting date order"
	// ErrDate says that a cell is no date, or no date and time.
	ErrDate afterpay.Kind = "invalid date"
	// ErrOrderID says that a row has a date and an amount but no Afterpay
	// order id, or an id that a spreadsheet has rounded to "1.00E+11".
	ErrOrderID afterpay.Kind = "invalid Afterpay id"
	// ErrRow says that a row has more or fewer cells than the header. A row
	// longer than 1 MiB is taken for a missing quotation mark; reading ends.
	ErrRow afterpay.Kind = "malformed row"
)

// Error is a fault in a settlement report, or in the options it is read with.
// Every error of this package's iterators is an *Error.
type Error struct {
	// Row is the line of the file on which the faulty row begins, the header
	// being on line 1; spreadsheets show the same number. It is 0 for faults
	// of the options.
	Row int
	// Column is the documented header of the faulty cell; "" when the whole
	// row or file is at fault.
	Column string
	// Value is the faulty cell without the blanks and the quoting around it,
	// at most 32 bytes of it; "" when there is none.
	Value string
	// Kind is the class of the fault.
	Kind afterpay.Kind
	// Err is the reason: an error of the reader, or a sentence.
	Err error
}

// Error says where the fault is and what it is.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("settlement: ")
	if e.Row > 0 {
		fmt.Fprintf(&b, "row %d: ", e.Row)
	}
	if e.Column != "" {
		fmt.Fprintf(&b, "%s: ", e.Column)
	}
	if e.Value != "" {
		fmt.Fprintf(&b, "%q: ", e.Value)
	}
	b.WriteString(string(e.Kind))
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Is reports whether target is the kind of e.
func (e *Error) Is(target error) bool {
	kind, ok := target.(afterpay.Kind)
	return ok && kind == e.Kind
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }
