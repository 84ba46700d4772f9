package afterpay

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// class says how a call may be repeated and what it puts at stake.
type class uint8

const (
	idempotent       class = iota // reads and updates: repeating one changes nothing
	repeatable                    // repeating one leaves an unused order or file behind, which expires
	keyedByRequestID              // moves money; the service recognizes the request id
	keyedByToken                  // moves money; the service recognizes the order's token
	once                          // decides about money; the service refuses a repetition because of the state it finds
)

// money reports whether the calls of a class move money or decide about it.
func (c class) money() bool { return c >= keyedByRequestID }

// keyLife returns how long after the first attempt a repetition is safe: an hour
// less than the service remembers request ids. It remembers tokens for ever.
func (c class) keyLife() time.Duration {
	if c == keyedByRequestID {
		return 23 * time.Hour
	}
	return 0
}

// limit says which of the client's Timeouts bounds the wait for a response.
type limit uint8

const (
	read     limit = iota // Timeouts.Read
	bankRead              // Timeouts.BankRead: a bank is asked
)

// endpoint is an operation in one API version. The zero value means that the
// version does not have it.
type endpoint struct {
	route string // with {paymentID}, {token}, {disputeID} or {fileID} in place of the value
	limit limit
}

// operation is a row of the table. Paths, time limits, retries, logs and errors
// are taken from it and nowhere else.
type operation struct {
	name   string // as in Error.Op
	method string
	class  class
	v2, v1 endpoint
}

// opID names a row of the table.
type opID int

const (
	opPing opID = iota
	opConfigurationGet
	opOrdersCreate
	opOrdersGet
	opPaymentsAuthorize
	opPaymentsCapture
	opPaymentsCapturePart
	opPaymentsVoid
	opPaymentsReverse
	opPaymentsGet
	opPaymentsGetByToken
	opPaymentsList
	opPaymentsUpdateReference
	opPaymentsUpdateCourier
	opRefundsCreate
	opDisputesList
	opDisputesGet
	opDisputesRespond
	opDisputesAccept
	opDisputesUploadEvidence
	opDisputesGetEvidenceFile
	opOAuthToken
	opCount
)

var operations = [opCount]operation{
	opPing:                    {"ping", http.MethodGet, idempotent, endpoint{"/ping", read}, endpoint{"/ping", read}},
	opConfigurationGet:        {"configuration.get", http.MethodGet, idempotent, endpoint{"/v2/configuration", read}, endpoint{"/v1/configuration", read}},
	opOrdersCreate:            {"orders.create", http.MethodPost, repeatable, endpoint{"/v2/checkouts", read}, endpoint{"/v1/orders", read}},
	opOrdersGet:               {"orders.get", http.MethodGet, idempotent, endpoint{"/v2/checkouts/{token}", read}, endpoint{"/v1/orders/{token}", read}},
	opPaymentsAuthorize:       {"payments.authorize", http.MethodPost, keyedByRequestID, endpoint{"/v2/payments/auth", bankRead}, endpoint{}},
	opPaymentsCapture:         {"payments.capture", http.MethodPost, keyedByToken, endpoint{"/v2/payments/capture", bankRead}, endpoint{"/v1/payments/capture", bankRead}},
	opPaymentsCapturePart:     {"payments.capturePart", http.MethodPost, keyedByRequestID, endpoint{"/v2/payments/{paymentID}/capture", bankRead}, endpoint{}},
	opPaymentsVoid:            {"payments.void", http.MethodPost, keyedByRequestID, endpoint{"/v2/payments/{paymentID}/void", bankRead}, endpoint{}},
	opPaymentsReverse:         {"payments.reverse", http.MethodPost, keyedByToken, endpoint{"/v2/payments/token:{token}/reversal", bankRead}, endpoint{"/v1/payments/token:{token}/reversal", bankRead}},
	opPaymentsGet:             {"payments.get", http.MethodGet, idempotent, endpoint{"/v2/payments/{paymentID}", read}, endpoint{"/v1/payments/{paymentID}", read}},
	opPaymentsGetByToken:      {"payments.getByToken", http.MethodGet, idempotent, endpoint{"/v2/payments/token:{token}", read}, endpoint{"/v1/payments/token:{token}", read}},
	opPaymentsList:            {"payments.list", http.MethodGet, idempotent, endpoint{"/v2/payments", read}, endpoint{"/v1/payments", read}},
	opPaymentsUpdateReference: {"payments.updateReference", http.MethodPut, idempotent, endpoint{"/v2/payments/{paymentID}", read}, endpoint{"/v1/payments/{paymentID}", read}},
	opPaymentsUpdateCourier:   {"payments.updateCourier", http.MethodPut, idempotent, endpoint{"/v2/payments/{paymentID}/courier", read}, endpoint{"/v1/payments/{paymentID}/courier", read}},
	opRefundsCreate:           {"refunds.create", http.MethodPost, keyedByRequestID, endpoint{"/v2/payments/{paymentID}/refund", bankRead}, endpoint{"/v1/payments/{paymentID}/refund", read}},
	opDisputesList:            {"disputes.list", http.MethodGet, idempotent, endpoint{"/v2/disputes", read}, endpoint{}},
	opDisputesGet:             {"disputes.get", http.MethodGet, idempotent, endpoint{"/v2/disputes/{disputeID}", read}, endpoint{}},
	opDisputesRespond:         {"disputes.respond", http.MethodPost, once, endpoint{"/v2/disputes/{disputeID}", read}, endpoint{}},
	opDisputesAccept:          {"disputes.accept", http.MethodPost, once, endpoint{"/v2/disputes/{disputeID}/accept", read}, endpoint{}},
	opDisputesUploadEvidence:  {"disputes.uploadEvidence", http.MethodPost, repeatable, endpoint{"/v2/disputes/files", read}, endpoint{}},
	opDisputesGetEvidenceFile: {"disputes.getEvidenceFile", http.MethodGet, idempotent, endpoint{"/v2/disputes/files/{fileID}", read}, endpoint{}},
	opOAuthToken:              {"oauth.token", http.MethodPost, idempotent, endpoint{"/v2/oauth2/token", read}, endpoint{"/v2/oauth2/token", read}},
}

// target is an operation as one client calls it: the row of the table with the
// client's host, API version and time limits filled in.
type target struct {
	*operation
	route          string  // empty if the API version does not have the operation
	url            url.URL // without the value that the route has a place for
	fill           string  // name of that value, such as paymentID; empty if there is none
	prefix, suffix string  // of the path, around it
	limit          time.Duration
}

func newTarget(op *operation, version APIVersion, base *url.URL, timeouts Timeouts) target {
	ep := op.v2
	if version == V1 {
		ep = op.v1
	}
	t := target{operation: op, route: ep.route, url: *base, limit: timeouts.Read}
	if ep.limit == bankRead {
		t.limit = timeouts.BankRead
	}
	path := strings.TrimSuffix(base.Path, "/") + ep.route
	before, rest, _ := strings.Cut(path, "{")
	t.prefix = before
	t.fill, t.suffix, _ = strings.Cut(rest, "}")
	t.url.Path = path
	return t
}

// address returns the URL with the id or token filled in and escaped.
// Validation has refused what could lead to another path.
func (t *target) address(in *call) *url.URL {
	u := t.url
	if t.fill != "" {
		key := in.key()
		u.Path = t.prefix + key + t.suffix
		if strings.Contains(key, "/") { // the one separator that a token may hold
			escape := func(s string) string { return (&url.URL{Path: s}).EscapedPath() }
			u.RawPath = escape(t.prefix) + url.PathEscape(key) + escape(t.suffix)
		}
	}
	u.RawQuery = in.query
	return &u
}

// newError returns an Error that says what was called.
func (t *target) newError(in *call) *Error {
	return &Error{
		Op: t.name, Method: t.method, Route: cmp.Or(t.route, t.v2.route),
		RequestID: in.requestID, Token: in.token, PaymentID: in.paymentID, DisputeID: in.disputeID,
	}
}

// refuse returns the Error of a call that is not sent.
func (t *target) refuse(in *call, fields []FieldError, cause error) *Error {
	e := t.newError(in)
	e.Kind, e.Fields, e.Err = ErrInvalid, fields, cause
	return e
}
