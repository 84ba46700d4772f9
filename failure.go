package afterpay

import (
	"bytes"
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/afterpay-go/afterpay/internal/transport"
)

// failure is an Error that knows what was called.
func failure(t *target, in *call) *Error {
	return &Error{
		Op: t.name, Method: t.method, Route: cmp.Or(t.route, t.v2.route),
		RequestID: in.requestID, Token: in.token, PaymentID: in.paymentID, DisputeID: in.disputeID,
	}
}

// refusal is a call that was not sent.
func refusal(t *target, in *call, fields []FieldError, cause error) *Error {
	e := failure(t, in)
	e.Kind, e.Fields, e.Err = ErrInvalid, fields, cause
	return e
}

// unreadable is a success whose answer can't be read, or says something else
// than a nil error promises.
func unreadable(t *target, in *call, res *transport.Result, err error) *Error {
	e := failure(t, in)
	e.StatusCode, e.Attempts = res.StatusCode, res.Attempts
	e.readHeader(res.Header)
	e.Kind, e.Err, e.OutcomeUnknown = ErrUnavailable, err, t.class.money()
	if v, ok := errors.AsType[*verdict](err); ok {
		e.pass(v)
	} else if !isJSON(res.Body) {
		e.Raw = rawPrefix(res.Body)
	}
	return e
}

// pass takes over what an answer was found to say.
func (e *Error) pass(v *verdict) {
	e.Kind, e.Payment, e.Fields, e.Err, e.OutcomeUnknown = v.kind, v.payment, v.fields, v.reason, v.unknown
}

// unanswered is a call that was refused by the service, or whose answer was
// lost.
func unanswered(t *target, in *call, d *decoder, res *transport.Result) *Error {
	e := failure(t, in)
	e.Attempts, e.RetryAfter = res.Attempts, res.RetryAfter
	e.judge(d, res.StatusCode, res.Header, res.Body, res.Err)
	// A decline speaks for every attempt: the service gives a token or request
	// id one verdict. Any other refusal may be about the last attempt only. A
	// payment that comes with a refusal and was not declined is in doubt too.
	e.OutcomeUnknown = t.class.money() && e.Kind != ErrDeclined && (res.Doubt || e.Payment != nil)
	return e
}

// judge says what an attempt came to that brought no successful answer.
func (e *Error) judge(d *decoder, status int, header http.Header, body []byte, err error) {
	e.StatusCode, e.Err, e.Kind = status, because(err), ErrUnavailable
	if status != 0 {
		e.readHeader(header)
	}
	if status != 0 && status/100 != 2 {
		e.readFailure(d, body)
	}
	if err != nil && e.Kind != ErrRateLimited && e.Kind != ErrConflict {
		e.Kind, e.Payment = ErrUnavailable, nil // half an answer is no verdict
	}
	if token, ok := errors.AsType[*tokenError](err); ok {
		e.Kind, e.RetryAfter = token.kind(), token.retryAfter()
	}
}

// kindOf classifies by code; "" leaves it to the status.
func kindOf(code string) Kind {
	switch code {
	case "declined":
		return ErrDeclined
	case "invalid_token":
		return ErrInvalidToken
	case "invalid_order_transaction_status":
		return ErrNotApprovedYet
	case "unauthorized", "unauthenticated", "insufficient_permissions", "forbidden", "feature_not_enabled":
		return ErrUnauthorized
	case "not_found":
		return ErrNotFound
	case "conflict":
		return ErrConflict
	case "precondition_failed", "invalid_state", "payment_captured", "payment_voided", "payment_expired":
		return ErrState
	case "invalid_object", "invalid_amount", "invalid_json", "invalid_request",
		"unsupported_currency", "unsupported_payment_type", "refund_timelimit_exceeded":
		return ErrInvalid
	case "too_many_requests":
		return ErrRateLimited
	}
	return ""
}

// classify names the class of an answer that is no success.
func classify(status int, code string) Kind {
	if kind := kindOf(code); kind != "" && status < 500 {
		return kind
	}
	switch {
	case status == http.StatusUnauthorized:
		return ErrUnauthorized
	case status == http.StatusForbidden && code == "":
		return ErrUnavailable // a wall in front of the service, not the service
	case status == http.StatusForbidden:
		return ErrUnauthorized
	case status == http.StatusPaymentRequired && code == "":
		return ErrUnavailable // a decline has a code, or is a payment
	case status == http.StatusNotFound:
		return ErrNotFound
	case status == http.StatusConflict:
		return ErrConflict
	case status == http.StatusGone, status == http.StatusPreconditionFailed:
		return ErrState
	case status == http.StatusTooManyRequests:
		return ErrRateLimited
	case status == http.StatusRequestTimeout, status >= 500:
		return ErrUnavailable
	case status >= 400:
		return ErrInvalid
	}
	return ErrUnavailable // a redirection: something in front of the service
}

// readFailure fills e from an answer that is no success, whatever its body is.
func (e *Error) readFailure(d *decoder, body []byte) {
	d.Reset(body)
	var looksLikePayment bool
	if d.IsObject() {
		for name := range d.Members() {
			switch string(name) {
			case "errorCode":
				e.Code = d.String()
			case "errorId":
				e.ErrorID = d.String()
			case "message":
				e.Message = d.String()
			case "status":
				looksLikePayment = true
			}
		}
	} else {
		d.Skip()
	}
	if err := d.Close(); err != nil && len(body) > 0 {
		e.Raw = rawPrefix(body)
	}
	e.Fields = splitMessage(e.Message)
	e.Kind = classify(e.StatusCode, e.Code)
	if e.StatusCode != http.StatusPaymentRequired || e.Code != "" || !looksLikePayment || e.Raw != "" {
		return
	}
	if p, err := readWhole(d, body, decodePayment); err == nil && (p.declined() || p.ID != "") {
		e.Payment = p
		if p.declined() {
			e.Kind = ErrDeclined
		}
	}
}

const rawLimit = 512

func rawPrefix(body []byte) string {
	return strings.ToValidUTF8(string(body[:min(len(body), rawLimit)]), "\uFFFD")
}

// readHeader takes from an answer's header what support asks for.
func (e *Error) readHeader(h http.Header) {
	e.RayID = h.Get("Cf-Ray")
	e.CorrelationID = h.Get("Http-Correlation-Id")
	for _, name := range [...]string{"Http_correlation_id", "http_correlation_id"} {
		if v := h[name]; e.CorrelationID == "" && len(v) > 0 {
			e.CorrelationID = v[0]
		}
	}
}

// splitMessage cuts the service's joined complaints apart, "a.b must be x, c.d
// may not be empty", some of which stand in square brackets. A part that does
// not begin with a path belongs to the one before it; a message that begins
// with none has no fields, and one of more than a hundred keeps the rest together.
func splitMessage(message string) []FieldError {
	if strings.HasPrefix(message, "[") {
		message = strings.TrimSuffix(message[1:], "]")
	}
	var fields []FieldError
	from := 0 // of the last field's complaint
	for at := 0; at <= len(message); {
		end := len(message)
		if comma := strings.Index(message[at:], ", "); comma >= 0 {
			end = at + comma
		}
		path, _, ok := strings.Cut(message[at:end], " ")
		switch {
		case ok && len(fields) < 100 && isPath(path):
			fields = append(fields, FieldError{Field: path})
			from = at + len(path) + 1
		case len(fields) == 0:
			return nil
		}
		fields[len(fields)-1].Message = message[from:end]
		at = end + len(", ")
	}
	return fields
}

// roots are the members that a request has at its top; a test holds them against
// the requests.
var roots = []string{
	"token", "amount", "totalAmount", "consumer", "billing", "shipping", "courier", "items", "discounts", "merchant",
	"merchantReference", "taxAmount", "shippingAmount", "description", "mode", "purchaseCountry", "requestId",
	"refundMerchantReference", "paymentEventMerchantReference", "reason", "shippedAt", "name", "tracking", "priority",
	"shippingOptionIdentifier", "shippingOptions", "isCashAppPay", "initialOrderAmount", "custom", "agreements",
	"isCheckoutAdjusted", "paymentScheduleChecksum", "enrichments", "grantId", "paymentType", "evidence",
	"fromCreatedDate", "toCreatedDate", "ids", "tokens", "merchantReferences", "statuses", "orderBy", "ascending",
	"limit", "offset", "cursor", "includeNextLink",
}

// isPath reports whether a word names a member of a request.
func isPath(word string) bool {
	if plainPath(word) == "" {
		return false
	}
	root := word
	if i := strings.IndexAny(word, ".["); i >= 0 {
		root = word[:i]
	}
	for _, r := range roots {
		if r == root {
			return true
		}
	}
	return false
}

// isJSON reports whether an answer's body can be taken for JSON.
func isJSON(body []byte) bool {
	body = bytes.TrimLeft(body, " \t\r\n")
	return len(body) > 0 && (body[0] == '{' || body[0] == '[')
}
