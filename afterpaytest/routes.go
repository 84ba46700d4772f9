package afterpaytest

import (
	"net/http"
	"net/url"
	"strings"
)

// Op names an operation of the API, as the Op of an afterpay.Error does. An
// untyped string constant such as "payments.capture" is also an Op.
type Op string

// The operations that the sandbox serves. Those marked (v2) do not exist in
// v1.
const (
	OpPing              Op = "ping"                     // GET /ping
	OpGetConfiguration  Op = "configuration.get"        // GET /configuration
	OpCreateOrder       Op = "orders.create"            // POST /v2/checkouts, POST /v1/orders
	OpGetOrder          Op = "orders.get"               // GET /v2/checkouts/{token}, GET /v1/orders/{token}
	OpAuthorize         Op = "payments.authorize"       // POST /v2/payments/auth (v2)
	OpCapture           Op = "payments.capture"         // POST /payments/capture
	OpCapturePart       Op = "payments.capturePart"     // POST /v2/payments/{id}/capture (v2)
	OpVoid              Op = "payments.void"            // POST /v2/payments/{id}/void (v2)
	OpReverse           Op = "payments.reverse"         // POST /payments/token:{token}/reversal
	OpGetPayment        Op = "payments.get"             // GET /payments/{id}
	OpGetPaymentByToken Op = "payments.getByToken"      // GET /payments/token:{token}
	OpListPayments      Op = "payments.list"            // GET /payments
	OpUpdateReference   Op = "payments.updateReference" // PUT /payments/{id}
	OpUpdateCourier     Op = "payments.updateCourier"   // PUT /payments/{id}/courier
	OpCreateRefund      Op = "refunds.create"           // POST /payments/{id}/refund
	OpListDisputes      Op = "disputes.list"            // GET /v2/disputes (v2)
	OpGetDispute        Op = "disputes.get"             // GET /v2/disputes/{id} (v2)
	OpRespondToDispute  Op = "disputes.respond"         // POST /v2/disputes/{id} (v2)
	OpAcceptDispute     Op = "disputes.accept"          // POST /v2/disputes/{id}/accept (v2)
	OpUploadEvidence    Op = "disputes.uploadEvidence"  // POST /v2/disputes/files (v2)
	OpGetEvidenceFile   Op = "disputes.getEvidenceFile" // GET /v2/disputes/files/{id} (v2)
)

// version is a version of the API.
type version int

const (
	v1 version = 1
	v2 version = 2
)

// bodyRule is what a request's body must be.
type bodyRule int

const (
	noBody       bodyRule = iota
	optionalBody          // may be empty
	requiredBody          // answered 500 when empty
	formBody              // multipart/form-data
)

// route is an operation in one version of the API.
type route struct {
	op      Op
	version version
	method  string
	pattern []string // segments; {id} and {token} match anything
	body    bodyRule
	open    bool // needs no credentials
	handle  func(*Sandbox, *call) response
	claims  func(*call) []string // keys that only one running request may hold
}

func path(pattern string) []string { return strings.Split(pattern, "/") }

// routes is the whole API. The first route that matches a path is used.
var routes = []route{
	{op: OpPing, method: http.MethodGet, pattern: path("ping"), open: true, handle: (*Sandbox).ping},
	{op: OpAccessToken, method: http.MethodPost, pattern: path("v2/oauth2/token"), open: true, handle: (*Sandbox).accessToken},

	{op: OpGetConfiguration, version: v2, method: http.MethodGet, pattern: path("v2/configuration"), handle: (*Sandbox).configuration},
	{op: OpCreateOrder, version: v2, method: http.MethodPost, pattern: path("v2/checkouts"), body: requiredBody, handle: (*Sandbox).createCheckout},
	{op: OpGetOrder, version: v2, method: http.MethodGet, pattern: path("v2/checkouts/{token}"), handle: (*Sandbox).getCheckout},
	{op: OpAuthorize, version: v2, method: http.MethodPost, pattern: path("v2/payments/auth"), body: requiredBody, handle: (*Sandbox).authorize, claims: claimTokenAndRequest},
	{op: OpCapture, version: v2, method: http.MethodPost, pattern: path("v2/payments/capture"), body: requiredBody, handle: (*Sandbox).capture, claims: claimToken},
	{op: OpCapturePart, version: v2, method: http.MethodPost, pattern: path("v2/payments/{id}/capture"), body: requiredBody, handle: (*Sandbox).capturePart, claims: claimRequest},
	{op: OpVoid, version: v2, method: http.MethodPost, pattern: path("v2/payments/{id}/void"), body: optionalBody, handle: (*Sandbox).void, claims: claimRequest},
	{op: OpCreateRefund, version: v2, method: http.MethodPost, pattern: path("v2/payments/{id}/refund"), body: requiredBody, handle: (*Sandbox).refund, claims: claimRefund},
	{op: OpReverse, version: v2, method: http.MethodPost, pattern: path("v2/payments/token:{token}/reversal"), body: optionalBody, handle: (*Sandbox).reverse},
	{op: OpGetPaymentByToken, version: v2, method: http.MethodGet, pattern: path("v2/payments/token:{token}"), handle: (*Sandbox).getPayment},
	{op: OpGetPayment, version: v2, method: http.MethodGet, pattern: path("v2/payments/{id}"), handle: (*Sandbox).getPayment},
	{op: OpUpdateReference, version: v2, method: http.MethodPut, pattern: path("v2/payments/{id}"), body: requiredBody, handle: (*Sandbox).updateReference},
	{op: OpUpdateCourier, version: v2, method: http.MethodPut, pattern: path("v2/payments/{id}/courier"), body: requiredBody, handle: (*Sandbox).updateCourier},
	{op: OpListPayments, version: v2, method: http.MethodGet, pattern: path("v2/payments"), handle: (*Sandbox).listPayments},
	{op: OpListDisputes, version: v2, method: http.MethodGet, pattern: path("v2/disputes"), handle: (*Sandbox).listDisputes},
	{op: OpUploadEvidence, version: v2, method: http.MethodPost, pattern: path("v2/disputes/files"), body: formBody, handle: (*Sandbox).uploadEvidence},
	{op: OpGetEvidenceFile, version: v2, method: http.MethodGet, pattern: path("v2/disputes/files/{id}"), handle: (*Sandbox).getEvidenceFile},
	{op: OpGetDispute, version: v2, method: http.MethodGet, pattern: path("v2/disputes/{id}"), handle: (*Sandbox).getDispute},
	{op: OpRespondToDispute, version: v2, method: http.MethodPost, pattern: path("v2/disputes/{id}"), body: requiredBody, handle: (*Sandbox).respondToDispute},
	{op: OpAcceptDispute, version: v2, method: http.MethodPost, pattern: path("v2/disputes/{id}/accept"), body: optionalBody, handle: (*Sandbox).acceptDispute},

	{op: OpGetConfiguration, version: v1, method: http.MethodGet, pattern: path("v1/configuration"), handle: (*Sandbox).configuration},
	{op: OpCreateOrder, version: v1, method: http.MethodPost, pattern: path("v1/orders"), body: requiredBody, handle: (*Sandbox).createCheckout},
	{op: OpGetOrder, version: v1, method: http.MethodGet, pattern: path("v1/orders/{token}"), handle: (*Sandbox).getCheckout},
	{op: OpCapture, version: v1, method: http.MethodPost, pattern: path("v1/payments/capture"), body: requiredBody, handle: (*Sandbox).capture, claims: claimToken},
	{op: OpCreateRefund, version: v1, method: http.MethodPost, pattern: path("v1/payments/{id}/refund"), body: requiredBody, handle: (*Sandbox).refund, claims: claimRefund},
	{op: OpReverse, version: v1, method: http.MethodPost, pattern: path("v1/payments/token:{token}/reversal"), body: optionalBody, handle: (*Sandbox).reverse},
	{op: OpGetPaymentByToken, version: v1, method: http.MethodGet, pattern: path("v1/payments/token:{token}"), handle: (*Sandbox).getPayment},
	{op: OpGetPayment, version: v1, method: http.MethodGet, pattern: path("v1/payments/{id}"), handle: (*Sandbox).getPayment},
	{op: OpUpdateReference, version: v1, method: http.MethodPut, pattern: path("v1/payments/{id}"), body: requiredBody, handle: (*Sandbox).updateReference},
	{op: OpUpdateCourier, version: v1, method: http.MethodPut, pattern: path("v1/payments/{id}/courier"), body: requiredBody, handle: (*Sandbox).updateCourier},
	{op: OpListPayments, version: v1, method: http.MethodGet, pattern: path("v1/payments"), handle: (*Sandbox).listPayments},
}

// segments splits a path and unescapes each segment by itself, so that an
// escaped slash stays within its segment.
func segments(u *url.URL) []string {
	parts := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	for i, part := range parts {
		if plain, err := url.PathUnescape(part); err == nil {
			parts[i] = plain
		}
	}
	return parts
}

// match returns the route of a request. Without one, allowed lists the methods
// that the path accepts; it is empty if there is no such path.
func match(method string, parts []string) (found *route, id, token string, allowed []string) {
	if n := len(parts); method == http.MethodPost && n > 1 && parts[n-1] == "" {
		parts = parts[:n-1] // the service accepts a trailing slash
	}
	for i := range routes {
		r := &routes[i]
		id, token, fits := r.fits(parts)
		if !fits {
			continue
		}
		if r.method == method || r.method == http.MethodGet && (method == http.MethodHead || method == http.MethodOptions) {
			return r, id, token, nil
		}
		allowed = append(allowed, r.method)
	}
	return nil, "", "", allowed
}

func (r *route) fits(parts []string) (id, token string, ok bool) {
	if len(parts) != len(r.pattern) {
		return "", "", false
	}
	for i, want := range r.pattern {
		switch part := parts[i]; want {
		case "{id}":
			id = part
		case "{token}":
			token = part
		case "token:{token}":
			if token, ok = strings.CutPrefix(part, "token:"); !ok {
				return "", "", false
			}
		default:
			if part != want {
				return "", "", false
			}
		}
	}
	return id, token, true
}
