package settlement

import (
	"errors"
	"io"
	"iter"
)

// undecidedBytes bounds how much of a file is held back while its dates can be
// read in two ways.
const undecidedBytes = 4 << 20

// Read reads a settlement report row by row. The report is CSV in UTF-8, with
// or without a byte order mark, in either documented layout. Rows without an
// Afterpay order id, which spreadsheets and totals leave at the end, are
// passed over, unless they have a settlement date and an amount: that is an
// [ErrOrderID].
//
// A row at fault yields a zero Row and an *[Error]; the loop may go on, and the
// next iteration gives the next row. After a fault that concerns the whole file
// (ErrHeader, ErrAmbiguousDate, ErrRead, wrong options) the iteration ends. A
// loop left early may be resumed by ranging again; rows are never given twice.
// The text of a row shares memory: clone a field that is kept for long.
//
// # Dates
//
// Unless Options say it, the order of day and month is learnt from the file, for
// settlement dates and for times apart. It is decided by the first cell that
// allows one order only: by a value over 12, or by the column Order Month.
// Rows that can be read in two ways are held back until such a cell appears,
// for at most 4 MiB of the file. A kind of date that is still open then takes
// the order of the other, provided that settlements do not end up far from
// their orders; otherwise the result is one [ErrAmbiguousDate] and no rows.
// A later cell that contradicts the order is an [ErrDateOrder].
//
// # Amounts
//
// Amounts are read exactly: $37.00, -$297.27, $1,259.72, ($5.00), with up to
// six decimals. The symbols $, £, € and those of one dollar (A$, NZ$, US$, C$),
// if there are any, are checked against the currency, and one that contradicts
// it is an [afterpay.ErrCurrencyMismatch]. Blank fees are 0; a blank settlement
// amount or net settlement amount is an [afterpay.ErrAmount].
func Read(r io.Reader, opts Options) iter.Seq2[Row, error] {
	rd := &reader{
		input: r,
		opts:  opts,
		dates: dateOrder{layout: opts.DateLayout},
		times: dateOrder{layout: opts.TimeLayout},
	}
	if opts.TimeLayout == DetectLayout {
		rd.times.layout = opts.DateLayout
	}
	return func(yield func(Row, error) bool) {
		for !rd.done {
			row, err := rd.next()
			if err == io.EOF || !yield(row, err) {
				return
			}
		}
	}
}

// reader is the state of one Read.
type reader struct {
	input  io.Reader
	opts   Options
	source *source // nil until the header was read
	dates  dateOrder
	times  dateOrder
	held   []record // read already, in the order of the file
	given  int      // how many of them were given
	done   bool
}

// next returns the next row, its fault, or io.EOF.
func (rd *reader) next() (Row, error) {
	if rd.source == nil {
		if fault := rd.start(); fault != nil {
			rd.done = true
			return Row{}, fault
		}
	}
	rec, err := rd.nextReadable()
	switch {
	case err != nil:
		rd.done = true
		return Row{}, err
	case rec.fault != nil:
		return Row{}, rec.fault
	}
	p := rowParser{reader: rd, record: rec}
	row := p.row()
	if p.fault != nil {
		return Row{}, p.fault
	}
	return row, nil
}

func (rd *reader) start() (fault *Error) {
	if rd.opts.Currency != "" && !isCurrencyCode(string(rd.opts.Currency)) {
		return &Error{Kind: ErrOptions, Err: errors.New("the currency is not three upper-case letters")}
	}
	if max(rd.opts.DateLayout, rd.opts.TimeLayout) > YearFirst {
		return &Error{Kind: ErrOptions, Err: errors.New("unknown date layout")}
	}
	if rd.source, fault = openSource(rd.input); fault != nil {
		return fault
	}
	if rd.opts.Currency == "" && !rd.source.header.has(colPresentmentCurrency) {
		return &Error{Kind: ErrOptions, Err: errors.New("the file names no currency; set Options.Currency")}
	}
	return nil
}

// nextReadable returns the next record whose dates can be read.
func (rd *reader) nextReadable() (record, error) {
	if rd.given == len(rd.held) {
		if err := rd.readOn(); err != nil {
			return record{}, err
		}
	}
	rd.given++
	return rd.held[rd.given-1], nil
}

// readOn reads one record, or more if the first ones can't be read without
// what later ones say.
func (rd *reader) readOn() error {
	clear(rd.held) // lets go of their texts
	rd.held, rd.given = rd.held[:0], 0
	start := rd.source.offset()
	for len(rd.held) == 0 || rd.open() && rd.source.offset()-start < undecidedBytes {
		rec, err := rd.source.next()
		if err == io.EOF && len(rd.held) > 0 {
			break
		}
		if err != nil {
			return err
		}
		rd.learn(rec)
		if rd.open() {
			rec = rec.keep()
		}
		rd.held = append(rd.held, rec)
	}
	return rd.decide()
}

// open reports whether a record was read that has to wait.
func (rd *reader) open() bool { return rd.dates.open() || rd.times.open() }

// learn takes from a record what it says about the layout of dates.
func (rd *reader) learn(rec record) {
	if rec.fault != nil || rd.dates.layout != DetectLayout && rd.times.layout != DetectLayout {
		return
	}
	h := rd.source.header
	rd.dates.observe(h.text(rec.cells, colSettlementDate), "", colSettlementDate, rec.line)
	rd.times.observe(h.text(rec.cells, colOrderTime), h.text(rec.cells, colOrderMonth), colOrderTime, rec.line)
	rd.times.observe(h.text(rec.cells, colRefundTime), "", colRefundTime, rec.line)
}

// decide settles what no cell has decided.
func (rd *reader) decide() error {
	switch {
	case rd.dates.open():
		return rd.lend(rd.times, &rd.dates, "DateLayout")
	case rd.times.open():
		return rd.lend(rd.dates, &rd.times, "TimeLayout")
	}
	return nil
}

// lend reads one kind of date in the order that the other has decided, unless
// that is refuted by the days it gives.
func (rd *reader) lend(from dateOrder, to *dateOrder, option string) error {
	if from.layout != DayFirst && from.layout != MonthFirst {
		return to.ambiguous(option)
	}
	other := DayFirst + MonthFirst - from.layout
	for _, rec := range rd.held {
		lent := rd.timely(rec, from.layout, from.layout)
		swapped := rd.timely(rec, from.layout, other)
		if to == &rd.dates {
			swapped = rd.timely(rec, other, from.layout)
		}
		if swapped && !lent {
			return to.ambiguous(option)
		}
	}
	to.layout, to.since = from.layout, from.since
	return nil
}

// timely reports whether a row, read in the two layouts, was settled within
// three weeks of its order or refund. Authorizations lapse after 13 days and
// settlement takes some business days; a date with day and month swapped is
// off by 27 days at the least.
func (rd *reader) timely(rec record, dates, times DateLayout) bool {
	h := rd.source.header
	timeCell := h.text(rec.cells, colRefundTime)
	if timeCell == "" {
		timeCell = h.text(rec.cells, colOrderTime)
	}
	settled, _, _ := cutDate(h.text(rec.cells, colSettlementDate))
	made, _, _ := cutDate(timeCell)
	settledOn, ok := settled.in(dates)
	madeOn, ok2 := made.in(times)
	if !ok || !ok2 {
		return false
	}
	days := settledOn.daysSince(madeOn)
	return -1 <= days && days <= 21 // -1, as the two may be of different zones
}
