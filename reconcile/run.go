package reconcile

import (
	"fmt"
	"iter"
	"maps"
)

// Run is one comparison of two sides. It reads its sources once, while
// [Run.Findings] is looped over, and is not safe for concurrent use.
type Run struct {
	leftSide, rightSide iter.Seq2[Record, error]
	rules               rules
	opts                Options
	started             bool
	complete            bool
	records             [2]int64
	c                   comparison
}

// rules are what tells one pair of sides from another.
type rules struct {
	// compare reports the findings of one group.
	compare func(*comparison, *group)
	// file brings records in any order together under common keys.
	file func(leftSide, rightSide iter.Seq2[Record, error], accepts func(*Record) bool, opts SortOptions) stream
	// accepts is false for records that the rules know nothing of.
	accepts func(*Record) bool
	// leftName and rightName are what sentences call the sides.
	leftName, rightName string
}

func newRun(leftSide, rightSide iter.Seq2[Record, error], opts Options, rules rules) *Run {
	return &Run{leftSide: leftSide, rightSide: rightSide, opts: opts, rules: rules}
}

// Findings reads both sides and yields every disagreement as it is found,
// group by group in the order of their keys. Memory holds one group, whatever
// the number of records; agreeing records leave nothing behind.
//
// An error ends the run, of whichever source it comes: with rows left out,
// their partners would be reported as missing. Ending the loop early, by
// break, return or panic, removes all temporary files. A second loop yields
// ErrOptions.
func (r *Run) Findings() iter.Seq2[Finding, error] {
	return func(yield func(Finding, error) bool) {
		if r.started {
			yield(Finding{}, fmt.Errorf("reconcile: the findings of a run are read once: %w", ErrOptions))
			return
		}
		r.started = true
		opts, err := r.opts.normal()
		if err != nil {
			yield(Finding{}, err)
			return
		}
		r.c = newComparison(opts, r.rules)
		records := merged(r.leftSide, r.rightSide, r.rules.accepts)
		if !opts.Presorted {
			records = r.rules.file(r.leftSide, r.rightSide, r.rules.accepts, opts.Sort)
		}
		if ok, err := r.compare(records, yield); err != nil {
			yield(Finding{}, err)
		} else if ok {
			r.complete = true
		}
	}
}

// compare goes through the groups. It is false when the caller has heard
// enough.
func (r *Run) compare(records stream, yield func(Finding, error) bool) (bool, error) {
	var g group
	for record, err := range records {
		if err != nil {
			return false, err
		}
		if record.Key != g.key {
			if ok, err := r.finish(&g, yield); !ok || err != nil {
				return ok, err
			}
			g.reset(record.Key)
		}
		if err := r.read(record, &g); err != nil {
			return false, err
		}
	}
	if ok, err := r.finish(&g, yield); !ok || err != nil {
		return ok, err
	}
	r.c.reportPayouts()
	return r.tell(yield), nil
}

// read books a record and puts it into its group.
func (r *Run) read(record *Record, g *group) error {
	r.records[record.side]++
	if g.size() == r.c.MaxGroup {
		return &Error{Side: record.side.String(), Number: r.records[record.side], Line: record.Line, Key: record.Key, Kind: ErrGroup}
	}
	g.add(record)
	return r.c.totals.read(record)
}

// finish compares a group and tells what was found.
func (r *Run) finish(g *group, yield func(Finding, error) bool) (bool, error) {
	if g.size() == 0 {
		return true, nil
	}
	r.rules.compare(&r.c, g)
	if r.c.err != nil {
		return false, r.c.err
	}
	return r.tell(yield), nil
}

func (r *Run) tell(yield func(Finding, error) bool) bool {
	for i := range r.c.found {
		if !yield(r.c.found[i], nil) {
			return false
		}
	}
	clear(r.c.found)
	r.c.found = r.c.found[:0]
	return true
}

func newComparison(opts Options, rules rules) comparison {
	return comparison{
		Options: opts, leftName: rules.leftName, rightName: rules.rightName,
		totals:     totals{calendar: calendar{location: opts.Location}, accounts: map[totalKey]*Total{}},
		watch:      watchList{limit: opts.WatchLimit},
		payouts:    map[payoutKey]*payout{},
		classes:    map[Class]int64{},
		severities: map[Severity]int64{},
	}
}

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
