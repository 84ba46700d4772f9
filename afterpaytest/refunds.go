package afterpaytest

import (
	"net/http"
	"time"
)

// refundWindow is how long after the purchase money can be given back.
const refundWindow = 120 * 24 * time.Hour

// refund gives captured money back.
func (s *Sandbox) refund(c *call) answer {
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
		life = 0 // documented as longer than 24 hours, without a figure
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

func refundable(p *payment, amount money, now time.Time) (answer, bool) {
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
		return answer{}, true
	}
}

func refunded(c *call, p *payment, r refund) answer {
	if c.version() == v1 {
		return created(wireRefundCreatedV1{r.id, timestamp(r.at), r.requestID, onWire(p.money(r.amount)), r.reference})
	}
	return created(r.wire(p, writeModel))
}
