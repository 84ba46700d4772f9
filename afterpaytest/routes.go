package afterpaytest

import (
	"net/http"
	"net/url"
	"strings"
)

// bodyRule says what a request's body must be.
type bodyRule int

const (
	noBody       bodyRule = iota
	optionalBody          // an empty one means something
	requiredBody          // an empty one is answered 500
	formBody              // multipart/form-data
)

// route is one line of the API: an operation in one version.
type route struct {
	op      Op
	version version
	method  string
	pattern []string // segments; {id} and {token} stand for anything
	body    bodyRule
	open    bool // needs no credentials
	handle  func(*Sandbox, *call) answer
	claims  func(*call) []string // what may only run once at a time
}

func path(pattern string) []string { return strings.Split(pattern, "/") }

// routes is the whole API. The first line that fits a path wins.
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

// segments splits a path, each part unescaped by itself, so that an escaped
// slash stays inside its part.
func segments(u *url.URL) []string {
	parts := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	for i, part := range parts {
		if plain, err := url.PathUnescape(part); err == nil {
			parts[i] = plain
		}
	}
	return parts
}

// match finds the route of a request. Without one, allowed lists the methods
// the path would have taken; an empty list means there is no such path.
func match(method string, parts []string) (found *route, id, token string, allowed []string) {
	if n := len(parts); method == http.MethodPost && n > 1 && parts[n-1] == "" {
		parts = parts[:n-1] // the service takes POSTs with a slash at the end
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
