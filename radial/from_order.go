package radial

import (
	"cmp"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/safe"
)

// Supplement is what InitializePaymentAuthorizationRequest needs beyond an
// afterpay.CreateOrderRequest.
type Supplement struct {
	RequestID string
	// OrderID is the order's MerchantReference if it is empty.
	OrderID             string
	OriginatorIPAddress netip.Addr
	// BillingName and ShippingName are needed if the contact's name is not the
	// consumer's: package afterpay has it in one piece, Radial in parts, and
	// splitting a name is guesswork.
	BillingName  Name
	ShippingName Name
	// Omit names the fields of the order that may be dropped, as the error of
	// FromOrder names them: "items.imageUrl", "description".
	Omit []string
}

// LogValue shows the ids.
func (s Supplement) LogValue() slog.Value {
	return slog.GroupValue(slog.String("request_id", safe.Key(s.RequestID)), slog.String("order_id", safe.Key(s.OrderID)))
}

// FromOrder converts an order of package afterpay to Radial's request, so that
// a shop needs one order model for both services. If Radial's message cannot
// carry a field that is set, FromOrder returns an error that names every such
// field, unless Supplement.Omit lists it. The error is an *Error that matches
// afterpay.ErrInvalid and errors.ErrUnsupported, and its Fields are named as in
// afterpay's API, without indexes.
//
// Area1 becomes the City. A Region of up to three letters or digits becomes the
// MainDivisionCode, any other the MainDivision, which Radial accepts and does not
// use with Afterpay. Items are numbered from 1, and LineItemsTotal is their
// total; a missing tax or shipping amount becomes zero in the order's currency.
// Discounts become Promotions. The phone number is the contact's, or else the
// consumer's; the e-mail address is always the consumer's. Restrictions are
// checked by InitializePaymentAuthorization, not here.
func FromOrder(order afterpay.CreateOrderRequest, s Supplement) (InitializePaymentAuthorizationRequest, error) {
	m := orderMapper{order: &order, supplement: &s}
	req := InitializePaymentAuthorizationRequest{
		RequestID:           s.RequestID,
		OrderID:             cmp.Or(s.OrderID, order.MerchantReference),
		Amount:              order.Amount,
		RedirectURL:         order.Merchant.RedirectConfirmURL,
		CancelURL:           order.Merchant.RedirectCancelURL,
		BillingInformation:  m.party("billing", &order.Billing, s.BillingName),
		ShippingInformation: m.party("shipping", &order.Shipping, s.ShippingName),
		OriginatorIPAddress: s.OriginatorIPAddress,
		LineItems:           m.lineItems(),
		Promotions:          m.promotions(),
	}
	m.noteLosses(&req)
	if len(m.fields) > 0 {
		return InitializePaymentAuthorizationRequest{}, &Error{
			Op: "FromOrder", Kind: afterpay.ErrInvalid, OrderID: req.OrderID, Fields: m.fields, Err: m.cause,
		}
	}
	return req, nil
}

// orderMapper converts an order and collects what prevents it.
type orderMapper struct {
	order      *afterpay.CreateOrderRequest
	supplement *Supplement
	fields     []FieldError
	cause      error
}

// lose records a field that is set and cannot be carried.
func (m *orderMapper) lose(field string, set bool) {
	if set && !slices.Contains(m.supplement.Omit, field) {
		m.fields = append(m.fields, FieldError{field, "cannot be carried by Radial"})
		m.cause = errors.ErrUnsupported
	}
}

// noteLosses checks all fields of the order that req has no place for.
func (m *orderMapper) noteLosses(req *InitializePaymentAuthorizationRequest) {
	o := m.order
	m.lose("merchantReference", o.MerchantReference != "" && o.MerchantReference != req.OrderID)
	m.lose("consumer.phoneNumber", o.Consumer.PhoneNumber != "" &&
		o.Consumer.PhoneNumber != req.BillingInformation.ContactInformation.PrimaryPhoneNumber &&
		o.Consumer.PhoneNumber != req.ShippingInformation.ContactInformation.PrimaryPhoneNumber)
	m.lose("courier", o.Courier != afterpay.Courier{})
	m.lose("merchant.popupOriginUrl", o.Merchant.PopupOriginURL != "")
	m.lose("merchant.name", o.Merchant.Name != "")
	m.lose("description", o.Description != "")
	m.lose("purchaseCountry", o.PurchaseCountry != "" && o.PurchaseCountry != o.Billing.CountryCode)
	m.lose("mode", o.Mode != "" && !strings.EqualFold(string(o.Mode), string(afterpay.ModeStandard)))
	m.lose("shippingOptionIdentifier", o.ShippingOptionIdentifier != "")
	m.lose("shippingOptions", !o.ShippingOptions.IsZero())
	m.lose("isCashAppPay", o.IsCashAppPay)
	m.lose("paymentType", o.PaymentType != "")
	m.lose("initialOrderAmount", !o.InitialOrderAmount.IsZero())
	m.lose("custom", len(o.Custom) > 0)
	m.lose("agreements", len(o.Agreements) > 0)

	some := func(set func(afterpay.Item) bool) bool { return slices.ContainsFunc(o.Items, set) }
	m.lose("items.pageUrl", some(func(i afterpay.Item) bool { return i.PageURL != "" }))
	m.lose("items.imageUrl", some(func(i afterpay.Item) bool { return i.ImageURL != "" }))
	m.lose("items.categories", some(func(i afterpay.Item) bool { return len(i.Categories) > 0 }))
	m.lose("items.estimatedShipmentDate", some(func(i afterpay.Item) bool { return i.EstimatedShipmentDate != "" }))
	m.lose("items.preorder", some(func(i afterpay.Item) bool { return i.Preorder }))
}

// party combines a contact and the consumer.
func (m *orderMapper) party(field string, c *afterpay.Contact, name Name) PartyInformation {
	consumer := &m.order.Consumer
	if name == (Name{}) {
		name = Name{FirstName: consumer.GivenNames, LastName: consumer.Surname}
		if c.Name != "" && !sameWords(c.Name, consumer.GivenNames+" "+consumer.Surname) {
			m.fields = append(m.fields, FieldError{field + ".name", "is not the consumer's, so Supplement must give it in parts"})
		}
	}
	m.lose(field+".area2", c.Area2 != "")
	p := PartyInformation{
		ContactInformation: ContactInformation{
			Person:              Person{Name: name},
			PrimaryPhoneNumber:  cmp.Or(c.PhoneNumber, consumer.PhoneNumber),
			PrimaryEmailAddress: consumer.Email,
		},
		Address: Address{
			Line1:       c.Line1,
			Line2:       c.Line2,
			City:        c.Area1,
			CountryCode: c.CountryCode,
			PostalCode:  c.Postcode,
		},
	}
	if isAbbreviation(c.Region) {
		p.Address.MainDivisionCode = c.Region
	} else {
		p.Address.MainDivision = c.Region
	}
	return p
}

func (m *orderMapper) lineItems() LineItems {
	o := m.order
	zero := afterpay.Money{Currency: o.Amount.Currency}
	l := LineItems{ShippingTotal: cmp.Or(o.ShippingAmount, zero), TaxTotal: cmp.Or(o.TaxAmount, zero)}
	for i, item := range o.Items {
		price, err := item.Price.Mul(int64(item.Quantity))
		if err == nil {
			l.LineItemsTotal, err = l.LineItemsTotal.Add(price)
		}
		m.noteTotal("items.price", err)
		l.Items = append(l.Items, LineItem{
			Name:           item.Name,
			SequenceNumber: strconv.Itoa(i + 1),
			SKU:            item.SKU,
			Quantity:       item.Quantity,
			UnitAmount:     item.Price,
		})
	}
	return l
}

func (m *orderMapper) promotions() Promotions {
	var p Promotions
	for _, d := range m.order.Discounts {
		var err error
		p.PromotionsTotal, err = p.PromotionsTotal.Add(d.Amount)
		m.noteTotal("discounts.amount", err)
		p.Promotions = append(p.Promotions, Promotion{Name: d.DisplayName, Amount: d.Amount})
	}
	return p
}

// noteTotal records, once, amounts that cannot be added up.
func (m *orderMapper) noteTotal(field string, err error) {
	if f := (FieldError{field, "cannot be added up"}); err != nil && !slices.Contains(m.fields, f) {
		m.fields = append(m.fields, f)
	}
}

// sameWords reports whether a and b are equal apart from case and spacing.
func sameWords(a, b string) bool {
	return slices.EqualFunc(strings.Fields(a), strings.Fields(b), strings.EqualFold)
}

// isAbbreviation reports whether a region is abbreviated, like NY or NSW.
func isAbbreviation(region string) bool {
	return len(region) <= 3 && !strings.ContainsFunc(region, func(r rune) bool {
		return !('A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9')
	})
}
