//go:build browser

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// axe-core, as the npm registry names it.
const (
	axePackage   = "https://registry.npmjs.org/axe-core/-/axe-core-4.10.3.tgz"
	axeIntegrity = "Xm7bpRXnDSX2YE2YFfBk2FnF0ep6tmG7xPh8iHee8MIcrgq762Nkce856dYtJYLkuIoYZvGfTs/PbZhideTcEg==" // sha512
)

// axe is the source of axe-core. The package is kept in the user's cache.
var axe = sync.OnceValues(func() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "afterpay-shop-tests", filepath.Base(axePackage))
	archive, err := os.ReadFile(path)
	if err != nil || !intact(archive) {
		if archive, err = fetch(axePackage); err != nil {
			return "", err
		}
		if !intact(archive) {
			return "", errors.New("the package of axe-core is not the expected one")
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, archive, 0o644)); err != nil {
			return "", err
		}
	}
	return unpack(archive, "package/axe.min.js")
})

func intact(archive []byte) bool {
	digest := sha512.Sum512(archive)
	return base64.StdEncoding.EncodeToString(digest[:]) == axeIntegrity
}

func fetch(url string) ([]byte, error) {
	res, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, res.Status)
	}
	return io.ReadAll(res.Body)
}

// unpack returns a file of a compressed archive.
func unpack(archive []byte, name string) (string, error) {
	plain, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return "", err
	}
	for files := tar.NewReader(plain); ; {
		header, err := files.Next()
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		if header.Name == name {
			text, err := io.ReadAll(files)
			return string(text), err
		}
	}
}

// violation is what axe-core found.
type violation struct {
	ID, Help string
	Nodes    []struct{ HTML string }
}

// accessible checks the page with axe-core and its width on a desktop and a
// phone, and keeps pictures of both.
func (b *browser) accessible(name string) {
	b.t.Helper()
	source, err := axe()
	if err != nil {
		unavailable(b.t, fmt.Errorf("axe-core: %w", err))
	}
	run(b, chromedp.Evaluate[chromedp.Void](source))
	found := run(b, chromedp.Evaluate[[]violation]("axe.run({resultTypes: ['violations']}).then(result => result.violations)", chromedp.EvalAwaitPromise))
	require.Empty(b.t, found, name)
	for _, width := range []int64{390, 1100} {
		b.width(width)
		wide := read(b, chromedp.Evaluate[bool]("document.documentElement.scrollWidth > innerWidth"))
		require.False(b.t, wide, "%s has to be scrolled sideways at %d pixels", name, width)
		b.screenshot(fmt.Sprintf("%s-%d", name, width))
	}
}

// check opens a page, waits for a text and checks it.
func (s *testShop) check(path, text, name string) {
	s.t.Helper()
	s.browser.open(path)
	s.sees(text)
	s.accessible(name)
}

func TestPages_OfTheShopAreAccessible(t *testing.T) {
	t.Parallel()
	s := newTestShop(t, afterpay.V2)
	s.check("/", "Things that last", "home")
	s.check("/products/jumper", "4 payments", "product")
	s.check("/cart", "The cart is empty", "cart-empty")
	s.check("/nothing", "Page not found", "not-found")
	s.fillCheckout("jumper")
	s.accessible("checkout")
	s.check("/cart", "Total", "cart")
	s.browser.open("/checkout")
	s.press("Continue to Afterpay")
	s.sees("Please check the marked fields")
	s.accessible("checkout-errors")
}

func TestPages_OfAnOrderAreAccessible(t *testing.T) {
	t.Parallel()
	s := newTestShop(t, afterpay.V2)
	o := s.bought("mug")
	for state, heading := range headings {
		_, err := s.db.Exec("UPDATE orders SET state = ? WHERE id = ?", state, o.ID)
		require.NoError(t, err)
		s.check("/orders/"+o.ID, heading, "order-"+string(state))
	}
}

// API v1 needs a page on the way to Afterpay, and lacks some forms.
func TestPages_OfV1AreAccessible(t *testing.T) {
	t.Parallel()
	s := newTestShop(t, afterpay.V1)
	o := s.bought("mug")
	s.check("/staff/orders/"+o.ID, "Return goods", "staff-order-v1")
	s.check("/staff/disputes", "API v1 has no disputes.", "disputes-v1")

	nowhere := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(nowhere.Close)
	s.portal.Origin = nowhere.URL // without afterpay.js the page stays
	s.fillCheckout("mug")
	s.press("Continue to Afterpay")
	s.sees("You confirm the payment of $24.00 there")
	s.accessible("hand-off")
	s.press("Back to the order")
	s.sees(headings[created])
}

func TestPages_OfTheStaffAreAccessible(t *testing.T) {
	t.Parallel()
	s := newTestShop(t, afterpay.V2)
	o := s.bought("mug")
	s.afterpay.set("refuse")
	s.decides(o, "ship", "24.00", "Ship and capture")
	_, err := s.afterpay.sandbox.OpenDispute(o.PaymentID, "product_not_received", "")
	require.NoError(t, err)
	s.browser.open("/faults")
	s.press("Pay past the shop")
	s.sees("Afterpay has a payment of")
	s.check("/staff/orders", o.Number, "staff-orders")
	s.check("/staff/orders/"+o.ID, "Return goods", "staff-order")
	s.fill("#ship", "99.00")
	s.press("Ship and capture")
	s.sees("is left to capture")
	s.accessible("staff-order-errors")
	s.check("/staff/operations", "Waiting for a person", "operations")
	s.check("/staff/disputes", "product not received", "disputes")
	s.press("Send the evidence")
	s.sees("Afterpay needs an explanation")
	s.press("Accept the dispute")
	s.accessible("disputes-errors")
	s.check("/staff/reconciliation", "missing_at_merchant", "reconciliation")
	s.check("/staff/health", "Health", "health")
	s.check("/faults", "Faults to try", "faults")
	_, err = s.db.Exec("UPDATE orders SET state = 'problem', problem = 'Look.' WHERE id = ?", o.ID)
	require.NoError(t, err)
	s.check("/staff/orders/"+o.ID, "Mark as solved", "staff-order-problem")
	s.check("/staff/operations", o.Number, "operations-problem")
}

func TestRiver_DashboardIsServed(t *testing.T) {
	t.Parallel()
	s := newTestShop(t, afterpay.V2)
	s.browser.open("/river/")
	read(s.browser, chromedp.WaitVisible(chromedp.Search(`//a[contains(., "Jobs")]`)))
}
