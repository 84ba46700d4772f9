package reconcile

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
)

// OrderOptions say how a table of the shop's orders is read, from a CSV file or
// from the rows of a query. The zero value reads the columns of [DefaultColumns].
type OrderOptions struct {
	// Columns names the columns. An empty name means the default name, and a
	// column of that name is optional. A name given here must be in the table.
	// "-" means that the column is not read.
	Columns Columns
	// Amounts is the meaning of the amount column of orders. By default it is
	// the captured amount.
	Amounts AmountMeaning
	// Currency is the currency of amounts without a currency of their own.
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
	// declined, failed, cancelled, voided and expired. Any other word is an
	// error.
	States map[string]State
	// Comma separates the cells of a CSV file. 0 finds it in the header: comma,
	// semicolon or tab.
	Comma rune
}

// AmountMeaning says what the amount column of a table of orders holds.
//
// Under either meaning, an order whose state holds no money (pending, declined,
// failed, cancelled, voided, expired) has no amount, unless money was refunded on
// it: then it was captured, and the amount counts.
type AmountMeaning uint8

// The meanings.
const (
	// AmountCaptured is the amount captured so far.
	AmountCaptured AmountMeaning = iota
	// AmountTotal is the order's total: authorized if the order is authorized,
	// captured if it is paid, less what was voided and what is still open.
	AmountTotal
)

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
	Amount          string // of an order, see OrderOptions.Amounts, or of a refund
	Authorized      string
	Voided          string
	Open            string // what the shop still means to capture
	// Refunded is the total refunded on an order, for shops that do not keep
	// single refunds. RefundedAt is its time, by default the order's.
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

var columnFields = [columnCount]string{
	"Kind", "Status", "ID", "Token", "Reference", "RefundID", "RequestID", "RefundReference", "At",
	"Currency", "Amount", "Authorized", "Voided", "Open", "Refunded", "RefundedAt",
}

func (c Columns) names() [columnCount]string {
	return [...]string{
		c.Kind, c.Status, c.ID, c.Token, c.Reference, c.RefundID, c.RequestID, c.RefundReference, c.At,
		c.Currency, c.Amount, c.Authorized, c.Voided, c.Open, c.Refunded, c.RefundedAt,
	}
}

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
	fault  *RowError // of the row, if any
}

func newTable(header []string, opts OrderOptions) (*table, error) {
	t := &table{OrderOptions: opts, names: opts.Columns.names(), states: maps.Clone(defaultStates)}
	for word, state := range opts.States {
		t.states[strings.ToLower(strings.TrimSpace(word))] = state
	}
	if t.Location == nil {
		t.Location = time.UTC
	}
	if t.Amounts > AmountTotal {
		return nil, &kindError{ErrOptions, "reconcile: orders: unknown OrderOptions.Amounts"}
	}
	for c, name := range DefaultColumns().names() {
		wanted := t.names[c] != "" || column(c) == colAmount
		if t.names[c] == "" {
			t.names[c] = name
		}
		var err error
		if t.index[c], err = findColumn(header, t.names[c]); err != nil {
			return nil, err
		}
		if wanted && t.index[c] < 0 && t.names[c] != "-" {
			return nil, missingColumn("orders", header, "OrderOptions.Columns."+columnFields[c], t.names[c])
		}
	}
	if t.index[colID] < 0 && t.index[colToken] < 0 && t.index[colReference] < 0 {
		return nil, missingColumn("orders", header, "OrderOptions.Columns.ID, Token or Reference",
			t.names[colID], t.names[colToken], t.names[colReference])
	}
	return t, nil
}

// findColumn returns the position of a column, and -1 if there is none.
func findColumn(header []string, name string) (int, error) {
	found := -1
	for i, h := range header {
		if !strings.EqualFold(strings.TrimSpace(h), strings.TrimSpace(name)) {
			continue
		}
		if found >= 0 {
			return 0, &kindError{ErrColumn, fmt.Sprintf("reconcile: two columns are named %.64q", name)}
		}
		found = i
	}
	return found, nil
}

// missingColumn lists the names that were looked for, those that were found, and
// the option to set.
func missingColumn(what string, header []string, option string, names ...string) error {
	quoted := make([]string, len(header))
	for i, h := range header {
		quoted[i] = fmt.Sprintf("%.64q", strings.TrimSpace(h))
	}
	return &kindError{ErrColumn, fmt.Sprintf("reconcile: %s: no column is named %s; the columns are %s; set %s",
		what, strings.Join(names, ", "), strings.Join(quoted, ", "), option)}
}

// read makes records of a row: the order or refund and, if the order has a total
// of refunds, a refund of that amount without keys.
func (t *table) read(row []string, line int) (record Record, refunded *Record, err error) {
	t.row, t.line, t.fault = row, line, nil
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
	if record.Currency == "" {
		t.fail(colCurrency, fmt.Errorf("the row has no currency; set OrderOptions.Currency"))
	}
	record.Kind = t.kind(&record)
	if ownKey(&record) == "" {
		t.fail(colReference, fmt.Errorf("the row has no id, token or reference"))
	}
	if total := t.amount(colRefunded); total != 0 && record.Kind == KindPayment {
		refunded = &Record{
			Kind: KindRefund, ID: record.ID, Token: record.Token, Reference: record.Reference,
			At: t.time(colRefundedAt), CapturedAt: record.At, Amount: total, Currency: record.Currency, Line: line,
		}
		if refunded.At.IsZero() {
			refunded.At = record.At
		}
	}
	if record.Kind == KindPayment {
		t.meaning(&record)
	}
	if t.fault != nil {
		return Record{}, nil, t.fault
	}
	return record, refunded, nil
}

// meaning applies OrderOptions.Amounts to an order.
func (t *table) meaning(r *Record) {
	switch {
	case r.State == StatePending || r.State.released():
		r.ifRefunded = r.Amount != 0
	case t.Amounts == AmountTotal && r.State == StateAuthorized:
		r.Authorized, r.Amount = r.Amount, 0
	case t.Amounts == AmountTotal:
		r.Amount -= r.Voided + r.Open
	}
}

func (t *table) text(c column) string {
	if i := t.index[c]; i >= 0 && i < len(t.row) {
		return strings.TrimSpace(t.row[i])
	}
	return ""
}

// fail notes a fault of the row. All faults of a row are one error, which names
// the column of the first.
func (t *table) fail(c column, err error) {
	if t.fault == nil {
		t.fault = &RowError{Line: t.line, Column: t.names[c], Err: err}
		return
	}
	t.fault.Err = fmt.Errorf("%w; column %s: %w", t.fault.Err, t.names[c], err)
}

func (t *table) amount(c column) afterpay.Amount {
	text := t.text(c)
	if text == "" {
		return 0
	}
	text = plainNumber(text)
	var amount afterpay.Amount
	err := amount.UnmarshalText([]byte(text))
	if err == nil && t.MinorUnits {
		if strings.Contains(text, ".") || amount%100 != 0 {
			err = fmt.Errorf("%.32q is not a whole number of hundredths: %w", text, afterpay.ErrAmount)
		}
		amount /= 100
	}
	if err != nil {
		t.fail(c, err)
	}
	return amount
}

func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

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
	t.fail(c, fmt.Errorf("%.32q is not a time in a known layout; set OrderOptions.TimeLayout", text))
	return time.Time{}
}

func (t *table) state() State {
	word := t.text(colStatus)
	if state, ok := t.states[word]; ok {
		return state
	}
	state, ok := t.states[strings.ToLower(word)]
	if !ok {
		t.fail(colStatus, fmt.Errorf("the state %.32q is unknown; set OrderOptions.States", word))
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
