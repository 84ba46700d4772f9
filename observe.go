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
	Route     string // path with {id} and {token} in place of the values
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

func (c *core) observed() bool { return c.logger != nil || c.observe != nil }

// observer tells the logger and the caller's observer of a call's attempts. The
// two are kept apart, so that a panic in one does not silence the other. The call
// is taken by value: one that nobody observes stays on the stack.
func (c *core) observer(ctx context.Context, t *target, in call) func(transport.Attempt) {
	return func(seen transport.Attempt) {
		a := c.describe(t, &in, seen)
		if c.logger != nil {
			func() {
				defer func() { _ = recover() }()
				c.log(ctx, a)
			}()
		}
		if c.observe != nil {
			c.observe(ctx, a)
		}
	}
}

func (c *core) describe(t *target, in *call, seen transport.Attempt) Attempt {
	e := failure(t, in)
	e.StatusCode, e.Err = seen.StatusCode, seen.Err
	if seen.Header != nil {
		e.readHeader(seen.Header)
	}
	switch {
	case seen.Err != nil:
		e.Kind = ErrUnavailable
	case seen.StatusCode/100 != 2:
		e.readFailure(&decoder{dialect: c.dialect}, seen.Body)
	}
	return Attempt{
		Op: e.Op, Method: e.Method, Route: e.Route, RequestID: e.RequestID,
		Number: seen.Number, Wait: seen.Wait, Duration: seen.Duration, RetryIn: seen.RetryIn,
		StatusCode: e.StatusCode, Code: plain(e.Code), ErrorID: plain(e.ErrorID),
		CorrelationID: plain(e.CorrelationID), RayID: plain(e.RayID),
		Kind: e.Kind, Reused: seen.Reused, Err: seen.Err,
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
