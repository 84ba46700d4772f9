package afterpay_test

import (
	"context"
	"strings"

	"github.com/afterpay-go/afterpay"
)

// operation is a row of the API: an operation with arguments that hold
// everything its service may know of a shopper, in words that both versions
// accept where there are both.
type operation struct {
	name      string // as in Error.Op
	method    string
	v2, v1    string // routes; v1 is "" where the version lacks it
	money     bool   // it moves money
	keyed     bool   // it carries a request id
	invoke    func(context.Context, *afterpay.Client) (result any, err error)
	succeeded string // an answer that is a success under both versions
}

// What the operations below are called with.
const (
	aToken     = "002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of"
	aPaymentID = "100570320832"
	aRequestID = "61cdad2d-8e10-42ec-a97b-8712dd7a8ca9"
)

var aConsumer = afterpay.Consumer{GivenNames: "Winnifred", Surname: "Oyelaran", Email: "winnie@mail.example", PhoneNumber: "+61 491 570 156"}

var anAddress = afterpay.Contact{
	Name: "Winnifred Oyelaran", Line1: "77 Quokka Parade", Line2: "Flat Zebra", Area1: "Wollondilly", Region: "NSW",
	Postcode: "2999", CountryCode: "AU", PhoneNumber: "+61 491 570 156",
}

// expressToken is the token in v2_checkout_express_200.
const expressToken = "002.2olo65apa0hrukbq3aekrt3rskvg8nkev45mc0nuk02vje1b"

const aDisputeID = "dp_1"

const aClosedDispute = `{"id":"dp_1","status":"lost","open":false}`

// What the operations below are answered with.
const (
	anApprovedPayment = `{"id":"` + aPaymentID + `","token":"` + aToken + `","status":"APPROVED","paymentState":"CAPTURED"}`
	aCapturedPart     = `{"id":"` + aPaymentID + `","status":"APPROVED","paymentState":"PARTIALLY_CAPTURED","events":[{"type":"CAPTURED","amount":{"amount":"10.00","currency":"AUD"}}]}`
	aVoidedPayment    = `{"id":"` + aPaymentID + `","status":"APPROVED","paymentState":"VOIDED"}`
	anOrder           = `{"token":"` + aToken + `"}`
	aRefund           = `{"refundId":"1","amount":{"amount":"10.00","currency":"AUD"}}`
)

// answered hides that a nil pointer in an interface is not nil.
func answered[T any](p *T, err error) (any, error) {
	if p == nil {
		return nil, err
	}
	return p, err
}

// allOperations lists the API.
func allOperations() []operation {
	type ctx = context.Context
	type client = *afterpay.Client
	return []operation{
		{"ping", "GET", "/ping", "/ping", false, false, func(ctx ctx, c client) (any, error) {
			return nil, c.Ping(ctx)
		}, `pong`},
		{"configuration.get", "GET", "/v2/configuration", "/v1/configuration", false, false, func(ctx ctx, c client) (any, error) {
			return answered(c.Configuration.Get(ctx))
		}, `{"maximumAmount":{"amount":"1000.00","currency":"AUD"}}`},
		{"orders.create", "POST", "/v2/checkouts", "/v1/orders", false, false, func(ctx ctx, c client) (any, error) {
			return answered(c.Orders.Create(ctx, afterpay.CreateOrderRequest{
				Amount: afterpay.AUD(37_00), Consumer: aConsumer, Billing: anAddress, Shipping: anAddress,
				Items:    []afterpay.Item{{Name: "Widget", Quantity: 1, Price: afterpay.AUD(37_00)}},
				Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/ok", RedirectCancelURL: "https://shop.example/no"},
			}))
		}, `{"token":"t"}`},
		{"orders.get", "GET", "/v2/checkouts/{token}", "/v1/orders/{token}", false, false, func(ctx ctx, c client) (any, error) {
			return answered(c.Orders.Get(ctx, aToken))
		}, anOrder},
		{"payments.authorize", "POST", "/v2/payments/auth", "", true, true, func(ctx ctx, c client) (any, error) {
			return answered(c.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: aToken, RequestID: aRequestID, Shipping: anAddress}))
		}, anApprovedPayment},
		{"payments.capture", "POST", "/v2/payments/capture", "/v1/payments/capture", true, false, func(ctx ctx, c client) (any, error) {
			return answered(c.Payments.Capture(ctx, afterpay.CaptureRequest{Token: aToken, MerchantReference: "A-1"}))
		}, anApprovedPayment},
		{"payments.capturePart", "POST", "/v2/payments/{paymentID}/capture", "", true, true, func(ctx ctx, c client) (any, error) {
			return answered(c.Payments.CapturePart(ctx, aPaymentID, afterpay.CapturePartRequest{RequestID: aRequestID, Amount: afterpay.AUD(10_00)}))
		}, aCapturedPart},
		{"payments.void", "POST", "/v2/payments/{paymentID}/void", "", true, true, func(ctx ctx, c client) (any, error) {
			return answered(c.Payments.Void(ctx, aPaymentID, afterpay.VoidRequest{RequestID: aRequestID, All: true}))
		}, aVoidedPayment},
		{"payments.reverse", "POST", "/v2/payments/token:{token}/reversal", "/v1/payments/token:{token}/reversal", true, false, func(ctx ctx, c client) (any, error) {
			return nil, c.Payments.Reverse(ctx, aToken)
		}, ``},
		{"payments.get", "GET", "/v2/payments/{paymentID}", "/v1/payments/{paymentID}", false, false, func(ctx ctx, c client) (any, error) {
			return answered(c.Payments.Get(ctx, aPaymentID))
		}, anApprovedPayment},
		{"payments.getByToken", "GET", "/v2/payments/token:{token}", "/v1/payments/token:{token}", false, false, func(ctx ctx, c client) (any, error) {
			return answered(c.Payments.GetByToken(ctx, aToken))
		}, anApprovedPayment},
		{"payments.list", "GET", "/v2/payments", "/v1/payments", false, false, func(ctx ctx, c client) (any, error) {
			return answered(c.Payments.List(ctx, afterpay.PaymentQuery{Tokens: []string{aToken}}))
		}, `{"results":[]}`},
		{"payments.updateReference", "PUT", "/v2/payments/{paymentID}", "/v1/payments/{paymentID}", false, false, func(ctx ctx, c client) (any, error) {
			return answered(c.Payments.UpdateReference(ctx, aPaymentID, "A-2"))
		}, anApprovedPayment},
		{"payments.updateCourier", "PUT", "/v2/payments/{paymentID}/courier", "/v1/payments/{paymentID}/courier", false, false, func(ctx ctx, c client) (any, error) {
			return answered(c.Payments.UpdateCourier(ctx, aPaymentID, afterpay.Courier{Name: "ExampleCourier", Tracking: "AA000000001"}))
		}, anApprovedPayment},
		{"refunds.create", "POST", "/v2/payments/{paymentID}/refund", "/v1/payments/{paymentID}/refund", true, true, func(ctx ctx, c client) (any, error) {
			return answered(c.Refunds.Create(ctx, aPaymentID, afterpay.RefundRequest{RequestID: aRequestID, Amount: afterpay.AUD(10_00)}))
		}, aRefund},
		{"disputes.list", "GET", "/v2/disputes", "", false, false, func(ctx ctx, c client) (any, error) {
			return answered(c.Disputes.List(ctx, afterpay.DisputeQuery{PaymentID: aPaymentID}))
		}, `{"data":[]}`},
		{"disputes.get", "GET", "/v2/disputes/{disputeID}", "", false, false, func(ctx ctx, c client) (any, error) {
			return answered(c.Disputes.Get(ctx, aDisputeID))
		}, aClosedDispute},
		{"disputes.respond", "POST", "/v2/disputes/{disputeID}", "", true, false, func(ctx ctx, c client) (any, error) {
			return answered(c.Disputes.Respond(ctx, aDisputeID, afterpay.Evidence{ShippingAddress: anAddress.Line1}))
		}, aClosedDispute},
		{"disputes.accept", "POST", "/v2/disputes/{disputeID}/accept", "", true, false, func(ctx ctx, c client) (any, error) {
			return answered(c.Disputes.Accept(ctx, aDisputeID))
		}, aClosedDispute},
		{"disputes.uploadEvidence", "POST", "/v2/disputes/files", "", false, false, func(ctx ctx, c client) (any, error) {
			return answered(c.Disputes.UploadEvidence(ctx, aConsumer.Surname+".png", "image/png", strings.NewReader(anAddress.Line1)))
		}, `{"id":"fi_1"}`},
		{"disputes.getEvidenceFile", "GET", "/v2/disputes/files/{fileID}", "", false, false, func(ctx ctx, c client) (any, error) {
			return answered(c.Disputes.GetEvidenceFile(ctx, "fi_1"))
		}, `{"url":"https://files.example/fi_1?signature=Quokka"}`},
	}
}

// versions are the API versions, by name.
var versions = map[string]afterpay.APIVersion{"v2": afterpay.V2, "v1": afterpay.V1}

// route is the operation's in a version.
func (o operation) route(v afterpay.APIVersion) string {
	if v == afterpay.V1 {
		return o.v1
	}
	return o.v2
}
