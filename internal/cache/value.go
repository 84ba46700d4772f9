// Package cache keeps a value that is expensive to load: all callers share one
// load, the value has a life, and it may outlast it while its source fails. No
// goroutine runs unless a load does.
package cache

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Value is a cached value. It must not be copied. Callers share what it returns.
type Value[T any] struct {
	// Failing reports whether an error of a load means that the source is
	// failing, so that the last value is used instead. Nil means that no error
	// does.
	Failing func(error) bool
	// Pause is the wait before a failing source is asked again, as long as
	// there is a value to use instead.
	Pause time.Duration

	loading    flight[T]
	refreshing flight[T] // does not wait for a load that started before

	mu       sync.Mutex
	last     T
	started  time.Time // when the load of last started
	fresh    time.Time // until then last is returned without a load
	fallback time.Time // until then last is returned if the source fails
}

// Life says how long a value may be kept.
type Life struct {
	Fresh    time.Duration // how long it is returned without a load
	Fallback time.Duration // how much longer it is used while the source fails
}

// Load loads a value and says how long it may be kept. The zero Life keeps
// nothing, not even what was there before.
type Load[T any] func(context.Context) (T, Life, error)

// Get returns the value while it is fresh. Otherwise it loads it, together with
// all other callers that need it. If the source fails, or is too slow for the
// deadline of ctx, the last value is returned while it may stand in.
func (v *Value[T]) Get(ctx context.Context, load Load[T]) (T, error) {
	if last, ok := v.kept(); ok {
		return last, nil
	}
	loaded, err := v.loading.do(ctx, func(ctx context.Context) (T, error) {
		if last, ok := v.kept(); ok {
			return last, nil // another load ended while this one was started
		}
		return v.load(ctx, load)
	})
	if err == nil {
		return loaded, nil
	}
	if last, ok := v.standIn(err); ok {
		return last, nil
	}
	return loaded, err
}

// Refresh loads the value, whether it is fresh or not, and returns no other.
func (v *Value[T]) Refresh(ctx context.Context, load Load[T]) (T, error) {
	return v.refreshing.do(ctx, func(ctx context.Context) (T, error) { return v.load(ctx, load) })
}

// Forget drops the value if drop reports true for it.
func (v *Value[T]) Forget(drop func(T) bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if time.Now().Before(v.fallback) && drop(v.last) {
		v.fresh, v.fallback = time.Time{}, time.Time{}
	}
}

func (v *Value[T]) kept() (T, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := time.Now()
	return v.last, now.Before(v.fresh) && now.Before(v.fallback)
}

// load loads a value and keeps it, unless a load that started later has ended
// already.
func (v *Value[T]) load(ctx context.Context, load Load[T]) (T, error) {
	started := time.Now()
	loaded, life, err := load(ctx)
	if err != nil {
		return loaded, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if started.Before(v.started) {
		return loaded, nil
	}
	now := time.Now()
	v.last, v.started, v.fresh, v.fallback = loaded, started, now.Add(life.Fresh), now.Add(life.Fresh+life.Fallback)
	return loaded, nil
}

// standIn returns the last value if err is a reason to and it is not too old.
func (v *Value[T]) standIn(err error) (T, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	failing := v.Failing != nil && v.Failing(err)
	tooSlow := errors.Is(err, context.DeadlineExceeded)
	now := time.Now()
	if !failing && !tooSlow || !now.Before(v.fallback) {
		return v.last, false
	}
	if pause := now.Add(v.Pause); failing && v.fresh.Before(pause) {
		v.fresh = pause
	}
	return v.last, true
}
