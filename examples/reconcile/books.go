package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"iter"
	"strconv"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
	"github.com/afterpay-go/afterpay/settlement"
)

// books are what the shop, Afterpay, the settlement report and the bank say, and
// the faults in them. Each source can be read more than once.
type books struct {
	orders    func() io.Reader // CSV, the shop's export
	payments  func() iter.Seq2[*afterpay.Payment, error]
	disputes  func() iter.Seq2[*afterpay.Dispute, error]
	report    func() io.Reader // CSV, the Business Hub's export
	statement []byte           // CSV, the bank's export

	location *time.Location
	now      time.Time
	window   reconcile.Window
	planted  []string
	progress bool
}

// The shop's agreement with Afterpay: 5 % and 30 cents.
const (
	feeRate  = settlement.Decimal(50_000)
	feeFixed = afterpay.Amount(30)
)

func feeOn(amount afterpay.Amount) settlement.Decimal {
	return settlement.Decimal(amount)*feeRate/100 + settlement.Decimal(feeFixed)*10_000
}

const (
	ordersHeader = "kind,status,afterpay_id,reference,refund_reference,paid_at,currency,amount\n"
	reportHeader = "Settlement Date,Order Date and Time,Afterpay Order ID,Merchant Order ID,Merchant Refund ID," +
		"Settlement Amount,Merchant Fee excl Tax,Net Settlement Amount,Type,Afterpay Refund ID,Refund Date and Time\n"
	hubTime = "02/01/2006 15:04"
	hubDate = "02/01/2006"
)

// order is a line of the shop's export.
type order struct {
	kind, status, id, reference, refund string
	at                                  time.Time
	money                               afterpay.Money
}

func (o *order) append(b []byte) []byte {
	for _, text := range [...]string{o.kind, o.status, o.id, o.reference, o.refund} {
		b = append(append(b, text...), ',')
	}
	b = append(o.at.AppendFormat(b, time.RFC3339), ',')
	b = append(append(b, o.money.Currency...), ',')
	b, _ = o.money.Amount.AppendText(b)
	return append(b, '\n')
}

// row is a line of the settlement report.
type row struct {
	settled, ordered    time.Time
	id, reference       string
	amount              afterpay.Amount
	fee                 settlement.Decimal
	refundID, refundRef string
	refunded            time.Time // zero for an order
	kind                string    // if it is neither an order nor a refund
}

func (r *row) append(b []byte) []byte {
	b = append(r.settled.AppendFormat(b, hubDate), ',')
	b = append(r.ordered.AppendFormat(b, hubTime), ',')
	for _, text := range [...]string{r.id, r.reference, r.refundRef} {
		b = append(append(b, text...), ',')
	}
	net := settlement.Decimal(r.amount)*10_000 - r.fee
	b = dollars(b, settlement.Decimal(r.amount)*10_000)
	b = dollars(b, r.fee)
	b = dollars(b, net)
	if r.refunded.IsZero() {
		return append(append(b, cmp.Or(r.kind, "Order")...), ",,\n"...)
	}
	b = append(append(append(b, "Refund,"...), r.refundID...), ',')
	return append(r.refunded.AppendFormat(b, hubTime), '\n')
}

// dollars writes an amount as the Hub does: -$5.00.
func dollars(b []byte, d settlement.Decimal) []byte {
	if d < 0 {
		b, d = append(b, '-'), -d
	}
	b, _ = d.AppendText(append(b, '$'))
	return append(b, ',')
}

// bankStatement books the deposits of a settlement report three days later, some
// money short of each, between lines that have nothing to do with Afterpay.
func bankStatement(report io.Reader, short afterpay.Amount, location *time.Location) ([]byte, error) {
	b := bytes.NewBufferString("Date;Amount;Text\n")
	rows := settlement.Read(report, settlement.Options{Location: location, Currency: afterpay.CurrencyAUD})
	for p, err := range settlement.Payouts(rows) {
		if err != nil {
			return nil, err
		}
		if p.Carried {
			continue // nothing is deposited
		}
		day := p.To.In(location).AddDate(0, 0, 3).Format(time.DateOnly)
		fmt.Fprintf(b, "%s;%s;AFTERPAY %s\n%s;-4.50;COFFEE\n", day, p.Amount.Amount-short, p.To, day)
	}
	return b.Bytes(), nil
}

// generated is a file that is made line by line as it is read, so that it may
// be longer than memory.
type generated struct {
	line func(b []byte, i int) []byte
	n, i int
	rest []byte
}

func newGenerated(header string, n int, line func(b []byte, i int) []byte) io.Reader {
	return &generated{line: line, n: n, rest: []byte(header)}
}

func (g *generated) Read(p []byte) (int, error) {
	for len(g.rest) == 0 {
		if g.i == g.n {
			return 0, io.EOF
		}
		g.rest = g.line(g.rest[:0], g.i)
		g.i++
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

func reference(i int) string { return "A-" + strconv.Itoa(100_000_000+i) }
