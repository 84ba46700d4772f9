//go:build browser

package browsertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// newShop serves the two pages of a shop that the shopper returns to. The
// confirm page captures the order.
func newShop(t *testing.T, client *afterpay.Client) string {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /confirm", func(w http.ResponseWriter, r *http.Request) {
		redirect, err := afterpay.ParseRedirect(r.URL)
		if err == nil && redirect.Confirmed() {
			_, err = client.Payments.Capture(r.Context(), afterpay.CaptureRequest{Token: redirect.Token})
		}
		if err != nil {
			fmt.Fprintf(w, "<h1 class=shop>Not paid: %v</h1>", err)
			return
		}
		fmt.Fprint(w, "<h1 class=shop>Paid</h1>")
	})
	mux.HandleFunc("GET /cancel", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<h1 class=shop>Back in the cart</h1>") })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func TestCheckoutPage_ButtonsLeadBackToTheShop(t *testing.T) {
	sandbox := afterpaytest.NewServer(t)
	client := sandbox.NewClient(t)
	shop := newShop(t, client)
	b := openBrowser(t)

	for _, tc := range []struct{ decision, page, heading string }{
		{"approve", "/confirm", "Paid"},
		{"decline", "/confirm", "Not paid: afterpay: payments.capture: declined"},
		{"cancel", "/cancel", "Back in the cart"},
	} {
		item := `Widget <img src=x onerror="document.title='broken'">`
		created, err := client.Orders.Create(t.Context(), afterpay.CreateOrderRequest{
			Amount:   afterpay.USD(100_00),
			Consumer: afterpay.Consumer{Email: "ann@example.com"},
			Items:    []afterpay.Item{{Name: item, Quantity: 2, Price: afterpay.USD(50_00)}},
			Merchant: afterpay.Merchant{RedirectConfirmURL: shop + "/confirm", RedirectCancelURL: shop + "/cancel"},
		})
		require.NoError(t, err)

		b.open(created.RedirectCheckoutURL)
		require.Equal(t, item, b.text("tbody td"), "shown as text, not as markup")
		require.Equal(t, "USD 100.00", b.text(".total td:last-child"))
		require.NotEqual(t, "broken", b.title())
		b.screenshot("checkout-before-" + tc.decision)
		b.click(chromedp.CSS("button[value=" + tc.decision + "]"))
		heading := b.text("h1.shop") // waits for the shop's page
		back, err := url.Parse(b.address())
		require.NoError(t, err)
		require.Equal(t, tc.page, back.Path)
		require.Equal(t, created.Token, back.Query().Get("orderToken"))
		require.Contains(t, heading, tc.heading)
		b.screenshot("shop-after-" + tc.decision)
	}
	require.Len(t, sandbox.Ledger(), 1, "only the approved order moved money")
}
