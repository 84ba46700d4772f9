package afterpaytest

import (
	"net/http"
	"strings"
)

// createCheckout makes a token: v2's checkout, v1's order.
func (s *Sandbox) createCheckout(c *call) answer {
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

// readCheckout reads the body of a create call.
func (s *Sandbox) readCheckout(c *call) *checkout {
	o := c.body
	made := &checkout{version: c.version()}
	total := "amount"
	if made.version == v1 {
		total = "totalAmount"
		o.known("paymentType")
	} else {
		made.express = o.choice("mode", "standard", "express") == "express"
		made.shippingOptionIdentifier = o.text("shippingOptionIdentifier", limitText)
		made.supportedCountries = readShippingOptions(o.child("shippingOptions"))
		o.known("isCashAppPay", "custom", "initialOrderAmount", "agreements")
	}
	made.amount = o.positive(total)
	made.content = readContent(o, made.express)
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

// readMerchant needs both redirect URLs, or in v2 the origin of a popup.
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

// getCheckout reads a token that stands before an order. Once there is an
// order, or the token has expired, it is as unknown as any other.
func (s *Sandbox) getCheckout(c *call) answer {
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

// live returns the checkout of the call's token, if it belongs to the call's
// version of the API: tokens don't cross.
func (s *Sandbox) live(c *call) *checkout {
	found := s.checkouts[c.token]
	if found == nil || found.version != c.version() {
		return nil
	}
	return found
}

// portalOf returns the address of the hosted checkout without its query.
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

// nonEmpty makes no difference between empty text and none.
func nonEmpty(s *string) *string {
	if s == nil || *s == "" {
		return nil
	}
	return s
}
