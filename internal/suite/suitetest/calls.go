// Package suitetest holds what the tests of package afterpay and of its suite share:
// a call of each operation, and clients without a network.
package suitetest

import (
	"context"
	"slices"
	"strings"

	"github.com/afterpay-go/afterpay"
)

// Operation is one operation of the API, with arguments that hold
// everything its service may know of a shopper, in words that both versions
// accept where there are both.
type Operation struct {
	Name      string // as in Error.Op
	Method    string
	V2, V1    string // routes; v1 is "" where the version lacks it
	Money     bool   // it moves money
	Keyed     bool   // it carries a request id
	Invoke    func(context.Context, *afterpay.Client) (result any, err error)
	Succeeded string // a response that is a success under both versions
}

// What the operations below are called with.
const (
	Token     = "002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of"
	PaymentID = "100570320832"
	RequestID = "61cdad2d-8e10-42ec-a97b-8712dd7a8ca9"
)

// Consumer is the shopper of the operations.
var Consumer = afterpay.Consumer{GivenNames: "Winnifred", Surname: "Oyelaran", Email: "winnie@mail.example", PhoneNumber: "+61 491 570 156"}

// Address is where the shopper lives.
var Address = afterpay.Contact{
	Name: "Winnifred Oyelaran", Line1: "77 Quokka Parade", Line2: "Flat Zebra", Area1: "Wollondilly", Region: "NSW",
	Postcode: "2999", CountryCode: "AU", PhoneNumber: "+61 491 570 156",
}

// ExpressToken is the token in v2_checkout_express_200.
const ExpressToken = "002.2olo65apa0hrukbq3aekrt3rskvg8nkev45mc0nuk02vje1b"

// DisputeID is the dispute that the operations are called with.
const DisputeID = "dp_1"

// ClosedDispute is a dispute that is lost.
const ClosedDispute = `{"id":"dp_1","status":"lost","open":false}`

// What the operations below are answered with.
const (
	ApprovedPayment = `{"id":"` + PaymentID + `","token":"` + Token + `","status":"APPROVED","paymentState":"CAPTURED"}`
	CapturedPart    = `{"id":"` + PaymentID + `","status":"APPROVED","paymentState":"PARTIALLY_CAPTURED","events":[{"type":"CAPTURED","amount":{"amount":"10.00","currency":"AUD"}}]}`
	VoidedPayment   = `{"id":"` + PaymentID + `","status":"APPROVED","paymentState":"VOIDED"}`
	OrderBody       = `{"token":"` + Token + `"}`
	RefundBody      = `{"refundId":"1","amount":{"amount":"10.00","currency":"AUD"}}`
)

// Returned hides that a nil pointer in an interface is not nil.
func Returned[T any](p *T, err error) (any, error) {
	if p == nil {
		return nil, err
	}
	return p, err
}

// Operations lists the operations of the API.
func Operations() []Operation {
	return slices.Concat(ordersAndPayments(), refundsAndDisputes())
}

// What an operation is invoked with.
type (
	ctx    = context.Context
	client = *afterpay.Client
)

func ordersAndPayments() []Operation {
	return []Operation{
		{"ping", "GET", "/ping", "/ping", false, false, func(ctx ctx, c client) (any, error) {
			return nil, c.Ping(ctx)
		}, `pong`},
		{"configuration.get", "GET", "/v2/configuration", "/v1/configuration", false, false, func(ctx ctx, c client) (any, error) {
			return Returned(c.Configuration.Get(ctx))
		}, `{"maximumAmount":{"amount":"1000.00","currency":"AUD"}}`},
		{"orders.create", "POST", "/v2/checkouts", "/v1/orders", false, false, func(ctx ctx, c client) (any, error) {
			return Returned(c.Orders.Create(ctx, afterpay.CreateOrderRequest{
				Amount: afterpay.AUD(37_00), Consumer: Consumer, Billing: Address, Shipping: Address,
				Items:    []afterpay.Item{{Name: "Widget", Quantity: 1, Price: afterpay.AUD(37_00)}},
				Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/ok", RedirectCancelURL: "https://shop.example/no"},
			}))
		}, `{"token":"t"}`},
		{"orders.get", "GET", "/v2/checkouts/{token}", "/v1/orders/{token}", false, false, func(ctx ctx, c client) (any, error) {
			return Returned(c.Orders.Get(ctx, Token))
		}, OrderBody},
		{"payments.authorize", "POST", "/v2/payments/auth", "", true, true, func(ctx ctx, c client) (any, error) {
			return Returned(c.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: Token, RequestID: RequestID, Shipping: Address}))
		}, ApprovedPayment},
		{"payments.capture", "POST", "/v2/payments/capture", "/v1/payments/capture", true, false, func(ctx ctx, c client) (any, error) {
			return Returned(c.Payments.Capture(ctx, afterpay.CaptureRequest{Token: Token, MerchantReference: "A-1"}))
		}, ApprovedPayment},
		{"payments.capturePart", "POST", "/v2/payments/{paymentID}/capture", "", true, true, func(ctx ctx, c client) (any, error) {
			return Returned(c.Payments.CapturePart(ctx, PaymentID, afterpay.CapturePartRequest{RequestID: RequestID, Amount: afterpay.AUD(10_00)}))
		}, CapturedPart},
		{"payments.void", "POST", "/v2/payments/{paymentID}/void", "", true, true, func(ctx ctx, c client) (any, error) {
			return Returned(c.Payments.Void(ctx, PaymentID, afterpay.VoidRequest{RequestID: RequestID, All: true}))
		}, VoidedPayment},
		{"payments.reverse", "POST", "/v2/payments/token:{token}/reversal", "/v1/payments/token:{token}/reversal", true, false, func(ctx ctx, c client) (any, error) {
			return nil, c.Payments.Reverse(ctx, Token)
		}, ``},
		{"payments.get", "GET", "/v2/payments/{paymentID}", "/v1/payments/{paymentID}", false, false, func(ctx ctx, c client) (any, error) {
			return Returned(c.Payments.Get(ctx, PaymentID))
		}, ApprovedPayment},
		{"payments.getByToken", "GET", "/v2/payments/token:{token}", "/v1/payments/token:{token}", false, false, func(ctx ctx, c client) (any, error) {
			return Returned(c.Payments.GetByToken(ctx, Token))
		}, ApprovedPayment},
		{"payments.list", "GET", "/v2/payments", "/v1/payments", false, false, func(ctx ctx, c client) (any, error) {
			return Returned(c.Payments.List(ctx, afterpay.PaymentQuery{Tokens: []string{Token}}))
		}, `{"results":[]}`},
		{"payments.updateReference", "PUT", "/v2/payments/{paymentID}", "/v1/payments/{paymentID}", false, false, func(ctx ctx, c client) (any, error) {
			return Returned(c.Payments.UpdateReference(ctx, PaymentID, "A-2"))
		}, ApprovedPayment},
		{"payments.updateCourier", "PUT", "/v2/payments/{paymentID}/courier", "/v1/payments/{paymentID}/courier", false, false, func(ctx ctx, c client) (any, error) {
			return Returned(c.Payments.UpdateCourier(ctx, PaymentID, afterpay.Courier{Name: "ExampleCourier", Tracking: "AA000000001"}))
		}, ApprovedPayment},
	}
}

func refundsAndDisputes() []Operation {
	return []Operation{
		{"refunds.create", "POST", "/v2/payments/{paymentID}/refund", "/v1/payments/{paymentID}/refund", true, true, func(ctx ctx, c client) (any, error) {
			return Returned(c.Refunds.Create(ctx, PaymentID, afterpay.RefundRequest{RequestID: RequestID, Amount: afterpay.AUD(10_00)}))
		}, RefundBody},
		{"disputes.list", "GET", "/v2/disputes", "", false, false, func(ctx ctx, c client) (any, error) {
			return Returned(c.Disputes.List(ctx, afterpay.DisputeQuery{PaymentID: PaymentID}))
		}, `{"data":[]}`},
		{"disputes.get", "GET", "/v2/disputes/{disputeID}", "", false, false, func(ctx ctx, c client) (any, error) {
			return Returned(c.Disputes.Get(ctx, DisputeID))
		}, ClosedDispute},
		{"disputes.respond", "POST", "/v2/disputes/{disputeID}", "", true, false, func(ctx ctx, c client) (any, error) {
			return Returned(c.Disputes.Respond(ctx, DisputeID, afterpay.Evidence{ShippingAddress: Address.Line1}))
		}, ClosedDispute},
		{"disputes.accept", "POST", "/v2/disputes/{disputeID}/accept", "", true, false, func(ctx ctx, c client) (any, error) {
			return Returned(c.Disputes.Accept(ctx, DisputeID))
		}, ClosedDispute},
		{"disputes.uploadEvidence", "POST", "/v2/disputes/files", "", false, false, func(ctx ctx, c client) (any, error) {
			return Returned(c.Disputes.UploadEvidence(ctx, Consumer.Surname+".png", "image/png", strings.NewReader(Address.Line1)))
		}, `{"id":"fi_1"}`},
		{"disputes.getEvidenceFile", "GET", "/v2/disputes/files/{fileID}", "", false, false, func(ctx ctx, c client) (any, error) {
			return Returned(c.Disputes.GetEvidenceFile(ctx, "fi_1"))
		}, `{"url":"https://files.example/fi_1?signature=Quokka"}`},
	}
}

// Versions are the API versions, by name.
var Versions = map[string]afterpay.APIVersion{"v2": afterpay.V2, "v1": afterpay.V1}

// Route returns the route of the operation in a version, "" if the version lacks it.
func (o Operation) Route(v afterpay.APIVersion) string {
	if v == afterpay.V1 {
		return o.V1
	}
	return o.V2
}

// Calls that move money, for tables of answers.
var (
	Authorize    = invocation("payments.authorize")
	Capture      = invocation("payments.capture")
	CapturePart  = invocation("payments.capturePart")
	Void         = invocation("payments.void")
	Reverse      = invocation("payments.reverse")
	Refund       = invocation("refunds.create")
	GetOrder     = invocation("orders.get")
	CreateOrder  = invocation("orders.create")
	GetPayment   = invocation("payments.get")
	ListPayments = invocation("payments.list")
)

// Invoke calls an operation.
type Invoke = func(context.Context, *afterpay.Client) (any, error)

func invocation(name string) Invoke { return OperationOf(name).Invoke }

// OperationOf returns the operation of that name.
func OperationOf(name string) Operation {
	for _, o := range Operations() {
		if o.Name == name {
			return o
		}
	}
	panic("no operation " + name)
}
