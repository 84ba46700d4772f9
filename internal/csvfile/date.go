package csvfile

import (
	"strings"
	"time"
)

// DateOrder is the order of day, month and year in numeric dates.
type DateOrder uint8

const (
	// AnyOrder reads only what means one day in every order.
	AnyOrder DateOrder = iota
	// DayFirst reads 11/08/2026 as 11 August.
	DayFirst
	// MonthFirst reads 11/08/2026 as 8 November.
	MonthFirst
	// YearFirst reads only dates that begin with the year.
	YearFirst
)

// Date is a date as it stands in a cell.
type Date struct {
	a, b, year int  // day and month in the order of the cell
	named      bool // a is the day and b the month
	short      bool // the year has two digits, and may be the first number
}

// CutDate reads the date at the beginning of a cleaned cell, and returns what
// follows it. It takes 24/06/2019, 24-6-2019 and 24.06.2019, where the order of
// day and month is open; and 2019-06-24, 2019/6/24, 20190624, 24 Jun 2019,
// 24-June-2019 and June 24, 2019, where it is not. A year of two digits, as in
// 24/06/19 and 24-Jun-19, is read only if the order is given.
func CutDate(text string) (d Date, rest string, ok bool) {
	first, width, rest := cutNumber(text)
	switch {
	case width == 0:
		return cutMonthFirst(text)
	case width == 8:
		return Date{a: first % 100, b: first / 100 % 100, year: first / 10000, named: true}, rest, true
	case rest == "" || width > 4 || width == 3:
		return Date{}, "", false
	}
	separator := rest[0]
	if width != 4 && (separator == ' ' || separator == '-') {
		if month, after := cutMonth(rest[1:]); month != 0 && after != "" && after[0] == separator {
			year, width, after := cutNumber(after[1:])
			return Date{a: first, b: int(month), named: true}.inYear(year, width, after)
		}
	}
	if separator != '/' && separator != '-' && separator != '.' {
		return Date{}, "", false
	}
	second, secondWidth, rest := cutNumber(rest[1:])
	if secondWidth == 0 || secondWidth > 2 || rest == "" || rest[0] != separator {
		return Date{}, "", false
	}
	third, thirdWidth, rest := cutNumber(rest[1:])
	switch {
	case width == 4 && (thirdWidth == 1 || thirdWidth == 2):
		return Date{a: third, b: second, year: first, named: true}, rest, true
	case width < 4:
		return Date{a: first, b: second}.inYear(third, thirdWidth, rest)
	}
	return Date{}, "", false
}

// inYear returns d with a year that has the given number of digits.
func (d Date) inYear(year, width int, rest string) (Date, string, bool) {
	d.year = year
	if width == 2 {
		d.year, d.short = 2000+year, true
	}
	return d, rest, width == 2 || width == 4
}

// cutMonthFirst reads a date such as "June 24, 2019".
func cutMonthFirst(text string) (d Date, rest string, ok bool) {
	month, rest := cutMonth(text)
	if month == 0 {
		return Date{}, "", false
	}
	day, width, rest := cutNumber(strings.TrimLeft(rest, " "))
	after := strings.TrimLeft(strings.TrimPrefix(rest, ","), " ")
	if width == 0 || width > 2 || after == rest {
		return Date{}, "", false
	}
	year, width, rest := cutNumber(after)
	return Date{a: day, b: int(month), year: year, named: true}, rest, width == 4
}

// cutNumber reads the digits at the beginning of text, up to nine of them.
func cutNumber(text string) (n, width int, rest string) {
	for width < len(text) && width < 9 && text[width] >= '0' && text[width] <= '9' {
		n = n*10 + int(text[width]-'0')
		width++
	}
	return n, width, text[width:]
}

// cutMonth reads the English name of a month at the beginning of text. It
// returns 0 if there is none.
func cutMonth(text string) (month time.Month, rest string) {
	end := 0
	for end < len(text) && (text[end]|0x20) >= 'a' && (text[end]|0x20) <= 'z' {
		end++
	}
	for month = time.January; month <= time.December; month++ {
		if NamesMonth(text[:end], month) {
			return month, text[end:]
		}
	}
	return 0, text
}

// NamesMonth reports whether a text is the English name of a month, or an
// abbreviation of at least three letters.
func NamesMonth(text string, m time.Month) bool {
	full := m.String()
	return len(text) >= 3 && len(text) <= len(full) && strings.EqualFold(text, full[:len(text)])
}

// Fixed reports whether the date means the same day in every order.
func (d Date) Fixed() bool { return !d.short && (d.named || d.a == d.b) }

// In returns the day that the date means in an order. It reports false for a
// day that is not in the calendar, for years before 2000, and for a date that
// cannot be read in the order.
func (d Date) In(order DateOrder) (year int, month time.Month, day int, ok bool) {
	month, day = time.Month(d.b), d.a
	switch {
	case d.Fixed(), order == DayFirst, order == MonthFirst && d.named:
	case order == MonthFirst:
		month, day = time.Month(d.a), d.b
	default:
		return 0, 0, 0, false
	}
	return d.year, month, day, inCalendar(d.year, month, day)
}

func inCalendar(year int, month time.Month, day int) bool {
	if year < 2000 || month < time.January || month > time.December || day < 1 {
		return false
	}
	return day <= 28 || day <= time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// Evidence returns the only order in which the date can be read. open reports
// that the date can be read in two ways. Dates with one meaning in every order, and
// those with none, are no evidence: AnyOrder, false.
func (d Date) Evidence() (only DateOrder, open bool) {
	if d.Fixed() {
		return AnyOrder, false
	}
	_, _, _, dayFirst := d.In(DayFirst)
	_, _, _, monthFirst := d.In(MonthFirst)
	switch {
	case d.short:
		return AnyOrder, dayFirst || monthFirst // a year may be meant by the first number
	case dayFirst && monthFirst:
		return AnyOrder, true
	case dayFirst:
		return DayFirst, false
	case monthFirst:
		return MonthFirst, false
	}
	return AnyOrder, false
}

// EvidenceOf is Evidence for a date whose month is known from elsewhere.
func (d Date) EvidenceOf(isMonth func(time.Month) bool) (only DateOrder, open bool) {
	only, open = d.Evidence()
	if !open || d.short {
		return only, open
	}
	switch {
	case isMonth(time.Month(d.b)):
		return DayFirst, false
	case isMonth(time.Month(d.a)):
		return MonthFirst, false
	}
	return AnyOrder, true
}

// Clock is a time of the day.
type Clock struct {
	Hour, Minute, Second, Nanosecond int
	// HasZone reports that the cell has an offset from UTC, and Zone is that
	// offset in seconds.
	HasZone bool
	Zone    int
}

// ParseClock reads what follows the date in a cell: " 22:56", " 5:28:00 pm",
// "T05:28:09.123Z", ", 22:56 +10:00". An empty text is no time.
func ParseClock(text string) (c Clock, ok bool) {
	rest := strings.TrimLeft(strings.TrimPrefix(text, ","), " \u00a0\u202f")
	if rest == text {
		if rest, ok = strings.CutPrefix(text, "T"); !ok {
			return Clock{}, false
		}
	}
	var width, minuteWidth int
	secondWidth := 2
	c.Hour, width, rest = cutNumber(rest)
	if width == 0 || width > 2 || rest == "" || rest[0] != ':' {
		return Clock{}, false
	}
	c.Minute, minuteWidth, rest = cutNumber(rest[1:])
	if strings.HasPrefix(rest, ":") {
		c.Second, secondWidth, rest = cutNumber(rest[1:])
		if fraction, found := strings.CutPrefix(rest, "."); found {
			n, digits, after := cutNumber(fraction)
			for range 9 - digits {
				n *= 10
			}
			c.Nanosecond, rest = n, after
			if digits == 0 {
				return Clock{}, false
			}
		}
	}
	rest, half := c.cutHalf(rest)
	rest, zone := c.cutZone(rest)
	ok = half && zone && rest == "" && minuteWidth == 2 && secondWidth == 2 && c.Hour < 24 && c.Minute < 60 && c.Second < 60
	return c, ok
}

// cutHalf cuts am or pm off and corrects the hour.
func (c *Clock) cutHalf(text string) (rest string, ok bool) {
	word := strings.ToLower(strings.TrimLeft(text, " \u00a0\u202f"))
	for _, half := range [...]struct {
		name string
		add  int
	}{{"am", 0}, {"a.m.", 0}, {"pm", 12}, {"p.m.", 12}} {
		if after, found := strings.CutPrefix(word, half.name); found {
			ok = c.Hour >= 1 && c.Hour <= 12
			c.Hour = c.Hour%12 + half.add
			return strings.ToUpper(after), ok
		}
	}
	return text, true
}

// cutZone cuts Z, UTC, GMT or an offset such as +10:00 off.
func (c *Clock) cutZone(text string) (rest string, ok bool) {
	text = strings.TrimLeft(text, " ")
	switch text {
	case "":
		return "", true
	case "Z", "UTC", "GMT":
		c.HasZone = true
		return "", true
	}
	sign := 1
	switch text[0] {
	case '-':
		sign = -1
	case '+':
	default:
		return text, false
	}
	hours, width, rest := cutNumber(text[1:])
	minutes := 0
	switch {
	case width == 4:
		hours, minutes = hours/100, hours%100
	case width == 2 && strings.HasPrefix(rest, ":"):
		minutes, width, rest = cutNumber(rest[1:])
	}
	c.HasZone, c.Zone = true, sign*(hours*60+minutes)*60
	return rest, (width == 2 || width == 4) && hours <= 14 && minutes < 60
}

// In returns the instant of the clock on a day. A clock with a zone is of that
// zone, others are of location.
func (c Clock) In(year int, month time.Month, day int, location *time.Location) time.Time {
	if c.HasZone {
		at := time.Date(year, month, day, c.Hour, c.Minute, c.Second-c.Zone, c.Nanosecond, time.UTC)
		return at
	}
	return time.Date(year, month, day, c.Hour, c.Minute, c.Second, c.Nanosecond, location)
}
