package afterpay_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// wireExchange is a call, the request it must send and the response it must read.
type wireExchange struct {
	name    string
	version afterpay.APIVersion
	invoke  func(*testing.T, context.Context, *afterpay.Client)

	method, path, query string
	body                string // as JSON; "": no body at all
	answer              answer
}

// fullCourier is a courier with every field set.
var fullCourier = afterpay.Courier{
	ShippedAt: afterpay.Timestamp{Time: time.Date(2024, 5, 1, 9, 30, 0, 120_000_000, sydney)},
	Name:      "ExampleCourier", Tracking: "AA000000001", Priority: afterpay.PriorityExpress,
}

// v1Order is an order with every field that both versions have.
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

// v2Order is an order with every field there is.
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

// expressItem and the rest are what an express checkout may change.
var (
	expressItem = afterpay.Item{
		Name: "Widget", SKU: "SKU-1", Quantity: 2, Price: afterpay.USD(10_00), PageURL: "https://shop.example/w",
		ImageURL: "https://shop.example/w.png", Categories: [][]string{{"Tools"}}, EstimatedShipmentDate: "2024-06-01", Preorder: true,
	}
	expressContact = afterpay.Contact{
		Name: "Ann Lee", Line1: "1 Example Street", Line2: "Unit 2", Area1: "Exampleton", Area2: "North", Region: "NY",
		Postcode: "10001", CountryCode: "US", PhoneNumber: "12025550143",
	}
	enrichments = afterpay.Enrichments{
		Initiation:   afterpay.Initiation{Actor: afterpay.ActorMerchant},
		Subscription: afterpay.Subscription{Type: afterpay.SubscriptionFixed, Interval: afterpay.IntervalMonth, IntervalCount: 2},
	}
)

const expressJSON = `
	"amount":{"amount":"21.85","currency":"USD"},
	"isCheckoutAdjusted":true,
	"paymentScheduleChecksum":"checksum-1",
	"items":[{"name":"Widget","sku":"SKU-1","quantity":2,"price":{"amount":"10.00","currency":"USD"},
		"pageUrl":"https://shop.example/w","imageUrl":"https://shop.example/w.png","categories":[["Tools"]],
		"estimatedShipmentDate":"2024-06-01","preorder":true}],
	"shipping":{"name":"Ann Lee","line1":"1 Example Street","line2":"Unit 2","area1":"Exampleton","area2":"North",
		"region":"NY","postcode":"10001","countryCode":"US","phoneNumber":"12025550143"},
	"enrichments":{"initiation":{"actor":"MERCHANT"},"subscription":{"type":"FIXED","interval":"MONTH","intervalCount":2}},
	"grantId":"grant-1"`

func exchanges(t *testing.T) []wireExchange {
	file := func(status int, name string) answer { return answer{Status: status, Body: recorded(t, name)} }
	return slices.Concat(configurationExchanges(file), orderExchanges(file), captureExchanges(file), deferredExchanges(file), readExchanges(file), updateExchanges(file), disputeExchanges(file))
}

type fromFile func(status int, name string) answer

func configurationExchanges(file fromFile) []wireExchange {
	ping := func(t *testing.T, ctx context.Context, c *afterpay.Client) { require.NoError(t, c.Ping(ctx)) }
	return []wireExchange{
		{name: "ping", version: afterpay.V2, invoke: ping, method: "GET", path: "/ping", answer: answer{Status: 200, Body: "pong"}},
		{name: "ping", version: afterpay.V1, invoke: ping, method: "GET", path: "/ping", answer: answer{Status: 200, Body: "pong"}},
		{
			name: "configuration", version: afterpay.V2, method: "GET", path: "/v2/configuration",
			answer: file(200, "v2_configuration_us_200"),
			invoke: func(t *testing.T, ctx context.Context, c *afterpay.Client) {
				got, err := c.Configuration.Get(ctx)
				require.NoError(t, err)
				require.Equal(t, &afterpay.Configuration{MinimumAmount: afterpay.USD(1_00), MaximumAmount: afterpay.USD(1000_00)}, got)
			},
		},
		{
			name: "configuration with includes", version: afterpay.V2, method: "GET", path: "/v2/configuration",
			query:  "include=publicId&include=consumerLending&include=payByInstallment",
			answer: file(200, "v2_configuration_includes_200"),
			invoke: func(t *testing.T, ctx context.Context, c *afterpay.Client) {
				got, err := c.Configuration.Get(ctx, afterpay.IncludePublicID, afterpay.IncludeConsumerLending, afterpay.IncludePayByInstallment)
				require.NoError(t, err)
				require.Equal(t, "00000000-0000-4000-8000-000000000000", got.PublicID)
				require.True(t, got.ConsumerLending.Enabled)
				require.Equal(t, afterpay.USD(400_00), got.ConsumerLending.MinimumAmount)
				require.Equal(t, afterpay.USD(2000_00), got.PayByInstallment.MaximumAmount)
			},
		},
		{
			name: "configuration", version: afterpay.V1, method: "GET", path: "/v1/configuration",
			answer: file(200, "v1_configuration_two_types_200"),
			invoke: func(t *testing.T, ctx context.Context, c *afterpay.Client) {
				got, err := c.Configuration.Get(ctx)
				require.NoError(t, err)
				require.Equal(t, afterpay.AUD(0), got.MinimumAmount)
				require.Equal(t, afterpay.AUD(999_00), got.MaximumAmount)
				require.Len(t, got.PaymentTypes, 2)
				require.Equal(t, "PAY_AFTER_DELIVERY", got.PaymentTypes[0].Type)
				require.Equal(t, "Pay over time", got.PaymentTypes[1].Description)
			},
		},
	}
}

func orderExchanges(file fromFile) []wireExchange {
	create := func(req afterpay.CreateOrderRequest, token string) func(*testing.T, context.Context, *afterpay.Client) {
		return func(t *testing.T, ctx context.Context, c *afterpay.Client) {
			got, err := c.Orders.Create(ctx, req)
			require.NoError(t, err)
			require.Equal(t, token, got.Token)
			require.False(t, got.Expires.IsZero())
		}
	}
	return []wireExchange{
		{
			name: "create order, every field", version: afterpay.V2, method: "POST", path: "/v2/checkouts",
			answer: file(201, "v2_checkout_created_201"),
			invoke: create(v2Order(), "002.3qhu5hl6dnho09t3scdjo2fvb835o9sac8hs2kl9i6pnvgsp"),
			body: `{
				"amount":{"amount":"21.85","currency":"USD"},
				"consumer":{"givenNames":"Ann","surname":"Lee","email":"ann@example.com","phoneNumber":"0400 000 000"},
				"billing":{"name":"Ann Lee","line1":"1 Example Street","line2":"Unit 2","area1":"Exampleton","area2":"North",
					"region":"NSW","postcode":"2000","countryCode":"AU","phoneNumber":"0400 000 000"},
				"shipping":{"name":"Bo Lee","line1":"2 Example Street","line2":"Unit 3","area1":"Sampleford","area2":"South",
					"region":"VIC","postcode":"3000","countryCode":"AU","phoneNumber":"0400 000 001"},
				"courier":{"shippedAt":"2024-05-01T09:30:00.120+10:00","name":"ExampleCourier","tracking":"AA000000001","priority":"EXPRESS"},
				"items":[{"name":"Widget","sku":"SKU-1","quantity":1,"price":{"amount":"20.00","currency":"USD"},
					"pageUrl":"https://shop.example/widget","imageUrl":"https://shop.example/widget.png",
					"categories":[["Tools","Widgets"],["Sale"]],"estimatedShipmentDate":"2024-06","preorder":true}],
				"discounts":[{"displayName":"10% off","amount":{"amount":"2.00","currency":"USD"}}],
				"merchant":{"redirectConfirmUrl":"https://shop.example/ok?a=1&b=2","redirectCancelUrl":"https://shop.example/no",
					"popupOriginUrl":"https://shop.example/cart","name":"Ann's Widgets"},
				"merchantReference":"A-1",
				"taxAmount":{"amount":"1.85","currency":"USD"},
				"shippingAmount":{"amount":"0.00","currency":"USD"},
				"description":"One widget",
				"purchaseCountry":"AU",
				"mode":"express",
				"shippingOptionIdentifier":"fast",
				"shippingOptions":{"supportedShippingCountries":["AU","NZ"]},
				"isCashAppPay":true,
				"initialOrderAmount":{"amount":"5.00","currency":"USD"},
				"custom":{"travel":{"nights":3}},
				"agreements":[{"type":"BILLING","merchantReference":"AG-1","pageUrl":"https://shop.example/agreement"}]
			}`,
		},
		{
			name: "create order, required fields", version: afterpay.V2, method: "POST", path: "/v2/checkouts",
			answer: file(201, "v2_checkout_created_uk_201"),
			invoke: create(afterpay.CreateOrderRequest{
				Amount: afterpay.GBP(37_00), Consumer: afterpay.Consumer{Email: "ann@example.com"},
				Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/ok", RedirectCancelURL: "https://shop.example/no"},
			}, "003.n46fh3khsqc5uoh0ej9esn859gr6g7lot4hpb20dt7du6s40"),
			body: `{"amount":{"amount":"37.00","currency":"GBP"},"consumer":{"email":"ann@example.com"},
				"merchant":{"redirectConfirmUrl":"https://shop.example/ok","redirectCancelUrl":"https://shop.example/no"}}`,
		},
		{
			name: "create express order, required fields", version: afterpay.V2, method: "POST", path: "/v2/checkouts",
			answer: file(201, "v2_checkout_created_au_201"),
			invoke: create(afterpay.CreateOrderRequest{
				Amount: afterpay.AUD(10_00), Mode: afterpay.ModeExpress, Merchant: afterpay.Merchant{PopupOriginURL: "https://shop.example/cart"},
			}, "001.0000000000000000000000000000000000000000aaaabbbb"),
			body: `{"amount":{"amount":"10.00","currency":"AUD"},"mode":"express","merchant":{"popupOriginUrl":"https://shop.example/cart"}}`,
		},
		{
			name: "create order, every field", version: afterpay.V1, method: "POST", path: "/v1/orders",
			answer: answer{Status: 201, Body: `{"token":"token-1","expires":"2019-05-13T06:26:25.183Z"}`},
			invoke: create(v1Order(), "token-1"),
			body: `{
				"totalAmount":{"amount":"21.85","currency":"USD"},
				"consumer":{"givenNames":"Ann","surname":"Lee","email":"ann@example.com","phoneNumber":"0400 000 000"},
				"billing":{"name":"Ann Lee","line1":"1 Example Street","line2":"Unit 2","suburb":"Exampleton",
					"state":"NSW","postcode":"2000","countryCode":"AU","phoneNumber":"0400 000 000"},
				"shipping":{"name":"Bo Lee","line1":"2 Example Street","line2":"Unit 3","suburb":"Sampleford",
					"state":"VIC","postcode":"3000","countryCode":"AU","phoneNumber":"0400 000 001"},
				"courier":{"shippedAt":"2024-05-01T09:30:00.120+10:00","name":"ExampleCourier","tracking":"AA000000001","priority":"EXPRESS"},
				"items":[{"name":"Widget","sku":"SKU-1","quantity":1,"price":{"amount":"20.00","currency":"USD"}}],
				"discounts":[{"displayName":"10% off","amount":{"amount":"2.00","currency":"USD"}}],
				"merchant":{"redirectConfirmUrl":"https://shop.example/ok?a=1&b=2","redirectCancelUrl":"https://shop.example/no"},
				"merchantReference":"A-1",
				"taxAmount":{"amount":"1.85","currency":"USD"},
				"shippingAmount":{"amount":"0.00","currency":"USD"},
				"description":"One widget",
				"purchaseCountry":"AU"
			}`,
		},
		{
			name: "create order, required fields", version: afterpay.V1, method: "POST", path: "/v1/orders",
			answer: answer{Status: 201, Body: `{"token":"token-2","expires":"2019-05-13T06:26:25Z"}`},
			invoke: create(afterpay.CreateOrderRequest{
				Amount: afterpay.AUD(37_00), Consumer: afterpay.Consumer{GivenNames: "Ann", Surname: "Lee", Email: "ann@example.com"},
				Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/ok", RedirectCancelURL: "https://shop.example/no"},
			}, "token-2"),
			body: `{"totalAmount":{"amount":"37.00","currency":"AUD"},"consumer":{"givenNames":"Ann","surname":"Lee","email":"ann@example.com"},
				"merchant":{"redirectConfirmUrl":"https://shop.example/ok","redirectCancelUrl":"https://shop.example/no"}}`,
		},
		{
			name: "get order", version: afterpay.V2, method: "GET", path: "/v2/checkouts/" + suitetest.ExpressToken,
			answer: file(200, "v2_checkout_express_200"),
			invoke: func(t *testing.T, ctx context.Context, c *afterpay.Client) {
				got, err := c.Orders.Get(ctx, suitetest.ExpressToken)
				require.NoError(t, err)
				require.Equal(t, afterpay.USD(53_53), got.Amount)
				require.Equal(t, "Exampleton", got.Shipping.Area1)
				require.Equal(t, "https://shop.example/cart", got.Merchant.PopupOriginURL)
				require.Equal(t, "999", got.ShippingOptionIdentifier)
				require.Len(t, got.Items, 2)
				require.Zero(t, got.Courier)
			},
		},
		{
			name: "get order", version: afterpay.V1, method: "GET", path: "/v1/orders/abc",
			answer: answer{Status: 200, Body: `{"token":"abc","expires":"2019-05-13T06:26:25.183Z","paymentType":"PAY_BY_INSTALLMENT",
				"totalAmount":{"amount":"21.85","currency":"AUD"},"consumer":{"givenNames":"Ann","surname":"Lee","email":"ann@example.com"},
				"billing":{"name":"Ann Lee","line1":"1 Example Street","suburb":"Exampleton","state":"QLD","postcode":"4212"},
				"courier":{},"discounts":[],"merchantReference":"A-1"}`},
			invoke: func(t *testing.T, ctx context.Context, c *afterpay.Client) {
				got, err := c.Orders.Get(ctx, "abc")
				require.NoError(t, err)
				require.Equal(t, afterpay.AUD(21_85), got.Amount)
				require.Equal(t, afterpay.Contact{Name: "Ann Lee", Line1: "1 Example Street", Area1: "Exampleton", Region: "QLD", Postcode: "4212"}, got.Billing)
				require.Equal(t, "Lee", got.Consumer.Surname)
			},
		},
	}
}

func captureExchanges(file fromFile) []wireExchange {
	capture := func(req afterpay.CaptureRequest, id string, amount afterpay.Money) func(*testing.T, context.Context, *afterpay.Client) {
		return func(t *testing.T, ctx context.Context, c *afterpay.Client) {
			got, err := c.Payments.Capture(ctx, req)
			require.NoError(t, err)
			require.Equal(t, id, got.ID)
			require.Equal(t, amount, got.OriginalAmount)
			require.Equal(t, afterpay.StatusApproved, got.Status)
		}
	}
	reverse := func(t *testing.T, ctx context.Context, c *afterpay.Client) {
		require.NoError(t, c.Payments.Reverse(ctx, "002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of"))
	}
	return []wireExchange{
		{
			name: "capture, every field", version: afterpay.V2, method: "POST", path: "/v2/payments/capture",
			answer: answer{Status: 201, Body: strings.ReplaceAll(file(201, "v2_payment_capture_replayed_201").Body, "22.04", "21.85")},
			invoke: capture(afterpay.CaptureRequest{
				Token: "002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of", MerchantReference: "A-1", Amount: afterpay.USD(21_85), IsCheckoutAdjusted: true,
				PaymentScheduleChecksum: "checksum-1", Items: []afterpay.Item{expressItem}, Shipping: expressContact,
				Enrichments: enrichments, GrantID: "grant-1",
			}, "100570320832", afterpay.USD(21_85)),
			body: `{"token":"002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of","merchantReference":"A-1",` + expressJSON + `}`,
		},
		{
			name: "capture, required fields", version: afterpay.V2, method: "POST", path: "/v2/payments/capture",
			answer: file(201, "v2_payment_capture_replayed_201"),
			invoke: capture(afterpay.CaptureRequest{Token: "002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of"}, "100570320832", afterpay.USD(22_04)),
			body:   `{"token":"002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of"}`,
		},
		{
			name: "capture, every field", version: afterpay.V1, method: "POST", path: "/v1/payments/capture",
			answer: file(201, "v1_payment_captured_201"),
			invoke: capture(afterpay.CaptureRequest{Token: "002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of", MerchantReference: "A-1"}, "100570320832", afterpay.AUD(1000_00)),
			body:   `{"token":"002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of","merchantReference":"A-1"}`,
		},
		{
			name: "capture, required fields", version: afterpay.V1, method: "POST", path: "/v1/payments/capture",
			answer: file(201, "v1_payment_captured_log_201"),
			invoke: capture(afterpay.CaptureRequest{Token: "002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of"}, "100570320832", afterpay.AUD(3_95)),
			body:   `{"token":"002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of"}`,
		},
		{name: "reverse", version: afterpay.V2, method: "POST", path: "/v2/payments/token:002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of/reversal", body: `{}`, invoke: reverse, answer: answer{Status: 204}},
		{name: "reverse", version: afterpay.V1, method: "POST", path: "/v1/payments/token:002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of/reversal", body: `{}`, invoke: reverse, answer: answer{Status: 204}},
	}
}

func deferredExchanges(file fromFile) []wireExchange {
	return []wireExchange{
		{
			name: "authorize, every field", version: afterpay.V2, method: "POST", path: "/v2/payments/auth",
			answer: answer{Status: 201, Body: strings.ReplaceAll(file(201, "v2_payment_auth_approved_201").Body, "26.24", "21.85")},
			body:   `{"token":"002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of","requestId":"request-1","merchantReference":"A-1",` + expressJSON + `}`,
			invoke: func(t *testing.T, ctx context.Context, c *afterpay.Client) {
				got, err := c.Payments.Authorize(ctx, afterpay.AuthorizeRequest{
					Token: "002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of", RequestID: "request-1", MerchantReference: "A-1", Amount: afterpay.USD(21_85), IsCheckoutAdjusted: true,
					PaymentScheduleChecksum: "checksum-1", Items: []afterpay.Item{expressItem}, Shipping: expressContact,
					Enrichments: enrichments, GrantID: "grant-1",
				})
				require.NoError(t, err)
				require.Equal(t, "100570320832", got.ID)
				require.Equal(t, afterpay.StateAuthApproved, got.State)
				require.Equal(t, afterpay.USD(21_85), got.OpenToCaptureAmount)
				require.Equal(t, time.Date(2021, 9, 2, 16, 29, 0, 154_000_000, time.UTC), got.Events[0].Expires.Time)
			},
		},
		{
			name: "authorize, required fields", version: afterpay.V2, method: "POST", path: "/v2/payments/auth",
			answer: file(201, "v2_payment_auth_approved_201"),
			body:   `{"token":"002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of","requestId":"made-for-you"}`,
			invoke: func(t *testing.T, ctx context.Context, c *afterpay.Client) {
				_, err := c.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: "002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of"})
				require.NoError(t, err)
			},
		},
		{
			name: "capture part, every field", version: afterpay.V2, method: "POST", path: "/v2/payments/100570320832/capture",
			answer: answer{Status: 201, Body: strings.ReplaceAll(file(201, "v2_payment_capture_part_201").Body, `"paymentEventMerchantReference":""`, `"paymentEventMerchantReference":"ship-1"`)},
			body: `{"requestId":"request-1","amount":{"amount":"250.00","currency":"USD"},"merchantReference":"A-1",
				"paymentEventMerchantReference":"ship-1"}`,
			invoke: func(t *testing.T, ctx context.Context, c *afterpay.Client) {
				got, err := c.Payments.CapturePart(ctx, "100570320832", afterpay.CapturePartRequest{
					RequestID: "request-1", Amount: afterpay.USD(250_00), MerchantReference: "A-1", EventMerchantReference: "ship-1",
				})
				require.NoError(t, err)
				require.Equal(t, afterpay.StatePartiallyCaptured, got.State)
				require.Equal(t, afterpay.USD(750_00), got.OpenToCaptureAmount)
				require.Equal(t, afterpay.EventCaptured, got.Events[1].Type)
			},
		},
		{
			name: "capture part, required fields", version: afterpay.V2, method: "POST", path: "/v2/payments/100570320832/capture",
			answer: file(201, "v2_payment_capture_part_rest_201"),
			body:   `{"requestId":"made-for-you","amount":{"amount":"30.00","currency":"GBP"}}`,
			invoke: func(t *testing.T, ctx context.Context, c *afterpay.Client) {
				got, err := c.Payments.CapturePart(ctx, "100570320832", afterpay.CapturePartRequest{Amount: afterpay.GBP(30_00)})
				require.NoError(t, err)
				require.Equal(t, afterpay.GBP(0), got.OpenToCaptureAmount)
			},
		},
		{
			name: "void, every field", version: afterpay.V2, method: "POST", path: "/v2/payments/100570320832/void",
			answer: file(201, "v2_payment_void_part_201"),
			body:   `{"requestId":"request-1","amount":{"amount":"10.00","currency":"USD"},"reason":"cancelledItems"}`,
			invoke: func(t *testing.T, ctx context.Context, c *afterpay.Client) {
				got, err := c.Payments.Void(ctx, "100570320832", afterpay.VoidRequest{
					RequestID: "request-1", Amount: afterpay.USD(10_00), Reason: afterpay.VoidCancelledItems,
				})
				require.NoError(t, err)
				require.Equal(t, afterpay.USD(16_24), got.OpenToCaptureAmount)
				require.Equal(t, "1160952", got.Refunds[0].ID)
			},
		},
		{
			name: "void, required fields", version: afterpay.V2, method: "POST", path: "/v2/payments/100570320832/void",
			answer: file(201, "v2_payment_void_all_201"),
			body:   `{"requestId":"made-for-you"}`,
			invoke: func(t *testing.T, ctx context.Context, c *afterpay.Client) {
				got, err := c.Payments.Void(ctx, "100570320832", afterpay.VoidRequest{All: true})
				require.NoError(t, err)
				require.Equal(t, afterpay.StateVoided, got.State)
			},
		},
	}
}

func readExchanges(file fromFile) []wireExchange {
	get := func(t *testing.T, ctx context.Context, c *afterpay.Client) {
		got, err := c.Payments.Get(ctx, "100570320832")
		require.NoError(t, err)
		require.Equal(t, "100570320832", got.ID)
		require.Equal(t, afterpay.PriorityExpress, got.OrderDetails.Courier.Priority)
		require.Equal(t, "req-81218180", got.Refunds[0].RequestID)
	}
	getV1 := func(t *testing.T, p *afterpay.Payment, err error) {
		t.Helper()
		require.NoError(t, err)
		require.Equal(t, afterpay.AUD(131_95), p.OriginalAmount)
		require.Equal(t, "Exampleton", p.OrderDetails.Billing.Area1)
		require.Equal(t, "QLD", p.OrderDetails.Billing.Region)
		require.Equal(t, []afterpay.EventType{afterpay.EventAuthApproved, afterpay.EventCaptured}, []afterpay.EventType{p.Events[0].Type, p.Events[1].Type})
	}
	page := func(body string) answer {
		return answer{Status: 200, Body: `{"totalResults":210,"limit":50,"nextPageUrl":"http://internal:8080/v2/payments?cursor=YWJj&includeNextLink=true","results":[` + body + `]}`}
	}
	var day = time.Date(2024, 5, 1, 0, 0, 0, 0, sydney)
	full := afterpay.PaymentQuery{
		FromCreated: day, ToCreated: day.Add(24 * time.Hour).UTC(), IDs: []string{"1", "2"}, Tokens: []string{"002.a", "002.b"},
		MerchantReferences: []string{"A-1", "B,2"}, Statuses: []afterpay.PaymentStatus{afterpay.StatusApproved, afterpay.StatusDeclined},
		OrderBy: afterpay.OrderByTotalAmount, Ascending: true, Limit: 50, Offset: 100,
	}
	const fullQuery = "ascending=true&fromCreatedDate=2024-05-01T00%3A00%3A00.000%2B10%3A00&ids=1&ids=2&limit=50" +
		"&merchantReferences=A-1&merchantReferences=B%2C2&offset=100&orderBy=totalAmount&statuses=APPROVED&statuses=DECLINED" +
		"&toCreatedDate=2024-05-01T14%3A00%3A00.000Z&tokens=002.a&tokens=002.b"
	return []wireExchange{
		{name: "get payment", version: afterpay.V2, method: "GET", path: "/v2/payments/100570320832", answer: file(200, "v2_payment_by_token_200"), invoke: get},
		{
			name: "get payment", version: afterpay.V1, method: "GET", path: "/v1/payments/100570320832", answer: file(200, "v1_payment_with_events_200"),
			invoke: func(t *testing.T, ctx context.Context, c *afterpay.Client) {
				got, err := c.Payments.Get(ctx, "100570320832")
				getV1(t, got, err)
			},
		},
		{
			name: "get payment by token", version: afterpay.V2, method: "GET", path: "/v2/payments/token:002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of", answer: file(200, "v2_payment_by_token_200"),
			invoke: func(t *testing.T, ctx context.Context, c *afterpay.Client) {
				got, err := c.Payments.GetByToken(ctx, "002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of")
				require.NoError(t, err)
				require.Equal(t, "002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of", got.Token)
				require.Equal(t, afterpay.EventVoided, got.Events[2].Type)
			},
		},
		{
			name: "get payment by token", version: afterpay.V1, method: "GET", path: "/v1/payments/token:002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of", answer: file(200, "v1_payment_with_events_200"),
			invoke: func(t *testing.T, ctx context.Context, c *afterpay.Client) {
				got, err := c.Payments.GetByToken(ctx, "002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of")
				getV1(t, got, err)
			},
		},
		{
			name: "get declined payment", version: afterpay.V2, method: "GET", path: "/v2/payments/100570320832", answer: file(200, "v2_payment_capture_declined_201"),
			invoke: func(t *testing.T, ctx context.Context, c *afterpay.Client) {
				got, err := c.Payments.Get(ctx, "100570320832")
				require.NoError(t, err, "a declined payment that is read is an answer, not a decline")
				require.Equal(t, afterpay.StatusDeclined, got.Status)
			},
		},
		{
			name: "list, every field", version: afterpay.V2, method: "GET", path: "/v2/payments", query: fullQuery, answer: page(file(200, "v2_payment_by_token_200").Body),
			invoke: func(t *testing.T, ctx context.Context, c *afterpay.Client) {
				got, err := c.Payments.List(ctx, full)
				require.NoError(t, err)
				require.Equal(t, 210, got.TotalResults)
				require.Equal(t, 50, got.Limit)
				require.Len(t, got.Payments, 1)
				require.Equal(t, "100570320832", got.Payments[0].ID)
				require.Equal(t, "YWJj", got.Cursor())
			},
		},
		{
			name: "list, nothing asked", version: afterpay.V2, method: "GET", path: "/v2/payments",
			answer: answer{Status: 200, Body: `{"totalResults":0,"offset":0,"limit":20,"results":[]}`},
			invoke: func(t *testing.T, ctx context.Context, c *afterpay.Client) {
				got, err := c.Payments.List(ctx, afterpay.PaymentQuery{})
				require.NoError(t, err)
				require.Empty(t, got.Payments)
				require.Empty(t, got.Cursor())
			},
		},
		{
			name: "list, first page by link", version: afterpay.V2, method: "GET", path: "/v2/payments", query: "includeNextLink=true", answer: page(""),
			invoke: func(t *testing.T, ctx context.Context, c *afterpay.Client) {
				_, err := c.Payments.List(ctx, afterpay.PaymentQuery{NextLink: true})
				require.NoError(t, err)
			},
		},
		{
			name: "list, next page by link", version: afterpay.V2, method: "GET", path: "/v2/payments", query: "cursor=YWJj%3D&includeNextLink=true", answer: page(""),
			invoke: func(t *testing.T, ctx context.Context, c *afterpay.Client) {
				_, err := c.Payments.List(ctx, afterpay.PaymentQuery{Cursor: "YWJj="})
				require.NoError(t, err)
			},
		},
		{
			name: "list, every field", version: afterpay.V1, method: "GET", path: "/v1/payments", query: strings.Replace(fullQuery, "totalAmount", "amount", 1), answer: file(200, "v1_payment_list_200"),
			invoke: func(t *testing.T, ctx context.Context, c *afterpay.Client) {
				got, err := c.Payments.List(ctx, full)
				require.NoError(t, err)
				require.Equal(t, 1, got.TotalResults)
				require.Equal(t, "67890123", got.Payments[0].Refunds[0].ID)
				require.Equal(t, afterpay.AUD(131_95), got.Payments[0].OriginalAmount)
			},
		},
	}
}

func updateExchanges(file fromFile) []wireExchange {
	reference := func(t *testing.T, ctx context.Context, c *afterpay.Client) {
		got, err := c.Payments.UpdateReference(ctx, "100570320832", "new_merchant_order_id_1234")
		require.NoError(t, err)
		require.Equal(t, "new_merchant_order_id_1234", got.MerchantReference)
	}
	courier := func(t *testing.T, ctx context.Context, c *afterpay.Client) {
		got, err := c.Payments.UpdateCourier(ctx, "100570320832", fullCourier)
		require.NoError(t, err)
		require.Equal(t, "AA000000001", got.OrderDetails.Courier.Tracking)
		require.Equal(t, time.Date(2021, 6, 2, 11, 0, 43, 0, time.UTC), got.OrderDetails.Courier.ShippedAt.Time)
	}
	noCourier := func(t *testing.T, ctx context.Context, c *afterpay.Client) {
		_, err := c.Payments.UpdateCourier(ctx, "100570320832", afterpay.Courier{})
		require.NoError(t, err)
	}
	const courierJSON = `{"shippedAt":"2024-05-01T09:30:00.120+10:00","name":"ExampleCourier","tracking":"AA000000001","priority":"EXPRESS"}`
	refund := func(req afterpay.RefundRequest, want afterpay.Refund) func(*testing.T, context.Context, *afterpay.Client) {
		return func(t *testing.T, ctx context.Context, c *afterpay.Client) {
			got, err := c.Refunds.Create(ctx, "100570320832", req)
			require.NoError(t, err)
			require.Equal(t, &want, got)
		}
	}
	at := func(year int, month time.Month, day, hour, minute, second, ms int) afterpay.Timestamp {
		return afterpay.Timestamp{Time: time.Date(year, month, day, hour, minute, second, ms*1e6, time.UTC)}
	}
	v1Refund := afterpay.Refund{
		ID: "1234234", RequestID: "61cdad2d-8e10-42ec-a97b-8712dd7a8ca9", Amount: afterpay.AUD(50_00),
		MerchantReference: "my_reference", RefundedAt: at(2015, 7, 10, 15, 1, 14, 123),
	}
	v2Refund := afterpay.Refund{ID: "1337837", Amount: afterpay.USD(10_00), RefundedAt: at(2021, 8, 25, 14, 56, 33, 753)}
	return []wireExchange{
		{name: "update reference", version: afterpay.V2, method: "PUT", path: "/v2/payments/100570320832", body: `{"merchantReference":"new_merchant_order_id_1234"}`, invoke: reference, answer: file(200, "v2_payment_reference_updated_200")},
		{name: "update reference, status as documented", version: afterpay.V2, method: "PUT", path: "/v2/payments/100570320832", body: `{"merchantReference":"new_merchant_order_id_1234"}`, invoke: reference, answer: file(201, "v2_payment_reference_updated_200")},
		{name: "update reference", version: afterpay.V1, method: "PUT", path: "/v1/payments/100570320832", body: `{"merchantReference":"new_merchant_order_id_1234"}`, invoke: reference, answer: file(200, "v2_payment_reference_updated_200")},
		{name: "update courier, every field", version: afterpay.V2, method: "PUT", path: "/v2/payments/100570320832/courier", body: courierJSON, invoke: courier, answer: file(200, "v2_payment_courier_updated_200")},
		{name: "update courier, no field", version: afterpay.V2, method: "PUT", path: "/v2/payments/100570320832/courier", body: `{}`, invoke: noCourier, answer: file(200, "v2_payment_courier_updated_200")},
		{name: "update courier, every field", version: afterpay.V1, method: "PUT", path: "/v1/payments/100570320832/courier", body: courierJSON, invoke: courier, answer: file(200, "v2_payment_courier_updated_200")},
		{
			name: "refund, every field", version: afterpay.V2, method: "POST", path: "/v2/payments/100570320832/refund",
			answer: file(201, "v2_refund_created_201"),
			invoke: refund(afterpay.RefundRequest{RequestID: "request-1", Amount: afterpay.USD(10_00), MerchantReference: "R-1", RefundMerchantReference: "R-1-settled"}, v2Refund),
			body: `{"requestId":"request-1","amount":{"amount":"10.00","currency":"USD"},"merchantReference":"R-1",
				"refundMerchantReference":"R-1-settled"}`,
		},
		{
			name: "refund, required fields", version: afterpay.V2, method: "POST", path: "/v2/payments/100570320832/refund",
			answer: file(201, "v2_refund_created_201"),
			invoke: refund(afterpay.RefundRequest{Amount: afterpay.USD(10_00)}, v2Refund),
			body:   `{"requestId":"made-for-you","amount":{"amount":"10.00","currency":"USD"},"merchantReference":"made-for-you"}`,
		},
		{
			name: "refund, every field", version: afterpay.V1, method: "POST", path: "/v1/payments/100570320832/refund",
			answer: file(201, "v1_refund_created_201"),
			invoke: refund(afterpay.RefundRequest{RequestID: suitetest.RequestID, Amount: afterpay.AUD(50_00), MerchantReference: "my_reference"}, v1Refund),
			body:   `{"requestId":"` + suitetest.RequestID + `","amount":{"amount":"50.00","currency":"AUD"},"merchantReference":"my_reference"}`,
		},
		{
			name: "refund, required fields", version: afterpay.V1, method: "POST", path: "/v1/payments/100570320832/refund",
			answer: file(201, "v2_refund_created_201"),
			invoke: refund(afterpay.RefundRequest{Amount: afterpay.USD(10_00)}, v2Refund),
			body:   `{"requestId":"made-for-you","amount":{"amount":"10.00","currency":"USD"},"merchantReference":"made-for-you"}`,
		},
	}
}

// TestEveryOperationOnTheWire compares the requests of every operation, in both
// API versions, with what was written by hand from the reference.
func TestEveryOperationOnTheWire(t *testing.T) {
	t.Parallel()
	for _, x := range exchanges(t) {
		t.Run(map[afterpay.APIVersion]string{1: "v1 ", 2: "v2 "}[x.version]+x.name, func(t *testing.T) {
			t.Parallel()
			srv := newRecorder(t, x.answer)
			c := suitetest.NewClient(t, srv.URL,
				afterpay.WithAPIVersion(x.version),
				afterpay.WithRequestIDs(func() string { return "made-for-you" }),
				afterpay.WithUserAgent(afterpay.UserAgent{Module: "MyModule/1.2"}),
			)
			x.invoke(t, t.Context(), c)

			got := srv.Only(t)
			assert.Equal(t, x.method, got.Method)
			assert.Equal(t, x.path, got.Path)
			assert.Equal(t, x.query, got.Query)
			if x.body == "" {
				assert.Empty(t, got.Body)
			} else {
				assert.JSONEq(t, x.body, got.Body)
			}
			assertHeaders(t, x, got.Header)
		})
	}
}

// assertHeaders checks every header that is sent, so that none is sent that
// nobody thought of.
func assertHeaders(t *testing.T, x wireExchange, got http.Header) {
	t.Helper()
	want := http.Header{
		"Accept":          {"application/json"},
		"Accept-Encoding": {"gzip"}, // net/http's
		"Authorization":   {"Basic MzI6c2stOWMxZjdiMmU="},
		"User-Agent":      got["User-Agent"],
	}
	if x.body != "" {
		want["Content-Type"] = []string{"application/json"}
		want["Content-Length"] = got["Content-Length"]
	}
	if x.path == "/ping" {
		want.Del("Authorization")
		want.Set("Accept", "*/*")
	}
	assert.Equal(t, want, got)
	assert.Regexp(t, `^MyModule/1\.2 \(Go/\d+\.\d+; Merchant/32\)$`, got.Get("User-Agent"))
}

// TestEveryOperationIsExchanged keeps the table above complete.
func TestEveryOperationIsExchanged(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, x := range exchanges(t) {
		srv := newRecorder(t, x.answer)
		var op string
		c := suitetest.NewClient(t, srv.URL, afterpay.WithAPIVersion(x.version), afterpay.WithObserver(func(_ context.Context, a afterpay.Attempt) { op = a.Op + " " + a.Route }))
		x.invoke(t, t.Context(), c)
		seen[op] = true
	}
	for _, o := range suitetest.Operations() {
		for _, v := range suitetest.Versions {
			if route := o.Route(v); route != "" && o.Name != "disputes.uploadEvidence" { // no JSON: TestUploadOnTheWire
				assert.True(t, seen[o.Name+" "+route], "%s %s is not exchanged", o.Name, route)
			}
		}
	}
}
