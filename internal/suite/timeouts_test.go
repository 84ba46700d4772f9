package suite_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// shortLimit is what must pass in tests of time limits, and farLimit what must
// not.
const (
	shortLimit = 200 * time.Millisecond
	farLimit   = time.Minute
)

// Limits of which only one is short.
var (
	shortRead     = afterpay.Timeouts{Connect: farLimit, Read: shortLimit, BankRead: farLimit}
	shortBankRead = afterpay.Timeouts{Connect: farLimit, Read: farLimit, BankRead: shortLimit}
)

// requireTimeout wants a call to fail because the short limit has passed.
func requireTimeout(t *testing.T, call func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), farLimit/2)
	defer cancel()
	var err error
	elapsed := suitetest.Took(func() { err = call(ctx) })
	require.ErrorIs(t, err, afterpay.ErrUnavailable)
	require.NoError(t, ctx.Err(), "the caller's own context is not what ended it")
	timeout, ok := errors.AsType[net.Error](err)
	require.True(t, ok && timeout.Timeout(), "%v", err)
	require.ErrorContains(t, err, "no complete response within 200ms")
	require.GreaterOrEqual(t, elapsed, shortLimit)
}

func once(t *testing.T, url string, limits afterpay.Timeouts, opts ...afterpay.Option) *afterpay.Client {
	t.Helper()
	return suitetest.NewClient(t, url, append(opts, afterpay.WithTimeouts(limits))...)
}

// drips sends a response byte by byte, and never comes to its end.
func drips(begin string) wireStep {
	return func(conn *net.TCPConn) bool {
		for i := 0; ; i++ {
			next := " "
			if i < len(begin) {
				next = begin[i : i+1]
			}
			if _, err := io.WriteString(conn, next); err != nil {
				return false
			}
			<-time.After(time.Millisecond)
		}
	}
}

// Every operation has the limit that its endpoint is documented with, from the
// request being written to the last byte of the response.
func TestSlowResponsesEndWithinRead(t *testing.T) {
	t.Parallel()
	v1 := afterpay.WithAPIVersion(afterpay.V1)
	for name, step := range map[string]wireStep{
		"silence":          keepsSilent,
		"half a header":    func(conn *net.TCPConn) bool { io.WriteString(conn, "HTTP/1.1 200 OK\r\n"); return keepsSilent(conn) },
		"dripping header":  drips("HTTP/1.1 200 OK\r\nX-Field: "),
		"dripping body":    drips("HTTP/1.1 200 OK\r\n\r\n{"),
		"dripping refusal": drips("HTTP/1.1 412 Precondition Failed\r\n\r\n{"),
		"unfinished length": func(conn *net.TCPConn) bool {
			io.WriteString(conn, success+"Content-Length: 9\r\n\r\n{}")
			return keepsSilent(conn)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newWireServer(t, step).URL
			requireTimeout(t, func(ctx context.Context) error {
				_, err := once(t, url, shortRead).Payments.Get(ctx, suitetest.PaymentID)
				return err
			})
			requireTimeout(t, func(ctx context.Context) error {
				_, err := once(t, url, shortBankRead).Payments.Capture(ctx, afterpay.CaptureRequest{Token: suitetest.Token})
				require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
				return err
			})
			requireTimeout(t, func(ctx context.Context) error {
				_, err := once(t, url, shortRead, v1).Refunds.Create(ctx, suitetest.PaymentID, afterpay.RefundRequest{Amount: afterpay.USD(1_00)})
				require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
				return err
			})
		})
	}
}

func TestSlowResponsesEndWithinReadOverHTTP2(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"silence": func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() },
		"dripping body": func(w http.ResponseWriter, req *http.Request) {
			for req.Context().Err() == nil {
				io.WriteString(w, " ")
				http.NewResponseController(w).Flush()
				<-time.After(time.Millisecond)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newCountingServer(t, "HTTP/2", func(w http.ResponseWriter, req *http.Request) {
				if req.Method == http.MethodPost {
					io.WriteString(w, suitetest.ApprovedPayment)
					return
				}
				handler(w, req)
			})
			c := s.client(t, afterpay.WithTimeouts(shortRead), afterpay.WithRetry(afterpay.RetryPolicy{}))
			for range 2 {
				requireTimeout(t, func(ctx context.Context) error {
					_, err := c.Payments.Get(ctx, suitetest.PaymentID)
					return err
				})
				_, err := c.Payments.Capture(t.Context(), afterpay.CaptureRequest{Token: suitetest.Token})
				require.NoError(t, err, "a slow answer does not cost the others their connection")
			}
			require.Equal(t, int32(1), s.made.Load())
		})
	}
}

// A call that may take long where a bank is asked is not cut off early.
func TestCapture_HasTheLongerBankRead(t *testing.T) {
	t.Parallel()
	s := newWireServer(t, func(conn *net.TCPConn) bool {
		<-time.After(2 * shortLimit)
		return says(201, suitetest.ApprovedPayment)(conn)
	})
	_, err := once(t, s.URL, shortRead).Payments.Capture(t.Context(), afterpay.CaptureRequest{Token: suitetest.Token})
	require.NoError(t, err)
}

// The caller's context ends a call at once, whatever it is doing, and both
// reasons are told.
func TestContextEndsTheCallWithinAMoment(t *testing.T) {
	t.Parallel()
	reason := errors.New("the shopper left")
	for name, url := range map[string]func(*testing.T) string{
		"waiting for an answer": func(t *testing.T) string { return newWireServer(t, keepsSilent).URL },
		"in a TLS handshake":    func(t *testing.T) string { return "https://" + silentAddress(t) },
		"between attempts":      func(t *testing.T) string { return newWireServer(t, says(503, "", "Retry-After: 20")).URL },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			c := once(t, url(t), afterpay.Timeouts{}, afterpay.WithRetry(afterpay.DefaultRetryPolicy()))
			time.AfterFunc(shortLimit, func() { cancel(reason) })
			var err error
			elapsed := suitetest.Took(func() { _, err = c.Payments.Get(ctx, suitetest.PaymentID) })
			require.ErrorIs(t, err, context.Canceled)
			require.ErrorIs(t, err, reason)
			require.Less(t, elapsed, shortLimit+5*time.Second)
			if name == "between attempts" {
				require.Equal(t, 503, suitetest.AsError(t, err).StatusCode, "what the service said is told as well")
			}
		})
	}
}
