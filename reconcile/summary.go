package reconcile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/settlement"
)

// Summary is the outcome of a run, as far as it was read.
type Summary struct {
	// Complete reports whether both sides were read to their ends. The rest of
	// an incomplete summary is true of what was read, and proves nothing.
	Complete bool
	// LeftName and RightName are what sentences call the two sides.
	LeftName, RightName string
	// LeftRecords and RightRecords count what was read.
	LeftRecords, RightRecords int64
	// Classes and Severities count the findings.
	Classes    map[Class]int64
	Severities map[Severity]int64
	// Totals are sorted by currency, day and kind.
	Totals []Total
	// Watch holds expiring authorizations and open disputes, the most urgent
	// first, up to [Options.WatchLimit]; WatchDropped counts the others.
	Watch        []Finding
	WatchDropped int64
}

// Summary returns the outcome so far; it is final after the loop over
// [Run.Findings].
func (r *Run) Summary() Summary {
	return Summary{
		Complete: r.complete,
		LeftName: r.rules.leftName, RightName: r.rules.rightName,
		LeftRecords: r.records[left], RightRecords: r.records[right],
		Classes: maps.Clone(r.c.classes), Severities: maps.Clone(r.c.severities),
		Totals: r.c.totals.sorted(),
		Watch:  r.c.watch.sorted(), WatchDropped: r.c.watch.dropped,
	}
}

// Balanced reports whether the findings explain every difference between the
// totals of the two sides, for each currency, day and kind. It is false for an
// incomplete run.
func (s Summary) Balanced() bool {
	for _, t := range s.Totals {
		if !t.Balanced() {
			return false
		}
	}
	return s.Complete
}

// Exit statuses for a program run by cron, as grep and diff use them.
const (
	ExitClean    = 0 // both sides agree
	ExitFindings = 1 // there are findings
	ExitFailed   = 2 // the run did not come to its end
)

// ExitStatus returns ExitFindings if there is a finding of at least the given
// severity, ExitFailed if the run is incomplete or its totals do not balance,
// and ExitClean otherwise.
func (s Summary) ExitStatus(least Severity) int {
	if !s.Balanced() {
		return ExitFailed
	}
	for severity, n := range s.Severities {
		if severity >= least && n > 0 {
			return ExitFindings
		}
	}
	return ExitClean
}

// Total adds up one kind of record in one currency on one civil day of
// [Options.Location]. Amounts are in hundredths.
//
// Left and Right are added up as the records are read, Findings as they are
// found, so that Left − Right = Findings + Tolerated proves that every
// difference between the two sides has been told.
type Total struct {
	Currency afterpay.Currency
	Day      settlement.Date // the zero Date holds records without a time
	Kind     Kind            // disputes are not added up

	LeftRecords, RightRecords int64
	Left, Right               afterpay.Amount
	// Findings is the sum of the findings' effects, left less right.
	Findings afterpay.Amount
	// Tolerated is the sum of differences within [Options.Tolerance].
	Tolerated afterpay.Amount
}

// Balanced reports whether the findings explain the difference of the sides.
func (t Total) Balanced() bool { return t.Left-t.Right == t.Findings+t.Tolerated }

type totalKey struct {
	currency afterpay.Currency
	day      settlement.Date
	kind     Kind
}

// totals is the running account. Days and currencies are few, so it stays
// small however many records there are.
type totals struct {
	calendar calendar
	accounts map[totalKey]*Total
	lastKey  totalKey
	last     *Total
}

func (t *totals) account(r *Record) *Total {
	key := totalKey{r.Currency, t.calendar.day(r.At), r.Kind}
	if t.last == nil || key != t.lastKey {
		account := t.accounts[key]
		if account == nil {
			account = &Total{Currency: key.currency, Day: key.day, Kind: key.kind}
			t.accounts[key] = account
		}
		t.lastKey, t.last = key, account
	}
	return t.last
}

// read books a record as it comes in.
func (t *totals) read(r *Record) error {
	if r.Kind == KindDispute {
		return nil
	}
	account := t.account(r)
	if r.side == left {
		account.LeftRecords++
		return add(&account.Left, r.Amount)
	}
	account.RightRecords++
	return add(&account.Right, r.Amount)
}

// found books the part of a finding that r explains.
func (t *totals) found(r *Record, sign afterpay.Amount) error {
	return add(&t.account(r).Findings, sign*r.Amount)
}

// tolerated books the same for a difference that is no finding.
func (t *totals) tolerated(r *Record, sign afterpay.Amount) error {
	return add(&t.account(r).Tolerated, sign*r.Amount)
}

func (t *totals) sorted() []Total {
	list := make([]Total, 0, len(t.accounts))
	for _, account := range t.accounts {
		list = append(list, *account)
	}
	slices.SortFunc(list, func(a, b Total) int {
		return cmp.Or(cmp.Compare(a.Currency, b.Currency), a.Day.Compare(b.Day), cmp.Compare(a.Kind, b.Kind))
	})
	return list
}

// add adds to a sum in place, and refuses to run over.
func add(sum *afterpay.Amount, amount afterpay.Amount) error {
	total := *sum + amount
	if (amount > 0) != (total > *sum) && amount != 0 {
		return fmt.Errorf("reconcile: sum out of range: %w", afterpay.ErrAmount)
	}
	*sum = total
	return nil
}
