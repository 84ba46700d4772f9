package afterpaytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Fault is something that goes wrong with one request: a response that is not
// the service's, or no response at all.
//
// A fault happens before the service carries out the request. With AfterCommit
// it happens afterwards: the money moves, and only the response is lost.
type Fault struct {
	name        string
	afterCommit bool
	times       int
	apply       func(s *Sandbox, c *call, real *reply) (*http.Response, error)
}

// AfterCommit returns a copy of the fault that happens after the service has
// carried out the request.
func (f Fault) AfterCommit() Fault {
	f.afterCommit = true
	return f
}

// Times returns a copy of the fault that happens to n requests.
func (f Fault) Times(n int) Fault {
	f.times = n
	return f
}

// Reset breaks the connection before any response. In memory it is an error
// that wraps syscall.ECONNRESET, over a socket a TCP reset.
func Reset() Fault {
	return Fault{name: "Reset", apply: func(*Sandbox, *call, *reply) (*http.Response, error) {
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	}}
}

// Timeout sends no response: the request ends when its client gives up. That
// takes the client's whole time limit, so use it in a testing/synctest bubble
// or with short afterpay.Timeouts. A request without a deadline gets a timeout
// error at once.
func Timeout() Fault {
	return Fault{name: "Timeout", apply: func(_ *Sandbox, c *call, _ *reply) (*http.Response, error) {
		ctx := c.http.Context()
		if ctx.Done() == nil {
			return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}}
}

// Truncated breaks the response off in the middle of its body. It always
// happens after the service has carried out the request.
func Truncated() Fault {
	return Fault{name: "Truncated", afterCommit: true, apply: func(_ *Sandbox, c *call, real *reply) (*http.Response, error) {
		res := real.response(c.http)
		half := real.body[:len(real.body)/2]
		res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(half), brokenReader{}))
		return res, nil
	}}
}

// brokenReader fails as the body of a broken connection does.
type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// BadGateway is a 502 with the HTML page of a gateway.
func BadGateway() Fault {
	return canned("BadGateway", http.StatusBadGateway, htmlContent, gatewayPage, nil)
}

// ServiceUnavailable is a 503 with the HTML page of a gateway.
func ServiceUnavailable() Fault {
	return canned("ServiceUnavailable", http.StatusServiceUnavailable, htmlContent, gatewayPage, nil)
}

// EmptyError is a 500 without a body.
func EmptyError() Fault {
	return canned("EmptyError", http.StatusInternalServerError, "", "", nil)
}

// Blocked is a 403 with an HTML page, from the network in front of the
// service.
func Blocked() Fault {
	return canned("Blocked", http.StatusForbidden, htmlContent, blockedPage, nil)
}

// InProgress is the 409 for a request whose key is in use by another request.
func InProgress() Fault {
	return Refuse(http.StatusConflict, "conflict", "The same request is still being processed.").named("InProgress")
}

// TooManyRequests is a 429. Its Retry-After header holds the wait in whole
// seconds, rounded up; a wait of 0 omits the header. A client that honors it
// waits in real time, except in a testing/synctest bubble.
func TooManyRequests(wait time.Duration) Fault {
	header := http.Header{}
	if wait > 0 {
		seconds := int64((wait + time.Second - 1) / time.Second)
		header.Set("Retry-After", strconv.FormatInt(seconds, 10))
	}
	return canned("TooManyRequests", http.StatusTooManyRequests, "", "", header)
}

// Refuse is an error of the API with the given code and message. It is for
// errors the sandbox never produces by itself, such as the 422 declined of a
// refund that Cash App refuses.
func Refuse(status int, code, message string) Fault {
	return Fault{name: "Refuse", apply: func(s *Sandbox, c *call, _ *reply) (*http.Response, error) {
		return s.finish(c, refuse(status, code, message)).response(c.http), nil
	}}
}

// Respond is a response with any status and body. A string or []byte is sent
// as it is, nil sends no body, and any other value is encoded as JSON.
func Respond(status int, body any) Fault {
	var text []byte
	switch b := body.(type) {
	case nil:
	case string:
		text = []byte(b)
	case []byte:
		text = b
	default:
		encoded, err := json.Marshal(b)
		if err != nil {
			panic("afterpaytest: Respond: " + err.Error())
		}
		text = encoded
	}
	contentType := ""
	if len(text) > 0 {
		contentType = "application/json"
	}
	return canned("Respond", status, contentType, string(text), nil)
}

const htmlContent = "text/html; charset=UTF-8"

const gatewayPage = `<!DOCTYPE html>
<html><head><title>The service cannot be reached</title></head>
<body><h1>The service cannot be reached</h1><p>cloudflare</p></body></html>
`

const blockedPage = `<!DOCTYPE html>
<html><head><title>Access denied</title></head>
<body><h1>You have been blocked</h1><p>cloudflare</p></body></html>
`

// canned is a response that does not depend on the request. It has the headers
// of every response.
func canned(name string, status int, contentType, body string, header http.Header) Fault {
	return Fault{name: name, apply: func(s *Sandbox, c *call, _ *reply) (*http.Response, error) {
		r := s.finish(c, response{status: status})
		r.body = []byte(body)
		if contentType != "" {
			r.header.Set("Content-Type", contentType)
		}
		for key, values := range header {
			r.header[key] = values
		}
		return r.response(c.http), nil
	}}
}

func (f Fault) named(name string) Fault {
	f.name = name
	return f
}

// planned is a fault that waits for its requests.
type planned struct {
	fault Fault
	left  int                         // number of requests it has yet to happen to
	when  func(Request) (Fault, bool) // for FailFunc, in place of fault and left
}

// Fail makes the next request for an operation run into a fault. The faults of
// several calls happen one after another. A fault that never happened fails
// the test when it ends.
//
//	sandbox.Fail(afterpaytest.OpCapture, afterpaytest.Reset().AfterCommit())
//	sandbox.Fail(afterpaytest.OpCreateRefund, afterpaytest.TooManyRequests(time.Second).Times(2))
func (s *Sandbox) Fail(op Op, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[op] = append(s.faults[op], &planned{fault: f, left: max(f.times, 1)})
}

// FailFunc calls f for every request for an operation for which no fault of
// Fail is waiting. If f returns true, the request runs into the fault it
// returns. f may be called from several goroutines at once and must not call
// the sandbox.
func (s *Sandbox) FailFunc(op Op, f func(Request) (Fault, bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[op] = append(s.faults[op], &planned{when: f})
}

// Reply sets the response to the next request for an operation, which the
// service then never sees. It is Fail with Respond.
func (s *Sandbox) Reply(op Op, status int, body any) {
	s.Fail(op, Respond(status, body))
}

// nextFault returns the fault for a request, or nil. The caller must hold
// s.mu.
func (s *Sandbox) nextFault(r *Request) *planned {
	for _, plan := range s.faults[r.Op] {
		if plan.when != nil || plan.left == 0 {
			continue
		}
		plan.left--
		return &planned{fault: plan.fault}
	}
	for _, plan := range s.faults[r.Op] {
		if plan.when == nil {
			continue
		}
		if f, ok := plan.when(*r); ok {
			return &planned{fault: f}
		}
	}
	return nil
}

// unused names the faults and holds that never happened.
func (s *Sandbox) unused() (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for op, plans := range s.faults {
		for _, plan := range plans {
			if plan.left > 0 {
				names = append(names, fmt.Sprintf("%s for %s (%d times)", plan.fault.name, op, plan.left))
			}
		}
	}
	for op, holds := range s.holds {
		for range holds {
			names = append(names, fmt.Sprintf("Hold for %s", op))
		}
	}
	return names
}

// Held is a request that the service has begun to work on and has not carried
// out yet.
type Held struct {
	entered  chan struct{} // closed when a request is held
	released chan struct{} // closed by Release
	done     chan struct{} // closed when the held request was carried out
	once     sync.Once
}

// Hold keeps the next request for an operation open until Release. A second
// request with the same key then gets a 409. If the client of the held request
// gives up, the service still carries it out on Release. A hold that was never
// used fails the test when it ends.
func (s *Sandbox) Hold(op Op) *Held {
	h := &Held{entered: make(chan struct{}), released: make(chan struct{}), done: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holds[op] = append(s.holds[op], h)
	return h
}

// Entered returns a channel that is closed once a request is held.
func (h *Held) Entered() <-chan struct{} { return h.entered }

// Release lets the service carry out the request, and returns when it has. If
// no request is held, Release returns at once, and none will be held.
func (h *Held) Release() {
	h.once.Do(func() { close(h.released) })
	select {
	case <-h.entered:
		<-h.done
	default:
	}
}

// nextHeld returns the hold for a request, or nil.
func (s *Sandbox) nextHeld(op Op) *Held {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.holds[op]
	if len(waiting) == 0 {
		return nil
	}
	h := waiting[0]
	s.holds[op] = waiting[1:]
	s.held = append(s.held, h)
	return h
}

func (h *Held) wait() {
	close(h.entered)
	<-h.released
}

// releaseAll releases every held request.
func (s *Sandbox) releaseAll() {
	s.mu.Lock()
	held := s.held
	s.held = nil
	s.mu.Unlock()
	for _, h := range held {
		h.Release()
	}
}
