package cache

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type contextKey struct{}

func TestFlight_LoadsOnceForAllCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, want := range []error{nil, errDown} {
			var f flight[int]
			var loads atomic.Int64
			ctx := context.WithValue(t.Context(), contextKey{}, "traced")
			var wg sync.WaitGroup
			for range 100 {
				wg.Go(func() {
					got, err := f.do(ctx, func(ctx context.Context) (int, error) {
						assert.Equal(t, "traced", ctx.Value(contextKey{}))
						pass(time.Second)
						return int(loads.Add(1)), want
					})
					assert.Equal(t, 1, got)
					assert.Equal(t, want, err)
				})
			}
			wg.Wait()
			got, err := f.do(t.Context(), func(context.Context) (int, error) { return 7, nil })
			require.NoError(t, err)
			require.Equal(t, 7, got, "the next caller starts another load")
		}
	})
}

func TestFlight_CallerWhoLeavesTakesNobodyAlong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f flight[int]
		var loads, canceled atomic.Int64
		work := func(ctx context.Context) (int, error) {
			loads.Add(1)
			select {
			case <-time.After(time.Minute):
			case <-ctx.Done():
				canceled.Add(1)
			}
			return 1, ctx.Err()
		}
		const leaving, staying = 15, 5
		var wg sync.WaitGroup
		for i := range leaving + staying {
			ctx, want, took := t.Context(), error(nil), time.Minute
			if i < leaving { // the one who starts the load among them
				took = time.Duration(i+1) * time.Second
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, took)
				defer cancel()
				want = context.DeadlineExceeded
			}
			wg.Go(func() {
				started := time.Now()
				_, err := f.do(ctx, work)
				assert.Equal(t, want, err)
				assert.Equal(t, took, time.Since(started))
			})
			synctest.Wait()
		}
		wg.Wait()
		require.EqualValues(t, 1, loads.Load())
		require.Zero(t, canceled.Load())

		// A load that nobody waits for any more is canceled, and a later caller
		// starts another.
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := f.do(ctx, work)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		got, err := f.do(t.Context(), work)
		require.NoError(t, err)
		require.Equal(t, 1, got)
		require.EqualValues(t, 3, loads.Load())
		require.EqualValues(t, 1, canceled.Load())
	})
}

// A panic cannot be recovered in the goroutine of a load, so each caller gets it.
func TestFlight_PanicReachesEachCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f flight[int]
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				assert.PanicsWithValue(t, "of the work", func() {
					_, _ = f.do(t.Context(), func(context.Context) (int, error) {
						pass(time.Second)
						panic("of the work")
					})
				})
			})
		}
		wg.Wait()
		_, err := f.do(t.Context(), func(context.Context) (int, error) {
			runtime.Goexit() // as testing.T.FailNow does
			return 0, nil
		})
		require.ErrorIs(t, err, errGoexit)
		got, err := f.do(t.Context(), func(context.Context) (int, error) { return 7, nil })
		require.NoError(t, err)
		require.Equal(t, 7, got)
	})
}
