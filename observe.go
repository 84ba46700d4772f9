package afterpay

import (
	"context"
	"log/slog"
	"time"

	"github.com/afterpay-go/afterpay/internal/transport"
)

// Attempt describes one attempt of a call: enough for metrics and for an audit
// trail. It holds no personal data.
type Attempt struct {
	Op        string // such as payments.capture
	Method    string
	Route     string // path with {id}, {token}, {dispute} and {file} in place of the values
	RequestID string // the same on every attempt of a call; empty where none is sent

	Number   int           // from 1
	Wait     time.Duration // before this attempt
	Duration time.Duration // of this attempt, the reading of its answer included
	RetryIn  time.Duration // the wait before the next attempt; negative: this was the last

	StatusCode    int    // 0: there was no answer
	Code          string // errorCode as sent
	ErrorID       string
	CorrelationID string
	RayID         string
	Kind          Kind  // empty for a success
	Reused        bool  // the connection had been used before
	Err           error // why there is no whole answer
}

// observed reports whether anybody wants to know of the attempts.
func (c *core) observed(ctx context.Context) bool {
	return c.observe != nil || c.logger != nil && c.logger.Enabled(ctx, slog.LevelWarn)
}

// watcher tells the logger and the caller's observer of a call's attempts. What
// a successful attempt came to is known only when its answer was read.
type watcher struct {
	core   *core
	ctx    context.Context //nolint:containedctx // lives as long as its call
	target *target
	call   call
	held   *Attempt // the successful one
}

// see is the transport's observer.
func (w *watcher) see(seen transport.Attempt) {
	e := failure(w.target, &w.call)
	if success := seen.Err == nil && seen.StatusCode/100 == 2; success {
		e.StatusCode = seen.StatusCode
		e.readHeader(seen.Header)
		a := describe(e, seen)
		w.held = &a
		return
	}
	e.judge(&decoder{dialect: w.core.dialect}, seen.StatusCode, seen.Header, seen.Body, seen.Err)
	w.tell(describe(e, seen))
}

// end tells of the attempt that was answered; e is what the caller is told.
func (w *watcher) end(e *Error) {
	if w.held == nil {
		return
	}
	if e != nil {
		w.held.Kind, w.held.Err = e.Kind, e.Err
	}
	w.tell(*w.held)
}

// tell keeps a panic in one from silencing the other, and from losing an answer.
func (w *watcher) tell(a Attempt) {
	if w.core.logger != nil {
		quietly(func() { w.core.log(w.ctx, a) })
	}
	if w.core.observe != nil {
		quietly(func() { w.core.observe(w.ctx, a) })
	}
}

func quietly(f func()) {
	defer func() { _ = recover() }()
	f()
}

func describe(e *Error, seen transport.Attempt) Attempt {
	return Attempt{
		Op: e.Op, Method: e.Method, Route: e.Route, RequestID: e.RequestID,
		Number: seen.Number, Wait: seen.Wait, Duration: seen.Duration, RetryIn: seen.RetryIn,
		StatusCode: e.StatusCode, Code: plain(e.Code), ErrorID: plain(e.ErrorID),
		CorrelationID: plain(e.CorrelationID), RayID: plain(e.RayID),
		Kind: e.Kind, Reused: seen.Reused, Err: e.Err,
	}
}

// LogValue holds what is known of the attempt.
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
	for _, s := range [...]slog.Attr{
		slog.String("request_id", plain(a.RequestID)), slog.String("kind", string(a.Kind)), slog.String("code", a.Code),
		slog.String("error_id", a.ErrorID), slog.String("correlation_id", a.CorrelationID), slog.String("ray_id", a.RayID),
	} {
		if s.Value.String() != "" {
			attrs = append(attrs, s)
		}
	}
	if a.Wait > 0 {
		attrs = append(attrs, slog.Duration("wait", a.Wait))
	}
	if a.RetryIn >= 0 {
		attrs = append(attrs, slog.Duration("retry_in", a.RetryIn))
	}
	if a.Err != nil {
		attrs = append(attrs, slog.String("error", safeText(a.Err)))
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
