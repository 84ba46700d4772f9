package afterpay_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// notify sends a body to a handler as Afterpay would.
func notify(t testing.TB, h http.Handler, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	req, err := afterpaytest.WebhookRequest(webhookSecret, webhookURL, webhookDate, []byte(body))
	require.NoError(t, err)
	for _, f := range change {
		f(req)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

// handled collects the events that a handler was called with, and fails as often
// as it is told.
type handled struct {
	ids   []string
	fails int
}

func (h *handled) handle(_ context.Context, e *afterpay.WebhookEvent) error {
	h.ids = append(h.ids, e.ID)
	if h.fails > 0 {
		h.fails--
		return errors.New("no database")
	}
	return nil
}

const disputeCreated = `{"webhook_event_id":"evt_1","webhook_event_type":"created","dispute_id":"dp_1","merchant_reference":"100101481"}`

func TestEventsAreHandledOnce(t *testing.T) {
	t.Parallel()
	var seen handled
	h := webhookVerifier().Handler(seen.handle)
	for range 3 {
		w := notify(t, h, disputeCreated)
		require.Equal(t, 200, w.Code)
		require.Empty(t, w.Body.String())
	}
	require.Equal(t, []string{"evt_1"}, seen.ids)
	require.Equal(t, 200, notify(t, h, strings.Replace(disputeCreated, "evt_1", "evt_2", 1)).Code)
	require.Equal(t, []string{"evt_1", "evt_2"}, seen.ids)

	// The service sends an event again with another date.
	require.Equal(t, 200, notify(t, h, disputeCreated, func(r *http.Request) {
		r.Header = afterpaytest.SignWebhook(webhookSecret, webhookURL, webhookDate.Add(time.Minute), []byte(disputeCreated))
	}).Code)
	require.Len(t, seen.ids, 2)
}

func TestEventsThatFailedAreHandledAgain(t *testing.T) {
	t.Parallel()
	seen := handled{fails: 2}
	h := webhookVerifier().Handler(seen.handle)
	for _, want := range []int{500, 500, 200, 200} {
		w := notify(t, h, disputeCreated)
		require.Equal(t, want, w.Code)
		require.NotContains(t, w.Body.String(), "database")
	}
	require.Len(t, seen.ids, 3)
}

// saying writes a text, if there is one, and then statuses.
func saying(text string, statuses ...int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if text != "" {
			_, _ = io.WriteString(w, text)
		}
		for _, status := range statuses {
			w.WriteHeader(status)
		}
	}
}

func TestAnswersOfTheNextHandlerDecide(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		next  http.HandlerFunc
		first int
		again bool // the second delivery reaches next
	}{
		"nothing written":     {saying(""), 200, false},
		"text":                {saying("ok"), 200, false},
		"no content":          {saying("", 204), 204, false},
		"text, then failure":  {saying("ok", 500), 200, false},
		"hints, then success": {saying("", 103, 200), 200, false},
		"hints, then failure": {saying("", 103, 503), 503, true},
		"failure":             {saying("", 503), 503, true},
		"refusal":             {saying("", 404), 404, true},
		"redirect":            {saying("", 302), 302, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			srv := httptest.NewServer(webhookVerifier().Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				tc.next(w, r)
			})))
			t.Cleanup(srv.Close)
			var codes []int
			for range 2 {
				req, err := http.NewRequest(http.MethodPost, srv.URL, strings.NewReader(disputeCreated))
				require.NoError(t, err)
				req.Header = afterpaytest.SignWebhook(webhookSecret, webhookURL, webhookDate, []byte(disputeCreated))
				res, err := http.DefaultTransport.RoundTrip(req)
				require.NoError(t, err)
				require.NoError(t, res.Body.Close())
				codes = append(codes, res.StatusCode)
			}
			require.Equal(t, tc.first, codes[0])
			if tc.again {
				require.EqualValues(t, 2, calls.Load())
				require.Equal(t, tc.first, codes[1])
			} else {
				require.EqualValues(t, 1, calls.Load())
				require.Equal(t, 200, codes[1])
			}
		})
	}
}

func TestEventsOfAPanicAreHandledAgain(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	v := webhookVerifier()
	v.Logger = slog.New(slog.NewTextHandler(&log, nil))
	calls := 0
	h := v.Handler(func(context.Context, *afterpay.WebhookEvent) error {
		if calls++; calls == 1 {
			panic("oh")
		}
		return nil
	})
	require.PanicsWithValue(t, "oh", func() { notify(t, h, disputeCreated) })
	require.Contains(t, log.String(), "status=500")
	require.Equal(t, 200, notify(t, h, disputeCreated).Code)
	require.Equal(t, 2, calls)
}

func TestNotificationsThatDoNotGetThrough(t *testing.T) {
	t.Parallel()
	method := func(m string) func(*http.Request) { return func(r *http.Request) { r.Method = m } }
	for name, tc := range map[string]struct {
		verifier func(*afterpay.WebhookVerifier)
		body     string
		change   func(*http.Request)
		status   int
	}{
		"GET":             {nil, disputeCreated, method("GET"), 405},
		"PUT":             {nil, disputeCreated, method("PUT"), 405},
		"forged":          {nil, disputeCreated, func(r *http.Request) { r.Header.Set("X-Afterpay-Request-Signature", "AAAA") }, 401},
		"unsigned":        {nil, disputeCreated, func(r *http.Request) { r.Header = http.Header{} }, 401},
		"stale":           {func(v *afterpay.WebhookVerifier) { v.Now = time.Now }, disputeCreated, nil, 401},
		"too large":       {func(v *afterpay.WebhookVerifier) { v.MaxBody = 20 }, disputeCreated, nil, 413},
		"far too large":   {nil, `{"x":"` + strings.Repeat("x", 1<<20) + `"}`, nil, 413},
		"no JSON":         {nil, `<xml/>`, nil, 400},
		"broken off":      {nil, disputeCreated, func(r *http.Request) { r.Body = io.NopCloser(brokenBody{}) }, 400},
		"secret missing":  {func(v *afterpay.WebhookVerifier) { v.Secret = "" }, disputeCreated, nil, 500},
		"address missing": {func(v *afterpay.WebhookVerifier) { v.URL = "" }, disputeCreated, nil, 500},
	} {
		v := webhookVerifier()
		if tc.verifier != nil {
			tc.verifier(&v)
		}
		var log bytes.Buffer
		v.Logger = slog.New(slog.NewTextHandler(&log, nil))
		var seen handled
		var changes []func(*http.Request)
		if tc.change != nil {
			changes = append(changes, tc.change)
		}
		w := notify(t, v.Handler(seen.handle), tc.body, changes...)
		require.Equal(t, tc.status, w.Code, name)
		require.Empty(t, seen.ids, name)
		require.Equal(t, http.StatusText(tc.status)+"\n", w.Body.String(), "a refusal explains nothing")
		require.Equal(t, map[bool]string{true: "POST"}[tc.status == 405], w.Header().Get("Allow"), name)
		require.Contains(t, log.String(), fmt.Sprintf("status=%d", tc.status), name)
		require.Contains(t, log.String(), "level=WARN", name)
		require.NotContains(t, log.String(), "secret stuff", name)
	}
}

type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, errors.New("secret stuff") }

func TestJustNotTooLargeIsRead(t *testing.T) {
	t.Parallel()
	v := webhookVerifier()
	v.MaxBody = int64(len(disputeCreated))
	var seen handled
	require.Equal(t, 200, notify(t, v.Handler(seen.handle), disputeCreated).Code)
	require.Len(t, seen.ids, 1)
}

func TestTheNextHandlerGetsEventAndBody(t *testing.T) {
	t.Parallel()
	type ownKey struct{}
	var event *afterpay.WebhookEvent
	var own any
	var body []byte
	var errs error
	h := webhookVerifier().Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		event, own = afterpay.WebhookEventFrom(r.Context()), r.Context().Value(ownKey{})
		var err error
		body, err = io.ReadAll(r.Body)
		errs = errors.Join(err, http.NewResponseController(w).Flush())
	}))
	notify(t, h, disputeCreated, func(r *http.Request) { *r = *r.WithContext(context.WithValue(r.Context(), ownKey{}, "own")) })
	require.NoError(t, errs)
	require.Equal(t, "dp_1", event.Dispute.ID)
	require.Equal(t, disputeCreated, string(event.Raw))
	require.Equal(t, disputeCreated, string(body))
	require.Equal(t, "own", own)
	require.Nil(t, afterpay.WebhookEventFrom(t.Context()))
}

func TestASecondDeliveryWaitsForTheFirst(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]bool{"first succeeds": false, "first fails": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entered, proceed := make(chan struct{}), make(chan struct{})
			calls := 0
			h := webhookVerifier().Handler(func(context.Context, *afterpay.WebhookEvent) error {
				if calls++; calls > 1 {
					return nil
				}
				close(entered)
				<-proceed
				if fails {
					return errors.New("no database")
				}
				return nil
			})
			var first sync.WaitGroup
			first.Go(func() { notify(t, h, disputeCreated) })
			<-entered
			require.Equal(t, 409, notify(t, h, disputeCreated).Code, "a 200 would lose the event if the first fails")
			close(proceed)
			first.Wait()
			require.Equal(t, 200, notify(t, h, disputeCreated).Code)
			require.Equal(t, map[bool]int{false: 1, true: 2}[fails], calls)
		})
	}
}

func TestManyDeliveriesAtOnceAreHandledOnce(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	h := webhookVerifier().Handler(func(context.Context, *afterpay.WebhookEvent) error { calls.Add(1); return nil })
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			code := notify(t, h, disputeCreated).Code
			if code != 200 && code != 409 {
				t.Errorf("status %d", code)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, calls.Load())
}

func TestEventsWithoutIDAreToldApartByTheirBodies(t *testing.T) {
	t.Parallel()
	var seen []string
	h := webhookVerifier().Handler(func(_ context.Context, e *afterpay.WebhookEvent) error {
		seen = append(seen, string(e.Raw))
		return nil
	})
	for _, body := range []string{`{"a":1}`, `{"a":2}`, `{"a":1}`, `{"a": 1}`} {
		require.Equal(t, 200, notify(t, h, body).Code)
	}
	require.Equal(t, []string{`{"a":1}`, `{"a":2}`, `{"a": 1}`}, seen)
}

// guard is a ReplayGuard that fails as it is told.
type guard struct {
	afterpay.ReplayGuard
	claim, settle error
	settled       []bool
	dead          bool // a context had ended
}

func (g *guard) Claim(ctx context.Context, id string) (afterpay.Claim, error) {
	if g.claim != nil {
		return afterpay.ClaimGranted, g.claim
	}
	return g.ReplayGuard.Claim(ctx, id)
}

func (g *guard) Settle(ctx context.Context, id string, handled bool) error {
	g.settled, g.dead = append(g.settled, handled), g.dead || ctx.Err() != nil
	return errors.Join(g.settle, g.ReplayGuard.Settle(ctx, id, handled))
}

func TestOwnReplayGuards(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	g := &guard{ReplayGuard: afterpay.NewReplayMemory(10), claim: errors.New("secret stuff")}
	v := webhookVerifier()
	v.Replays, v.Logger = g, slog.New(slog.NewTextHandler(&log, nil))
	seen := handled{fails: 1}
	h := v.Handler(seen.handle)

	require.Equal(t, 503, notify(t, h, disputeCreated).Code, "nobody can tell whether it was handled")
	require.Empty(t, seen.ids)
	require.Empty(t, g.settled)

	g.claim, g.settle = nil, errors.New("secret stuff")
	require.Equal(t, 500, notify(t, h, disputeCreated).Code)
	require.Equal(t, 200, notify(t, h, disputeCreated, func(r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		cancel() // the sender has gone away
		*r = *r.WithContext(ctx)
	}).Code)
	require.Equal(t, []bool{false, true}, g.settled)
	require.False(t, g.dead, "what happened is noted all the same")
	require.Equal(t, 3, strings.Count(log.String(), "level=WARN"))
	require.NotContains(t, log.String(), "secret stuff")

	// Two handlers that share a guard share what was handled.
	require.Equal(t, 200, notify(t, v.Handler(seen.handle), disputeCreated).Code)
	require.Len(t, seen.ids, 2)
}

func TestReplayMemoryIsBounded(t *testing.T) {
	t.Parallel()
	m := afterpay.NewReplayMemory(2)
	claim := func(id string) afterpay.Claim {
		c, err := m.Claim(t.Context(), id)
		require.NoError(t, err)
		return c
	}
	settle := func(id string, handled bool) { require.NoError(t, m.Settle(t.Context(), id, handled)) }

	require.Equal(t, afterpay.ClaimGranted, claim("held"))
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		require.Equal(t, afterpay.ClaimGranted, claim(id))
		require.Equal(t, afterpay.ClaimHeld, claim(id))
		settle(id, true)
		require.Equal(t, afterpay.ClaimHandled, claim(id))
	}
	require.Equal(t, afterpay.ClaimHeld, claim("held"), "what is being handled is not forgotten")
	require.Equal(t, afterpay.ClaimHandled, claim("d"))
	require.Equal(t, afterpay.ClaimHandled, claim("e"))
	require.Equal(t, afterpay.ClaimGranted, claim("c"), "the oldest was forgotten")

	settle("c", false)
	require.Equal(t, afterpay.ClaimGranted, claim("c"), "what failed can be claimed again")
	settle("e", false)
	require.Equal(t, afterpay.ClaimHandled, claim("e"), "what was handled stays so")
	settle("never claimed", true)
	require.Equal(t, afterpay.ClaimGranted, claim("never claimed"))
}
