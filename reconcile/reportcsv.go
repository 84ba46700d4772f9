package reconcile

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"github.com/afterpay-go/afterpay"
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
