//go:build browser

package afterpaytest_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// These tests need chromium and chromedriver:
//
//	go test -tags browser -run Browser -artifacts ./afterpaytest
//
// Screenshots are kept as artifacts of the test.

// browser is a headless Chromium, driven over the WebDriver protocol.
type browser struct {
	t       *testing.T
	session string // URL of the session
}

func openBrowser(t *testing.T) *browser {
	t.Helper()
	driver := exec.Command("chromedriver", "--port=0")
	driver.Stderr = os.Stderr
	out, err := driver.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, driver.Start())
	t.Cleanup(func() {
		_ = driver.Process.Kill()
		_ = driver.Wait()
	})
	var port string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, rest, ok := strings.Cut(lines.Text(), "started successfully on port "); ok {
			port = strings.TrimSuffix(rest, ".")
			break
		}
	}
	require.NotEmpty(t, port, "chromedriver named no port")
	go func() { _, _ = io.Copy(io.Discard, out) }()

	b := &browser{t: t, session: "http://127.0.0.1:" + port + "/session"}
	var session struct{ SessionID string }
	b.command(http.MethodPost, "", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"browserName": "chrome",
		"goog:chromeOptions": map[string]any{"args": []string{
			"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync", "--window-size=1000,900", "--user-data-dir=" + t.TempDir(),
		}},
	}}}, &session)
	b.session += "/" + session.SessionID
	b.command(http.MethodPost, "/timeouts", map[string]int{"implicit": 10_000}, nil) // how long find waits
	t.Cleanup(func() { b.command(http.MethodDelete, "", nil, nil) })
	return b
}

// command sends a WebDriver command and reads its value.
func (b *browser) command(method, path string, body, value any) {
	b.t.Helper()
	var reader io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		require.NoError(b.t, err)
		reader = bytes.NewReader(encoded)
	}
	req, err := http.NewRequest(method, b.session+path, reader)
	require.NoError(b.t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(b.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(b.t, err)
	require.Equal(b.t, http.StatusOK, res.StatusCode, "%s %s: %s", method, path, raw)
	if value != nil {
		require.NoError(b.t, json.Unmarshal(raw, &struct{ Value any }{value}))
	}
}

func (b *browser) open(address string) {
	b.t.Helper()
	b.command(http.MethodPost, "/url", map[string]string{"url": address}, nil)
}

func (b *browser) address() (address string) {
	b.t.Helper()
	b.command(http.MethodGet, "/url", nil, &address)
	return address
}

func (b *browser) find(selector string) string {
	b.t.Helper()
	var element map[string]string
	b.command(http.MethodPost, "/element", map[string]string{"using": "css selector", "value": selector}, &element)
	for _, id := range element {
		return id
	}
	b.t.Fatalf("no element %s", selector)
	return ""
}

func (b *browser) click(selector string) {
	b.t.Helper()
	b.command(http.MethodPost, "/element/"+b.find(selector)+"/click", map[string]any{}, nil)
}

func (b *browser) text(selector string) (text string) {
	b.t.Helper()
	b.command(http.MethodGet, "/element/"+b.find(selector)+"/text", nil, &text)
	return text
}

// screenshot keeps a picture of the page.
func (b *browser) screenshot(name string) {
	b.t.Helper()
	var encoded string
	b.command(http.MethodGet, "/screenshot", nil, &encoded)
	picture, err := base64.StdEncoding.DecodeString(encoded)
	require.NoError(b.t, err)
	require.NoError(b.t, os.WriteFile(filepath.Join(b.t.ArtifactDir(), name+".png"), picture, 0o644))
}

// pageShop is a shop with nothing but the two pages a shopper comes back to.
// The confirm page captures the order.
func pageShop(t *testing.T, client *afterpay.Client) string {
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

func TestBrowserGoesThroughTheCheckout(t *testing.T) {
	sandbox := afterpaytest.NewServer(t)
	client := sandbox.NewClient(t)
	shop := pageShop(t, client)
	b := openBrowser(t)

	for _, tc := range []struct{ decision, page, heading string }{
		{"approve", "/confirm", "Paid"},
		{"decline", "/confirm", "Not paid: afterpay: payments.capture: declined"},
		{"cancel", "/cancel", "Back in the cart"},
	} {
		order := fullOrder(afterpay.V2)
		order.Items[0].Name = `Widget <img src=x onerror="document.title='broken'">`
		order.Merchant.RedirectConfirmURL, order.Merchant.RedirectCancelURL = shop+"/confirm", shop+"/cancel"
		created, err := client.Orders.Create(t.Context(), order)
		require.NoError(t, err)

		b.open(created.RedirectCheckoutURL)
		require.Equal(t, order.Items[0].Name, b.text("tbody td"), "shown as text, not as markup")
		require.Equal(t, "USD 100.00", b.text(".total td:last-child"))
		b.screenshot("checkout-before-" + tc.decision)
		b.click("button[value=" + tc.decision + "]")
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
