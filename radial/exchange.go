package radial

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/transport"
	"github.com/afterpay-go/afterpay/radial/internal/message"
)

// attemptState records how far an attempt got, in the terms of Radial's rule for
// request ids.
type attemptState int

const (
	replied    attemptState = iota // the reply came, so the next request needs a new id
	faulted                        // a Fault came: the same id may be sent again
	duplicated                     // Radial knows the id already
	refused                        // an HTTP error below 500 without a Fault
	timedOut                       // read timeout: the same id may be sent again
	unsent                         // nothing was sent, so nothing would be sent twice
	lost                           // the request may have been carried out, and the rule does not allow sending it again
)

// exchange is a call under way.
type exchange struct {
	client *Client
	call   *message.Call
	body   []byte

	response      // of the last attempt
	attempts int  // begun
	doubt    bool // some attempt may have been carried out
}

// response is what one attempt brought.
type response struct {
	state      attemptState
	status     int
	retryAfter time.Duration
	root       string
	fault      *Fault
	err        error
}

// Exchange carries out a call. It is exported for package experimental; the
// type of its parameter is in an internal package, so nobody else can call it.
func (c *Client) Exchange(ctx context.Context, call message.Call) error {
	call.Asked.StoreID = c.storeID
	if !call.Op.NoID {
		call.Asked.RequestID = cmp.Or(call.Asked.RequestID, c.newRequestID())
	}
	x := &exchange{client: c, call: &call, response: response{state: refused}}
	var faults []message.Fault
	x.body, faults = message.Document(call.Op.Request, call.Asked, c.withoutValidation, call.Content)
	if len(faults) > 0 {
		e := x.failure(afterpay.ErrInvalid)
		for _, f := range faults {
			e.Fields = append(e.Fields, FieldError{Field: f.Path, Message: f.Message})
		}
		return e
	}
	if call.Begin != nil {
		if err := call.Begin(ctx); err != nil {
			return err
		}
	}
	if e := x.send(ctx); e != nil {
		return e
	}
	return nil
}

// send sends the request until there is a final response, and judges it.
func (x *exchange) send(ctx context.Context) *Error {
	for {
		took, began := x.attempt(ctx)
		e := x.verdict()
		wait, again := x.again(ctx, began)
		if !again {
			wait = -1
		}
		x.report(ctx, took, wait, e)
		if !again {
			return e
		}
		if err := transport.Sleep(ctx, wait); err != nil {
			ended := *e // the observer has e
			ended.Err = errors.Join(e.Err, err)
			return &ended
		}
	}
}

// attempt sends the request once and reads the response. The transport does not
// repeat it, since it cannot tell a Fault from the page of a gateway.
func (x *exchange) attempt(ctx context.Context) (took time.Duration, began bool) {
	res := x.client.transport.Do(ctx, &transport.Request{
		Method:  http.MethodPost,
		URL:     x.client.stores.JoinPath(x.call.Op.Path),
		Header:  x.client.header(),
		Body:    x.body,
		Repeat:  transport.Never,
		Read:    x.client.timeouts.Read,
		Observe: func(a transport.Attempt) { took = a.Duration },
	})
	defer res.Release()
	x.attempts += res.Attempts
	x.response = read(x.call, &res)
	switch x.state {
	case replied:
		x.doubt = false // a reply speaks for every attempt, since all were one request
	case timedOut, lost, duplicated:
		x.doubt = true
	case faulted:
		x.doubt = x.doubt || x.status >= 500
	}
	return took, res.Attempts > 0
}

// read decodes what the transport brought. The reply is decoded at most once in a
// call, since no attempt follows one that brought it.
func read(call *message.Call, res *transport.Result) response {
	r := response{status: res.StatusCode, retryAfter: res.RetryAfter, err: res.Err}
	if res.Err != nil {
		switch {
		case !res.Doubt:
			r.state = unsent
		case isReadTimeout(res.Err):
			r.state = timedOut
		default:
			r.state = lost
		}
		return r
	}
	success := res.StatusCode >= 200 && res.StatusCode < 300
	var fault faultDocument
	r.err = message.Decode(res.Body, func(root string) any {
		switch {
		case isFault(root):
			r.root = root
			return &fault
		case success && root == call.Op.Reply:
			r.root = root
			return call.Reply
		}
		return nil
	})
	switch {
	case r.err == nil && isFault(r.root):
		r.fault = fault.public(r.root)
		r.state = faulted
		if r.fault.Duplicate {
			r.state = duplicated
		}
	case r.err == nil:
		r.state = replied
		if r.err = call.Op.Accept(call.Asked, call.Reply); r.err != nil {
			r.state = lost
		}
	case success, r.status >= 500, r.status == http.StatusRequestTimeout, r.status == http.StatusConflict:
		r.state = lost
	default:
		r.state = refused
	}
	return r
}

// isReadTimeout reports whether the time for a response ran out, whether the
// limit was the client's, the network's, or that of the caller's http.Client or
// context.
func isReadTimeout(err error) bool {
	if own, ok := errors.AsType[*transport.TimeoutError](err); ok {
		return own.Phase == transport.Reading
	}
	timeout, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && timeout.Timeout()
}

// verdict returns the error that the last response amounts to, or nil.
func (x *exchange) verdict() *Error {
	if x.state != replied {
		return x.noReply()
	}
	reply := x.call.Reply.Shared()
	var e *Error
	switch x.call.Op.Outcome(reply.Code.String()) {
	case message.Succeeded:
		return nil
	case message.Declined:
		e = x.failure(afterpay.ErrDeclined)
	case message.TimedOut:
		e = x.failure(ErrProcessorTimeout)
		e.OutcomeUnknown = x.call.Op.Effect
	default:
		e = x.failure(ErrFailed)
	}
	e.Code, e.Message = reply.Code.String(), reply.Description.String()
	return e
}

// noReply returns the error for a response that is not the reply.
func (x *exchange) noReply() *Error {
	e := x.failure(classify(x.status))
	switch {
	case x.fault != nil:
		e.Fault, e.Code, e.Message = x.fault, x.fault.Code, x.fault.Description
		switch {
		case x.fault.Duplicate:
			e.Kind = ErrDuplicate
		case x.status < 400:
			e.Kind = ErrFault
		}
	case x.root != "": // a reply that was not accepted
		reply := x.call.Reply.Shared()
		e.Code, e.Message = reply.Code.String(), reply.Description.String()
	}
	return e
}

// failure returns an error with what is known of the call.
func (x *exchange) failure(kind afterpay.Kind) *Error {
	return &Error{
		Op:             x.call.Op.Name,
		Route:          x.call.Op.Route(),
		Kind:           kind,
		StatusCode:     x.status,
		Attempts:       x.attempts,
		RetryAfter:     x.retryAfter,
		RequestID:      x.call.Asked.RequestID,
		OrderID:        x.call.Asked.OrderID,
		OutcomeUnknown: x.doubt && x.call.Op.Effect,
		MayRepeat:      x.state == faulted || x.state == timedOut || x.state == unsent,
		Err:            x.err,
	}
}

// again reports whether the client makes another attempt, and the wait before it.
func (x *exchange) again(ctx context.Context, began bool) (time.Duration, bool) {
	policy := x.client.retry
	if !x.call.Op.Repeat || !began || x.attempts >= policy.MaxAttempts || ctx.Err() != nil || !x.worthRepeating() {
		return 0, false
	}
	wait := transport.Policy{BaseDelay: policy.BaseDelay, MaxDelay: policy.MaxDelay}.Backoff(x.attempts)
	if x.retryAfter > 0 {
		if x.retryAfter > policy.MaxDelay {
			return 0, false
		}
		wait = x.retryAfter
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return 0, false
	}
	return wait, true
}

// worthRepeating reports whether the rule allows another attempt and whether it
// may get a better response.
func (x *exchange) worthRepeating() bool {
	switch x.state {
	case timedOut:
		return true
	case faulted:
		return x.status < 400 || x.status >= 500 || x.status == http.StatusRequestTimeout || x.status == http.StatusTooManyRequests
	case unsent:
		_, untrusted := errors.AsType[*tls.CertificateVerificationError](x.err)
		return !untrusted
	}
	return false
}
