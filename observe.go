package afterpay

import (
	"context"
	"log/slog"
	"time"

	"github.com/afterpay-go/afterpay/internal/safe"
)

// Attempt describes one attempt of a call, for metrics and for an audit trail.
// It holds no personal data.
type Attempt struct {
	Op        string // such as payments.capture
	Method    string
	Route     string // path with {paymentID}, {token}, {disputeID} or {fileID} in place of the value
	RequestID string // the same on every attempt of a call; for Refunds.Recover, its key argument; empty if there is none

	Number   int           // counted from 1
	Wait     time.Duration // time waited before this attempt
	Duration time.Duration // duration of this attempt, including reading the response
	RetryIn  time.Duration // wait before the next attempt; negative if this was the last

	StatusCode    int    // 0 if there was no response
	Code          string // errorCode; empty if it is not made of the words of known codes
	ErrorID       string // errorId; this and the next two are empty if they do not look like ids
	CorrelationID string // Http-Correlation-Id
	RayID         string // Cf-Ray
	Kind          Kind   // empty for a success
	Reused        bool   // the connection had been used before
	Err           error  // cause of the failure, as in Error.Err; nil if there is none
}

// Response describes the HTTP response to a call. RecordResponse fills one.
type Response struct {
	StatusCode    int    // of the last attempt; 0 if it got no response
	CorrelationID string // Http-Correlation-Id: quote it to Afterpay's support
	RayID         string // Cf-Ray
	RequestID     string // as sent; for Refunds.Recover, its key argument; empty if there is none
	Attempts      int    // attempts made
}

type responseKey struct{}

// RecordResponse returns a context with which a call fills r, whether the call
// succeeds or fails. A call that is refused before it is sent leaves r unchanged. A
// call that makes several requests, such as Recover or a range over All, leaves the
// last response in r. Do not use the context for concurrent calls.
//
//	var r afterpay.Response
//	payment, err := client.Payments.Capture(afterpay.RecordResponse(ctx, &r), req)
func RecordResponse(ctx context.Context, r *Response) context.Context {
	return context.WithValue(ctx, responseKey{}, r)
}

// watcher reports the attempts of a call to the logger and the observer, each
// once. The last attempt is reported when its response has been judged.
type watcher struct {
	core   *core
	ctx    context.Context //nolint:containedctx // lives as long as its call
	target *target
	call   *call
	last   attempt
	held   bool // last is not reported yet
}

// watch prepares req to be observed. It returns nil if nobody wants to know.
func (c *core) watch(ctx context.Context, t *target, in *call, req *request) *watcher {
	logs := c.logger != nil && enabled(ctx, c.logger, slog.LevelWarn)
	if c.observe == nil && !logs && ctx.Value(responseKey{}) == nil {
		return nil
	}
	w := &watcher{core: c, ctx: ctx, target: t, call: in}
	req.Observe = w.onAttempt
	return w
}

// onAttempt is the transport's observer.
func (w *watcher) onAttempt(seen attempt) {
	if w.held = seen.RetryIn < 0; w.held {
		w.last = seen
		w.last.Body = nil // not valid for longer than this attempt
		return
	}
	w.report(w.failed(seen), seen)
}

// failed returns the Error of an attempt that is not the last.
func (w *watcher) failed(seen attempt) *Error {
	e := w.target.newError(w.call)
	e.classify(w.core.version, w.call, seen.StatusCode, seen.Header, seen.Body, seen.Err)
	return e
}

// end reports an attempt that got a response. e is what the caller is told; nil
// is a success.
func (w *watcher) end(e *Error, res *response) {
	if w == nil {
		return
	}
	if r, ok := w.ctx.Value(responseKey{}).(*Response); ok && r != nil {
		*r = Response{res.StatusCode, correlationID(res.Header), res.Header.Get("Cf-Ray"), w.call.requestID, res.Attempts}
	}
	if !w.held {
		return
	}
	if e == nil {
		e = w.target.newError(w.call)
		e.StatusCode = w.last.StatusCode
		e.readHeader(w.last.Header)
	}
	w.report(e, w.last)
}

// report calls the logger and the observer. A panic in either is recovered, so
// that the other is called and no response is lost.
func (w *watcher) report(e *Error, seen attempt) {
	a := Attempt{
		Op: e.Op, Method: e.Method, Route: e.Route, RequestID: e.RequestID,
		Number: seen.Number, Wait: seen.Wait, Duration: seen.Duration, RetryIn: seen.RetryIn,
		StatusCode: e.StatusCode, Code: knownCode(e.Code), ErrorID: safe.ID(e.ErrorID),
		CorrelationID: safe.ID(e.CorrelationID), RayID: safe.ID(e.RayID),
		Kind: e.Kind, Reused: seen.Reused, Err: e.Err,
	}
	if w.core.logger != nil {
		recoverPanic(func() { w.core.log(w.ctx, a) })
	}
	if w.core.observe != nil {
		recoverPanic(func() { w.core.observe(w.ctx, a) })
	}
}

// recoverPanic calls f. A panic in f is recovered and discarded.
func recoverPanic(f func()) {
	defer func() { _ = recover() }()
	f()
}

// enabled reports whether the logger wants a level. A panic in its handler
// means no.
func enabled(ctx context.Context, l *slog.Logger, level slog.Level) (yes bool) {
	recoverPanic(func() { yes = l.Enabled(ctx, level) })
	return yes
}

// LogValue returns the attempt's fields.
func (a Attempt) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("op", a.Op),
		slog.String("method", a.Method),
		slog.String("route", a.Route),
		slog.Int("attempt", a.Number),
		slog.Int("status", a.StatusCode),
		slog.Duration("duration", a.Duration),
		slog.Bool("reused", a.Reused),
	}
	for _, s := range [...]struct{ key, value string }{
		{"request_id", safe.Key(a.RequestID)}, {"kind", string(a.Kind)}, {"code", a.Code},
		{"error_id", a.ErrorID}, {"correlation_id", a.CorrelationID}, {"ray_id", a.RayID},
	} {
		if s.value != "" {
			attrs = append(attrs, slog.String(s.key, s.value))
		}
	}
	if a.Wait > 0 {
		attrs = append(attrs, slog.Duration("wait", a.Wait))
	}
	if a.RetryIn >= 0 {
		attrs = append(attrs, slog.Duration("retry_in", a.RetryIn))
	}
	if a.Err != nil {
		attrs = append(attrs, slog.String("error", safe.Text(a.Err)))
	}
	return slog.GroupValue(attrs...)
}

func (c *core) log(ctx context.Context, a Attempt) {
	level, message := slog.LevelInfo, "afterpay call"
	if a.Kind != "" {
		level, message = slog.LevelWarn, "afterpay call failed"
	}
	if c.logger.Enabled(ctx, level) {
		c.logger.LogAttrs(ctx, level, message, a.LogValue().Group()...)
	}
}
