package afterpay_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
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

func TestObserver_SeesEveryFieldOfAnAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		number := 0
		service := suitetest.Through(func(*http.Request) (*http.Response, error) {
			<-time.After(3 * time.Second)
			number++
			if number == 1 {
				res := suitetest.Respond(503, `{"errorCode":"error","errorId":"5c1f0e2a9b7d4e63","message":"x","httpStatusCode":503}`)
				res.Header.Set("Retry-After", "10")
				res.Header.Set("Http-Correlation-Id", "ed5d72kgz3ezlylm7g3qxiej6a")
				res.Header.Set("Cf-Ray", "7d1f0c2a9b7d4e63-SYD")
				return res, nil
			}
			return suitetest.Respond(201, suitetest.CapturedPart), nil
		})
		var seen []afterpay.Attempt
		c := suitetest.NewClient(t, "https://service.example", suitetest.Twice, service, afterpay.WithObserver(func(ctx context.Context, a afterpay.Attempt) {
			require.Equal(t, "mine", ctx.Value(contextKey{}), "the context is the caller's")
			seen = append(seen, a)
		}))
		_, err := suitetest.CapturePart(context.WithValue(t.Context(), contextKey{}, "mine"), c)
		require.NoError(t, err)
		require.Len(t, seen, 2)
		wait := seen[0].RetryIn
		require.GreaterOrEqual(t, wait, 10*time.Second)
		require.LessOrEqual(t, wait, 11*time.Second)
		require.Equal(t, []afterpay.Attempt{
			{
				Op: "payments.capturePart", Method: "POST", Route: "/v2/payments/{paymentID}/capture", RequestID: suitetest.RequestID,
				Number: 1, Duration: 3 * time.Second, RetryIn: wait, StatusCode: 503, Code: "error", ErrorID: "5c1f0e2a9b7d4e63",
				CorrelationID: "ed5d72kgz3ezlylm7g3qxiej6a", RayID: "7d1f0c2a9b7d4e63-SYD", Kind: afterpay.ErrUnavailable,
			},
			{
				Op: "payments.capturePart", Method: "POST", Route: "/v2/payments/{paymentID}/capture", RequestID: suitetest.RequestID,
				Number: 2, Wait: wait, Duration: 3 * time.Second, RetryIn: -1, StatusCode: 201,
			},
		}, seen)
	})
}

func TestObserver_IsCalledOnceAnAttemptOfEveryOperation(t *testing.T) {
	t.Parallel()
	for _, o := range suitetest.Operations() {
		t.Run(o.Name, func(t *testing.T) {
			t.Parallel()
			srv := newRecorder(t, answer{Status: 503}, answer{Status: 503}, answer{Status: 200, Body: o.Succeeded})
			var seen []afterpay.Attempt
			c := suitetest.NewClient(t, srv.URL, threeTimes, afterpay.WithObserver(func(_ context.Context, a afterpay.Attempt) { seen = append(seen, a) }))
			_, err := o.Invoke(t.Context(), c)
			require.NoError(t, err)
			require.Len(t, seen, 3)
			for i, a := range seen {
				require.Equal(t, i+1, a.Number)
				require.Equal(t, o.Name, a.Op)
				require.Equal(t, o.Method, a.Method)
				require.Equal(t, o.V2, a.Route)
				require.Equal(t, i > 0, a.Reused)
				require.Equal(t, i == 2, a.RetryIn < 0)
				require.Equal(t, o.Keyed, a.RequestID != "")
			}
			require.Equal(t, afterpay.ErrUnavailable, seen[1].Kind)
			require.Empty(t, seen[2].Kind)
		})
	}
}

func TestObserver_SeesLossesAndDeclinesAndNothingUnsent(t *testing.T) {
	t.Parallel()
	var seen []afterpay.Attempt
	observer := afterpay.WithObserver(func(_ context.Context, a afterpay.Attempt) { seen = append(seen, a) })
	_, err := suitetest.Capture(t.Context(), clientOf(t, func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }, observer))
	require.Error(t, err)
	require.Len(t, seen, 1)
	require.Equal(t, afterpay.ErrUnavailable, seen[0].Kind)
	require.ErrorIs(t, seen[0].Err, io.ErrUnexpectedEOF)
	require.Zero(t, seen[0].StatusCode)

	seen = nil
	_, err = suitetest.Authorize(t.Context(), answeringClient(t, 402, recorded(t, "v2_payment_auth_declined_402"), observer))
	require.ErrorIs(t, err, afterpay.ErrDeclined)
	require.Len(t, seen, 1)
	require.Equal(t, afterpay.ErrDeclined, seen[0].Kind)

	seen = nil
	_, err = refusingClient(t, observer).Payments.Get(t.Context(), "")
	require.ErrorIs(t, err, afterpay.ErrInvalid)
	require.Empty(t, seen)
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

func TestLogger_Lines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		number := 0
		service := suitetest.Through(func(*http.Request) (*http.Response, error) {
			<-time.After(3 * time.Second)
			switch number++; number {
			case 1:
				return nil, io.ErrUnexpectedEOF
			case 2:
				res := suitetest.Respond(429, `{"errorCode":"too_many_requests","errorId":"5c1f0e2a9b7d4e63"}`)
				res.Header.Set("Http-Correlation-Id", "ed5d72kgz3ezlylm7g3qxiej6a")
				res.Header.Set("Cf-Ray", "7d1f0c2a9b7d4e63-SYD")
				return res, nil
			}
			return suitetest.Respond(200, suitetest.RefundBody), nil
		})
		var log bytes.Buffer
		c := suitetest.NewClient(t, "https://service.example", threeTimes, service, afterpay.WithLogger(slog.New(slog.NewJSONHandler(&log, nil))))
		_, err := suitetest.Refund(t.Context(), c)
		require.NoError(t, err)
		lines := suitetest.LogLines(t, log.Bytes())
		require.Len(t, lines, 3)
		for _, line := range lines {
			delete(line, "time")
			delete(line, "wait") // some nanoseconds
			if line["retry_in"] != nil {
				line["retry_in"] = "some"
			}
		}
		line := func(extra map[string]any) map[string]any {
			m := map[string]any{
				"op": "refunds.create", "method": "POST", "route": "/v2/payments/{paymentID}/refund", "request_id": suitetest.RequestID,
				"duration": float64(3 * time.Second), "reused": false,
			}
			for k, v := range extra {
				m[k] = v
			}
			return m
		}
		require.Equal(t, []map[string]any{
			line(map[string]any{
				"level": "WARN", "msg": "afterpay call failed", "attempt": 1.0, "status": 0.0, "kind": "unavailable", "retry_in": "some",
				"error": "unexpected EOF",
			}),
			line(map[string]any{
				"level": "WARN", "msg": "afterpay call failed", "attempt": 2.0, "status": 429.0, "kind": "rate limited", "retry_in": "some",
				"code": "too_many_requests", "error_id": "5c1f0e2a9b7d4e63", "correlation_id": "ed5d72kgz3ezlylm7g3qxiej6a", "ray_id": "7d1f0c2a9b7d4e63-SYD",
			}),
			line(map[string]any{"level": "INFO", "msg": "afterpay call", "attempt": 3.0, "status": 200.0}),
		}, lines)
	})
}

func TestLogger_DisabledLevelsAreNotLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	logger := afterpay.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})))
	_, err := suitetest.Capture(t.Context(), answeringClient(t, 201, suitetest.ApprovedPayment, logger))
	require.NoError(t, err)
	require.Empty(t, log.String())
	_, err = suitetest.Capture(t.Context(), answeringClient(t, 412, "", logger))
	require.Error(t, err)
	require.Contains(t, log.String(), "level=WARN")
}

func TestObserver_NoneCostsNothing(t *testing.T) {
	skipUnderRace(t)
	create := suitetest.OperationOf("orders.create")
	plain := allocations(t, create.Succeeded, create.Invoke)
	require.Greater(t, allocations(t, create.Succeeded, create.Invoke, afterpay.WithObserver(func(context.Context, afterpay.Attempt) {})), plain)
	require.Equal(t, plain, allocations(t, create.Succeeded, create.Invoke, afterpay.WithObserver(nil), afterpay.WithLogger(nil)))
	require.Equal(t, plain, allocations(t, create.Succeeded, create.Invoke, afterpay.WithLogger(slog.New(slog.DiscardHandler))))
}
