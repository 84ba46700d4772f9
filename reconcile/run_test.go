package reconcile_test

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
)

func keyed(key string, change func(r *reconcile.Record)) reconcile.Record {
	return with(byReference(key), func(r *reconcile.Record) {
		r.Key = key
		change(r)
	})
}

func TestARunEndsAtARecordThatCannotBeCompared(t *testing.T) {
	t.Parallel()
	none := func(*reconcile.Record) {}
	fine := keyed("A", none)
	presorted := reconcile.Options{Presorted: true, Now: now, MaxUnreadable: -1}
	anyOrder := reconcile.Options{Now: now, MaxUnreadable: -1}
	tests := []struct {
		name          string
		lefts, rights records
		opts          reconcile.Options
		want          error
		text          string
	}{
		{"left out of order", records{keyed("B", none), keyed("A", func(r *reconcile.Record) { r.Line = 9 })}, nil, presorted, reconcile.ErrOrder,
			"reconcile: left side, record 2 (line 9): records out of order"},
		{"right out of order", nil, records{keyed("B", none), keyed("C", none), keyed("A", none)}, presorted, reconcile.ErrOrder,
			"reconcile: right side, record 3: records out of order"},
		{"right out of order after the left has ended", records{fine}, records{keyed("B", none), keyed("A", none)}, presorted, reconcile.ErrOrder,
			"reconcile: right side, record 2: records out of order"},
		{"without a key", records{keyed("", none)}, nil, presorted, reconcile.ErrRecord, "reconcile: left side, record 1: unusable record: it has no key"},
		{"without any key", records{{Amount: 1, Currency: "AUD"}}, nil, anyOrder, reconcile.ErrRecord, "reconcile: left side, record 1: unusable record: it has no key"},
		{"an amount without a currency", records{with(fine, func(r *reconcile.Record) { r.Currency = "" })}, nil, anyOrder, reconcile.ErrRecord,
			"reconcile: left side, record 1: unusable record: the currency is missing or invalid"},
		{"no currency at all", nil, records{with(fine, func(r *reconcile.Record) { r.Currency = "aud" })}, presorted, reconcile.ErrRecord,
			"reconcile: right side, record 1: unusable record: the currency is missing or invalid"},
		{"a settlement row among orders", records{with(fine, func(r *reconcile.Record) { r.Kind = reconcile.KindOther })}, nil, anyOrder, reconcile.ErrRecord,
			"reconcile: left side, record 1: unusable record: the kind other does not belong on this side"},
		{"a window that ends before it begins", records{fine}, nil, reconcile.Options{LeftWindow: reconcile.Window{From: noon, To: noon}}, reconcile.ErrOptions,
			"reconcile: a window ends before it begins"},
		{"a negative tolerance", records{fine}, nil, reconcile.Options{Tolerance: -1}, reconcile.ErrOptions, "reconcile: Tolerance must not be negative"},
		{"groups too small", records{fine}, nil, reconcile.Options{MaxGroup: -1}, reconcile.ErrOptions, "reconcile: MaxGroup must be at least 2"},
		{"an amount that nobody has", records{keyed("A", func(r *reconcile.Record) { r.Amount = 1<<53 + 1 })}, nil, presorted, reconcile.ErrRecord,
			"reconcile: left side, record 1: unusable record: an amount is out of range"},
		{"a debt that nobody has", nil, records{keyed("A", func(r *reconcile.Record) { r.Voided = -1<<53 - 1 })}, anyOrder, reconcile.ErrRecord,
			"reconcile: right side, record 1: unusable record: an amount is out of range"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			run := reconcile.Orders(reconcile.Slice(test.lefts), reconcile.Slice(test.rights), test.opts)
			var last error
			for _, err := range run.Findings(t.Context()) {
				require.NoError(t, last, "an error is the last thing a run says")
				last = err
			}
			require.ErrorIs(t, last, test.want)
			require.EqualError(t, last, test.text)
			require.False(t, run.Summary().Complete)
			require.False(t, run.Summary().Balanced())
			require.Equal(t, reconcile.ExitFailed, run.Summary().ExitStatus(reconcile.High))
		})
	}
}

func TestTotalsDoNotRunOver(t *testing.T) {
	t.Parallel()
	endless := func(yield func(reconcile.Record, error) bool) {
		for i := 0; ; i++ {
			if !yield(keyed(fmt.Sprintf("A-%06d", i), func(r *reconcile.Record) { r.Amount = 1 << 53 }), nil) {
				return
			}
		}
	}
	var last error
	for _, err := range reconcile.Orders(endless, reconcile.Slice(nil), reconcile.Options{Presorted: true}).Findings(t.Context()) {
		last = err
	}
	require.ErrorIs(t, last, afterpay.ErrAmount)
}

func TestErrorsNameNoKeyInTheirText(t *testing.T) {
	t.Parallel()
	const token = "002.secret"
	run := reconcile.Orders(reconcile.Slice(records{keyed(token+"b", func(*reconcile.Record) {}), keyed(token+"a", func(*reconcile.Record) {})}),
		reconcile.Slice(nil), reconcile.Options{Presorted: true})
	for _, err := range run.Findings(t.Context()) {
		if err == nil {
			continue
		}
		fault, ok := errors.AsType[*reconcile.Error](err)
		require.True(t, ok)
		require.Equal(t, token+"a", fault.Key)
		require.NotContains(t, err.Error(), "secret")
		return
	}
	require.Fail(t, "no error")
}

func TestAKeyThatTooManyShareIsRefused(t *testing.T) {
	t.Parallel()
	var rights records
	for i := range 11 {
		rights = append(rights, payment(fmt.Sprint(i), "web order"))
	}
	for _, err := range reconcile.Orders(reconcile.Slice(nil), reconcile.Slice(rights), reconcile.Options{MaxGroup: 10}).Findings(t.Context()) {
		require.ErrorIs(t, err, reconcile.ErrGroup)
	}
	for f, err := range reconcile.Orders(reconcile.Slice(nil), reconcile.Slice(rights), reconcile.Options{MaxGroup: 11}).Findings(t.Context()) {
		require.NoError(t, err)
		require.Equal(t, reconcile.MissingAtMerchant, f.Class)
	}
}

func TestFindingsAreReadOnce(t *testing.T) {
	t.Parallel()
	run := reconcile.Orders(reconcile.Slice(nil), reconcile.Slice(nil), reconcile.Options{})
	require.Empty(t, collect(t, run))
	require.Equal(t, reconcile.ExitClean, run.Summary().ExitStatus(reconcile.Info))
	for _, err := range run.Findings(t.Context()) {
		require.ErrorIs(t, err, reconcile.ErrOptions)
	}
}

// failing yields some good records and then an error.
func failing(good records, err error) iter.Seq2[reconcile.Record, error] {
	broken := func(yield func(reconcile.Record, error) bool) { yield(reconcile.Record{}, err) }
	return reconcile.Concat(reconcile.Slice(good), broken)
}

func TestAnErrorOfEitherSourceEndsTheRun(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection lost")
	good := records{keyed("A", func(*reconcile.Record) {}), keyed("B", func(*reconcile.Record) {})}
	for _, presorted := range []bool{false, true} {
		opts := reconcile.Options{Presorted: presorted, Now: now}
		for name, run := range map[string]*reconcile.Run{
			"left":  reconcile.Orders(failing(good, broken), reconcile.Slice(good), opts),
			"right": reconcile.Orders(reconcile.Slice(good), failing(good, broken), opts),
			"both":  reconcile.Settlement(failing(nil, broken), failing(nil, broken), opts),
		} {
			t.Run(fmt.Sprintf("%s, presorted %t", name, presorted), func(t *testing.T) {
				t.Parallel()
				var last error
				for _, err := range run.Findings(t.Context()) {
					last = err
				}
				require.ErrorIs(t, last, broken)
				require.False(t, run.Summary().Complete)
			})
		}
	}
}

// watched reports when a source was left, as sources holding a connection must
// be however a run ends.
func watched(source iter.Seq2[reconcile.Record, error], left *int) iter.Seq2[reconcile.Record, error] {
	return func(yield func(reconcile.Record, error) bool) {
		defer func() { *left++ }()
		source(yield)
	}
}

// spillsIn returns the temporary files under a directory: by name, and those
// that have lost their names but are still open, where the system tells.
func spillsIn(t *testing.T, dir string) []string {
	t.Helper()
	var found []string
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		found = append(found, e.Name())
	}
	descriptors, _ := os.ReadDir("/proc/self/fd")
	for _, d := range descriptors {
		if target, err := os.Readlink("/proc/self/fd/" + d.Name()); err == nil && strings.HasPrefix(target, dir+"/") {
			found = append(found, target)
		}
	}
	return found
}

func TestNothingStaysBehindHoweverTheLoopEnds(t *testing.T) {
	t.Parallel()
	var many records // enough to go to disk, on the right only: each is a finding
	for i := range 5000 {
		many = append(many, payment(fmt.Sprint(i), fmt.Sprintf("A-%05d", i)))
	}
	broken := errors.New("connection lost")
	ends := []struct {
		name string
		tail error
		loop func(t *testing.T, dir string, run *reconcile.Run)
	}{
		{"at its end", nil, func(t *testing.T, _ string, run *reconcile.Run) {
			require.Len(t, collect(t, run), 5000)
		}},
		{"by break", nil, func(t *testing.T, dir string, run *reconcile.Run) {
			for range run.Findings(t.Context()) {
				if _, err := os.Stat("/proc/self/fd"); err == nil {
					require.NotEmpty(t, spillsIn(t, dir), "the test must have something to clean up")
				}
				break
			}
			require.False(t, run.Summary().Complete)
		}},
		{"by an error of a source", broken, func(t *testing.T, _ string, run *reconcile.Run) {
			for _, err := range run.Findings(t.Context()) {
				require.ErrorIs(t, err, broken)
			}
		}},
		{"by a panic of the caller", nil, func(t *testing.T, _ string, run *reconcile.Run) {
			require.PanicsWithValue(t, "out of paper", func() {
				for range run.Findings(t.Context()) {
					panic("out of paper")
				}
			})
		}},
		{"by a reporter that fails", nil, func(t *testing.T, _ string, run *reconcile.Run) {
			_, err := run.Report(t.Context(), reconcile.NewJSONLines(fullDisk{}))
			require.ErrorIs(t, err, errFull)
		}},
	}
	for _, presorted := range []bool{false, true} {
		for _, end := range ends {
			t.Run(fmt.Sprintf("%s, presorted %t", end.name, presorted), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				sort := reconcile.SortOptions{Memory: 1, Dir: dir}
				left := 0
				lefts, rights := watched(reconcile.Slice(nil), &left), watched(reconcile.Slice(many), &left)
				if end.tail != nil {
					rights = watched(failing(many, end.tail), &left)
				}
				if presorted {
					lefts, rights = reconcile.Sort(t.Context(), lefts, reconcile.ByReference, sort), reconcile.Sort(t.Context(), rights, reconcile.ByReference, sort)
				}
				run := reconcile.Orders(lefts, rights, reconcile.Options{Presorted: presorted, Now: now, Sort: sort})
				end.loop(t, dir, run)
				require.Empty(t, spillsIn(t, dir))
				if end.tail == nil || presorted {
					require.Equal(t, 2, left, "both sources are left")
				}
			})
		}
	}
}

var errFull = errors.New("disk full")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestTheWatchListHoldsTheMostUrgent(t *testing.T) {
	t.Parallel()
	var lefts, rights records
	for i := range 50 {
		ref := fmt.Sprintf("A-%02d", i)
		due := now.Add(time.Duration((i*37)%50) * time.Hour)
		lefts = append(lefts, with(byReference(ref), func(r *reconcile.Record) { r.State, r.Amount = reconcile.StateAuthorized, 0 }))
		rights = append(rights, with(payment(fmt.Sprintf("1%02d", i), ref), func(r *reconcile.Record) {
			r.State, r.Amount, r.Open, r.Due = reconcile.StateAuthorized, 0, 50_00, due
		}))
	}
	rights = append(rights,
		reconcile.Record{Kind: reconcile.KindDispute, ID: "107", State: reconcile.StateDisputeOpen, Due: now.Add(90 * time.Minute)},
		reconcile.Record{Kind: reconcile.KindDispute, ID: "108", State: reconcile.StateDisputeOpen})
	run := reconcile.Orders(reconcile.Slice(lefts), reconcile.Slice(rights), reconcile.Options{Now: now, WatchLimit: 5})
	found := collect(t, run)
	require.Len(t, found, 52)
	s := run.Summary()
	require.Equal(t, int64(47), s.WatchDropped)
	var hours []float64
	for _, f := range s.Watch {
		hours = append(hours, f.Right.Due.Sub(now).Hours())
	}
	require.Equal(t, []float64{0, 1, 1.5, 2, 3}, hours)

	run = reconcile.Orders(reconcile.Slice(lefts), reconcile.Slice(rights), reconcile.Options{Now: now})
	collect(t, run)
	s = run.Summary()
	require.Len(t, s.Watch, 52)
	require.True(t, s.Watch[51].Right.Due.IsZero(), "what has no limit comes last")

	run = reconcile.Orders(reconcile.Slice(lefts), reconcile.Slice(rights), reconcile.Options{Now: now, WatchLimit: -1})
	collect(t, run)
	require.Empty(t, run.Summary().Watch)
}

func TestExitStatusFollowsTheSeverity(t *testing.T) {
	t.Parallel()
	run := reconcile.Orders(reconcile.Slice(nil), reconcile.Slice(records{with(payment("1", "A-1"), func(r *reconcile.Record) {
		r.State, r.Amount, r.Open, r.Due = reconcile.StateAuthorized, 0, 50_00, now.Add(time.Hour)
	}), payment("2", "A-1")}), reconcile.Options{Now: now, LeftWindow: reconcile.Window{To: noon}})
	require.Equal(t, reconcile.ExitFailed, run.Summary().ExitStatus(reconcile.Info), "not run yet")
	require.Equal(t, []outcome{
		{reconcile.WindowEdge, reconcile.Info}, {reconcile.WindowEdge, reconcile.Info}, {reconcile.AuthExpiring, reconcile.Warn},
	}, outcomes(collect(t, run)))
	s := run.Summary()
	require.Equal(t, reconcile.ExitFindings, s.ExitStatus(reconcile.Info))
	require.Equal(t, reconcile.ExitFindings, s.ExitStatus(reconcile.Warn))
	require.Equal(t, reconcile.ExitClean, s.ExitStatus(reconcile.Review))
	require.Equal(t, int64(2), s.RightRecords)
	require.Equal(t, map[reconcile.Class]int64{reconcile.WindowEdge: 2, reconcile.AuthExpiring: 1}, s.Classes)
	require.Equal(t, map[reconcile.Severity]int64{reconcile.Info: 2, reconcile.Warn: 1}, s.Severities)
}

// TestAgreeingRecordsCostNoMemory must not run beside others: it counts the
// allocations of the whole program.
func TestAgreeingRecordsCostNoMemory(t *testing.T) {
	var side records
	for i := range 20_000 {
		side = append(side, keyed(fmt.Sprintf("A-%05d", i), func(r *reconcile.Record) { r.ID = fmt.Sprint(i) }))
	}
	allocations := testing.AllocsPerRun(3, func() {
		run := reconcile.Orders(reconcile.Slice(side), reconcile.Slice(side), reconcile.Options{Presorted: true, Now: now})
		for range run.Findings(t.Context()) {
			t.Error("found something")
		}
	})
	require.Less(t, allocations, 100.0, "for 40,000 records")
}

func TestSeverityText(t *testing.T) {
	t.Parallel()
	for s := reconcile.Info; s <= reconcile.Severe; s++ {
		text, err := s.MarshalText()
		require.NoError(t, err)
		var back reconcile.Severity
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, s, back)
	}
	var s reconcile.Severity
	require.ErrorIs(t, s.UnmarshalText([]byte("fatal")), reconcile.ErrOptions)
	require.Equal(t, "error", reconcile.Severe.String())
	require.Equal(t, "severity(99)", reconcile.Severity(99).String())
	require.Equal(t, "kind(99)", reconcile.Kind(99).String())
	require.Equal(t, "state(99)", reconcile.State(99).String())
}
