package reconcile

import (
	"time"

	"github.com/afterpay-go/afterpay/settlement"
)

// calendar turns instants into civil days of one zone. It remembers the last
// day, since consecutive records are mostly of the same day.
type calendar struct {
	location *time.Location
	from, to int64 // Unix seconds of the remembered day
	date     settlement.Date
}

// day returns the civil day of t, and the zero Date for the zero Time.
func (c *calendar) day(t time.Time) settlement.Date {
	if t.IsZero() {
		return settlement.Date{}
	}
	second := t.Unix()
	if c.from <= second && second < c.to {
		return c.date
	}
	local := t.In(c.location)
	hour, minute, sec := local.Clock()
	c.date = settlement.DateOf(local)
	c.from = second - int64(hour*3600+minute*60+sec)
	c.to = c.from + 24*60*60
	// Where the clocks change, a day is remembered only as far as its offset.
	start, end := local.ZoneBounds()
	if !start.IsZero() {
		c.from = max(c.from, start.Unix())
	}
	if !end.IsZero() {
		c.to = min(c.to, end.Unix())
	}
	return c.date
}

// businessDaysAfter returns the same time of day n business days later.
func businessDaysAfter(t time.Time, n int, location *time.Location, holiday func(settlement.Date) bool) time.Time {
	t = t.In(location)
	for n > 0 {
		t = t.AddDate(0, 0, 1)
		weekday := t.Weekday()
		if weekday == time.Saturday || weekday == time.Sunday || holiday != nil && holiday(settlement.DateOf(t)) {
			continue
		}
		n--
	}
	return t
}

// surely reports whether something that the other side dates t is in w, even if
// w's side dates it up to margin earlier or later. The zero Time is surely only in
// a window that is open on both sides.
func (w Window) surely(t time.Time, margin time.Duration) bool {
	return w.surelyAfterFrom(t, margin) && w.surelyBeforeTo(t, margin)
}

func (w Window) surelyAfterFrom(t time.Time, margin time.Duration) bool {
	return w.From.IsZero() || !t.IsZero() && !t.Add(-margin).Before(w.From)
}

func (w Window) surelyBeforeTo(t time.Time, margin time.Duration) bool {
	return w.To.IsZero() || !t.IsZero() && t.Add(margin).Before(w.To)
}
