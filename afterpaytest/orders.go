package afterpaytest

import (
	"slices"
	"time"
)

// payment is a permanent order, approved or declined.
type payment struct {
	id        string
	token     string
	version   version
	created   time.Time // when the checkout was created, as on the wire
	ordered   time.Time // when auth or capture was called; starts the reversal window
	deferred  bool      // authorized first and captured later
	declined  bool
	currency  string
	original  int64
	open      int64 // authorized, and neither captured nor voided
	captured  int64
	refunded  int64 // of the captured amount
	reference *string
	content   content
	refunds   []refund
	events    []event

	authExpires time.Time // zero for an immediate capture
	expired     bool      // the authorization expired with an open amount
	reversalDue time.Time // zero unless a reversal was accepted
	reversed    bool
}

// money returns an amount in the order's currency.
func (p *payment) money(hundredths int64) money { return money{hundredths, p.currency} }

// state returns the paymentState of API v2.
func (p *payment) state() string {
	switch {
	case p.declined && p.deferred:
		return "AUTH_DECLINED"
	case p.declined:
		return "CAPTURE_DECLINED"
	case p.open > 0 && p.captured > 0:
		return "PARTIALLY_CAPTURED"
	case p.open > 0:
		return "AUTH_APPROVED"
	case p.captured > 0:
		return "CAPTURED"
	default:
		return "VOIDED"
	}
}

// clone copies the payment, so that later changes do not affect the copy.
func (p *payment) clone() *payment {
	copied := *p
	copied.refunds = slices.Clone(p.refunds)
	copied.events = slices.Clone(p.events)
	return &copied
}

// refund is an entry of refunds: money returned to the shopper, or released by
// a void.
type refund struct {
	id              string
	requestID       *string
	reference       *string
	refundReference *string
	amount          int64
	at              time.Time
	voidEvent       string    // for a void, the id of its event
	voidedAt        time.Time // for a void, the time of its event
}

// event is an entry of events.
type event struct {
	id        string
	at        time.Time
	expires   time.Time // set for AUTH_APPROVED only
	kind      string
	amount    int64
	reference *string // the paymentEventMerchantReference
}

// order is a payment and, if reads lag, its published versions.
type order struct {
	current   *payment
	published []publication // oldest first; empty unless reads lag
}

type publication struct {
	from time.Time
	view *payment
}

// seen returns the payment as a read sees it at the given time, or nil.
func (o *order) seen(now time.Time, lag time.Duration) *payment {
	if lag == 0 {
		return o.current
	}
	for _, p := range slices.Backward(o.published) {
		if !p.from.After(now) {
			return p.view
		}
	}
	return nil
}

// expire voids the open amount of an authorization that has expired. The
// documentation says that the amount is voided and names an event type
// EXPIRED. That refunds gets the same entry as for a void is the sandbox's
// reading.
func expire(s *Sandbox, p *payment, at time.Time) {
	if p.open == 0 || p.declined {
		return
	}
	amount := p.open
	s.release(p, amount, "EXPIRED", nil, at)
	p.expired = true
	s.enter(Expired, p, "", amount, at)
}

// release reduces the open amount. It adds an event at the end of events, and
// an entry at the front of refunds. The caller must hold s.mu.
func (s *Sandbox) release(p *payment, amount int64, kind string, requestID *string, at time.Time) {
	e := event{id: s.ids.ksuid(at), at: at, kind: kind, amount: amount}
	p.open -= amount
	p.events = append(p.events, e)
	p.refunds = append([]refund{{
		id: s.ids.refund(), requestID: requestID, amount: amount,
		at: at.Add(-voidRefundLead), voidEvent: e.id, voidedAt: at,
	}}, p.refunds...)
}

// publish makes the order's present version visible to lagging reads. The
// caller must hold s.mu.
func (s *Sandbox) publish(o *order, at time.Time) {
	if s.readLag > 0 {
		o.published = append(o.published, publication{at.Add(s.readLag), o.current.clone()})
	}
}

// model is the service's model that a response is written from. In the read
// model, which is behind get and list, voids have other ids, events have other
// times, and missing categories are empty.
type model int

const (
	writeModel model = iota
	readModel
)

// Differences between the clocks of the models, as recorded: a void's
// refundedAt is 16 ms before its event, and events are read back some
// milliseconds later.
const (
	voidRefundLead = 16 * time.Millisecond
	eventReadDrift = 2 * time.Millisecond
)

type wireEvent struct {
	ID                            string    `json:"id"`
	Created                       string    `json:"created"`
	Expires                       *string   `json:"expires"`
	Type                          string    `json:"type"`
	Amount                        wireMoney `json:"amount"`
	PaymentEventMerchantReference *string   `json:"paymentEventMerchantReference"`
}

type wirePayment struct {
	ID                  string           `json:"id"`
	Token               string           `json:"token"`
	Status              string           `json:"status"`
	Created             string           `json:"created"`
	OriginalAmount      wireMoney        `json:"originalAmount"`
	OpenToCaptureAmount wireMoney        `json:"openToCaptureAmount"`
	PaymentState        string           `json:"paymentState"`
	MerchantReference   *string          `json:"merchantReference,omitempty"`
	Refunds             []wireRefund     `json:"refunds"`
	OrderDetails        wireOrderDetails `json:"orderDetails"`
	Events              []wireEvent      `json:"events"`
}

// wire returns the payment as API v2 writes it.
func (p *payment) wire(m model) wirePayment {
	wire := wirePayment{
		ID: p.id, Token: p.token, Status: p.status(v2), Created: timestamp(p.created),
		OriginalAmount:      onWire(p.money(p.original)),
		OpenToCaptureAmount: onWire(p.money(p.open)),
		PaymentState:        p.state(),
		MerchantReference:   p.reference,
		Refunds:             make([]wireRefund, len(p.refunds)),
		OrderDetails: wireOrderDetails{
			Consumer: p.content.consumer.wire(), Billing: p.content.billing.wire(m), Shipping: p.content.shipping.wire(m),
			Courier: p.content.courier.wire(), Items: wireItems(p.content.items, m), Discounts: wireDiscounts(p.content.discounts),
			ShippingAmount: onWireIfSent(p.content.shippingAmount), TaxAmount: onWireIfSent(p.content.taxAmount),
		},
		Events: make([]wireEvent, len(p.events)),
	}
	for i, r := range p.refunds {
		wire.Refunds[i] = r.wire(p, m)
	}
	for i, e := range p.events {
		wire.Events[i] = e.wire(p, m)
	}
	return wire
}

// status returns the status of an order. It never changes, except that v1 is
// documented to call a reversed order REVERSED.
func (p *payment) status(v version) string {
	switch {
	case p.declined:
		return "DECLINED"
	case p.reversed && v == v1:
		return "REVERSED"
	default:
		return "APPROVED"
	}
}

func (e event) wire(p *payment, m model) wireEvent {
	created := e.at
	if m == readModel {
		created = created.Add(eventReadDrift)
	}
	wire := wireEvent{
		ID: e.id, Created: timestamp(created), Type: e.kind,
		Amount: onWire(p.money(e.amount)), PaymentEventMerchantReference: e.reference,
	}
	if !e.expires.IsZero() {
		expires := timestamp(e.expires)
		wire.Expires = &expires
	}
	return wire
}

type wirePaymentV1 struct {
	ID                string             `json:"id"`
	Token             string             `json:"token"`
	Status            string             `json:"status"`
	Created           string             `json:"created"`
	TotalAmount       wireMoney          `json:"totalAmount"`
	MerchantReference *string            `json:"merchantReference,omitempty"`
	Refunds           []wireRefundV1     `json:"refunds"`
	OrderDetails      wireOrderDetailsV1 `json:"orderDetails"`
	Events            []struct{}         `json:"events"` // empty in recordings
}

// wireV1 returns the payment as API v1 writes it.
func (p *payment) wireV1() wirePaymentV1 {
	wire := wirePaymentV1{
		ID: p.id, Token: p.token, Status: p.status(v1), Created: timestamp(p.created),
		TotalAmount:       onWire(p.money(p.original)),
		MerchantReference: p.reference,
		Refunds:           make([]wireRefundV1, len(p.refunds)),
		OrderDetails: wireOrderDetailsV1{
			Consumer: p.content.consumer.wire(), Billing: p.content.billing.wireV1(), Shipping: p.content.shipping.wireV1(),
			Courier: p.content.courier.wire(), Items: wireItems(p.content.items, writeModel), Discounts: wireDiscounts(p.content.discounts),
			ShippingAmount: onWireIfSent(p.content.shippingAmount), TaxAmount: onWireIfSent(p.content.taxAmount),
		},
		Events: []struct{}{},
	}
	for i, r := range p.refunds {
		wire.Refunds[i] = wireRefundV1{r.id, timestamp(r.at), r.reference, onWire(p.money(r.amount))}
	}
	return wire
}
