package cache

import (
	"context"
	"sync"

	"github.com/afterpay-go/afterpay/internal/safe"
)

// flight lets any number of callers wait for one load. A caller whose context
// ends leaves alone: the load goes on for the others, and is canceled when the
// last of them leaves.
type flight[T any] struct {
	mu      sync.Mutex
	running *load[T]
}

// load is one execution. Its outcome may be taken once done is closed.
type load[T any] struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	Outcome[T]
}

// do returns what work returns, whether this caller or another started it. If
// ctx is already done, nothing is started.
func (f *flight[T]) do(ctx context.Context, work func(context.Context) (T, error)) (T, error) {
	var zero T
	if err := ctx.Err(); err != nil {
		return zero, err
	}
	l := f.join(ctx, work)
	select {
	case <-l.done:
		return l.Take()
	case <-ctx.Done():
		f.leave(l)
		return zero, ctx.Err()
	}
}

// join returns the running load, with one more caller waiting for it. If there
// is none, it starts one.
func (f *flight[T]) join(ctx context.Context, work func(context.Context) (T, error)) *load[T] {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.running
	if l == nil {
		// The load keeps the values of ctx, such as those of tracing, and may
		// outlive it.
		loading, cancel := context.WithCancel(context.WithoutCancel(ctx))
		l = &load[T]{done: make(chan struct{}), cancel: cancel}
		f.running = l
		go func() {
			defer close(l.done)
			defer f.end(l)
			l.Run(func() (T, error) { return work(loading) })
		}()
	}
	l.waiting++
	return l
}

// end makes room for the next load.
func (f *flight[T]) end(l *load[T]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.running == l {
		f.running = nil
	}
	l.cancel()
}

// leave cancels the load if no caller waits for it any more.
func (f *flight[T]) leave(l *load[T]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if l.waiting--; l.waiting > 0 {
		return
	}
	if f.running == l {
		f.running = nil
	}
	l.cancel()
}

// Outcome is how work in another goroutine ended.
type Outcome[T any] struct {
	value    T
	err      error
	panicked any
}

const errGoexit safe.Message = "goroutine of the call was ended"

// Run does the work. A panic, such as one of a RoundTripper of the program's own,
// is kept for Take, as nobody could recover it in this goroutine.
func (o *Outcome[T]) Run(work func() (T, error)) {
	o.err = errGoexit
	defer func() { o.panicked = recover() }()
	o.value, o.err = work()
}

// Take returns what the work returned, or panics as it did.
func (o *Outcome[T]) Take() (T, error) {
	if o.panicked != nil {
		panic(o.panicked)
	}
	return o.value, o.err
}
