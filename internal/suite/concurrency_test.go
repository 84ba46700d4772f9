package suite_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

func TestParallelCallersKeepTheirConnections(t *testing.T) {
	for protocol, most := range map[string]int{"HTTP/1.1": 32 * fewConnections, "HTTP/2": 1} {
		t.Run(protocol, func(t *testing.T) {
			const callers, rounds = 32, 20
			// No request of a round is answered before all of them have come, so
			// that there must be a connection, or stream, for each.
			var mu sync.Mutex
			arrived, all := 0, make(chan struct{})
			s := newServiceOver(t, protocol, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/ping" {
					mu.Lock()
					mine := all
					if arrived++; arrived == callers {
						close(all)
						arrived, all = 0, make(chan struct{})
					}
					mu.Unlock()
					<-mine
				}
				io.WriteString(w, suitetest.VoidedPayment)
			})
			c := s.client(t)
			if protocol == "HTTP/2" { // connections are shared once there is one
				require.NoError(t, c.Ping(t.Context()))
			}
			for range rounds {
				var calls sync.WaitGroup
				for range callers {
					ctx := t.Context()
					if protocol == "HTTP/1.1" { // a connection becomes idle some time after its call
						calls.Add(1)
						ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{PutIdleConn: func(error) { calls.Done() }})
					}
					calls.Go(func() {
						_, err := c.Payments.Get(ctx, suitetest.PaymentID)
						assert.NoError(t, err)
					})
				}
				calls.Wait()
			}
			require.LessOrEqual(t, int(s.made.Load()), most, "connections made in %d rounds", rounds)
		})
	}
}

// TestNothingIsLeftAfterTheLastCall lets 100 goroutines share a client, with
// answers, refusals, retries, lost connections, time limits and contexts that
// end.
func TestNothingIsLeftAfterTheLastCall(t *testing.T) {
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			goroutines := runtime.NumGoroutine()
			var number atomic.Int32
			s := newServiceOver(t, protocol, func(w http.ResponseWriter, req *http.Request) {
				switch number.Add(1) % 10 {
				case 0:
					w.WriteHeader(http.StatusServiceUnavailable)
				case 1:
					panic(http.ErrAbortHandler)
				case 2:
					<-req.Context().Done() // until the client gives up
				case 3:
					http.Error(w, `{"errorCode":"payment_captured"}`, http.StatusPreconditionFailed)
				default:
					io.WriteString(w, suitetest.VoidedPayment)
				}
			})
			idle := runtime.NumGoroutine() - goroutines // the server's own
			limits := afterpay.Timeouts{Read: 100 * time.Millisecond, BankRead: 100 * time.Millisecond}
			c := s.client(t, afterpay.WithTimeouts(limits))
			_ = c.Ping(t.Context()) // one connection is enough for HTTP/2; 100 handshakes at once take long
			var calls sync.WaitGroup
			var succeeded, failed atomic.Int32
			for n := range 100 {
				calls.Go(func() {
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					if n%20 == 0 {
						time.AfterFunc(10*time.Millisecond, cancel)
					}
					for range 2 {
						if _, err := c.Payments.Void(ctx, suitetest.PaymentID, afterpay.VoidRequest{All: true}); err != nil {
							failed.Add(1)
						} else {
							succeeded.Add(1)
						}
					}
				})
			}
			calls.Wait()
			require.NotZero(t, succeeded.Load())
			require.NotZero(t, failed.Load())

			requireAtMost(t, 0, func() int {
				// Again and again: net/http clears up the streams of calls that
				// were given up in its own time, and until then their
				// connection is not idle.
				c.CloseIdleConnections()
				return int(s.open.Load())
			}, "connections")
			requireAtMost(t, goroutines+idle, runtime.NumGoroutine, "goroutines")
		})
	}
}

// requireAtMost waits until a number has come down. What ends with a connection
// ends shortly after it, unseen.
func requireAtMost(t *testing.T, most int, number func() int, of string) {
	t.Helper()
	giveUp := time.After(10 * time.Second)
	for number() > most {
		select {
		case <-giveUp:
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d %s are left, and not %d\n%s", number(), of, most, stacks[:runtime.Stack(stacks, true)])
		case <-time.After(time.Millisecond):
		}
	}
}
