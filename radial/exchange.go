package radial

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/transport"
)

// course is how an attempt went, in the terms of Radial's rule for request ids.
type course string

const (
	replied    course = "replied"          // the reply came: a next request needs a new id
	faulted    course = "fault"            // a Fault came: the same id may be sent again
	duplicated course = "duplicate"        // Radial knows the id already
	refused    course = "refused"          // an HTTP error below 500 and no Fault
	timedOut   course = "read timeout"     // the same id may be sent again
	unsent     course = "not sent"         // nothing left, so nothing would be sent again
	lost       course = "no usable answer" // it may have been carried out, and the rule names no way to repeat it
)

// repeatable reports whether the rule lets the same request go again.
func (c course) repeatable() bool { return c == faulted || c == timedOut || c == unsent }

// exchange is a call under way.
type exchange struct {
	client    *Client
	op        *operation
	requestID string
	orderID   string
	body      []byte

	answer        // the last one
	attempts int  // begun
	doubt    bool // some attempt may have been carried out
}

// answer is what one attempt brought.
type answer struct {
	course     course
	status     int
	retryAfter time.Duration
	root       string
	fault      *Fault
	err        error
}

// ids are what a request carries besides its content.
type ids struct{ request, session, order string }

// exchange encodes a request. The error is an *Error of kind ErrInvalid that
// lists every fault of it.
func (c *Client) exchange(op *operation, id ids, content func(*writer)) (*exchange, error) {
	x := &exchange{client: c, op: op, requestID: id.request, orderID: id.order}
	var faults []FieldError
	x.body, faults = document(op.request, []attribute{{"requestId", id.request}, {"sessionId", id.session}}, c.withoutValidation, content)
	if len(faults) > 0 {
		e := x.failure(afterpay.ErrInvalid)
		e.Fields = faults
		return nil, e
	}
	return x, nil
}

// send sends the request until it is answered for good, and reads the reply. An
// error is an *Error.
func (x *exchange) send(ctx context.Context, reply any) error {
	for {
		result, took := x.attempt(ctx, reply)
		wait, again := x.again(ctx, result)
		if !again {
			wait = -1
		}
		x.report(ctx, took, wait)
		if x.course == replied {
			return nil
		}
		if !again {
			return x.answerFailure()
		}
		if err := transport.Sleep(ctx, wait); err != nil {
			x.err = errors.Join(x.err, err)
			return x.answerFailure()
		}
	}
}

// attempt sends the request once and reads the answer. Whether it goes again is
// decided here and not by the transport, which cannot tell a Fault from a
// gateway's page.
func (x *exchange) attempt(ctx context.Context, reply any) (began bool, took time.Duration) {
	res := x.client.transport.Do(ctx, &transport.Request{
		Method:  http.MethodPost,
		URL:     x.client.stores.JoinPath(x.op.path),
		Header:  x.client.header(),
		Body:    x.body,
		Repeat:  transport.Never,
		Read:    x.client.timeouts.Read,
		Observe: func(a transport.Attempt) { took = a.Duration },
	})
	defer res.Release()
	x.attempts += res.Attempts
	x.answer = x.op.read(&res, reply)
	switch x.course {
	case replied:
		x.doubt = false // a reply speaks for every attempt, as all were one request
	case timedOut, lost, duplicated:
		x.doubt = true
	case faulted:
		x.doubt = x.doubt || x.status >= 500
	}
	return res.Attempts > 0, took
}

// read makes sense of what the transport brought.
func (op *operation) read(res *transport.Result, reply any) answer {
	a := answer{status: res.StatusCode, retryAfter: res.RetryAfter, err: res.Err}
	if res.Err != nil {
		switch {
		case !res.Doubt:
			a.course = unsent
		case readTimeout(res.Err):
			a.course = timedOut
		default:
			a.course = lost
		}
		return a
	}
	success := res.StatusCode >= 200 && res.StatusCode < 300
	var fault faultDocument
	a.err = decode(res.Body, func(root string) any {
		switch {
		case fault.ofRoot(root):
			a.root = root
			return &fault
		case success && root == op.reply:
			a.root = root
			return reply
		}
		return nil
	})
	switch {
	case a.err == nil && a.root == op.reply:
		a.course = replied
	case a.err == nil:
		a.fault = fault.fault()
		a.course = faulted
		if fault.duplicate {
			a.course = duplicated
		}
	case success, a.status >= 500, a.status == http.StatusRequestTimeout, a.status == http.StatusConflict:
		a.course = lost
	default:
		a.course = refused
	}
	return a
}

// readTimeout reports whether the time for an answer ran out, by whatever limit:
// the client's, that of the caller's http.Client or context, or the network's.
func readTimeout(err error) bool {
	if own, ok := errors.AsType[*transport.TimeoutError](err); ok {
		return own.Phase == transport.Reading
	}
	timeout, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && timeout.Timeout()
}

// answerFailure is the error for an answer that is not the reply.
func (x *exchange) answerFailure() error {
	e := x.failure(classify(x.status))
	if x.fault != nil {
		e.Fault, e.Code, e.Message = x.fault, x.fault.Code, x.fault.Description
		switch {
		case x.fault.Duplicate:
			e.Kind = ErrDuplicate
		case x.status < 400:
			e.Kind = ErrFault
		}
	}
	return e
}

// failure is an error with what is known of the call.
func (x *exchange) failure(kind afterpay.Kind) *Error {
	return &Error{
		Op:             x.op.name,
		Route:          x.op.route(),
		Kind:           kind,
		StatusCode:     x.status,
		Attempts:       x.attempts,
		RetryAfter:     x.retryAfter,
		RequestID:      x.requestID,
		OrderID:        x.orderID,
		OutcomeUnknown: x.doubt && x.op.effect,
		MayRepeat:      x.course.repeatable(),
		Err:            x.err,
	}
}
