package afterpay

import (
	"context"
	"sync"
)

// A flight lets any number of callers wait for one load. A caller whose context
// ends leaves alone; the load goes on for the others, and is given up when
// nobody waits any more.
type flight[T any] struct {
	mu      sync.Mutex
	running *load[T]
}

// load is one execution; its outcome may be taken once done is closed.
type load[T any] struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	outcome[T]
}

// do returns what work returns, whoever started it. Who has left before starts
// nothing.
func (f *flight[T]) do(ctx context.Context, work func(context.Context) (T, error)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	f.mu.Lock()
	l := f.running
	if l == nil {
		// The context's values, such as those of tracing, stay; its end does not.
		loading, cancel := context.WithCancel(context.WithoutCancel(ctx))
		l = &load[T]{done: make(chan struct{}), cancel: cancel}
		f.running = l
		go func() {
			defer close(l.done)
			defer f.end(l)
			l.run(func() (T, error) { return work(loading) })
		}()
	}
	l.waiting++
	f.mu.Unlock()

	select {
	case <-l.done:
		return l.take()
	case <-ctx.Done():
		f.leave(l)
		return none, ctx.Err()
	}
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

// leave gives the load up with its last caller.
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

// outcome is how work in a goroutine of the client's ended.
type outcome[T any] struct {
	value    T
	err      error
	panicked any
}

const errGoexit reason = "goroutine of the call was ended"

// run does the work and keeps a panic, as of a RoundTripper of the user's, which
// nobody could recover from in this goroutine.
func (o *outcome[T]) run(work func() (T, error)) {
	o.err = errGoexit
	defer func() { o.panicked = recover() }()
	o.value, o.err = work()
}

// take returns what the work returned, or panics as it did.
func (o *outcome[T]) take() (T, error) {
	if o.panicked != nil {
		panic(o.panicked)
	}
	return o.value, o.err
}
