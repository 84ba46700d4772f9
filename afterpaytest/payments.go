package afterpaytest

import (
	"net/http"
	"time"
)

// payRequest is the body of auth and of a full capture.
type payRequest struct {
	token     string
	requestID string // of auth only
	reference *string
	amount    *money
	adjusted  bool
	checksum  string
	items     []item // nil when not sent
	shipping  *contact
}

func readPayRequest(c *call) payRequest {
	o := c.body
	read := payRequest{
		token:     o.required("token", 0),
		reference: nonEmpty(o.text("merchantReference", limitText)),
	}
	c.token = read.token
	switch {
	case c.version() == v1:
		o.known("webhookEventUrl") // sent by an official plugin
		return read
	case c.route.op == OpAuthorize:
		read.requestID = plain(o.text("requestId", 0))
		o.known("requestid") // the spelling of one edition of the documentation; it has no effect
	}
	if o.sent("amount") {
		amount := o.positive("amount")
		read.amount = &amount
	}
	if adjusted := o.boolean("isCheckoutAdjusted"); adjusted != nil {
		read.adjusted = *adjusted
	}
	read.checksum = plain(o.text("paymentScheduleChecksum", 0))
	if o.sent("items") {
		currency := ""
		if read.amount != nil {
			currency = read.amount.currency
		}
		read.items = readItems(o, currency)
	}
	read.shipping = readContact(o.child("shipping"))
	o.known("amount", "items", "enrichments", "grantId")
	return read
}

// authorize makes an order that is captured later. It exists in v2 only.
func (s *Sandbox) authorize(c *call) response {
	req := readPayRequest(c)
	if refusal, ok := s.valid(c); !ok {
		return refusal
	}
	key := requestKey(OpAuthorize, req.requestID)
	if done, ok := s.recall(key, c.now, requestLife); ok {
		return s.paid(c, done.order.current)
	}
	o, refusal, ok := s.order(c, req, true)
	if !ok {
		return refusal
	}
	s.remember(key, replay{at: c.now, order: o})
	return s.paid(c, o.current)
}

// capture makes an order and captures all of it. The token is its idempotency
// key: a repeat returns the current order.
func (s *Sandbox) capture(c *call) response {
	req := readPayRequest(c)
	if refusal, ok := s.valid(c); !ok {
		return refusal
	}
	if found := s.live(c); found != nil && found.order != nil && !found.order.deferred {
		if found.order.reversing() {
			return reversalPending()
		}
		return s.paid(c, found.order)
	}
	o, refusal, ok := s.order(c, req, false)
	if !ok {
		return refusal
	}
	return s.paid(c, o.current)
}

// paid returns the response to auth or capture. A decline has one of three
// forms.
func (s *Sandbox) paid(c *call, p *payment) response {
	switch {
	case c.version() == v1 && p.declined:
		return refuse(http.StatusPaymentRequired, "declined", "Payment declined")
	case c.version() == v1:
		return created(p.wireV1())
	case p.declined && c.route.op == OpAuthorize:
		return response{status: http.StatusPaymentRequired, body: p.wire(writeModel)}
	default:
		return created(p.wire(writeModel))
	}
}

// order makes an order, approved or declined, from a confirmed checkout.
func (s *Sandbox) order(c *call, req payRequest, deferred bool) (*order, response, bool) {
	found := s.live(c)
	if found == nil || found.order != nil || !c.now.Before(found.expires) {
		if c.version() == v1 {
			return nil, badToken(), false
		}
		return nil, badTokenToPay(), false
	}
	if found.reversal > 0 && found.reversal < c.arrival {
		return nil, reversalPending(), false
	}
	if !found.confirmed() {
		return nil, refuse(http.StatusPreconditionFailed, "invalid_order_transaction_status", "Order has not been approved."), false
	}
	total, refusal, ok := agreed(found, req)
	if !ok {
		return nil, refusal, false
	}
	p := &payment{
		id: s.ids.payment(found.version, s.profile), token: found.token, version: found.version,
		created: found.created, ordered: c.now, deferred: deferred, declined: found.decision == declined,
		currency: total.currency, original: total.hundredths, open: total.hundredths,
		reference: found.reference, content: found.content,
	}
	if req.reference != nil {
		p.reference = req.reference
	}
	if req.items != nil {
		p.content.items = req.items
	}
	if req.shipping != nil {
		p.content.shipping = req.shipping
	}
	o := &order{current: p}
	s.charge(o, c.now, req.requestID)
	found.order = p
	s.byID[p.id] = o
	s.orders = append(s.orders, o)
	if found.reversal > 0 && !p.declined {
		s.scheduleReversal(o, c.now)
	}
	s.publish(o, c.now)
	return o, response{}, true
}

// agreed returns the total of an order. An express checkout must repeat it,
// and an adjusted one may change it. The error code for a mismatch is
// undocumented.
func agreed(found *checkout, req payRequest) (money, response, bool) {
	switch {
	case req.amount == nil && found.express:
		return money{}, invalidObject("amount may not be null"), false
	case req.amount == nil || *req.amount == found.amount:
		return found.amount, response{}, true
	case !req.adjusted || !found.express:
		return money{}, invalidAmount("amount must be the amount of the checkout"), false
	case req.checksum == "":
		return money{}, invalidObject("paymentScheduleChecksum may not be empty"), false
	case req.amount.currency != found.amount.currency:
		return money{}, invalidObject("amount.currency must be the currency of the checkout"), false
	default:
		return *req.amount, response{}, true
	}
}

// charge adds the first event of an order and moves its money.
func (s *Sandbox) charge(o *order, now time.Time, requestID string) {
	p := o.current
	first := event{id: s.ids.ksuid(now), at: now, amount: p.original}
	switch {
	case p.declined && p.deferred:
		first.kind = "AUTH_DECLINED"
	case p.declined:
		first.kind = "CAPTURE_DECLINED"
	case p.deferred:
		first.kind = "AUTH_APPROVED"
		p.authExpires = now.Add(s.authLife)
		first.expires = p.authExpires
		s.schedule(p.authExpires, o, expire)
		s.enter(Authorized, p, requestID, p.original, now)
	default:
		first.kind = "CAPTURED"
		p.open, p.captured = 0, p.original
		s.enter(Captured, p, requestID, p.original, now)
	}
	p.events = append(p.events, first)
}

// getPayment returns an order, by id or by token, from the read model.
func (s *Sandbox) getPayment(c *call) response {
	var found *order
	if c.route.op == OpGetPaymentByToken {
		if co := s.checkouts[c.token]; co != nil && co.order != nil {
			found = s.byID[co.order.id]
		}
	} else {
		found = s.byID[c.id]
	}
	if found == nil {
		return notFound()
	}
	p := found.seen(c.now, s.readLag)
	if p == nil || !visible(p, c.version()) {
		return notFound()
	}
	return read(onWireIn(c.version(), p, readModel))
}

// visible reports whether an order can be managed with a version of the API.
// v1 has no authorizations, so it sees an order only once something was
// captured.
func visible(p *payment, v version) bool {
	return v == v2 || !p.deferred || p.captured > 0
}

func onWireIn(v version, p *payment, m model) any {
	if v == v1 {
		return p.wireV1()
	}
	return p.wire(m)
}

// updateReference sets the merchant reference of an approved order.
func (s *Sandbox) updateReference(c *call) response {
	reference := c.body.required("merchantReference", limitText)
	if refusal, ok := s.valid(c); !ok {
		return refusal
	}
	found := s.byID[c.id]
	if found == nil || !visible(found.current, c.version()) {
		return notFound()
	}
	p := found.current
	if p.declined {
		return notEligible("Order is not approved.")
	}
	p.reference = &reference
	s.publish(found, c.now)
	return response{status: http.StatusOK, body: onWireIn(c.version(), p, writeModel)}
}

// updateCourier replaces the courier of an approved order.
func (s *Sandbox) updateCourier(c *call) response {
	sent := readCourier(c.body)
	if refusal, ok := s.valid(c); !ok {
		return refusal
	}
	if !allDigits(c.id) {
		return notFound()
	}
	found := s.byID[c.id]
	if found == nil || !visible(found.current, c.version()) {
		return notEligible("Order not found.")
	}
	p := found.current
	if p.declined {
		return notEligible("Order is not approved.")
	}
	p.content.courier = sent
	s.publish(found, c.now)
	return response{status: http.StatusOK, body: onWireIn(c.version(), p, writeModel)}
}
