package reconcile

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/afterpay-go/afterpay"
)

// Reporter writes the findings of a run.
type Reporter interface {
	// Begin is called once, before anything else, with the names of the two
	// sides, such as "shop" and "afterpay".
	Begin(left, right string) error
	// Finding writes one finding.
	Finding(f *Finding) error
	// Close writes what belongs at the end and flushes. It does not close the
	// file. If the run broke off, s is the summary of an incomplete run.
	Close(s *Summary) error
}

// Report runs to the end, hands every finding to the reporter, and returns the
// summary. If the run breaks off, the reporter is closed with the summary of an
// incomplete run. After an error of the reporter itself, it is not called again.
func (r *Run) Report(ctx context.Context, to Reporter) (Summary, error) {
	if err := to.Begin(r.rules.left.column, r.rules.right.column); err != nil {
		return r.Summary(), err
	}
	var broken error
	for f, err := range r.Findings(ctx) {
		if err != nil {
			broken = err
			break
		}
		if err := to.Finding(&f); err != nil {
			return r.Summary(), err
		}
	}
	summary := r.Summary()
	return summary, errors.Join(broken, to.Close(&summary))
}

// publicKey returns the finding's key, unless that is a checkout token.
func (f *Finding) publicKey() string {
	for _, r := range [...]*Record{f.Left, f.Right} {
		if r != nil && f.Key == r.Token {
			return firstOf(r.Reference, r.ID)
		}
	}
	return f.Key
}

// either returns the first of the two sides' texts that is not empty.
func (f *Finding) either(text func(*Record) string) string {
	for _, r := range [...]*Record{f.Left, f.Right} {
		if r != nil && text(r) != "" {
			return text(r)
		}
	}
	return ""
}

// maxTable is the number of findings that a table shows.
const maxTable = 10_000

// NewTable returns a reporter for people at a terminal. It shows the findings of
// at least the given severity, each with its sentence, file and line: the most
// severe first, and of those the ones about the most money, up to 10,000. Then it
// shows what to watch, the money of each class, the totals of both sides, and
// whether they balance. Findings below the severity are counted only.
//
// Close writes the table.
func NewTable(w io.Writer, least Severity) Reporter {
	return &tableReport{w: bufio.NewWriter(w), least: least, left: "left", right: "right", list: shortlist{limit: maxTable, compare: byWeight}}
}

type tableReport struct {
	w           *bufio.Writer
	least       Severity
	left, right string
	list        shortlist
}

// print ignores errors; Flush returns the first.
func (t *tableReport) print(format string, args ...any) { _, _ = fmt.Fprintf(t.w, format, args...) }

func (t *tableReport) Begin(left, right string) error {
	t.left, t.right = strings.ToUpper(left), strings.ToUpper(right)
	return nil
}

func (t *tableReport) Finding(f *Finding) error {
	if f.Severity >= t.least {
		t.list.add(f)
	}
	return nil
}

// byWeight orders findings by severity, then by money.
func byWeight(a, b Finding) int {
	return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.weight(), a.weight()), cmp.Compare(a.Class, b.Class), cmp.Compare(a.Key, b.Key))
}

// weight is the money that a finding is about, in hundredths of any currency.
func (f *Finding) weight() afterpay.Amount {
	var weight afterpay.Amount
	for _, part := range f.money() {
		weight = max(weight, part.Amount, -part.Amount)
	}
	return weight
}

const findingRow = "%-8s  %-23s  %-24s  %15s  %15s  %s"

func (t *tableReport) findings() {
	for i, f := range t.list.sorted() {
		if i == 0 {
			t.print(findingRow+"\n", "SEVERITY", "FINDING", "ORDER", t.left, t.right, "WHERE")
		}
		row := fmt.Sprintf(findingRow, f.Severity, f.Class, fitting(f.publicKey(), 24), moneyOf(&f, f.Left), moneyOf(&f, f.Right), printable(f.places()))
		t.print("%s\n", strings.TrimRight(row, " "))
		t.print("          %s\n", printable(f.Text))
	}
	if t.list.dropped > 0 {
		t.print("and %d more\n", t.list.dropped)
	}
	if len(t.list.heap) > 0 {
		t.print("\n")
	}
}

// places names the files and lines of both sides.
func (f *Finding) places() string {
	var places []string
	for _, r := range [...]*Record{f.Left, f.Right} {
		if r != nil && r.Line > 0 {
			places = append(places, placeOf(r.File, r.Line))
		}
	}
	return strings.Join(places, ", ")
}

func (t *tableReport) Close(s *Summary) error {
	t.findings()
	t.watch(s)
	t.counts(s)
	t.classes(s)
	t.totals(s)
	switch {
	case !s.Complete:
		t.print("INCOMPLETE: the run broke off, and what was not read may hold more findings.\n")
	case !s.Balanced():
		t.print("The findings do NOT explain the difference of the totals.\n")
	default:
		t.print("The findings explain every difference of the totals, to the cent.\n")
	}
	return t.w.Flush()
}

func (t *tableReport) watch(s *Summary) {
	if len(s.Watch) == 0 {
		return
	}
	t.print("To watch, most urgent first:\n")
	for _, f := range s.Watch {
		due := "no limit"
		if f.Right != nil && !f.Right.Due.IsZero() {
			due = f.Right.Due.Format(time.RFC3339)
		}
		t.print("  %-25s  %-13s  %-24s  %s\n", due, f.Class, fitting(f.publicKey(), 24), moneyOf(&f, f.Right))
	}
	if s.WatchDropped > 0 {
		t.print("  and %d more\n", s.WatchDropped)
	}
	t.print("\n")
}

func (t *tableReport) counts(s *Summary) {
	t.print("Records read: %d of %s, %d of %s\n", s.LeftRecords, s.LeftName, s.RightRecords, s.RightName)
	if len(s.Classes) == 0 {
		t.print("No findings.\n")
	}
	t.print("\n")
}

const classRow = "%-23s  %8s  %-8s  %16s  %14s\n"

// classes shows the money of each class.
func (t *tableReport) classes(s *Summary) {
	for i, c := range s.ClassTotals {
		if i == 0 {
			t.print(classRow, "FINDING", "COUNT", "CURRENCY", "MONEY", "DIFFERENCE")
		}
		t.print(classRow, c.Class, fmt.Sprint(c.Findings), c.Currency, c.Money, c.Difference)
	}
	if len(s.ClassTotals) > 0 {
		t.print("\n")
	}
}

const totalRow = "%-10s  %-8s  %-8s  %16s  %16s  %14s  %14s\n"

// totals shows the totals of each currency and kind, and those of the days on
// which the sides differ.
func (t *tableReport) totals(s *Summary) {
	t.print(totalRow, "DAY", "KIND", "CURRENCY", t.left, t.right, "DIFFERENCE", "EXPLAINED")
	for i, total := range s.Totals {
		if total.Left != total.Right || !total.Balanced() {
			t.total(cmp.Or(total.Day.String(), "no day"), total)
		}
		last := i+1 == len(s.Totals) || s.Totals[i+1].Currency != total.Currency
		if last {
			for _, kind := range [...]Kind{KindPayment, KindRefund, KindOther, KindPayout} {
				if sum, ok := s.sum(total.Currency, kind); ok {
					t.total("all days", sum)
				}
			}
		}
	}
	t.print("\n")
}

func (t *tableReport) total(day string, of Total) {
	t.print(totalRow, day, of.Kind, of.Currency, of.Left, of.Right, of.Left-of.Right, of.Findings+of.Tolerated)
}

// sum adds up the days of a currency and kind. It reports false if there are none.
func (s *Summary) sum(currency afterpay.Currency, kind Kind) (Total, bool) {
	sum, found := Total{Currency: currency, Kind: kind}, false
	for _, t := range s.Totals {
		if t.Currency == currency && t.Kind == kind {
			found = true
			sum.Left += t.Left
			sum.Right += t.Right
			sum.Findings += t.Findings
			sum.Tolerated += t.Tolerated
		}
	}
	return sum, found
}

// moneyOf returns the amount of a record that the finding is about.
func moneyOf(f *Finding, r *Record) string {
	if r == nil {
		return "-"
	}
	money := concerned(f, r)
	if money.Amount == 0 && (f.Class == AuthExpiring || f.Class == AuthExpired) { // a shop that keeps the state alone
		return "-"
	}
	return money.String()
}

// fitting shortens a text to a width, counted in characters.
func fitting(s string, width int) string {
	s = printable(s)
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	return string([]rune(s)[:width-1]) + "…"
}

// printable replaces control characters, which could steer the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
}
