package reconcile

import (
	"context"
	"iter"

	"github.com/afterpay-go/afterpay/internal/safe"
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

// rules are what distinguishes the comparisons of different pairs of sides.
type rules struct {
	// compare reports the findings of one group.
	compare func(*comparison, *group)
	// file brings records in any order together under common keys.
	file func(f *filing, lefts, rights *reader, leftSide, rightSide iter.Seq2[Record, error]) error
	// accepts is false for records that the rules know nothing of.
	accepts     func(*Record) bool
	left, right sideName
	// undated keeps totals by currency and kind only, and not by day.
	undated bool
}

func newRun(leftSide, rightSide iter.Seq2[Record, error], opts Options, rules rules) *Run {
	return &Run{leftSide: leftSide, rightSide: rightSide, opts: opts, rules: rules}
}

// sideName is what the sides of a comparison are called: by a word in columns,
// and in sentences.
type sideName struct {
	column, phrase string
}

// Findings reads both sides and yields every disagreement as it is found, group
// by group. Memory holds one group, whatever the number of records. Records that
// agree leave nothing behind.
//
// A row that cannot be read or compared is an [UnreadableRow], up to
// [Options.MaxUnreadable]. Any other error ends the run, as does ctx when it is
// done. Ending the loop early, by break, return or panic, removes all temporary
// files. A second loop yields ErrOptions.
func (r *Run) Findings(ctx context.Context) iter.Seq2[Finding, error] {
	return func(yield func(Finding, error) bool) {
		if r.started {
			yield(Finding{}, safe.Kindf(ErrOptions, "reconcile: the findings of a run can be read only once"))
			return
		}
		r.started = true
		opts, err := r.opts.normal()
		if err != nil {
			yield(Finding{}, err)
			return
		}
		r.c = newComparison(opts, r.rules)
		lefts := &reader{side: left, accepts: r.rules.accepts, refused: r.c.unreadable}
		rights := &reader{side: right, accepts: r.rules.accepts, refused: r.c.unreadable}
		var records stream
		if opts.Presorted {
			records = merged(lefts.inOrder(ctx, r.leftSide), rights.inOrder(ctx, r.rightSide))
		} else {
			records = filed(ctx, opts.Sort, func(f *filing) error {
				return r.rules.file(f, lefts, rights, r.leftSide, r.rightSide)
			})
		}
		if ok, err := r.compare(ctx, records, yield); err != nil {
			yield(Finding{}, err)
		} else if ok {
			r.complete = r.c.err == nil
		}
	}
}

// compare goes through the groups. It returns false if the loop was ended.
func (r *Run) compare(ctx context.Context, records stream, yield func(Finding, error) bool) (bool, error) {
	var g group
	for record, err := range records {
		if err != nil {
			return false, err
		}
		if record.Key != g.key {
			if ok, err := r.finish(ctx, &g, yield); !ok || err != nil {
				return ok, err
			}
			g.reset(record.Key, r.shownKey(record.Key))
		}
		if err := r.read(record, &g); err != nil {
			return false, err
		}
	}
	if ok, err := r.finish(ctx, &g, yield); !ok || err != nil {
		return ok, err
	}
	r.c.reportPayouts()
	return r.report(yield), nil
}

// shownKey returns a key without the mark that it is filed under.
func (r *Run) shownKey(key string) string {
	if r.opts.Presorted {
		return key
	}
	return shownKey(key)
}

// read adds a record to the totals and to its group.
func (r *Run) read(record *Record, g *group) error {
	r.records[record.side]++
	if g.size() == r.c.MaxGroup && record.Kind != KindPayout {
		return &Error{Side: record.side.String(), Number: r.records[record.side], File: record.File, Line: record.Line, Key: g.shown, Kind: ErrGroup}
	}
	g.add(record)
	return r.c.totals.read(record)
}

// finish compares a group and yields its findings.
func (r *Run) finish(ctx context.Context, g *group, yield func(Finding, error) bool) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if g.size() == 0 {
		return true, nil
	}
	r.rules.compare(&r.c, g)
	if r.c.err != nil {
		return false, r.c.err
	}
	return r.report(yield), nil
}

func (r *Run) report(yield func(Finding, error) bool) bool {
	for i := range r.c.found {
		r.c.addClass(&r.c.found[i])
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
		Options: opts, left: rules.left, right: rules.right,
		totals:     totals{calendar: calendar{location: opts.Location}, undated: rules.undated, accounts: map[totalKey]*Total{}},
		watch:      shortlist{limit: opts.WatchLimit, compare: byUrgency},
		payouts:    map[payoutKey]*payout{},
		classes:    map[Class]int64{},
		classMoney: map[classKey]*ClassTotal{},
		severities: map[Severity]int64{},
	}
}
