package radial

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/safe"
	"github.com/afterpay-go/afterpay/radial/internal/message"
)

// The kinds of failure that only Radial's service knows. The others are those of
// package afterpay, with the same meaning: ErrDeclined, ErrInvalid,
// ErrUnauthorized, ErrNotFound, ErrRateLimited, ErrUnavailable and, together with
// any kind, ErrOutcomeUnknown.
const (
	// ErrFailed: the reply is Fail. Nothing was done. Correct the request and
	// send it with a new request id.
	ErrFailed afterpay.Kind = "failed"
	// ErrProcessorTimeout: the reply is Timeout, so Radial got no response from
	// Afterpay in time. Start again with a new request id.
	ErrProcessorTimeout afterpay.Kind = "payment processor timed out"
	// ErrFault: the response is a Fault document, whatever its HTTP status.
	// Error.Fault holds it.
	ErrFault afterpay.Kind = "fault"
	// ErrDuplicate: the response is a Fault_DUPLICATE, so Radial has received
	// this request id before. It does not say what happened to that request.
	ErrDuplicate afterpay.Kind = "duplicate request id"
)

// Error describes why a call failed. Use errors.AsType[*radial.Error] for its
// details and errors.Is with a Kind for decisions.
//
// The text of an Error and its LogValue hold no API key, document, payment id or
// personal data; its fields may.
type Error struct {
	Op    string        // operation, such as InitializePaymentAuthorization
	Route string        // path with {StoreID} in place of the value
	Kind  afterpay.Kind // kind of failure

	StatusCode int          // HTTP status of the last response; 0 if there was none
	Code       string       // code of the reply or the Fault, as sent; Radial may add codes
	Message    string       // description in the reply or the Fault, as sent; it may quote the request
	Fault      *Fault       // the Fault document, if the response was one
	Fields     []FieldError // what is wrong with the request, if Kind is ErrInvalid

	Attempts   int           // attempts begun; 0 if nothing was sent
	RetryAfter time.Duration // wait that the last response asked for; 0 if it did not
	RequestID  string        // of the call; empty if it has none
	OrderID    string        // of the call; empty if it has none

	// OutcomeUnknown reports that the request may have been carried out although
	// no reply says so.
	OutcomeUnknown bool
	// MayRepeat reports that the same request may be sent again with the same
	// request id: it was not sent, or it met a read timeout or a Fault. If it is
	// false, the next request needs a new id.
	MayRepeat bool

	// Err is the cause: an error of the transport, the decoder or the context, the
	// reason why a reply was not accepted, or, from package experimental, an error
	// of the settlement store.
	Err error
}

// FieldError is what is wrong with one element of a message.
type FieldError struct {
	// Field is the path below the root element, in XPath's form and so counted
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
	if code := safe.Key(e.Code); code != "" {
		b = append(append(b, ", code "...), code...)
	}
	for i, f := range e.Fields {
		b = append(b, [...]string{": ", "; "}[min(i, 1)]...)
		b = append(append(append(b, f.Field...), ' '), f.Message...)
	}
	if e.Err != nil {
		b = append(append(b, ": "...), safe.Text(e.Err)...)
	}
	return string(b)
}

// SafeToLog marks the text of the error as free of secrets and personal data.
func (e *Error) SafeToLog() {}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the error's Kind, ErrFault if the response was a
// Fault, or ErrOutcomeUnknown if the request may have been carried out.
func (e *Error) Is(target error) bool {
	kind, ok := target.(afterpay.Kind)
	return ok && (kind == e.Kind && kind != "" ||
		kind == ErrFault && e.Fault != nil ||
		kind == afterpay.ErrOutcomeUnknown && e.OutcomeUnknown)
}

// LogValue returns what the text holds, and what support asks for.
func (e *Error) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("op", e.Op),
		slog.String("route", e.Route),
		slog.String("kind", string(e.Kind)),
		slog.Bool("outcome_unknown", e.OutcomeUnknown),
		slog.Bool("may_repeat", e.MayRepeat),
		slog.Int("status", e.StatusCode),
		slog.String("code", safe.Key(e.Code)),
		slog.String("request_id", safe.Key(e.RequestID)),
		slog.Int("attempts", e.Attempts),
		slog.String("error", e.Error()),
	)
}

// classify returns the kind of a response that is not the reply.
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

// Fault is Radial's document for a request that it could not process. It comes
// with any HTTP status. Radial publishes no list of codes.
type Fault struct {
	Created     time.Time // CreateTimestamp; zero if it is missing or unreadable
	Code        string
	Description string // may quote the request
	Duplicate   bool   // the document was a Fault_DUPLICATE
}

// LogValue shows the code and hides the description, which may quote the
// request.
func (f Fault) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Time("created", f.Created),
		slog.String("code", safe.Key(f.Code)),
		slog.Bool("duplicate", f.Duplicate),
	)
}

// faultDocument is what a Fault is decoded into.
type faultDocument struct {
	Created     message.Text `xml:"CreateTimestamp"`
	Code        message.Text `xml:"Code"`
	Description message.Text `xml:"Description"`
}

const duplicateFault = "Fault_DUPLICATE"

// isFault reports whether a root element of the given local name is a Fault.
// Faults are known as Fault, with and without a prefix, and as Fault_DUPLICATE.
func isFault(root string) bool { return root == "Fault" || root == duplicateFault }

func (f *faultDocument) public(root string) *Fault {
	return &Fault{
		Created:     dateTime(f.Created.String()),
		Code:        f.Code.String(),
		Description: f.Description.String(),
		Duplicate:   root == duplicateFault,
	}
}

// dateTime reads an xsd:dateTime. It returns the zero time if text is
// not one.
func dateTime(text string) time.Time {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t
	}
	t, _ := time.Parse("2006-01-02T15:04:05.999999999", strings.TrimSuffix(text, "Z"))
	return t
}
