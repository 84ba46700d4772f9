package afterpay_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

type contextKey struct{}

func TestObserver_SeesEveryFieldOfAnAttemptAndTheLogShowsIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var seen []afterpay.Attempt
		var log bytes.Buffer
		patient := afterpay.WithRetry(afterpay.RetryPolicy{MaxAttempts: 3, BaseDelay: time.Second, MaxDelay: time.Minute})
		c := clientOf(t, func(*http.Request) (*http.Response, error) {
			<-time.After(3 * time.Second)
			switch len(seen) {
			case 0:
				return nil, io.ErrUnexpectedEOF
			case 1:
				res := suitetest.Respond(429, `{"errorCode":"too_many_requests","errorId":"5c1f0e2a9b7d4e63"}`)
				res.Header.Set("Retry-After", "10")
				res.Header.Set("Http-Correlation-Id", "ed5d72kgz3ezlylm7g3qxiej6a")
				res.Header.Set("Cf-Ray", "7d1f0c2a9b7d4e63-SYD")
				return res, nil
			}
			return suitetest.Respond(200, suitetest.RefundBody), nil
		}, patient, afterpay.WithLogger(slog.New(slog.NewJSONHandler(&log, nil))), afterpay.WithObserver(func(ctx context.Context, a afterpay.Attempt) {
			require.Equal(t, "mine", ctx.Value(contextKey{}), "the context is the caller's")
			seen = append(seen, a)
		}))
		_, err := suitetest.Refund(context.WithValue(t.Context(), contextKey{}, "mine"), c)
		require.NoError(t, err)
		require.Len(t, seen, 3)
		require.ErrorIs(t, seen[0].Err, io.ErrUnexpectedEOF)
		wait, lastWait := seen[0].RetryIn, seen[1].RetryIn
		require.GreaterOrEqual(t, lastWait, 10*time.Second)
		require.LessOrEqual(t, lastWait, 11*time.Second)
		attempt := func(a afterpay.Attempt) afterpay.Attempt {
			a.Op, a.Method, a.Route, a.RequestID = "refunds.create", "POST", "/v2/payments/{paymentID}/refund", suitetest.RequestID
			a.Duration = 3 * time.Second
			return a
		}
		require.Equal(t, []afterpay.Attempt{
			attempt(afterpay.Attempt{Number: 1, RetryIn: wait, Kind: afterpay.ErrUnavailable, Err: seen[0].Err}),
			attempt(afterpay.Attempt{
				Number: 2, Wait: wait, RetryIn: lastWait, StatusCode: 429, Kind: afterpay.ErrRateLimited, Code: "too_many_requests", ErrorID: "5c1f0e2a9b7d4e63",
				CorrelationID: "ed5d72kgz3ezlylm7g3qxiej6a", RayID: "7d1f0c2a9b7d4e63-SYD",
			}),
			attempt(afterpay.Attempt{Number: 3, Wait: lastWait, RetryIn: -1, StatusCode: 200}),
		}, seen)

		line := func(level, msg string, number, status float64, more map[string]any) map[string]any {
			m := map[string]any{
				"op": "refunds.create", "method": "POST", "route": "/v2/payments/{paymentID}/refund", "request_id": suitetest.RequestID,
				"duration": float64(3 * time.Second), "reused": false, "level": level, "msg": msg, "attempt": number, "status": status,
			}
			maps.Copy(m, more)
			return m
		}
		lines := suitetest.LogLines(t, log.Bytes())
		for _, line := range lines {
			delete(line, "time")
		}
		require.Equal(t, []map[string]any{
			line("WARN", "afterpay call failed", 1, 0, map[string]any{"kind": "unavailable", "retry_in": float64(wait), "error": "unexpected EOF"}),
			line("WARN", "afterpay call failed", 2, 429, map[string]any{
				"wait": float64(wait), "kind": "rate limited", "retry_in": float64(lastWait), "code": "too_many_requests", "error_id": "5c1f0e2a9b7d4e63",
				"correlation_id": "ed5d72kgz3ezlylm7g3qxiej6a", "ray_id": "7d1f0c2a9b7d4e63-SYD",
			}),
			line("INFO", "afterpay call", 3, 200, map[string]any{"wait": float64(lastWait)}),
		}, lines)
	})
}

// panicking is a log handler that panics.
type panicking struct{ slog.Handler }

func (panicking) Handle(context.Context, slog.Record) error { panic("disk full") }

// undecided is a log handler that panics when asked for its level.
type undecided struct{ slog.Handler }

func (undecided) Enabled(context.Context, slog.Level) bool { panic("no configuration") }

func TestObserver_PanicsLoseNoResponse(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct{ logger, level, observer bool }{
		"logger": {logger: true}, "Enabled": {level: true}, "observer": {observer: true},
		"both": {logger: true, observer: true}, "Enabled and observer": {level: true, observer: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			handler := slog.Handler(slog.NewTextHandler(&log, nil))
			if x.logger {
				handler = panicking{handler}
			}
			if x.level {
				handler = undecided{handler}
			}
			observed := 0
			srv := newRecorder(t, answer{Status: 503}, answer{Status: 201, Body: suitetest.ApprovedPayment})
			c := suitetest.NewClient(t, srv.URL, suitetest.Twice, afterpay.WithLogger(slog.New(handler)), afterpay.WithObserver(func(context.Context, afterpay.Attempt) {
				observed++
				if x.observer {
					panic("metrics are down")
				}
			}))
			p, err := c.Payments.Capture(t.Context(), afterpay.CaptureRequest{Token: suitetest.Token})
			require.NoError(t, err)
			require.Equal(t, suitetest.PaymentID, p.ID)
			require.Equal(t, 2, observed, "a panic in the logger does not silence the observer")
			if !x.logger && !x.level {
				require.Equal(t, 2, strings.Count(log.String(), "\n"), "a panic in the observer does not silence the logger")
			}
		})
	}
}

func TestObserver_NoneCostsNothing(t *testing.T) {
	skipUnderRace(t)
	create := suitetest.OperationOf("orders.create")
	plain := allocations(t, create.Succeeded, create.Invoke)
	require.Greater(t, allocations(t, create.Succeeded, create.Invoke, afterpay.WithObserver(func(context.Context, afterpay.Attempt) {})), plain)
	require.Equal(t, plain, allocations(t, create.Succeeded, create.Invoke, afterpay.WithObserver(nil), afterpay.WithLogger(nil)))
	require.Equal(t, plain, allocations(t, create.Succeeded, create.Invoke, afterpay.WithLogger(slog.New(slog.DiscardHandler))))
}
