package radialtest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// node is an element of a request.
type node struct {
	name       string
	space      string
	attributes map[string]string
	text       string
	children   []*node
}

// parse reads a document into its root element.
func parse(document []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(document))
	above := &node{}
	open := []*node{above}
	for {
		token, err := d.Token()
		if err != nil {
			break // at the end of the document, whole or not
		}
		top := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			n := &node{name: t.Name.Local, space: t.Name.Space, attributes: map[string]string{}}
			for _, a := range t.Attr {
				if a.Name.Local != "xmlns" {
					n.attributes[a.Name.Local] = a.Value
				}
			}
			top.children = append(top.children, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.text += string(t)
		}
	}
	if len(above.children) != 1 || len(open) != 1 {
		return nil, errors.New("not one whole document")
	}
	return above.children[0], nil
}

// find returns the text below n at a path such as Address/City, or "".
func (n *node) find(path string) string {
	name, rest, more := strings.Cut(path, "/")
	for _, c := range n.children {
		switch {
		case c.name != name:
		case more:
			return c.find(rest)
		default:
			return c.text
		}
	}
	return ""
}

// currency returns the currencyCode of the message's amount.
func (n *node) currency() string {
	for _, c := range n.children {
		if c.name == "Amount" {
			return c.attributes["currencyCode"]
		}
	}
	return ""
}

// shape is what an element must look like: a leaf with a check, or a sequence
// of children. The shapes were written from Radial's tables and not from package
// radial.
type shape struct {
	name     string
	optional bool
	repeats  bool
	money    bool
	fits     func(text string) bool
	children []shape
}

func text(name string, least, most int) shape {
	return shape{name: name, fits: func(s string) bool {
		n := utf8.RuneCountInString(s)
		return n >= least && (most == 0 || n <= most)
	}}
}

func pattern(name, expression string) shape {
	return shape{name: name, fits: regexp.MustCompile("^(?:" + expression + ")$").MatchString}
}

func money(name string) shape {
	s := pattern(name, `(?:0|[1-9][0-9]{0,6})\.[0-9]{2}`)
	s.money = true
	return s
}

func group(name string, children ...shape) shape { return shape{name: name, children: children} }

func optional(s shape) shape { s.optional = true; return s }

func repeated(s shape) shape { s.repeats = true; return s }

// contact returns the shape of a person.
func contact() shape {
	return group("ContactInformation",
		group("Person",
			group("Name",
				optional(text("Salutation", 1, 0)),
				text("LastName", 1, 0),
				optional(text("MiddleName", 1, 0)),
				text("FirstName", 1, 0),
				optional(text("Suffix", 1, 0))),
			optional(pattern("Gender", "male|female")),
			optional(pattern("DateOfBirth", "[0-9]{4}-[0-9]{2}-[0-9]{2}"))),
		pattern("PrimaryPhoneNumber", "[0-9]{6,16}"),
		optional(pattern("AlternatePhoneNumber", "[0-9]{6,16}")),
		text("PrimaryEmailAddress", 6, 60),
		optional(text("AlternateEmailAddress", 6, 60)))
}

// address returns the shape of an address.
func address() shape {
	return group("Address",
		text("Line1", 1, 70),
		optional(text("Line2", 1, 0)),
		optional(text("Line3", 1, 0)),
		optional(text("Line4", 1, 0)),
		optional(text("BuildingName", 1, 0)),
		optional(pattern("PoBox", "[0-9]+")),
		text("City", 1, 0),
		optional(text("MainDivision", 1, 0)),
		optional(text("MainDivisionCode", 1, 10)),
		optional(text("CountryName", 1, 0)),
		pattern("CountryCode", "[A-Z]{2}"),
		text("PostalCode", 3, 10))
}

// shapes returns the request of each operation.
func shapes() map[string]shape {
	contact, address := contact(), address()
	order := group("PaymentContextBase", text("OrderId", 1, 20))
	return map[string]shape{
		Initialize: group("InitializePaymentAuthorizationRequest",
			text("OrderId", 1, 20),
			money("Amount"),
			pattern("PaymentType", "Debit|Payment|Unknown"),
			text("RedirectUrl", 1, 500),
			text("CancelUrl", 1, 500),
			group("BillingInformation", contact, address),
			group("ShippingInformation", contact, optional(address)),
			text("OriginatorIpAddress", 1, 39),
			group("LineItems",
				money("LineItemsTotal"),
				money("ShippingTotal"),
				money("TaxTotal"),
				repeated(group("LineItem",
					text("Name", 1, 0),
					optional(text("SequenceNumber", 1, 0)),
					optional(text("SkuId", 1, 0)),
					pattern("Quantity", "[1-9][0-9]*"),
					money("UnitAmount")))),
			optional(group("Promotions",
				money("PromotionsTotal"),
				repeated(group("Promotion", text("Name", 1, 0), money("Amount"))))),
			optional(pattern("POSMethod", "Affirm|AmexCheckout|ApplePay|VirtualWallet|VisaCheckout|Hosted|Mobile|Afterpay")),
			optional(text("PaymentIdToBeCorrected", 32, 32))),
		GetConfiguration: group("GetConfigurationRequest"),
		GetAuthorization: group("GetPaymentAuthorizationRequest", text("OrderId", 1, 20), text("PaymentId", 16, 64)),
		ConfirmFunds:     group("ConfirmFundsRequest", order, money("Amount"), optional(pattern("PerformReauthorization", "true|false"))),
		Settlement: group("PaymentSettlementRequest",
			order,
			optional(text("InvoiceId", 1, 20)),
			money("Amount"),
			money("TaxAmount"),
			pattern("SettlementType", "Debit|Credit"),
			optional(text("ClientContext", 1, 0)),
			optional(pattern("FinalDebit", "true|false")),
			optional(text("RefundReason", 1, 0))),
		AuthCancel: group("PaymentAuthCancelRequest", order, money("Amount")),
	}
}

// problem returns what is wrong with an element of the right name in the right
// place, or "".
func (s shape) problem(n *node, path string) string {
	switch {
	case n.space != namespace:
		return path + ": namespace"
	case s.money && !currencyCode.MatchString(n.attributes["currencyCode"]):
		return path + ": currencyCode"
	case s.fits != nil && (len(n.children) > 0 || !s.fits(n.text)):
		return path + ": value"
	case s.fits != nil:
		return ""
	}
	left := n.children
	for _, child := range s.children {
		count := 0
		for len(left) > 0 && left[0].name == child.name && (count == 0 || child.repeats) {
			count++
			if p := child.problem(left[0], path+"/"+child.name+"["+strconv.Itoa(count)+"]"); p != "" {
				return p
			}
			left = left[1:]
		}
		if count == 0 && !child.optional {
			return path + "/" + child.name + ": missing"
		}
	}
	if len(left) > 0 {
		return path + "/" + left[0].name + ": not expected here"
	}
	return ""
}

var currencyCode = regexp.MustCompile("^[A-Z]{3}$")
