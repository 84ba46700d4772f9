//go:build browser

package main

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// testShop is a shop with a browser in front of it.
type testShop struct {
	*shop
	*browser

	log *safeBuffer
}

func newTestShop(t *testing.T, version afterpay.APIVersion) *testShop {
	t.Helper()
	s, log := serveShop(t, version)
	return &testShop{shop: s, browser: openBrowser(t, s.origin), log: log}
}

// inBoth runs a test with both versions of the API.
func inBoth(t *testing.T, f func(t *testing.T, s *testShop)) {
	t.Helper()
	t.Parallel()
	for name, version := range map[string]afterpay.APIVersion{"v1": afterpay.V1, "v2": afterpay.V2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, newTestShop(t, version))
		})
	}
}

// fillCheckout puts a product into the cart and fills the checkout form.
func (s *testShop) fillCheckout(product string) {
	s.t.Helper()
	s.browser.open("/products/" + product)
	s.press("Add to cart")
	s.press("Check out")
	s.fillAddress()
}

func (s *testShop) fillAddress() {
	s.t.Helper()
	s.text("form h2") // waits for the page
	fields, err := json.Marshal(address)
	require.NoError(s.t, err)
	run(s.browser, chromedp.Evaluate[chromedp.Void](
		`for (const [name, value] of Object.entries(`+string(fields)+`)) document.getElementsByName(name)[0].value = value`))
}

// toAfterpay goes as far as Afterpay's page, and returns the order.
func (s *testShop) toAfterpay(product string) *order {
	s.t.Helper()
	s.fillCheckout(product)
	s.press("Continue to Afterpay")
	s.text("button[value=approve]") // waits for Afterpay's page
	return s.newest()
}

// bought returns an order that was paid for in no browser, where that is not
// what the test shows.
func (s *testShop) bought(product string) *order {
	s.t.Helper()
	return (&visitor{shop: s.shop, t: s.t, client: &http.Client{Jar: newJar(s.t)}}).buy(product)
}

// buy buys a product in the browser, and returns the order.
func (s *testShop) buy(product string) *order {
	s.t.Helper()
	o := s.toAfterpay(product)
	s.click("button[value=approve]")
	s.sees("Thank you. It is paid.")
	o, err := s.orders.get(s.t.Context(), o.ID)
	require.NoError(s.t, err)
	return o
}

func (s *testShop) newest() *order { s.t.Helper(); return newest(s.t, s.shop) }
