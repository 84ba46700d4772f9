package afterpaytest

import (
	"net/http"
	"time"
)

// refundWindow is how long after the purchase an order can be refunded.
const refundWindow = 120 * 24 * time.Hour

// refund returns captured money to the shopper.
func (s *Sandbox) refund(c *call) response {
	o := c.body
	entry := refund{
		requestID: nonEmpty(o.text("requestId", limitRequestID)),
		reference: nonEmpty(o.text("merchantReference", limitRefundRef)),
	}
	if c.version() == v2 {
		entry.refundReference = nonEmpty(o.text("refundMerchantReference", limitText))
	}
	amount := o.positive("amount")
	if c.version() == v2 && !allDigits(c.id) {
		return notFound()
	}
	if refusal, ok := s.valid(c); !ok {
		return refusal
	}
	key, life := refundKey(c.version(), plain(entry.requestID), plain(entry.reference)), requestLife
	if c.version() == v2 {
		life = 0 // documented as longer than 24 hours
	}
	if done, ok := s.recall(key, c.now, life); ok {
		return refunded(c, done.order.current, done.refund)
	}
	found := s.byID[c.id]
	if found == nil || !visible(found.current, c.version()) {
		return notEligible("Order not found.")
	}
	p := found.current
	if refusal, ok := refundable(p, amount, c.now); !ok {
		return refusal
	}
	entry.id, entry.at, entry.amount = s.ids.refund(), c.now, amount.hundredths
	p.refunded += amount.hundredths
	p.refunds = append(p.refunds, entry)
	s.enter(Refunded, p, plain(entry.requestID), amount.hundredths, c.now)
	s.remember(key, replay{at: c.now, order: found, refund: entry})
	s.publish(found, c.now)
	return refunded(c, p, entry)
}

func refundable(p *payment, amount money, now time.Time) (response, bool) {
	switch {
	case p.declined, p.captured == 0:
		return notEligible("Order is not in a refundable state."), false
	case p.reversing():
		return reversalPending(), false
	case amount.currency != p.currency:
		return otherCurrency(), false
	case now.Sub(p.created) > refundWindow:
		return refuse(http.StatusUnprocessableEntity, "refund_timelimit_exceeded", "The refund exceeds the time limit of 120 days"), false
	case amount.hundredths > p.captured-p.refunded:
		return invalidAmount("Refund amount exceeded open to refund amount"), false
	default:
		return response{}, true
	}
}

func refunded(c *call, p *payment, r refund) response {
	if c.version() == v1 {
		return created(wireRefundCreatedV1{r.id, timestamp(r.at), r.requestID, onWire(p.money(r.amount)), r.reference})
	}
	return created(r.wire(p, writeModel))
}

type wireRefund struct {
	RequestID               *string   `json:"requestId,omitempty"`
	Amount                  wireMoney `json:"amount"`
	MerchantReference       *string   `json:"merchantReference,omitempty"`
	RefundMerchantReference *string   `json:"refundMerchantReference,omitempty"`
	RefundID                string    `json:"refundId"`
	RefundedAt              string    `json:"refundedAt"`
}

func (r refund) wire(p *payment, m model) wireRefund {
	wire := wireRefund{
		RequestID: r.requestID, Amount: onWire(p.money(r.amount)), MerchantReference: r.reference,
		RefundMerchantReference: r.refundReference, RefundID: r.id, RefundedAt: timestamp(r.at),
	}
	if r.voidEvent != "" && m == readModel {
		wire.RefundID, wire.RefundedAt = r.voidEvent, timestamp(r.voidedAt)
	}
	return wire
}

// wireRefundV1 is a refund in a v1 payment, which calls its id "id".
type wireRefundV1 struct {
	ID                string    `json:"id"`
	RefundedAt        string    `json:"refundedAt"`
	MerchantReference *string   `json:"merchantReference,omitempty"`
	Amount            wireMoney `json:"amount"`
}

// wireRefundCreatedV1 is the response to a v1 refund, which calls its id
// "refundId".
type wireRefundCreatedV1 struct {
	RefundID          string    `json:"refundId"`
	RefundedAt        string    `json:"refundedAt"`
	RequestID         *string   `json:"requestId,omitempty"`
	Amount            wireMoney `json:"amount"`
	MerchantReference *string   `json:"merchantReference,omitempty"`
}

// reversalWindow is how long after an order was made it can be reversed.
const reversalWindow = 10 * time.Minute

// reverse accepts a reversal of an auth or capture whose response was lost. It
// takes effect later, and the order need not exist yet.
//
// How a reversed order looks is undocumented, except for v1's status REVERSED.
// In the sandbox's reading, an open amount is voided (event VOIDED, state
// VOIDED), and a captured amount is refunded in full (an entry in refunds,
// state CAPTURED).
func (s *Sandbox) reverse(c *call) response {
	c.body.asked = nil
	c.body.fields = nil // a body has no meaning here
	found := s.live(c)
	if found == nil || found.order == nil && !c.now.Before(found.expires) {
		return badTokenToPay()
	}
	accepted := response{status: http.StatusNoContent}
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

// scheduleReversal schedules an accepted reversal. The caller must hold s.mu.
func (s *Sandbox) scheduleReversal(o *order, now time.Time) {
	o.current.reversalDue = now.Add(s.reversalDelay)
	s.schedule(o.current.reversalDue, o, carryOutReversal)
}

// reversing reports whether a reversal was accepted, even if it has not taken
// effect yet.
func (p *payment) reversing() bool { return !p.reversalDue.IsZero() }

func reversalPending() response {
	return notEligible("order in pending reversal, no captures/auth accepted")
}

// carryOutReversal voids the open amount and refunds the captured amount.
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
