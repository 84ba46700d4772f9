package afterpaytest

import (
	"net/http"
	"time"
)

// reversalWindow is how long after an order was made it can be reversed.
const reversalWindow = 10 * time.Minute

// reverse accepts the wish to undo an auth or capture whose answer was lost.
// It takes effect later, whether or not the order exists yet.
//
// What a reversed order looks like is documented nowhere but for v1's status
// REVERSED. This sandbox's reading uses what is: money that was open is
// voided (event VOIDED, state VOIDED), money that was captured is refunded in
// full (an entry in refunds, the state stays CAPTURED).
func (s *Sandbox) reverse(c *call) answer {
	c.body.asked = nil
	c.body.members = nil // whatever is sent here has no meaning
	found := s.live(c)
	if found == nil || found.order == nil && !c.now.Before(found.expires) {
		return badTokenToPay()
	}
	accepted := answer{status: http.StatusNoContent}
	if found.order == nil {
		if !found.confirmed() || found.reversal > 0 {
			return notEligible("Order is not eligible for reversal.")
		}
		found.reversal = c.arrival
		return accepted
	}
	p := found.order
	eligible := !p.declined && !p.reversing() && p.open+p.captured-p.refunded > 0 && c.now.Sub(p.ordered) <= reversalWindow
	if !eligible || !visible(p, c.version()) {
		return notEligible("Order is not eligible for reversal.")
	}
	s.scheduleReversal(s.byID[p.id], c.now)
	return accepted
}

// scheduleReversal needs s.mu.
func (s *Sandbox) scheduleReversal(o *order, now time.Time) {
	o.current.reversalDue = now.Add(s.reversalDelay)
	s.schedule(o.current.reversalDue, o, carryOutReversal)
}

// reversing reports whether a reversal was accepted, carried out or not.
func (p *payment) reversing() bool { return !p.reversalDue.IsZero() }

func reversalPending() answer {
	return notEligible("order in pending reversal, no captures/auth accepted")
}
