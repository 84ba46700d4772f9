package reconcile

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/settlement"
)

// NewCSV returns a reporter that writes findings as a CSV file with a header,
// whose columns are named by the sides, such as shop_amount. The last line has
// the severity "summary" and the class "complete" or "incomplete": a file without
// it was cut off. Close flushes.
//
// Texts that a spreadsheet would take for a formula begin with an apostrophe, as
// order numbers may come from outside. Use JSON lines where the exact text matters
// to a program.
func NewCSV(w io.Writer) Reporter { return &csvReport{w: csv.NewWriter(w)} }

type csvReport struct {
	w      *csv.Writer
	fields []string
}

func (c *csvReport) Begin(left, right string) error {
	header := []string{"severity", "class", "kind", "key", "afterpay_id", "merchant_reference", "refund"}
	for _, side := range []string{left, right} {
		for _, column := range []string{"currency", "amount", "state", "day", "file", "line"} {
			header = append(header, side+"_"+column)
		}
	}
	return c.w.Write(append(header, "difference_currency", "difference", "text"))
}

func (c *csvReport) Finding(f *Finding) error {
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
		c.fields = append(c.fields, "", "", "", "", "", "")
		return
	}
	line, state := "", ""
	if r.Line > 0 {
		line = strconv.Itoa(r.Line)
	}
	if r.State != StateUnknown {
		state = r.State.String()
	}
	c.fields = append(c.fields, string(r.Currency), r.Amount.String(), state, day, harmless(r.File), line)
}

func (c *csvReport) Close(s *Summary) error {
	end := make([]string, 22)
	end[0], end[1], end[21] = "summary", "incomplete", fmt.Sprintf("%d findings; %d records of %s, %d of %s",
		s.findings(), s.LeftRecords, s.LeftName, s.RightRecords, s.RightName)
	if s.Complete {
		end[1] = "complete"
	}
	if err := c.w.Write(end); err != nil {
		return err
	}
	c.w.Flush()
	return c.w.Error()
}

// harmless puts an apostrophe before a text that a spreadsheet would take for a
// formula.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}

// NewJSONLines returns a reporter that writes each finding as one line of JSON, as
// [Finding.MarshalJSON] makes it. The last line is {"summary":{…}}, with the names
// of the two sides and "complete", which is true if the run came to its end. A
// file without it was cut off.
func NewJSONLines(w io.Writer) Reporter {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return jsonLines{enc}
}

type jsonLines struct{ enc *json.Encoder }

func (j jsonLines) Begin(string, string) error { return nil }

func (j jsonLines) Finding(f *Finding) error { return j.enc.Encode(f) }

func (j jsonLines) Close(s *Summary) error {
	return j.enc.Encode(map[string]summaryJSON{"summary": {
		Complete: s.Complete, Balanced: s.Balanced(), Left: s.LeftName, Right: s.RightName,
		LeftRecords: s.LeftRecords, RightRecords: s.RightRecords, Findings: s.findings(),
	}})
}

type summaryJSON struct {
	Complete     bool   `json:"complete"`
	Balanced     bool   `json:"balanced"`
	Left         string `json:"left"`
	Right        string `json:"right"`
	LeftRecords  int64  `json:"leftRecords"`
	RightRecords int64  `json:"rightRecords"`
	Findings     int64  `json:"findings"`
}

// findings returns the number of findings of all classes.
func (s *Summary) findings() int64 {
	n := int64(0)
	for _, count := range s.Classes {
		n += count
	}
	return n
}

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
	DisputeID       string              `json:"disputeId,omitempty"`
	RowType         string              `json:"rowType,omitempty"`
	File            string              `json:"file,omitempty"`
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
		At: r.At, Day: day, Due: r.Due, Settled: r.Settled, DisputeID: r.DisputeID, RowType: r.RowType, File: r.File, Line: r.Line,
	}
	if r.State != StateUnknown {
		out.State = r.State.String()
	}
	if r.FeeKnown {
		out.Fee = &r.Fee
	}
	return out
}
