package reconcile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
	"github.com/afterpay-go/afterpay/settlement"
)

// order returns the number of the order that a finding is about.
func order(f *reconcile.Finding) string {
	for _, r := range []*reconcile.Record{f.Left, f.Right} {
		if r == nil {
			continue
		}
		for _, text := range []string{r.ID, r.Token, r.Reference} {
			if len(text) >= 6 {
				return text[len(text)-6:]
			}
		}
	}
	return "none"
}

func trace(f *reconcile.Finding) string {
	return fmt.Sprintf("%s %s %s %s", order(f), f.Class, f.Severity, f.Kind)
}

// book is one line of a ledger kept by the tests themselves.
type book struct {
	currency afterpay.Currency
	day      settlement.Date
	kind     reconcile.Kind
}

// requireIdentity checks that the findings explain the difference of the two
// sides, for every currency, day and kind, from the records and findings
// alone; and that the summary says the same.
func requireIdentity(t *testing.T, lefts, rights []reconcile.Record, found []reconcile.Finding, s reconcile.Summary) {
	t.Helper()
	difference, explained := map[book]afterpay.Amount{}, map[book]afterpay.Amount{}
	for sign, side := range map[afterpay.Amount][]reconcile.Record{1: lefts, -1: rights} {
		for _, r := range side {
			if r.Kind != reconcile.KindDispute {
				difference[book{r.Currency, settlement.DateOf(r.At.In(melbourne)), r.Kind}] += sign * r.Amount
			}
		}
	}
	for _, f := range found {
		explained[book{f.Effect.Left.Currency, f.LeftDay, f.Kind}] += f.Effect.Left.Amount
		explained[book{f.Effect.Right.Currency, f.RightDay, f.Kind}] -= f.Effect.Right.Amount
	}
	for b, d := range difference {
		require.Equalf(t, d, explained[b], "difference of %s %s on %s", b.currency, b.kind, b.day)
		delete(explained, b)
	}
	for b, amount := range explained {
		require.Zerof(t, amount, "explained, but no records: %s %s on %s", b.currency, b.kind, b.day)
	}
	require.True(t, s.Complete)
	require.True(t, s.Balanced())
	for _, total := range s.Totals {
		require.Equal(t, difference[book{total.Currency, total.Day, total.Kind}], total.Left-total.Right)
	}
}

func collect(t *testing.T, run *reconcile.Run) []reconcile.Finding {
	t.Helper()
	var found []reconcile.Finding
	for f, err := range run.Findings(t.Context()) {
		require.NoError(t, err)
		found = append(found, f)
	}
	return found
}

func requireExactly(t *testing.T, expected map[string]int, found []reconcile.Finding) {
	t.Helper()
	got := map[string]int{}
	for i := range found {
		got[trace(&found[i])]++
		require.NotEmpty(t, found[i].Text)
		require.NotEmpty(t, found[i].Key)
	}
	for what, n := range expected {
		require.Equalf(t, n, got[what], "planted: %s", what)
	}
	for i := range found {
		what := trace(&found[i])
		require.Equalf(t, expected[what], got[what], "not planted: %s: %s", what, found[i].Text)
	}
}

func TestOrdersFindExactlyWhatWasPlanted(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for seed := range uint64(4) {
		for _, presorted := range []bool{false, true} {
			w, planted := ordersWorld(seed, 1500, presorted)
			for name, n := range planted {
				seen[name] += n
			}
			opts := ordersOptions()
			small := reconcile.SortOptions{Memory: 1, Dir: t.TempDir()} // as little as can be: many runs on disk
			opts.Sort = small
			lefts, rights := reconcile.Slice(w.left), reconcile.Slice(w.right)
			if presorted {
				opts.Presorted = true
				lefts = reconcile.Sort(t.Context(), lefts, reconcile.ByReference, small)
				rights = reconcile.Sort(t.Context(), rights, reconcile.ByReference, small)
			}
			run := reconcile.Orders(lefts, rights, opts)
			found := collect(t, run)
			requireExactly(t, w.expected, found)
			requireIdentity(t, w.left, w.right, found, run.Summary())
			require.True(t, slices.IsSortedFunc(found, func(a, b reconcile.Finding) int {
				return strings.Compare(a.Key, b.Key)
			}), "findings come in the order of their keys")
		}
	}
	for _, f := range orderFaults {
		require.Positivef(t, seen[f.name], "never planted: %s", f.name)
	}
}

func TestSettlementFindsExactlyWhatWasPlanted(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for seed := range uint64(4) {
		for _, presorted := range []bool{false, true} {
			w, planted := settlementWorld(seed, 1500)
			for name, n := range planted {
				seen[name] += n
			}
			opts := settlementOptions()
			small := reconcile.SortOptions{Memory: 1, Dir: t.TempDir()}
			opts.Sort = small
			lefts, rights := reconcile.Slice(w.left), reconcile.Slice(w.right)
			if presorted {
				opts.Presorted = true
				lefts = reconcile.Sort(t.Context(), lefts, reconcile.ByID, small)
				rights = reconcile.Sort(t.Context(), rights, reconcile.ByID, small)
			}
			run := reconcile.Settlement(lefts, rights, opts)
			found := collect(t, run)
			requireExactly(t, w.expected, found)
			requireIdentity(t, w.left, w.right, found, run.Summary())
		}
	}
	for _, f := range settlementFaults {
		require.Positivef(t, seen[f.name], "never planted: %s", f.name)
	}
}
