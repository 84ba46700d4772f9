package reconcile

import (
	"fmt"
	"time"
)

// name is what people call a record: by the shop's number, Afterpay's, or
// both. Tokens are left out, as reports are passed around.
func name(r *Record) string {
	switch r.Kind {
	case KindRefund:
		if own := firstOf(r.RefundReference, r.RefundID, r.RequestID, r.EventReference); own != "" {
			return fmt.Sprintf("refund %s of %s", own, orderName(r))
		}
		return "a refund of " + orderName(r)
	case KindDispute:
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

// sentence begins with a capital letter.
func sentence(format string, args ...any) string {
	text := fmt.Sprintf(format, args...)
	if text != "" && 'a' <= text[0] && text[0] <= 'z' {
		return string(text[0]-'a'+'A') + text[1:]
	}
	return text
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// on is the civil day of an instant, with its preposition.
func (c *comparison) on(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " on " + c.totals.calendar.day(t).String()
}

// daysApart says why two sides that agree book on different days. No two zones
// are further apart than 26 hours; beyond, the sides date different things.
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
