package afterpaytest

import (
	"cmp"
	"net/http"
	"strings"
	"time"
)

// The life of a checkout token: recorded for both versions, documented for v2.
const (
	tokenLifeV1 = 30 * time.Minute
	tokenLifeV2 = 3 * time.Hour
)

// decision is what the shopper did at the hosted checkout.
type decision int

const (
	undecided decision = iota
	approved           // confirmed; the charge will be approved
	declined           // confirmed; the charge will be declined
	cancelled          // left without confirming
)

// checkout is an order before it is paid: a token, and what the shop asked
// for.
type checkout struct {
	token     string
	version   version
	created   time.Time
	expires   time.Time
	portal    string // origin of the hosted checkout
	amount    money
	content   content
	merchant  merchant
	reference *string

	express                  bool
	paymentType              *string // v1 only
	shippingOptionIdentifier *string
	supportedCountries       []string // of shippingOptions; nil when not sent

	decision decision
	order    *payment // set once auth or capture was attempted
	reversal int      // position of a reversal that arrived before the order, or 0
}

// merchant holds the URLs that the shopper returns to.
type merchant struct {
	redirectConfirmURL, redirectCancelURL, popupOriginURL string
	name                                                  *string
}

// confirmed reports whether the shopper confirmed the checkout.
func (c *checkout) confirmed() bool { return c.decision == approved || c.decision == declined }

// createCheckout creates a checkout (v2) or an order (v1).
func (s *Sandbox) createCheckout(c *call) response {
	made := s.readCheckout(c)
	if refusal, ok := s.valid(c); !ok {
		return refusal
	}
	if refusal, ok := s.accepts(made.amount); !ok {
		return refusal
	}
	made.token = s.ids.token(made.version, s.profile)
	made.created = c.now
	made.expires = c.now.Add(tokenLifeV2)
	if made.version == v1 {
		made.expires = c.now.Add(tokenLifeV1)
	}
	made.portal = s.portalOf(c.http)
	s.checkouts[made.token] = made
	s.tokens = append(s.tokens, made.token)
	return created(made.wireCreated())
}

// readCheckout reads the body of createCheckout.
func (s *Sandbox) readCheckout(c *call) *checkout {
	o := c.body
	made := &checkout{version: c.version()}
	total := "amount"
	if made.version == v1 {
		total = "totalAmount"
		made.paymentType = o.text("paymentType", 0)
	} else {
		made.express = o.choice("mode", "standard", "express") == "express"
		made.shippingOptionIdentifier = o.text("shippingOptionIdentifier", limitText)
		made.supportedCountries = readShippingOptions(o.child("shippingOptions"))
		o.known("isCashAppPay", "custom", "agreements")
	}
	made.amount = o.positive(total)
	if made.version == v2 {
		o.moneyIn(made.amount.currency, "initialOrderAmount")
	}
	made.content = readContent(o, made.amount.currency, made.express)
	made.merchant = readMerchant(o)
	made.reference = nonEmpty(o.text("merchantReference", limitText))
	return made
}

func readShippingOptions(o *object) []string {
	if o == nil {
		return nil
	}
	defer o.close()
	countries := []string{}
	if list, ok := o.get("supportedShippingCountries").([]any); ok {
		for _, country := range list {
			if code, ok := country.(string); ok {
				countries = append(countries, code)
			}
		}
	}
	return countries
}

// readMerchant requires both redirect URLs, or in v2 the origin of a popup.
func readMerchant(o *object) merchant {
	m := o.child("merchant")
	if m == nil {
		o.doc.fault(o.at("merchant"), "may not be null")
		return merchant{}
	}
	defer m.close()
	var read merchant
	redirects := true
	if o.doc.version == v2 {
		read.popupOriginURL = m.link("popupOriginUrl", false)
		read.name = m.text("name", 0)
		redirects = read.popupOriginURL == "" || m.sent("redirectConfirmUrl") || m.sent("redirectCancelUrl")
	}
	read.redirectConfirmURL = m.link("redirectConfirmUrl", redirects)
	read.redirectCancelURL = m.link("redirectCancelUrl", redirects)
	return read
}

// getCheckout returns a checkout. Once it has been paid or has expired, its
// token is unknown.
func (s *Sandbox) getCheckout(c *call) response {
	if c.token == "" {
		return refuse(http.StatusNotFound, "not_found", "Token not found.")
	}
	found := s.live(c)
	if found == nil || found.order != nil || !c.now.Before(found.expires) {
		return badToken()
	}
	if c.version() == v1 {
		return read(found.wireV1())
	}
	return read(found.wire())
}

// live returns the checkout of the call's token if it was created in the
// call's version of the API.
func (s *Sandbox) live(c *call) *checkout {
	found := s.checkouts[c.token]
	if found == nil || found.version != c.version() {
		return nil
	}
	return found
}

// portalOf returns the URL of the hosted checkout without its query.
func (s *Sandbox) portalOf(req *http.Request) string {
	origin := s.portal
	if origin == "" {
		origin = s.profile.portal
		if host := req.URL.Hostname(); host != "" && !strings.HasSuffix(host, ".afterpay.com") {
			origin = req.URL.Scheme + "://" + req.URL.Host
		}
	}
	return origin + "/" + s.profile.urlCountry + "/checkout/"
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
		Billing:                  c.content.billing.wire(readModel),
		Shipping:                 c.content.shipping.wire(readModel),
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
		PaymentType:         cmp.Or(plain(c.paymentType), payByInstallment),
		MerchantReference:   c.reference,
		TaxAmount:           onWireIfSent(c.content.taxAmount),
		ShippingAmount:      onWireIfSent(c.content.shippingAmount),
		PurchaseCountry:     c.content.purchaseCountry,
	}
}
