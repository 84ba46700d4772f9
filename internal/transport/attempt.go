package transport

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"time"

	"github.com/afterpay-go/afterpay/internal/safe"
)

// ErrBodyTooLarge says that a successful response is larger than the limit.
const ErrBodyTooLarge safe.Message = "response larger than the limit"

// attempt sends the request once.
func (t *Transport) attempt(ctx context.Context, req *Request, authorization string) (Result, Attempt) {
	start := time.Now()
	w := newWatch(ctx, t.connect, req.Read)
	r := newRequest(w.ctx, req, authorization)
	var res Result
	if req.Stream != nil {
		res.Err = req.Stream.attach(r, req.Repeat, w.sending)
		res.unsent = res.Err != nil
	}
	if !res.unsent {
		res = t.roundTrip(r, req.Stream)
	}
	state := w.stop()
	if res.Err != nil {
		res.Doubt = !res.unsent && t.maySent(state, r)
		res.Err = state.explain(ctx, res.Err)
	} else {
		// If net/http replayed the request on another connection, the response
		// is about the second copy only.
		res.Doubt = state.replayed || res.StatusCode >= 500 || res.StatusCode == http.StatusRequestTimeout || res.StatusCode == http.StatusConflict
	}
	return res, Attempt{
		Duration:   time.Since(start),
		StatusCode: res.StatusCode,
		Header:     res.Header,
		Body:       res.Body,
		Reused:     state.reused,
		Err:        res.Err,
	}
}

// empty is the request that others are copied from: http.Request takes its
// context only by copying.
var empty = &http.Request{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}

// newRequest returns req as net/http sends it, without a Stream.
func newRequest(ctx context.Context, req *Request, authorization string) *http.Request {
	r := empty.WithContext(ctx)
	r.Method, r.URL, r.Host, r.Header = req.Method, req.URL, req.URL.Host, maps.Clone(req.Header)
	if r.Header == nil {
		r.Header = make(http.Header)
	}
	if authorization != "" {
		r.Header["Authorization"] = []string{authorization}
	}
	if req.Body != nil {
		r.ContentLength = int64(len(req.Body))
		r.GetBody = func() (io.ReadCloser, error) { return newBody(req.Body), nil }
		r.Body = newBody(req.Body)
	}
	if req.Repeat != Never {
		// The key without a value tells net/http that it may replay the request
		// if an idle connection turns out to be dead. It is not sent.
		r.Header["Idempotency-Key"] = nil
	}
	return r
}

// roundTrip sends the request and reads the whole response.
func (t *Transport) roundTrip(r *http.Request, s streaming) Result {
	resp, err := t.send(r)
	if err == nil {
		err = normalize(resp)
	}
	if err != nil {
		if s != nil {
			err = cmp.Or(s.failure(), err) // net/http may report only a consequence
		}
		return Result{Err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	res := Result{StatusCode: resp.StatusCode, Header: resp.Header, RetryAfter: RetryAfter(resp.Header.Get("Retry-After"), time.Now())}
	res.buf = newBuffer()
	res.Body, err = res.buf.readAll(resp.Body, resp.ContentLength, t.maxBody)
	if err != nil && (!errors.Is(err, ErrBodyTooLarge) || resp.StatusCode < 300) {
		res.Err = err
	}
	return res
}

const errNoResponse safe.Message = "RoundTripper returned neither a response nor an error"

// normalize supplies what http.Client lets a RoundTripper leave out.
func normalize(resp *http.Response) error {
	switch {
	case resp == nil || resp.Body == nil && resp.ContentLength > 0:
		return errNoResponse
	case resp.Body == nil:
		resp.Body = http.NoBody
	}
	return nil
}

// maySent reports whether any byte of a request that failed may have been sent.
// net/http asks for a connection before it sends anything. A RoundTripper that
// does not report what it does leaves doubt, whatever its error says.
func (t *Transport) maySent(state attemptState, r *http.Request) bool {
	if state.asked || t.own {
		return state.got
	}
	// net/http asks the program's proxy function before it asks for a
	// connection.
	rt, ok := t.client.Transport.(*http.Transport)
	if !ok || rt.Proxy == nil {
		return true
	}
	_, err := rt.Proxy(r)
	return err == nil
}

// body is a request body over shared bytes.
type body struct{ bytes.Reader }

func newBody(b []byte) *body {
	r := new(body)
	r.Reset(b)
	return r
}

// Close does nothing: the bytes belong to the call.
func (*body) Close() error { return nil }
