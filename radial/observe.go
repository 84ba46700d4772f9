package radial

import (
	"context"
	"log/slog"
	"time"

	"github.com/afterpay-go/afterpay/internal/safe"
)

// Attempt describes one attempt of a call: enough for metrics and for an audit
// trail. Apart from Err it holds no personal data.
type Attempt struct {
	Op        string // such as InitializePaymentAuthorization
	Route     string // path with {StoreID} in place of the value
	RequestID string // the same on every attempt of a call; empty if none is sent

	Number   int           // from 1; 0 if the limiter or the context prevented the first
	Duration time.Duration // of this attempt, including reading its response
	RetryIn  time.Duration // wait before the next attempt; negative if this was the last

	StatusCode int    // 0 if there was no response
	Root       string // root element of the response if it was the reply or a Fault
	Code       string // of the reply or the Fault
	Err        error  // why the attempt did not succeed, an *Error; nil if it did
}

// LogValue shows the attempt without personal data.
func (a Attempt) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("op", a.Op),
		slog.String("route", a.Route),
		slog.Int("attempt", a.Number),
		slog.Int("status", a.StatusCode),
		slog.Duration("duration", a.Duration),
	}
	for _, s := range [...]slog.Attr{
		slog.String("request_id", safe.Key(a.RequestID)), slog.String("root", safe.Key(a.Root)), slog.String("code", safe.Key(a.Code)),
	} {
		if s.Value.String() != "" {
			attrs = append(attrs, s)
		}
	}
	if a.RetryIn >= 0 {
		attrs = append(attrs, slog.Duration("retry_in", a.RetryIn))
	}
	if a.Err != nil {
		attrs = append(attrs, slog.String("error", safe.Text(a.Err)))
	}
	return slog.GroupValue(attrs...)
}

// report informs the logger and the caller's observer of an attempt. A panic in
// either is recovered, so that both are called and the response is not lost.
func (x *exchange) report(ctx context.Context, took, retryIn time.Duration, e *Error) {
	if x.client.logger == nil && x.client.observe == nil {
		return
	}
	a := Attempt{
		Op: x.call.Op.Name, Route: x.call.Op.Route(), RequestID: x.call.Asked.RequestID,
		Number: x.attempts, Duration: took, RetryIn: retryIn,
		StatusCode: x.status, Root: x.root, Code: safe.Key(x.call.Reply.Shared().Code.String()),
	}
	if e != nil {
		a.Code, a.Err = safe.Key(e.Code), e
	}
	if x.client.logger != nil {
		guarded(func() { log(ctx, x.client.logger, a) })
	}
	if x.client.observe != nil {
		guarded(func() { x.client.observe(ctx, a) })
	}
}

func log(ctx context.Context, logger *slog.Logger, a Attempt) {
	level, text := slog.LevelInfo, "radial call"
	if a.Err != nil {
		level, text = slog.LevelWarn, "radial call failed"
	}
	if logger.Enabled(ctx, level) {
		logger.LogAttrs(ctx, level, text, a.LogValue().Group()...)
	}
}

func guarded(f func()) {
	defer func() { _ = recover() }()
	f()
}
