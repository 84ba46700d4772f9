package afterpay_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// TestV1RefusesOperationsOfV2 sends nothing for what API v1 does not have.
func TestV1RefusesOperationsOfV2(t *testing.T) {
	t.Parallel()
	for _, o := range suitetest.Operations() {
		if o.V1 != "" {
			continue
		}
		for _, opts := range [][]afterpay.Option{nil, {afterpay.WithoutValidation()}} {
			c := suitetest.NewClient(t, "https://service.example", append(opts, afterpay.WithAPIVersion(afterpay.V1), suitetest.Refusing(t))...)
			result, err := o.Invoke(t.Context(), c)
			require.Nil(t, result)
			require.ErrorIs(t, err, errors.ErrUnsupported, o.Name)
			require.ErrorIs(t, err, afterpay.ErrInvalid)
			require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
			e := suitetest.AsError(t, err)
			require.Equal(t, []afterpay.FieldError{{Field: o.Name, Message: "is not supported by API v1"}}, e.Fields)
			require.Equal(t, o.V2, e.Route)
			require.Zero(t, e.Attempts)
			require.Contains(t, err.Error(), o.Name)
		}
	}
}

// v2Only are the members that API v1 lacks, each with a way to set it alone.
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

// TestV1RefusesFieldsOfV2 sets every member that API v1 lacks, one at a time:
// it is refused before anything is sent and named, with validation and without.
func TestV1RefusesFieldsOfV2(t *testing.T) {
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
	for _, x := range tries {
		for name, opts := range map[string][]afterpay.Option{"": nil, ", unvalidated": {afterpay.WithoutValidation()}} {
			t.Run(x.field+name, func(t *testing.T) {
				t.Parallel()
				c := suitetest.NewClient(t, "https://service.example", append(opts, afterpay.WithAPIVersion(afterpay.V1), suitetest.Refusing(t))...)
				err := x.invoke(c)
				require.ErrorIs(t, err, errors.ErrUnsupported)
				require.ErrorIs(t, err, afterpay.ErrInvalid)
				require.Equal(t, []afterpay.FieldError{{Field: x.field, Message: "is not supported by API v1"}}, suitetest.AsError(t, err).Fields)
				require.Contains(t, err.Error(), x.field+" is not supported by API v1")
			})
		}
	}
	t.Run("include", func(t *testing.T) {
		t.Parallel()
		c := suitetest.NewClient(t, "https://service.example", afterpay.WithAPIVersion(afterpay.V1), suitetest.Refusing(t))
		_, err := c.Configuration.Get(t.Context(), afterpay.IncludeCBT)
		require.ErrorIs(t, err, errors.ErrUnsupported)
		require.Equal(t, "include", suitetest.AsError(t, err).Fields[0].Field)
	})
}

// TestV1NamesEveryFault reports what v1 lacks and what is wrong together.
func TestV1NamesEveryFault(t *testing.T) {
	t.Parallel()
	c := suitetest.NewClient(t, "https://service.example", afterpay.WithAPIVersion(afterpay.V1), suitetest.Refusing(t))
	_, err := c.Orders.Create(t.Context(), afterpay.CreateOrderRequest{Mode: afterpay.ModeStandard, IsCashAppPay: true})
	require.ErrorIs(t, err, errors.ErrUnsupported)
	require.Equal(t, []string{
		"mode", "isCashAppPay", "amount", "consumer.email", "consumer.givenNames", "consumer.surname",
		"merchant.redirectConfirmUrl", "merchant.redirectCancelUrl",
	}, fieldsOf(suitetest.AsError(t, err)))
}

// TestV1SupportsWhatItHas is the other side of the refusals: the largest v1
// requests go out. The exchanges show what they look like.
func TestV1SupportsWhatItHas(t *testing.T) {
	t.Parallel()
	for _, o := range suitetest.Operations() {
		if o.V1 == "" {
			continue
		}
		answer := o.Succeeded
		if o.Name == "configuration.get" {
			answer = `[{"type":"PAY_BY_INSTALLMENT","maximumAmount":{"amount":"1000.00","currency":"AUD"}}]`
		}
		c := suitetest.NewClient(t, "https://service.example", afterpay.WithAPIVersion(afterpay.V1), suitetest.Through(suitetest.Always(200, answer)))
		_, err := o.Invoke(t.Context(), c)
		require.NoError(t, err, o.Name)
	}
}
