package radial

import (
	"cmp"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/afterpay-go/afterpay"
)

// Supplement is what InitializePaymentAuthorizationRequest needs beyond an
// afterpay.CreateOrderRequest.
type Supplement struct {
	RequestID string
	// OrderID is the order's MerchantReference where it is empty.
	OrderID             string
	OriginatorIPAddress netip.Addr
	// BillingName and ShippingName are needed where the contact's name is not
	// the consumer's: package afterpay has it in one piece, Radial in parts,
	// and taking a name apart is guesswork.
	BillingName  Name
	ShippingName Name
	// Omit names what may get lost, in the words of the error that FromOrder
	// returns otherwise: "items.imageUrl", "description".
	Omit []string
}

// FromOrder makes Radial's request from the order model of package afterpay, so
// that a shop needs one model for both roads. What Radial's message cannot carry
// is an error that names every such member of the order, unless Supplement.Omit
// has it: nothing gets lost in silence. The error is an *Error that matches
// afterpay.ErrInvalid and errors.ErrUnsupported, and its Fields are in the words
// of afterpay's API, without indexes.
//
// Area1 becomes the City. A Region of up to three letters or digits becomes the
// MainDivisionCode and any other the MainDivision, which Radial takes and does
// not use with Afterpay. Items are numbered from 1, and LineItemsTotal is their
// sum; an absent tax or shipping amount becomes nothing in the order's currency.
// Discounts become Promotions. The telephone number is the contact's, or else
// the consumer's, as the e-mail address always is. Restrictions are checked by
// InitializePaymentAuthorization and not here.
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

// orderMapper collects what stands in the way.
type orderMapper struct {
	order      *afterpay.CreateOrderRequest
	supplement *Supplement
	fields     []FieldError
	cause      error
}

// lose notes a member that is set and cannot be carried.
func (m *orderMapper) lose(member string, set bool) {
	if set && !slices.Contains(m.supplement.Omit, member) {
		m.fields = append(m.fields, FieldError{member, "cannot be carried by Radial"})
		m.cause = errors.ErrUnsupported
	}
}

// noteLosses goes through all members of the order that req has no place for.
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

// party puts a contact and the consumer together.
func (m *orderMapper) party(member string, c *afterpay.Contact, name Name) PartyInformation {
	consumer := &m.order.Consumer
	if name == (Name{}) {
		name = Name{FirstName: consumer.GivenNames, LastName: consumer.Surname}
		if c.Name != "" && !sameWords(c.Name, consumer.GivenNames+" "+consumer.Surname) {
			m.fields = append(m.fields, FieldError{member + ".name", "is not the consumer's, so Supplement has to say it in parts"})
		}
	}
	m.lose(member+".area2", c.Area2 != "")
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
	nothing := afterpay.Money{Currency: o.Amount.Currency}
	l := LineItems{ShippingTotal: cmp.Or(o.ShippingAmount, nothing), TaxTotal: cmp.Or(o.TaxAmount, nothing)}
	for i, item := range o.Items {
		price, err := item.Price.Mul(int64(item.Quantity))
		if err == nil {
			l.LineItemsTotal, err = l.LineItemsTotal.Add(price)
		}
		m.noteSum("items.price", err)
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
		m.noteSum("discounts.amount", err)
		p.Promotions = append(p.Promotions, Promotion{Name: d.DisplayName, Amount: d.Amount})
	}
	return p
}

// noteSum notes amounts that cannot be added up, once.
func (m *orderMapper) noteSum(member string, err error) {
	if f := (FieldError{member, "cannot be added up"}); err != nil && !slices.Contains(m.fields, f) {
		m.fields = append(m.fields, f)
	}
}

// sameWords compares without regard to case and spacing.
func sameWords(a, b string) bool {
	return slices.EqualFunc(strings.Fields(a), strings.Fields(b), strings.EqualFold)
}

// isAbbreviation reports whether a region is written like NY or NSW, and not in
// full.
func isAbbreviation(region string) bool {
	return len(region) <= 3 && !strings.ContainsFunc(region, func(r rune) bool {
		return !('A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9')
	})
}
