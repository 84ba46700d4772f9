package afterpaytest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestChoose_CompletesAnExpressCheckout(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	token := s.post("/v2/checkouts", `{"amount":{"amount":"40.00","currency":"USD"},"mode":"express","merchant":{"popupOriginUrl":"https://shop.example/cart"}}`).text("token")
	require.Nil(t, s.get("/v2/checkouts/"+token).at("consumer"))
	require.NoError(t, s.sandbox.Choose(token,
		ShipTo(Address{Name: "Jane Citizen", Line1: "1 Example Street", Area1: "Exampleton", Region: "AL", Postcode: "36522", CountryCode: "US"}),
		ShippingOption("standard", "45.50")))
	require.NoError(t, s.sandbox.Approve(token))

	got := s.get("/v2/checkouts/" + token)
	require.Equal(t, "45.50", got.text("amount.amount"))
	require.Equal(t, "standard", got.text("shippingOptionIdentifier"))
	require.Equal(t, "Exampleton", got.text("shipping.area1"))
	require.NotContains(t, got.at("shipping"), "line2")
	require.Equal(t, "jane.citizen@example.com", got.text("consumer.email"))
	require.Nil(t, got.at("mode"), "it isn't echoed")

	auth := func(rest string) received {
		return s.post("/v2/payments/auth", `{"token":"`+token+`"`+rest+`}`)
	}
	s.refused(auth(``), 422, "invalid_object")
	s.refused(auth(`,"amount":{"amount":"40.00","currency":"USD"}`), 422, "invalid_amount")
	s.refused(auth(`,"amount":{"amount":"50.00","currency":"USD"},"isCheckoutAdjusted":true`), 422, "invalid_object")
	a := auth(`,"amount":{"amount":"50.00","currency":"USD"},"isCheckoutAdjusted":true,"paymentScheduleChecksum":"abc",
		"items":[{"name":"Widget","quantity":2,"price":{"amount":"20.00","currency":"USD"}}],
		"shipping":{"name":"Jane Citizen","line1":"2 Example Street","postcode":"36522"},
		"enrichments":{"initiation":{"actor":"CUSTOMER"}}`)
	require.Equal(t, 201, a.status, a.raw)
	require.Equal(t, "50.00", a.text("originalAmount.amount"))
	require.EqualValues(t, 2, a.at("orderDetails.items.0.quantity"))
	require.Equal(t, "2 Example Street", a.text("orderDetails.shipping.line1"))

	standard := s.undecided()
	require.ErrorContains(t, s.sandbox.Choose(standard, ShippingOption("x", "1.00")), "express")
	require.ErrorContains(t, s.sandbox.Choose("nobody", ShippingOption("x", "1.00")), "no checkout")
	require.ErrorContains(t, s.sandbox.Approve("nobody"), "no checkout")
}

func TestRedirectURL_KeepsTheFragmentLast(t *testing.T) {
	t.Parallel()
	c := &checkout{token: "t", merchant: merchant{redirectConfirmURL: "https://shop.example/#/ok"}}
	require.Equal(t, "https://shop.example/?&status=SUCCESS&orderToken=t#/ok", c.returnURL(approved))
}
