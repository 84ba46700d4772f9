package reconcile

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/settlement"
)

// NewCSV returns a reporter that writes findings as a CSV file with a header.
// Close flushes it.
//
// Texts that a spreadsheet would take for a formula begin with an apostrophe,
// as order numbers may come from outside; use JSON lines where the exact text
// matters to a program.
func NewCSV(w io.Writer) Reporter { return &csvReport{w: csv.NewWriter(w)} }

type csvReport struct {
	w      *csv.Writer
	begun  bool
	fields []string
}

var csvHeader = []string{
	"severity", "class", "kind", "key", "afterpay_id", "merchant_reference", "refund",
	"left_currency", "left_amount", "left_state", "left_day", "left_line",
	"right_currency", "right_amount", "right_state", "right_day", "right_line",
	"difference_currency", "difference", "text",
}

func (c *csvReport) begin() error {
	if c.begun {
		return nil
	}
	c.begun = true
	return c.w.Write(csvHeader)
}

func (c *csvReport) Finding(f *Finding) error {
	if err := c.begin(); err != nil {
		return err
	}
	c.fields = append(c.fields[:0], f.Severity.String(), string(f.Class), f.Kind.String(), harmless(f.publicKey()),
		harmless(f.either(func(r *Record) string { return r.ID })),
		harmless(f.either(func(r *Record) string { return r.Reference })),
		harmless(f.either(func(r *Record) string { return firstOf(r.RefundID, r.RefundReference, r.RequestID) })))
	c.side(f.Left, f.LeftDay.String())
	c.side(f.Right, f.RightDay.String())
	currency, amount := "", ""
	if difference, ok := f.Effect.Difference(); ok && difference != (afterpay.Money{}) {
		currency, amount = string(difference.Currency), difference.Amount.String()
	}
	c.fields = append(c.fields, currency, amount, harmless(f.Text))
	return c.w.Write(c.fields)
}

func (c *csvReport) side(r *Record, day string) {
	if r == nil {
		c.fields = append(c.fields, "", "", "", "", "")
		return
	}
	line, state := "", ""
	if r.Line > 0 {
		line = strconv.Itoa(r.Line)
	}
	if r.State != StateUnknown {
		state = r.State.String()
	}
	c.fields = append(c.fields, string(r.Currency), r.Amount.String(), state, day, line)
}

func (c *csvReport) Close(*Summary) error {
	if err := c.begin(); err != nil {
		return err
	}
	c.w.Flush()
	return c.w.Error()
}

// harmless keeps a spreadsheet from running a text.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}

// NewJSONLines returns a reporter that writes each finding as one line of
// JSON, as [Finding.MarshalJSON] makes it. Close adds nothing.
func NewJSONLines(w io.Writer) Reporter {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return jsonLines{enc}
}

type jsonLines struct{ enc *json.Encoder }

func (j jsonLines) Finding(f *Finding) error { return j.enc.Encode(f) }
func (j jsonLines) Close(*Summary) error     { return nil }

// MarshalJSON writes the class, severity, kind, key and sentence, the
// difference where there is one, and what each side says. Amounts are decimal
// strings and instants RFC 3339; what is not known is left out. Checkout
// tokens are never written.
func (f Finding) MarshalJSON() ([]byte, error) {
	out := findingJSON{
		Class: f.Class, Severity: f.Severity.String(), Kind: f.Kind.String(), Key: f.publicKey(),
		Left: sideOfFinding(f.Left, f.LeftDay), Right: sideOfFinding(f.Right, f.RightDay), Text: f.Text,
	}
	if difference, ok := f.Effect.Difference(); ok && difference != (afterpay.Money{}) {
		out.Difference = &difference
	}
	return json.Marshal(out)
}

type findingJSON struct {
	Class      Class           `json:"class"`
	Severity   string          `json:"severity"`
	Kind       string          `json:"kind"`
	Key        string          `json:"key,omitempty"`
	Difference *afterpay.Money `json:"difference,omitempty"`
	Left       *recordJSON     `json:"left,omitempty"`
	Right      *recordJSON     `json:"right,omitempty"`
	Text       string          `json:"text"`
}

type recordJSON struct {
	State           string              `json:"state,omitempty"`
	ID              string              `json:"afterpayId,omitempty"`
	Reference       string              `json:"merchantReference,omitempty"`
	RefundID        string              `json:"refundId,omitempty"`
	RequestID       string              `json:"requestId,omitempty"`
	RefundReference string              `json:"refundReference,omitempty"`
	EventReference  string              `json:"eventReference,omitempty"`
	Amount          afterpay.Amount     `json:"amount"`
	Currency        afterpay.Currency   `json:"currency,omitempty"`
	Authorized      afterpay.Amount     `json:"authorized,omitzero"`
	Voided          afterpay.Amount     `json:"voided,omitzero"`
	Open            afterpay.Amount     `json:"open,omitzero"`
	Fee             *settlement.Decimal `json:"fee,omitempty"`
	At              time.Time           `json:"at,omitzero"`
	Day             settlement.Date     `json:"day,omitzero"`
	Due             time.Time           `json:"due,omitzero"`
	Settled         settlement.Date     `json:"settled,omitzero"`
	Line            int                 `json:"line,omitempty"`
}

func sideOfFinding(r *Record, day settlement.Date) *recordJSON {
	if r == nil {
		return nil
	}
	out := &recordJSON{
		ID: r.ID, Reference: r.Reference, RefundID: r.RefundID, RequestID: r.RequestID,
		RefundReference: r.RefundReference, EventReference: r.EventReference,
		Amount: r.Amount, Currency: r.Currency, Authorized: r.Authorized, Voided: r.Voided, Open: r.Open,
		At: r.At, Day: day, Due: r.Due, Settled: r.Settled, Line: r.Line,
	}
	if r.State != StateUnknown {
		out.State = r.State.String()
	}
	if r.FeeKnown {
		out.Fee = &r.Fee
	}
	return out
}
