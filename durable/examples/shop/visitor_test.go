package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// visitor uses the shop without a browser, where what counts is the order of the
// requests and not how a page looks.
type visitor struct {
	*shop

	t      *testing.T
	client *http.Client
	log    *safeBuffer
}

func newVisitor(t *testing.T, version afterpay.APIVersion) *visitor {
	t.Helper()
	t.Parallel()
	s, log := serveShop(t, version)
	return &visitor{shop: s, t: t, client: &http.Client{Jar: newJar(t)}, log: log}
}

func newJar(t *testing.T) http.CookieJar {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return jar
}

// get returns the page at a path of the shop, after its redirects.
func (v *visitor) get(path string) (status int, page string) {
	v.t.Helper()
	res, err := v.client.Get(v.origin + path)
	return v.read(res, err)
}

// post sends a form. Its fields are given as name, value, name, value.
func (v *visitor) post(path string, fields ...string) (status int, page string) {
	v.t.Helper()
	res, err := v.client.PostForm(v.origin+path, form(fields...))
	return v.read(res, err)
}

func (v *visitor) read(res *http.Response, err error) (status int, page string) {
	v.t.Helper()
	require.NoError(v.t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	require.NoError(v.t, err)
	return res.StatusCode, string(body)
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	return u
}

func form(fields ...string) url.Values {
	values := make(url.Values)
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return values
}

// hidden returns the value of a hidden field.
func (v *visitor) hidden(page, name string) string {
	v.t.Helper()
	found := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	require.NotNil(v.t, found, name)
	return found[1]
}

// fillCheckout puts a product into the cart and returns the filled form of the
// checkout page.
func (v *visitor) fillCheckout(product string) []string {
	v.t.Helper()
	v.post("/cart", "product", product, "quantity", "1", "add", "1")
	_, page := v.get("/checkout")
	fields := []string{"nonce", v.hidden(page, "nonce")}
	for name, value := range address {
		fields = append(fields, name, value)
	}
	return fields
}

// toAfterpay goes as far as Afterpay's page, and returns the order.
func (v *visitor) toAfterpay(product string) *order {
	v.t.Helper()
	status, _ := v.post("/checkout", v.fillCheckout(product)...)
	require.Equal(v.t, http.StatusOK, status)
	return newest(v.t, v.shop)
}

// comesBack opens the return page of an order.
func (v *visitor) comesBack(o *order) (page string) {
	v.t.Helper()
	res, err := v.client.Get(v.returnAddress(o))
	_, page = v.read(res, err)
	return page
}

func (s *shop) returnAddress(o *order) string {
	return s.origin + "/return?status=SUCCESS&orderToken=" + url.QueryEscape(o.Token)
}

// buy buys a product, and returns the order.
func (v *visitor) buy(product string) *order {
	v.t.Helper()
	o := v.toAfterpay(product)
	require.NoError(v.t, v.afterpay.sandbox.Approve(o.Token))
	require.True(v.t, contains(v.comesBack(o), headings[paid]))
	return v.current(o)
}

// current returns an order as it is now.
func (v *visitor) current(o *order) *order {
	v.t.Helper()
	o, err := v.orders.get(v.t.Context(), o.ID)
	require.NoError(v.t, err)
	return o
}

// contains keeps whole pages out of the messages of require.
func contains(page, text string) bool { return strings.Contains(page, text) }
