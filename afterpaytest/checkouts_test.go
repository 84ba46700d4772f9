package afterpaytest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestToken_Expires(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v2Token := s.checkout()
	v1Token := s.post("/v1/orders", smallOrderV1).text("token")
	require.NoError(t, s.sandbox.Approve(v1Token))

	s.sandbox.Advance(30*time.Minute - time.Second)
	require.Equal(t, 200, s.get("/v1/orders/"+v1Token).status)
	s.sandbox.Advance(time.Second)
	s.refused(s.get("/v1/orders/"+v1Token), 412, "invalid_token")
	s.refused(s.post("/v1/payments/capture", `{"token":"`+v1Token+`"}`), 412, "invalid_token")
	require.ErrorContains(t, s.sandbox.Approve(v1Token), "expired")

	require.Equal(t, 200, s.get("/v2/checkouts/"+v2Token).status)
	s.sandbox.Advance(2*time.Hour + 30*time.Minute)
	s.refused(s.get("/v2/checkouts/"+v2Token), 412, "invalid_token")
	s.refused(s.post("/v2/payments/auth", `{"token":"`+v2Token+`"}`), 402, "invalid_token")
	s.refused(s.post("/v2/payments/capture", `{"token":"`+v2Token+`"}`), 402, "invalid_token")
}

func TestToken_UsedOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	_, token := s.authorized()
	s.refused(s.get("/v2/checkouts/"+token), 412, "invalid_token")
	s.refused(s.post("/v2/payments/auth", `{"token":"`+token+`"}`), 402, "invalid_token")
	s.refused(s.post("/v2/payments/capture", `{"token":"`+token+`"}`), 402, "invalid_token")
	require.Len(t, s.sandbox.Ledger(), 1)
}

func TestToken_ValidInOneVersion(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v2Token := s.checkout()
	v1Token := s.post("/v1/orders", smallOrderV1).text("token")
	require.NoError(t, s.sandbox.Approve(v1Token))
	require.Regexp(t, `^002\.[0-9a-v]{48}$`, v2Token)
	require.Regexp(t, `^[0-9a-v]{52}$`, v1Token)

	s.refused(s.get("/v1/orders/"+v2Token), 412, "invalid_token")
	s.refused(s.get("/v2/checkouts/"+v1Token), 412, "invalid_token")
	s.refused(s.post("/v1/payments/capture", `{"token":"`+v2Token+`"}`), 412, "invalid_token")
	s.refused(s.post("/v2/payments/capture", `{"token":"`+v1Token+`"}`), 402, "invalid_token")
}

func TestCreateCheckout_RedirectURLs(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	merchant := func(fields string) received {
		return s.post("/v2/checkouts", `{"amount":{"amount":"10.00","currency":"USD"},"mode":"express","merchant":{`+fields+`}}`)
	}
	require.Equal(t, 201, merchant(`"popupOriginUrl":"https://shop.example/cart"`).status)
	require.Equal(t, 201, merchant(`"popupOriginUrl":"https://shop.example/cart","redirectConfirmUrl":"http://localhost","redirectCancelUrl":"http://localhost"`).status)
	s.refused(merchant(``), 422, "invalid_object")
	s.refused(merchant(`"redirectConfirmUrl":"https://shop.example/ok"`), 422, "invalid_object")
	s.refused(merchant(`"redirectConfirmUrl":"/ok","redirectCancelUrl":"https://shop.example/no"`), 422, "invalid_object")
}

func TestV1_Order(t *testing.T) {
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

func TestCreateCheckout_PortalOrigin(t *testing.T) {
	t.Parallel()
	create := func(origin string, sandbox *Sandbox) string {
		s := &shop{t: t, sandbox: sandbox, edit: func(r *http.Request) {
			u, err := url.Parse(origin)
			require.NoError(t, err)
			r.URL.Scheme, r.URL.Host = u.Scheme, u.Host
		}}
		return s.post("/v2/checkouts", smallCheckout).text("redirectCheckoutUrl")
	}
	server := NewServer(t)
	token := strings.TrimPrefix(create(server.URL, server.Sandbox), server.URL+"/us/checkout/?token=")
	require.NotContains(t, token, "/")

	require.True(t, strings.HasPrefix(create("https://pay.test:8443", New()), "https://pay.test:8443/us/checkout/?token="))
	require.True(t, strings.HasPrefix(create("https://api.us.afterpay.com", New()), "https://portal.sandbox.afterpay.com/us/checkout/?token="))
	require.True(t, strings.HasPrefix(create(server.URL, New(WithPortalURL("https://public.test/"))), "https://public.test/us/checkout/?token="))
}

func TestV1_PaymentTypeIsKept(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{
		`"PAY_BY_INSTALLMENT"`: "PAY_BY_INSTALLMENT", `"PAY_AFTER_DELIVERY"`: "PAY_AFTER_DELIVERY", `null`: "PAY_BY_INSTALLMENT",
	} {
		s := newShop(t)
		a := s.post("/v1/orders", strings.Replace(smallOrderV1, `"merchant"`, `"paymentType":`+sent+`,"merchant"`, 1))
		require.Equal(t, 201, a.status, a.raw)
		require.Equal(t, want, s.get("/v1/orders/"+a.text("token")).text("paymentType"))
	}
}
