package suite_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// outcomeOps are the operations that move money, and of the others a read, an
// update and the one that makes something.
func outcomeOps() []suitetest.Operation {
	var ops []suitetest.Operation
	for _, op := range suitetest.Operations() {
		if op.Money || op.Name == "payments.get" || op.Name == "payments.updateReference" || op.Name == "orders.create" {
			ops = append(ops, op)
		}
	}
	return ops
}

// outcomeScene is a client with something in its way.
type outcomeScene struct {
	ctx    context.Context
	client *afterpay.Client
}

// outcomeFault is a way for a call to fail.
type outcomeFault struct {
	name    string
	kind    afterpay.Kind
	unknown bool // where the call moves money
	scene   func(t *testing.T, op suitetest.Operation) outcomeScene
}

// outcomeLimit is short, as tests wait for it to pass, but long enough for a
// request to leave on a busy machine.
const outcomeLimit = 200 * time.Millisecond

// answering is a service that takes the steps, one a request.
func answering(steps ...wireStep) func(*testing.T, suitetest.Operation) outcomeScene {
	return func(t *testing.T, _ suitetest.Operation) outcomeScene {
		return outcomeScene{t.Context(), newWireServer(t, steps...).client(t)}
	}
}

// cutting is a service that breaks off a success, having announced its length
// or not.
func cutting(t *testing.T, op suitetest.Operation, announce bool) outcomeScene {
	head := "HTTP/1.1 201 Created\r\n"
	if announce {
		head += "Content-Length: 4000\r\n"
	}
	return answering(writes(head+"\r\n"+op.Succeeded[:max(0, len(op.Succeeded)-1)]))(t, op)
}

// before puts options into the client's hands; the service would say yes.
func before(options func(*testing.T) []afterpay.Option) func(*testing.T, suitetest.Operation) outcomeScene {
	return func(t *testing.T, op suitetest.Operation) outcomeScene {
		s := newWireServer(t, says(200, op.Succeeded))
		t.Cleanup(func() { require.Zero(t, s.received(), "sent all the same") })
		return outcomeScene{t.Context(), s.client(t, options(t)...)}
	}
}

// neverLeft are failures of calls of which no byte went out.
var neverLeft = []outcomeFault{
	{"refused connection", afterpay.ErrUnavailable, false, before(func(t *testing.T) []afterpay.Option {
		return []afterpay.Option{afterpay.WithBaseURL("http://" + refusingAddress(t))}
	})},
	{"unknown host", afterpay.ErrUnavailable, false, before(func(t *testing.T) []afterpay.Option {
		nowhere := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("no name server")
		}}
		transport := &http.Transport{DialContext: (&net.Dialer{Resolver: nowhere}).DialContext}
		return []afterpay.Option{afterpay.WithBaseURL("https://afterpay.invalid"), afterpay.WithHTTPClient(&http.Client{Transport: transport})}
	})},
	{"untrusted certificate", afterpay.ErrUnavailable, false, before(func(t *testing.T) []afterpay.Option {
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.Config.ErrorLog = quiet()
		server.StartTLS()
		t.Cleanup(server.Close)
		return []afterpay.Option{afterpay.WithBaseURL(server.URL)}
	})},
	{"TLS handshake without end", afterpay.ErrUnavailable, false, before(func(t *testing.T) []afterpay.Option {
		return []afterpay.Option{
			afterpay.WithBaseURL("https://" + silentAddress(t)),
			afterpay.WithTimeouts(afterpay.Timeouts{Connect: outcomeLimit}),
		}
	})},
	{"limiter", afterpay.ErrUnavailable, false, before(func(*testing.T) []afterpay.Option {
		return []afterpay.Option{afterpay.WithLimiter(limiterFunc(func(context.Context) error { return errNoRoom }))}
	})},
	{"context ended before", afterpay.ErrUnavailable, false, func(t *testing.T, op suitetest.Operation) outcomeScene {
		scene := before(func(*testing.T) []afterpay.Option { return nil })(t, op)
		ctx, cancel := context.WithCancel(scene.ctx)
		cancel()
		scene.ctx = ctx
		return scene
	}},
}

// refused are answers that say that nothing was done.
var refused = []outcomeFault{
	{"400", afterpay.ErrInvalid, false, answering(says(400, `{"errorCode":"invalid_json"}`))},
	{"401", afterpay.ErrUnauthorized, false, answering(says(401, `{"errorCode":"unauthorized"}`))},
	{"402 invalid token", afterpay.ErrInvalidToken, false, answering(says(402, `{"errorCode":"invalid_token"}`))},
	{"402 declined", afterpay.ErrDeclined, false, answering(says(402, `{"errorCode":"declined"}`))},
	{"403 of a wall in front", afterpay.ErrUnavailable, false, answering(says(403, "<html>blocked</html>"))},
	{"404", afterpay.ErrNotFound, false, answering(says(404, `{"errorCode":"not_found"}`))},
	{"410", afterpay.ErrState, false, answering(says(410, `{"errorCode":"payment_captured"}`))},
	{"412", afterpay.ErrState, false, answering(says(412, `{"errorCode":"precondition_failed"}`))},
	{"422", afterpay.ErrInvalid, false, answering(says(422, `{"errorCode":"invalid_amount"}`))},
	{"429 to the end", afterpay.ErrRateLimited, false, answering(says(429, ""))},
	{"429 for an hour", afterpay.ErrRateLimited, false, answering(says(429, "", "Retry-After: 3600"))},
}

// inDoubt are failures after which the money may have moved.
var inDoubt = []outcomeFault{
	{"no answer in time", afterpay.ErrUnavailable, true, func(t *testing.T, _ suitetest.Operation) outcomeScene {
		limits := afterpay.WithTimeouts(afterpay.Timeouts{Read: outcomeLimit, BankRead: outcomeLimit})
		return outcomeScene{t.Context(), newWireServer(t, keepsSilent).client(t, limits)}
	}},
	{"reset after the request", afterpay.ErrUnavailable, true, answering(resets)},
	{"closed after the request", afterpay.ErrUnavailable, true, answering(writes(""))},
	{"closed within the header", afterpay.ErrUnavailable, true, answering(writes("HTTP/1.1 201 Created\r\nContent-Le"))},
	{"no HTTP at all", afterpay.ErrUnavailable, true, answering(writes("SSH-2.0-OpenSSH\r\n\r\n"))},
	{"408", afterpay.ErrUnavailable, true, answering(says(408, ""))},
	{"409 to the end", afterpay.ErrConflict, true, answering(says(409, `{"errorCode":"conflict"}`))},
	{"500", afterpay.ErrUnavailable, true, answering(says(500, ""))},
	{"501", afterpay.ErrUnavailable, true, answering(says(501, ""))},
	{"502 of a gateway", afterpay.ErrUnavailable, true, answering(says(502, "<html>bad gateway</html>"))},
	{"503", afterpay.ErrUnavailable, true, answering(says(503, `{"errorCode":"error"}`))},
	{"503 for an hour", afterpay.ErrUnavailable, true, answering(says(503, "", "Retry-After: 3600"))},
	{"524", afterpay.ErrUnavailable, true, answering(says(524, "<html>a timeout occurred</html>"))},
	{"half a success", afterpay.ErrUnavailable, true, func(t *testing.T, op suitetest.Operation) outcomeScene { return cutting(t, op, true) }},
	{"half a refusal", afterpay.ErrUnavailable, true, answering(writes("HTTP/1.1 412 Precondition Failed\r\nContent-Length: 400\r\n\r\n{\"errorCode\":\"payment_captured\"}"))},
	{"deadline while waiting", afterpay.ErrUnavailable, true, func(t *testing.T, _ suitetest.Operation) outcomeScene {
		ctx, cancel := context.WithTimeout(t.Context(), 2*outcomeLimit)
		t.Cleanup(cancel)
		return outcomeScene{ctx, newWireServer(t, keepsSilent).client(t)}
	}},
	{"cancelled while waiting", afterpay.ErrUnavailable, true, func(t *testing.T, _ suitetest.Operation) outcomeScene {
		ctx, cancel := context.WithCancel(t.Context())
		return outcomeScene{ctx, newWireServer(t, func(conn *net.TCPConn) bool {
			cancel()
			return keepsSilent(conn)
		}).client(t)}
	}},
	{"cancelled between attempts", afterpay.ErrUnavailable, true, func(t *testing.T, _ suitetest.Operation) outcomeScene {
		ctx, cancel := context.WithCancel(t.Context())
		patient := afterpay.WithRetry(afterpay.RetryPolicy{MaxAttempts: 2, BaseDelay: time.Hour, MaxDelay: time.Hour})
		// The observer is told before the wait begins.
		stop := afterpay.WithObserver(func(context.Context, afterpay.Attempt) { cancel() })
		return outcomeScene{ctx, newWireServer(t, says(503, "")).client(t, patient, stop)}
	}},
	{"reset, then 412", afterpay.ErrState, true, answering(resets, says(412, `{"errorCode":"payment_captured"}`))},
	{"503, then 422", afterpay.ErrInvalid, true, answering(says(503, ""), says(422, `{"errorCode":"invalid_amount"}`))},
	{"reset, then 429", afterpay.ErrRateLimited, true, answering(resets, says(429, "", "Retry-After: 3600"))},
	{"reset, then 403 of a wall in front", afterpay.ErrUnavailable, true, answering(resets, says(403, "<html>blocked</html>"))},
	{"reset, then refused connection", afterpay.ErrUnavailable, true, func(t *testing.T, _ suitetest.Operation) outcomeScene {
		refusing, dials := refusingAddress(t), new(atomic.Int32)
		transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if dials.Add(1) > 1 {
				address = refusing
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		}}
		return outcomeScene{t.Context(), newWireServer(t, resets).client(t, afterpay.WithHTTPClient(&http.Client{Transport: transport}))}
	}},
	{"reset, then limiter", afterpay.ErrUnavailable, true, func(t *testing.T, _ suitetest.Operation) outcomeScene {
		calls := new(atomic.Int32)
		once := limiterFunc(func(context.Context) error {
			if calls.Add(1) > 1 {
				return errNoRoom
			}
			return nil
		})
		return outcomeScene{t.Context(), newWireServer(t, resets).client(t, afterpay.WithLimiter(once))}
	}},
}

// sentAgain is a service that dies on a kept connection with a request on it.
// net/http then sends the request again by itself, within one attempt of ours,
// and the service takes the step.
func sentAgain(step wireStep) func(*testing.T, suitetest.Operation) outcomeScene {
	return func(t *testing.T, op suitetest.Operation) outcomeScene {
		s := newWireServer(t, says(200, "pong"), resets, step)
		c := s.client(t, afterpay.WithRetry(afterpay.RetryPolicy{}))
		require.NoError(t, c.Ping(t.Context()))
		t.Cleanup(func() { require.Equal(t, 3, s.received(), "the ping, and the request twice") })
		return outcomeScene{t.Context(), c}
	}
}

// onceAgain are the ends of requests that net/http sent twice. The service may
// have carried out the first copy before the connection died, so that a refusal of
// the second one is no verdict on both. A decline is.
var onceAgain = []outcomeFault{
	{"sent again, then 429", afterpay.ErrRateLimited, true, sentAgain(says(429, "", "Retry-After: 3600"))},
	{"sent again, then 412", afterpay.ErrState, true, sentAgain(says(412, `{"errorCode":"payment_captured"}`))},
	{"sent again, then 422", afterpay.ErrInvalid, true, sentAgain(says(422, `{"errorCode":"invalid_amount"}`))},
	{"sent again, then 403 of a wall in front", afterpay.ErrUnavailable, true, sentAgain(says(403, "<html>blocked</html>"))},
	{"sent again, then declined", afterpay.ErrDeclined, false, sentAgain(says(422, `{"errorCode":"declined"}`))},
}

// undecodable are successes that say nothing. Reverse needs no response but the
// status, so they are none for it.
var undecodable = []outcomeFault{
	{"half a success of no announced length", afterpay.ErrUnavailable, true, func(t *testing.T, op suitetest.Operation) outcomeScene { return cutting(t, op, false) }},
	{"empty success", afterpay.ErrUnavailable, true, answering(says(201, ""))},
	{"success in HTML", afterpay.ErrUnavailable, true, answering(says(200, "<html>please log in</html>"))},
	{"success without an id", afterpay.ErrUnavailable, true, answering(says(201, "{}"))},
	{"success that is null", afterpay.ErrUnavailable, true, answering(says(201, "null"))},
	{"success with an invalid amount", afterpay.ErrUnavailable, true, func(t *testing.T, op suitetest.Operation) outcomeScene {
		return answering(says(201, `{"id":"1","refundId":"1","token":"t","status":"APPROVED","amount":{"amount":"lots"},"originalAmount":{"amount":"lots"}}`))(t, op)
	}},
}

// ErrOutcomeUnknown is said of a money call exactly when the service may have
// carried it out, and never of anything else.
func TestOutcomeIsUnknownExactlyWhenMoneyMayHaveMoved(t *testing.T) {
	t.Parallel()
	for _, faults := range [][]outcomeFault{neverLeft, refused, inDoubt, onceAgain, undecodable} {
		for _, fault := range faults {
			for _, op := range outcomeOps() {
				if op.Succeeded == "" && &faults[0] == &undecodable[0] {
					continue
				}
				t.Run(fault.name+"/"+op.Name, func(t *testing.T) {
					t.Parallel()
					scene := fault.scene(t, op)
					_, err := op.Invoke(scene.ctx, scene.client)
					requireOutcome(t, err, op, fault)
				})
			}
		}
	}
}

// requireOutcome also wants to know what an error is about: it is all that
// there is to find out with.
func requireOutcome(t *testing.T, err error, op suitetest.Operation, fault outcomeFault) {
	t.Helper()
	e := suitetest.AsError(t, err)
	require.Equal(t, op.Name, e.Op)
	require.Equal(t, fault.kind, e.Kind, "%v", err)
	require.Equal(t, fault.unknown && op.Money, errors.Is(err, afterpay.ErrOutcomeUnknown), "%v", err)
	switch {
	case strings.Contains(op.V2, "{paymentID}"):
		require.Equal(t, suitetest.PaymentID, e.PaymentID)
	case strings.Contains(op.V2, "{disputeID}"):
		require.Equal(t, suitetest.DisputeID, e.DisputeID)
	case op.Money:
		require.Equal(t, suitetest.Token, e.Token)
	}
	if op.Keyed {
		require.Equal(t, suitetest.RequestID, e.RequestID)
	}
}

// What the client refuses itself is never sent.
func TestOutcomeOfInvalidCallsIsKnown(t *testing.T) {
	t.Parallel()
	s := newWireServer(t, resets)
	v2, v1 := s.client(t), s.client(t, afterpay.WithAPIVersion(afterpay.V1))
	ctx := t.Context()
	for name, err := range map[string]error{
		"no token":          failure(v2.Payments.Capture(ctx, afterpay.CaptureRequest{})),
		"no amount":         failure(v2.Refunds.Create(ctx, suitetest.PaymentID, afterpay.RefundRequest{})),
		"id that is a path": failure(v2.Payments.Void(ctx, "../1", afterpay.VoidRequest{All: true})),
		"not in v1":         failure(v1.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: suitetest.Token})),
		"id of a read":      failure(v2.Payments.Get(ctx, "")),
		"order of nothing":  failure(v2.Orders.Create(ctx, afterpay.CreateOrderRequest{})),
	} {
		require.ErrorIs(t, err, afterpay.ErrInvalid, name)
		require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown, name)
	}
	require.Zero(t, s.received())
}

// A success and a decline speak for every attempt before them.
func TestOutcomeIsClearedByLaterSuccessOrDecline(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]wireStep{
		"reset": resets, "409": says(409, `{"errorCode":"conflict"}`), "500": says(500, ""), "half an answer": writes("HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{"),
	} {
		for _, op := range outcomeOps() {
			if !op.Money {
				continue
			}
			t.Run(name+"/"+op.Name, func(t *testing.T) {
				t.Parallel()
				s := newWireServer(t, first, says(201, op.Succeeded))
				_, err := op.Invoke(t.Context(), s.client(t))
				require.NoError(t, err)
				require.Equal(t, 2, s.received())

				s = newWireServer(t, first, says(402, `{"errorCode":"declined"}`))
				_, err = op.Invoke(t.Context(), s.client(t))
				require.ErrorIs(t, err, afterpay.ErrDeclined)
				require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
			})
		}
	}
}

var errNoRoom = errors.New("no room")

type limiterFunc func(context.Context) error

func (f limiterFunc) Wait(ctx context.Context) error { return f(ctx) }
