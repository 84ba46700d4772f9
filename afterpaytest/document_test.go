package afterpaytest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAmount_JudgedAsDocumented(t *testing.T) {
	t.Parallel()
	const format = "amount must be a valid ISO 4217 format value"
	cases := []struct {
		money   string // of a v2 checkout
		status  int
		code    string
		message string
	}{
		{`{"amount":"110.00","currency":"USD"}`, 201, "", ""},
		{`{"amount":"110.0","currency":"USD"}`, 201, "", ""},
		{`{"amount":"110","currency":"USD"}`, 201, "", ""},
		{`{"amount":110.0,"currency":"USD"}`, 201, "", ""},
		{`{"amount":"1.00","currency":"USD","symbol":"$"}`, 201, "", ""},
		{`{"amount":"1000.00","currency":"USD"}`, 201, "", ""},
		{`{"currency":"USD"}`, 422, "invalid_object", "amount.amount Amount field required"},
		{`{"amount":null,"currency":"USD"}`, 422, "invalid_object", "amount.amount Amount field required"},
		{`{"amount":"1.234","currency":"USD"}`, 422, "invalid_object", format},
		{`{"amount":1.234,"currency":"USD"}`, 422, "invalid_object", format},
		{`{"amount":"1,000.00","currency":"USD"}`, 422, "invalid_amount", format},
		{`{"amount":"$2","currency":"USD"}`, 422, "invalid_object", format},
		{`{"amount":"","currency":"USD"}`, 422, "invalid_object", format},
		{`{"amount":"99999999999999999999","currency":"USD"}`, 422, "invalid_object", format},
		{`{"amount":"1.00"}`, 422, "invalid_object", "amount.currency Currency field required"},
		{`{"amount":"1.00","currency":"usd"}`, 422, "invalid_object", "amount.currency Currency not supported for this merchant"},
		{`{"amount":"1.00","currency":""}`, 422, "invalid_object", "amount.currency Currency not supported for this merchant"},
		{`{"amount":"10.00","currency":"AUD"}`, 422, "unsupported_currency", "An error occurred"},
		{`{"amount":"0.00","currency":"USD"}`, 422, "invalid_object", "amount must be greater than 0.00 (was USD 0.00)"},
		{`{"amount":"-250.15","currency":"USD"}`, 422, "invalid_object", "amount must be greater than 0.00 (was USD -250.15)"},
		{`{"amount":"0.99","currency":"USD"}`, 422, "unsupported_payment_type", ""},
		{`{"amount":"1000.01","currency":"USD"}`, 422, "unsupported_payment_type", ""},
		{`null`, 422, "invalid_object", "amount may not be null"},
		{`{"amount":[],"currency":"USD"}`, 400, "invalid_json", ""},
	}
	for _, tc := range cases {
		t.Run(tc.money, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			a := s.post("/v2/checkouts", strings.Replace(smallCheckout, `{"amount":"100.00","currency":"USD"}`, tc.money, 1))
			if tc.status == 201 {
				require.Equal(t, 201, a.status, a.raw)
				return
			}
			s.refused(a, tc.status, tc.code)
			if tc.message != "" {
				require.Equal(t, tc.message, a.text("message"))
			}
		})
	}
}

func TestAmount_V1(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	order := func(money string) received {
		return s.post("/v1/orders", strings.Replace(smallOrderV1, `{"amount":"100.00","currency":"USD"}`, money, 1))
	}
	require.Equal(t, 201, order(`{"amount":1000.0,"currency":"USD"}`).status)
	s.refused(order(`{"amount":"1,000","currency":"USD"}`), 422, "invalid_object")
	s.refused(order(`{"amount":10.005,"currency":"USD"}`), 400, "invalid_json")
	a := order(`{"amount":"-250.15","currency":"USD"}`)
	s.refused(a, 422, "invalid_object")
	require.Equal(t, "totalAmount must be greater than 0.00 (was USD -250.15)", a.text("message"))
}

func TestDocument_OneMessageForAllFaults(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	a := s.post("/v1/orders", `{"totalAmount":{"amount":"10.00","currency":"USD"},"consumer":{"email":"ann@example.com"},
		"billing":{"name":"Ann"},"merchant":{"redirectConfirmUrl":"","redirectCancelUrl":"https://shop.example/no"}}`)
	s.refused(a, 422, "invalid_object")
	require.Equal(t, "consumer.givenNames may not be empty, consumer.surname may not be empty, "+
		"billing.line1 may not be empty, billing.postcode may not be empty, billing.state may not be empty, "+
		"merchant.redirectConfirmUrl may not be empty, merchant.redirectConfirmUrl must be a valid URL", a.text("message"))
}

func TestDocument_FieldLimits(t *testing.T) {
	t.Parallel()
	const base = `{"amount":{"amount":"10.00","currency":"USD"},"consumer":{"email":"ann@example.com"},
		"merchant":{"redirectConfirmUrl":"https://shop.example/ok","redirectCancelUrl":"https://shop.example/no"},%s}`
	item := func(rest string) string {
		return `"items":[{"name":"Widget","quantity":1,"price":{"amount":"1.00","currency":"USD"}` + rest + `}]`
	}
	long := func(n int) string { return strings.Repeat("é", n) } // characters, not bytes
	cases := []struct {
		field string
		fault string // empty: accepted
	}{
		{`"merchantReference":"` + long(128) + `"`, ""},
		{`"merchantReference":"` + long(129) + `"`, "merchantReference size must be between 0 and 128"},
		{`"mode":"EXPRESS"`, ""},
		{`"mode":"popup"`, "mode must be one of standard, express"},
		{`"courier":{"priority":"express","shippedAt":"2024-05-01T10:00:00+10:00"}`, ""},
		{`"courier":{"priority":"FAST"}`, "courier.priority must be one of STANDARD, EXPRESS"},
		{`"courier":{"shippedAt":"yesterday"}`, "courier.shippedAt must be a valid ISO 8601 date"},
		{`"shipping":{"line1":"1 Example Street","postcode":"10001","countryCode":"USA"}`, "shipping.countryCode size must be between 0 and 2"},
		{item(`,"sku":12,"categories":[["a","b"]],"preorder":true,"estimatedShipmentDate":"2024-05"`), ""},
		{item(`,"sku":"` + long(129) + `"`), "items[0].sku size must be between 0 and 128"},
		{`"items":[{"name":" ","quantity":1,"price":{"amount":"-1.00","currency":"USD"}}]`, "items[0].name may not be empty, items[0].price must be greater than or equal to 0.00 (was USD -1.00)"},
		{`"items":[{"name":"Widget","price":{"amount":"1.00","currency":"USD"}}]`, "items[0].quantity may not be null"},
		{`"discounts":[{"displayName":"10 % off","amount":{"amount":"1.00","currency":"USD"}}]`, ""},
		{`"discounts":[{"displayName":"a coupon","amount":{"amount":"0.00","currency":"USD"}}]`, ""},
		{`"items":[{"name":"a gift","quantity":1,"price":{"amount":"0.00","currency":"USD"}}]`, ""},
		{`"items":[{"name":"Widget","quantity":2.0,"price":{"amount":"1.00","currency":"USD"}}]`, ""},
		{`"items":[{"name":"Widget","quantity":0,"price":{"amount":"1.00","currency":"USD"}}]`, "items[0].quantity must be greater than or equal to 1"},
		{`"items":[{"name":"Widget","quantity":-1,"price":{"amount":"1.00","currency":"USD"}}]`, "items[0].quantity must be greater than or equal to 1"},
		{`"items":[{"name":"Widget","quantity":1,"price":{"amount":"1.00","currency":"GBP"}}]`, "items[0].price.currency must be the currency of the order"},
		{`"discounts":[{"displayName":"10 % off","amount":{"amount":"1.00","currency":"AUD"}}]`, "discounts[0].amount.currency must be the currency of the order"},
		{`"taxAmount":{"amount":"1.00","currency":"CAD"}`, "taxAmount.currency must be the currency of the order"},
		{`"shippingAmount":{"amount":"1.00","currency":"NZD"}`, "shippingAmount.currency must be the currency of the order"},
		{`"initialOrderAmount":{"amount":"1.00","currency":"NZD"}`, "initialOrderAmount.currency must be the currency of the order"},
		{`"consumer":{"email":"ann.example.com"}`, "consumer.email not a well-formed email address"},
		{`"shipping":{"line1":"1 Example Street","postcode":"SW1A 1AA","countryCode":"UK"}`, "shipping.countryCode must be an ISO 3166-1 country code, such as GB for the United Kingdom"},
		{`"billing":{"line1":"1 Example Street","postcode":"SW1A 1AA","countryCode":"uk"}`, "billing.countryCode must be an ISO 3166-1 country code, such as GB for the United Kingdom"},
		{`"purchaseCountry":"UK"`, "purchaseCountry must be an ISO 3166-1 country code, such as GB for the United Kingdom"},
		{`"courier":{"shippedAt":"2024-05-01T10:00:00+0000"}`, ""},
		{`"discounts":[{"amount":{"amount":"1.00","currency":"USD"}}]`, "discounts[0].displayName may not be empty"},
		{`"paymentType":null,"custom":{"anything":1},"isCashAppPay":"true"`, ""},
	}
	for _, tc := range cases {
		t.Run(tc.field, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			a := s.post("/v2/checkouts", fmt.Sprintf(base, tc.field))
			if tc.fault == "" {
				require.Equal(t, 201, a.status, a.raw)
				return
			}
			s.refused(a, 422, "invalid_object")
			require.Equal(t, tc.fault, a.text("message"))
		})
	}
}

func TestDocument_AtMost100Items(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	items := func(n int) string {
		return strings.Replace(smallCheckout, `"merchantReference"`, `"items":[`+strings.TrimSuffix(strings.Repeat(
			`{"name":"Widget","quantity":1,"price":{"amount":"1.00","currency":"USD"}},`, n), ",")+`],"merchantReference"`, 1)
	}
	require.Equal(t, 201, s.post("/v2/checkouts", items(100)).status)
	s.refused(s.post("/v2/checkouts", items(101)), 422, "invalid_object")
}

func TestUnknownFields_Modes(t *testing.T) {
	t.Parallel()
	body := strings.Replace(smallCheckout, `"merchantReference"`, `"merchantRefernce"`, 1)
	body = strings.Replace(body, `"email"`, `"phone":"1","email"`, 1)

	t.Run("fail the test", func(t *testing.T) {
		t.Parallel()
		rec := &recorder{TB: t}
		s := &shop{t: t, sandbox: New()}
		s.sandbox.bind(rec)
		a := s.post("/v2/checkouts", body)
		require.Equal(t, 201, a.status, "the service ignores unknown fields")
		require.Nil(t, s.get("/v2/checkouts/"+a.text("token")).at("merchantReference"), "the reference is lost")
		require.Len(t, rec.errors, 1)
		require.Contains(t, rec.errors[0], "consumer.phone, merchantRefernce")
	})
	t.Run("are ignored on demand", func(t *testing.T) {
		t.Parallel()
		s := newShop(t, WithUnknownFields(IgnoreUnknown))
		require.Equal(t, 201, s.post("/v2/checkouts", body).status)
	})
	t.Run("are refused on demand", func(t *testing.T) {
		t.Parallel()
		s := newShop(t, WithUnknownFields(RefuseUnknown))
		a := s.post("/v2/checkouts", body)
		s.refused(a, 422, "invalid_object")
		require.Contains(t, a.text("message"), "merchantRefernce")
	})
	t.Run("lose nothing when null", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		id, _ := s.authorized()
		a := s.post("/v2/payments/"+id+"/void", `{"token":null,"merchantReference":null,"amount":{"amount":"10.0","currency":"USD"}}`)
		require.Equal(t, 201, a.status)
	})
	t.Run("of v2 are unknown to v1", func(t *testing.T) {
		t.Parallel()
		rec := &recorder{TB: t}
		s := &shop{t: t, sandbox: New()}
		s.sandbox.bind(rec)
		s.post("/v1/orders", strings.Replace(smallOrderV1, `"merchant"`, `"mode":"standard","shipping":{"line1":"1","postcode":"2","area1":"3"},"merchant"`, 1))
		require.Len(t, rec.errors, 1)
		require.Contains(t, rec.errors[0], "mode, shipping.area1")
	})
}

func TestDocument_V1RequiresTheDocumentedAddressFields(t *testing.T) {
	t.Parallel()
	for region, fault := range map[Region]string{
		US: "billing.name may not be empty, billing.line1 may not be empty, billing.postcode may not be empty, billing.state may not be empty",
		AU: "billing.name may not be empty, billing.line1 may not be empty, billing.postcode may not be empty",
	} {
		s := newShop(t, WithRegion(region))
		order := strings.ReplaceAll(smallOrderV1, "USD", s.sandbox.profile.currency)
		a := s.post("/v1/orders", strings.Replace(order, `"merchant"`, `"billing":{"suburb":"Exampleton"},"merchant"`, 1))
		s.refused(a, 422, "invalid_object")
		require.Equal(t, fault, a.text("message"))
	}
}
