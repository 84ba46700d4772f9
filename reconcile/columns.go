package reconcile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
)

// OrderOptions say how a table of the shop's orders is read, be it a CSV file
// or the rows of a query. The zero value reads the columns of
// [DefaultColumns].
type OrderOptions struct {
	// Columns names the columns. A name left empty is the default's; a column
	// that the table lacks is not read. "-" keeps a column from being read.
	Columns Columns
	// Currency is that of amounts without a currency of their own.
	Currency afterpay.Currency
	// MinorUnits says that amounts are whole hundredths: 5000 for 50.00.
	MinorUnits bool
	// Location is the zone of times that name none. Nil means UTC.
	Location *time.Location
	// TimeLayout is the layout of times, as for [time.Parse]. Empty accepts
	// RFC 3339, "2006-01-02 15:04:05" and "2006-01-02", fractions included.
	TimeLayout string
	// States gives the shop's words for the states of an order, in any case.
	// They are added to pending, authorized, captured, paid, refunded,
	// declined, failed, cancelled, voided and expired. A word that neither
	// knows is an error, as a guess would hide what it means.
	States map[string]State
	// Comma separates the cells of a CSV file. 0 means a comma.
	Comma rune
}

// Columns are the names of the columns in a table of orders. Case does not
// matter.
//
// A row is an order, or a refund if Kind says "refund" or, without that
// column, if one of the refund's own columns is filled. Of ID, Token and
// Reference a row needs one.
type Columns struct {
	Kind            string // "order", "payment" or "refund"
	Status          string // the state of the order
	ID              string // Afterpay's order id
	Token           string // the checkout token
	Reference       string // the merchant reference, as a rule the order number
	RefundID        string // Afterpay's refund id
	RequestID       string // the request id of the refund
	RefundReference string // the merchant reference of the refund
	At              string // when the order was paid for, or the refund made
	Currency        string
	Amount          string // what was captured of an order; the amount of a refund
	Authorized      string
	Voided          string
	Open            string // what the shop still means to capture
	// Refunded is what was paid back of an order in total, for shops that keep
	// no single refunds, and RefundedAt when; without it, the order's time.
	Refunded   string
	RefundedAt string
}

// DefaultColumns returns the names used where [OrderOptions.Columns] has none.
func DefaultColumns() Columns {
	return Columns{
		Kind: "kind", Status: "status", ID: "afterpay_id", Token: "token", Reference: "reference",
		RefundID: "refund_id", RequestID: "request_id", RefundReference: "refund_reference", At: "paid_at",
		Currency: "currency", Amount: "amount", Authorized: "authorized", Voided: "voided", Open: "open",
		Refunded: "refunded", RefundedAt: "refunded_at",
	}
}

// column numbers the fields of Columns.
type column int

const (
	colKind column = iota
	colStatus
	colID
	colToken
	colReference
	colRefundID
	colRequestID
	colRefundReference
	colAt
	colCurrency
	colAmount
	colAuthorized
	colVoided
	colOpen
	colRefunded
	colRefundedAt
	columnCount
)

func (c Columns) names() [columnCount]string {
	return [...]string{
		c.Kind, c.Status, c.ID, c.Token, c.Reference, c.RefundID, c.RequestID, c.RefundReference, c.At,
		c.Currency, c.Amount, c.Authorized, c.Voided, c.Open, c.Refunded, c.RefundedAt,
	}
}

// ColumnError is a fault in a table of orders. It matches [ErrColumn] and its
// reason.
type ColumnError struct {
	// Line is the line of the file or the number of the row, from 1.
	Line int
	// Column is the name of the column at fault, "" for the whole row.
	Column string
	// Err is the reason.
	Err error
}

// Error says where the fault is and what it is.
func (e *ColumnError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("reconcile: orders, line %d: %v", e.Line, e.Err)
	}
	return fmt.Sprintf("reconcile: orders, line %d, column %s: %v", e.Line, e.Column, e.Err)
}

// Unwrap returns the reason and ErrColumn.
func (e *ColumnError) Unwrap() []error { return []error{e.Err, ErrColumn} }

var defaultStates = map[string]State{
	"": StateUnknown, "pending": StatePending, "authorized": StateAuthorized, "authorised": StateAuthorized,
	"captured": StateCaptured, "paid": StateCaptured, "refunded": StateCaptured, "declined": StateDeclined,
	"failed": StateDeclined, "cancelled": StateCancelled, "canceled": StateCancelled, "voided": StateVoided,
	"expired": StateExpired,
}

// table reads the rows of a table of orders.
type table struct {
	OrderOptions
	names  [columnCount]string
	index  [columnCount]int // position of the column, -1 if the table has none
	states map[string]State
	row    []string
	line   int
	err    error // the first fault of the row
}

func newTable(header []string, opts OrderOptions) (*table, error) {
	t := &table{OrderOptions: opts, names: opts.Columns.names(), states: maps.Clone(defaultStates)}
	for word, state := range opts.States {
		t.states[strings.ToLower(strings.TrimSpace(word))] = state
	}
	if t.Location == nil {
		t.Location = time.UTC
	}
	for c, name := range DefaultColumns().names() {
		required := t.names[c] != "" // a column that was asked for by name
		if !required {
			t.names[c] = name
		}
		t.index[c] = slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), t.names[c]) })
		if required && t.index[c] < 0 && t.names[c] != "-" {
			return nil, &ColumnError{Line: 1, Column: t.names[c], Err: fmt.Errorf("there is no such column")}
		}
	}
	if t.index[colID] < 0 && t.index[colToken] < 0 && t.index[colReference] < 0 {
		return nil, &ColumnError{Line: 1, Err: fmt.Errorf("one of the columns %s, %s and %s is needed",
			t.names[colID], t.names[colToken], t.names[colReference])}
	}
	if t.index[colAmount] < 0 {
		return nil, &ColumnError{Line: 1, Column: t.names[colAmount], Err: fmt.Errorf("there is no such column")}
	}
	return t, nil
}

// read makes records of a row: the order or refund, and the order's refunded
// sum as a refund without keys, if it has one.
func (t *table) read(row []string, line int) (record Record, refunded *Record, err error) {
	t.row, t.line, t.err = row, line, nil
	record = Record{
		ID: t.text(colID), Token: t.text(colToken), Reference: t.text(colReference),
		RefundID: t.text(colRefundID), RequestID: t.text(colRequestID), RefundReference: t.text(colRefundReference),
		At: t.time(colAt), Amount: t.amount(colAmount), Authorized: t.amount(colAuthorized),
		Voided: t.amount(colVoided), Open: t.amount(colOpen), State: t.state(), Line: line,
		Currency: afterpay.Currency(strings.ToUpper(t.text(colCurrency))),
	}
	if record.Currency == "" {
		record.Currency = t.Currency
	}
	if record.Currency == "" && t.err == nil {
		t.fail(colCurrency, fmt.Errorf("the row has no currency, and OrderOptions.Currency is not set"))
	}
	record.Kind = t.kind(&record)
	if ownKey(&record) == "" && t.err == nil {
		t.err = &ColumnError{Line: line, Err: fmt.Errorf("the row has neither id, token nor reference")}
	}
	if sum := t.amount(colRefunded); sum != 0 && record.Kind == KindPayment {
		refunded = &Record{
			Kind: KindRefund, ID: record.ID, Token: record.Token, Reference: record.Reference,
			At: t.time(colRefundedAt), CapturedAt: record.At, Amount: sum, Currency: record.Currency, Line: line,
		}
		if refunded.At.IsZero() {
			refunded.At = record.At
		}
	}
	return record, refunded, t.err
}

func (t *table) text(c column) string {
	if i := t.index[c]; i >= 0 && i < len(t.row) {
		return strings.TrimSpace(t.row[i])
	}
	return ""
}

func (t *table) fail(c column, err error) {
	if t.err == nil {
		t.err = &ColumnError{Line: t.line, Column: t.names[c], Err: err}
	}
}

func (t *table) amount(c column) afterpay.Amount {
	text := t.text(c)
	if text == "" {
		return 0
	}
	var amount afterpay.Amount
	err := amount.UnmarshalText([]byte(text))
	if err == nil && t.MinorUnits {
		if strings.Contains(text, ".") || amount%100 != 0 {
			err = fmt.Errorf("%.32q is no whole number of hundredths: %w", text, afterpay.ErrAmount)
		}
		amount /= 100
	}
	if err != nil {
		t.fail(c, err)
	}
	return amount
}

func (t *table) time(c column) time.Time {
	text := t.text(c)
	if text == "" {
		return time.Time{}
	}
	layouts := [...]string{time.RFC3339, "2006-01-02 15:04:05", time.DateOnly}
	for _, layout := range layouts {
		if t.TimeLayout != "" {
			layout = t.TimeLayout
		}
		if at, err := time.ParseInLocation(layout, text, t.Location); err == nil {
			return at
		} else if t.TimeLayout != "" {
			break
		}
	}
	t.fail(c, fmt.Errorf("%.32q is no time that the layout allows", text))
	return time.Time{}
}

func (t *table) state() State {
	word := t.text(colStatus)
	if state, ok := t.states[word]; ok {
		return state
	}
	state, ok := t.states[strings.ToLower(word)]
	if !ok {
		t.fail(colStatus, fmt.Errorf("the state %.32q is not known; give its meaning in OrderOptions.States", word))
	}
	return state
}

func (t *table) kind(r *Record) Kind {
	switch word := strings.ToLower(t.text(colKind)); word {
	case "order", "payment":
		return KindPayment
	case "refund":
		return KindRefund
	case "":
		if r.RefundID != "" || r.RequestID != "" || r.RefundReference != "" {
			return KindRefund
		}
	default:
		t.fail(colKind, fmt.Errorf("%.32q is neither order, payment nor refund", word))
	}
	return KindPayment
}
