package afterpay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/afterpay-go/afterpay/internal/wire"
)

// encoder writes requests; its dialect translates the names of this package
// into those of the API version in use.
type encoder struct {
	wire.Encoder
	dialect *dialect
	err     error
}

// request is a body that writes itself. What it writes is what json.Marshal
// makes of it, in the dialect's words; a test compares the two.
type request interface{ encode(e *encoder) }

var errCustom = errors.New("free-form member is no JSON")

// encoders are kept with the space they have grown to.
var encoders = sync.Pool{New: func() any { return new(encoder) }}

// encodeJSON returns a request's body, in a slice of its own: net/http may read
// it for longer than the call lasts.
func encodeJSON(l *dialect, body any) ([]byte, error) {
	r, ok := body.(request)
	if !ok {
		return json.Marshal(body)
	}
	e := encoders.Get().(*encoder)
	e.Reset(e.Bytes())
	e.dialect, e.err = l, nil
	e.Open('{')
	r.encode(e)
	e.Close('}')
	text, err := bytes.Clone(e.Bytes()), e.err
	clear(e.Bytes()) // personal data
	encoders.Put(e)
	if err != nil {
		return nil, err
	}
	return text, nil
}

// orders are copies of requests, which are large and live for one call.
var orders = sync.Pool{New: func() any { return new(CreateOrderRequest) }}

// borrowOrder returns a copy of a request that may outlive its stack frame, and
// must be given back.
func borrowOrder(r *CreateOrderRequest) *CreateOrderRequest {
	c := orders.Get().(*CreateOrderRequest)
	*c = *r
	return c
}

func (r *CreateOrderRequest) giveBack() {
	*r = CreateOrderRequest{} // personal data
	orders.Put(r)
}

// name is what the dialect calls a member.
func (e *encoder) name(kind object, name string) string {
	if e.dialect == nil || e.dialect.name == nil {
		return name
	}
	return e.dialect.name(kind, name)
}

func (r *CreateOrderRequest) encode(e *encoder) {
	e.money(e.name(objectOrder, "amount"), r.Amount)
	if r.Consumer != (Consumer{}) {
		e.OpenMember("consumer", '{')
		r.Consumer.encode(e)
		e.Close('}')
	}
	e.contact("billing", &r.Billing)
	e.contact("shipping", &r.Shipping)
	if r.Courier != (Courier{}) {
		e.OpenMember("courier", '{')
		r.Courier.encode(e)
		e.Close('}')
	}
	e.items(r.Items)
	if len(r.Discounts) > 0 {
		e.OpenMember("discounts", '[')
		for i := range r.Discounts {
			e.Open('{')
			e.Always("displayName", r.Discounts[i].DisplayName)
			e.money("amount", r.Discounts[i].Amount)
			e.Close('}')
		}
		e.Close(']')
	}
	e.OpenMember("merchant", '{')
	e.String("redirectConfirmUrl", r.Merchant.RedirectConfirmURL)
	e.String("redirectCancelUrl", r.Merchant.RedirectCancelURL)
	e.String("popupOriginUrl", r.Merchant.PopupOriginURL)
	e.String("name", r.Merchant.Name)
	e.Close('}')
	e.String("merchantReference", r.MerchantReference)
	e.optional("taxAmount", r.TaxAmount)
	e.optional("shippingAmount", r.ShippingAmount)
	e.String("description", r.Description)
	e.String("purchaseCountry", r.PurchaseCountry)
	e.String("mode", string(r.Mode))
	e.String("shippingOptionIdentifier", r.ShippingOptionIdentifier)
	if !r.ShippingOptions.IsZero() {
		e.OpenMember("shippingOptions", '{')
		e.strings("supportedShippingCountries", r.ShippingOptions.SupportedShippingCountries)
		e.Close('}')
	}
	e.True("isCashAppPay", r.IsCashAppPay)
	e.optional("initialOrderAmount", r.InitialOrderAmount)
	if len(r.Custom) > 0 {
		e.json("custom", r.Custom)
	}
	if len(r.Agreements) > 0 {
		e.json("agreements", r.Agreements)
	}
}

func (c *Consumer) encode(e *encoder) {
	e.String("givenNames", c.GivenNames)
	e.String("surname", c.Surname)
	e.String("email", c.Email)
	e.String("phoneNumber", c.PhoneNumber)
}

func (e *encoder) contact(name string, c *Contact) {
	if *c == (Contact{}) {
		return
	}
	e.OpenMember(name, '{')
	e.String("name", c.Name)
	e.String("line1", c.Line1)
	e.String("line2", c.Line2)
	e.String(e.name(objectContact, "area1"), c.Area1)
	e.String("area2", c.Area2)
	e.String(e.name(objectContact, "region"), c.Region)
	e.String("postcode", c.Postcode)
	e.String("countryCode", c.CountryCode)
	e.String("phoneNumber", c.PhoneNumber)
	e.Close('}')
}

func (c *Courier) encode(e *encoder) {
	e.timestamp("shippedAt", c.ShippedAt)
	e.String("name", c.Name)
	e.String("tracking", c.Tracking)
	e.String("priority", string(c.Priority))
}

func (e *encoder) items(items []Item) {
	if len(items) == 0 {
		return
	}
	e.OpenMember("items", '[')
	for i := range items {
		e.Open('{')
		items[i].encode(e)
		e.Close('}')
	}
	e.Close(']')
}

func (i *Item) encode(e *encoder) {
	e.Always("name", i.Name)
	e.String("sku", i.SKU)
	e.Int("quantity", i.Quantity)
	e.money("price", i.Price)
	e.String("pageUrl", i.PageURL)
	e.String("imageUrl", i.ImageURL)
	if len(i.Categories) > 0 {
		e.json("categories", i.Categories)
	}
	e.String("estimatedShipmentDate", i.EstimatedShipmentDate)
	e.True("preorder", i.Preorder)
}

func (r *CaptureRequest) encode(e *encoder) {
	e.Always("token", r.Token)
	e.String("merchantReference", r.MerchantReference)
	e.optional("amount", r.Amount)
	e.True("isCheckoutAdjusted", r.IsCheckoutAdjusted)
	e.String("paymentScheduleChecksum", r.PaymentScheduleChecksum)
	e.items(r.Items)
	e.contact("shipping", &r.Shipping)
	e.enrichments(r.Enrichments)
	e.String("grantId", r.GrantID)
}

func (r *AuthorizeRequest) encode(e *encoder) {
	e.String("requestId", r.RequestID)
	c := r.capture()
	c.encode(e)
}

// capture is the request without its id, and nothing else sets the two apart.
func (r *AuthorizeRequest) capture() CaptureRequest {
	return CaptureRequest{
		Token: r.Token, MerchantReference: r.MerchantReference, Amount: r.Amount,
		IsCheckoutAdjusted: r.IsCheckoutAdjusted, PaymentScheduleChecksum: r.PaymentScheduleChecksum,
		Items: r.Items, Shipping: r.Shipping, Enrichments: r.Enrichments, GrantID: r.GrantID,
	}
}

func (e *encoder) enrichments(v Enrichments) {
	if v != (Enrichments{}) {
		e.json("enrichments", v)
	}
}

func (r *CapturePartRequest) encode(e *encoder) {
	e.String("requestId", r.RequestID)
	e.money("amount", r.Amount)
	e.String("merchantReference", r.MerchantReference)
	e.String("paymentEventMerchantReference", r.EventMerchantReference)
}

func (r *VoidRequest) encode(e *encoder) {
	e.String("requestId", r.RequestID)
	e.optional("amount", r.Amount)
	e.String("reason", string(r.Reason))
}

func (r *RefundRequest) encode(e *encoder) {
	e.String("requestId", r.RequestID)
	e.money("amount", r.Amount)
	e.String("merchantReference", r.MerchantReference)
	e.String("refundMerchantReference", r.RefundMerchantReference)
}

func (r *updateReferenceRequest) encode(e *encoder) {
	e.Always("merchantReference", r.MerchantReference)
}

func (*emptyBody) encode(*encoder) {}

// money writes a sum, even an absent one: without validation the service shall
// see what the caller said.
func (e *encoder) money(name string, m Money) {
	var text [24]byte
	e.OpenMember(name, '{')
	e.Name("amount")
	e.Append([]byte{'"'})
	e.Append(m.Amount.append(text[:0]))
	e.Append([]byte{'"'})
	e.Always("currency", string(m.Currency))
	e.Close('}')
}

// optional writes a sum if there is one.
func (e *encoder) optional(name string, m Money) {
	if !m.IsZero() {
		e.money(name, m)
	}
}

func (e *encoder) timestamp(name string, t Timestamp) {
	if !t.IsZero() {
		e.Name(name)
		e.Append(append(t.append([]byte{'"'}), '"'))
	}
}

func (e *encoder) strings(name string, values []string) {
	e.OpenMember(name, '[')
	for _, v := range values {
		e.Element(v)
	}
	e.Close(']')
}

// json writes what is too rare, or too free in form, for a method of its own.
func (e *encoder) json(name string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		e.err = fmt.Errorf("%s: %w", name, errCustom)
		return
	}
	e.Name(name)
	e.Append(text)
}
