package reconcile

import (
	"context"
	"fmt"
	"iter"
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
	file func(ctx context.Context, lefts, rights *reader, leftSide, rightSide iter.Seq2[Record, error], opts SortOptions) stream
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
func (r *Run) Findings(ctx context.Context) iter.Seq2[Finding, error] {
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
		lefts, rights := &reader{side: left, accepts: r.rules.accepts}, &reader{side: right, accepts: r.rules.accepts}
		records := merged(ctx, lefts, rights, r.leftSide, r.rightSide)
		if !opts.Presorted {
			records = r.rules.file(ctx, lefts, rights, r.leftSide, r.rightSide, opts.Sort)
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
