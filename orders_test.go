package afterpay_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// v1Order returns an order with every field that both API versions have.
func v1Order() afterpay.CreateOrderRequest {
	return afterpay.CreateOrderRequest{
		Amount:   afterpay.USD(21_85),
		Consumer: afterpay.Consumer{GivenNames: "Ann", Surname: "Lee", Email: "ann@example.com", PhoneNumber: "0400 000 000"},
		Billing: afterpay.Contact{
			Name: "Ann Lee", Line1: "1 Example Street", Line2: "Unit 2", Area1: "Exampleton", Region: "NSW",
			Postcode: "2000", CountryCode: "AU", PhoneNumber: "0400 000 000",
		},
		Shipping: afterpay.Contact{
			Name: "Bo Lee", Line1: "2 Example Street", Line2: "Unit 3", Area1: "Sampleford", Region: "VIC",
			Postcode: "3000", CountryCode: "AU", PhoneNumber: "0400 000 001",
		},
		Courier:           fullCourier,
		Items:             []afterpay.Item{{Name: "Widget", SKU: "SKU-1", Quantity: 1, Price: afterpay.USD(20_00)}},
		Discounts:         []afterpay.Discount{{DisplayName: "10% off", Amount: afterpay.USD(2_00)}},
		Merchant:          afterpay.Merchant{RedirectConfirmURL: "https://shop.example/ok?a=1&b=2", RedirectCancelURL: "https://shop.example/no"},
		MerchantReference: "A-1",
		TaxAmount:         afterpay.USD(1_85),
		ShippingAmount:    afterpay.USD(0),
		Description:       "One widget",
		PurchaseCountry:   "AU",
	}
}

// v2Order returns an order with every field.
func v2Order() afterpay.CreateOrderRequest {
	o := v1Order()
	o.Billing.Area2, o.Shipping.Area2 = "North", "South"
	o.Items[0].PageURL = "https://shop.example/widget"
	o.Items[0].ImageURL = "https://shop.example/widget.png"
	o.Items[0].Categories = [][]string{{"Tools", "Widgets"}, {"Sale"}}
	o.Items[0].EstimatedShipmentDate = "2024-06"
	o.Items[0].Preorder = true
	o.Merchant.PopupOriginURL = "https://shop.example/cart"
	o.Merchant.Name = "Ann's Widgets"
	o.Mode = afterpay.ModeExpress
	o.ShippingOptionIdentifier = "fast"
	o.ShippingOptions = afterpay.ShippingOptions{SupportedShippingCountries: []string{"AU", "NZ"}}
	o.IsCashAppPay = true
	o.InitialOrderAmount = afterpay.USD(5_00)
	o.Custom = afterpay.Custom{"travel": json.RawMessage(`{"nights":3}`)}
	o.Agreements = []afterpay.Agreement{{Type: "BILLING", MerchantReference: "AG-1", PageURL: "https://shop.example/agreement"}}
	return o
}

func orderExchanges(file fromFile) []wireExchange {
	create := func(req afterpay.CreateOrderRequest) invocation {
		return func(ctx context.Context, c *afterpay.Client) error { return second(c.Orders.Create(ctx, req)) }
	}
	get := func(ctx context.Context, c *afterpay.Client) error {
		return second(c.Orders.Get(ctx, suitetest.ExpressToken))
	}
	created := answer{Status: 201, Body: suitetest.OrderBody}
	return []wireExchange{
		{
			name: "create order, every field", version: afterpay.V2, method: "POST", path: "/v2/checkouts",
			answer: file(201, "v2_checkout_created_201"),
			invoke: create(v2Order()),
			body:   written("v2_create_order"),
		},
		{
			name: "create order, required fields", version: afterpay.V2, method: "POST", path: "/v2/checkouts",
			answer: file(201, "v2_checkout_created_uk_201"),
			invoke: create(afterpay.CreateOrderRequest{
				Amount: afterpay.GBP(37_00), Consumer: afterpay.Consumer{Email: "ann@example.com"},
				Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/ok", RedirectCancelURL: "https://shop.example/no"},
			}),
			body: `{"amount":{"amount":"37.00","currency":"GBP"},"consumer":{"email":"ann@example.com"},
				"merchant":{"redirectConfirmUrl":"https://shop.example/ok","redirectCancelUrl":"https://shop.example/no"}}`,
		},
		{
			name: "create express order, required fields", version: afterpay.V2, method: "POST", path: "/v2/checkouts",
			answer: file(201, "v2_checkout_created_au_201"),
			invoke: create(afterpay.CreateOrderRequest{
				Amount: afterpay.AUD(10_00), Mode: afterpay.ModeExpress, Merchant: afterpay.Merchant{PopupOriginURL: "https://shop.example/cart"},
			}),
			body: `{"amount":{"amount":"10.00","currency":"AUD"},"mode":"express","merchant":{"popupOriginUrl":"https://shop.example/cart"}}`,
		},
		{
			name: "create order, every field", version: afterpay.V1, method: "POST", path: "/v1/orders",
			answer: created,
			invoke: create(v1Order()),
			body:   written("v1_create_order"),
		},
		{
			name: "create order, required fields", version: afterpay.V1, method: "POST", path: "/v1/orders",
			answer: created,
			invoke: create(afterpay.CreateOrderRequest{
				Amount: afterpay.AUD(37_00), Consumer: afterpay.Consumer{GivenNames: "Ann", Surname: "Lee", Email: "ann@example.com"},
				Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/ok", RedirectCancelURL: "https://shop.example/no"},
			}),
			body: `{"totalAmount":{"amount":"37.00","currency":"AUD"},"consumer":{"givenNames":"Ann","surname":"Lee","email":"ann@example.com"},
				"merchant":{"redirectConfirmUrl":"https://shop.example/ok","redirectCancelUrl":"https://shop.example/no"}}`,
		},
		{name: "get order", version: afterpay.V2, method: "GET", path: "/v2/checkouts/" + suitetest.ExpressToken, answer: file(200, "v2_checkout_express_200"), invoke: get},
		{name: "get order", version: afterpay.V1, method: "GET", path: "/v1/orders/" + suitetest.ExpressToken, answer: answer{Status: 200, Body: `{"token":"` + suitetest.ExpressToken + `"}`}, invoke: get},
	}
}

func TestParseRedirect(t *testing.T) {
	t.Parallel()
	const token = "002.kmj4vinsalsm"
	success := afterpay.Redirect{Token: token, Status: afterpay.RedirectSuccess}
	for name, x := range map[string]struct {
		query string
		want  afterpay.Redirect
		fault string // the text of the error; "" if there is none
	}{
		"success":                       {"status=SUCCESS&orderToken=" + token, success, ""},
		"cancelled":                     {"orderToken=" + token + "&status=CANCELLED", afterpay.Redirect{Token: token, Status: afterpay.RedirectCancelled}, ""},
		"express cancel":                {"status=CANCEL&orderToken=" + token, afterpay.Redirect{Token: token, Status: afterpay.RedirectCancelled}, ""},
		"failure of v1":                 {"status=FAILURE&orderToken=" + token, afterpay.Redirect{Token: token, Status: afterpay.RedirectFailure}, ""},
		"token as v1 called it":         {"status=SUCCESS&token=" + token, success, ""},
		"a shop's own token":            {"token=csrf&status=SUCCESS&orderToken=" + token, success, ""},
		"unknown status":                {"status=ON_HOLD&orderToken=" + token, afterpay.Redirect{Token: token, Status: "ON_HOLD"}, ""},
		"the shop's own parameters":     {"order=7&a=&status=SUCCESS&orderToken=" + token + "&utm=x", success, ""},
		"stray separators":              {"&&order=7&&status=SUCCESS&&orderToken=" + token + "&", success, ""},
		"malformed neighbours":          {"a;b=1&c=%zz&status=SUCCESS&orderToken=" + token, success, ""},
		"escapes":                       {"status=%53UCCESS&orderToken=a%2Bb%3D", afterpay.Redirect{Token: "a+b=", Status: afterpay.RedirectSuccess}, ""},
		"second question mark":          {"hash=x?status=SUCCESS&orderToken=" + token, success, ""},
		"slash behind the token":        {"status=SUCCESS&orderToken=" + token + "/", success, ""},
		"slash behind the status":       {"orderToken=" + token + "&status=SUCCESS/", success, ""},
		"question mark of the shop's":   {"next=/a?status=FAILURE&status=SUCCESS&orderToken=" + token, success, ""},
		"slash in the token":            {"status=SUCCESS&orderToken=a%2Fb%2B", afterpay.Redirect{Token: "a/b+", Status: afterpay.RedirectSuccess}, ""},
		"twice the same":                {"status=SUCCESS&status=SUCCESS&orderToken=" + token + "&orderToken=" + token, success, ""},
		"two tokens":                    {"status=SUCCESS&orderToken=a&orderToken=b", afterpay.Redirect{}, "orderToken is present more than once, with different values"},
		"two statuses":                  {"status=SUCCESS&status=CANCELLED&orderToken=a", afterpay.Redirect{}, "status is present more than once, with different values"},
		"two tokens, as v1 called them": {"status=SUCCESS&token=a&token=b", afterpay.Redirect{}, "token is present more than once, with different values"},
		"no token":                      {"status=SUCCESS", afterpay.Redirect{}, "orderToken is missing"},
		"empty token":                   {"status=SUCCESS&orderToken=", afterpay.Redirect{}, "orderToken is empty"},
		"no status":                     {"orderToken=" + token, afterpay.Redirect{}, "status is missing"},
		"empty status":                  {"status=&orderToken=" + token, afterpay.Redirect{}, "status is empty"},
		"other letters":                 {"Status=SUCCESS&ordertoken=" + token, afterpay.Redirect{}, "orderToken is missing"},
		"nothing":                       {"", afterpay.Redirect{}, "orderToken is missing"},
		"token only in the fragment":    {"status=SUCCESS#orderToken=" + token, afterpay.Redirect{}, "orderToken is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse("https://shop.example/ok?" + x.query)
			require.NoError(t, err)
			got, err := afterpay.ParseRedirect(u)
			require.Equal(t, x.want, got)
			if x.fault == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, afterpay.ErrInvalid)
			require.EqualError(t, err, "afterpay: redirect: invalid request: "+x.fault)
		})
	}
	_, err := afterpay.ParseRedirect(nil)
	require.EqualError(t, err, "afterpay: redirect: invalid request: url is required")
}

func TestRedirect_OnlySuccessIsConfirmed(t *testing.T) {
	t.Parallel()
	for status, confirmed := range map[afterpay.RedirectStatus]bool{
		afterpay.RedirectSuccess: true, afterpay.RedirectCancelled: false, afterpay.RedirectFailure: false, "ON_HOLD": false, "success": false, "": false,
	} {
		require.Equal(t, confirmed, afterpay.Redirect{Token: "t", Status: status}.Confirmed(), status)
	}
	require.Equal(t, slog.GroupValue(slog.String("status", "SUCCESS")), afterpay.Redirect{Token: "t", Status: afterpay.RedirectSuccess}.LogValue())
}

func FuzzParseRedirect(f *testing.F) {
	for _, raw := range []string{"?status=SUCCESS&orderToken=t", "?status=CANCEL&token=t/", "?status=&orderToken=t", "?status=S%20&orderToken=%ff", "?orderToken=%zz&status=a", ""} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := url.Parse(raw)
		if err != nil {
			return
		}
		r, err := afterpay.ParseRedirect(u)
		if err != nil {
			require.ErrorIs(t, err, afterpay.ErrInvalid)
			require.Zero(t, r)
			return
		}
		require.NotEmpty(t, r.Token)
		require.NotEmpty(t, r.Status)
		require.NotEqual(t, afterpay.RedirectStatus("CANCEL"), r.Status)
		query := url.Values{"status": {string(r.Status)}, "orderToken": {r.Token}}
		again, err := afterpay.ParseRedirect(&url.URL{RawQuery: query.Encode()})
		require.NoError(t, err)
		require.Equal(t, r, again)
	})
}

func TestCreate_CustomThatIsNotJSONIsRefusedByName(t *testing.T) {
	t.Parallel()
	for _, broken := range []string{`{`, `nil`, `"Winnifred`, `1,"consumer":{}`} {
		for what, options := range withAndWithoutValidation() {
			order := v2Order()
			order.Custom = afterpay.Custom{"travel": json.RawMessage(broken)}
			o, err := refusingClient(t, options...).Orders.Create(t.Context(), order)
			require.Nil(t, o)
			require.ErrorIs(t, err, afterpay.ErrInvalid, what)
			require.Equal(t, []afterpay.FieldError{{Field: "custom.travel", Message: "must be valid JSON"}}, suitetest.AsError(t, err).Fields, what)
			require.NotContains(t, err.Error(), "Winnifred")
		}
	}
}

func TestOrder_AmountIsStrictAndTheRestIsNot(t *testing.T) {
	t.Parallel()
	_, err := read[afterpay.Order](`{"token":"t","amount":{"amount":"1,0","currency":"USD"}}`)
	require.EqualError(t, err, "amount.amount is invalid")
	o, err := read[afterpay.Order](`{"token":"t","expires":"later","taxAmount":{"amount":"x"},"initialOrderAmount":{"amount":"y"},"items":[{"price":{"amount":"z"}}]}`)
	require.NoError(t, err)
	require.Equal(t, &afterpay.Order{
		Token: "t", CreateOrderRequest: afterpay.CreateOrderRequest{Items: []afterpay.Item{{}}},
		Unread: map[string]string{"expires": "later", "taxAmount.amount": "x", "initialOrderAmount.amount": "y", "items[0].price.amount": "z"},
	}, o)
}

func TestVerify_RefusesAnOrderForAnotherAmount(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		version  afterpay.APIVersion
		body     string
		expected afterpay.Money
		mismatch string // "": none
	}{
		"as expected":       {afterpay.V2, `{"token":"002.secret","amount":{"amount":"21.85","currency":"USD"}}`, afterpay.USD(21_85), ""},
		"as expected, v1":   {afterpay.V1, `{"token":"002.secret","totalAmount":{"amount":"21.85","currency":"AUD"}}`, afterpay.AUD(21_85), ""},
		"less":              {afterpay.V2, `{"token":"002.secret","amount":{"amount":"21.84","currency":"USD"}}`, afterpay.USD(21_85), "order is for 21.84 USD, expected 21.85 USD"},
		"more":              {afterpay.V2, `{"token":"002.secret","amount":{"amount":"2185.00","currency":"USD"}}`, afterpay.USD(21_85), "order is for 2185.00 USD, expected 21.85 USD"},
		"another currency":  {afterpay.V2, `{"token":"002.secret","amount":{"amount":"21.85","currency":"AUD"}}`, afterpay.USD(21_85), "order is for 21.85 AUD, expected 21.85 USD"},
		"no amount":         {afterpay.V2, `{"token":"002.secret"}`, afterpay.USD(21_85), "order is for 0.00, expected 21.85 USD"},
		"an amount of null": {afterpay.V2, `{"token":"002.secret","amount":null}`, afterpay.USD(0), "order is for 0.00, expected 0.00 USD"},
		"nothing expected":  {afterpay.V2, `{"token":"002.secret","amount":{"amount":"21.85","currency":"USD"}}`, afterpay.Money{}, "order is for 21.85 USD, expected 0.00"},
		"nothing at all":    {afterpay.V2, `{"token":"002.secret"}`, afterpay.Money{}, "order is for 0.00, expected 0.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := answeringClient(t, 200, x.body, afterpay.WithAPIVersion(x.version))
			order, err := client.Orders.Verify(t.Context(), "002.secret", x.expected)
			if x.mismatch == "" {
				require.NoError(t, err)
				require.Equal(t, x.expected, order.Amount)
				return
			}
			require.Nil(t, order)
			require.ErrorIs(t, err, afterpay.ErrAmountMismatch)
			require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
			require.EqualError(t, err, "afterpay: orders.verify: "+x.mismatch)
			require.Equal(t, "002.secret", suitetest.AsError(t, err).Token)
			require.NotContains(t, slog.AnyValue(err).Resolve().String(), "002.secret")
		})
	}
}

// A shop verifies the order of a redirect, which anybody can make up.
func TestVerify_AfterTheRedirect(t *testing.T) {
	t.Parallel()
	for _, version := range suitetest.Versions {
		s := newShop(t, version)
		token := s.confirmed()
		back, err := s.sandbox.RedirectURL(token)
		require.NoError(t, err)
		u, err := url.Parse(back)
		require.NoError(t, err)
		redirect, err := afterpay.ParseRedirect(u)
		require.NoError(t, err)
		require.Equal(t, afterpay.Redirect{Token: token, Status: afterpay.RedirectSuccess}, redirect)

		verify := func(token string, amount afterpay.Money) error {
			return second(s.client.Orders.Verify(t.Context(), token, amount))
		}
		require.NoError(t, verify(token, afterpay.USD(100_00)))
		require.ErrorIs(t, verify(token, afterpay.USD(99_99)), afterpay.ErrAmountMismatch)
		require.ErrorIs(t, verify(strings.ToUpper(token), afterpay.USD(100_00)), afterpay.ErrInvalidToken)
		require.ErrorIs(t, verify("../payments", afterpay.USD(100_00)), afterpay.ErrInvalid)
		require.NoError(t, second(s.client.Payments.Capture(t.Context(), afterpay.CaptureRequest{Token: token})))
		require.ErrorIs(t, verify(token, afterpay.USD(100_00)), afterpay.ErrInvalidToken, "paid for already")
	}
}
