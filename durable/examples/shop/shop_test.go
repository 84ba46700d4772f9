package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// testShop is a shop with a browser in front of it.
type testShop struct {
	*shop
	*browser

	log *safeBuffer
}

func newTestShop(t *testing.T, version afterpay.APIVersion) *testShop {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	origin := "http://" + server.Listener.Addr().String()
	b := openBrowser(t, origin)
	log := &safeBuffer{}
	s, err := openShop(t.Context(), config{
		version: version, origin: origin, dir: t.TempDir(), patience: time.Second,
		logger: slog.New(slog.NewTextHandler(log, nil)),
	})
	require.NoError(t, err)
	s.faults.delay = 600 * time.Millisecond
	server.Config.Handler = s
	server.Start()
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, s.close())
	})
	return &testShop{shop: s, browser: b, log: log}
}

// inBoth runs a test with both versions of the API.
func inBoth(t *testing.T, f func(t *testing.T, s *testShop)) {
	t.Helper()
	for name, version := range map[string]afterpay.APIVersion{"v1": afterpay.V1, "v2": afterpay.V2} {
		t.Run(name, func(t *testing.T) { f(t, newTestShop(t, version)) })
	}
}

var address = map[string]string{
	"consumer.givenNames": "Ann", "consumer.surname": "Lee", "consumer.email": "ann@example.com", "shipping.line1": "1 Elm Street",
	"shipping.area1": "Bend", "shipping.region": "OR", "shipping.postcode": "97701",
}

// fillCheckout puts a product into the cart and fills the checkout form.
func (s *testShop) fillCheckout(product string) {
	s.t.Helper()
	s.browser.open("/products/" + product)
	s.press("Add to cart")
	s.press("Check out")
	for name, value := range address {
		s.fill(chromedp.CSS(`input[name="`+name+`"]`), value)
	}
}

// toAfterpay goes as far as Afterpay's page, and returns the order.
func (s *testShop) toAfterpay(product string) *order {
	s.t.Helper()
	s.fillCheckout(product)
	s.press("Continue to Afterpay")
	s.text("button[value=approve]") // waits for Afterpay's page
	return s.newest()
}

// buy buys a product, and returns the order.
func (s *testShop) buy(product string) *order {
	s.t.Helper()
	o := s.toAfterpay(product)
	s.click("button[value=approve]")
	s.sees("Thank you. It is paid.")
	o, err := s.orders.get(s.t.Context(), o.ID)
	require.NoError(s.t, err)
	return o
}

func (s *testShop) newest() *order {
	s.t.Helper()
	all, err := s.orders.all(s.t.Context())
	require.NoError(s.t, err)
	require.NotEmpty(s.t, all)
	return all[0]
}

// movements returns how often money moved at Afterpay, by kind.
func (s *testShop) movements() map[afterpaytest.MovementKind]int64 {
	all := make(map[afterpaytest.MovementKind]int64)
	for _, m := range s.sandbox.Ledger() {
		all[m.Kind] += m.Amount
	}
	return all
}

// taken is the movement of a payment over an amount.
func (s *testShop) taken(amount int64) map[afterpaytest.MovementKind]int64 {
	if s.version == afterpay.V1 {
		return map[afterpaytest.MovementKind]int64{afterpaytest.Captured: amount}
	}
	return map[afterpaytest.MovementKind]int64{afterpaytest.Authorized: amount}
}

// safeBuffer is a log that can be read while it is written.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func TestShop_NoSecretInThePagesOrTheLog(t *testing.T) {
	inBoth(t, func(t *testing.T, s *testShop) {
		s.faults.set("lose")
		o := s.buy("mug")
		require.NotEmpty(t, s.log.String())
		texts := s.log.String()
		for _, path := range []string{"/orders/" + o.ID, "/staff/orders", "/staff/orders/" + o.ID, "/staff/operations", "/staff/reconciliation", "/faults", "/health"} {
			res, err := http.Get(s.shop.origin + path)
			require.NoError(t, err)
			var body bytes.Buffer
			_, err = body.ReadFrom(res.Body)
			require.NoError(t, err)
			texts += body.String()
		}
		for _, secret := range []string{afterpaytest.SecretKey, o.Token, "Elm Street"} {
			require.NotContains(t, texts, secret)
		}
		require.NotContains(t, s.log.String(), "ann@example.com")
	})
}

func TestShop_RefusesAFormOfAnotherSite(t *testing.T) {
	s := newTestShop(t, afterpay.V2)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.shop.origin+"/faults", strings.NewReader("fault=down"))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.Equal(t, http.StatusForbidden, res.StatusCode)
	require.Empty(t, s.faults.current())
}

func TestStart_UnknownVersionIsRefused(t *testing.T) {
	require.EqualError(t, start(context.Background(), "v3", "127.0.0.1:0"), `-api must be v1 or v2, not "v3"`)
}

// How long a test waits for the queue, and how often it looks.
const (
	eventually = 20 * time.Second
	tick       = 20 * time.Millisecond
)
