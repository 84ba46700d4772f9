package afterpay_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// v2OnlyInOrder sets each field of an order that API v1 lacks.
var v2OnlyInOrder = map[string]func(*afterpay.CreateOrderRequest){
	"billing.area2":                  func(r *afterpay.CreateOrderRequest) { r.Billing.Area2 = "North" },
	"shipping.area2":                 func(r *afterpay.CreateOrderRequest) { r.Shipping.Area2 = "North" },
	"items[1].pageUrl":               func(r *afterpay.CreateOrderRequest) { r.Items[1].PageURL = "https://shop.example" },
	"items[1].imageUrl":              func(r *afterpay.CreateOrderRequest) { r.Items[1].ImageURL = "https://shop.example" },
	"items[1].categories":            func(r *afterpay.CreateOrderRequest) { r.Items[1].Categories = [][]string{{"Tools"}} },
	"items[1].estimatedShipmentDate": func(r *afterpay.CreateOrderRequest) { r.Items[1].EstimatedShipmentDate = "2024-06" },
	"items[1].preorder":              func(r *afterpay.CreateOrderRequest) { r.Items[1].Preorder = true },
	"merchant.popupOriginUrl":        func(r *afterpay.CreateOrderRequest) { r.Merchant.PopupOriginURL = "https://shop.example" },
	"merchant.name":                  func(r *afterpay.CreateOrderRequest) { r.Merchant.Name = "Shop" },
	"mode":                           func(r *afterpay.CreateOrderRequest) { r.Mode = afterpay.ModeStandard },
	"shippingOptionIdentifier":       func(r *afterpay.CreateOrderRequest) { r.ShippingOptionIdentifier = "fast" },
	"shippingOptions":                func(r *afterpay.CreateOrderRequest) { r.ShippingOptions.SupportedShippingCountries = []string{"AU"} },
	"isCashAppPay":                   func(r *afterpay.CreateOrderRequest) { r.IsCashAppPay = true },
	"initialOrderAmount":             func(r *afterpay.CreateOrderRequest) { r.InitialOrderAmount = afterpay.USD(5_00) },
	"custom":                         func(r *afterpay.CreateOrderRequest) { r.Custom = afterpay.Custom{"a": json.RawMessage(`1`)} },
	"agreements":                     func(r *afterpay.CreateOrderRequest) { r.Agreements = []afterpay.Agreement{{Type: "BILLING"}} },
}

var v2OnlyInCapture = map[string]func(*afterpay.CaptureRequest){
	"amount":                  func(r *afterpay.CaptureRequest) { r.Amount = afterpay.USD(1_00) },
	"isCheckoutAdjusted":      func(r *afterpay.CaptureRequest) { r.IsCheckoutAdjusted = true },
	"paymentScheduleChecksum": func(r *afterpay.CaptureRequest) { r.PaymentScheduleChecksum = "x" },
	"items":                   func(r *afterpay.CaptureRequest) { r.Items = []afterpay.Item{expressItem} },
	"shipping":                func(r *afterpay.CaptureRequest) { r.Shipping.Name = "Ann Lee" },
	"enrichments":             func(r *afterpay.CaptureRequest) { r.Enrichments.Initiation.Actor = "CUSTOMER" },
	"grantId":                 func(r *afterpay.CaptureRequest) { r.GrantID = "grant-1" },
}

func TestV1_RefusesOperationsAndFieldsOfV2(t *testing.T) {
	t.Parallel()
	type try struct {
		field  string
		invoke func(*afterpay.Client) error
	}
	var tries []try
	for field, set := range v2OnlyInOrder {
		tries = append(tries, try{field, func(c *afterpay.Client) error {
			req := v1Order()
			req.Items = append(req.Items, req.Items[0])
			set(&req)
			_, err := c.Orders.Create(t.Context(), req)
			return err
		}})
	}
	for field, set := range v2OnlyInCapture {
		tries = append(tries, try{field, func(c *afterpay.Client) error {
			req := afterpay.CaptureRequest{Token: suitetest.Token}
			set(&req)
			_, err := c.Payments.Capture(t.Context(), req)
			return err
		}})
	}
	tries = append(tries, try{"refundMerchantReference", func(c *afterpay.Client) error {
		_, err := c.Refunds.Create(t.Context(), "1", afterpay.RefundRequest{Amount: afterpay.AUD(1), RefundMerchantReference: "R-1"})
		return err
	}})
	tries = append(tries, try{"include", func(c *afterpay.Client) error { return second(c.Configuration.Get(t.Context(), afterpay.IncludeCBT)) }})
	for _, o := range suitetest.Operations() {
		if o.V1 == "" {
			tries = append(tries, try{o.Name, func(c *afterpay.Client) error { return second(o.Invoke(t.Context(), c)) }})
		}
	}
	for _, x := range tries {
		for _, options := range withAndWithoutValidation() {
			err := x.invoke(refusingClient(t, append(options, afterpay.WithAPIVersion(afterpay.V1))...))
			require.ErrorIs(t, err, errors.ErrUnsupported, x.field)
			require.ErrorIs(t, err, afterpay.ErrInvalid)
			require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
			require.Equal(t, []afterpay.FieldError{{Field: x.field, Message: "is not supported by API v1"}}, suitetest.AsError(t, err).Fields)
			require.ErrorContains(t, err, x.field+" is not supported by API v1")
		}
	}
}

func TestV1_NamesUnsupportedAndInvalidFieldsTogether(t *testing.T) {
	t.Parallel()
	c := refusingClient(t, afterpay.WithAPIVersion(afterpay.V1))
	_, err := c.Orders.Create(t.Context(), afterpay.CreateOrderRequest{Mode: afterpay.ModeStandard, IsCashAppPay: true})
	require.ErrorIs(t, err, errors.ErrUnsupported)
	require.Equal(t, []string{
		"mode", "isCashAppPay", "amount", "consumer.email", "consumer.givenNames", "consumer.surname",
		"merchant.redirectConfirmUrl", "merchant.redirectCancelUrl",
	}, fieldsOf(t, err))
}

func TestV1_NamesAreReadUnderV1Only(t *testing.T) {
	t.Parallel()
	const order = `{"token":"t","totalAmount":{"amount":"21.85","currency":"USD"},
		"billing":{"line1":"1 Example Street","suburb":"Exampleton","state":"VIC","countrycode":"AU"},"shipping":{"suburb":"Sydney","state":"NSW"}}`
	const payment = `{"id":"` + suitetest.PaymentID + `","status":"APPROVED","totalAmount":{"amount":"5.00","currency":"AUD"},
		"refunds":[{"id":"7","amount":{"amount":"1.00","currency":"AUD"}}],
		"events":[{"type":"AUTHORISE"},{"type":"CAPTURE"},{"type":"VOID"},{"type":"AUTH_DECLINED"},{"type":"SOMETHING_NEW"}]}`
	v1, v2 := afterpay.WithAPIVersion(afterpay.V1), afterpay.WithAPIVersion(afterpay.V2)
	got, err := answeringClient(t, 200, order, v1).Orders.Get(t.Context(), "t")
	require.NoError(t, err)
	require.Equal(t, &afterpay.Order{Token: "t", CreateOrderRequest: afterpay.CreateOrderRequest{
		Amount:   afterpay.USD(21_85),
		Billing:  afterpay.Contact{Line1: "1 Example Street", Area1: "Exampleton", Region: "VIC", CountryCode: "AU"},
		Shipping: afterpay.Contact{Area1: "Sydney", Region: "NSW"},
	}}, got)
	got, err = answeringClient(t, 200, order, v2).Orders.Get(t.Context(), "t")
	require.NoError(t, err)
	require.Equal(t, &afterpay.Order{Token: "t", CreateOrderRequest: afterpay.CreateOrderRequest{
		Billing: afterpay.Contact{Line1: "1 Example Street", CountryCode: "AU"},
	}}, got)

	p, err := answeringClient(t, 200, payment, v1).Payments.Get(t.Context(), suitetest.PaymentID)
	require.NoError(t, err)
	require.Equal(t, afterpay.AUD(5_00), p.OriginalAmount)
	require.Equal(t, "7", p.Refunds[0].ID)
	require.Equal(t, []afterpay.PaymentEvent{
		{Type: afterpay.EventAuthApproved}, {Type: afterpay.EventCaptured}, {Type: afterpay.EventVoided}, {Type: afterpay.EventAuthDeclined}, {Type: "SOMETHING_NEW"},
	}, p.Events)
	p, err = answeringClient(t, 200, payment, v2).Payments.Get(t.Context(), suitetest.PaymentID)
	require.NoError(t, err)
	require.Zero(t, p.OriginalAmount)
	require.Empty(t, p.Refunds[0].ID)
	require.Equal(t, afterpay.EventType("AUTHORISE"), p.Events[0].Type)
}
