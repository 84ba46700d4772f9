package afterpay

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/afterpay-go/afterpay/internal/wire"
)

// decoder reads answers in the vocabulary of this package; its dialect
// translates the names of the API version in use.
type decoder struct {
	wire.Decoder
	dialect *dialect
	header  http.Header // of the answer
}

// object is a kind of object whose members have other names in some version.
type object uint8

const (
	objectOrder object = iota
	objectContact
	objectPayment
	objectRefund
)

// name is a member's name in v2.
func (d *decoder) name(kind object, name []byte) []byte {
	if d.dialect == nil || d.dialect.member == nil {
		return name
	}
	return d.dialect.member(kind, name)
}

// readWhole reads a text that must be one whole JSON value.
func readWhole[T any](d *decoder, text []byte, decode func(*decoder, *T)) (*T, error) {
	d.Reset(text)
	v := new(T)
	decode(d, v)
	if err := d.Close(); err != nil {
		return nil, err
	}
	return v, nil
}

// Why a successful answer is no success.
var (
	errNoID        = errors.New("answer lacks the id of what it is about")
	errNotApproved = errors.New("answer neither approves nor declines")
	errNotCaptured = errors.New("order is authorized and not captured")
)

// verdict is a payment that says something else than a nil error promises.
type verdict struct {
	kind    Kind
	payment *Payment
	reason  error
}

func (v *verdict) Error() string { return v.kind.Error() }

func readPayment(d *decoder, text []byte) (*Payment, error) {
	p, err := readWhole(d, text, decodePayment)
	if err == nil && p.ID == "" {
		return nil, errNoID
	}
	return p, err
}

// readApproved reads the answer of a call that moved money, if it was approved.
func readApproved(d *decoder, text []byte) (*Payment, error) {
	p, err := readPayment(d, text)
	switch {
	case err != nil:
		return nil, err
	case p.declined():
		return nil, &verdict{kind: ErrDeclined, payment: p}
	case p.Status != StatusApproved:
		return nil, &verdict{kind: ErrUnavailable, payment: p, reason: errNotApproved}
	}
	return p, nil
}

// readCaptured is readApproved for the capture of a whole order.
func readCaptured(d *decoder, text []byte) (*Payment, error) {
	p, err := readApproved(d, text)
	if err == nil && p.State == StateAuthApproved {
		return nil, &verdict{kind: ErrState, payment: p, reason: errNotCaptured}
	}
	return p, err
}

func (p *Payment) declined() bool {
	return p.Status == StatusDeclined || p.State == StateAuthDeclined || p.State == StateCaptureDeclined
}

func readOrder(d *decoder, text []byte) (*Order, error) {
	o, err := readWhole(d, text, decodeOrder)
	if err == nil && o.Token == "" {
		return nil, errNoID
	}
	return o, err
}

func readRefund(d *decoder, text []byte) (*Refund, error) {
	r, err := readWhole(d, text, decodeRefund)
	if err == nil && r.ID == "" {
		return nil, errNoID
	}
	return r, err
}

func readPage(d *decoder, text []byte) (*PaymentPage, error) {
	return readWhole(d, text, decodePage)
}

func readConfiguration(d *decoder, text []byte) (*Configuration, error) {
	if d.dialect != nil && d.dialect.configuration != nil {
		return readWhole(d, text, d.dialect.configuration)
	}
	return readWhole(d, text, decodeConfiguration)
}

// readNothing is for answers that say all they have to say with their status.
func readNothing(*decoder, []byte) (*struct{}, error) { return nil, nil }

// UnmarshalJSON reads a payment as the service or json.Marshal writes it, of
// either API version under its v2 names, as tolerantly as the client does.
func (p *Payment) UnmarshalJSON(data []byte) error { return unmarshal(data, p, decodePayment) }

// UnmarshalJSON reads an order as tolerantly as the client does.
func (o *Order) UnmarshalJSON(data []byte) error { return unmarshal(data, o, decodeOrder) }

// UnmarshalJSON reads a refund as tolerantly as the client does.
func (r *Refund) UnmarshalJSON(data []byte) error { return unmarshal(data, r, decodeRefund) }

// UnmarshalJSON reads a configuration as tolerantly as the client does.
func (c *Configuration) UnmarshalJSON(data []byte) error {
	return unmarshal(data, c, decodeConfiguration)
}

func unmarshal[T any](data []byte, into *T, decode func(*decoder, *T)) error {
	v, err := readWhole(new(decoder), data, decode)
	if err != nil {
		return err
	}
	*into = *v
	return nil
}

func decodePayment(d *decoder, p *Payment) {
	for name := range d.Members() {
		switch string(d.name(objectPayment, name)) {
		case "id":
			p.ID = d.String()
		case "token":
			p.Token = d.String()
		case "status":
			p.Status = PaymentStatus(d.word())
		case "paymentState":
			p.State = PaymentState(d.word())
		case "created":
			p.Created = d.time()
		case "originalAmount":
			p.OriginalAmount = d.money()
		case "openToCaptureAmount":
			p.OpenToCaptureAmount = d.money()
		case "merchantReference":
			p.MerchantReference = d.String()
		case "refunds":
			p.Refunds = list(d, decodeRefund)
		case "orderDetails":
			decodeOrderDetails(d, &p.OrderDetails)
		case "events":
			p.Events = list(d, decodeEvent)
		case "agreements":
			p.Agreements = list(d, decodeAgreement)
		}
	}
}

func decodeEvent(d *decoder, e *PaymentEvent) {
	for name := range d.Members() {
		switch string(name) {
		case "id":
			e.ID = d.String()
		case "created":
			e.Created = d.time()
		case "expires":
			e.Expires = d.time()
		case "type":
			e.Type = EventType(d.word())
			if d.dialect != nil && d.dialect.event != nil {
				e.Type = d.dialect.event(e.Type)
			}
		case "amount":
			e.Amount = d.money()
		case "paymentEventMerchantReference":
			e.MerchantReference = d.String()
		}
	}
}

func decodeRefund(d *decoder, r *Refund) {
	for name := range d.Members() {
		switch string(d.name(objectRefund, name)) {
		case "refundId":
			r.ID = d.String()
		case "requestId":
			r.RequestID = d.String()
		case "amount":
			r.Amount = d.money()
		case "merchantReference":
			r.MerchantReference = d.String()
		case "refundMerchantReference":
			r.RefundMerchantReference = d.String()
		case "refundedAt":
			r.RefundedAt = d.time()
		}
	}
}

func decodePage(d *decoder, p *PaymentPage) {
	for name := range d.Members() {
		switch string(name) {
		case "totalResults":
			p.TotalResults = int(d.Int())
		case "limit":
			p.Limit = int(d.Int())
		case "offset":
			p.Offset = int(d.Int())
		case "nextPageUrl":
			p.NextPageURL = d.String()
		case "results":
			for range d.Elements() {
				payment := new(Payment)
				decodePayment(d, payment)
				p.Payments = append(p.Payments, payment)
			}
		}
	}
}

func decodeOrder(d *decoder, o *Order) {
	for name := range d.Members() {
		switch string(d.name(objectOrder, name)) {
		case "token":
			o.Token = d.String()
		case "expires":
			o.Expires = d.time()
		case "redirectCheckoutUrl":
			o.RedirectCheckoutURL = d.String()
		case "amount":
			o.Amount = d.money()
		case "consumer":
			decodeConsumer(d, &o.Consumer)
		case "billing":
			decodeContact(d, &o.Billing)
		case "shipping":
			decodeContact(d, &o.Shipping)
		case "courier":
			decodeCourier(d, &o.Courier)
		case "items":
			o.Items = list(d, decodeItem)
		case "discounts":
			o.Discounts = list(d, decodeDiscount)
		case "merchant":
			decodeMerchant(d, &o.Merchant)
		case "merchantReference":
			o.MerchantReference = d.String()
		case "taxAmount":
			o.TaxAmount = d.money()
		case "shippingAmount":
			o.ShippingAmount = d.money()
		case "description":
			o.Description = d.String()
		case "purchaseCountry":
			o.PurchaseCountry = d.String()
		case "mode":
			o.Mode = OrderMode(d.String())
		case "shippingOptionIdentifier":
			o.ShippingOptionIdentifier = d.String()
		case "shippingOptions":
			decodeShippingOptions(d, &o.ShippingOptions)
		case "isCashAppPay":
			o.IsCashAppPay = d.Bool()
		case "initialOrderAmount":
			o.InitialOrderAmount = d.money()
		case "custom":
			decodeCustom(d, &o.Custom)
		case "agreements":
			o.Agreements = list(d, decodeAgreement)
		}
	}
}

func decodeOrderDetails(d *decoder, o *OrderDetails) {
	for name := range d.Members() {
		switch string(name) {
		case "consumer":
			decodeConsumer(d, &o.Consumer)
		case "billing":
			decodeContact(d, &o.Billing)
		case "shipping":
			decodeContact(d, &o.Shipping)
		case "courier":
			decodeCourier(d, &o.Courier)
		case "items":
			o.Items = list(d, decodeItem)
		case "discounts":
			o.Discounts = list(d, decodeDiscount)
		case "taxAmount":
			o.TaxAmount = d.money()
		case "shippingAmount":
			o.ShippingAmount = d.money()
		case "purchaseCountry":
			o.PurchaseCountry = d.String()
		}
	}
}

func decodeConsumer(d *decoder, c *Consumer) {
	for name := range d.Members() {
		switch string(name) {
		case "givenNames":
			c.GivenNames = d.String()
		case "surname":
			c.Surname = d.String()
		case "email":
			c.Email = d.String()
		case "phoneNumber":
			c.PhoneNumber = d.String()
		}
	}
}

func decodeContact(d *decoder, c *Contact) {
	for name := range d.Members() {
		switch string(d.name(objectContact, name)) {
		case "name":
			c.Name = d.String()
		case "line1":
			c.Line1 = d.String()
		case "line2":
			c.Line2 = d.String()
		case "area1":
			c.Area1 = d.String()
		case "area2":
			c.Area2 = d.String()
		case "region":
			c.Region = d.String()
		case "postcode":
			c.Postcode = d.String()
		case "countryCode", "countrycode": // the second spelling stands in an official example
			c.CountryCode = d.String()
		case "phoneNumber":
			c.PhoneNumber = d.String()
		}
	}
}

func decodeCourier(d *decoder, c *Courier) {
	for name := range d.Members() {
		switch string(name) {
		case "shippedAt":
			c.ShippedAt = d.time()
		case "name":
			c.Name = d.String()
		case "tracking":
			c.Tracking = d.String()
		case "priority":
			c.Priority = CourierPriority(d.String())
		}
	}
}

func decodeItem(d *decoder, i *Item) {
	for name := range d.Members() {
		switch string(name) {
		case "name":
			i.Name = d.String()
		case "sku":
			i.SKU = d.String()
		case "quantity":
			i.Quantity = int(d.Int())
		case "price":
			i.Price = d.money()
		case "pageUrl":
			i.PageURL = d.String()
		case "imageUrl":
			i.ImageURL = d.String()
		case "categories":
			i.Categories = list(d, func(d *decoder, path *[]string) { *path = d.strings() })
		case "estimatedShipmentDate":
			i.EstimatedShipmentDate = d.String()
		case "preorder":
			i.Preorder = d.Bool()
		}
	}
}

func decodeDiscount(d *decoder, v *Discount) {
	for name := range d.Members() {
		switch string(name) {
		case "displayName":
			v.DisplayName = d.String()
		case "amount":
			v.Amount = d.money()
		}
	}
}

func decodeMerchant(d *decoder, m *Merchant) {
	for name := range d.Members() {
		switch string(name) {
		case "redirectConfirmUrl":
			m.RedirectConfirmURL = d.String()
		case "redirectCancelUrl":
			m.RedirectCancelURL = d.String()
		case "popupOriginUrl":
			m.PopupOriginURL = d.String()
		case "name":
			m.Name = d.String()
		}
	}
}

func decodeShippingOptions(d *decoder, o *ShippingOptions) {
	for name := range d.Members() {
		if string(name) == "supportedShippingCountries" {
			o.SupportedShippingCountries = d.strings()
		}
	}
}

func decodeCustom(d *decoder, c *Custom) {
	for name := range d.Members() {
		if *c == nil {
			*c = make(Custom)
		}
		key := string(name)
		(*c)[key] = json.RawMessage(d.Raw())
	}
}

func decodeAgreement(d *decoder, a *Agreement) {
	for name := range d.Members() {
		switch string(name) {
		case "type":
			a.Type = d.String()
		case "merchantReference":
			a.MerchantReference = d.String()
		case "pageUrl":
			a.PageURL = d.String()
		case "token":
			a.Token = d.String()
		case "status":
			a.Status = d.String()
		case "created":
			a.Created = d.time()
		case "expires":
			a.Expires = d.time()
		}
	}
}

func decodeConfiguration(d *decoder, c *Configuration) {
	for name := range d.Members() {
		switch string(name) {
		case "minimumAmount":
			c.MinimumAmount = d.money()
		case "maximumAmount":
			c.MaximumAmount = d.money()
		case "paymentTypes":
			c.PaymentTypes = list(d, decodePaymentType)
		case "publicId":
			c.PublicID = d.String()
		case "consumerLending":
			for name := range d.Members() {
				if string(name) == "enabled" {
					c.ConsumerLending.Enabled = d.Bool()
				}
				decodeLimit(d, string(name), &c.ConsumerLending.Limits)
			}
		case "payByInstallment":
			decodeLimits(d, &c.PayByInstallment)
		case "CBT", "cbt":
			decodeCBT(d, &c.CBT)
		case "activeCountries":
			c.ActiveCountries = d.strings()
		case "merchantCountry":
			c.MerchantCountry = d.String()
		case "channels":
			c.Channels = list(d, decodeChannel)
		}
	}
}

func decodePaymentType(d *decoder, p *PaymentType) {
	for name := range d.Members() {
		switch string(name) {
		case "type":
			p.Type = d.String()
		case "description":
			p.Description = d.String()
		default:
			decodeLimit(d, string(name), &p.Limits)
		}
	}
}

func decodeLimits(d *decoder, l *Limits) {
	for name := range d.Members() {
		decodeLimit(d, string(name), l)
	}
}

func decodeLimit(d *decoder, name string, l *Limits) {
	switch name {
	case "minimumAmount":
		l.MinimumAmount = d.money()
	case "maximumAmount":
		l.MaximumAmount = d.money()
	}
}

func decodeCBT(d *decoder, c *CBT) {
	for name := range d.Members() {
		switch string(name) {
		case "enabled":
			c.Enabled = d.Bool()
		case "countries":
			c.Countries = d.strings()
		case "limits":
			for name := range d.Members() {
				if c.Limits == nil {
					c.Limits = make(map[Currency]Limits)
				}
				currency := Currency(name)
				var l Limits
				decodeLimits(d, &l)
				c.Limits[currency] = l
			}
		}
	}
}

func decodeChannel(d *decoder, c *Channel) {
	for name := range d.Members() {
		switch string(name) {
		case "name":
			c.Name = d.String()
		case "enabled":
			c.Enabled = d.Bool()
		case "integrationCompleted":
			c.IntegrationCompleted = d.Bool()
		case "enabledForOrders":
			c.EnabledForOrders = d.Bool()
		}
	}
}

// list reads an array, of any length, of objects.
func list[T any](d *decoder, decode func(*decoder, *T)) []T {
	var all []T
	for range d.Elements() {
		var v T
		decode(d, &v)
		all = append(all, v)
	}
	return all
}

func (d *decoder) strings() []string {
	var all []string
	for range d.Elements() {
		all = append(all, d.String())
	}
	return all
}

// money reads a Money. One without an amount is absent; an amount that is none
// spoils the whole answer, as 0 would be a lie.
func (d *decoder) money() Money {
	var m Money
	var known bool
	for name := range d.Members() {
		switch string(name) {
		case "amount":
			text := d.Text()
			if len(text) == 0 {
				continue
			}
			a, ok := parseAmount(text)
			if !ok {
				d.Fail(ErrAmount)
			}
			m.Amount, known = a, true
		case "currency":
			m.Currency = Currency(d.word())
		}
	}
	if !known {
		return Money{}
	}
	return m
}

// time reads a timestamp. One that can't be made out is none: a payment is not
// lost for a date.
func (d *decoder) time() Timestamp {
	t, _ := parseTimestamp(d.Text())
	return t
}

// word reads one of a set of words that recur in every answer, without making
// a new string for those that are known.
func (d *decoder) word() string {
	text := d.Text()
	for _, known := range [...]string{
		string(CurrencyUSD), string(CurrencyAUD), string(CurrencyGBP), string(CurrencyNZD), string(CurrencyCAD), string(CurrencyEUR),
		string(StatusApproved), string(StateCaptured), string(StateAuthApproved), string(StatePartiallyCaptured),
		string(StateVoided), string(StatusDeclined),
	} {
		if string(text) == known {
			return known
		}
	}
	return string(text)
}
