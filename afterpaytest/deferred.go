package afterpaytest

import (
	"fmt"
	"net/http"
)

// smallestCapture is the smallest amount of one capture, in hundredths of any
// currency. It is documented in dollars.
const smallestCapture = 1_00

// capturePart captures a part of an authorization, or all of its open amount.
func (s *Sandbox) capturePart(c *call) response {
	o := c.body
	amount := o.positive("amount")
	requestID := plain(o.text("requestId", 0))
	reference := nonEmpty(o.text("merchantReference", limitText))
	eventReference := o.text("paymentEventMerchantReference", limitText)
	if !allDigits(c.id) {
		return notFound()
	}
	if refusal, ok := s.valid(c); !ok {
		return refusal
	}
	key := requestKey(OpCapturePart, requestID)
	if done, ok := s.recall(key, c.now, requestLife); ok {
		return created(done.order.current.wire(writeModel))
	}
	found := s.byID[c.id]
	if found == nil {
		return refuse(http.StatusPreconditionFailed, "error", "A valid auth was not performed for this payment id.")
	}
	p := found.current
	if refusal, ok := capturable(p, amount); !ok {
		return refusal
	}
	p.open -= amount.hundredths
	p.captured += amount.hundredths
	p.events = append(p.events, event{
		id: s.ids.ksuid(c.now), at: c.now, kind: "CAPTURED", amount: amount.hundredths, reference: eventReference,
	})
	if reference != nil {
		p.reference = reference
	}
	s.enter(Captured, p, requestID, amount.hundredths, c.now)
	s.remember(key, replay{at: c.now, order: found})
	s.publish(found, c.now)
	return created(p.wire(writeModel))
}

func capturable(p *payment, amount money) (response, bool) {
	switch {
	case p.declined:
		return notApproved(), false
	case p.reversing():
		return reversalPending(), false
	case p.open == 0:
		return closed(p), false
	case amount.currency != p.currency:
		return otherCurrency(), false
	case amount.hundredths < smallestCapture:
		return invalidAmount(fmt.Sprintf("Capture amount %s is below the minimum capture amount %s.", amount, p.money(smallestCapture))), false
	case amount.hundredths > p.open:
		return invalidAmount(fmt.Sprintf("Capture amount %s exceeded open to capture amount %s.", amount, p.money(p.open))), false
	default:
		return response{}, true
	}
}

// void releases a part of an authorization's open amount. Without an amount,
// or without a body, it releases all of it.
func (s *Sandbox) void(c *call) response {
	o := c.body
	requestID := o.text("requestId", 0)
	o.known("amount", "reason")
	var amount money
	if o.sent("amount") {
		amount = o.positive("amount")
	}
	if !allDigits(c.id) {
		return notFound()
	}
	if refusal, ok := s.valid(c); !ok {
		return refusal
	}
	key := requestKey(OpVoid, plain(requestID))
	if done, ok := s.recall(key, c.now, requestLife); ok {
		return created(done.order.current.wire(writeModel))
	}
	found := s.byID[c.id]
	if found == nil {
		return notFound()
	}
	p := found.current
	if amount == (money{}) {
		amount = p.money(p.open)
	}
	if refusal, ok := voidable(p, amount); !ok {
		return refusal
	}
	s.release(p, amount.hundredths, "VOIDED", nonEmpty(requestID), c.now)
	s.enter(Voided, p, plain(requestID), amount.hundredths, c.now)
	s.remember(key, replay{at: c.now, order: found})
	s.publish(found, c.now)
	return created(p.wire(writeModel))
}

func voidable(p *payment, amount money) (response, bool) {
	switch {
	case p.declined:
		return notApproved(), false
	case p.reversing():
		return reversalPending(), false
	case p.open == 0:
		return closed(p), false
	case amount.currency != p.currency:
		return otherCurrency(), false
	case amount.hundredths > p.open:
		return invalidAmount(fmt.Sprintf("Void amount %s exceeded open to capture amount %s.", amount, p.money(p.open))), false
	default:
		return response{}, true
	}
}

// closed returns why an approved order has nothing open. Capture is documented
// to answer with these codes. Void answers 410 on the wire; that it gives the
// other two codes as well is the sandbox's reading.
func closed(p *payment) response {
	switch {
	case p.expired:
		return refuse(http.StatusPreconditionFailed, "payment_expired", "The auth has expired.")
	case p.captured > 0:
		return alreadyCaptured()
	default:
		return refuse(http.StatusPreconditionFailed, "payment_voided", "The auth was previously voided.")
	}
}

func notApproved() response {
	return refuse(http.StatusPreconditionFailed, "invalid_state", "Order is not approved.")
}

func otherCurrency() response {
	return invalidObject("amount.currency must be the currency of the order")
}
