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

// load is one execution; value and err may be read once done is closed.
type load[T any] struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	value   T
	err     error
}

// do returns what work returns, whoever started it.
func (f *flight[T]) do(ctx context.Context, work func(context.Context) (T, error)) (T, error) {
	f.mu.Lock()
	l := f.running
	if l == nil {
		// The context's values, such as those of tracing, stay; its end does not.
		loading, cancel := context.WithCancel(context.WithoutCancel(ctx))
		l = &load[T]{done: make(chan struct{}), cancel: cancel}
		f.running = l
		go func() {
			l.value, l.err = work(loading)
			f.end(l)
			close(l.done)
		}()
	}
	l.waiting++
	f.mu.Unlock()

	select {
	case <-l.done:
		return l.value, l.err
	case <-ctx.Done():
		f.leave(l)
		var none T
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
