package settlement

import (
	"cmp"
	"fmt"
	"time"

	"github.com/afterpay-go/afterpay/internal/safe"
)

// Date is a day of the calendar, without a time of day and without a zone. A
// settlement date is a day and not an instant. Dates compare with == and can be
// map keys. The zero value means no date.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf returns the day that t falls on in t's own location.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{year, month, day}
}

// IsZero reports whether d is Date{}, which means no date.
func (d Date) IsZero() bool { return d == Date{} }

// Compare returns -1, 0 or +1 if d is before, on or after o. The zero value is
// before every other date.
func (d Date) Compare(o Date) int {
	return cmp.Or(cmp.Compare(d.Year, o.Year), cmp.Compare(d.Month, o.Month), cmp.Compare(d.Day, o.Day))
}

// In returns the instant at which the day begins in loc, which must not be
// nil. If the clocks skip midnight that day, the result is what [time.Date] gives.
func (d Date) In(loc *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, loc)
}

// String returns the date as in ISO 8601, "2026-08-11", and "" for no date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// MarshalText returns what String returns. It never fails.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a date as in ISO 8601, "2026-08-11". An empty text is the
// zero value. Anything else is an error matching [ErrDate].
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	t, err := time.Parse(time.DateOnly, string(text))
	if err != nil {
		return safe.Kindf(ErrDate, "settlement: %.32q is not a date such as 2026-08-11", text)
	}
	*d = DateOf(t)
	return nil
}

// daysSince returns the number of days from o to d.
func (d Date) daysSince(o Date) int {
	return int(d.In(time.UTC).Sub(o.In(time.UTC)) / (24 * time.Hour))
}
