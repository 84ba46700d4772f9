package afterpay

import (
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
	repeatable                    // doing it again leaves an unused order or file behind, which expires
	keyedByRequestID              // moves money; the service recognises the request id
	keyedByToken                  // moves money; the service recognises the order's token
	once                          // decides about money; the service refuses a repetition for the state it finds
)

// money reports whether the calls of a class move money or decide about it.
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
	route string // {id} stands for the payment, {token}, {dispute} and {file} for what they say
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
	opDisputesList:            {"disputes.list", http.MethodGet, safe, endpoint{"/v2/disputes", read}, endpoint{}},
	opDisputesGet:             {"disputes.get", http.MethodGet, safe, endpoint{"/v2/disputes/{dispute}", read}, endpoint{}},
	opDisputesRespond:         {"disputes.respond", http.MethodPost, once, endpoint{"/v2/disputes/{dispute}", read}, endpoint{}},
	opDisputesAccept:          {"disputes.accept", http.MethodPost, once, endpoint{"/v2/disputes/{dispute}/accept", read}, endpoint{}},
	opDisputesUploadEvidence:  {"disputes.uploadEvidence", http.MethodPost, repeatable, endpoint{"/v2/disputes/files", read}, endpoint{}},
	opDisputesGetEvidenceFile: {"disputes.getEvidenceFile", http.MethodGet, safe, endpoint{"/v2/disputes/files/{file}", read}, endpoint{}},
	opOAuthToken:              {"oauth.token", http.MethodPost, safe, endpoint{"/v2/oauth2/token", read}, endpoint{"/v2/oauth2/token", read}},
}

// filling is what of a call goes into the path.
type filling uint8

const (
	fillNothing filling = iota
	fillPaymentID
	fillToken
	fillDisputeID
	fillFileID
)

// fillings are what stands for the parts in routes.
var fillings = map[string]filling{"{id}": fillPaymentID, "{token}": fillToken, "{dispute}": fillDisputeID, "{file}": fillFileID}

// target is an operation as one client calls it: the row of the table with the
// client's host, version and time limits filled in.
type target struct {
	*operation
	route          string  // "": the API version does not have it
	url            url.URL // without the part that {id} or the like stands for
	filled         filling // which part that is
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
	t.prefix = path
	if from := strings.IndexByte(path, '{'); from >= 0 {
		to := strings.IndexByte(path, '}') + 1
		t.prefix, t.filled, t.suffix = path[:from], fillings[path[from:to]], path[to:]
	}
	t.url.Path = path
	return t
}

// address fills the id or token into the URL. net/url escapes it; validation
// has refused what could lead elsewhere.
func (t *target) address(in *call) *url.URL {
	u := t.url
	if name, value := t.segment(in); name != "" {
		u.Path = t.prefix + value + t.suffix
	}
	u.RawQuery = in.query
	return &u
}

// segment is what of a call goes into the path, with its name.
func (t *target) segment(in *call) (name, value string) {
	switch t.filled {
	case fillPaymentID:
		return "paymentID", in.paymentID
	case fillToken:
		return "token", in.token
	case fillDisputeID:
		return "disputeID", in.disputeID
	case fillFileID:
		return "fileID", in.fileID
	}
	return "", ""
}

// call is one operation on its way down.
type call struct {
	op        opID
	paymentID string // fills {id}
	token     string // fills {token}, and tells an error which order it is about
	disputeID string // fills {dispute}
	fileID    string // fills {file}
	query     string
	requestID string
	body      any            // sent as JSON, url.Values as a form, *upload as it is; checked if it is a validator; nil: nothing
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
		URL:    t.address(in),
		Repeat: t.class.repeat(),
		Read:   t.limit,
	}
	if err := c.encode(in, &req); err != nil {
		return refusal(t, in, nil, err)
	}
	if !c.observed(ctx) {
		if e := c.answer(ctx, t, in, &req, read); e != nil {
			return e
		}
		return nil
	}
	w := &watcher{core: c, ctx: ctx, target: t, call: *in}
	req.Observe = w.see
	e := c.answer(ctx, t, in, &req, read)
	w.end(e)
	if e != nil {
		return e
	}
	return nil
}

// answer sends a request and has its answer read, or says why there is none.
func (c *core) answer(ctx context.Context, t *target, in *call, req *transport.Request, read func(*decoder, []byte) error) *Error {
	res := c.send(ctx, in, req)
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

// encode gives a request its body, encoded once for all attempts, and its
// header.
func (c *core) encode(in *call, req *transport.Request) (err error) {
	h := c.headers()
	switch body := in.body.(type) {
	case nil:
		req.Header = h.read
		if in.anonymous {
			req.Header = h.open
		}
	case url.Values:
		req.Body, req.Header = []byte(body.Encode()), h.form
	case *upload:
		req.Stream, req.Header = body.stream, body.header(h.read)
	default:
		req.Header = h.json
		req.Body, err = encodeJSON(c.dialect, body)
	}
	return err
}

// send is the transport's Do, with an access token where the client uses them.
// A token that the service refuses is replaced once.
func (c *core) send(ctx context.Context, in *call, req *transport.Request) transport.Result {
	if c.oauth == nil || in.anonymous {
		return c.transport.Do(ctx, req)
	}
	header := req.Header
	var before transport.Result
	for refreshed := false; ; refreshed = true {
		authorization, err := c.oauth.authorization(ctx)
		if err != nil {
			return transport.Result{Err: &tokenError{err}, Doubt: before.Doubt, Attempts: before.Attempts}
		}
		req.Header = withAuthorization(header, authorization)
		res := c.transport.Do(ctx, req)
		res.Doubt = res.Doubt || before.Doubt
		res.Attempts += before.Attempts
		if res.StatusCode != http.StatusUnauthorized || refreshed {
			return res
		}
		c.oauth.refused(authorization)
		if !req.Stream.Repeatable() {
			return res
		}
		before = res
		res.Release()
	}
}

// check refuses what must not be sent. What goes into a path, what makes a
// repetition safe and what the API version does not have are checked even
// WithoutValidation.
func (c *core) check(t *target, in *call) *Error {
	if t.route == "" {
		return refusal(t, in, []FieldError{{t.name, "is not supported by API v1"}}, errors.ErrUnsupported)
	}
	v := checker{version: c.version, lenient: c.withoutValidation}
	if name, value := t.segment(in); name != "" {
		v.segment(name, value)
		if t.filled == fillPaymentID && strings.Contains(value, ":") {
			v.refuse(name, "must not hold a colon") // token:… is a payment by its token
		}
	}
	if t.class == keyedByRequestID && strings.TrimSpace(in.requestID) == "" {
		v.refuse("requestId", "is required") // without one a repetition would move money twice
	}
	c.dialect.refuse(&v, in.body)
	if body, ok := in.body.(validator); ok {
		body.validate(&v)
	}
	if in.check != nil {
		in.check(&v)
	}
	switch {
	case v.unsupported:
		return refusal(t, in, v.fields, errors.ErrUnsupported)
	case len(v.fields) > 0:
		return refusal(t, in, v.fields, nil)
	}
	return nil
}
