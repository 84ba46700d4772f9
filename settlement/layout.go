package settlement

import (
	"fmt"
	"strings"
	"time"
)

// rawDate is a date as three numbers in the order in which the file has them.
type rawDate struct {
	first, second, third int
	iso                  bool // 2026-08-11 rather than 11/08/2026
}

// cutDate reads the date at the beginning of s, and returns what follows it.
func cutDate(s string) (d rawDate, rest string, ok bool) {
	first, width, s := cutNumber(s)
	separator, secondWidth, thirdWidth := byte('/'), 0, 4
	if width == 4 {
		d.iso = true
		separator, secondWidth, thirdWidth = '-', 2, 2
	}
	if width == 0 || width == 3 || s == "" || s[0] != separator {
		return rawDate{}, "", false
	}
	second, width, s := cutNumber(s[1:])
	if width == 0 || width > 2 || secondWidth != 0 && width != secondWidth || s == "" || s[0] != separator {
		return rawDate{}, "", false
	}
	third, width, s := cutNumber(s[1:])
	if width != thirdWidth {
		return rawDate{}, "", false
	}
	d.first, d.second, d.third = first, second, third
	return d, s, true
}

// cutNumber reads up to four digits at the beginning of s.
func cutNumber(s string) (n, width int, rest string) {
	for width < len(s) && width < 4 && s[width] >= '0' && s[width] <= '9' {
		n = n*10 + int(s[width]-'0')
		width++
	}
	return n, width, s[width:]
}

// clock is a time of the day.
type clock struct{ hour, minute, second int }

// parseClock reads what follows the date in a cell of date and time, such as
// " 22:56" or " 5:28:00".
func parseClock(s string) (c clock, ok bool) {
	if s == "" || s[0] != ' ' && s[0] != 'T' {
		return clock{}, false
	}
	hour, hourWidth, s := cutNumber(strings.TrimLeft(s[1:], " "))
	if hourWidth == 0 || hourWidth > 2 || s == "" || s[0] != ':' {
		return clock{}, false
	}
	minute, minuteWidth, s := cutNumber(s[1:])
	second, secondWidth := 0, 2
	if s != "" && s[0] == ':' {
		second, secondWidth, s = cutNumber(s[1:])
	}
	ok = s == "" && minuteWidth == 2 && secondWidth == 2 && hour < 24 && minute < 60 && second < 60
	return clock{hour, minute, second}, ok
}

// in reads the date in a layout; it fails where that gives no day of the
// calendar. Undecided, it reads only what every layout reads alike.
func (d rawDate) in(l DateLayout) (Date, bool) {
	if l == DetectLayout {
		if d.iso {
			l = YearFirst
		} else if d.first == d.second {
			l = DayFirst
		}
	}
	var date Date
	switch {
	case d.iso != (l == YearFirst):
		return Date{}, false
	case l == DayFirst:
		date = Date{d.third, time.Month(d.second), d.first}
	case l == MonthFirst:
		date = Date{d.third, time.Month(d.first), d.second}
	case l == YearFirst:
		date = Date{d.first, time.Month(d.second), d.third}
	}
	return date, date.exists()
}

// evidence returns the only layout in which the date can be read, or reports
// that two layouts give two different days. A cell that is no day at all, and
// one like 05/05/2026, is neither.
func (d rawDate) evidence() (only DateLayout, open bool) {
	_, dayFirst := d.in(DayFirst)
	_, monthFirst := d.in(MonthFirst)
	_, yearFirst := d.in(YearFirst)
	switch {
	case dayFirst && monthFirst:
		return DetectLayout, d.first != d.second
	case dayFirst:
		return DayFirst, false
	case monthFirst:
		return MonthFirst, false
	case yearFirst:
		return YearFirst, false
	}
	return DetectLayout, false
}

// evidenceFrom is evidence with the name of the month given elsewhere in the
// row, where that tells the two readings apart.
func (d rawDate) evidenceFrom(monthName string) (only DateLayout, open bool) {
	only, open = d.evidence()
	if !open {
		return only, open
	}
	switch {
	case namesMonth(monthName, time.Month(d.second)):
		return DayFirst, false
	case namesMonth(monthName, time.Month(d.first)):
		return MonthFirst, false
	}
	return DetectLayout, true
}

// namesMonth reports whether a text is the English name of a month, or an
// abbreviation of three letters or more.
func namesMonth(name string, m time.Month) bool {
	full := m.String()
	return len(name) >= 3 && len(name) <= len(full) && strings.EqualFold(name, full[:len(name)])
}

// exists reports whether d is a day of the calendar in which there can be a
// settlement. A year such as 0026 has lost its century on the way.
func (d Date) exists() bool {
	if d.Year < 2000 || d.Month < time.January || d.Month > time.December || d.Day < 1 {
		return false
	}
	return d.Day <= 28 || d.Day <= time.Date(d.Year, d.Month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// dateOrder is what is known about the layout of one kind of column. It is
// either given or learnt, once, from the first cell that allows one layout only.
type dateOrder struct {
	layout  DateLayout
	since   int    // the row that decided it; 0 where Options did
	openRow int    // the first row that can be read in two ways; 0 for none
	openCol column // its column
	openVal string // its cell
}

// open reports whether a cell was seen that cannot be read as yet.
func (o *dateOrder) open() bool { return o.layout == DetectLayout && o.openRow > 0 }

// observe learns from a cell. monthName may be "".
func (o *dateOrder) observe(cell, monthName string, col column, row int) {
	if o.layout != DetectLayout || cell == "" {
		return
	}
	d, _, ok := cutDate(cell)
	if !ok {
		return
	}
	only, open := d.evidenceFrom(monthName)
	switch {
	case only != DetectLayout:
		o.layout, o.since = only, row
	case open && o.openRow == 0:
		o.openRow, o.openCol, o.openVal = row, col, cell
	}
}

// reason says where the layout comes from.
func (o *dateOrder) reason(option string) error {
	source := "Options make"
	if o.since > 0 {
		source = fmt.Sprintf("row %d makes", o.since)
	}
	return fmt.Errorf("%s these dates %v; set Options.%s if that is wrong", source, o.layout, option)
}

// ambiguous is the fault of a file that leaves the layout open.
func (o *dateOrder) ambiguous(option string) *Error {
	return &Error{Row: o.openRow, Column: columnNames[o.openCol], Value: o.openVal, Kind: ErrAmbiguousDate,
		Err: fmt.Errorf("the file does not tell whether dates are day first or month first; set Options.%s", option)}
}
