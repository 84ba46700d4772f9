package main

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/afterpay-go/afterpay"
)

// noLimit is a limiter that never waits.
type noLimit struct{}

func (noLimit) Wait(context.Context) error { return nil }

// features shows what each optional feature adds to a call.
func features(ctx context.Context, s settings) error {
	rt := &canned{http.StatusCreated, []byte(created)}
	with := func(name string, opts ...afterpay.Option) contender {
		client := ours(rt, opts...)
		return contender{name, func() error {
			_, err := client.Orders.Create(ctx, cart)
			return err
		}}
	}
	return compare("What features cost, beside the client as it comes", "call", 1, s, []contender{
		with("as it comes"),
		with("without validation", afterpay.WithoutValidation()),
		with("never retrying", afterpay.WithRetry(afterpay.RetryPolicy{})),
		with("nil logger, nil observer", afterpay.WithLogger(nil), afterpay.WithObserver(nil)),
		with("limiter", afterpay.WithLimiter(noLimit{})),
		with("observer", afterpay.WithObserver(func(context.Context, afterpay.Attempt) {})),
		with("logger that discards", afterpay.WithLogger(slog.New(slog.DiscardHandler))),
	})
}
