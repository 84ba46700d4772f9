package afterpaytest

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"
)

// Fault is something that goes wrong with one request: an answer that isn't
// the service's, or no answer at all.
//
// A fault happens before the service commits, unless AfterCommit moves it
// behind: then the service does all it was asked for, the money moves, and
// only the answer is lost.
type Fault struct {
	name        string
	afterCommit bool
	times       int
	strike      func(s *Sandbox, c *call, real *reply) (*http.Response, error)
}

// AfterCommit returns the fault as one that strikes after the service has
// carried the request out.
func (f Fault) AfterCommit() Fault {
	f.afterCommit = true
	return f
}

// Times returns the fault as one that strikes n requests instead of one.
func (f Fault) Times(n int) Fault {
	f.times = n
	return f
}

// Reset is a connection that dies before an answer comes: in memory an error
// that wraps syscall.ECONNRESET, over a socket a TCP reset.
func Reset() Fault {
	return Fault{name: "Reset", strike: func(*Sandbox, *call, *reply) (*http.Response, error) {
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	}}
}

// Timeout is an answer that never comes: the request ends when its client
// gives up. That takes the client's whole time limit, so use it in a
// testing/synctest bubble or with short afterpay.Timeouts. A request that
// nothing could ever end gets a timeout error at once.
func Timeout() Fault {
	return Fault{name: "Timeout", strike: func(_ *Sandbox, c *call, _ *reply) (*http.Response, error) {
		ctx := c.http.Context()
		if ctx.Done() == nil {
			return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}}
}

// Truncated is an answer that breaks off in the middle of its body. The
// service has carried the request out: Truncated is always after the commit.
func Truncated() Fault {
	return Fault{name: "Truncated", afterCommit: true, strike: func(_ *Sandbox, c *call, real *reply) (*http.Response, error) {
		res := real.response(c.http)
		half := real.body[:len(real.body)/2]
		res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(half), brokenReader{}))
		return res, nil
	}}
}

// brokenReader ends in the way a cut connection does.
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

// Blocked is a 403 with the HTML page of the network in front of the service,
// which never saw the request.
func Blocked() Fault {
	return canned("Blocked", http.StatusForbidden, htmlContent, blockedPage, nil)
}

// InProgress is a 409: the first request with the same key is still running.
func InProgress() Fault {
	return Refuse(http.StatusConflict, "conflict", "The same request is still being processed.").named("InProgress")
}

// TooManyRequests is a 429. Its Retry-After header names the wait in whole
// seconds, rounded up; a wait of 0 leaves the header out. A client that obeys
// it waits, in real time outside a testing/synctest bubble.
func TooManyRequests(wait time.Duration) Fault {
	header := http.Header{}
	if wait > 0 {
		seconds := int64((wait + time.Second - 1) / time.Second)
		header.Set("Retry-After", strconv.FormatInt(seconds, 10))
	}
	return canned("TooManyRequests", http.StatusTooManyRequests, "", "", header)
}

// Refuse is an error of the API with the given code and message, for the
// cases the sandbox doesn't come to by itself, such as the 422 declined of a
// refund that Cash App turns down.
func Refuse(status int, code, message string) Fault {
	return Fault{name: "Refuse", strike: func(s *Sandbox, c *call, _ *reply) (*http.Response, error) {
		return s.finish(c, refuse(status, code, message)).response(c.http), nil
	}}
}

// Respond is an answer of any kind. A body of type string or []byte is sent
// as it is, nil sends none, and any other value is encoded as JSON.
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
<html><head><title>The service can't be reached</title></head>
<body><h1>The service can't be reached</h1><p>cloudflare</p></body></html>
`

const blockedPage = `<!DOCTYPE html>
<html><head><title>Access denied</title></head>
<body><h1>You have been blocked</h1><p>cloudflare</p></body></html>
`

// canned is an answer that doesn't depend on the request. It carries the
// headers every answer has.
func canned(name string, status int, contentType, body string, header http.Header) Fault {
	return Fault{name: name, strike: func(s *Sandbox, c *call, _ *reply) (*http.Response, error) {
		r := s.finish(c, answer{status: status})
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
