package afterpaytest

// wireContactV1 has v1's names for the parts of an address.
type wireContactV1 struct {
	Name        *string `json:"name,omitempty"`
	Line1       *string `json:"line1,omitempty"`
	Line2       *string `json:"line2,omitempty"`
	Suburb      *string `json:"suburb,omitempty"`
	State       *string `json:"state,omitempty"`
	Postcode    *string `json:"postcode,omitempty"`
	CountryCode *string `json:"countryCode,omitempty"`
	PhoneNumber *string `json:"phoneNumber,omitempty"`
}

type wireOrderV1 struct {
	wireCheckoutCreated
	TotalAmount       wireMoney      `json:"totalAmount"`
	Consumer          *wireConsumer  `json:"consumer,omitempty"`
	Billing           *wireContactV1 `json:"billing,omitempty"`
	Shipping          *wireContactV1 `json:"shipping,omitempty"`
	Courier           wireCourier    `json:"courier"`
	Description       *string        `json:"description,omitempty"`
	Items             []wireItem     `json:"items"`
	Discounts         []wireDiscount `json:"discounts"`
	Merchant          wireMerchant   `json:"merchant"`
	PaymentType       string         `json:"paymentType"`
	MerchantReference *string        `json:"merchantReference,omitempty"`
	TaxAmount         *wireMoney     `json:"taxAmount,omitempty"`
	ShippingAmount    *wireMoney     `json:"shippingAmount,omitempty"`
	PurchaseCountry   *string        `json:"purchaseCountry,omitempty"`
}

type wireOrderDetailsV1 struct {
	Consumer       *wireConsumer  `json:"consumer,omitempty"`
	Billing        *wireContactV1 `json:"billing,omitempty"`
	Shipping       *wireContactV1 `json:"shipping,omitempty"`
	Courier        wireCourier    `json:"courier"`
	Items          []wireItem     `json:"items"`
	Discounts      []wireDiscount `json:"discounts"`
	ShippingAmount *wireMoney     `json:"shippingAmount,omitempty"`
	TaxAmount      *wireMoney     `json:"taxAmount,omitempty"`
}

// wireRefundV1 is a refund inside a payment, where its id is called id.
type wireRefundV1 struct {
	ID                string    `json:"id"`
	RefundedAt        string    `json:"refundedAt"`
	MerchantReference *string   `json:"merchantReference,omitempty"`
	Amount            wireMoney `json:"amount"`
}

// wireRefundCreatedV1 is the answer of the refund call, where it is refundId.
type wireRefundCreatedV1 struct {
	RefundID          string    `json:"refundId"`
	RefundedAt        string    `json:"refundedAt"`
	RequestID         *string   `json:"requestId,omitempty"`
	Amount            wireMoney `json:"amount"`
	MerchantReference *string   `json:"merchantReference,omitempty"`
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
	Events            []struct{}         `json:"events"` // recorded empty
}

func (c *contact) wireV1() *wireContactV1 {
	if c == nil {
		return nil
	}
	return &wireContactV1{c.name, c.line1, c.line2, c.area1, c.region, c.postcode, c.countryCode, c.phoneNumber}
}

func (c *checkout) wireV1() wireOrderV1 {
	return wireOrderV1{
		wireCheckoutCreated: c.wireCreated(),
		TotalAmount:         onWire(c.amount),
		Consumer:            c.content.consumer.wire(),
		Billing:             c.content.billing.wireV1(),
		Shipping:            c.content.shipping.wireV1(),
		Courier:             c.content.courier.wire(),
		Description:         c.content.description,
		Items:               wireItems(c.content.items, writeModel),
		Discounts:           wireDiscounts(c.content.discounts),
		Merchant:            c.merchant.wire(),
		PaymentType:         payByInstallment,
		MerchantReference:   c.reference,
		TaxAmount:           onWireIfSent(c.content.taxAmount),
		ShippingAmount:      onWireIfSent(c.content.shippingAmount),
		PurchaseCountry:     c.content.purchaseCountry,
	}
}

// wireV1 writes the payment as API v1 does.
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
