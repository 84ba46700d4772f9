package afterpay

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/afterpay-go/afterpay/internal/transport"
	"github.com/afterpay-go/afterpay/internal/wire"
)

// Kind is a class of failure. A Kind is an error: compare with
// errors.Is(err, afterpay.ErrDeclined).
type Kind string

// Error returns the kind in words.
func (k Kind) Error() string { return "afterpay: " + string(k) }

// The classes of failure. An Error is of one class, and of ErrOutcomeUnknown as
// well when money may have moved.
const (
	// ErrDeclined: Afterpay does not approve. Start a new checkout or offer
	// another way to pay. Error.Payment holds the declined payment where the
	// service sent one.
	ErrDeclined Kind = "declined"
	// ErrInvalidToken: the order's token is unknown, expired or used up.
	ErrInvalidToken Kind = "invalid token"
	// ErrNotApprovedYet: the shopper has not confirmed the order. The same
	// token can succeed later.
	ErrNotApprovedYet Kind = "not confirmed by the shopper yet"
	// ErrUnauthorized: wrong credentials, or a feature the account lacks.
	ErrUnauthorized Kind = "unauthorized"
	// ErrNotFound: there is no such payment, order or dispute.
	ErrNotFound Kind = "not found"
	// ErrConflict: a call with the same key is still running at the service.
	ErrConflict Kind = "same request still running"
	// ErrState: the payment is in no state for this, for example captured,
	// voided or expired.
	ErrState Kind = "wrong payment state"
	// ErrInvalid: the request is wrong. Error.Fields says where.
	ErrInvalid Kind = "invalid request"
	// ErrRateLimited: too many requests; Error.RetryAfter may say for how long.
	ErrRateLimited Kind = "rate limited"
	// ErrUnavailable: no answer, an answer nobody can read, or a fault of the
	// service.
	ErrUnavailable Kind = "unavailable"
	// ErrAmountMismatch: the order is not over the amount that was expected.
	ErrAmountMismatch Kind = "order is over another amount"
	// ErrOutcomeUnknown: money may have moved, and no answer says so. It is not
	// a no. Settle it with Payments.Recover or Refunds.Find, by repeating the
	// call with the same request id, or with Payments.Reverse.
	ErrOutcomeUnknown Kind = "outcome unknown"
)

// Error is why a call failed. Use errors.AsType[*afterpay.Error] for its
// details and errors.Is with a Kind for decisions.
//
// The text of an Error and its LogValue hold no credential, token, body or
// consumer data; its fields may.
type Error struct {
	Op     string // operation, such as payments.capture
	Method string // HTTP method
	Route  string // path with {id} and {token} in place of the values
	Kind   Kind   // class; empty for an answer of no known class

	StatusCode int    // of the last answer; 0: there was none
	Code       string // errorCode as sent, such as invalid_token; an open set
	Message    string // as sent; for people, may change at any time, and may quote the request
	ErrorID    string // errorId: quote it to Afterpay's support
	Fields     []FieldError
	Raw        string // the first 512 bytes of an answer that was not JSON

	Attempts      int
	CorrelationID string // Http-Correlation-Id, in either spelling
	RayID         string // Cf-Ray, also on answers that never reached Afterpay
	RetryAfter    time.Duration

	// RequestID, Token and PaymentID are those of the call, as far as it has
	// them, to find out about an unknown outcome with.
	RequestID string
	Token     string
	PaymentID string

	OutcomeUnknown bool     // money may have moved
	Payment        *Payment // the declined payment, where one was sent

	Err error // transport, decoding or context cause
}

// FieldError is what is wrong with one member of a request.
type FieldError struct {
	Field   string // path, such as items[2].price.amount
	Message string // such as "must be positive"; as sent when the service refused
}

// Error describes the failure in one line, without personal data.
func (e *Error) Error() string {
	b := make([]byte, 0, 160)
	b = append(append(b, "afterpay: "...), e.Op...)
	if e.Kind != "" {
		b = append(append(b, ": "...), e.Kind...)
	}
	if e.OutcomeUnknown {
		b = append(append(b, ": "...), ErrOutcomeUnknown...)
	}
	if e.StatusCode != 0 {
		b = strconv.AppendInt(append(b, ": status "...), int64(e.StatusCode), 10)
	}
	if code := plain(e.Code); code != "" {
		b = append(append(b, ", code "...), code...)
	}
	if id := plain(e.ErrorID); id != "" {
		b = append(append(b, ", error id "...), id...)
	}
	for i, f := range e.Fields {
		b = append(b, [...]string{"; ", ": "}[min(1, max(0, 1-i))]...)
		b = append(b, plain(f.Field)...)
		if e.StatusCode == 0 { // our own words, which quote nothing
			b = append(append(b, ' '), f.Message...)
		}
	}
	if e.Err != nil {
		b = append(append(b, ": "...), safeText(e.Err)...)
	}
	return string(b)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the error's Kind, or ErrOutcomeUnknown when money
// may have moved.
func (e *Error) Is(target error) bool {
	kind, ok := target.(Kind)
	return ok && (kind == e.Kind && kind != "" || kind == ErrOutcomeUnknown && e.OutcomeUnknown)
}

// LogValue holds what Error's text holds, and what support asks for.
func (e *Error) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("op", e.Op),
		slog.String("route", e.Route),
		slog.String("kind", string(e.Kind)),
		slog.Bool("outcome_unknown", e.OutcomeUnknown),
		slog.Int("status", e.StatusCode),
		slog.String("code", plain(e.Code)),
		slog.String("error_id", plain(e.ErrorID)),
		slog.String("correlation_id", plain(e.CorrelationID)),
		slog.String("ray_id", plain(e.RayID)),
		slog.String("request_id", plain(e.RequestID)),
		slog.Int("attempts", e.Attempts),
		slog.String("error", e.Error()),
	)
}

// plain returns text when it can only be an identifier, and nothing of it
// otherwise: what the other side sends is not trusted to hold no personal data.
func plain(text string) string {
	if len(text) > 64 {
		return ""
	}
	for _, c := range []byte(text) {
		word := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !word && !strings.ContainsRune("_-.[]", rune(c)) {
			return ""
		}
	}
	return text
}

// safeText describes a cause. Only texts known to hold nothing but addresses of
// machines and words of the standard library are repeated; a RoundTripper of
// the user's or a broken answer may say anything.
func safeText(err error) string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		parts := make([]string, 0, 2)
		for _, e := range joined.Unwrap() {
			parts = append(parts, safeText(e))
		}
		return strings.Join(parts, "; ")
	}
	if limit, ok := errors.AsType[*transport.TimeoutError](err); ok {
		return limit.Error()
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Error()
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return dns.Error()
	}
	for _, known := range []error{
		context.Canceled, context.DeadlineExceeded, errors.ErrUnsupported, syscall.ECONNRESET, syscall.ECONNREFUSED,
		transport.ErrBodyTooLarge, wire.ErrSyntax, wire.ErrDepth, errNotApproved, errNotCaptured, errNoID, ErrAmount,
	} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Error()
	}
	return "transport failed"
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
	if kind := kindOf(code); kind != "" {
		return kind
	}
	switch {
	case status == http.StatusUnauthorized:
		return ErrUnauthorized
	case status == http.StatusForbidden && code == "":
		return ErrUnavailable // a wall in front of the service, not the service
	case status == http.StatusForbidden:
		return ErrUnauthorized
	case status == http.StatusPaymentRequired:
		return ErrDeclined
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
	return ""
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
	if e.Code == "" && looksLikePayment && e.Raw == "" {
		if p, err := readWhole(d, body, decodePayment); err == nil && p.declined() {
			e.Payment = p
			e.Kind = ErrDeclined
			return
		}
	}
	e.Kind = classify(e.StatusCode, e.Code)
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
// with none has no fields.
func splitMessage(message string) []FieldError {
	if strings.HasPrefix(message, "[") {
		message = strings.TrimSuffix(message[1:], "]")
	}
	var fields []FieldError
	for part := range strings.SplitSeq(message, ", ") {
		path, rest, ok := strings.Cut(part, " ")
		switch {
		case ok && isPath(path):
			fields = append(fields, FieldError{path, rest})
		case len(fields) == 0:
			return nil
		default:
			last := &fields[len(fields)-1]
			last.Message += ", " + part
		}
	}
	return fields
}

// roots are the members that a request has at its top.
var roots = []string{
	"token", "amount", "totalAmount", "consumer", "billing", "shipping", "courier", "items", "discounts", "merchant",
	"merchantReference", "taxAmount", "shippingAmount", "description", "mode", "purchaseCountry", "requestId",
	"refundMerchantReference", "paymentEventMerchantReference", "reason", "shippedAt", "name", "tracking", "priority",
	"limit", "offset", "evidence", "paymentType",
}

// isPath reports whether a word names a member of a request.
func isPath(word string) bool {
	if plain(word) == "" {
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
