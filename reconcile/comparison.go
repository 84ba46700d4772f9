package reconcile

import (
	"errors"
	"fmt"
	"time"

	"github.com/afterpay-go/afterpay"
)

// comparison is the state of a run, which the comparing functions write to.
type comparison struct {
	Options
	left, right sideName

	unreadableRows int

	totals     totals
	watch      shortlist
	payouts    map[payoutKey]*payout
	classes    map[Class]int64
	classMoney map[classKey]*ClassTotal
	severities map[Severity]int64
	found      []Finding // of the current group
	err        error     // the first total that overflowed
}

// record adds a finding of the current group. The records are copied, because the
// memory of the group is used again.
func (c *comparison) record(class Class, severity Severity, l, r *Record, text string) *Finding {
	f := Finding{Class: class, Severity: severity, Text: text}
	if l != nil {
		f.Kind, f.Key = l.Kind, l.Key
		f.Left, f.LeftDay = c.reported(l), c.totals.calendar.day(l.At)
	}
	if r != nil { // last: a dispute on the right stands beside a payment
		f.Kind, f.Key = r.Kind, r.Key
		f.Right, f.RightDay = c.reported(r), c.totals.calendar.day(r.At)
	}
	c.found = append(c.found, f)
	c.classes[class]++
	c.severities[severity]++
	return &c.found[len(c.found)-1]
}

// reported copies a record for a finding, with its instants in the zone of reports.
func (c *comparison) reported(r *Record) *Record {
	shown := new(*r)
	for _, t := range shown.times() {
		if !t.IsZero() {
			*t = t.In(c.Location)
		}
	}
	return shown
}

// mismatch adds a finding that explains why the totals differ by these records.
// Either may be nil.
func (c *comparison) mismatch(class Class, severity Severity, l, r *Record, text string) {
	f := c.record(class, severity, l, r, text)
	if l != nil {
		f.Effect.Left = l.Money()
		c.keep(c.totals.found(l, 1))
	}
	if r != nil {
		f.Effect.Right = r.Money()
		c.keep(c.totals.found(r, -1))
	}
}

// mismatchOfSums does the same for several records of a side, which all are in
// one currency.
func (c *comparison) mismatchOfSums(class Class, severity Severity, lefts, rights []Record, text string) {
	l, r := c.sum(lefts), c.sum(rights)
	f := c.record(class, severity, l, r, text)
	if l != nil {
		f.Effect.Left = l.Money()
	}
	if r != nil {
		f.Effect.Right = r.Money()
	}
	for i := range lefts {
		c.keep(c.totals.found(&lefts[i], 1))
	}
	for i := range rights {
		c.keep(c.totals.found(&rights[i], -1))
	}
}

// sum returns the first of the records with the total amount of all, or nil if there
// are none.
func (c *comparison) sum(records []Record) *Record {
	if len(records) == 0 {
		return nil
	}
	total := records[0]
	for _, r := range records[1:] {
		c.keep(add(&total.Amount, r.Amount))
	}
	return &total
}

// unreadable reports a row that is left out. Beyond the limit it returns an error
// that ends the run.
func (c *comparison) unreadable(side sideOf, r *Record, reason error) error {
	if c.unreadableRows >= c.MaxUnreadable {
		if c.MaxUnreadable == 0 {
			return reason
		}
		return fmt.Errorf("reconcile: more than %d rows cannot be read; see Options.MaxUnreadable: %w", c.MaxUnreadable, reason)
	}
	c.unreadableRows++
	if row, ok := errors.AsType[*RowError](reason); ok {
		r.File, r.Line = row.File, row.Line
	}
	shown, phrase := *r, c.left.phrase
	if shown.Key = ""; side == right {
		phrase = c.right.phrase
	}
	text := sentence("a row of %s was left out, and what belongs to it may be reported as missing: %v", phrase, reason)
	if side == left {
		c.record(UnreadableRow, Severe, &shown, nil, text)
	} else {
		c.record(UnreadableRow, Severe, nil, &shown, text)
	}
	return nil
}

func (c *comparison) keep(err error) {
	if c.err == nil {
		c.err = err
	}
}

// tolerable reports whether two amounts count as equal.
func (c *comparison) tolerable(l, r afterpay.Amount) bool {
	return max(l-r, r-l) <= c.Tolerance
}

// agreed accounts for a pair whose amounts count as equal. Amounts that are the same
// on the same day need no entry.
func (c *comparison) agreed(l, r *Record) {
	leftDay, rightDay := c.totals.calendar.day(l.At), c.totals.calendar.day(r.At)
	switch {
	case l.Amount != r.Amount:
		c.keep(c.totals.tolerated(l, 1))
		c.keep(c.totals.tolerated(r, -1))
	case leftDay != rightDay && l.Amount != 0:
		c.mismatch(DayBoundary, Info, l, r, c.daysApart(l, r))
	}
}

// agreedSums does the same for several records of a side.
func (c *comparison) agreedSums(lefts, rights []Record) {
	day, oneDay := c.totals.calendar.day(lefts[0].At), true
	equal := c.sum(lefts).Amount == c.sum(rights).Amount
	for _, records := range [...][]Record{lefts, rights} {
		for i := range records {
			oneDay = oneDay && c.totals.calendar.day(records[i].At) == day
		}
	}
	switch {
	case !equal:
		for i := range lefts {
			c.keep(c.totals.tolerated(&lefts[i], 1))
		}
		for i := range rights {
			c.keep(c.totals.tolerated(&rights[i], -1))
		}
	case !oneDay:
		c.mismatchOfSums(DayBoundary, Info, lefts, rights, sentence(
			"%s agrees in total, but not all of it is dated the same day.", orderName(&lefts[0])))
	}
}

// dropRepeated removes the records of a side that repeat an earlier one, and reports
// them. If the contents differ, the side contradicts itself; the first is kept.
func (c *comparison) dropRepeated(records []Record, repeats func(a, b *Record) bool) []Record {
	if len(records) < 2 {
		return records
	}
	kept := records[:1]
next:
	for i := 1; i < len(records); i++ {
		r := &records[i]
		for k := range kept {
			if repeats(&kept[k], r) {
				c.repeated(&kept[k], r)
				continue next
			}
		}
		kept = append(kept, *r)
	}
	return kept
}

func (c *comparison) repeated(first, again *Record) {
	severity := Info
	text := sentence("%s stands on this side twice with the same content; the second one is left out.", name(again))
	if !sameContent(first, again) {
		severity = Severe
		text = sentence("%s stands on this side twice with different content, %s and %s; the second one is left out.",
			name(again), first.Money(), again.Money())
	}
	if again.side == left {
		c.mismatch(DuplicateRow, severity, again, nil, text)
	} else {
		c.mismatch(DuplicateRow, severity, nil, again, text)
	}
}

// name returns what people call a record: the shop's number, Afterpay's, or both.
// Tokens are left out, because reports are passed around.
func name(r *Record) string {
	switch r.Kind {
	case KindRefund:
		if own := firstOf(r.RefundReference, r.RefundID, r.RequestID, r.EventReference); own != "" {
			return fmt.Sprintf("refund %s of %s", own, orderName(r))
		}
		return "a refund of " + orderName(r)
	case KindDispute:
		if r.DisputeID != "" {
			return fmt.Sprintf("dispute %s of %s", r.DisputeID, orderName(r))
		}
		return "a dispute of " + orderName(r)
	}
	return orderName(r)
}

func orderName(r *Record) string {
	switch {
	case r.Reference != "" && r.ID != "":
		return fmt.Sprintf("order %s (Afterpay %s)", r.Reference, r.ID)
	case r.Reference != "":
		return "order " + r.Reference
	case r.ID != "":
		return "Afterpay order " + r.ID
	}
	return "an order known by its token only"
}

// sentence formats a text that begins with a capital letter.
func sentence(format string, args ...any) string {
	text := fmt.Sprintf(format, args...)
	if text != "" && 'a' <= text[0] && text[0] <= 'z' {
		return string(text[0]-'a'+'A') + text[1:]
	}
	return text
}

// placeOf names a file and line, as far as they are known.
func placeOf(file string, line int) string {
	switch {
	case line == 0:
		return file
	case file == "":
		return fmt.Sprintf("line %d", line)
	}
	return fmt.Sprintf("%s:%d", file, line)
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// on returns the civil day of an instant with its preposition.
func (c *comparison) on(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " on " + c.totals.calendar.day(t).String()
}

// daysApart explains why two sides that agree have different days. No two zones are
// further apart than 26 hours; beyond that, the sides date different events.
func (c *comparison) daysApart(l, r *Record) string {
	if l.At.IsZero() || r.At.IsZero() {
		return sentence("%s agrees, but only one side says when.", name(l))
	}
	const zones = 26 * 60 * 60
	leftDay, rightDay := c.totals.calendar.day(l.At), c.totals.calendar.day(r.At)
	if distance(l.At, r.At) <= zones {
		return sentence("%s agrees; midnight in %s or a clock lies between %s and %s.", name(l), c.Location, leftDay, rightDay)
	}
	return sentence("%s agrees, but one side dates it %s and the other %s.", name(l), leftDay, rightDay)
}

func stateWord(s State) string {
	switch s {
	case StateCaptured:
		return "paid"
	case StateUnknown:
		return "in an unknown state"
	}
	return s.String()
}
