package afterpaytest

import (
	"container/heap"
	"time"
)

// dueEntry is something that time alone will do to an order.
type dueEntry struct {
	at    time.Time
	order *order
	act   func(s *Sandbox, p *payment, at time.Time)
}

// dueQueue is a heap of what is to come, soonest first.
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

// schedule needs s.mu.
func (s *Sandbox) schedule(at time.Time, o *order, act func(*Sandbox, *payment, time.Time)) {
	heap.Push(&s.due, dueEntry{at, o, act})
}

// settle does all that has become due by now, each at its own time: the
// sandbox has no goroutine that would do it when it happens. It needs s.mu.
func (s *Sandbox) settle(now time.Time) {
	for len(s.due) > 0 && !s.due[0].at.After(now) {
		entry := heap.Pop(&s.due).(dueEntry)
		entry.act(s, entry.order.current, entry.at)
		s.publish(entry.order, entry.at)
	}
}

// expire voids what is open of an authorization that has run out. The docs
// say that the open amount is voided and know an event type EXPIRED; that the
// entry in refunds is the same as for a void is this sandbox's reading.
func expire(s *Sandbox, p *payment, at time.Time) {
	if p.open == 0 || p.declined {
		return
	}
	amount := p.open
	s.release(p, amount, "EXPIRED", nil, at)
	p.expired = true
	s.enter(Expired, p, "", amount, at)
}

// carryOutReversal lets go what is open and gives back what was captured.
func carryOutReversal(s *Sandbox, p *payment, at time.Time) {
	p.reversed = true
	if amount := p.open; amount > 0 {
		s.release(p, amount, "VOIDED", nil, at)
		s.enter(Reversed, p, "", amount, at)
	}
	if amount := p.captured - p.refunded; amount > 0 {
		p.refunded += amount
		p.refunds = append(p.refunds, refund{id: s.ids.refund(), amount: amount, at: at})
		s.enter(Reversed, p, "", amount, at)
	}
}

// release takes money off what is open: an event at the end of events, an
// entry at the front of refunds. It needs s.mu.
func (s *Sandbox) release(p *payment, amount int64, kind string, requestID *string, at time.Time) {
	e := event{id: s.ids.ksuid(at), at: at, kind: kind, amount: amount}
	p.open -= amount
	p.events = append(p.events, e)
	p.refunds = append([]refund{{
		id: s.ids.refund(), requestID: requestID, amount: amount,
		at: at.Add(-voidRefundLead), voidEvent: e.id, voidedAt: at,
	}}, p.refunds...)
}

// publish lets lagging reads see an order as it is now. It needs s.mu.
func (s *Sandbox) publish(o *order, at time.Time) {
	if s.readLag > 0 {
		o.published = append(o.published, publication{at.Add(s.readLag), o.current.clone()})
	}
}
