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

// ErrBodyTooLarge says that a successful answer was larger than is read.
const ErrBodyTooLarge safe.Message = "answer larger than the limit"

// attempt sends the request once.
func (t *Transport) attempt(ctx context.Context, req *Request) (Result, Attempt) {
	start := time.Now()
	w := newWatch(ctx, t.connect, req.Read)
	res := t.roundTrip(w, req)
	course := w.stop()
	if res.Err != nil {
		res.Doubt = course.maySent(res.Err)
		res.Err = course.explain(ctx, res.Err)
	} else {
		// Where net/http replayed the request on another connection, the
		// answer is about the second copy only.
		res.Doubt = course.again || res.StatusCode >= 500 || res.StatusCode == http.StatusRequestTimeout || res.StatusCode == http.StatusConflict
	}
	return res, Attempt{
		Duration:   time.Since(start),
		StatusCode: res.StatusCode,
		Header:     res.Header,
		Body:       res.Body,
		Reused:     course.reused,
		Err:        res.Err,
	}
}

// blank is the request that others are copied from: http.Request takes its
// context only by copying.
var blank = &http.Request{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}

// roundTrip sends the request and reads the whole answer.
func (t *Transport) roundTrip(w *watch, req *Request) Result {
	r := blank.WithContext(w.ctx)
	r.Method, r.URL, r.Host, r.Header = req.Method, req.URL, req.URL.Host, maps.Clone(req.Header)
	if r.Header == nil {
		r.Header = make(http.Header)
	}
	if req.Body != nil {
		r.ContentLength = int64(len(req.Body))
		r.GetBody = func() (io.ReadCloser, error) { return newBody(req.Body), nil }
		r.Body = newBody(req.Body)
	}
	if req.Stream != nil {
		if err := req.Stream.attach(r, req.Repeat, w.sending); err != nil {
			return Result{Err: err}
		}
	}
	if req.Repeat != Never {
		// The key, with no value, tells net/http that it may replay the
		// request when an idle connection turns out to be dead. It is not
		// sent.
		r.Header["Idempotency-Key"] = nil
	}
	resp, err := t.send(r)
	if err == nil {
		err = forgive(resp)
	}
	if err != nil {
		if req.Stream != nil {
			err = cmp.Or(req.Stream.failure(), err) // net/http may know of a consequence only
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

// errNoAnswer says that a RoundTripper broke its contract.
const errNoAnswer safe.Message = "the RoundTripper returned neither an answer nor an error"

// forgive lets a RoundTripper leave out what http.Client lets it.
func forgive(resp *http.Response) error {
	switch {
	case resp == nil || resp.Body == nil && resp.ContentLength > 0:
		return errNoAnswer
	case resp.Body == nil:
		resp.Body = http.NoBody
	}
	return nil
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
