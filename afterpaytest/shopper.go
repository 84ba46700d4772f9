package afterpaytest

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Address is the shipping address of an express checkout.
type Address struct {
	Name, Line1, Line2, Area1, Area2, Region, Postcode, CountryCode, PhoneNumber string
}

// Choice is something that the shopper decides in an express checkout, where
// the shop does not know the shopper, the address or the shipping beforehand.
type Choice func(*checkout) error

// ShipTo chooses the shipping address.
func ShipTo(a Address) Choice {
	return func(c *checkout) error {
		c.content.shipping = &contact{
			sentText(a.Name), sentText(a.Line1), sentText(a.Line2), sentText(a.Area1), sentText(a.Area2),
			sentText(a.Region), sentText(a.Postcode), sentText(a.CountryCode), sentText(a.PhoneNumber),
		}
		return nil
	}
}

// ShippingOption chooses one of the shop's shipping options: its identifier,
// and the total of the order with it, such as "53.53".
func ShippingOption(identifier, total string) Choice {
	return func(c *checkout) error {
		amount, fault := parseDecimal(total)
		if fault != amountFine || amount <= 0 {
			return fmt.Errorf("afterpaytest: ShippingOption: %q is not an amount", total)
		}
		c.shippingOptionIdentifier, c.amount.hundredths = &identifier, amount
		return nil
	}
}

// Approve confirms the checkout as the shopper. The auth or capture that
// follows is approved. Approve returns an error if the token is unknown or
// expired, or if the checkout was paid already.
func (s *Sandbox) Approve(token string) error { return s.decide("Approve", token, approved) }

// Decline confirms the checkout as the shopper, with a card that will be
// refused: the shop sees SUCCESS, and the auth or capture that follows is
// declined, as with the CVV 051 in Afterpay's own sandbox. It returns the
// errors of Approve.
func (s *Sandbox) Decline(token string) error { return s.decide("Decline", token, declined) }

// Cancel leaves the checkout as the shopper. An auth or capture is then
// refused because the order has not been approved. It returns the errors of
// Approve.
func (s *Sandbox) Cancel(token string) error { return s.decide("Cancel", token, cancelled) }

// Choose makes choices as the shopper of an express checkout, before Approve
// or Decline. It returns the errors of Approve, and an error if the checkout
// is not an express checkout.
func (s *Sandbox) Choose(token string, choices ...Choice) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := s.openCheckout("Choose", token)
	if err != nil {
		return err
	}
	if !found.express {
		return errors.New("afterpaytest: Choose: only an express checkout leaves choices to the shopper")
	}
	for _, choose := range choices {
		if err := choose(found); err != nil {
			return err
		}
	}
	return nil
}

// Tokens returns the tokens of all checkouts (v2) and orders (v1), oldest
// first.
func (s *Sandbox) Tokens() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.tokens)
}

func (s *Sandbox) decide(verb, token string, d decision) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := s.openCheckout(verb, token)
	if err != nil {
		return err
	}
	if found.express && found.content.consumer == nil && d != cancelled {
		found.content.consumer = &consumer{givenNames: "Jane", surname: "Citizen", email: "jane.citizen@example.com"}
	}
	found.decision = d
	return nil
}

// openCheckout returns a checkout that the shopper can still decide on. The
// caller must hold s.mu.
func (s *Sandbox) openCheckout(verb, token string) (*checkout, error) {
	found, now := s.checkouts[token], s.now()
	switch {
	case found == nil:
		return nil, fmt.Errorf("afterpaytest: %s: no checkout has the token %q", verb, token)
	case found.order != nil:
		return nil, fmt.Errorf("afterpaytest: %s: the checkout was already used (payment %s)", verb, found.order.id)
	case !now.Before(found.expires):
		return nil, fmt.Errorf("afterpaytest: %s: the checkout expired at %s; the sandbox's clock says %s", verb, timestamp(found.expires), timestamp(now))
	}
	return found, nil
}

func sentText(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// RedirectURL returns the URL that the shopper's browser goes to after the
// decision: the shop's confirm or cancel URL, with status and orderToken
// appended as the service does. It returns an error if the token is unknown,
// if the shopper has not decided, or if the checkout is in a popup and
// redirects nowhere.
func (s *Sandbox) RedirectURL(token string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.checkouts[token]
	if found == nil {
		return "", fmt.Errorf("afterpaytest: RedirectURL: no checkout has the token %q", token)
	}
	if found.decision == undecided {
		return "", fmt.Errorf("afterpaytest: RedirectURL: the shopper has not decided yet")
	}
	target := found.returnURL(found.decision)
	if target == "" {
		return "", fmt.Errorf("afterpaytest: RedirectURL: a checkout in a popup redirects nowhere")
	}
	return target, nil
}

// returnURL returns the URL that the shopper's browser goes to after a
// decision, or "" for a checkout in a popup. As the service does, it appends
// the parameters with a stray & if the URL has no query.
func (c *checkout) returnURL(d decision) string {
	target, status := c.merchant.redirectConfirmURL, "SUCCESS"
	if d == cancelled {
		target, status = c.merchant.redirectCancelURL, "CANCELLED"
	}
	if target == "" {
		return ""
	}
	target, fragment, hasFragment := strings.Cut(target, "#")
	if !strings.Contains(target, "?") {
		target += "?"
	}
	target += "&status=" + status + "&orderToken=" + url.QueryEscape(c.token)
	if hasFragment {
		target += "#" + fragment
	}
	return target
}
