package afterpaytest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestV1Order(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	a := s.post("/v1/orders", `{"totalAmount":{"amount":100,"currency":"USD"},
		"consumer":{"givenNames":"Ann","surname":"Lee","email":"ann@example.com","phoneNumber":61400000000},
		"billing":{"name":"Ann Lee","line1":"1 Example Street","suburb":"Exampleton","state":"VIC","postcode":"3000","countryCode":"AU"},
		"items":[{"name":"Widget","sku":1,"quantity":1,"price":{"amount":100.0,"currency":"USD"}}],
		"merchant":{"redirectConfirmUrl":"https://shop.example/ok","redirectCancelUrl":"https://shop.example/no"},
		"paymentType":"PAY_BY_INSTALLMENT","merchantReference":"A-1"}`)
	require.Equal(t, 201, a.status, a.raw)
	require.Nil(t, a.at("redirectCheckoutUrl"))
	token := a.text("token")

	got := s.get("/v1/orders/" + token)
	require.Equal(t, "100.00", got.text("totalAmount.amount"))
	require.Equal(t, "61400000000", got.text("consumer.phoneNumber"))
	require.Equal(t, "Exampleton", got.text("billing.suburb"))
	require.Equal(t, "VIC", got.text("billing.state"))
	require.Equal(t, "1", got.text("items.0.sku"))
	require.Equal(t, "PAY_BY_INSTALLMENT", got.text("paymentType"))
	require.Equal(t, map[string]any{}, got.at("courier"))
	require.Equal(t, []any{}, got.at("discounts"))

	require.NoError(t, s.sandbox.Approve(token))
	captured := s.post("/v1/payments/capture", `{"token":"`+token+`","merchantReference":"A-2","webhookEventUrl":""}`)
	require.Equal(t, 201, captured.status, captured.raw)
	require.Regexp(t, `^24\d{6}$`, captured.text("id"))
	require.Equal(t, "A-2", captured.text("merchantReference"))
	require.Equal(t, []any{}, captured.at("events"))
	require.Equal(t, "Exampleton", captured.text("orderDetails.billing.suburb"))
	require.Nil(t, captured.at("originalAmount"))
	require.Nil(t, captured.at("paymentState"))
	id := captured.text("id")

	refund := s.post("/v1/payments/"+id+"/refund", `{"requestId":"r","amount":{"amount":"10.00","currency":"USD"},"merchantReference":"R-1"}`)
	require.Equal(t, 201, refund.status)
	require.NotEmpty(t, refund.text("refundId"))
	require.Equal(t, "r", refund.text("requestId"))
	payment := s.get("/v1/payments/token:" + token)
	require.Equal(t, refund.text("refundId"), payment.text("refunds.0.id"), "the same id under another name")
	require.Nil(t, payment.at("refunds.0.refundId"))

	require.Equal(t, "A-3", s.put("/v1/payments/"+id, `{"merchantReference":"A-3"}`).text("merchantReference"))
	require.Equal(t, "EXPRESS", s.put("/v1/payments/"+id+"/courier", `{"priority":"EXPRESS"}`).text("orderDetails.courier.priority"))
}

func TestPaymentsAreOneInBothVersions(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	token := s.post("/v1/orders", smallOrderV1).text("token")
	require.NoError(t, s.sandbox.Approve(token))
	old := s.post("/v1/payments/capture", `{"token":"`+token+`"}`).text("id")
	require.Equal(t, "CAPTURED", s.get("/v2/payments/"+old).text("paymentState"))
	require.Equal(t, 201, s.post("/v2/payments/"+old+"/refund", `{`+tenUSD+`}`).status)

	auth, _ := s.authorized()
	s.refused(s.get("/v1/payments/"+auth), 404, "not_found")
	s.refused(s.post("/v1/payments/"+auth+"/refund", `{`+tenUSD+`}`), 412, "precondition_failed")
	s.post("/v2/payments/"+auth+"/capture", `{`+tenUSD+`}`)
	require.Equal(t, "100.00", s.get("/v1/payments/"+auth).text("totalAmount.amount"))
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	t.Run("v1 is an array", func(t *testing.T) {
		t.Parallel()
		for region, want := range map[Region]string{
			AU: `[{"type":"PAY_BY_INSTALLMENT","description":"Pay over time","maximumAmount":{"amount":"1000.00","currency":"AUD"}}]`,
			GB: `[{"type":"PAY_BY_INSTALLMENT","description":"Pay over time","minimumAmount":{"amount":"10.00","currency":"GBP"},"maximumAmount":{"amount":"1000.00","currency":"GBP"}}]`,
		} {
			require.JSONEq(t, want, newShop(t, WithRegion(region)).get("/v1/configuration").raw)
		}
	})
	t.Run("v2 is an object with optional parts", func(t *testing.T) {
		t.Parallel()
		s := newShop(t, WithLimits("", "2000"), WithCrossBorder("AUD", "AU", "1500.00"))
		require.JSONEq(t, `{"maximumAmount":{"amount":"2000.00","currency":"USD"}}`, s.get("/v2/configuration").raw)
		all := s.get("/v2/configuration?include=publicId&include=consumerlending&include=payByInstallment&include=activeCountries&include=cbt&include=merchantCountry&include=channels&include=other")
		require.Equal(t, publicID, all.text("publicId"))
		require.Equal(t, "2000.00", all.text("consumerLending.maximumAmount.amount"))
		require.Equal(t, "2000.00", all.text("payByInstallment.maximumAmount.amount"))
		require.Equal(t, "US", all.text("merchantCountry"))
		require.Equal(t, []any{"US"}, all.at("activeCountries"))
		require.Equal(t, "CASH_APP", all.text("channels.0.name"))
		require.Equal(t, true, all.at("CBT.enabled"))
		require.Equal(t, "1500.00", all.text("CBT.limits.AUD.maximumAmount.amount"))
	})
}

func TestCrossBorderOrderKeepsItsCurrency(t *testing.T) {
	t.Parallel()
	s := newShop(t, WithCrossBorder("AUD", "AU", "1500.00"))
	checkout := func(amount string) said {
		return s.post("/v2/checkouts", `{"amount":{"amount":"`+amount+`","currency":"AUD"},"consumer":{"email":"ann@example.com"},
			"merchant":{"redirectConfirmUrl":"https://shop.example/ok","redirectCancelUrl":"https://shop.example/no"}}`)
	}
	s.refused(checkout("1500.01"), 422, "unsupported_payment_type")
	token := checkout("1500.00").text("token")
	require.NoError(t, s.sandbox.Approve(token))
	id := s.post("/v2/payments/auth", `{"token":"`+token+`"}`).text("id")
	s.refused(s.post("/v2/payments/"+id+"/capture", `{`+tenUSD+`}`), 422, "invalid_object")
	require.Equal(t, 201, s.post("/v2/payments/"+id+"/capture", `{"amount":{"amount":"10.00","currency":"AUD"}}`).status)
	require.Equal(t, "AUD", s.sandbox.Ledger()[1].Currency)
}

func TestExpressCheckoutIsCompletedByTheShopper(t *testing.T) {
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

	auth := func(rest string) said {
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
