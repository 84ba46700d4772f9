package afterpay

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/afterpay-go/afterpay/internal/safe"
)

// failed returns the Error of a call that the service refused, or whose response
// was lost.
func (t *target) failed(version APIVersion, in *call, res *response) *Error {
	e := t.newError(in)
	e.Attempts, e.RetryAfter = res.Attempts, res.RetryAfter
	e.classify(version, in, res.StatusCode, res.Header, res.Body, res.Err)
	// A decline speaks for every attempt: the service gives a token or request
	// id one verdict. Any other refusal may be about the last attempt only. A
	// payment that comes with a refusal and was not declined leaves doubt too.
	e.OutcomeUnknown = t.class.money() && e.Kind != ErrDeclined && (res.Doubt || e.Payment != nil)
	return e
}

// unreadable returns the Error of a successful response that cannot be read.
func (t *target) unreadable(in *call, res *response, err error) *Error {
	e := t.rejected(in, res, &Error{Kind: ErrUnavailable, Err: err, OutcomeUnknown: t.class.money()})
	if !isJSON(res.Body) {
		e.Raw = rawPrefix(res.Body)
	}
	return e
}

// rejected completes the Error of a response that says something else than what
// was asked. Only calls that move money, or decide about it, leave an outcome.
func (t *target) rejected(in *call, res *response, why *Error) *Error {
	e := t.newError(in)
	e.Kind, e.Fields, e.Err, e.Payment = why.Kind, why.Fields, why.Err, why.Payment
	e.OutcomeUnknown = why.OutcomeUnknown && t.class.money()
	e.StatusCode, e.Attempts = res.StatusCode, res.Attempts
	e.readHeader(res.Header)
	return e
}

// classify fills e from an attempt that brought no successful response.
func (e *Error) classify(version APIVersion, in *call, status int, header http.Header, body []byte, err error) {
	e.StatusCode, e.Err, e.Kind = status, safe.Wrap(err), ErrUnavailable
	if status != 0 {
		e.readHeader(header)
		if status/100 != 2 {
			e.readFailure(version, in, body)
		}
	}
	if err != nil && e.Kind != ErrRateLimited && e.Kind != ErrConflict {
		e.Kind, e.Payment = ErrUnavailable, nil // an incomplete response decides nothing
	}
	if token, ok := errors.AsType[*tokenError](err); ok {
		token.classify(e)
	}
}

// failureBody is the body of a refusal. A refusal has no status: a payment has
// one, and is then decoded by itself.
type failureBody struct {
	ErrorCode      string `json:"errorCode"`
	ErrorID        string `json:"errorId"`
	Message        string `json:"message"`
	HTTPStatusCode int    `json:"httpStatusCode"`

	Status present `json:"status"`
}

// readFailure fills e from a response that is not a success, whatever its body is.
func (e *Error) readFailure(version APIVersion, in *call, body []byte) {
	var f failureBody
	if err := decodeJSON(version, body, &f); err != nil && len(body) > 0 {
		e.Raw = rawPrefix(body)
	}
	e.Code, e.ErrorID, e.Message, e.BodyStatusCode = f.ErrorCode, f.ErrorID, f.Message, f.HTTPStatusCode
	e.Fields = splitMessage(e.Message)
	e.Kind = kindOf(e.StatusCode, e.Code)
	switch {
	case e.Kind == ErrNotFound && !e.fromService():
		e.Kind = ErrUnavailable // a wrong base URL, or a page of a proxy
	case e.Kind == ErrDeclined && e.Raw != "":
		e.Kind = ErrUnavailable // an incomplete refusal is not a decline
	}
	if !f.Status || e.Raw != "" {
		return
	}
	p := new(Payment)
	if err := decodeJSON(version, body, p); err != nil || p.ID == "" && p.Token == "" && p.State == "" && !p.declined() {
		return
	}
	e.Payment = p
	switch {
	case e.StatusCode != http.StatusPaymentRequired:
	case in.isAbout(p) && p.declined() && !p.movedMoney():
		e.Kind = ErrDeclined
	default:
		e.Kind = ErrUnavailable
	}
}

// fromService reports whether the service itself wrote a refusal, rather than
// something in front of it.
func (e *Error) fromService() bool {
	return e.Code != "" || e.ErrorID != "" || e.BodyStatusCode != 0 || e.CorrelationID != ""
}

// kindOf classifies a response that is not a success. A status that says that
// the request was not decided outweighs any code.
func kindOf(status int, code string) Kind {
	switch {
	case status == http.StatusConflict:
		return ErrConflict
	case status == http.StatusTooManyRequests:
		return ErrRateLimited
	case status < 400, status >= 500, status == http.StatusRequestTimeout:
		return ErrUnavailable // below 400: a redirect, by something in front of the service
	}
	if kind, _ := lookupCode(code); kind != "" {
		return kind
	}
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden && code != "":
		return ErrUnauthorized
	case code == "" && (status == http.StatusForbidden || status == http.StatusPaymentRequired):
		return ErrUnavailable // by something in front of the service, which always sends a code or a payment
	case status == http.StatusPaymentRequired:
		return ErrDeclined
	case status == http.StatusNotFound:
		return ErrNotFound
	case status == http.StatusGone, status == http.StatusPreconditionFailed:
		return ErrState
	}
	return ErrInvalid
}

// codes are the error codes of the service. Those without a kind leave it to the
// status. The meaning is for error texts: the service's own message may quote the
// request and is not shown.
var codes = [...]struct {
	code    string
	kind    Kind
	meaning string
}{
	{"declined", ErrDeclined, ""},
	{"invalid_token", ErrInvalidToken, "the token is unknown, expired or already used"},
	{"invalid_order_transaction_status", ErrNotApprovedYet, "the shopper has not confirmed the order"},
	{"unauthorized", ErrUnauthorized, ""},
	{"unauthenticated", ErrUnauthorized, ""},
	{"insufficient_permissions", ErrUnauthorized, ""},
	{"forbidden", ErrUnauthorized, ""},
	{"feature_not_enabled", ErrUnauthorized, ""},
	{"not_found", ErrNotFound, ""},
	{"conflict", ErrConflict, ""},
	{"precondition_failed", ErrState, ""},
	{"invalid_state", ErrState, ""},
	{"payment_captured", ErrState, "the payment is already captured"},
	{"payment_voided", ErrState, "the payment is already voided"},
	{"payment_expired", ErrState, "the authorization has expired"},
	{"invalid_object", ErrInvalid, ""},
	{"invalid_amount", ErrInvalid, "the amount is above what is open or below the smallest amount"},
	{"invalid_json", ErrInvalid, ""},
	{"invalid_request", ErrInvalid, ""},
	{"unsupported_currency", ErrInvalid, "the account does not take this currency"},
	{"unsupported_payment_type", ErrInvalid, "the amount is outside the account's limits"},
	{"refund_timelimit_exceeded", ErrInvalid, "the refund window is over"},
	{"too_many_requests", ErrRateLimited, ""},
	{"error", "", ""}, {"method_not_allowed", "", ""}, {"transaction_error", "", ""}, {"server_error", "", ""},
	{"consumer_ineligible", "", ""}, {"grant_not_found", "", ""}, {"npuf_eligibility_mismatch", "", ""},
	{"invalid_billing_agreement_status", "", ""}, {"headless_billing_agreement_not_authorised", "", ""},
}

// lookupCode returns the kind and the meaning of a code. Both may be empty.
func lookupCode(code string) (kind Kind, meaning string) {
	for i := range codes {
		if codes[i].code == code {
			return codes[i].kind, codes[i].meaning
		}
	}
	return "", ""
}

// knownCode returns code if it has at most 64 bytes and all of its words are
// words of known codes. It returns "" otherwise: Afterpay may add codes, and
// the text in the place of one may be somebody's name.
func knownCode(code string) string {
	const longest = 64
	if len(code) > longest {
		return ""
	}
	words := codeWords()
	for word := range strings.SplitSeq(code, "_") {
		if !words[word] {
			return ""
		}
	}
	return code
}

// codeWords returns the words of all codes.
var codeWords = sync.OnceValue(func() map[string]bool {
	words := make(map[string]bool)
	for i := range codes {
		for word := range strings.SplitSeq(codes[i].code, "_") {
			words[word] = true
		}
	}
	return words
})

const rawLimit = 512

func rawPrefix(body []byte) string {
	return strings.ToValidUTF8(string(body[:min(len(body), rawLimit)]), "\uFFFD")
}

// readHeader copies what support asks for.
func (e *Error) readHeader(h http.Header) {
	e.RayID, e.CorrelationID = h.Get("Cf-Ray"), correlationID(h)
}

func correlationID(h http.Header) string {
	if id := h.Get("Http-Correlation-Id"); id != "" {
		return id
	}
	for _, name := range [...]string{"Http_correlation_id", "http_correlation_id"} {
		if v := h[name]; len(v) > 0 && v[0] != "" {
			return v[0]
		}
	}
	return ""
}

// isJSON reports whether a body can be taken for JSON.
func isJSON(body []byte) bool {
	body = bytes.TrimLeft(body, " \t\r\n")
	return len(body) > 0 && (body[0] == '{' || body[0] == '[')
}
