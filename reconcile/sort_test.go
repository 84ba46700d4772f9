package reconcile_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
	"github.com/afterpay-go/afterpay/settlement"
)

// randomRecord fills every field, some with nothing and some with extremes.
func randomRecord(rng *rand.Rand) reconcile.Record {
	text := func() string {
		return []string{"", "a", "\x00", "ü-1", fmt.Sprint(rng.Uint64()), string(make([]byte, rng.IntN(300)))}[rng.IntN(6)]
	}
	number := func() int64 {
		return []int64{0, 1, -1, 1 << 53, -1 << 53, rng.Int64N(1 << 53)}[rng.IntN(6)]
	}
	instant := func() time.Time {
		return []time.Time{{}, time.Unix(0, 0).UTC(), time.Unix(rng.Int64N(1<<34), rng.Int64N(1e9)).UTC(), time.Date(9999, 12, 31, 23, 59, 59, 999, time.UTC)}[rng.IntN(4)]
	}
	return reconcile.Record{
		Kind: reconcile.Kind(rng.IntN(4)), State: reconcile.State(rng.IntN(11)),
		ID: text(), Token: text(), Reference: text(), RefundID: text(), RequestID: text(), RefundReference: text(), EventReference: text(),
		At: instant(), CapturedAt: instant(), Due: instant(),
		Settled:  []settlement.Date{{}, {Year: 2026, Month: 2, Day: 29}}[rng.IntN(2)],
		Currency: "AUD", Amount: afterpay.Amount(number()), Authorized: afterpay.Amount(number()),
		Voided: afterpay.Amount(number()), Open: afterpay.Amount(number()),
		Fee: settlement.Decimal(number()), FeeExpected: settlement.Decimal(number()),
		FeeKnown: rng.IntN(2) == 0, FeeExpectedKnown: rng.IntN(2) == 0, Line: int(rng.Int32()),
	}
}

func TestSortOrdersByKeyAndKeepsTheRest(t *testing.T) {
	t.Parallel()
	for _, memory := range []int{0, 1} { // all in memory; in many runs on disk
		t.Run(fmt.Sprintf("memory %d", memory), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(3, 4))
			var source records
			for range 3000 {
				r := randomRecord(rng)
				r.Key = []string{"", "a", "a\x00", "aa", "same start 1", "same start 2"}[rng.IntN(6)] + fmt.Sprint(rng.IntN(500))
				source = append(source, r)
			}
			want := slices.Clone(source)
			slices.SortStableFunc(want, func(a, b reconcile.Record) int { return cmp.Compare(a.Key, b.Key) })
			var got records
			for r, err := range reconcile.Sort(t.Context(), reconcile.Slice(source), func(r *reconcile.Record) string { return r.Key }, reconcile.SortOptions{Memory: memory, Dir: t.TempDir()}) {
				require.NoError(t, err)
				got = append(got, r)
			}
			require.Len(t, got, len(want))
			for i := range want {
				require.Equal(t, want[i], got[i])
			}
		})
	}
}

func TestSortOfNothingIsNothing(t *testing.T) {
	t.Parallel()
	for range reconcile.Sort(t.Context(), reconcile.Slice(nil), reconcile.ByID, reconcile.SortOptions{}) {
		require.Fail(t, "a record from nowhere")
	}
}

func TestSortRefusesRecordsWithoutTheKey(t *testing.T) {
	t.Parallel()
	for _, err := range reconcile.Sort(t.Context(), reconcile.Slice(records{payment("1", "A-1"), byReference("A-1")}), reconcile.ByToken, reconcile.SortOptions{}) {
		require.ErrorIs(t, err, reconcile.ErrRecord)
		fault, ok := errors.AsType[*reconcile.Error](err)
		require.True(t, ok)
		require.Equal(t, int64(2), fault.Number)
		require.EqualError(t, err, "reconcile: record 2: unusable record: it has no key")
	}
}

func TestSortPassesOnThatItCannotSpill(t *testing.T) {
	t.Parallel()
	nowhere := filepath.Join(t.TempDir(), "removed")
	var many records
	for i := range 5000 {
		many = append(many, payment(fmt.Sprint(i), "A"))
	}
	last := error(nil)
	for _, err := range reconcile.Sort(t.Context(), reconcile.Slice(many), reconcile.ByID, reconcile.SortOptions{Memory: 1, Dir: nowhere}) {
		last = err
	}
	require.ErrorIs(t, last, os.ErrNotExist)
	for _, err := range reconcile.Orders(reconcile.Slice(many), reconcile.Slice(many), reconcile.Options{Sort: reconcile.SortOptions{Memory: 1, Dir: nowhere}}).Findings(t.Context()) {
		require.ErrorIs(t, err, os.ErrNotExist)
	}
	for _, err := range reconcile.Settlement(reconcile.Slice(many), reconcile.Slice(many), reconcile.Options{Sort: reconcile.SortOptions{Memory: 1, Dir: nowhere}}).Findings(t.Context()) {
		require.ErrorIs(t, err, os.ErrNotExist)
	}
}

func TestRun_HundredThousandRecordsTouchNoDisk(t *testing.T) {
	t.Parallel()
	nowhere := filepath.Join(t.TempDir(), "removed")
	side := func(yield func(reconcile.Record, error) bool) {
		for i := range 50_000 {
			if !yield(payment(fmt.Sprint(100_100_000_000+i), fmt.Sprint("A-", 100_000_000+i)), nil) {
				return
			}
		}
	}
	run := reconcile.Orders(side, side, reconcile.Options{Now: now, Sort: reconcile.SortOptions{Dir: nowhere}})
	require.Empty(t, collect(t, run))
	require.Equal(t, int64(50_000), run.Summary().RightRecords)
}

func TestRun_EndsWhenTemporaryFilesGrowTooLarge(t *testing.T) {
	t.Parallel()
	var many records
	for i := range 5000 {
		many = append(many, payment(fmt.Sprint(i), "A"))
	}
	var last error
	for _, err := range reconcile.Settlement(reconcile.Slice(many), reconcile.Slice(many), reconcile.Options{Sort: reconcile.SortOptions{Memory: 1, Dir: t.TempDir(), MaxDisk: 100_000}}).Findings(t.Context()) {
		last = err
	}
	require.ErrorIs(t, last, reconcile.ErrDisk)
	require.ErrorContains(t, last, "SortOptions.MaxDisk")
}

func TestRun_AContextEndsItAnywhere(t *testing.T) {
	t.Parallel()
	const n = 3000
	all := reconcile.SortOptions{Memory: 1, Dir: t.TempDir()}
	for _, opts := range []reconcile.Options{{Now: now}, {Now: now, Sort: all}, {Now: now, Presorted: true}} {
		for _, stop := range []int{0, 1, n / 2, n + 1, 2*n - 1} { // on the right, which is read first unless presorted, and on the left
			ctx, cancel := context.WithCancel(t.Context())
			read := 0
			side := func(yield func(reconcile.Record, error) bool) {
				for i := range n {
					if read++; read > stop {
						cancel()
					}
					if !yield(with(payment(fmt.Sprintf("%06d", i), ""), func(r *reconcile.Record) { r.Key = r.ID }), nil) {
						return
					}
				}
			}
			run := reconcile.Orders(side, side, opts)
			var last error
			for _, err := range run.Findings(ctx) {
				last = err
			}
			require.ErrorIs(t, last, context.Canceled)
			require.LessOrEqual(t, read, stop+2)
			require.False(t, run.Summary().Complete)
		}
		ctx, cancel := context.WithCancel(t.Context())
		one := reconcile.Slice(records{with(payment("1", "A-1"), func(r *reconcile.Record) { r.Key = "1" }), with(payment("2", "A-2"), func(r *reconcile.Record) { r.Key = "2" })})
		findings := 0
		for _, err := range reconcile.Orders(one, reconcile.Slice(nil), opts).Findings(ctx) {
			if err == nil {
				findings++
				cancel()
				continue
			}
			require.ErrorIs(t, err, context.Canceled)
		}
		require.Equal(t, 1, findings, "canceled while findings are read")
		cancel()
	}
}
