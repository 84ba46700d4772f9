package afterpay

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay/internal/transport"
)

// The names of internal/transport that the rest of the package uses.
type (
	sender      = transport.Transport
	request     = transport.Request
	response    = transport.Result
	attempt     = transport.Attempt
	stream      = transport.Stream
	credentials = transport.Credentials
)

// call is one operation on its way down, and what its response is compared with
// on the way up.
type call struct {
	op opID

	// At most one of these fills the route. The others tell an error what the
	// call was about.
	paymentID, token, disputeID, fileID string

	requestID string
	query     string
	body      any            // sent as JSON unless it is a formBody; checked if it is a validator; nil sends nothing
	check     func(*checker) // checks what is not in the body
	anonymous bool           // sent without credentials
	result    any            // pointer to the value that the response replaces; nil makes a new one

	// What a money call asks for.
	amount    Money  // of the capture, void or refund
	whole     bool   // everything that is open, instead of an amount
	total     Money  // of the order; Money{}: any
	reference string // of the capture or refund; of the payment, for an update
}

// key is what fills the route.
func (in *call) key() string { return cmp.Or(in.paymentID, in.disputeID, in.fileID, in.token) }

// emptyBody is sent where the service wants a body and reads nothing from it.
type emptyBody struct{}

// formBody is implemented by bodies that are sent as a form, and not as JSON.
type formBody interface {
	form(h *headers) request // with a header and a body, and nothing else
}

// responseReader is implemented by results that are not plain JSON, or that need
// the header of the response.
type responseReader interface {
	readResponse(version APIVersion, header http.Header, body []byte) error
}

// do sends a call and decodes its response into a T, which accept compares with
// what was asked. A nil accept takes every response that can be decoded.
func do[T any](ctx context.Context, c *core, in call, accept func(*call, *T) *Error) (*T, error) {
	var got *T
	e := c.do(ctx, &in, func() any {
		if got, _ = in.result.(*T); got == nil {
			got = new(T)
		}
		*got = *new(T)
		return got
	}, func() *Error {
		if accept == nil {
			return nil
		}
		return accept(&in, got)
	})
	if e != nil {
		return nil, e
	}
	return got, nil
}

// do is what all types of responses share: result returns the value that a
// successful response is decoded into, and accept says what is wrong with it.
func (c *core) do(ctx context.Context, in *call, result func() any, accept func() *Error) *Error {
	t := &c.targets[in.op]
	req, e := c.prepare(ctx, t, in)
	if e != nil {
		return e
	}
	w := c.watch(ctx, t, in, &req)
	res := c.transport.Do(ctx, &req)
	defer res.Release()
	if res.Err != nil || res.StatusCode/100 != 2 {
		e = t.failed(c.version, in, &res)
	} else if err := decodeResponse(c.version, &res, result()); err != nil {
		e = t.unreadable(in, &res, err)
	} else if why := accept(); why != nil {
		e = t.rejected(in, &res, why)
	}
	w.end(e, &res)
	return e
}

func decodeResponse(version APIVersion, res *response, into any) error {
	if r, ok := into.(responseReader); ok {
		return r.readResponse(version, res.Header, res.Body)
	}
	return decodeJSON(version, res.Body, into)
}

// prepare checks a call and encodes it once for all attempts.
func (c *core) prepare(ctx context.Context, t *target, in *call) (request, *Error) {
	if e := c.check(ctx, t, in); e != nil {
		return request{}, e
	}
	req := request{Method: t.method, URL: t.address(in), Repeat: t.class.repeat(), KeyLife: t.class.keyLife(), Read: t.limit}
	if !in.anonymous {
		req.Credentials = c.credentials
	}
	if err := c.encode(in, &req); err != nil {
		return req, t.refuse(in, nil, err)
	}
	return req, nil
}

// encode gives a request its header and body.
func (c *core) encode(in *call, req *request) (err error) {
	h := c.headers()
	switch body := in.body.(type) {
	case nil:
		req.Header = h.read
		if in.anonymous {
			req.Header = h.open
		}
	case formBody:
		form := body.form(h)
		req.Header, req.Body, req.Stream = form.Header, form.Body, form.Stream
	default:
		req.Header = h.json
		req.Body, err = encodeJSON(c.version, body)
	}
	return err
}

const errNilContext reason = "context is nil"

// check refuses what must not be sent. What goes into a path, what makes a
// repetition safe and what the API version does not have are checked even
// WithoutValidation.
func (c *core) check(ctx context.Context, t *target, in *call) *Error {
	if ctx == nil {
		return t.refuse(in, nil, errNilContext)
	}
	if t.route == "" {
		return t.refuse(in, []FieldError{{t.name, "is not supported by API v1"}}, errors.ErrUnsupported)
	}
	v := checker{version: c.version, lenient: c.withoutValidation}
	switch t.fill {
	case "": // nothing goes into the path
	case "token":
		v.token(in.token)
	default:
		v.idSegment(t.fill, in.key())
	}
	if t.class == keyedByRequestID && strings.TrimSpace(in.requestID) == "" {
		v.refuse("requestId", "is required") // without one a repetition would move money twice
	}
	v.refuseUnsupported(in.body)
	if body, ok := in.body.(validator); ok {
		body.validate(&v)
	}
	if in.check != nil {
		in.check(&v)
	}
	switch {
	case v.unsupported:
		return t.refuse(in, v.fields, errors.ErrUnsupported)
	case len(v.fields) > 0:
		return t.refuse(in, v.fields, nil)
	}
	return nil
}

// isTooLarge reports whether a response was not read because of its size, so that a
// smaller page of a list may be read.
func isTooLarge(err error) bool {
	return errors.Is(err, transport.ErrBodyTooLarge) || errors.Is(err, errTooManyElements)
}

func (c class) repeat() transport.Repeat {
	if c.money() {
		return transport.Keyed
	}
	return transport.Idempotent
}

func sleep(ctx context.Context, d time.Duration) error { return transport.Sleep(ctx, d) }

func newStream(head []byte, r io.Reader, tail []byte, limit int64) *stream {
	return transport.NewStream(head, r, tail, limit)
}

// streamFault reports whether a call failed because its stream could not be read,
// and whether that was because it is too long.
func streamFault(err error) (unread, tooLong bool) {
	_, unread = errors.AsType[*transport.BodyError](err)
	return unread, errors.Is(err, transport.ErrStreamTooLong)
}
