package suite_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
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

// outcomeFault is a way for a call to fail.
type outcomeFault struct {
	name    string
	kind    afterpay.Kind
	unknown bool // where the call moves money
	prepare func(*outcomeScene)
}

// outcomeScene is a call and what is in its way. Unless a fault says otherwise,
// the service says yes.
type outcomeScene struct {
	*testing.T
	op      suitetest.Operation
	service *service
	ctx     context.Context
	cancel  context.CancelFunc
	client  *afterpay.Client
}

// use replaces the client by one with options.
func (s *outcomeScene) use(options ...afterpay.Option) { s.client = s.service.client(s.T, options...) }

// answers lets the service take steps, one a request.
func answers(steps ...http.HandlerFunc) func(*outcomeScene) {
	return func(s *outcomeScene) { s.service.steps = steps }
}

// cut lets the service break off a success.
func cut(header string) func(*outcomeScene) {
	return func(s *outcomeScene) {
		body := s.op.Succeeded
		s.service.steps = []http.HandlerFunc{writes("HTTP/1.1 201 Created\r\n" + header + "\r\n" + body[:max(0, len(body)-1)])}
	}
}

// outcomeLimit is short, as tests wait for it to pass, but long enough for a
// request to leave on a busy machine.
const outcomeLimit = 200 * time.Millisecond

// neverLeft are failures of calls of which no byte went out.
var neverLeft = []outcomeFault{
	{"refused connection", afterpay.ErrUnavailable, false, func(s *outcomeScene) {
		s.use(afterpay.WithBaseURL("http://" + refusingAddress(s.T)))
	}},
	{"unknown host", afterpay.ErrUnavailable, false, func(s *outcomeScene) {
		nowhere := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("no name server")
		}}
		transport := &http.Transport{DialContext: (&net.Dialer{Resolver: nowhere}).DialContext}
		s.use(afterpay.WithBaseURL("https://afterpay.invalid"), afterpay.WithHTTPClient(&http.Client{Transport: transport}))
	}},
	{"untrusted certificate", afterpay.ErrUnavailable, false, func(s *outcomeScene) {
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.Config.ErrorLog = quiet()
		server.StartTLS()
		s.Cleanup(server.Close)
		s.use(afterpay.WithBaseURL(server.URL))
	}},
	{"TLS handshake without end", afterpay.ErrUnavailable, false, func(s *outcomeScene) {
		s.use(afterpay.WithBaseURL("https://"+silentAddress(s.T)), afterpay.WithTimeouts(afterpay.Timeouts{Connect: outcomeLimit}))
	}},
	{"limiter", afterpay.ErrUnavailable, false, func(s *outcomeScene) { s.use(limitedTo(0)) }},
	{"context ended before", afterpay.ErrUnavailable, false, func(s *outcomeScene) { s.cancel() }},
}

// refused are answers that say that nothing was done.
var refused = []outcomeFault{
	{"400", afterpay.ErrInvalid, false, answers(says(400, `{"errorCode":"invalid_json"}`))},
	{"401", afterpay.ErrUnauthorized, false, answers(says(401, `{"errorCode":"unauthorized"}`))},
	{"402 invalid token", afterpay.ErrInvalidToken, false, answers(says(402, `{"errorCode":"invalid_token"}`))},
	{"402 declined", afterpay.ErrDeclined, false, answers(says(402, `{"errorCode":"declined"}`))},
	{"403 of a wall in front", afterpay.ErrUnavailable, false, answers(says(403, "<html>blocked</html>"))},
	{"404", afterpay.ErrNotFound, false, answers(says(404, `{"errorCode":"not_found"}`))},
	{"410", afterpay.ErrState, false, answers(says(410, `{"errorCode":"payment_captured"}`))},
	{"412", afterpay.ErrState, false, answers(says(412, `{"errorCode":"precondition_failed"}`))},
	{"422", afterpay.ErrInvalid, false, answers(says(422, `{"errorCode":"invalid_amount"}`))},
	{"429 to the end", afterpay.ErrRateLimited, false, answers(says(429, ""))},
	{"429 for an hour", afterpay.ErrRateLimited, false, answers(says(429, "", "Retry-After: 3600"))},
}

// inDoubt are failures after which the money may have moved.
var inDoubt = []outcomeFault{
	{"no answer in time", afterpay.ErrUnavailable, true, func(s *outcomeScene) {
		s.service.steps = []http.HandlerFunc{keepsSilent}
		s.use(afterpay.WithTimeouts(afterpay.Timeouts{Read: outcomeLimit, BankRead: outcomeLimit}))
	}},
	{"reset after the request", afterpay.ErrUnavailable, true, answers(resets)},
	{"closed after the request", afterpay.ErrUnavailable, true, answers(writes(""))},
	{"closed within the header", afterpay.ErrUnavailable, true, answers(writes("HTTP/1.1 201 Created\r\nContent-Le"))},
	{"no HTTP at all", afterpay.ErrUnavailable, true, answers(writes("SSH-2.0-OpenSSH\r\n\r\n"))},
	{"408", afterpay.ErrUnavailable, true, answers(says(408, ""))},
	{"409 to the end", afterpay.ErrConflict, true, answers(says(409, `{"errorCode":"conflict"}`))},
	{"500", afterpay.ErrUnavailable, true, answers(says(500, ""))},
	{"501", afterpay.ErrUnavailable, true, answers(says(501, ""))},
	{"502 of a gateway", afterpay.ErrUnavailable, true, answers(says(502, "<html>bad gateway</html>"))},
	{"503", afterpay.ErrUnavailable, true, answers(says(503, `{"errorCode":"error"}`))},
	{"503 for an hour", afterpay.ErrUnavailable, true, answers(says(503, "", "Retry-After: 3600"))},
	{"524", afterpay.ErrUnavailable, true, answers(says(524, "<html>a timeout occurred</html>"))},
	{"half a success", afterpay.ErrUnavailable, true, cut("Content-Length: 4000\r\n")},
	{"half a refusal", afterpay.ErrUnavailable, true, answers(writes("HTTP/1.1 412 Precondition Failed\r\nContent-Length: 400\r\n\r\n{\"errorCode\":\"payment_captured\"}"))},
	{"deadline while waiting", afterpay.ErrUnavailable, true, func(s *outcomeScene) {
		s.service.steps = []http.HandlerFunc{keepsSilent}
		s.ctx, s.cancel = context.WithTimeout(s.ctx, 2*outcomeLimit)
		s.Cleanup(s.cancel)
	}},
	{"cancelled while waiting", afterpay.ErrUnavailable, true, func(s *outcomeScene) {
		s.service.steps = []http.HandlerFunc{func(w http.ResponseWriter, req *http.Request) {
			s.cancel()
			keepsSilent(w, req)
		}}
	}},
	{"cancelled between attempts", afterpay.ErrUnavailable, true, func(s *outcomeScene) {
		s.service.steps = []http.HandlerFunc{says(503, "")}
		patient := afterpay.WithRetry(afterpay.RetryPolicy{MaxAttempts: 2, BaseDelay: time.Hour, MaxDelay: time.Hour})
		// The observer is told before the wait begins.
		s.use(patient, afterpay.WithObserver(func(context.Context, afterpay.Attempt) { s.cancel() }))
	}},
	{"reset, then 412", afterpay.ErrState, true, answers(resets, says(412, `{"errorCode":"payment_captured"}`))},
	{"503, then 422", afterpay.ErrInvalid, true, answers(says(503, ""), says(422, `{"errorCode":"invalid_amount"}`))},
	{"reset, then 429", afterpay.ErrRateLimited, true, answers(resets, says(429, "", "Retry-After: 3600"))},
	{"reset, then 403 of a wall in front", afterpay.ErrUnavailable, true, answers(resets, says(403, "<html>blocked</html>"))},
	{"reset, then refused connection", afterpay.ErrUnavailable, true, func(s *outcomeScene) {
		s.service.steps = []http.HandlerFunc{resets}
		refusing, dials := refusingAddress(s.T), new(atomic.Int32)
		transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if dials.Add(1) > 1 {
				address = refusing
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		}}
		s.use(afterpay.WithHTTPClient(&http.Client{Transport: transport}))
	}},
	{"reset, then limiter", afterpay.ErrUnavailable, true, func(s *outcomeScene) {
		s.service.steps = []http.HandlerFunc{resets}
		s.use(limitedTo(1))
	}},
}

// sentAgain is a service that dies on a kept connection with a request on it.
// net/http then sends the request again by itself, within one attempt of ours,
// and the service takes the step.
func sentAgain(step http.HandlerFunc) func(*outcomeScene) {
	return func(s *outcomeScene) {
		s.service.steps = []http.HandlerFunc{says(200, "pong"), resets, step}
		s.use(afterpay.WithRetry(afterpay.RetryPolicy{}))
		require.NoError(s, s.client.Ping(s.ctx))
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
	{"half a success of no announced length", afterpay.ErrUnavailable, true, cut("")},
	{"empty success", afterpay.ErrUnavailable, true, answers(says(201, ""))},
	{"success in HTML", afterpay.ErrUnavailable, true, answers(says(200, "<html>please log in</html>"))},
	{"success without an id", afterpay.ErrUnavailable, true, answers(says(201, "{}"))},
	{"success that is null", afterpay.ErrUnavailable, true, answers(says(201, "null"))},
}

// ErrOutcomeUnknown is said of a money call exactly when the service may have
// carried it out, and never of anything else.
func TestOutcomeIsUnknownExactlyWhenMoneyMayHaveMoved(t *testing.T) {
	t.Parallel()
	for _, group := range []struct {
		faults   []outcomeFault
		requests int // that the service gets; negative: any number
	}{{neverLeft, 0}, {refused, -1}, {inDoubt, -1}, {onceAgain, 3}, {undecodable, 1}} {
		for _, fault := range group.faults {
			t.Run(fault.name, func(t *testing.T) {
				t.Parallel()
				var calls sync.WaitGroup // all at once, as some take their time
				for _, op := range outcomeOps() {
					if op.Succeeded == "" && &group.faults[0] == &undecodable[0] {
						continue
					}
					s := &outcomeScene{T: t, op: op, service: newService(t, says(200, op.Succeeded))}
					s.ctx, s.cancel = context.WithCancel(t.Context())
					s.use()
					fault.prepare(s)
					calls.Go(func() {
						_, err := op.Invoke(s.ctx, s.client)
						assertOutcome(t, err, op, fault)
						if group.requests >= 0 {
							assert.Equal(t, group.requests, s.service.received(), op.Name)
						}
					})
				}
				calls.Wait()
			})
		}
	}
}

// assertOutcome also wants to know what an error is about: it is all that
// there is to find out with.
func assertOutcome(t *testing.T, err error, op suitetest.Operation, fault outcomeFault) {
	t.Helper()
	e, ok := errors.AsType[*afterpay.Error](err)
	if !assert.True(t, ok, "%s: %v", op.Name, err) {
		return
	}
	assert.Equal(t, op.Name, e.Op)
	assert.Equal(t, fault.kind, e.Kind, "%v", err)
	assert.Equal(t, fault.unknown && op.Money, errors.Is(err, afterpay.ErrOutcomeUnknown), "%v", err)
	switch {
	case strings.Contains(op.V2, "{paymentID}"):
		assert.Equal(t, suitetest.PaymentID, e.PaymentID)
	case strings.Contains(op.V2, "{disputeID}"):
		assert.Equal(t, suitetest.DisputeID, e.DisputeID)
	case op.Money:
		assert.Equal(t, suitetest.Token, e.Token)
	}
	if op.Keyed {
		assert.Equal(t, suitetest.RequestID, e.RequestID)
	}
}

// What the client refuses itself is never sent.
func TestOutcomeOfInvalidCallsIsKnown(t *testing.T) {
	t.Parallel()
	s := newService(t, resets)
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
	for name, first := range map[string]http.HandlerFunc{
		"reset": resets, "409": says(409, `{"errorCode":"conflict"}`), "500": says(500, ""), "half an answer": writes("HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{"),
	} {
		for _, op := range outcomeOps() {
			if !op.Money {
				continue
			}
			s := newService(t, first, says(201, op.Succeeded))
			_, err := op.Invoke(t.Context(), s.client(t))
			require.NoError(t, err, "%s, %s", name, op.Name)
			require.Equal(t, 2, s.received())

			s = newService(t, first, says(402, `{"errorCode":"declined"}`))
			_, err = op.Invoke(t.Context(), s.client(t))
			require.ErrorIs(t, err, afterpay.ErrDeclined, "%s, %s", name, op.Name)
			require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
		}
	}
}

// limitedTo lets a client make so many attempts.
func limitedTo(attempts int32) afterpay.Option {
	asked := new(atomic.Int32)
	return afterpay.WithLimiter(limiterFunc(func(context.Context) error {
		if asked.Add(1) > attempts {
			return errors.New("no room")
		}
		return nil
	}))
}

type limiterFunc func(context.Context) error

func (f limiterFunc) Wait(ctx context.Context) error { return f(ctx) }
