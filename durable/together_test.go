package durable

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// gathered are the values of the runs of a together, and how many callers acted
// alone.
type gathered struct {
	runs  [][]int
	alone atomic.Int32
}

// gather calls do for each value, in order, and waits for all of them. What run does
// is up to act.
func gather(values int, act func(n int) int) *gathered {
	var g gathered
	t := together[int]{pause: time.Second, run: func(values []int) int {
		g.runs = append(g.runs, values)
		return act(len(values))
	}}
	var all sync.WaitGroup
	for i := range values {
		all.Go(func() {
			if !t.do(i) {
				g.alone.Add(1)
			}
		})
		synctest.Wait()
	}
	all.Wait()
	return &g
}

func TestTogether_WhoComesAloneActsAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		g := gather(1, func(n int) int { return n })
		require.Empty(t, g.runs)
		require.Equal(t, int32(1), g.alone.Load())
		require.Zero(t, time.Since(began), "without waiting")
		g = gather(2, func(n int) int { return n })
		require.Empty(t, g.runs, "a single caller waits for others in vain")
		require.Equal(t, int32(2), g.alone.Load())
	})
}

func TestTogether_RunActsForAsManyAsItSays(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		act   func(n int) int
		alone int32
	}{
		"all":    {func(n int) int { return n }, 1},
		"some":   {func(int) int { return 3 }, 3},
		"none":   {func(int) int { return 0 }, 6},
		"panic":  {func(int) int { panic("in run") }, 6},
		"Goexit": {func(int) int { runtime.Goexit(); return 0 }, 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := gather(6, x.act)
				require.Equal(t, [][]int{{1, 2, 3, 4, 5}}, g.runs)
				require.Equal(t, x.alone, g.alone.Load())
			})
		})
	}
}

func TestTogether_WhoComesDuringARunWaitsForTheNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var runs []int
		var all sync.WaitGroup
		var g together[int]
		g.pause = time.Second
		g.run = func(values []int) int {
			if runs = append(runs, len(values)); len(runs) == 1 {
				for range 4 {
					all.Go(func() { require.True(t, g.do(0)) })
				}
				synctest.Wait()
			}
			return len(values)
		}
		g.began = time.Now()
		for range 2 {
			all.Go(func() { require.True(t, g.do(0)) })
		}
		all.Wait()
		require.Equal(t, []int{2, 4}, runs)
	})
}

func TestTogether_NobodyWaitsForARunThatTakesLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var all sync.WaitGroup
		g := together[int]{pause: time.Second, began: time.Now(), run: func(values []int) int {
			<-time.After(time.Hour)
			return len(values)
		}}
		for range 2 {
			all.Go(func() { require.True(t, g.do(0)) })
		}
		<-time.After(2 * g.pause)
		asked := time.Now()
		require.False(t, g.do(0))
		require.Equal(t, patience*g.pause, time.Since(asked))
		all.Wait()
	})
}

func TestTogether_EverybodyActsAloneForAWhileAfterARunThatDidNotActForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		runs := 0
		var g together[int]
		g.pause = time.Second
		g.run = func([]int) int { runs++; return 1 }
		three := func() {
			var all sync.WaitGroup
			for range 3 {
				all.Go(func() { g.do(0) })
			}
			all.Wait()
		}
		three()
		require.Equal(t, 1, runs)
		asked := time.Now()
		three()
		require.Equal(t, 1, runs)
		require.Zero(t, time.Since(asked), "without waiting")
		<-time.After(apartFor)
		three()
		require.Equal(t, 2, runs)
	})
}
