package afterpay_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// fullCourier is a courier with every field set.
var fullCourier = afterpay.Courier{
	ShippedAt: afterpay.Timestamp{Time: time.Date(2024, 5, 1, 9, 30, 0, 120_000_000, sydney)},
	Name:      "ExampleCourier", Tracking: "AA000000001", Priority: afterpay.PriorityExpress,
}

const courierJSON = `{"shippedAt":"2024-05-01T09:30:00.120+10:00","name":"ExampleCourier","tracking":"AA000000001","priority":"EXPRESS"}`

// The fields that an express checkout may change.
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

const expressJSON = `"merchantReference":"A-1",
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

const (
	tokenJSON   = `"token":"` + suitetest.Token + `"`
	paymentPath = "/payments/" + suitetest.PaymentID
	tokenPath   = "/payments/token:" + suitetest.Token
)

// of returns a copy of the response with old replaced by text.
func (a answer) of(old, text string) answer {
	a.Body = strings.ReplaceAll(a.Body, old, text)
	return a
}

func captureExchanges(file fromFile) []wireExchange {
	capture := func(req afterpay.CaptureRequest) invocation {
		return func(ctx context.Context, c *afterpay.Client) error { return second(c.Payments.Capture(ctx, req)) }
	}
	reverse := func(ctx context.Context, c *afterpay.Client) error { return c.Payments.Reverse(ctx, suitetest.Token) }
	required := capture(afterpay.CaptureRequest{Token: suitetest.Token})
	return []wireExchange{
		{
			name: "capture, every field", version: afterpay.V2, method: "POST", path: "/v2/payments/capture",
			body: `{` + tokenJSON + `,` + expressJSON + `}`, answer: file(201, "v2_payment_capture_replayed_201").of("22.04", "21.85"),
			invoke: capture(afterpay.CaptureRequest{
				Token: suitetest.Token, MerchantReference: "A-1", Amount: afterpay.USD(21_85), IsCheckoutAdjusted: true, PaymentScheduleChecksum: "checksum-1",
				Items: []afterpay.Item{expressItem}, Shipping: expressContact, Enrichments: enrichments, GrantID: "grant-1",
			}),
		},
		{name: "capture, required fields", version: afterpay.V2, method: "POST", path: "/v2/payments/capture", body: `{` + tokenJSON + `}`, invoke: required, answer: file(201, "v2_payment_capture_replayed_201")},
		{name: "capture, every field", version: afterpay.V1, method: "POST", path: "/v1/payments/capture", body: `{` + tokenJSON + `,"merchantReference":"A-1"}`, invoke: capture(afterpay.CaptureRequest{Token: suitetest.Token, MerchantReference: "A-1"}), answer: file(201, "v1_payment_captured_201")},
		{name: "capture, required fields", version: afterpay.V1, method: "POST", path: "/v1/payments/capture", body: `{` + tokenJSON + `}`, invoke: required, answer: file(201, "v1_payment_captured_log_201")},
		{name: "reverse", version: afterpay.V2, method: "POST", path: "/v2" + tokenPath + "/reversal", body: `{}`, invoke: reverse, answer: answer{Status: 204}},
		{name: "reverse", version: afterpay.V1, method: "POST", path: "/v1" + tokenPath + "/reversal", body: `{}`, invoke: reverse, answer: answer{Status: 204}},
	}
}

func deferredExchanges(file fromFile) []wireExchange {
	type ctx = context.Context
	type client = *afterpay.Client
	authorize := func(req afterpay.AuthorizeRequest) invocation {
		return func(ctx ctx, c client) error { return second(c.Payments.Authorize(ctx, req)) }
	}
	part := func(req afterpay.CapturePartRequest) invocation {
		return func(ctx ctx, c client) error { return second(c.Payments.CapturePart(ctx, suitetest.PaymentID, req)) }
	}
	void := func(req afterpay.VoidRequest) invocation {
		return func(ctx ctx, c client) error { return second(c.Payments.Void(ctx, suitetest.PaymentID, req)) }
	}
	exchange := func(name, path, body string, invoke invocation, answer answer) wireExchange {
		return wireExchange{name: name, version: afterpay.V2, method: "POST", path: "/v2" + path, body: body, invoke: invoke, answer: answer}
	}
	return []wireExchange{
		exchange("authorize, every field", "/payments/auth", `{`+tokenJSON+`,"requestId":"request-1",`+expressJSON+`}`, authorize(afterpay.AuthorizeRequest{
			Token: suitetest.Token, RequestID: "request-1", MerchantReference: "A-1", Amount: afterpay.USD(21_85), IsCheckoutAdjusted: true,
			PaymentScheduleChecksum: "checksum-1", Items: []afterpay.Item{expressItem}, Shipping: expressContact, Enrichments: enrichments, GrantID: "grant-1",
		}), file(201, "v2_payment_auth_approved_201").of("26.24", "21.85")),
		exchange("authorize, required fields", "/payments/auth", `{`+tokenJSON+`,"requestId":"made-for-you"}`,
			authorize(afterpay.AuthorizeRequest{Token: suitetest.Token}), file(201, "v2_payment_auth_approved_201")),
		exchange("capture part, every field", paymentPath+"/capture",
			`{"requestId":"request-1","amount":{"amount":"250.00","currency":"USD"},"merchantReference":"A-1","paymentEventMerchantReference":"ship-1"}`,
			part(afterpay.CapturePartRequest{RequestID: "request-1", Amount: afterpay.USD(250_00), MerchantReference: "A-1", EventMerchantReference: "ship-1"}),
			file(201, "v2_payment_capture_part_201").of(`"paymentEventMerchantReference":""`, `"paymentEventMerchantReference":"ship-1"`)),
		exchange("capture part, required fields", paymentPath+"/capture", `{"requestId":"made-for-you","amount":{"amount":"30.00","currency":"GBP"}}`,
			part(afterpay.CapturePartRequest{Amount: afterpay.GBP(30_00)}), file(201, "v2_payment_capture_part_rest_201")),
		exchange("void, every field", paymentPath+"/void", `{"requestId":"request-1","amount":{"amount":"10.00","currency":"USD"},"reason":"cancelledItems"}`,
			void(afterpay.VoidRequest{RequestID: "request-1", Amount: afterpay.USD(10_00), Reason: afterpay.VoidCancelledItems}), file(201, "v2_payment_void_part_201")),
		exchange("void, required fields", paymentPath+"/void", `{"requestId":"made-for-you"}`, void(afterpay.VoidRequest{All: true}), file(201, "v2_payment_void_all_201")),
	}
}

func readExchanges(file fromFile) []wireExchange {
	get := func(ctx context.Context, c *afterpay.Client) error {
		return second(c.Payments.Get(ctx, suitetest.PaymentID))
	}
	byToken := func(ctx context.Context, c *afterpay.Client) error {
		return second(c.Payments.GetByToken(ctx, suitetest.Token))
	}
	return []wireExchange{
		{name: "get payment", version: afterpay.V2, method: "GET", path: "/v2" + paymentPath, answer: file(200, "v2_payment_by_token_200"), invoke: get},
		{name: "get payment", version: afterpay.V1, method: "GET", path: "/v1" + paymentPath, answer: file(200, "v1_payment_with_events_200"), invoke: get},
		{name: "get declined payment", version: afterpay.V2, method: "GET", path: "/v2" + paymentPath, answer: file(200, "v2_payment_capture_declined_201"), invoke: get}, // reading it is not an error
		{name: "get payment by token", version: afterpay.V2, method: "GET", path: "/v2" + tokenPath, answer: file(200, "v2_payment_by_token_200"), invoke: byToken},
		{name: "get payment by token", version: afterpay.V1, method: "GET", path: "/v1" + tokenPath, answer: file(200, "v1_payment_with_events_200"), invoke: byToken},
	}
}

func listExchanges(file fromFile) []wireExchange {
	list := func(q afterpay.PaymentQuery) invocation {
		return func(ctx context.Context, c *afterpay.Client) error { return second(c.Payments.List(ctx, q)) }
	}
	var day = time.Date(2024, 5, 1, 0, 0, 0, 0, sydney)
	full := list(afterpay.PaymentQuery{
		FromCreated: day, ToCreated: day.Add(24 * time.Hour).UTC(), IDs: []string{"1", "2"}, Tokens: []string{"002.a", "002.b"},
		MerchantReferences: []string{"A-1", "B,2"}, Statuses: []afterpay.PaymentStatus{afterpay.StatusApproved, afterpay.StatusDeclined},
		OrderBy: afterpay.OrderByTotalAmount, Ascending: true, Limit: 50, Offset: 100,
	})
	const fullQuery = "ascending=true&fromCreatedDate=2024-05-01T00%3A00%3A00.000%2B10%3A00&ids=1&ids=2&limit=50" +
		"&merchantReferences=A-1&merchantReferences=B%2C2&offset=100&orderBy=totalAmount&statuses=APPROVED&statuses=DECLINED" +
		"&toCreatedDate=2024-05-01T14%3A00%3A00.000Z&tokens=002.a&tokens=002.b"
	page := file(200, "v1_payment_list_200")
	return []wireExchange{
		{name: "list, every field", version: afterpay.V2, method: "GET", path: "/v2/payments", query: fullQuery, answer: page, invoke: full},
		{name: "list, every field", version: afterpay.V1, method: "GET", path: "/v1/payments", query: strings.Replace(fullQuery, "totalAmount", "amount", 1), answer: page, invoke: full},
		{name: "list, no field", version: afterpay.V2, method: "GET", path: "/v2/payments", answer: page, invoke: list(afterpay.PaymentQuery{})},
		{name: "list, first page by link", version: afterpay.V2, method: "GET", path: "/v2/payments", query: "includeNextLink=true", answer: page, invoke: list(afterpay.PaymentQuery{NextLink: true})},
		{name: "list, next page by link", version: afterpay.V2, method: "GET", path: "/v2/payments", query: "cursor=YWJj%3D&includeNextLink=true", answer: page, invoke: list(afterpay.PaymentQuery{Cursor: "YWJj="})},
	}
}

func updateExchanges(file fromFile) []wireExchange {
	reference := func(ctx context.Context, c *afterpay.Client) error {
		return second(c.Payments.UpdateReference(ctx, suitetest.PaymentID, "new_merchant_order_id_1234"))
	}
	courier := func(courier afterpay.Courier) invocation {
		return func(ctx context.Context, c *afterpay.Client) error {
			return second(c.Payments.UpdateCourier(ctx, suitetest.PaymentID, courier))
		}
	}
	const referenceJSON = `{"merchantReference":"new_merchant_order_id_1234"}`
	return []wireExchange{
		{name: "update reference", version: afterpay.V2, method: "PUT", path: "/v2" + paymentPath, body: referenceJSON, invoke: reference, answer: file(200, "v2_payment_reference_updated_200")},
		{name: "update reference", version: afterpay.V1, method: "PUT", path: "/v1" + paymentPath, body: referenceJSON, invoke: reference, answer: file(200, "v2_payment_reference_updated_200")},
		{name: "update courier, every field", version: afterpay.V2, method: "PUT", path: "/v2" + paymentPath + "/courier", body: courierJSON, invoke: courier(fullCourier), answer: file(200, "v2_payment_courier_updated_200")},
		{name: "update courier, no field", version: afterpay.V2, method: "PUT", path: "/v2" + paymentPath + "/courier", body: `{}`, invoke: courier(afterpay.Courier{}), answer: file(200, "v2_payment_courier_updated_200")},
		{name: "update courier, every field", version: afterpay.V1, method: "PUT", path: "/v1" + paymentPath + "/courier", body: courierJSON, invoke: courier(fullCourier), answer: file(200, "v2_payment_courier_updated_200")},
	}
}

// read decodes a text as a response of API v2.
func read[T any](text string) (*T, error) {
	v := new(T)
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return nil, err
	}
	return v, nil
}

func TestPayment_AmountsThatDecideAreStrict(t *testing.T) {
	t.Parallel()
	for path, text := range map[string]string{
		"originalAmount.amount":    `{"id":"1","originalAmount":{"amount":%s,"currency":"USD"}}`,
		"openToCaptureAmount":      `{"id":"1","openToCaptureAmount":%s}`,
		"events[2].amount.amount":  `{"id":"1","events":[{},{"amount":null},{"amount":{"amount":%s}}]}`,
		"events.amount.amount":     `{"id":"1","events":{"amount":{"amount":%s}}}`,
		"refunds[0].amount.amount": `{"refunds":[{"amount":{"currency":"USD","amount":%s}}]}`,
	} {
		for _, amount := range []string{`"1,021.85"`, `"0.001"`, `12.345`, `"twelve"`, `" "`, `1e400`} {
			p := afterpay.Payment{ID: "before"}
			err := p.UnmarshalJSON(fmt.Appendf(nil, text, amount))
			require.Equal(t, afterpay.Payment{ID: "before"}, p)
			require.ErrorIs(t, err, afterpay.ErrAmount, amount)
			require.EqualError(t, err, path+" is invalid")
		}
	}
	_, err := read[afterpay.PaymentPage](`{"results":[{"id":"1"},{"id":"2","originalAmount":{"amount":"x"}}]}`)
	require.EqualError(t, err, "results[1].originalAmount.amount is invalid")
}

func TestPayment_UnreadableFieldsThatDoNotDecideAreKeptAsUnread(t *testing.T) {
	t.Parallel()
	const text = `{"id":"1","status":"APPROVED","created":"soon","originalAmount":{"amount":"5.00","currency":"USD"},
		"refunds":[{"refundId":"7","amount":{"amount":"1.00","currency":"USD"},"refundedAt":"26/08/2021"}],
		"orderDetails":{"courier":{"shippedAt":17000000000000},"taxAmount":{"amount":"1,00","currency":"USD"},"shippingAmount":"free",
		"items":[{"name":"a","quantity":"two","price":{"amount":"0.001","currency":"USD"}},{"name":"b","quantity":1.5,"price":"x"}],
		"discounts":[{"displayName":"d","amount":{"amount":"10%"}}]},"events":[{"type":"CAPTURED","created":"now"}]}`
	want := &afterpay.Payment{
		ID: "1", Status: afterpay.StatusApproved, OriginalAmount: afterpay.USD(5_00), Refunds: []afterpay.Refund{{ID: "7", Amount: afterpay.USD(1_00)}},
		OrderDetails: afterpay.OrderDetails{Items: []afterpay.Item{{Name: "a"}, {Name: "b"}}, Discounts: []afterpay.Discount{{DisplayName: "d"}}},
		Events:       []afterpay.PaymentEvent{{Type: afterpay.EventCaptured}},
		Unread: map[string]string{
			"created": "soon", "refunds[0].refundedAt": "26/08/2021", "orderDetails.courier.shippedAt": "17000000000000",
			"orderDetails.taxAmount.amount": "1,00", "orderDetails.shippingAmount": "free",
			"orderDetails.items[0].quantity": "two", "orderDetails.items[0].price.amount": "0.001",
			"orderDetails.items[1].quantity": "1.5", "orderDetails.items[1].price": "x",
			"orderDetails.discounts[0].amount.amount": "10%", "events[0].created": "now",
		},
	}
	page, err := read[afterpay.PaymentPage](`{"totalResults":"all","limit":"20","results":[{"id":"0"},` + text + `]}`)
	require.NoError(t, err)
	require.Equal(t, []*afterpay.Payment{{ID: "0"}, want}, page.Payments, "paths begin at the payment")
	require.Equal(t, 20, page.Limit)

	p, err := read[afterpay.Payment](`{"id":"1","orderDetails":{"items":[` + strings.Repeat(`{"quantity":"many"},`, 2000) + `{}]}}`)
	require.NoError(t, err)
	require.Len(t, p.Unread, 1000, "what is kept is bounded")
}

// A page of tiny payments takes hundreds of times its size in memory. A hostile
// service could use that.
func TestPage_DecodingTakesMemoryInProportionToTheText(t *testing.T) {
	for element, refused := range map[string]bool{`{}`: true, `{"events":[{},{},{},{}]}`: true, `{"orderDetails":{"items":[{"categories":[["a"]]}]}}`: false} {
		text := []byte(`{"results":[` + strings.Repeat(element+",", 300_000/(len(element)+1)) + element + `]}`)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := new(afterpay.PaymentPage).UnmarshalJSON(text)
		runtime.ReadMemStats(&after)
		require.Equal(t, refused, err != nil, element)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16<<20), element)
	}
}

// lost are faults before and after the service does its work.
var lost = map[string]struct {
	fault afterpaytest.Fault
	done  bool
}{"done": {afterpaytest.BadGateway().AfterCommit(), true}, "not done": {afterpaytest.BadGateway(), false}}

func TestVoid_LostOneShowsInTheBalance(t *testing.T) {
	t.Parallel()
	for name, x := range lost {
		synctest.Test(t, func(t *testing.T) {
			s := newShop(t, afterpay.V2)
			id, req := s.authorized(), afterpay.VoidRequest{RequestID: "r-1", Amount: afterpay.USD(30_00)}
			s.sandbox.Fail(afterpaytest.OpVoid, x.fault.Times(3))
			require.ErrorIs(t, second(s.client.Payments.Void(t.Context(), id, req)), afterpay.ErrOutcomeUnknown, name)
			p, err := s.client.Payments.Get(t.Context(), id)
			require.NoError(t, err)
			b, err := p.Balance()
			require.NoError(t, err)
			require.Equal(t, x.done, b.Voided == afterpay.USD(30_00), name)
			p, err = s.client.Payments.Void(t.Context(), id, req)
			require.NoError(t, err, "repeated under the same id")
			require.Equal(t, afterpay.USD(70_00), p.OpenToCaptureAmount, "voided once")
		})
	}
}

// A reversal is carried out later, and is accepted once.
func TestReverse_LostOneShowsWhenRepeated(t *testing.T) {
	t.Parallel()
	for name, x := range lost {
		eachVersion(t, func(s *shop) {
			s.captured()
			token := s.sandbox.Ledger()[0].Token
			s.sandbox.Fail(afterpaytest.OpReverse, x.fault)
			require.ErrorIs(s.t, s.with(afterpay.WithRetry(afterpay.RetryPolicy{})).Payments.Reverse(s.t.Context(), token), afterpay.ErrOutcomeUnknown)
			again := s.client.Payments.Reverse(s.t.Context(), token)
			require.Equal(s.t, x.done, errors.Is(again, afterpay.ErrState), "%s: %v", name, again)
			s.sandbox.Advance(time.Minute)
			require.Len(s.t, s.sandbox.Ledger(), 2, "reversed once")
		})
	}
}
