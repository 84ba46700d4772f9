package afterpay

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay/internal/transport"
)

// class says how a call may be repeated and what it puts at stake.
type class uint8

const (
	safe             class = iota // reads and updates: doing it again changes nothing
	repeatable                    // doing it again leaves an unused order behind, which expires
	keyedByRequestID              // moves money; the service recognises the request id
	keyedByToken                  // moves money; the service recognises the order's token
)

// money reports whether the calls of a class move money.
func (c class) money() bool { return c >= keyedByRequestID }

func (c class) repeat() transport.Repeat {
	if c.money() {
		return transport.Keyed
	}
	return transport.Idempotent
}

// limit says which of the client's Timeouts bounds the wait for an answer.
type limit uint8

const (
	read     limit = iota // Timeouts.Read
	bankRead              // Timeouts.BankRead: a bank is asked
)

// endpoint is an operation in one API version. The zero value: the version does
// not have it.
type endpoint struct {
	route string // {id} and {token} stand for the payment and the order
	limit limit
}

// operation is a row of the table from which paths, timeouts, retries, logs and
// errors take what they know of a call.
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
	opOAuthToken
	opCount
)

var operations = [opCount]operation{
	opPing:                    {"ping", http.MethodGet, safe, endpoint{"/ping", read}, endpoint{"/ping", read}},
	opConfigurationGet:        {"configuration.get", http.MethodGet, safe, endpoint{"/v2/configuration", read}, endpoint{"/v1/configuration", read}},
	opOrdersCreate:            {"orders.create", http.MethodPost, repeatable, endpoint{"/v2/checkouts", read}, endpoint{"/v1/orders", read}},
	opOrdersGet:               {"orders.get", http.MethodGet, safe, endpoint{"/v2/checkouts/{token}", read}, endpoint{"/v1/orders/{token}", read}},
	opPaymentsAuthorize:       {"payments.authorize", http.MethodPost, keyedByRequestID, endpoint{"/v2/payments/auth", bankRead}, endpoint{}},
	opPaymentsCapture:         {"payments.capture", http.MethodPost, keyedByToken, endpoint{"/v2/payments/capture", bankRead}, endpoint{"/v1/payments/capture", bankRead}},
	opPaymentsCapturePart:     {"payments.capturePart", http.MethodPost, keyedByRequestID, endpoint{"/v2/payments/{id}/capture", bankRead}, endpoint{}},
	opPaymentsVoid:            {"payments.void", http.MethodPost, keyedByRequestID, endpoint{"/v2/payments/{id}/void", bankRead}, endpoint{}},
	opPaymentsReverse:         {"payments.reverse", http.MethodPost, keyedByToken, endpoint{"/v2/payments/token:{token}/reversal", bankRead}, endpoint{"/v1/payments/token:{token}/reversal", bankRead}},
	opPaymentsGet:             {"payments.get", http.MethodGet, safe, endpoint{"/v2/payments/{id}", read}, endpoint{"/v1/payments/{id}", read}},
	opPaymentsGetByToken:      {"payments.getByToken", http.MethodGet, safe, endpoint{"/v2/payments/token:{token}", read}, endpoint{"/v1/payments/token:{token}", read}},
	opPaymentsList:            {"payments.list", http.MethodGet, safe, endpoint{"/v2/payments", read}, endpoint{"/v1/payments", read}},
	opPaymentsUpdateReference: {"payments.updateReference", http.MethodPut, safe, endpoint{"/v2/payments/{id}", read}, endpoint{"/v1/payments/{id}", read}},
	opPaymentsUpdateCourier:   {"payments.updateCourier", http.MethodPut, safe, endpoint{"/v2/payments/{id}/courier", read}, endpoint{"/v1/payments/{id}/courier", read}},
	opRefundsCreate:           {"refunds.create", http.MethodPost, keyedByRequestID, endpoint{"/v2/payments/{id}/refund", bankRead}, endpoint{"/v1/payments/{id}/refund", read}},
	opOAuthToken:              {"oauth.token", http.MethodPost, safe, endpoint{"/v2/oauth2/token", read}, endpoint{"/v2/oauth2/token", read}},
}

// target is an operation as one client calls it: the row of the table with the
// client's host, version and time limits filled in.
type target struct {
	*operation
	route          string  // "": the API version does not have it
	url            url.URL // without the part that {id} or {token} stands for
	prefix, suffix string  // of the path, around that part
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
	t.prefix = path
	if from := strings.IndexByte(path, '{'); from >= 0 {
		t.prefix, t.suffix = path[:from], path[strings.IndexByte(path, '}')+1:]
	}
	t.url.Path = path
	return t
}

// address fills the id or token into the URL. net/url escapes it; validation
// has refused what could lead elsewhere.
func (t *target) address(segment, query string) *url.URL {
	u := t.url
	if segment != "" {
		u.Path = t.prefix + segment + t.suffix
	}
	u.RawQuery = query
	return &u
}

// segment is what of a call goes into the path.
func (t *target) segment(in *call) string {
	if strings.Contains(t.route, "{token}") {
		return in.token
	}
	return in.paymentID
}

// call is one operation on its way down.
type call struct {
	op        opID
	paymentID string // fills {id}
	token     string // fills {token}, and tells an error which order it is about
	query     string
	requestID string
	body      any            // sent as JSON, url.Values as a form; checked if it is a validator; nil: nothing
	check     func(*checker) // checks what is not in the body
	anonymous bool           // goes without credentials
}

// emptyBody is sent where the service wants a body and reads nothing from it.
type emptyBody struct{}

// do is the way of every call, for an answer of type T.
func do[T any](ctx context.Context, c *core, in call, read func(*decoder, []byte) (*T, error)) (*T, error) {
	var result *T
	err := c.exchange(ctx, &in, func(d *decoder, text []byte) (err error) {
		result, err = read(d, text)
		return err
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}

// exchange checks a call, encodes it once, sends it, and has its answer read, or
// says why there is none.
func (c *core) exchange(ctx context.Context, in *call, read func(*decoder, []byte) error) error {
	t := &c.targets[in.op]
	if e := c.check(t, in); e != nil {
		return e
	}
	req := transport.Request{
		Method: t.method,
		URL:    t.address(t.segment(in), in.query),
		Repeat: t.class.repeat(),
		Read:   t.limit,
	}
	var err error
	if req.Body, req.Header, err = c.encode(in); err != nil {
		return refusal(t, in, nil, err)
	}
	if c.observed() {
		req.Observe = c.observer(ctx, t, *in)
	}
	res := c.send(ctx, in, &req)
	defer res.Release()
	d := &decoder{dialect: c.dialect, header: res.Header}
	if res.Err != nil || res.StatusCode/100 != 2 {
		return unanswered(t, in, d, &res)
	}
	if err := read(d, res.Body); err != nil {
		return unreadable(t, in, &res, err)
	}
	return nil
}

// encode returns a call's body, encoded once for all attempts, and its header.
func (c *core) encode(in *call) ([]byte, http.Header, error) {
	switch body := in.body.(type) {
	case nil:
		if in.anonymous {
			return nil, c.openHeader, nil
		}
		return nil, c.header, nil
	case url.Values:
		return []byte(body.Encode()), c.formHeader, nil
	default:
		text, err := encodeJSON(c.dialect, body)
		return text, c.bodyHeader, err
	}
}

// send is the transport's Do, with an access token where the client uses them.
// A token that the service refuses is replaced once.
func (c *core) send(ctx context.Context, in *call, req *transport.Request) transport.Result {
	if c.oauth == nil || in.anonymous {
		return c.transport.Do(ctx, req)
	}
	header, doubt := req.Header, false
	for refreshed := false; ; refreshed = true {
		authorization, err := c.oauth.authorization(ctx)
		if err != nil {
			return transport.Result{Err: err, Doubt: doubt}
		}
		req.Header = withAuthorization(header, authorization)
		res := c.transport.Do(ctx, req)
		res.Doubt = res.Doubt || doubt
		if res.StatusCode != http.StatusUnauthorized || refreshed {
			return res
		}
		doubt = res.Doubt
		res.Release()
		c.oauth.refused(authorization)
	}
}

// check refuses what must not be sent. What goes into a path and what the API
// version does not have are checked even WithoutValidation.
func (c *core) check(t *target, in *call) *Error {
	if t.route == "" {
		return refusal(t, in, []FieldError{{t.name, "is not supported by API v1"}}, errors.ErrUnsupported)
	}
	v := checker{version: c.version}
	switch {
	case strings.Contains(t.route, "{id}"):
		v.segment("paymentID", in.paymentID)
	case strings.Contains(t.route, "{token}"):
		v.segment("token", in.token)
	}
	c.dialect.refuse(&v, in.body)
	if !c.withoutValidation {
		if body, ok := in.body.(validator); ok {
			body.validate(&v)
		}
		if in.check != nil {
			in.check(&v)
		}
	}
	switch {
	case v.unsupported:
		return refusal(t, in, v.fields, errors.ErrUnsupported)
	case len(v.fields) > 0:
		return refusal(t, in, v.fields, nil)
	}
	return nil
}

// failure is an Error that knows what was called.
func failure(t *target, in *call) *Error {
	return &Error{
		Op: t.name, Method: t.method, Route: cmp.Or(t.route, t.v2.route),
		RequestID: in.requestID, Token: in.token, PaymentID: in.paymentID,
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
	e.Kind, e.Err = ErrUnavailable, err
	if v, ok := errors.AsType[*verdict](err); ok {
		e.Kind, e.Payment, e.Err = v.kind, v.payment, v.reason
	} else if !isJSON(res.Body) {
		e.Raw = rawPrefix(res.Body)
	}
	e.OutcomeUnknown = t.class.money() && e.Kind != ErrDeclined
	return e
}

// unanswered is a call that was refused by the service, or whose answer was
// lost.
func unanswered(t *target, in *call, d *decoder, res *transport.Result) *Error {
	e := failure(t, in)
	e.StatusCode, e.Attempts, e.RetryAfter, e.Err = res.StatusCode, res.Attempts, res.RetryAfter, res.Err
	e.Kind = ErrUnavailable
	if cause, ok := errors.AsType[*Error](res.Err); ok {
		e.Kind = cause.Kind // no access token
	}
	if res.StatusCode != 0 {
		e.readHeader(res.Header)
		e.readFailure(d, res.Body)
	}
	if res.Err != nil && e.Kind != ErrRateLimited && e.Kind != ErrConflict {
		e.Kind = ErrUnavailable // half an answer is no verdict
	}
	// A decline speaks for every attempt: the service gives a token or request
	// id one verdict. Any other refusal may be about the last attempt only.
	e.OutcomeUnknown = t.class.money() && res.Doubt && e.Kind != ErrDeclined
	return e
}
