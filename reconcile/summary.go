package reconcile

import (
	"cmp"
	"maps"
	"slices"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/safe"
	"github.com/afterpay-go/afterpay/settlement"
)

// Summary is the outcome of a run, as far as it was read.
type Summary struct {
	// Complete reports whether both sides were read to their ends. The rest of an
	// incomplete summary describes what was read and proves nothing.
	Complete bool
	// LeftName and RightName name the two sides, such as "shop" and "afterpay".
	LeftName, RightName string
	// LeftRecords and RightRecords count what was read.
	LeftRecords, RightRecords int64
	// Classes and Severities count the findings.
	Classes    map[Class]int64
	Severities map[Severity]int64
	// ClassTotals are the money of the findings, sorted by class and currency.
	ClassTotals []ClassTotal
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
		LeftName: r.rules.left.column, RightName: r.rules.right.column,
		LeftRecords: r.records[left], RightRecords: r.records[right],
		Classes: maps.Clone(r.c.classes), Severities: maps.Clone(r.c.severities),
		ClassTotals: r.c.sortedClasses(),
		Totals:      r.c.totals.sorted(),
		Watch:       r.c.watch.sorted(), WatchDropped: r.c.watch.dropped,
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
	ExitFailed   = 2 // the run did not finish, or its totals do not balance
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

// ClassTotal is the money that the findings of one class are about, in one
// currency. A finding about two currencies counts in both.
type ClassTotal struct {
	Class    Class
	Currency afterpay.Currency // empty for findings that are about no money
	Findings int64
	// Money is the total of the findings' amounts, without their signs. The
	// amount of a finding is the difference between the sides or, if it
	// explains no difference, the amount it is about.
	Money afterpay.Amount
	// Difference is the total of the differences, left less right.
	Difference afterpay.Amount
}

type classKey struct {
	class    Class
	currency afterpay.Currency
}

// money returns what a finding is about, in one currency or in two: the
// difference between the sides or, if there is none, the amount.
func (f *Finding) money() []afterpay.Money {
	if f.Effect != (Effect{}) {
		if difference, ok := f.Effect.Difference(); ok {
			return []afterpay.Money{difference}
		}
		return []afterpay.Money{f.Effect.Left, {Amount: -f.Effect.Right.Amount, Currency: f.Effect.Right.Currency}}
	}
	for _, r := range [...]*Record{f.Right, f.Left} {
		if r != nil {
			return []afterpay.Money{concerned(f, r)}
		}
	}
	return []afterpay.Money{{}}
}

// concerned returns the amount of a record that the finding is about.
func concerned(f *Finding, r *Record) afterpay.Money {
	money := r.Money()
	switch f.Class {
	case AuthExpiring, AuthExpired:
		money.Amount = max(r.Open, r.Voided)
	case FeeMismatch:
		money = r.Fee.Round(r.Currency)
	}
	return money
}

// addClass adds a finding to the totals of its class.
func (c *comparison) addClass(f *Finding) {
	for _, money := range f.money() {
		key := classKey{f.Class, money.Currency}
		total := c.classMoney[key]
		if total == nil {
			total = &ClassTotal{Class: f.Class, Currency: money.Currency}
			c.classMoney[key] = total
		}
		total.Findings++
		c.keep(add(&total.Money, max(money.Amount, -money.Amount)))
		if f.Effect != (Effect{}) {
			c.keep(add(&total.Difference, money.Amount))
		}
	}
}

func (c *comparison) sortedClasses() []ClassTotal {
	list := make([]ClassTotal, 0, len(c.classMoney))
	for _, total := range c.classMoney {
		list = append(list, *total)
	}
	slices.SortFunc(list, func(a, b ClassTotal) int {
		return cmp.Or(cmp.Compare(a.Class, b.Class), cmp.Compare(a.Currency, b.Currency))
	})
	return list
}

// Total adds up one kind of record in one currency on one calendar day of
// [Options.Location]. Amounts are in hundredths.
//
// Left and Right are added up as the records are read, Findings as they are
// found. Left − Right = Findings + Tolerated proves that every difference between
// the two sides was reported.
type Total struct {
	Currency afterpay.Currency
	Day      settlement.Date // the zero Date holds records without a time
	Kind     Kind            // disputes are not added up

	LeftRecords, RightRecords int64
	Left, Right               afterpay.Amount
	// Findings is the total of the findings' effects, left less right.
	Findings afterpay.Amount
	// Tolerated is the total of the differences within [Options.Tolerance].
	Tolerated afterpay.Amount
}

// Balanced reports whether the findings explain the difference of the sides.
func (t Total) Balanced() bool { return t.Left-t.Right == t.Findings+t.Tolerated }

type totalKey struct {
	currency afterpay.Currency
	day      settlement.Date
	kind     Kind
}

// totals holds the running totals. There are few days and currencies, so it stays
// small however many records there are.
type totals struct {
	calendar calendar
	undated  bool // all amounts are on the zero Date
	accounts map[totalKey]*Total
	lastKey  totalKey
	last     *Total
}

func (t *totals) account(r *Record) *Total {
	key := totalKey{r.Currency, t.calendar.day(r.At), r.Kind}
	if t.undated {
		key.day = settlement.Date{}
	}
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

// read adds a record to the totals.
func (t *totals) read(r *Record) error {
	if r.Kind == KindDispute || r.ifRefunded {
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

// move moves the amount of a record of the left side to the day of another.
func (t *totals) move(r, to *Record) error {
	if err := add(&t.account(r).Left, -r.Amount); err != nil {
		return err
	}
	return add(&t.account(to).Left, r.Amount)
}

// found adds the part of a finding that r explains.
func (t *totals) found(r *Record, sign afterpay.Amount) error {
	return add(&t.account(r).Findings, sign*r.Amount)
}

// tolerated does the same for a difference within the tolerance.
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

// add adds to a total in place, and returns an error if that overflows.
func add(sum *afterpay.Amount, amount afterpay.Amount) error {
	total := *sum + amount
	if (amount > 0) != (total > *sum) && amount != 0 {
		return safe.Kindf(afterpay.ErrAmount, "reconcile: total out of range")
	}
	*sum = total
	return nil
}

// byUrgency orders by the time left. Findings without a limit come last.
func byUrgency(a, b Finding) int {
	x, y := a.Right.Due, b.Right.Due
	if x.IsZero() != y.IsZero() {
		if x.IsZero() {
			return 1
		}
		return -1
	}
	return cmp.Or(x.Compare(y), cmp.Compare(a.Class, b.Class), cmp.Compare(a.Key, b.Key))
}

// shortlist keeps the first findings in some order, in a heap whose root is the
// last of them.
type shortlist struct {
	limit   int
	compare func(a, b Finding) int
	heap    []Finding
	dropped int64
}

func (w *shortlist) add(f *Finding) {
	if len(w.heap) < w.limit {
		w.heap = append(w.heap, *f)
		w.up(len(w.heap) - 1)
		return
	}
	w.dropped++
	if w.limit > 0 && w.compare(*f, w.heap[0]) < 0 {
		w.heap[0] = *f
		w.down(0)
	}
}

func (w *shortlist) sorted() []Finding {
	list := slices.Clone(w.heap)
	slices.SortStableFunc(list, w.compare)
	return list
}

func (w *shortlist) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if w.compare(w.heap[i], w.heap[parent]) <= 0 {
			return
		}
		w.heap[i], w.heap[parent] = w.heap[parent], w.heap[i]
		i = parent
	}
}

func (w *shortlist) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(w.heap); child++ {
			if w.compare(w.heap[child], w.heap[least]) > 0 {
				least = child
			}
		}
		if least == i {
			return
		}
		w.heap[i], w.heap[least] = w.heap[least], w.heap[i]
		i = least
	}
}
