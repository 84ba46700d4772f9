package afterpaytest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// visit opens a page as a browser does, without credentials.
func (s *shop) visit(method, address, form string) received {
	s.t.Helper()
	u, err := url.Parse(address)
	require.NoError(s.t, err)
	s.edit = func(r *http.Request) {
		r.URL = u
		r.Header = http.Header{"Accept": {"text/html"}}
		if form != "" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
	}
	defer func() { s.edit = nil }()
	return s.do(method, "/", form)
}

func TestPage_ShowsTheOrderEscaped(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	a := s.post("/v2/checkouts", `{"amount":{"amount":"21.85","currency":"USD"},
		"consumer":{"givenNames":"Ann<b>","surname":"Lee","email":"ann@example.com"},
		"items":[{"name":"<script>alert(1)</script>","quantity":3,"price":{"amount":"10.00","currency":"USD"}}],
		"discounts":[{"displayName":"10 % & more","amount":{"amount":"1.00","currency":"USD"}}],
		"shippingAmount":{"amount":"9.99","currency":"USD"},"taxAmount":{"amount":"2.85","currency":"USD"},
		"merchant":{"name":"\"Shop\"","redirectConfirmUrl":"https://shop.example/ok","redirectCancelUrl":"https://shop.example/no"}}`)
	page := s.visit(http.MethodGet, a.text("redirectCheckoutUrl"), "")
	require.Equal(t, 200, page.status)
	require.Equal(t, "text/html; charset=UTF-8", page.header.Get("Content-Type"))
	require.Contains(t, page.header.Get("Content-Security-Policy"), "default-src 'none'")
	require.Equal(t, "no-store", page.header.Get("Cache-Control"))
	for _, text := range []string{
		"Afterpay sandbox", "USD 21.85", "× 3", "USD 10.00", "-USD 1.00", "USD 9.99", "USD 2.85",
		"&lt;script&gt;alert(1)&lt;/script&gt;", "10 % &amp; more", "&#34;Shop&#34;", "Ann&lt;b&gt; Lee ann@example.com",
		`value="approve"`, `value="decline"`, `value="cancel"`,
	} {
		require.Contains(t, page.raw, text)
	}
	require.NotContains(t, page.raw, "<script")
	require.Empty(t, s.visit(http.MethodHead, a.text("redirectCheckoutUrl"), "").raw)
}

func TestPage_RedirectsTheShopper(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		decision, confirm string
		want              string // before the token
		status            int    // of a capture
	}{
		{"approve", "https://shop.example/ok", "https://shop.example/ok?&status=SUCCESS&orderToken=", 201},
		{"approve", "https://shop.example/ok?cart=7", "https://shop.example/ok?cart=7&status=SUCCESS&orderToken=", 201},
		{"decline", "https://shop.example/ok", "https://shop.example/ok?&status=SUCCESS&orderToken=", 201},
		{"cancel", "https://shop.example/ok", "https://shop.example/no?&status=CANCELLED&orderToken=", 412},
	} {
		t.Run(tc.decision, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			a := s.post("/v2/checkouts", strings.Replace(smallCheckout, "https://shop.example/ok", tc.confirm, 1))
			token := a.text("token")
			_, err := s.sandbox.RedirectURL(token)
			require.ErrorContains(t, err, "not decided")
			back := s.visit(http.MethodPost, a.text("redirectCheckoutUrl"), "decision="+tc.decision)
			require.Equal(t, 303, back.status)
			require.Equal(t, tc.want+token, back.header.Get("Location"))
			again, err := s.sandbox.RedirectURL(token)
			require.NoError(t, err)
			require.Equal(t, tc.want+token, again)

			capture := s.post("/v2/payments/capture", `{"token":"`+token+`"}`)
			require.Equal(t, tc.status, capture.status)
			if tc.decision == "decline" {
				require.Equal(t, "DECLINED", capture.text("status"))
			}
		})
	}
}

func TestPage_RefusesInvalidRequests(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	address := s.post("/v2/checkouts", smallCheckout).text("redirectCheckoutUrl")
	nowhere := "https://portal.sandbox.afterpay.com/us/checkout/?token=nobody"
	require.Equal(t, 404, s.visit(http.MethodGet, nowhere, "").status)
	require.Equal(t, 404, s.visit(http.MethodPost, nowhere, "decision=approve").status)
	require.Equal(t, 400, s.visit(http.MethodPost, address, "decision=steal").status)
	require.Equal(t, 400, s.visit(http.MethodPost, address, "%").status)
	wrong := s.visit(http.MethodPut, address, "decision=approve")
	require.Equal(t, 405, wrong.status)
	require.Equal(t, "GET, HEAD, POST", wrong.header.Get("Allow"))

	s.sandbox.Advance(3 * time.Hour)
	expired := s.visit(http.MethodGet, address, "")
	require.Equal(t, 404, expired.status)
	require.NotContains(t, expired.raw, "<form")
	require.Empty(t, s.sandbox.Requests(OpCapture))
}

func TestPage_PopupRedirectsNowhere(t *testing.T) {
	t.Parallel()
	s := newShop(t, WithRegion(GB))
	a := s.post("/v2/checkouts", `{"amount":{"amount":"40.00","currency":"GBP"},"mode":"express","merchant":{"popupOriginUrl":"https://shop.example/cart"}}`)
	address := a.text("redirectCheckoutUrl")
	require.Contains(t, s.visit(http.MethodGet, address, "").raw, "Clearpay sandbox")
	page := s.visit(http.MethodPost, address, "decision=approve")
	require.Equal(t, 200, page.status)
	require.Contains(t, page.raw, "close this window")
	_, err := s.sandbox.RedirectURL(a.text("token"))
	require.ErrorContains(t, err, "popup")
	_, err = s.sandbox.RedirectURL("nobody")
	require.ErrorContains(t, err, "no checkout")
}

func TestPage_ServesAfterpayJS(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	a := s.visit(http.MethodGet, "https://portal.sandbox.afterpay.com/afterpay.js", "")
	require.Equal(t, 200, a.status)
	require.Equal(t, "text/javascript; charset=UTF-8", a.header.Get("Content-Type"))
	for _, function := range []string{"initialize", "redirect", "display"} {
		require.Contains(t, a.raw, function+": function")
	}
}

func TestPage_BelongsToTheCountryOfTheAccount(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	token := s.post("/v1/orders", smallOrderV1).text("token")
	const portal = "https://portal.sandbox.afterpay.com/"
	require.Equal(t, 200, s.visit(http.MethodGet, portal+"us/checkout/?token="+token, "").status, "v1 has the page too")
	require.Equal(t, 404, s.visit(http.MethodGet, portal+"au/checkout/?token="+token, "").status)
}
