package afterpaytest

import (
	"container/heap"
	"time"
)

// wireTime is the format of the service's timestamps: UTC with milliseconds.
const wireTime = "2006-01-02T15:04:05.000Z"

func timestamp(t time.Time) string { return t.UTC().Format(wireTime) }

// Now returns the sandbox's time: the time of its clock, plus every Advance so
// far.
func (s *Sandbox) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

// now is Now for callers that hold s.mu.
func (s *Sandbox) now() time.Time { return s.clock().UTC().Add(s.offset) }

// Advance moves the sandbox's clock forward by d. Tokens and authorizations
// expire, reversals take effect, request ids are forgotten, and lagging reads
// catch up. It panics if d is negative. In a testing/synctest bubble, the
// bubble's clock moves the sandbox too.
func (s *Sandbox) Advance(d time.Duration) {
	if d < 0 {
		panic("afterpaytest: Advance: time cannot go back")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset += d
	s.runDue(s.now())
}

// dueEntry is something that happens to an order at a given time.
type dueEntry struct {
	at    time.Time
	order *order
	act   func(s *Sandbox, p *payment, at time.Time)
}

// dueQueue is a heap of what is due, soonest first.
type dueQueue []dueEntry

func (q dueQueue) Len() int           { return len(q) }
func (q dueQueue) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q dueQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *dueQueue) Push(x any)        { *q = append(*q, x.(dueEntry)) }
func (q *dueQueue) Pop() any {
	last := len(*q) - 1
	entry := (*q)[last]
	(*q)[last] = dueEntry{}
	*q = (*q)[:last]
	return entry
}

// schedule has act run at a given time. The caller must hold s.mu.
func (s *Sandbox) schedule(at time.Time, o *order, act func(*Sandbox, *payment, time.Time)) {
	heap.Push(&s.due, dueEntry{at, o, act})
}

// runDue does everything that has become due by now, each at its own time. The
// sandbox has no goroutine to do it any earlier. The caller must hold s.mu.
func (s *Sandbox) runDue(now time.Time) {
	for len(s.due) > 0 && !s.due[0].at.After(now) {
		entry := heap.Pop(&s.due).(dueEntry)
		entry.act(s, entry.order.current, entry.at)
		s.publish(entry.order, entry.at)
	}
}
