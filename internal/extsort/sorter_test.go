package extsort

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

type pair struct{ key, value string }

func read(t *testing.T, s *Sorter) []pair {
	t.Helper()
	var got []pair
	for item, err := range s.Sorted(t.Context()) {
		require.NoError(t, err)
		got = append(got, pair{string(item.Key), string(item.Value)})
	}
	return got
}

func add(t *testing.T, s *Sorter, key, value string) {
	t.Helper()
	require.NoError(t, s.Add(t.Context(), []byte(key), []byte(value)))
}

func TestSorter_OrdersByKeyAndKeepsTheOrderOfEqualKeys(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 500, 30_000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(1, 2))
			s := NewSpace(0, t.TempDir(), 0).NewSorter()
			var want []pair
			for i := range n {
				key := []string{"", "a", "a\x00", "aa", "same start 1", "same start 2", "\xff"}[rng.IntN(7)] + fmt.Sprint(rng.IntN(50))
				want = append(want, pair{key, fmt.Sprint(i, strings.Repeat("x", rng.IntN(20)))})
				add(t, s, key, want[i].value)
			}
			require.Equal(t, n > 10_000, !s.runs.empty(), "many items are on disk, few are not")
			slices.SortStableFunc(want, func(a, b pair) int { return cmp.Compare(a.key, b.key) })
			require.Equal(t, want, read(t, s))
		})
	}
}

func TestSorted_ACanceledContextEndsTheLoop(t *testing.T) {
	t.Parallel()
	for _, n := range []int{10, 30_000} { // in memory; on disk
		s := NewSpace(0, t.TempDir(), 0).NewSorter()
		for i := range n {
			add(t, s, fmt.Sprint(i), "")
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		read := 0
		var last error
		for _, err := range s.Sorted(ctx) {
			if last = err; err == nil {
				read++
			}
			cancel()
		}
		require.Equal(t, 1, read)
		require.ErrorIs(t, last, context.Canceled)
	}
}

func TestSorted_LeavesRoomForOtherSorters(t *testing.T) {
	t.Parallel()
	space := NewSpace(0, t.TempDir(), 0)
	from, to := space.NewSorter(), space.NewSorter()
	value := strings.Repeat("v", 1000)
	for i := range MinMemory/1100 - 1 {
		add(t, from, fmt.Sprint(i), value)
	}
	require.True(t, from.runs.empty())
	n := 0
	for item, err := range from.Sorted(t.Context()) {
		require.NoError(t, err)
		require.NoError(t, to.Add(t.Context(), item.Key, item.Value))
		require.LessOrEqual(t, space.held, MinMemory)
		n++
	}
	require.Equal(t, MinMemory/1100-1, n)
	require.Len(t, read(t, to), n)
	require.Zero(t, space.held)
}

func TestClose_MayBeCalledTwice(t *testing.T) {
	t.Parallel()
	s := NewSpace(0, t.TempDir(), 0).NewSorter()
	add(t, s, "a", "b")
	s.Close()
	s.Close()
	require.Zero(t, s.space.held)
	require.Empty(t, s.space.sorters)
}
