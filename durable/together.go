package durable

import (
	"slices"
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
	apart   time.Time // until then everybody acts alone
	waiting []*waiting[T]
	awaited bool // act will run
}

// waiting is a caller that waits to hear whether run has acted for it.
type waiting[T any] struct {
	value T
	acted chan bool
}

const (
	// patience is how many pauses a caller waits for a run to begin, while the one
	// before it goes on.
	patience = 10
	// apartFor is how long everybody acts alone after a run that did not act for
	// all: others would wait in vain as well.
	apartFor = 5 * time.Second
)

// do reports whether run has acted for the caller. If not, the caller acts alone: it
// came alone, or the run failed.
func (g *together[T]) do(value T) bool {
	w := g.join(value)
	if w == nil {
		return false
	}
	select {
	case acted := <-w.acted:
		return acted
	case <-time.After(patience * g.pause):
	}
	g.mu.Lock()
	i := slices.Index(g.waiting, w)
	if i >= 0 {
		g.waiting = slices.Delete(g.waiting, i, i+1)
	}
	g.mu.Unlock()
	return i < 0 && <-w.acted
}

// join adds a caller to those who wait, or returns nil if it acts alone.
func (g *together[T]) join(value T) *waiting[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if now.Before(g.apart) {
		return nil
	}
	if !g.awaited && now.Sub(g.began) >= g.pause {
		g.began = now
		return nil
	}
	w := &waiting[T]{value, make(chan bool, 1)}
	g.waiting = append(g.waiting, w)
	if !g.awaited {
		g.await()
	}
	return w
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
		_ = recover() // the callers act alone, and the panic happens again in one of them
		for i, w := range all {
			w.acted <- i < acted
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		if len(all) > 1 && acted < len(all) {
			g.apart = time.Now().Add(apartFor)
		}
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
