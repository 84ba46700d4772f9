package main

import (
	"strings"
	"time"
	"unicode"

	"github.com/afterpay-go/afterpay"
)

// header names the columns. The first two give the position to continue from.
var header = []string{
	"created", "payment", "merchant reference", "status", "state", "currency",
	"amount", "captured", "voided", "refunded", "open to capture", "refundable", "note",
}

// created is the format of the first cell: UTC with milliseconds, as the service
// sends it.
const created = "2006-01-02T15:04:05.000Z"

// row returns the cells of a payment. Amounts are decimal. If the payment is
// inconsistent, the calculated cells are empty and the note says why.
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

// cell makes a text safe to open in a spreadsheet, which reads a cell that begins
// with one of a few characters as a formula: a leading apostrophe prevents that.
// It also keeps each row on one line, so that a line with an end is a whole row.
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

// timestamp parses the first cell of a row.
func timestamp(text string) (time.Time, error) { return time.Parse(created, text) }
