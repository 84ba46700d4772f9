package radial

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/transport"
)

// The classes of failure that only Radial's service knows. The others are those
// of package afterpay, with the same meaning: ErrDeclined, ErrInvalid,
// ErrUnauthorized, ErrNotFound, ErrRateLimited, ErrUnavailable and, next to any
// class, ErrOutcomeUnknown.
const (
	// ErrFailed: the reply is Fail. Nothing was done. Correct the request and
	// send it with a new request id.
	ErrFailed afterpay.Kind = "failed"
	// ErrProcessorTimeout: the reply is Timeout, so Radial got no answer from
	// Afterpay in time. Start anew with a new request id.
	ErrProcessorTimeout afterpay.Kind = "payment processor timed out"
	// ErrFault: the answer is a Fault document, whatever its HTTP status.
	// Error.Fault holds it.
	ErrFault afterpay.Kind = "fault"
	// ErrDuplicate: the answer is Fault_DUPLICATE, so Radial has received this
	// request id before. What became of that request is not said.
	ErrDuplicate afterpay.Kind = "duplicate request id"
	// ErrAlreadySubmitted: the settlement has been sent before and must not be
	// sent again. Nothing was sent. What the SettlementStore holds under
	// Client.SettlementID says how far it came.
	ErrAlreadySubmitted afterpay.Kind = "settlement already submitted"
	// ErrStore: the settlement store failed. Error.Err is its error.
	ErrStore afterpay.Kind = "settlement store failed"
)

// Error is why a call failed. Use errors.AsType[*radial.Error] for its details
// and errors.Is with a Kind for decisions.
//
// The text of an Error and its LogValue hold no API key, document, payment id
// or personal data; its fields may.
type Error struct {
	Op    string        // operation, such as InitializePaymentAuthorization
	Route string        // path with {StoreID} in place of the value
	Kind  afterpay.Kind // class

	StatusCode int    // HTTP status of the last answer; 0: there was none
	Code       string // code of the reply or the Fault, as sent; an open set
	Message    string // description in the reply or the Fault, as sent; it may quote the request
	Fault      *Fault // the Fault document, where the answer was one
	Fields     []FieldError

	Attempts   int           // attempts begun; 0: nothing was sent
	RetryAfter time.Duration // as the last answer asked; 0: it did not
	RequestID  string        // of the call; empty where it has none
	OrderID    string        // of the call; empty where it has none

	// OutcomeUnknown reports that the request may have been carried out
	// although no answer says so.
	OutcomeUnknown bool
	// MayRepeat reports that the same request may be sent again with the same
	// request id: it had not left, or it met a read timeout or a Fault. Where
	// it is false, a next request needs a new id. A settlement is repeated by
	// RepeatSettlement.
	MayRepeat bool
	// Settlement is the record of a settlement that was sent, as the
	// SettlementStore holds it; nil for all other failures.
	Settlement *Settlement

	Err error // transport, decoding, store or context cause
}

// FieldError is what is wrong with one element of a request.
type FieldError struct {
	// Field is the path below the root element, in XPath's form and so counting
	// from 1: LineItems/LineItem[2]/Name, or @requestId for an attribute.
	Field   string
	Message string // such as "is required"; it does not repeat the value
}

// Error describes the failure in one line, without personal data.
func (e *Error) Error() string {
	b := make([]byte, 0, 160)
	b = append(append(b, "radial: "...), e.Op...)
	if e.Kind != "" {
		b = append(append(b, ": "...), e.Kind...)
	}
	if e.OutcomeUnknown {
		b = append(append(b, ": "...), afterpay.ErrOutcomeUnknown...)
	}
	if e.StatusCode != 0 {
		b = strconv.AppendInt(append(b, ": status "...), int64(e.StatusCode), 10)
	}
	if code := plain(e.Code); code != "" {
		b = append(append(b, ", code "...), code...)
	}
	for i, f := range e.Fields {
		b = append(b, [...]string{": ", "; "}[min(i, 1)]...)
		b = append(append(append(b, f.Field...), ' '), f.Message...)
	}
	if e.Err != nil {
		b = append(append(b, ": "...), causeText(e.Err)...)
	}
	return string(b)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the error's Kind, ErrFault when the answer was a
// Fault, or ErrOutcomeUnknown when the request may have been carried out.
func (e *Error) Is(target error) bool {
	kind, ok := target.(afterpay.Kind)
	return ok && (kind == e.Kind && kind != "" ||
		kind == ErrFault && e.Fault != nil ||
		kind == afterpay.ErrOutcomeUnknown && e.OutcomeUnknown)
}

// LogValue holds what Error's text holds, and what support asks for.
func (e *Error) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("op", e.Op),
		slog.String("route", e.Route),
		slog.String("kind", string(e.Kind)),
		slog.Bool("outcome_unknown", e.OutcomeUnknown),
		slog.Bool("may_repeat", e.MayRepeat),
		slog.Int("status", e.StatusCode),
		slog.String("code", plain(e.Code)),
		slog.String("request_id", plain(e.RequestID)),
		slog.Int("attempts", e.Attempts),
		slog.String("error", e.Error()),
	)
}

// classify names the class of an answer that is no reply.
func classify(status int) afterpay.Kind {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return afterpay.ErrUnauthorized
	case status == http.StatusNotFound:
		return afterpay.ErrNotFound
	case status == http.StatusTooManyRequests:
		return afterpay.ErrRateLimited
	case status == http.StatusRequestTimeout, status < 400, status >= 500:
		return afterpay.ErrUnavailable
	}
	return afterpay.ErrInvalid
}

// plain returns text when it can only be an identifier, and nothing of it
// otherwise: what the other side sends is not trusted to hold no personal data.
func plain(text string) string {
	if len(text) > 64 {
		return ""
	}
	for _, c := range []byte(text) {
		word := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !word && strings.IndexByte("_-.", c) < 0 {
			return ""
		}
	}
	return text
}

// causeText describes a cause. Only texts known to hold nothing but addresses
// of machines and fixed words are repeated: a RoundTripper or a store of the
// user's may say anything.
func causeText(err error) string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		parts := make([]string, 0, 2)
		for _, e := range joined.Unwrap() {
			parts = append(parts, causeText(e))
		}
		return strings.Join(parts, "; ")
	}
	if timeout, ok := errors.AsType[*transport.TimeoutError](err); ok {
		return timeout.Error()
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Error()
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return dns.Error()
	}
	for _, known := range []error{
		context.Canceled, context.DeadlineExceeded, errors.ErrUnsupported, syscall.ECONNRESET, syscall.ECONNREFUSED, transport.ErrBodyTooLarge,
		errTooLarge, errTooDeep, errTooManyNodes, errDeclaration, errSyntax, errRoot, errContent, errReplyCode, errNoPaymentID,
		errNoStore, errRecord,
	} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return "cause withheld"
}
