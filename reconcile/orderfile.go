package reconcile

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"strings"

	"github.com/afterpay-go/afterpay/internal/csvfile"
)

// ReadOrders reads a shop's orders from a CSV file whose first line names the
// columns, in any order. Columns without a meaning are ignored. Blank lines and a
// byte order mark are skipped.
//
// A row that cannot be read yields a [*RowError], and the loop may go on with the
// next row. A file without the needed columns ends at once with an error matching
// [ErrColumn], which lists the names found and the option to set.
func ReadOrders(r io.Reader, opts OrderOptions) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		t, err := newTable(r, opts)
		if err != nil {
			yield(Record{}, err)
			return
		}
		for {
			err := t.next()
			switch {
			case errors.Is(err, io.EOF):
				return
			case err == nil:
				if !t.yieldRow(yield) {
					return
				}
			default:
				if !yield(Record{}, err) || !errors.Is(err, ErrRow) {
					return
				}
			}
		}
	}
}

// OrderRows reads a shop's orders from the rows of a query. Columns are found by
// name, as in a CSV file. Null is an empty cell. The rows are closed at the end
// of the loop, however it ends.
//
// Amounts should come as text, or as decimals that the driver returns as text. A
// floating-point number is read only if its shortest form is an exact amount.
// Whole hundredths need OrderOptions.MinorUnits.
func OrderRows(rows *sql.Rows, opts OrderOptions) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		defer func() { _ = rows.Close() }() // its error is that of rows.Err
		names, err := rows.Columns()
		if err != nil {
			yield(Record{}, err)
			return
		}
		opts.Delimiter = ','
		t, err := newTable(headerOf(names), opts)
		if err != nil {
			yield(Record{}, err)
			return
		}
		values := make([]sql.RawBytes, len(names))
		targets := make([]any, len(names))
		for i := range values {
			targets[i] = &values[i]
		}
		row := make([]string, len(names))
		for line := 1; rows.Next(); line++ {
			if err := rows.Scan(targets...); err != nil {
				yield(Record{}, fmt.Errorf("reconcile: orders, row %d: %w", line, err))
				return
			}
			for i, value := range values {
				row[i] = string(value)
			}
			t.begin(row, line)
			if !t.yieldRow(yield) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Record{}, err)
		}
	}
}

// table reads the rows of a table of orders.
type table struct {
	*cells
	opts   OrderOptions
	states map[string]State
	scale  int // decimals of amounts
}

func newTable(r io.Reader, opts OrderOptions) (*table, error) {
	if opts.Amounts > AmountTotal {
		return nil, &kindError{ErrOptions, "reconcile: orders: OrderOptions.Amounts is unknown"}
	}
	columns := make([]csvfile.Column, columnCount)
	given, normal := opts.Columns.names(), DefaultColumns().names()
	for c := range columns {
		columns[c] = csvfile.Column{Name: firstOf(given[c], normal[c]), Required: given[c] != "" || c == colAmount, Option: "OrderOptions.Columns." + columnFields[c]}
		if given[c] == "-" {
			columns[c] = csvfile.Column{}
		}
	}
	in, err := openCells(r, format{
		what: "orders", options: "OrderOptions", columns: columns, delimiter: opts.Delimiter,
		location: opts.Location, layout: opts.DateLayout, decimal: opts.DecimalSeparator,
	})
	if err != nil {
		return nil, err
	}
	if !in.file.Has(colID) && !in.file.Has(colToken) && !in.file.Has(colReference) {
		return nil, in.missing("OrderOptions.Columns.ID, Token or Reference", colID, colToken, colReference)
	}
	t := &table{cells: in, opts: opts, states: maps.Clone(defaultStates), scale: 2}
	if opts.MinorUnits {
		t.scale = 0
	}
	for word, state := range opts.States {
		t.states[strings.ToLower(strings.TrimSpace(word))] = state
	}
	return t, nil
}

// yieldRow yields the records of a row.
func (t *table) yieldRow(yield func(Record, error) bool) bool {
	record, refunded := t.read()
	if err := t.err(); err != nil {
		return yield(Record{}, err)
	}
	return yield(record, nil) && (refunded == nil || yield(*refunded, nil))
}

// read makes records of a row: the order or refund and, if the order has a total
// of refunds, a refund of that amount without keys.
func (t *table) read() (record Record, refunded *Record) {
	currency := t.currency(colCurrency, t.opts.Currency)
	record = Record{
		ID: t.id(colID), Token: t.token(colToken), Reference: t.reference(colReference),
		RefundID: t.id(colRefundID), RequestID: t.reference(colRequestID), RefundReference: t.reference(colRefundReference),
		At: t.time(colAt), Currency: currency, Amount: t.amount(colAmount, currency, t.scale),
		Authorized: t.amount(colAuthorized, currency, t.scale), Voided: t.amount(colVoided, currency, t.scale),
		Open: t.amount(colOpen, currency, t.scale), State: t.state(), Line: t.line,
	}
	record.Kind = t.kind(&record)
	if ownKey(&record) == "" && t.fault == nil {
		t.fail(colReference, errors.New("the row has no id, token or reference"))
	}
	if record.Kind != KindPayment {
		return record, nil
	}
	if total := t.amount(colRefunded, currency, t.scale); total != 0 {
		refunded = &Record{
			Kind: KindRefund, ID: record.ID, Token: record.Token, Reference: record.Reference,
			At: t.time(colRefundedAt), CapturedAt: record.At, Amount: total, Currency: currency, Line: t.line,
		}
		if refunded.At.IsZero() {
			refunded.At = record.At
		}
	}
	t.meaning(&record)
	return record, refunded
}

// meaning applies OrderOptions.Amounts to an order.
func (t *table) meaning(r *Record) {
	switch {
	case r.State == StatePending || r.State.released():
		r.ifRefunded = r.Amount != 0
	case t.opts.Amounts == AmountTotal && r.State == StateAuthorized:
		r.Authorized, r.Amount = r.Amount, 0
	case t.opts.Amounts == AmountTotal:
		r.Amount -= r.Voided + r.Open
	}
}

func (t *table) state() State {
	word := t.text(colStatus)
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
