package afterpaytest

import "time"

// The wire types of this file and of wire_v1.go are the sandbox's own. They
// are written from the recordings and share nothing with the SDK, so that a
// wrong tag there can't hide here. Members stand in the recorded order.

type wireMoney struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

type wireConsumer struct {
	PhoneNumber string `json:"phoneNumber"`
	GivenNames  string `json:"givenNames"`
	Surname     string `json:"surname"`
	Email       string `json:"email"`
}

type wireContact struct {
	Name        *string `json:"name,omitempty"`
	Line1       *string `json:"line1,omitempty"`
	Line2       *string `json:"line2,omitempty"`
	Area1       *string `json:"area1,omitempty"`
	Area2       *string `json:"area2,omitempty"`
	Region      *string `json:"region,omitempty"`
	Postcode    *string `json:"postcode,omitempty"`
	CountryCode *string `json:"countryCode,omitempty"`
	PhoneNumber *string `json:"phoneNumber,omitempty"`
}

type wireCourier struct {
	ShippedAt string  `json:"shippedAt,omitempty"`
	Name      *string `json:"name,omitempty"`
	Tracking  *string `json:"tracking,omitempty"`
	Priority  *string `json:"priority,omitempty"`
}

type wireItem struct {
	Name                  string      `json:"name"`
	SKU                   *string     `json:"sku,omitempty"`
	Quantity              int64       `json:"quantity"`
	PageURL               *string     `json:"pageUrl,omitempty"`
	ImageURL              *string     `json:"imageUrl,omitempty"`
	Price                 wireMoney   `json:"price"`
	Categories            *[][]string `json:"categories,omitempty"`
	EstimatedShipmentDate *string     `json:"estimatedShipmentDate,omitempty"`
	Preorder              *bool       `json:"preorder,omitempty"`
}

type wireDiscount struct {
	DisplayName string    `json:"displayName"`
	Amount      wireMoney `json:"amount"`
}

type wireMerchant struct {
	RedirectConfirmURL string  `json:"redirectConfirmUrl,omitempty"`
	RedirectCancelURL  string  `json:"redirectCancelUrl,omitempty"`
	PopupOriginURL     string  `json:"popupOriginUrl,omitempty"`
	Name               *string `json:"name,omitempty"`
}

type wireCheckoutCreated struct {
	Token               string `json:"token"`
	Expires             string `json:"expires"`
	RedirectCheckoutURL string `json:"redirectCheckoutUrl,omitempty"`
}

type wireShippingOptions struct {
	SupportedShippingCountries []string `json:"supportedShippingCountries"`
}

type wireCheckout struct {
	wireCheckoutCreated
	Amount                   wireMoney            `json:"amount"`
	Consumer                 *wireConsumer        `json:"consumer,omitempty"`
	Billing                  *wireContact         `json:"billing,omitempty"`
	Shipping                 *wireContact         `json:"shipping,omitempty"`
	Courier                  wireCourier          `json:"courier"`
	Description              *string              `json:"description,omitempty"`
	Items                    []wireItem           `json:"items"`
	Merchant                 wireMerchant         `json:"merchant"`
	TaxAmount                *wireMoney           `json:"taxAmount,omitempty"`
	ShippingAmount           *wireMoney           `json:"shippingAmount,omitempty"`
	Discounts                []wireDiscount       `json:"discounts"`
	MerchantReference        *string              `json:"merchantReference,omitempty"`
	PurchaseCountry          *string              `json:"purchaseCountry,omitempty"`
	ShippingOptionIdentifier *string              `json:"shippingOptionIdentifier,omitempty"`
	ShippingOptions          *wireShippingOptions `json:"shippingOptions,omitempty"`
}

type wireOrderDetails struct {
	Consumer        *wireConsumer  `json:"consumer,omitempty"`
	Billing         *wireContact   `json:"billing,omitempty"`
	Shipping        *wireContact   `json:"shipping,omitempty"`
	Courier         wireCourier    `json:"courier"`
	Items           []wireItem     `json:"items"`
	Discounts       []wireDiscount `json:"discounts"`
	ShippingAmount  *wireMoney     `json:"shippingAmount,omitempty"`
	TaxAmount       *wireMoney     `json:"taxAmount,omitempty"`
	PurchaseCountry *string        `json:"purchaseCountry,omitempty"`
}

type wireRefund struct {
	RequestID               *string   `json:"requestId,omitempty"`
	Amount                  wireMoney `json:"amount"`
	MerchantReference       *string   `json:"merchantReference,omitempty"`
	RefundMerchantReference *string   `json:"refundMerchantReference,omitempty"`
	RefundID                string    `json:"refundId"`
	RefundedAt              string    `json:"refundedAt"`
}

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

type wireError struct {
	ErrorCode      string `json:"errorCode"`
	ErrorID        string `json:"errorId"`
	Message        string `json:"message"`
	HTTPStatusCode int    `json:"httpStatusCode"`
}

// model is which of the service's two models an answer is written from. The
// one behind reads (get, list) has other ids for voids, other times for
// events and empty categories where the write model has none.
type model int

const (
	writeModel model = iota
	readModel
)

// How far the two models' clocks are apart, in the one place where the
// recordings tell: a void's refundedAt is 16 ms before its event, and events
// read back some milliseconds off.
const (
	voidRefundLead = 16 * time.Millisecond
	eventReadDrift = 2 * time.Millisecond
)

func onWire(m money) wireMoney { return wireMoney{decimal(m.hundredths), m.currency} }

func onWireIfSent(m *money) *wireMoney {
	if m == nil {
		return nil
	}
	wire := onWire(*m)
	return &wire
}

func (c *consumer) wire() *wireConsumer {
	if c == nil {
		return nil
	}
	return &wireConsumer{c.phoneNumber, c.givenNames, c.surname, c.email}
}

func (c *contact) wire() *wireContact {
	if c == nil {
		return nil
	}
	return &wireContact{c.name, c.line1, c.line2, c.area1, c.area2, c.region, c.postcode, c.countryCode, c.phoneNumber}
}

func (c courier) wire() wireCourier {
	wire := wireCourier{Name: c.name, Tracking: c.tracking, Priority: c.priority}
	if !c.shippedAt.IsZero() {
		wire.ShippedAt = timestamp(c.shippedAt)
	}
	return wire
}

func wireItems(items []item, m model) []wireItem {
	wires := make([]wireItem, len(items))
	for i, it := range items {
		wires[i] = wireItem{
			Name: it.name, SKU: it.sku, Quantity: it.quantity,
			PageURL: it.pageURL, ImageURL: it.imageURL, Price: onWire(it.price),
			EstimatedShipmentDate: it.estimatedShipmentDate, Preorder: it.preorder,
		}
		if it.categories != nil {
			wires[i].Categories = &it.categories
		} else if m == readModel {
			wires[i].Categories = &[][]string{}
		}
	}
	return wires
}

func wireDiscounts(discounts []discount) []wireDiscount {
	wires := make([]wireDiscount, len(discounts))
	for i, d := range discounts {
		wires[i] = wireDiscount{d.displayName, onWire(d.amount)}
	}
	return wires
}

func (c *checkout) wireCreated() wireCheckoutCreated {
	wire := wireCheckoutCreated{Token: c.token, Expires: timestamp(c.expires)}
	if c.version == v2 {
		wire.RedirectCheckoutURL = c.portal + "?token=" + c.token
	}
	return wire
}

func (c *checkout) wire() wireCheckout {
	wire := wireCheckout{
		wireCheckoutCreated:      c.wireCreated(),
		Amount:                   onWire(c.amount),
		Consumer:                 c.content.consumer.wire(),
		Billing:                  c.content.billing.wire(),
		Shipping:                 c.content.shipping.wire(),
		Courier:                  c.content.courier.wire(),
		Description:              c.content.description,
		Items:                    wireItems(c.content.items, writeModel),
		Merchant:                 c.merchant.wire(),
		TaxAmount:                onWireIfSent(c.content.taxAmount),
		ShippingAmount:           onWireIfSent(c.content.shippingAmount),
		Discounts:                wireDiscounts(c.content.discounts),
		MerchantReference:        c.reference,
		PurchaseCountry:          c.content.purchaseCountry,
		ShippingOptionIdentifier: c.shippingOptionIdentifier,
	}
	if c.express || c.supportedCountries != nil {
		wire.ShippingOptions = &wireShippingOptions{append([]string{}, c.supportedCountries...)}
	}
	return wire
}

func (m merchant) wire() wireMerchant {
	return wireMerchant{m.redirectConfirmURL, m.redirectCancelURL, m.popupOriginURL, m.name}
}

// wire writes the payment as API v2 does.
func (p *payment) wire(m model) wirePayment {
	wire := wirePayment{
		ID: p.id, Token: p.token, Status: p.status(v2), Created: timestamp(p.created),
		OriginalAmount:      onWire(p.money(p.original)),
		OpenToCaptureAmount: onWire(p.money(p.open)),
		PaymentState:        p.state(),
		MerchantReference:   p.reference,
		Refunds:             make([]wireRefund, len(p.refunds)),
		OrderDetails: wireOrderDetails{
			Consumer: p.content.consumer.wire(), Billing: p.content.billing.wire(), Shipping: p.content.shipping.wire(),
			Courier: p.content.courier.wire(), Items: wireItems(p.content.items, m), Discounts: wireDiscounts(p.content.discounts),
			ShippingAmount: onWireIfSent(p.content.shippingAmount), TaxAmount: onWireIfSent(p.content.taxAmount),
			PurchaseCountry: p.content.purchaseCountry,
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

// status doesn't change once an order is made, but for the v1 page that calls
// a reversed order REVERSED.
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
