package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/afterpay-go/afterpay"
)

// tell prints what happened to a payment's money, and where it is now.
func tell(p *afterpay.Payment) error {
	type line struct {
		at        time.Time
		what      string
		amount    afterpay.Money
		reference string
	}
	story := []line{{p.Created.Time, "order", p.OriginalAmount, p.MerchantReference}}
	for _, e := range p.Events {
		story = append(story, line{e.Created.Time, string(e.Type), e.Amount, e.MerchantReference})
	}
	for _, r := range p.RefundsWithoutVoids() {
		story = append(story, line{r.RefundedAt.Time, "REFUND", r.Amount, r.MerchantReference})
	}
	slices.SortStableFunc(story, func(a, b line) int { return a.at.Compare(b.at) })

	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "\nPayment %s\t%s\t%s\t\n\n", p.ID, p.Status, p.State)
	fmt.Fprintln(w, "time (UTC)\tevent\tamount\treference")
	for _, l := range story {
		fmt.Fprintf(w, "%s\t%s\t%v\t%s\n", l.at.Format("15:04:05.000"), l.what, l.amount, cmp.Or(l.reference, "-"))
	}
	if expires, ok := p.AuthExpires(); ok {
		fmt.Fprintf(w, "%s\tauthorization expires\t\t\n", expires.Format(time.DateTime))
	}
	b, err := p.Balance()
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "\nauthorized\tcaptured\tvoided\trefunded\topen\trefundable")
	fmt.Fprintf(w, "%v\t%v\t%v\t%v\t%v\t%v\n", b.Authorized, b.Captured, b.Voided, b.Refunded, b.OpenToCapture, b.Refundable)
	return w.Flush()
}
