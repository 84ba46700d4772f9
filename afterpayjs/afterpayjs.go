// Package afterpayjs hands the shopper's browser to Afterpay with afterpay.js.
//
// API v1 returns no URL of the hosted checkout, so a shop that uses it needs
// this hand-off. In API v2, redirecting to [afterpay.Order.RedirectCheckoutURL]
// does the same without a script.
//
//	portal := afterpayjs.Portal{CountryCode: "US"}
//	handOff, err := portal.Redirect(order.Token, nonce)
//
// The result is a value for a page of html/template:
//
//	<p>Taking you to Afterpay.</p>
//	{{.HandOff}}
//
// It works under a strict content security policy. [Portal.ContentSecurityPolicy]
// returns the directives that it needs. The nonce must be random and new for
// every response, such as crypto/rand.Text().
//
// The package is separate from package afterpay because html/template would
// make every program that uses the SDK larger.
package afterpayjs

import (
	"html/template"
	"net/url"
	"strings"

	"github.com/afterpay-go/afterpay"
)

// Portal is Afterpay's portal in one country and environment. It serves
// afterpay.js and the merchants' order pages.
//
// Methods return an error that matches [afterpay.ErrInvalid] if a field or an
// argument is missing or invalid.
type Portal struct {
	// CountryCode is the country of the merchant account: AU, NZ, US, CA or GB.
	// For ES, FR and IT only OrderURL is documented.
	CountryCode string

	// Sandbox selects Afterpay's sandbox. The default is production.
	Sandbox bool

	// Origin, such as "http://127.0.0.1:8080", replaces the origin of
	// Afterpay's portal. Tests set it to the URL of an afterpaytest.Server.
	Origin string
}

// ScriptURL returns the address of afterpay.js.
func (p Portal) ScriptURL() (string, error) {
	origin, err := p.origin()
	if err != nil {
		return "", err
	}
	return origin + "/afterpay.js", nil
}

// OrderURL returns the address of an order's page in the merchant portal, for
// staff with a login there. paymentID is Payment.ID.
func (p Portal) OrderURL(paymentID string) (string, error) {
	if paymentID == "" {
		return "", invalid("paymentID", "is missing")
	}
	id := url.PathEscape(paymentID)
	switch p.CountryCode {
	case "ES", "FR", "IT":
		host := "https://merchant.clearpay.com"
		if p.Sandbox {
			host = "https://merchant.sandbox.clearpay.com"
		}
		return host + "/orders/details/" + id, nil
	}
	origin, err := p.origin()
	if err != nil {
		return "", err
	}
	country := strings.ToLower(p.CountryCode)
	if country == "gb" {
		country = "uk"
	}
	return origin + "/" + country + "/merchant/order/" + id, nil
}

// Redirect returns the scripts that send the browser to the hosted checkout of
// a token as soon as their page has loaded. The shopper comes back to the
// order's RedirectConfirmURL or RedirectCancelURL. An empty nonce is left out.
func (p Portal) Redirect(token, nonce string) (template.HTML, error) {
	return p.handOff("redirect", token, nonce)
}

// Display is like Redirect, but shows the hosted checkout in a window on top
// of the shop's page.
func (p Portal) Display(token, nonce string) (template.HTML, error) {
	return p.handOff("display", token, nonce)
}

// ContentSecurityPolicy returns the directives that Redirect and Display need,
// to be merged with those of the page: script-src with the nonce and the
// origin of afterpay.js, and frame-src, which only Display needs. Whether
// afterpay.js needs more, such as styles, is undocumented.
func (p Portal) ContentSecurityPolicy(nonce string) (string, error) {
	origin, err := p.origin()
	if err != nil {
		return "", err
	}
	if nonce == "" {
		return "", invalid("nonce", "is missing")
	}
	if err := checkNonce(nonce); err != nil {
		return "", err
	}
	return "script-src 'nonce-" + nonce + "' " + origin + "; frame-src " + origin, nil
}

// scripts loads afterpay.js, and calls it once the page has loaded, which is
// after its async scripts have run.
var scripts = template.Must(template.New("scripts").Parse(
	`<script src="{{.Script}}" async{{with .Nonce}} nonce="{{.}}"{{end}}></script>
<script{{with .Nonce}} nonce="{{.}}"{{end}}>
window.addEventListener("load", function () {
	AfterPay.initialize({countryCode: {{.Country}}});
	{{if .Display}}AfterPay.display({token: {{.Token}}});{{else}}AfterPay.redirect({token: {{.Token}}});{{end}}
});
</script>
`))

func (p Portal) handOff(method, token, nonce string) (template.HTML, error) {
	script, err := p.ScriptURL()
	if err != nil {
		return "", err
	}
	if token == "" {
		return "", invalid("token", "is missing")
	}
	if err := checkNonce(nonce); err != nil {
		return "", err
	}
	var b strings.Builder
	err = scripts.Execute(&b, struct {
		Script, Nonce, Country, Token string
		Display                       bool
	}{script, nonce, p.CountryCode, token, method == "display"})
	return template.HTML(b.String()), err // html/template has escaped it
}

// origin returns the origin of the portal.
func (p Portal) origin() (string, error) {
	var domain string
	switch p.CountryCode {
	case "AU", "NZ", "US", "CA":
		domain = "afterpay.com"
	case "GB":
		domain = "clearpay.co.uk"
	case "UK":
		return "", invalid("CountryCode", "must be GB for the United Kingdom")
	case "ES", "FR", "IT":
		return "", invalid("CountryCode", "must be AU, NZ, US, CA or GB: afterpay.js is not documented for "+p.CountryCode)
	default:
		return "", invalid("CountryCode", "must be AU, NZ, US, CA or GB")
	}
	if p.Origin == "" {
		if p.Sandbox {
			domain = "sandbox." + domain
		}
		return "https://portal." + domain, nil
	}
	u, err := url.Parse(p.Origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || p.Origin != u.Scheme+"://"+u.Host ||
		strings.ContainsAny(u.Host, ";,'*") {
		return "", invalid("Origin", "must be a scheme and a host, such as http://127.0.0.1:8080")
	}
	return p.Origin, nil
}

// checkNonce refuses a nonce that a content security policy cannot hold.
func checkNonce(nonce string) error {
	for _, r := range nonce {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && !('0' <= r && r <= '9') && !strings.ContainsRune("+/-_=", r) {
			return invalid("nonce", "must be base64")
		}
	}
	return nil
}

func invalid(field, message string) error {
	return &afterpay.Error{Op: "afterpayjs", Kind: afterpay.ErrInvalid, Fields: []afterpay.FieldError{{Field: field, Message: message}}}
}
