package radial

import (
	"context"
	"log/slog"
	"time"
)

// Attempt describes one attempt of a call: enough for metrics and for an audit
// trail. It holds no personal data, unless a RoundTripper of the caller's puts
// some into Err.
type Attempt struct {
	Op        string // such as InitializePaymentAuthorization
	Route     string // path with {StoreID} in place of the value
	RequestID string // the same on every attempt of a call; empty where none is sent

	Number   int           // from 1; 0: the limiter or the context forbade the first
	Duration time.Duration // of this attempt, the reading of its answer included
	RetryIn  time.Duration // the wait before the next attempt; negative: this was the last

	StatusCode int    // 0: there was no answer
	Root       string // root element of the answer: the reply's or a Fault's; empty for any other
	Code       string // of a Fault
	Err        error  // why there is no usable answer
}

// LogValue holds what is known of the attempt.
func (a Attempt) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("op", a.Op),
		slog.String("route", a.Route),
		slog.Int("attempt", a.Number),
		slog.Int("status", a.StatusCode),
		slog.Duration("duration", a.Duration),
	}
	for _, s := range [...]slog.Attr{
		slog.String("request_id", plain(a.RequestID)), slog.String("root", plain(a.Root)), slog.String("code", plain(a.Code)),
	} {
		if s.Value.String() != "" {
			attrs = append(attrs, s)
		}
	}
	if a.RetryIn >= 0 {
		attrs = append(attrs, slog.Duration("retry_in", a.RetryIn))
	}
	if a.Err != nil {
		attrs = append(attrs, slog.String("error", causeText(a.Err)))
	}
	return slog.GroupValue(attrs...)
}

// report tells the logger and the caller's observer of an attempt. A panic in
// one neither silences the other nor loses the answer.
func (x *exchange) report(ctx context.Context, took, retryIn time.Duration) {
	if x.client.logger == nil && x.client.observe == nil {
		return
	}
	a := Attempt{
		Op: x.op.name, Route: x.op.route(), RequestID: x.requestID,
		Number: x.attempts, Duration: took, RetryIn: retryIn,
		StatusCode: x.status, Root: x.root, Err: x.err,
	}
	if x.fault != nil {
		a.Code = plain(x.fault.Code)
	}
	if x.client.logger != nil {
		guarded(func() { log(ctx, x.client.logger, a, x.course == replied) })
	}
	if x.client.observe != nil {
		guarded(func() { x.client.observe(ctx, a) })
	}
}

func log(ctx context.Context, logger *slog.Logger, a Attempt, success bool) {
	level, message := slog.LevelInfo, "radial call"
	if !success {
		level, message = slog.LevelWarn, "radial call failed"
	}
	if logger.Enabled(ctx, level) {
		logger.LogAttrs(ctx, level, message, a.LogValue().Group()...)
	}
}

func guarded(f func()) {
	defer func() { _ = recover() }()
	f()
}
