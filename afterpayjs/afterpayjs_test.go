package afterpayjs_test

import (
	"encoding/json"
	"fmt"
	"html/template"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpayjs"
)

func TestPortal_AddressesOfEachCountry(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		portal        afterpayjs.Portal
		script, order string
	}{
		{afterpayjs.Portal{CountryCode: "AU"}, "https://portal.afterpay.com/afterpay.js", "https://portal.afterpay.com/au/merchant/order/100100000001"},
		{afterpayjs.Portal{CountryCode: "NZ"}, "https://portal.afterpay.com/afterpay.js", "https://portal.afterpay.com/nz/merchant/order/100100000001"},
		{afterpayjs.Portal{CountryCode: "US"}, "https://portal.afterpay.com/afterpay.js", "https://portal.afterpay.com/us/merchant/order/100100000001"},
		{afterpayjs.Portal{CountryCode: "CA", Sandbox: true}, "https://portal.sandbox.afterpay.com/afterpay.js", "https://portal.sandbox.afterpay.com/ca/merchant/order/100100000001"},
		{afterpayjs.Portal{CountryCode: "GB"}, "https://portal.clearpay.co.uk/afterpay.js", "https://portal.clearpay.co.uk/uk/merchant/order/100100000001"},
		{afterpayjs.Portal{CountryCode: "GB", Sandbox: true}, "https://portal.sandbox.clearpay.co.uk/afterpay.js", "https://portal.sandbox.clearpay.co.uk/uk/merchant/order/100100000001"},
		{afterpayjs.Portal{CountryCode: "FR"}, "", "https://merchant.clearpay.com/orders/details/100100000001"},
		{afterpayjs.Portal{CountryCode: "IT", Sandbox: true}, "", "https://merchant.sandbox.clearpay.com/orders/details/100100000001"},
		{afterpayjs.Portal{CountryCode: "US", Origin: "http://127.0.0.1:8080"}, "http://127.0.0.1:8080/afterpay.js", "http://127.0.0.1:8080/us/merchant/order/100100000001"},
	} {
		script, err := tc.portal.ScriptURL()
		require.Equal(t, tc.script == "", err != nil)
		require.Equal(t, tc.script, script)
		order, err := tc.portal.OrderURL("100100000001")
		require.NoError(t, err)
		require.Equal(t, tc.order, order)
	}
}

func TestPortal_HandOffCallsTheDocumentedFunctions(t *testing.T) {
	t.Parallel()
	portal := afterpayjs.Portal{CountryCode: "GB", Sandbox: true}
	redirect, err := portal.Redirect("003.abc", "bm9uY2U=")
	require.NoError(t, err)
	require.Equal(t, `<script src="https://portal.sandbox.clearpay.co.uk/afterpay.js" async nonce="bm9uY2U="></script>
<script nonce="bm9uY2U=">
window.addEventListener("load", function () {
	AfterPay.initialize({countryCode: "GB"});
	AfterPay.redirect({token: "003.abc"});
});
</script>
`, string(redirect))
	display, err := portal.Display("003.abc", "")
	require.NoError(t, err)
	require.Contains(t, string(display), `AfterPay.display({token: "003.abc"});`)
	require.NotContains(t, string(display), "nonce")
	require.NotContains(t, string(display), "redirect")
}

func TestPortal_TokenIsEscaped(t *testing.T) {
	t.Parallel()
	for _, token := range []string{`"});alert(1);({"`, "</script><script>alert(1)</script>", "\u2028", "<!--", `\`} {
		handOff, err := afterpayjs.Portal{CountryCode: "US"}.Redirect(token, "")
		require.NoError(t, err)
		_, rest, _ := strings.Cut(string(handOff), "redirect({token: ")
		literal, _, _ := strings.Cut(rest, "});\n")
		var value string
		require.NoError(t, json.Unmarshal([]byte(literal), &value), literal)
		require.Equal(t, token, value)
		require.Equal(t, 2, strings.Count(string(handOff), "<script"))
		require.Equal(t, 2, strings.Count(string(handOff), "</script"))
		require.NotContains(t, string(handOff), "<!--")
	}
}

func TestPortal_MistakesNameTheField(t *testing.T) {
	t.Parallel()
	us := afterpayjs.Portal{CountryCode: "US"}
	handOff := func(p afterpayjs.Portal, token, nonce string) error {
		_, err := p.Redirect(token, nonce)
		return err
	}
	policy := func(p afterpayjs.Portal, nonce string) error {
		_, err := p.ContentSecurityPolicy(nonce)
		return err
	}
	order := func(p afterpayjs.Portal, id string) error {
		_, err := p.OrderURL(id)
		return err
	}
	for field, errs := range map[string][]error{
		"CountryCode": {
			handOff(afterpayjs.Portal{}, "t", ""), handOff(afterpayjs.Portal{CountryCode: "us"}, "t", ""),
			handOff(afterpayjs.Portal{CountryCode: "UK"}, "t", ""), handOff(afterpayjs.Portal{CountryCode: "ES"}, "t", ""),
			policy(afterpayjs.Portal{}, "x"), order(afterpayjs.Portal{CountryCode: "UK"}, "1"),
		},
		"Origin": {
			handOff(afterpayjs.Portal{CountryCode: "US", Origin: "portal.example"}, "t", ""),
			handOff(afterpayjs.Portal{CountryCode: "US", Origin: "http://portal.example/"}, "t", ""),
			handOff(afterpayjs.Portal{CountryCode: "US", Origin: "javascript://portal.example"}, "t", ""),
			policy(afterpayjs.Portal{CountryCode: "US", Origin: "http://a; script-src *"}, "x"),
			policy(afterpayjs.Portal{CountryCode: "US", Origin: "http://a;script-src"}, "x"),
		},
		"token":     {handOff(us, "", "")},
		"nonce":     {handOff(us, "t", "a b"), policy(us, "x'; script-src *"), policy(us, "")},
		"paymentID": {order(us, "")},
	} {
		for _, err := range errs {
			require.ErrorIs(t, err, afterpay.ErrInvalid, field)
			require.ErrorContains(t, err, field)
		}
	}
}

func TestPortal_OrderURLEscapesTheID(t *testing.T) {
	t.Parallel()
	address, err := afterpayjs.Portal{CountryCode: "US"}.OrderURL("../1?x")
	require.NoError(t, err)
	require.Equal(t, "https://portal.afterpay.com/us/merchant/order/..%2F1%3Fx", address)
}

// A page hands the shopper of an API v1 order to Afterpay.
func ExamplePortal_Redirect() {
	portal := afterpayjs.Portal{CountryCode: "US", Sandbox: true}
	const nonce = "random" // crypto/rand.Text() in a real page
	handOff, err := portal.Redirect("002.token-of-the-order", nonce)
	if err != nil {
		panic(err)
	}
	policy, err := portal.ContentSecurityPolicy(nonce)
	if err != nil {
		panic(err)
	}
	fmt.Println("Content-Security-Policy:", policy)
	page := template.Must(template.New("page").Parse("<p>Taking you to Afterpay.</p>\n{{.}}"))
	_ = page.Execute(os.Stdout, handOff)
	// Output:
	// Content-Security-Policy: script-src 'nonce-random' https://portal.sandbox.afterpay.com; frame-src https://portal.sandbox.afterpay.com
	// <p>Taking you to Afterpay.</p>
	// <script src="https://portal.sandbox.afterpay.com/afterpay.js" async nonce="random"></script>
	// <script nonce="random">
	// window.addEventListener("load", function () {
	// 	AfterPay.initialize({countryCode: "US"});
	// 	AfterPay.redirect({token: "002.token-of-the-order"});
	// });
	// </script>
}
