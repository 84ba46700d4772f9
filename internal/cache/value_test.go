package cache

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

var errDown, errRefused = errors.New("down"), errors.New("refused")

// source counts its loads, whose number is the value.
type source struct {
	life  Life
	takes time.Duration
	err   error
	loads int
}

func (s *source) load(ctx context.Context) (int, Life, error) {
	s.loads++
	n, life, err := s.loads, s.life, s.err
	select {
	case <-time.After(s.takes):
		return n, life, err
	case <-ctx.Done():
		return 0, Life{}, ctx.Err()
	}
}

func value() *Value[int] {
	return &Value[int]{Failing: func(err error) bool { return errors.Is(err, errDown) }, Pause: 30 * time.Second}
}

func pass(d time.Duration) { <-time.After(d) }

func TestValue_StandsInWhileTheSourceFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, v := &source{life: Life{Fresh: time.Hour, Fallback: 24 * time.Hour}}, value()
		get := func(want int, wantErr error, loads int) {
			t.Helper()
			got, err := v.Get(t.Context(), s.load)
			require.ErrorIs(t, err, wantErr)
			if wantErr == nil {
				require.Equal(t, want, got)
			}
			require.Equal(t, loads, s.loads)
		}
		get(1, nil, 1)
		s.err = errDown
		pass(time.Hour - 1)
		get(1, nil, 1) // still fresh
		pass(1)
		get(1, nil, 2)
		pass(29 * time.Second)
		get(1, nil, 2) // a failing source is left alone for the pause
		pass(time.Second)
		get(1, nil, 3)
		pass(24*time.Hour - 40*time.Second)
		get(1, nil, 4)
		pass(10 * time.Second) // the fallback is over, the pause is not
		get(0, errDown, 5)
		s.err = nil
		get(6, nil, 6)

		pass(time.Hour)
		s.err = errRefused // which does not mean that the source is failing
		get(0, errRefused, 7)
		v.Failing = nil
		s.err = errDown
		get(0, errDown, 8)
	})
}

func TestValue_StandsInForASourceThatIsTooSlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, v := &source{life: Life{Fresh: time.Hour, Fallback: time.Hour}}, value()
		_, err := v.Get(t.Context(), s.load)
		require.NoError(t, err)
		pass(time.Hour)
		s.takes = 10 * time.Second
		hurried, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		got, err := v.Get(hurried, s.load)
		require.NoError(t, err)
		require.Equal(t, 1, got)
		got, err = v.Get(t.Context(), s.load)
		require.NoError(t, err)
		require.Equal(t, 3, got, "nobody is kept from loading")

		pass(time.Hour)
		leaving, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err = v.Get(leaving, s.load)
		require.ErrorIs(t, err, context.Canceled, "a caller who has left wants nothing")
	})
}

func TestValue_WithoutALifeIsNotKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, v := &source{life: Life{Fresh: time.Hour, Fallback: time.Hour}}, value()
		_, err := v.Get(t.Context(), s.load)
		require.NoError(t, err)
		s.life = Life{}
		_, err = v.Refresh(t.Context(), s.load)
		require.NoError(t, err)
		s.err = errDown
		_, err = v.Get(t.Context(), s.load)
		require.ErrorIs(t, err, errDown, "nor is what was there before")

		s.life, s.err = Life{Fallback: time.Hour}, nil
		_, err = v.Get(t.Context(), s.load)
		require.NoError(t, err)
		s.err = errDown
		got, err := v.Get(t.Context(), s.load)
		require.NoError(t, err)
		require.Equal(t, 4, got, "what is never fresh may stand in")
	})
}

func TestValue_RefreshLoadsAndReplaces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, v := &source{life: Life{Fresh: time.Hour, Fallback: time.Hour}}, value()
		for want := 1; want <= 2; want++ {
			got, err := v.Refresh(t.Context(), s.load)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		s.err = errDown
		_, err := v.Refresh(t.Context(), s.load)
		require.ErrorIs(t, err, errDown)
		got, err := v.Get(t.Context(), s.load)
		require.NoError(t, err)
		require.Equal(t, 2, got, "a failure leaves what is kept")
	})
}

// A load that started before a refresh may end after it.
func TestValue_OlderLoadReplacesNothingNewer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, v := &source{life: Life{Fresh: time.Hour}, takes: 10 * time.Second}, value()
		first := make(chan int)
		go func() {
			got, _ := v.Get(t.Context(), s.load)
			first <- got
		}()
		synctest.Wait()
		pass(time.Second)
		s.takes = time.Second
		got, err := v.Refresh(t.Context(), s.load)
		require.NoError(t, err)
		require.Equal(t, 2, got)
		require.Equal(t, 1, <-first)
		got, err = v.Get(t.Context(), s.load)
		require.NoError(t, err)
		require.Equal(t, 2, got)
	})
}

func TestValue_Forget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, v := &source{life: Life{Fresh: time.Hour}}, value()
		v.Forget(func(int) bool { require.Fail(t, "there is nothing to forget"); return true })
		for _, step := range []struct{ forget, want int }{{0, 1}, {7, 1}, {1, 2}} {
			v.Forget(func(n int) bool { return n == step.forget })
			got, err := v.Get(t.Context(), s.load)
			require.NoError(t, err)
			require.Equal(t, step.want, got)
		}
	})
}

func TestValue_IsReturnedToACallerWhoHasLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, v := &source{life: Life{Fresh: time.Hour}}, value()
		left, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := v.Get(left, s.load)
		require.ErrorIs(t, err, context.Canceled)
		_, err = v.Refresh(left, s.load)
		require.ErrorIs(t, err, context.Canceled)
		synctest.Wait()
		require.Zero(t, s.loads, "nothing is loaded for one")
		_, err = v.Get(t.Context(), s.load)
		require.NoError(t, err)
		got, err := v.Get(left, s.load)
		require.NoError(t, err)
		require.Equal(t, 1, got)
	})
}
