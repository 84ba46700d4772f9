package reconcile

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/afterpay-go/afterpay"
)

// NewTable returns a reporter for people at a terminal: findings of at least
// the given severity as they come, each with its sentence, and at the end what
// to watch, the totals of both sides, and whether they balance. Findings below
// are counted only.
func NewTable(w io.Writer, least Severity) Reporter {
	return &tableReport{w: bufio.NewWriter(w), least: least}
}

type tableReport struct {
	w     *bufio.Writer
	least Severity
	begun bool
}

// print leaves errors to Flush, where the writer reports the first.
func (t *tableReport) print(format string, args ...any) { _, _ = fmt.Fprintf(t.w, format, args...) }

const findingRow = "%-8s  %-23s  %-24s  %15s  %15s\n"

func (t *tableReport) Finding(f *Finding) error {
	if f.Severity < t.least {
		return nil
	}
	if !t.begun {
		t.begun = true
		t.print(findingRow, "SEVERITY", "FINDING", "ORDER", "LEFT", "RIGHT")
	}
	t.print(findingRow, f.Severity, f.Class, keyCell(f), moneyOf(f, f.Left), moneyOf(f, f.Right))
	t.print("          %s\n", printable(f.Text))
	return t.w.Flush()
}

func (t *tableReport) Close(s *Summary) error {
	if t.begun {
		t.print("\n")
	}
	t.watch(s)
	t.counts(s)
	t.totals(s)
	switch {
	case !s.Complete:
		t.print("The run did not come to its end; nothing is proved.\n")
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
		t.print("  %-25s  %-13s  %-24s  %s\n", due, f.Class, keyCell(&f), moneyOf(&f, f.Right))
	}
	if s.WatchDropped > 0 {
		t.print("  and %d more\n", s.WatchDropped)
	}
	t.print("\n")
}

func (t *tableReport) counts(s *Summary) {
	t.print("Records read: %d of %s (left), %d of %s (right)", s.LeftRecords, s.LeftName, s.RightRecords, s.RightName)
	for i, class := range slices.Sorted(maps.Keys(s.Classes)) {
		separator := "; "
		if i > 0 {
			separator = ", "
		}
		t.print("%s%d %s", separator, s.Classes[class], class)
	}
	if len(s.Classes) == 0 {
		t.print("; no findings")
	}
	t.print("\n\n")
}

const totalRow = "%-10s  %-8s  %-8s  %16s  %16s  %14s  %14s\n"

// totals shows the sums of each currency and kind, and of the days on which
// the sides differ.
func (t *tableReport) totals(s *Summary) {
	t.print(totalRow, "DAY", "KIND", "CURRENCY", "LEFT", "RIGHT", "DIFFERENCE", "EXPLAINED")
	for i, total := range s.Totals {
		if total.Left != total.Right || !total.Balanced() {
			t.total(cmp.Or(total.Day.String(), "no day"), total)
		}
		last := i+1 == len(s.Totals) || s.Totals[i+1].Currency != total.Currency
		if last {
			for _, kind := range [...]Kind{KindPayment, KindRefund, KindOther} {
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

// sum adds up the days of a currency and kind; false if there are none.
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

// moneyOf is the amount that the finding is about.
func moneyOf(f *Finding, r *Record) string {
	if r == nil {
		return "-"
	}
	money := r.Money()
	if f.Class == AuthExpiring || f.Class == AuthExpired {
		money.Amount = max(r.Open, r.Voided)
		if money.Amount == 0 { // a shop that keeps the state alone
			return "-"
		}
	}
	return money.String()
}

// keyCell is the finding's key, or the line where that is a token.
func keyCell(f *Finding) string {
	key := f.publicKey()
	for _, r := range [...]*Record{f.Left, f.Right} {
		if key == "" && r != nil && r.Line > 0 {
			key = fmt.Sprintf("(line %d)", r.Line)
		}
	}
	return fitting(key, 24)
}

// fitting shortens a text to a width, counted in characters.
func fitting(s string, width int) string {
	s = printable(s)
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	return string([]rune(s)[:width-1]) + "…"
}

// printable keeps texts from outside from steering the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
}
