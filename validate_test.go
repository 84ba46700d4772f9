package afterpay_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// fault is a way to make an order invalid, and the error for it.
type fault struct {
	name    string
	spoil   func(*afterpay.CreateOrderRequest)
	field   string
	message string
}

func orderFaults() []fault {
	type order = *afterpay.CreateOrderRequest
	const (
		required   = "is required"
		positive   = "must be greater than 0.00"
		negative   = "must not be negative"
		currency   = "must be three upper-case letters"
		country    = "must be two upper-case letters"
		absolute   = "must be an absolute URL"
		wideQuant  = "must be between 1 and 2147483647"
		another    = "must be the order's currency"
		fourDigits = "must be within the years 0 to 9999"
	)
	return []fault{
		{"no amount", func(o order) { o.Amount = afterpay.Money{} }, "amount", required},
		{"amount of nothing", func(o order) { o.Amount = afterpay.USD(0) }, "amount.amount", positive},
		{"negative amount", func(o order) { o.Amount = afterpay.USD(-1) }, "amount.amount", positive},
		{"amount without currency", func(o order) { o.Amount.Currency = "" }, "amount.currency", currency},
		{"lower-case currency", func(o order) { o.Amount.Currency = "usd" }, "amount.currency", currency},
		{"long currency", func(o order) { o.Amount.Currency = "USDT" }, "amount.currency", currency},
		{"no e-mail", func(o order) { o.Consumer.Email = "" }, "consumer.email", required},
		{"blank e-mail", func(o order) { o.Consumer.Email = " \t" }, "consumer.email", required},
		{"no consumer", func(o order) { o.Mode, o.Consumer = "", afterpay.Consumer{} }, "consumer.email", required},
		{"express consumer without e-mail", func(o order) { o.Mode, o.Consumer.Email = afterpay.ModeExpress, "" }, "consumer.email", required},
		{"lower-case country", func(o order) { o.Billing.CountryCode = "au" }, "billing.countryCode", country},
		{"long country", func(o order) { o.Shipping.CountryCode = "AUS" }, "shipping.countryCode", country},
		{"lower-case purchase country", func(o order) { o.PurchaseCountry = "gb" }, "purchaseCountry", country},
		{"unknown priority", func(o order) { o.Courier.Priority = "FAST" }, "courier.priority", "must be STANDARD or EXPRESS"},
		{"item without name", func(o order) { o.Items[0].Name = "" }, "items[0].name", required},
		{"item without price", func(o order) { o.Items[0].Price = afterpay.Money{} }, "items[0].price", required},
		{"negative price", func(o order) { o.Items[0].Price = afterpay.USD(-1) }, "items[0].price.amount", negative},
		{"item in another currency", func(o order) { o.Items[0].Price = afterpay.AUD(1) }, "items[0].price.currency", another},
		{"discount in another currency", func(o order) { o.Discounts[0].Amount = afterpay.AUD(1) }, "discounts[0].amount.currency", another},
		{"tax in another currency", func(o order) { o.TaxAmount = afterpay.AUD(0) }, "taxAmount.currency", another},
		{"shipping in another currency", func(o order) { o.ShippingAmount = afterpay.AUD(1) }, "shippingAmount.currency", another},
		{"e-mail without an at sign", func(o order) { o.Consumer.Email = "ann.example.com" }, "consumer.email", "must contain @"},
		{"UK", func(o order) { o.Billing.CountryCode = "UK" }, "billing.countryCode", "must be GB for the United Kingdom"},
		{"no quantity", func(o order) { o.Items[0].Quantity = 0 }, "items[0].quantity", wideQuant},
		{"negative quantity", func(o order) { o.Items[0].Quantity = -1 }, "items[0].quantity", wideQuant},
		{"item price in no currency", func(o order) { o.Items[0].Price.Currency = "US" }, "items[0].price.currency", currency},
		{"large quantity", func(o order) { o.Items[0].Quantity = math.MaxInt32 + 1 }, "items[0].quantity", wideQuant},
		{"101 items", func(o order) { o.Items = slices.Repeat(o.Items[:1], 101) }, "items", "must not be more than 100"},
		{"fault in a late item", func(o order) { o.Items = slices.Repeat(o.Items[:1], 12); o.Items[11].Price.Amount = -1 }, "items[11].price.amount", negative},
		{"discount without name", func(o order) { o.Discounts[0].DisplayName = "" }, "discounts[0].displayName", required},
		{"discount without amount", func(o order) { o.Discounts[0].Amount = afterpay.Money{} }, "discounts[0].amount", required},
		{"negative discount", func(o order) { o.Discounts[0].Amount = afterpay.USD(-2_00) }, "discounts[0].amount.amount", negative},
		{"negative tax", func(o order) { o.TaxAmount = afterpay.USD(-1) }, "taxAmount.amount", negative},
		{"tax in no currency", func(o order) { o.TaxAmount.Currency = "" }, "taxAmount.currency", currency},
		{"negative shipping", func(o order) { o.ShippingAmount = afterpay.USD(-1) }, "shippingAmount.amount", negative},
		{"negative initial amount", func(o order) { o.InitialOrderAmount = afterpay.USD(-1) }, "initialOrderAmount.amount", negative},
		{"no confirm URL", func(o order) { o.Merchant.PopupOriginURL, o.Merchant.RedirectConfirmURL = "", "" }, "merchant.redirectConfirmUrl", required},
		{"no cancel URL", func(o order) { o.Merchant.PopupOriginURL, o.Merchant.RedirectCancelURL = "", "" }, "merchant.redirectCancelUrl", required},
		{"relative confirm URL", func(o order) { o.Merchant.RedirectConfirmURL = "/ok" }, "merchant.redirectConfirmUrl", absolute},
		{"cancel URL without a host", func(o order) { o.Merchant.RedirectCancelURL = "https://" }, "merchant.redirectCancelUrl", absolute},
		{"cancel URL with a broken escape", func(o order) { o.Merchant.RedirectCancelURL = "https://%zz" }, "merchant.redirectCancelUrl", absolute},
		{"cancel URL with a space", func(o order) { o.Merchant.RedirectCancelURL = "https://shop.example/a b" }, "merchant.redirectCancelUrl", absolute},
		{"cancel URL with a line feed", func(o order) { o.Merchant.RedirectCancelURL = "https://shop.example/\n" }, "merchant.redirectCancelUrl", absolute},
		{"confirm URL without a scheme", func(o order) { o.Merchant.RedirectConfirmURL = "://shop.example" }, "merchant.redirectConfirmUrl", absolute},
		{"confirm URL with a colon late", func(o order) { o.Merchant.RedirectConfirmURL = "/ok?at=10:00" }, "merchant.redirectConfirmUrl", absolute},
		{"shipped before the year 0", func(o order) { o.Courier.ShippedAt = inYear(-1) }, "courier.shippedAt", fourDigits},
		{"shipped after the year 9999", func(o order) { o.Courier.ShippedAt = inYear(10_000) }, "courier.shippedAt", fourDigits},
		{"popup without scheme", func(o order) { o.Merchant.PopupOriginURL = "shop.example/cart" }, "merchant.popupOriginUrl", absolute},
	}
}

// textLimits are the length limits in section 5 of the reference, in characters.
var textLimits = map[string]struct {
	limit int
	set   func(*afterpay.CreateOrderRequest, string)
}{
	"consumer.givenNames": {128, func(o *afterpay.CreateOrderRequest, s string) { o.Consumer.GivenNames = s }},
	"consumer.surname":    {128, func(o *afterpay.CreateOrderRequest, s string) { o.Consumer.Surname = s }},
	"consumer.email": {128, func(o *afterpay.CreateOrderRequest, s string) {
		_, first := utf8.DecodeRuneInString(s)
		o.Consumer.Email = "@" + s[first:]
	}},
	"consumer.phoneNumber":     {32, func(o *afterpay.CreateOrderRequest, s string) { o.Consumer.PhoneNumber = s }},
	"billing.name":             {255, func(o *afterpay.CreateOrderRequest, s string) { o.Billing.Name = s }},
	"billing.line1":            {128, func(o *afterpay.CreateOrderRequest, s string) { o.Billing.Line1 = s }},
	"billing.line2":            {128, func(o *afterpay.CreateOrderRequest, s string) { o.Billing.Line2 = s }},
	"billing.area1":            {128, func(o *afterpay.CreateOrderRequest, s string) { o.Billing.Area1 = s }},
	"billing.area2":            {128, func(o *afterpay.CreateOrderRequest, s string) { o.Billing.Area2 = s }},
	"billing.region":           {128, func(o *afterpay.CreateOrderRequest, s string) { o.Billing.Region = s }},
	"billing.postcode":         {128, func(o *afterpay.CreateOrderRequest, s string) { o.Billing.Postcode = s }},
	"shipping.phoneNumber":     {32, func(o *afterpay.CreateOrderRequest, s string) { o.Shipping.PhoneNumber = s }},
	"courier.name":             {128, func(o *afterpay.CreateOrderRequest, s string) { o.Courier.Name = s }},
	"courier.tracking":         {128, func(o *afterpay.CreateOrderRequest, s string) { o.Courier.Tracking = s }},
	"items[0].name":            {255, func(o *afterpay.CreateOrderRequest, s string) { o.Items[0].Name = s }},
	"items[0].sku":             {128, func(o *afterpay.CreateOrderRequest, s string) { o.Items[0].SKU = s }},
	"items[0].pageUrl":         {2048, func(o *afterpay.CreateOrderRequest, s string) { o.Items[0].PageURL = s }},
	"items[0].imageUrl":        {2048, func(o *afterpay.CreateOrderRequest, s string) { o.Items[0].ImageURL = s }},
	"discounts[0].displayName": {128, func(o *afterpay.CreateOrderRequest, s string) { o.Discounts[0].DisplayName = s }},
	"merchantReference":        {128, func(o *afterpay.CreateOrderRequest, s string) { o.MerchantReference = s }},
	"description":              {256, func(o *afterpay.CreateOrderRequest, s string) { o.Description = s }},
	"shippingOptionIdentifier": {128, func(o *afterpay.CreateOrderRequest, s string) { o.ShippingOptionIdentifier = s }},
}

// inYear returns an instant. Only years of four digits can be written.
func inYear(year int) afterpay.Timestamp {
	return afterpay.Timestamp{Time: time.Date(year, 6, 1, 12, 0, 0, 0, time.UTC)}
}

// create returns the faults of an order, which must not be sent.
func create(t *testing.T, order afterpay.CreateOrderRequest) []afterpay.FieldError {
	t.Helper()
	_, err := refusingClient(t).Orders.Create(t.Context(), order)
	require.ErrorIs(t, err, afterpay.ErrInvalid)
	require.NotEmpty(t, fieldsOf(t, err))
	return suitetest.AsError(t, err).Fields
}

// accept fails the test unless an order is sent.
func accept(t *testing.T, order afterpay.CreateOrderRequest) {
	t.Helper()
	_, err := answeringClient(t, 201, suitetest.OrderBody).Orders.Create(t.Context(), order)
	require.NoError(t, err)
}

func TestCreate_FaultsAreFoundBeforeSending(t *testing.T) {
	t.Parallel()
	accept(t, v2Order())
	for _, f := range orderFaults() {
		order := v2Order()
		f.spoil(&order)
		require.Equal(t, []afterpay.FieldError{{Field: f.field, Message: f.message}}, create(t, order), f.name)
	}
}

func TestCreate_TextLimitsAreInCharacters(t *testing.T) {
	t.Parallel()
	for field, x := range textLimits {
		order := v2Order()
		x.set(&order, strings.Repeat("ß", x.limit)) // twice as many bytes
		accept(t, order)
		for _, letter := range []string{"x", "ß"} {
			x.set(&order, strings.Repeat(letter, x.limit+1))
			require.Equal(t, []afterpay.FieldError{{Field: field, Message: fmt.Sprintf("must not be longer than %d characters", x.limit)}}, create(t, order))
		}
	}
}

// Validation must not be stricter than the service.
func TestCreate_SendsWhatTheServiceMayAccept(t *testing.T) {
	t.Parallel()
	for name, loosen := range map[string]func(*afterpay.CreateOrderRequest){
		"totals that do not add up":  func(o *afterpay.CreateOrderRequest) { o.Amount = afterpay.USD(999_99) },
		"an address of a name alone": func(o *afterpay.CreateOrderRequest) { o.Billing = afterpay.Contact{Name: "Ann Lee"} },
		"no addresses":               func(o *afterpay.CreateOrderRequest) { o.Billing, o.Shipping = afterpay.Contact{}, afterpay.Contact{} },
		"one name":                   func(o *afterpay.CreateOrderRequest) { o.Consumer = afterpay.Consumer{Email: "ann@example.com"} },
		"express without consumer":   func(o *afterpay.CreateOrderRequest) { o.Mode, o.Consumer = "EXPRESS", afterpay.Consumer{} },
		"an unknown currency": func(o *afterpay.CreateOrderRequest) {
			o.Amount.Currency, o.Items, o.Discounts, o.TaxAmount, o.ShippingAmount, o.InitialOrderAmount = "XTS", nil, nil, afterpay.Money{}, afterpay.Money{}, afterpay.Money{}
		},
		"a free shipping":            func(o *afterpay.CreateOrderRequest) { o.ShippingAmount = afterpay.USD(0) },
		"a gift":                     func(o *afterpay.CreateOrderRequest) { o.Items[0].Price = afterpay.USD(0) },
		"a coupon of 0.00":           func(o *afterpay.CreateOrderRequest) { o.Discounts[0].Amount = afterpay.USD(0) },
		"a quantity of the last bit": func(o *afterpay.CreateOrderRequest) { o.Items[0].Quantity = math.MaxInt32 },
		"100 items":                  func(o *afterpay.CreateOrderRequest) { o.Items = slices.Repeat(o.Items[:1], 100) },
		"an app's link":              func(o *afterpay.CreateOrderRequest) { o.Merchant.RedirectConfirmURL = "myshop://checkout/ok" },
		"http on this machine":       func(o *afterpay.CreateOrderRequest) { o.Merchant.RedirectConfirmURL = "http://localhost" },
		"a popup alone": func(o *afterpay.CreateOrderRequest) {
			o.Merchant = afterpay.Merchant{PopupOriginURL: "https://shop.example"}
		},
		"redirects without a popup":    func(o *afterpay.CreateOrderRequest) { o.Merchant.PopupOriginURL = "" },
		"no items, no discounts":       func(o *afterpay.CreateOrderRequest) { o.Items, o.Discounts = nil, nil },
		"shipped in the year 0":        func(o *afterpay.CreateOrderRequest) { o.Courier.ShippedAt = inYear(0) },
		"shipped in the year 9999":     func(o *afterpay.CreateOrderRequest) { o.Courier.ShippedAt = inYear(9999) },
		"a priority that is not given": func(o *afterpay.CreateOrderRequest) { o.Courier.Priority = "" },
	} {
		order := v2Order()
		loosen(&order)
		_, err := answeringClient(t, 201, suitetest.OrderBody).Orders.Create(t.Context(), order)
		require.NoError(t, err, name)
	}
}

func TestVoid_NamesAnAmountOrEverything(t *testing.T) {
	t.Parallel()
	for _, options := range withAndWithoutValidation() {
		for message, req := range map[string]afterpay.VoidRequest{
			"must be empty to release all that is open": {All: true, Amount: afterpay.USD(1)}, "is required, unless All is set": {},
		} {
			_, err := refusingClient(t, options...).Payments.Void(t.Context(), suitetest.PaymentID, req)
			require.Equal(t, []afterpay.FieldError{{Field: "amount", Message: message}}, suitetest.AsError(t, err).Fields)
		}
	}
}

func TestEveryRequest_IsValidated(t *testing.T) {
	t.Parallel()
	type client = *afterpay.Client
	ctx := t.Context()
	long := strings.Repeat("x", 129)
	noActor := afterpay.Enrichments{Subscription: enrichments.Subscription}
	for name, x := range map[string]struct {
		call func(client) error
		want []string
	}{
		"capture": {func(c client) error {
			return second(c.Payments.Capture(ctx, afterpay.CaptureRequest{
				MerchantReference: long, Amount: afterpay.USD(0), Items: []afterpay.Item{{Price: afterpay.USD(1)}}, Shipping: afterpay.Contact{Line1: long},
			}))
		}, []string{"token", "merchantReference", "amount.amount", "items[0].name", "items[0].quantity", "shipping.line1"}},
		"authorize": {func(c client) error {
			return second(c.Payments.Authorize(ctx, afterpay.AuthorizeRequest{
				MerchantReference: long, Amount: afterpay.USD(-1), Items: []afterpay.Item{{Name: "x"}}, Shipping: afterpay.Contact{CountryCode: "usa"},
			}))
		}, []string{"token", "merchantReference", "amount.amount", "items[0].quantity", "items[0].price", "shipping.countryCode"}},
		"capture part": {func(c client) error {
			return second(c.Payments.CapturePart(ctx, "1", afterpay.CapturePartRequest{MerchantReference: long, EventMerchantReference: long}))
		}, []string{"amount", "merchantReference", "paymentEventMerchantReference"}},
		"void": {func(c client) error {
			return second(c.Payments.Void(ctx, "1", afterpay.VoidRequest{Amount: afterpay.Money{Amount: 5}}))
		}, []string{"amount.currency"}},
		"void of nothing": {func(c client) error {
			return second(c.Payments.Void(ctx, "1", afterpay.VoidRequest{Amount: afterpay.USD(0)}))
		}, []string{"amount.amount"}},
		"refund": {func(c client) error {
			return second(c.Refunds.Create(ctx, "1", afterpay.RefundRequest{
				RequestID: strings.Repeat("x", 65), MerchantReference: strings.Repeat("x", 86), RefundMerchantReference: long,
			}))
		}, []string{"amount", "requestId", "merchantReference", "refundMerchantReference"}},
		"update reference":           {func(c client) error { return second(c.Payments.UpdateReference(ctx, "1", "")) }, []string{"merchantReference"}},
		"update reference, too long": {func(c client) error { return second(c.Payments.UpdateReference(ctx, "1", long)) }, []string{"merchantReference"}},
		"update courier": {func(c client) error {
			return second(c.Payments.UpdateCourier(ctx, "1", afterpay.Courier{Name: long, Tracking: long, Priority: "express"}))
		}, []string{"name", "tracking", "priority"}},
		"list": {func(c client) error {
			return second(c.Payments.List(ctx, afterpay.PaymentQuery{Limit: 251, Offset: -1}))
		}, []string{"limit", "offset"}},
		"list of disputes": {func(c client) error {
			return second(c.Disputes.List(ctx, afterpay.DisputeQuery{Limit: -1, Offset: -1}))
		}, []string{"offset", "limit"}},
		"no evidence": {func(c client) error {
			return second(c.Disputes.Respond(ctx, "dp_1", afterpay.Evidence{}))
		}, []string{"evidence"}},
		"evidence, too long": {func(c client) error {
			essay := strings.Repeat("é", 5001)
			return second(c.Disputes.Respond(ctx, "dp_1", afterpay.Evidence{ShippingAddress: essay, UncategorizedFile: essay}))
		}, []string{"evidence.shippingAddress", "evidence.uncategorizedFile"}},
		"authorize, enrichments without an actor": {func(c client) error {
			return second(c.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: suitetest.Token, Enrichments: noActor}))
		}, []string{"enrichments.initiation.actor"}},
		"capture, enrichments without an actor": {func(c client) error {
			return second(c.Payments.Capture(ctx, afterpay.CaptureRequest{Token: suitetest.Token, Enrichments: noActor}))
		}, []string{"enrichments.initiation.actor"}},
		"update courier, year": {func(c client) error {
			return second(c.Payments.UpdateCourier(ctx, "1", afterpay.Courier{ShippedAt: inYear(20_260)}))
		}, []string{"shippedAt"}},
		"configuration": {func(c client) error { return second(c.Configuration.Get(ctx, "cbt", "")) }, []string{"include[1]"}},
	} {
		err := x.call(refusingClient(t))
		require.ErrorIs(t, err, afterpay.ErrInvalid, name)
		require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
		require.Equal(t, x.want, fieldsOf(t, err), name)

		err = x.call(answeringClient(t, 422, `{"errorCode":"invalid_object"}`, afterpay.WithoutValidation()))
		if !slices.Contains(x.want, "token") && !slices.Contains(x.want, "shippedAt") { // these are refused without validation too
			require.Equal(t, 422, suitetest.AsError(t, err).StatusCode, "%s: without validation the service is asked", name)
		}
	}
}
