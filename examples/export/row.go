package main

import (
	"strings"
	"time"
	"unicode"

	"github.com/afterpay-go/afterpay"
)

// header names the cells of a row. The first two say where to continue.
var header = []string{
	"created", "payment", "merchant reference", "status", "state", "currency",
	"amount", "captured", "voided", "refunded", "open to capture", "refundable", "note",
}

// created is how the first cell is written: UTC with milliseconds, as the service
// writes it.
const created = "2006-01-02T15:04:05.000Z"

// row tells where the money of a payment is: decimal amounts, in a column for
// each question. A payment that contradicts itself has empty cells and a note.
func row(p *afterpay.Payment) []string {
	cells := []string{
		p.Created.UTC().Format(created), cell(p.ID), cell(p.MerchantReference), cell(string(p.Status)), cell(string(p.State)),
		cell(string(p.OriginalAmount.Currency)), p.OriginalAmount.Amount.String(),
	}
	b, err := p.Balance()
	if err != nil {
		return append(cells, "", "", "", "", "", cell(err.Error()))
	}
	for _, m := range []afterpay.Money{b.Captured, b.Voided, b.Refunded, b.OpenToCapture, b.Refundable} {
		cells = append(cells, m.Amount.String())
	}
	return append(cells, "")
}

// cell makes a text safe to open in a spreadsheet, which takes what begins with
// one of a few characters for a formula: an apostrophe in front keeps it a text.
// Every row stands on one line, so that a line is a whole row or it has no end.
func cell(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	if strings.IndexAny(strings.TrimLeft(text, " "), "'=+-@＝＋－＠") == 0 {
		return "'" + text
	}
	return text
}

// timestamp reads the first cell of a row.
func timestamp(text string) (time.Time, error) { return time.Parse(created, text) }
