package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/afterpay-go/afterpay"
)

// line is one row of a payment's history.
type line struct {
	at        time.Time // zero if the service does not say
	what      string
	amount    afterpay.Money
	reference string
}

// printPayment prints what happened to a payment's money, and where it is now.
func printPayment(out io.Writer, p *afterpay.Payment) error {
	b, err := p.Balance()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "\nPayment %s as Afterpay has it: %s\n\n", p.ID, strings.Join(strings.Fields(string(p.Status)+" "+string(p.State)), ", "))
	fmt.Fprintln(w, "time (UTC)\tevent\tamount\treference")
	for _, l := range history(p, b) {
		at := "-"
		if !l.at.IsZero() {
			at = l.at.UTC().Format(time.DateTime)
		}
		fmt.Fprintf(w, "%s\t%s\t%v\t%s\n", at, l.what, l.amount, cmp.Or(l.reference, "-"))
	}
	if expires, ok := p.AuthExpires(); ok && b.OpenToCapture.IsPositive() {
		fmt.Fprintf(w, "%s\tauthorization expires\t%v\t-\n", expires.UTC().Format(time.DateTime), b.OpenToCapture)
	}
	fmt.Fprintln(w, "\nauthorized\tcaptured\tvoided\trefunded\topen\trefundable")
	fmt.Fprintf(w, "%v\t%v\t%v\t%v\t%v\t%v\n", b.Authorized, b.Captured, b.Voided, b.Refunded, b.OpenToCapture, b.Refundable)
	return w.Flush()
}

// history returns the order, the events and the refunds of a payment in the
// order of their times.
func history(p *afterpay.Payment, b afterpay.Balance) []line {
	var lines []line
	for _, e := range p.Events {
		lines = append(lines, line{e.Created.Time, strings.ToLower(strings.ReplaceAll(string(e.Type), "_", " ")), e.Amount, e.MerchantReference})
	}
	for _, r := range p.RefundsWithoutVoids() {
		lines = append(lines, line{r.RefundedAt.Time, "refunded", r.Amount, r.MerchantReference})
	}
	slices.SortStableFunc(lines, func(a, b line) int { return a.at.Compare(b.at) })
	start := []line{{p.Created.Time, "ordered", p.OriginalAmount, p.MerchantReference}}
	if len(p.Events) == 0 && b.Captured.IsPositive() { // v1 does not say when
		start = append(start, line{what: "captured", amount: b.Captured})
	}
	return append(start, lines...)
}
