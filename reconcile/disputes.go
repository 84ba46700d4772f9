package reconcile

import (
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
)

// takeDisputes returns the disputes of a side, each once, in the currency of its
// payment if it has none of its own.
func (c *comparison) takeDisputes(g *group, s *side) []Record {
	var disputes []Record
next:
	for i := range s.others {
		d := s.others[i]
		if d.Kind != KindDispute {
			continue
		}
		for k := range disputes {
			if d.DisputeID != "" && d.DisputeID == disputes[k].DisputeID {
				if !sameContent(&d, &disputes[k]) {
					c.onSide(DuplicateRow, Severe, &d, sentence("%s is on this side twice with different content; the second is left out.", name(&d)))
				}
				continue next
			}
		}
		if d.Currency == "" {
			d.Currency = g.currencyOf(&d)
		}
		if d.Currency == "" && d.Amount != 0 {
			c.onSide(DisputeUnmatched, Medium, &d, sentence(
				"%s about %s has no currency, and its payment was not read.", name(&d), d.Amount))
		}
		disputes = append(disputes, d)
	}
	return disputes
}

// onSide records a finding about one record that explains no difference.
func (c *comparison) onSide(class Class, severity Severity, r *Record, text string) {
	if r.side == left {
		c.record(class, severity, r, nil, text)
	} else {
		c.record(class, severity, nil, r, text)
	}
}

// currencyOf returns the currency of the payment that a dispute belongs to. It
// is empty if the payment was not read.
func (g *group) currencyOf(dispute *Record) afterpay.Currency {
	for _, payments := range [...][]Record{g.right.payments, g.left.payments} { // settlement rows are payments as well
		if owner := ownerOf(dispute, payments); owner != unpaired {
			return payments[owner].Currency
		}
	}
	for i := range g.right.others {
		if r := &g.right.others[i]; r.Currency != "" && samePayment(r, dispute) {
			return r.Currency
		}
	}
	return ""
}

// watchGroup reports what to watch: authorizations about to expire, and disputes.
func (c *comparison) watchGroup(g *group) {
	for i := range g.right.payments {
		r := &g.right.payments[i]
		if r.Open <= 0 || r.Due.IsZero() || r.State != StateAuthorized && r.State != StateCaptured || r.Due.Sub(c.Now) > c.ExpiryHorizon {
			continue
		}
		var l *Record
		if partner := g.payments.right[i]; partner != unpaired {
			l = &g.left.payments[partner]
		}
		c.watch.add(c.record(AuthExpiring, Warn, l, r, sentence(
			"%s of %s is open to capture until %s and will then be voided.", r.Open, name(r), r.Due.In(c.Location).Format(time.RFC3339))))
	}
	c.watchDisputes(g)
}

// watchDisputes reports the disputes of Afterpay's side.
func (c *comparison) watchDisputes(g *group) {
	for _, r := range c.takeDisputes(g, &g.right) {
		var l *Record
		if owner := ownerOf(&r, g.left.payments); owner != unpaired {
			l = &g.left.payments[owner]
		}
		switch r.State {
		case StateDisputeOpen:
			text := sentence("%s about %s is open.", name(&r), r.Money())
			if !r.Due.IsZero() {
				text = sentence("%s about %s is open; without a response by %s it is lost.", name(&r), r.Money(), r.Due.In(c.Location).Format(time.RFC3339))
			}
			c.watch.add(c.record(DisputeOpen, Info, l, &r, text))
		case StateDisputeLost:
			c.record(DisputeLost, High, l, &r, sentence("%s about %s was lost and will be deducted from a settlement.", name(&r), r.Money()))
		}
	}
}

// rowRole is what a settlement row other than an order or a refund is for.
type rowRole uint8

const (
	roleOther     rowRole = iota
	roleDeduction         // of a lost dispute, or its return
	roleFee               // of a dispute
)

func roleOf(r *Record) rowRole {
	words := strings.ToLower(r.RowType)
	switch {
	case !strings.Contains(words, "chargeback") && !strings.Contains(words, "dispute"):
		return roleOther
	case strings.Contains(words, "fee"):
		return roleFee
	}
	return roleDeduction
}

// compareOtherRows compares the disputes of Afterpay's side with the settlement
// rows that are neither orders nor refunds.
func (c *comparison) compareOtherRows(g *group) {
	disputes := c.takeDisputes(g, &g.left)
	var deductions []Record
	for i := range g.right.others {
		r := &g.right.others[i]
		switch role := roleOf(r); {
		case role == roleDeduction, role == roleOther && deducts(r, disputes):
			deductions = append(deductions, *r)
		case role == roleFee && len(disputes) > 0:
			c.mismatch(DisputeFee, Info, nil, r, sentence(
				"%s was charged for %s.", r.Money(), name(&disputes[0])))
		default:
			c.mismatch(UnknownSettlementRow, Medium, nil, r, c.strangeRow(r))
		}
	}
	c.compareDeductions(disputes, deductions)
}

// deducts reports whether a row whose type does not say so has the amount of a
// lost dispute of the payment.
func deducts(r *Record, disputes []Record) bool {
	for i := range disputes {
		if d := &disputes[i]; d.State == StateDisputeLost && d.Amount != 0 && r.Amount == -d.Amount && r.Currency == d.Currency {
			return true
		}
	}
	return false
}

func (c *comparison) strangeRow(r *Record) string {
	what := "a row that is neither an order nor a refund"
	if r.RowType != "" {
		what = "a row of type " + r.RowType
	}
	if !r.hasPaymentKeys() {
		return sentence("%s was settled in %s without an order.", r.Money(), what)
	}
	return sentence("%s was settled with %s in %s.", name(r), r.Money(), what)
}

// compareDeductions compares the lost disputes of a payment with what was
// deducted for them.
func (c *comparison) compareDeductions(disputes, rows []Record) {
	rows = c.dropRepeatedDeductions(disputes, rows)
	var lost []Record
	for i := range disputes {
		if d := &disputes[i]; d.State == StateDisputeLost && d.Currency != "" {
			lost = append(lost, c.expectedRow(d, rows))
		}
	}
	for i := range lost {
		for k := range rows {
			if !agree(string(lost[i].Currency), string(rows[k].Currency)) {
				c.expect(lost)
				c.foreignDeductions(lost, rows)
				return
			}
		}
	}
	expected, deducted := c.sum(lost), c.sum(rows)
	switch {
	case len(rows) == 0:
		c.expect(lost)
		for i := range lost {
			c.undeducted(&lost[i])
		}
	case len(lost) == 0 && len(disputes) > 0 && deducted.Amount == 0:
		c.mirror(rows, 0) // deducted and returned
	case len(lost) == 0:
		for i := range rows {
			c.mismatch(UnknownSettlementRow, Medium, nil, &rows[i], c.unexpectedDeduction(&rows[i], disputes))
		}
	case c.tolerable(expected.Amount, deducted.Amount):
		c.mirror(rows, expected.Amount-deducted.Amount)
	default:
		c.expect(lost)
		c.mismatchOfSums(AmountMismatch, High, lost, rows, sentence(
			"%s of %s was lost in disputes, and %s was deducted.", -expected.Amount, orderName(expected), -deducted.Amount))
	}
}

// expectedRow returns the settlement row that a lost dispute should lead to. It
// is dated with the first row that there is, since the days of a decision and of
// its settlement always differ.
func (c *comparison) expectedRow(d *Record, rows []Record) Record {
	r := *d
	r.Kind, r.Amount = KindOther, -d.Amount
	if !d.CapturedAt.IsZero() {
		r.At = d.CapturedAt
	}
	if len(rows) > 0 {
		r.At = rows[0].At
	}
	return r
}

// expect adds expected rows to the totals of the left side.
func (c *comparison) expect(rows []Record) {
	for i := range rows {
		c.keep(c.totals.read(&rows[i]))
	}
}

// mirror adds to the totals of the left side what it agrees to: the rows of the
// right side, up to a tolerated difference.
func (c *comparison) mirror(rows []Record, difference afterpay.Amount) {
	for i := range rows {
		r := rows[i]
		r.side = left
		if i == 0 {
			r.Amount += difference
		}
		c.keep(c.totals.read(&r))
	}
	if difference != 0 {
		r := rows[0]
		r.Amount = difference
		c.keep(c.totals.tolerated(&r, 1))
	}
}

// dropRepeatedDeductions leaves out rows that are in the report twice. Two lost
// disputes about one amount look the same, so there must be more rows than lost
// disputes.
func (c *comparison) dropRepeatedDeductions(disputes, rows []Record) []Record {
	lost := 0
	for i := range disputes {
		if disputes[i].State == StateDisputeLost {
			lost++
		}
	}
	excess := len(rows) - max(lost, 1)
	return c.dropRepeated(rows, func(a, b *Record) bool {
		if excess <= 0 || !sameContent(a, b) {
			return false
		}
		excess--
		return true
	})
}

func (c *comparison) foreignDeductions(lost, rows []Record) {
	text := sentence("the dispute of %s is in %s at Afterpay and in %s in the settlement report; the amounts were not compared.",
		orderName(&lost[0]), lost[0].Currency, rows[0].Currency)
	for i := range lost {
		c.mismatch(CurrencyMismatch, High, &lost[i], nil, text)
	}
	for i := range rows {
		c.mismatch(CurrencyMismatch, High, nil, &rows[i], text)
	}
}

// undeducted reports a lost dispute that is in no settlement row.
func (c *comparison) undeducted(r *Record) {
	switch {
	case !c.RightWindow.surelyAfterFrom(r.At, c.EdgeMargin):
		c.mismatch(WindowEdge, Info, r, nil, sentence(
			"the lost dispute of %s about %s may have been deducted before the reports begin.", orderName(r), -r.Amount))
	case !c.due(r.At):
		c.mismatch(Unsettled, Info, r, nil, sentence(
			"the lost dispute of %s about %s is not due for deduction yet.", orderName(r), -r.Amount))
	default:
		c.mismatch(Unsettled, Medium, r, nil, sentence(
			"the lost dispute of %s about %s was not deducted in any settlement report after %d business days.", orderName(r), -r.Amount, c.SettlementDays))
	}
}

func (c *comparison) unexpectedDeduction(r *Record, disputes []Record) string {
	if len(disputes) == 0 {
		return sentence("%s was deducted as %s from %s, and Afterpay's side has no dispute of it.", r.Money(), r.RowType, orderName(r))
	}
	return sentence("%s was deducted as %s from %s, and its dispute is %s.", r.Money(), r.RowType, orderName(r), disputes[0].State)
}
