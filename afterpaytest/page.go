package afterpaytest

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

//go:embed page.html
var pageSource string

// script is the sandbox's afterpay.js.
//
//go:embed afterpay.js
var script []byte

// page is the hosted checkout. html/template escapes its data.
var page = template.Must(template.New("page").Parse(pageSource))

// pageData is the data of page.
type pageData struct {
	Brand    string
	Problem  string // shown in place of an order
	Done     string // shown in place of the buttons
	Merchant string
	Total    string
	Consumer string
	Items    []pageItem
	Extras   []pageLine
}

type pageItem struct {
	Name     string
	Quantity int64
	Price    string
}

type pageLine struct{ Label, Amount string }

// portalPage serves afterpay.js, and the hosted checkout at the address in
// redirectCheckoutUrl. GET shows the order. POST takes the shopper's decision
// and redirects the browser to the shop. It returns nil for any other address.
func (s *Sandbox) portalPage(req *http.Request, body []byte) *http.Response {
	parts := segments(req.URL)
	if len(parts) == 1 && parts[0] == "afterpay.js" {
		return scriptResponse(req)
	}
	if len(parts) < 2 || len(parts) > 3 || len(parts[0]) != 2 || parts[1] != "checkout" || len(parts) == 3 && parts[2] != "" || parts[0] == "v1" || parts[0] == "v2" {
		return nil
	}
	token := req.URL.Query().Get("token")
	if parts[0] != s.profile.urlCountry {
		return s.render(req, http.StatusNotFound, pageData{Problem: noCheckout})
	}
	switch req.Method {
	case http.MethodGet, http.MethodHead:
		return s.showCheckout(req, token)
	case http.MethodPost:
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return s.render(req, http.StatusBadRequest, pageData{Problem: "The form cannot be read."})
		}
		return s.takeDecision(req, token, form.Get("decision"))
	default:
		res := s.render(req, http.StatusMethodNotAllowed, pageData{Problem: "This page takes GET and POST."})
		res.Header.Set("Allow", "GET, HEAD, POST")
		return res
	}
}

const noCheckout = "This checkout does not exist, has expired, or has been paid already."

func scriptResponse(req *http.Request) *http.Response {
	r := &reply{status: http.StatusOK, body: script, header: http.Header{
		"Content-Type":           {"text/javascript; charset=UTF-8"},
		"Cache-Control":          {"no-store"},
		"X-Content-Type-Options": {"nosniff"},
	}}
	return r.response(req)
}

// showCheckout shows the checkout of a token.
func (s *Sandbox) showCheckout(req *http.Request, token string) *http.Response {
	s.mu.Lock()
	found := s.checkouts[token]
	gone := found == nil || found.order != nil || !s.now().Before(found.expires)
	var data pageData
	if !gone {
		data = found.page()
	}
	s.mu.Unlock()
	if gone {
		return s.render(req, http.StatusNotFound, pageData{Problem: noCheckout})
	}
	return s.render(req, http.StatusOK, data)
}

// takeDecision handles a press of a button.
func (s *Sandbox) takeDecision(req *http.Request, token, button string) *http.Response {
	decisions := map[string]decision{"approve": approved, "decline": declined, "cancel": cancelled}
	d, ok := decisions[button]
	if !ok {
		return s.render(req, http.StatusBadRequest, pageData{Problem: "There is no such button."})
	}
	if err := s.decide("checkout page", token, d); err != nil {
		return s.render(req, http.StatusNotFound, pageData{Problem: noCheckout})
	}
	s.mu.Lock()
	target := s.checkouts[token].returnURL(d)
	s.mu.Unlock()
	if target == "" {
		return s.render(req, http.StatusOK, pageData{Done: "You can close this window and go back to the shop."})
	}
	res := s.render(req, http.StatusSeeOther, pageData{Done: "You are on your way back to the shop."})
	res.Header.Set("Location", target)
	return res
}

// page returns what is shown of a checkout. The caller must hold the sandbox's
// mu.
func (c *checkout) page() pageData {
	data := pageData{Total: c.amount.String(), Merchant: plain(c.merchant.name)}
	if u, err := url.Parse(c.merchant.redirectConfirmURL); err == nil && data.Merchant == "" {
		data.Merchant = u.Host
	}
	if buyer := c.content.consumer; buyer != nil {
		data.Consumer = strings.TrimSpace(strings.TrimSpace(buyer.givenNames+" "+buyer.surname) + " " + buyer.email)
	}
	for _, it := range c.content.items {
		data.Items = append(data.Items, pageItem{it.name, it.quantity, it.price.String()})
	}
	for _, d := range c.content.discounts {
		data.Extras = append(data.Extras, pageLine{d.displayName, "-" + d.amount.String()})
	}
	if c.content.shippingAmount != nil {
		data.Extras = append(data.Extras, pageLine{"Shipping", c.content.shippingAmount.String()})
	}
	if c.content.taxAmount != nil {
		data.Extras = append(data.Extras, pageLine{"Tax included", c.content.taxAmount.String()})
	}
	return data
}

// render returns the page. Its headers forbid storing and scripts. AfterPay.display
// shows it in a frame.
func (s *Sandbox) render(req *http.Request, status int, data pageData) *http.Response {
	data.Brand = "Afterpay"
	if s.profile.country == "GB" {
		data.Brand = "Clearpay"
	}
	var buffer bytes.Buffer
	if err := page.Execute(&buffer, data); err != nil {
		panic("afterpaytest: checkout page: " + err.Error()) // cannot happen with pageData
	}
	r := &reply{status: status, body: buffer.Bytes(), header: http.Header{
		"Content-Type":            {htmlContent},
		"Cache-Control":           {"no-store"},
		"Content-Security-Policy": {"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *"},
		"Referrer-Policy":         {"no-referrer"},
	}}
	return r.response(req)
}
