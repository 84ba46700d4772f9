package afterpay

import (
	"cmp"
	"errors"
	"log/slog"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/afterpay-go/afterpay/internal/safe"
)

// Kind is a class of failure. A Kind is an error: compare with
// errors.Is(err, afterpay.ErrDeclined).
type Kind string

// Error returns the kind in words.
func (k Kind) Error() string { return "afterpay: " + string(k) }

// SafeToLog marks the text as free of secrets and personal data.
func (k Kind) SafeToLog() {}

// The classes of failure. Error.Kind is one of them or ErrInconsistent, and never
// ErrOutcomeUnknown, which an Error matches in addition if OutcomeUnknown is set.
const (
	// ErrDeclined: Afterpay does not approve the order. Start a new checkout or
	// offer another way to pay. Error.Payment holds the declined payment if the
	// service sent one. From Refunds.Create: Cash App refuses the refund.
	ErrDeclined Kind = "declined"
	// ErrInvalidToken: the order's token is unknown, expired or already used.
	ErrInvalidToken Kind = "invalid token"
	// ErrNotApprovedYet: the shopper has not confirmed the order. The same
	// token can succeed later.
	ErrNotApprovedYet Kind = "not confirmed by the shopper yet"
	// ErrUnauthorized: the credentials are wrong, or the account lacks a feature.
	ErrUnauthorized Kind = "unauthorized"
	// ErrNotFound: there is no such payment, dispute or file. From Recover and
	// FindCapture: the lost call did nothing. An unknown order is ErrInvalidToken.
	ErrNotFound Kind = "not found"
	// ErrConflict: a call with the same key is still running at the service.
	ErrConflict Kind = "same request still running"
	// ErrState: the payment or dispute is in the wrong state for the call, for
	// example captured, voided, expired or closed.
	ErrState Kind = "wrong state"
	// ErrInvalid: the request is wrong. Error.Fields says where, if known.
	ErrInvalid Kind = "invalid request"
	// ErrRateLimited: too many requests. Error.RetryAfter says how long to wait,
	// if the service said so.
	ErrRateLimited Kind = "rate limited"
	// ErrUnavailable: there is no response, it cannot be read, it does not
	// match the request, or the service failed.
	ErrUnavailable Kind = "unavailable"
	// ErrAmountMismatch: an order or payment has a different amount than expected,
	// or the request id was used before for another amount or reference.
	ErrAmountMismatch Kind = "amount mismatch"
	// ErrOutcomeUnknown: money may have moved and no response says whether it did.
	// It is not a refusal. Settle it with Payments.Recover, Payments.FindCapture or
	// Refunds.Recover, by repeating the call with the same request id or token, or
	// with Payments.Reverse. For a call about a dispute, use Disputes.Get.
	ErrOutcomeUnknown Kind = "outcome unknown"
)

// Error describes why a call failed. Use errors.AsType[*afterpay.Error] for its
// details and errors.Is with a Kind for decisions.
//
// The text of an Error and its LogValue hold no credential, token, body or
// consumer data; its fields may.
type Error struct {
	Op     string // operation, such as payments.capture
	Method string // HTTP method
	Route  string // path with {paymentID}, {token}, {disputeID} or {fileID} in place of the value
	Kind   Kind   // class

	StatusCode     int          // status of the last attempt; 0 if it got no response
	BodyStatusCode int          // httpStatusCode in its body, which may differ from StatusCode
	Code           string       // errorCode as sent, such as invalid_token; Afterpay may add codes
	Message        string       // as sent; for people, may change at any time, and may quote the request
	ErrorID        string       // errorId: quote it to Afterpay's support
	Fields         []FieldError // what is wrong with the request, if Kind is ErrInvalid and that is known
	Raw            string       // first 512 bytes of a response that is not JSON

	Attempts      int           // attempts made
	CorrelationID string        // Http-Correlation-Id, in either spelling
	RayID         string        // Cf-Ray; also set if Cloudflare responded in Afterpay's place
	RetryAfter    time.Duration // how long the service asked to wait; 0 if it did not

	// RequestID, Token, PaymentID and DisputeID identify the call, as far as it
	// has them. Use them to find out about an unknown outcome.
	RequestID string
	Token     string
	PaymentID string
	DisputeID string

	OutcomeUnknown bool     // money may have moved, or a dispute may have been responded to
	Payment        *Payment // the payment in the response, if the error is about it

	Err error // cause: an error of the transport, decoder or context, or why a request or response was refused
}

// FieldError says what is wrong with one field of a request.
type FieldError struct {
	Field   string // path, such as items[2].price.amount
	Message string // such as "must be greater than 0.00", or the service's text if it refused the field
}

// LogValue shows the path and not the message, which may quote the request.
func (f FieldError) LogValue() slog.Value { return slog.StringValue(safe.Path(f.Field, isFieldName)) }

// reason is a cause in this package's own words, more specific than the kind.
type reason = safe.Message

// Error describes the failure in one line, without personal data.
func (e *Error) Error() string {
	b := make([]byte, 0, 160)
	b = append(append(b, "afterpay: "...), e.Op...)
	if e.OutcomeUnknown {
		b = append(append(b, ": "...), ErrOutcomeUnknown...)
	}
	own, explained := e.Err.(reason) //nolint:errorlint // only as the direct cause
	switch {
	case explained:
		b = append(append(b, ": "...), own...)
	case !e.OutcomeUnknown || e.Kind != ErrUnavailable:
		b = append(append(b, ": "...), e.Kind...)
	}
	b = e.appendFields(b)
	if e.Err != nil && !explained && e.Err != errors.ErrUnsupported { // which the fields say
		b = append(append(b, ": "...), safe.Text(e.Err)...)
	}
	if _, meaning := lookupCode(e.Code); meaning != "" {
		b = append(append(b, ": "...), meaning...)
	}
	return string(e.appendResponse(b))
}

// appendFields appends the first fields and how many more there are.
func (e *Error) appendFields(b []byte) []byte {
	const most = 10
	for i, f := range e.Fields {
		b = append(b, [...]string{"; ", ": "}[min(1, max(0, 1-i))]...)
		if i == most {
			return append(append(b, "and more: "...), strconv.Itoa(len(e.Fields))+" in all"...)
		}
		if e.StatusCode != 0 {
			b = append(b, cmp.Or(safe.Path(f.Field, isFieldName), "a field")...)
			continue
		}
		field, _, _ := strings.Cut(f.Field, "custom.")                               // whose keys may be personal data
		b = append(append(append(b, cmp.Or(field, "custom")...), ' '), f.Message...) // our own words
	}
	return b
}

// appendResponse appends what support asks for.
func (e *Error) appendResponse(b []byte) []byte {
	separator := ": "
	add := func(parts ...string) {
		b = append(b, separator...)
		for _, p := range parts {
			b = append(b, p...)
		}
		separator = ", "
	}
	if e.RetryAfter > 0 && (e.Kind == ErrRateLimited || e.Kind == ErrUnavailable) {
		add("retry after ", e.RetryAfter.String())
	}
	if e.StatusCode != 0 {
		add("status ", strconv.Itoa(e.StatusCode))
	}
	if e.Attempts > 1 {
		if separator == ", " {
			separator = " "
		}
		add("after ", strconv.Itoa(e.Attempts), " attempts")
	}
	if code := knownCode(e.Code); code != "" {
		add("code ", code)
	}
	if id := safe.ID(e.ErrorID); id != "" {
		add("error id ", id)
	}
	return b
}

// SafeToLog marks the text as free of secrets and personal data.
func (e *Error) SafeToLog() {}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the error's Kind, or ErrOutcomeUnknown if
// OutcomeUnknown is set.
func (e *Error) Is(target error) bool {
	kind, ok := target.(Kind)
	return ok && (kind == e.Kind && kind != "" || kind == ErrOutcomeUnknown && e.OutcomeUnknown)
}

// LogValue returns what the text holds, and the ids that Afterpay's support
// asks for.
func (e *Error) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("op", e.Op),
		slog.String("route", e.Route),
		slog.String("kind", string(e.Kind)),
		slog.Bool("outcome_unknown", e.OutcomeUnknown),
		slog.Int("status", e.StatusCode),
		slog.String("code", knownCode(e.Code)),
		slog.String("error_id", safe.ID(e.ErrorID)),
		slog.String("correlation_id", safe.ID(e.CorrelationID)),
		slog.String("ray_id", safe.ID(e.RayID)),
		slog.String("request_id", safe.Key(e.RequestID)),
		slog.Int("attempts", e.Attempts),
		slog.String("error", e.Error()),
	)
}

// splitMessage splits the service's joined messages, such as "a.b must be x, c.d
// may not be empty", some of which are in square brackets. A part that does not
// begin with a path belongs to the one before it. A message that does not begin
// with a path has no fields, and after a hundred the rest is kept in one piece.
func splitMessage(message string) []FieldError {
	if strings.HasPrefix(message, "[") {
		message = strings.TrimSuffix(message[1:], "]")
	}
	var fields []FieldError
	from := 0 // start of the last field's complaint
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

// isPath reports whether a word has the form of a path and begins with a field
// of a request.
func isPath(word string) bool {
	root := word
	if i := strings.IndexAny(word, ".["); i >= 0 {
		root = word[:i]
	}
	return requestFields().top[root] && !strings.ContainsFunc(word, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".[]", r)
	})
}

// isFieldName reports whether name is a field of a request, at any depth.
func isFieldName(name string) bool { return requestFields().all[name] }

// fieldNames are the names of fields at the top of requests, and at any depth.
type fieldNames struct{ top, all map[string]bool }

// requestFields takes the names of fields from the tags of the requests.
var requestFields = sync.OnceValue(func() fieldNames {
	f := fieldNames{make(map[string]bool), make(map[string]bool)}
	for _, request := range [...]any{
		CreateOrderRequest{}, CaptureRequest{}, AuthorizeRequest{}, CapturePartRequest{}, VoidRequest{}, RefundRequest{},
		updateReferenceRequest{}, Courier{}, respondRequest{},
	} {
		f.add(reflect.TypeOf(request), true)
	}
	for name := range strings.FieldsSeq(queryNames) {
		f.top[name], f.all[name] = true, true
	}
	return f
})

// queryNames are the parameters of lists.
const queryNames = "fromCreatedDate toCreatedDate ids tokens merchantReferences statuses orderBy ascending limit offset cursor " +
	"includeNextLink paymentType"

// add adds the names of a struct's fields, those below them included.
func (f fieldNames) add(t reflect.Type, top bool) {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return
	}
	for field := range t.Fields() {
		for _, key := range [...]string{"json", "v1"} {
			if name, _, _ := strings.Cut(field.Tag.Get(key), ","); name != "" && name != "-" {
				f.all[name] = true
				f.top[name] = f.top[name] || top
			}
		}
		f.add(field.Type, top && field.Anonymous)
	}
}
