//go:build browser

package browsertest

import (
	"crypto/rand"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpayjs"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

var payPage = template.Must(template.New("pay").Parse("<h1 class=shop>Taking you to Afterpay</h1>\n{{.}}"))

// v1Shop is a shop that uses API v1. Its pay page hands the shopper to
// Afterpay with afterpay.js, under a content security policy that allows
// nothing else.
type v1Shop struct {
	t       *testing.T
	client  *afterpay.Client
	portal  afterpayjs.Portal
	handOff func(p afterpayjs.Portal, token, nonce string) (template.HTML, error)
	origin  string
}

func newV1Shop(t *testing.T, server *afterpaytest.Server) *v1Shop {
	shop := &v1Shop{
		t:      t,
		client: server.NewClient(t, afterpay.WithAPIVersion(afterpay.V1)),
		portal: afterpayjs.Portal{CountryCode: "US", Origin: server.URL},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /pay", shop.pay)
	mux.HandleFunc("GET /confirm", shop.confirm)
	mux.HandleFunc("GET /cancel", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<h1 class=shop>Back in the cart</h1>"))
	})
	front := httptest.NewServer(mux)
	t.Cleanup(front.Close)
	shop.origin = front.URL
	return shop
}

func (s *v1Shop) pay(w http.ResponseWriter, r *http.Request) {
	order, err := s.client.Orders.Create(r.Context(), afterpay.CreateOrderRequest{
		Amount:   afterpay.USD(100_00),
		Consumer: afterpay.Consumer{GivenNames: "Ann", Surname: "Lee", Email: "ann@example.com"},
		Items:    []afterpay.Item{{Name: "Widget", Quantity: 1, Price: afterpay.USD(100_00)}},
		Merchant: afterpay.Merchant{RedirectConfirmURL: s.origin + "/confirm", RedirectCancelURL: s.origin + "/cancel"},
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	nonce := rand.Text()
	handOff, err := s.handOff(s.portal, order.Token, nonce)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	policy, err := s.portal.ContentSecurityPolicy(nonce)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; "+policy)
	_ = payPage.Execute(w, handOff)
}

func (s *v1Shop) confirm(w http.ResponseWriter, r *http.Request) {
	redirect, err := afterpay.ParseRedirect(r.URL)
	if err == nil && redirect.Confirmed() {
		_, err = s.client.Payments.Capture(r.Context(), afterpay.CaptureRequest{Token: redirect.Token})
	}
	if err != nil {
		_, _ = w.Write([]byte("<h1 class=shop>Not paid</h1>"))
		return
	}
	_, _ = w.Write([]byte("<h1 class=shop>Paid</h1>"))
}

func TestHandOff_V1ShopperGoesThroughTheScriptAndBack(t *testing.T) {
	server := afterpaytest.NewServer(t)
	shop := newV1Shop(t, server)
	b := openBrowser(t)
	for _, tc := range []struct{ decision, page, heading string }{
		{"approve", "/confirm", "Paid"}, {"decline", "/confirm", "Not paid"}, {"cancel", "/cancel", "Back in the cart"},
	} {
		shop.handOff = afterpayjs.Portal.Redirect
		b.open(shop.origin + "/pay")
		require.Equal(t, "USD 100.00", b.text(".total td:last-child")) // waits for the hosted page
		b.screenshot("v1-checkout-before-" + tc.decision)
		b.click(chromedp.CSS("button[value=" + tc.decision + "]"))
		require.Equal(t, tc.heading, b.text("h1.shop"))
		back, err := url.Parse(b.address())
		require.NoError(t, err)
		require.Equal(t, tc.page, back.Path)
	}
	require.Len(t, server.Ledger(), 1)
}

func TestHandOff_DisplayShowsTheCheckoutOnTopOfTheShop(t *testing.T) {
	server := afterpaytest.NewServer(t)
	shop := newV1Shop(t, server)
	shop.handOff = afterpayjs.Portal.Display
	b := openBrowser(t)
	b.open(shop.origin + "/pay")
	b.text("h1.shop") // the shop's page stays
	frame := b.frameWith(".total td:last-child")
	require.Equal(t, "USD 100.00", run(b, chromedp.Text(chromedp.CSS(".total td:last-child"), chromedp.FromNode(frame))))
	b.screenshot("v1-display")
	run(b, chromedp.Click(chromedp.CSS("button[value=approve]"), chromedp.FromNode(frame)))
	run(b, chromedp.WaitNotPresent(chromedp.CSS("iframe")))
	require.Equal(t, "Paid", b.text("h1.shop"), "the shop's page, not the frame, shows the result")
	require.Len(t, server.Ledger(), 1)
}
