package durable

import (
	"sync"
	"time"
)

// together lets callers that come at about the same time act as one, because each
// statement is a round trip and each commit waits for the disk.
type together[T any] struct {
	// run acts for the first of the values and returns for how many. It may panic.
	run func(values []T) int
	// pause is how far apart those who act begin, so that others gather meanwhile.
	pause time.Duration

	mu      sync.Mutex
	began   time.Time // when somebody acted last
	waiting []waiting[T]
	awaited bool // act will run
}

// waiting is a caller that waits to hear whether run has acted for it.
type waiting[T any] struct {
	value T
	acted chan bool
}

// do reports whether run has acted for the caller. If not, the caller acts alone: it
// came alone, or the run failed.
func (g *together[T]) do(value T) bool {
	g.mu.Lock()
	if !g.awaited && time.Since(g.began) >= g.pause {
		g.began = time.Now()
		g.mu.Unlock()
		return false
	}
	w := waiting[T]{value, make(chan bool, 1)}
	g.waiting = append(g.waiting, w)
	if !g.awaited {
		g.await()
	}
	g.mu.Unlock()
	return <-w.acted
}

// await arranges for act to run. The caller has the lock.
func (g *together[T]) await() {
	g.awaited = true
	time.AfterFunc(g.pause-time.Since(g.began), g.act)
}

// act runs for everybody who waits.
func (g *together[T]) act() {
	g.mu.Lock()
	all := g.waiting
	g.waiting, g.began = nil, time.Now()
	g.mu.Unlock()
	acted := 0
	defer func() {
		_ = recover() // whoever panicked does so again, alone
		for i, w := range all {
			w.acted <- i < acted
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.awaited = false; len(g.waiting) > 0 {
			g.await()
		}
	}()
	if len(all) > 1 {
		values := make([]T, len(all))
		for i, w := range all {
			values[i] = w.value
		}
		acted = g.run(values)
	}
}
