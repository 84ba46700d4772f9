package settlement

import (
	"fmt"
	"time"

	"github.com/afterpay-go/afterpay/internal/csvfile"
)

// DateLayout is the order of day, month and year in the dates of a report.
type DateLayout uint8

const (
	// DetectLayout lets the file decide: see [Read].
	DetectLayout DateLayout = iota
	// DayFirst reads 11/08/2026 as 11 August.
	DayFirst
	// MonthFirst reads 11/08/2026 as 8 November, as in the United States.
	MonthFirst
	// YearFirst refuses dates such as 11/08/2026. Dates such as 2026-08-11 are
	// read in every layout.
	YearFirst
)

// String returns the layout in words.
func (l DateLayout) String() string {
	switch l {
	case DetectLayout:
		return "undecided"
	case DayFirst:
		return "day first"
	case MonthFirst:
		return "month first"
	case YearFirst:
		return "year first"
	}
	return "unknown layout"
}

// in returns the day that a date means in the layout.
func (l DateLayout) in(d csvfile.Date) (Date, bool) {
	year, month, day, ok := d.In(csvfile.DateOrder(l))
	if !ok {
		return Date{}, false
	}
	return Date{year, month, day}, true
}

// dateOrder is the layout of one kind of date. It is given by Options, or
// learned from the first cell that can be read in one layout only.
type dateOrder struct {
	option string // of Options
	layout DateLayout
	since  int  // the line that decided the layout, or 0
	waits  bool // a date was read that needs the layout
	lapsed bool // rows wait no longer
}

// open reports whether rows have to wait until the layout is decided.
func (o *dateOrder) open() bool { return o.layout == DetectLayout && o.waits && !o.lapsed }

// observe learns from a cell of the given line. isMonth reports whether a month
// is the one that the row names elsewhere. needed is false if the date is known
// without this cell.
func (o *dateOrder) observe(cell string, isMonth func(time.Month) bool, needed bool, line int) {
	if o.layout != DetectLayout || cell == "" {
		return
	}
	d, _, ok := csvfile.CutDate(cell)
	if !ok {
		return
	}
	only, open := d.EvidenceOf(isMonth)
	if only != csvfile.AnyOrder {
		o.layout, o.since = DateLayout(only), line
	}
	o.waits = o.waits || open && needed
}

// reason says where the layout comes from.
func (o *dateOrder) reason() error {
	source := "Options make"
	if o.since > 0 {
		source = fmt.Sprintf("line %d makes", o.since)
	}
	return fmt.Errorf("%s these dates %v; set Options.%s if that is wrong", source, o.layout, o.option)
}

// learn takes from a row what it says about the layout of dates.
func (rd *reader) learn(c cells) {
	if c.row.Err != nil || rd.dates.layout != DetectLayout && rd.times.layout != DetectLayout {
		return
	}
	for _, col := range [...]column{colSettlementDate, colOrderTime, colRefundTime} {
		needed := c.text(isoColumns[col]) == ""
		rd.order(col).observe(c.text(col), c.isMonth(col), needed, c.row.First)
	}
}

// order returns what is known about the dates of a column.
func (rd *reader) order(col column) *dateOrder {
	if col == colSettlementDate {
		return &rd.dates
	}
	return &rd.times
}

// open reports whether a row was read that has to wait.
func (rd *reader) open() bool { return rd.dates.open() || rd.times.open() }

// decide settles the layouts that no cell has decided. A layout that stays open
// is no fault of the rows that do not need it, so they wait no longer.
func (rd *reader) decide() {
	switch {
	case rd.dates.open():
		rd.lend(&rd.times, &rd.dates)
	case rd.times.open():
		rd.lend(&rd.dates, &rd.times)
	}
}

// lend reads one kind of date in the layout of the other, unless the days that
// result speak against it.
func (rd *reader) lend(from, to *dateOrder) {
	to.lapsed = true
	if from.layout != DayFirst && from.layout != MonthFirst {
		return
	}
	other := DayFirst + MonthFirst - from.layout
	for _, c := range rd.held {
		lent := c.timely(from.layout, from.layout)
		swapped := c.timely(from.layout, other)
		if to == &rd.dates {
			swapped = c.timely(other, from.layout)
		}
		if swapped && !lent {
			return
		}
	}
	to.layout, to.since = from.layout, from.since
}

// timely reports whether a row, read in the two layouts, was settled within
// three weeks of its order or refund. Authorizations lapse after 13 days and
// settlement takes some business days. A date with day and month swapped is
// off by at least 27 days.
func (c cells) timely(dates, times DateLayout) bool {
	timeCell := c.date(colRefundTime)
	if timeCell == "" {
		timeCell = c.date(colOrderTime)
	}
	settled, _, _ := csvfile.CutDate(c.date(colSettlementDate))
	made, _, _ := csvfile.CutDate(timeCell)
	settledOn, ok := dates.in(settled)
	madeOn, ok2 := times.in(made)
	if !ok || !ok2 {
		return false
	}
	days := settledOn.daysSince(madeOn)
	return -1 <= days && days <= 21 // -1, as the two may be of different zones
}

// cells are the cells of a row by column.
type cells struct {
	file *csvfile.File
	row  csvfile.Row
}

// text returns a cell without white space and quotation marks around it, or ""
// if the file has no such column.
func (c cells) text(col column) string { return c.file.Cell(c.row.Cells, int(col)) }

// date returns the cell to read a date from, which is the ISO date if there is
// one.
func (c cells) date(col column) string {
	if text := c.text(isoColumns[col]); text != "" {
		return text
	}
	return c.text(col)
}

// isMonth returns a test for the month of a date: that of its ISO date, or for
// an order the one in the column Order Month.
func (c cells) isMonth(col column) func(time.Month) bool {
	iso, _, _ := csvfile.CutDate(c.text(isoColumns[col]))
	_, isoMonth, _, hasISO := iso.In(csvfile.AnyOrder)
	name := ""
	if col == colOrderTime {
		name = c.text(colOrderMonth)
	}
	return func(m time.Month) bool { return hasISO && m == isoMonth || csvfile.NamesMonth(name, m) }
}
