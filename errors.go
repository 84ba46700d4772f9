package afterpay

import (
	"log/slog"
	"strconv"
	"time"
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
	// ErrState: the payment or dispute is in no state for this, for example
	// captured, voided, expired or closed.
	ErrState Kind = "wrong payment state"
	// ErrInvalid: the request is wrong. Error.Fields says where.
	ErrInvalid Kind = "invalid request"
	// ErrRateLimited: too many requests; Error.RetryAfter may say for how long.
	ErrRateLimited Kind = "rate limited"
	// ErrUnavailable: no answer, an answer nobody can read, or a fault of the
	// service.
	ErrUnavailable Kind = "unavailable"
	// ErrAmountMismatch: an order is not over the amount that was expected, or a
	// request id had been used for another amount.
	ErrAmountMismatch Kind = "another amount"
	// ErrOutcomeUnknown: money may have moved, and no answer says so. It is not
	// a no. Settle it with Payments.Recover or Refunds.Find, by repeating the
	// call with the same request id, or with Payments.Reverse; of a dispute,
	// with Disputes.Get.
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
	Route  string // path with {id}, {token}, {dispute} and {file} in place of the values
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

	// RequestID, Token, PaymentID and DisputeID are those of the call, as far as
	// it has them, to find out about an unknown outcome with.
	RequestID string
	Token     string
	PaymentID string
	DisputeID string

	OutcomeUnknown bool     // money may have moved
	Payment        *Payment // the payment that was declined, or is in another state, where one was sent

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
		b = append(b, plainPath(f.Field)...)
		if e.StatusCode == 0 || e.Kind == ErrAmountMismatch { // our own words
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
