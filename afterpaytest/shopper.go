package afterpaytest

import (
	"errors"
	"fmt"
	"slices"
)

// Address is where a shopper of an express checkout wants the goods.
type Address struct {
	Name, Line1, Line2, Area1, Area2, Region, Postcode, CountryCode, PhoneNumber string
}

// Choice is something a shopper decides in an express checkout, where the
// shop doesn't know the shopper, the address or the shipping beforehand.
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

// ShippingOption chooses one of the shop's shipping options: its identifier
// and the grand total of the order with it, such as "53.53".
func ShippingOption(identifier, total string) Choice {
	return func(c *checkout) error {
		amount, fault := parseDecimal(total)
		if fault != amountFine || amount <= 0 {
			return fmt.Errorf("afterpaytest: ShippingOption: %q isn't an amount", total)
		}
		c.shippingOptionIdentifier, c.amount.hundredths = &identifier, amount
		return nil
	}
}

// Approve has the shopper confirm the checkout; the auth or capture that
// follows is approved. It fails for a token the sandbox doesn't know, that has
// expired, or that is an order already.
func (s *Sandbox) Approve(token string) error { return s.decide("Approve", token, approved) }

// Decline has the shopper confirm the checkout too, but with a card that is
// refused: the shop sees SUCCESS, and the auth or capture that follows is
// declined, as with the CVV 051 in Afterpay's own sandbox. It fails as
// Approve does.
func (s *Sandbox) Decline(token string) error { return s.decide("Decline", token, declined) }

// Cancel has the shopper leave the checkout. An auth or capture then finds an
// order that has not been approved. It fails as Approve does.
func (s *Sandbox) Cancel(token string) error { return s.decide("Cancel", token, cancelled) }

// Choose has the shopper of an express checkout make choices, before Approve
// or Decline. It fails as Approve does, and for other checkouts.
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

// Tokens returns the tokens of all checkouts (v2) and orders (v1), in the
// order they were created.
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

// openCheckout returns a checkout that is still the shopper's to decide.
// It needs s.mu.
func (s *Sandbox) openCheckout(verb, token string) (*checkout, error) {
	found, now := s.checkouts[token], s.now()
	switch {
	case found == nil:
		return nil, fmt.Errorf("afterpaytest: %s: no checkout has the token %q", verb, token)
	case found.order != nil:
		return nil, fmt.Errorf("afterpaytest: %s: the checkout is an order already (payment %s)", verb, found.order.id)
	case !now.Before(found.expires):
		return nil, fmt.Errorf("afterpaytest: %s: the checkout expired at %s, it is %s", verb, timestamp(found.expires), timestamp(now))
	}
	return found, nil
}

func sentText(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
