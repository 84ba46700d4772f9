package webhook_test

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

	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/webhook"
)

// notify sends a body to a handler as Afterpay would.
func notify(t testing.TB, h http.Handler, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	req, err := afterpaytest.WebhookRequest(secret, address, date, []byte(body))
	require.NoError(t, err)
	for _, f := range change {
		f(req)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

// handled records the events it is called with. The first fails calls return an
// error.
type handled struct {
	ids   []string
	fails int
}

func (h *handled) handle(_ context.Context, e *webhook.Event) error {
	h.ids = append(h.ids, e.ID)
	if h.fails > 0 {
		h.fails--
		return errors.New("no database")
	}
	return nil
}

const disputeCreated = `{"webhook_event_id":"evt_1","webhook_event_type":"created","dispute_id":"dp_1","merchant_reference":"100101481"}`

func TestHandler_HandlesEachEventOnce(t *testing.T) {
	t.Parallel()
	var seen handled
	h := newVerifier(t).Handler(seen.handle)
	for range 3 {
		w := notify(t, h, disputeCreated)
		require.Equal(t, 200, w.Code)
		require.Empty(t, w.Body.String())
	}
	require.Equal(t, []string{"evt_1"}, seen.ids)
	require.Equal(t, 200, notify(t, h, strings.Replace(disputeCreated, "evt_1", "evt_2", 1)).Code)
	require.Equal(t, []string{"evt_1", "evt_2"}, seen.ids)

	// The service sends an event again with a new date.
	require.Equal(t, 200, notify(t, h, disputeCreated, func(r *http.Request) {
		r.Header = afterpaytest.SignWebhook(secret, address, date.Add(time.Minute), []byte(disputeCreated))
	}).Code)
	require.Len(t, seen.ids, 2)
}

func TestHandler_HandlesAFailedEventAgain(t *testing.T) {
	t.Parallel()
	seen := handled{fails: 2}
	h := newVerifier(t).Handler(seen.handle)
	for _, want := range []int{500, 500, 200, 200} {
		w := notify(t, h, disputeCreated)
		require.Equal(t, want, w.Code)
		require.NotContains(t, w.Body.String(), "database")
	}
	require.Len(t, seen.ids, 3)
}

// saying returns a handler that writes a text, if not empty, and then statuses.
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

func TestMiddleware_TakesTheResultFromTheResponseStatus(t *testing.T) {
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
			srv := httptest.NewServer(newVerifier(t).Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				tc.next(w, r)
			})))
			t.Cleanup(srv.Close)
			var codes []int
			for range 2 {
				req, err := http.NewRequest(http.MethodPost, srv.URL, strings.NewReader(disputeCreated))
				require.NoError(t, err)
				req.Header = afterpaytest.SignWebhook(secret, address, date, []byte(disputeCreated))
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

func TestHandler_HandlesAnEventAgainAfterAPanic(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	v := newVerifier(t)
	v.Logger = slog.New(slog.NewTextHandler(&log, nil))
	calls := 0
	h := v.Handler(func(context.Context, *webhook.Event) error {
		if calls++; calls == 1 {
			panic("oh")
		}
		return nil
	})
	require.PanicsWithValue(t, "oh", func() { notify(t, h, disputeCreated) })
	require.Contains(t, log.String(), "status=500 event.id=evt_1 event.type=dispute.created")
	require.Equal(t, 200, notify(t, h, disputeCreated).Code)
	require.Equal(t, 2, calls)
}

func TestHandler_RefusesOtherRequestsWithTheirStatus(t *testing.T) {
	t.Parallel()
	method := func(m string) func(*http.Request) { return func(r *http.Request) { r.Method = m } }
	for name, tc := range map[string]struct {
		verifier func(*webhook.Verifier)
		body     string
		change   func(*http.Request)
		status   int
	}{
		"GET":            {nil, disputeCreated, method("GET"), 405},
		"PUT":            {nil, disputeCreated, method("PUT"), 405},
		"forged":         {nil, disputeCreated, func(r *http.Request) { r.Header.Set("X-Afterpay-Request-Signature", "AAAA") }, 401},
		"unsigned":       {nil, disputeCreated, func(r *http.Request) { r.Header = http.Header{} }, 401},
		"stale":          {func(v *webhook.Verifier) { v.Now = time.Now }, disputeCreated, nil, 401},
		"too large":      {func(v *webhook.Verifier) { v.MaxBody = 20 }, disputeCreated, nil, 413},
		"far too large":  {nil, `{"x":"` + strings.Repeat("x", 1<<20) + `"}`, nil, 413},
		"no JSON":        {nil, `<xml/>`, nil, 400},
		"broken off":     {nil, disputeCreated, func(r *http.Request) { r.Body = io.NopCloser(brokenBody{}) }, 400},
		"no NewVerifier": {func(v *webhook.Verifier) { *v = webhook.Verifier{} }, disputeCreated, nil, 500},
	} {
		v := newVerifier(t)
		if tc.verifier != nil {
			tc.verifier(v)
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
		require.Equal(t, http.StatusText(tc.status)+"\n", w.Body.String(), "the response does not explain")
		require.Equal(t, map[bool]string{true: "POST"}[tc.status == 405], w.Header().Get("Allow"), name)
		require.Contains(t, log.String(), fmt.Sprintf("status=%d", tc.status), name)
		require.Contains(t, log.String(), "level=WARN", name)
		require.NotContains(t, log.String(), "secret stuff", name)
	}
}

type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, errors.New("secret stuff") }

func TestHandler_ReadsABodyOfMaxBody(t *testing.T) {
	t.Parallel()
	v := newVerifier(t)
	v.MaxBody = int64(len(disputeCreated))
	var seen handled
	require.Equal(t, 200, notify(t, v.Handler(seen.handle), disputeCreated).Code)
	require.Len(t, seen.ids, 1)
}

func TestMiddleware_PassesOnEventBodyAndContext(t *testing.T) {
	t.Parallel()
	type ownKey struct{}
	var event *webhook.Event
	var own any
	var body []byte
	var errs error
	h := newVerifier(t).Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		event, own = webhook.EventFrom(r.Context()), r.Context().Value(ownKey{})
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
	require.Nil(t, webhook.EventFrom(t.Context()))
}

func TestHandler_RespondsConflictWhileTheEventIsBeingHandled(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]bool{"first succeeds": false, "first fails": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entered, proceed := make(chan struct{}), make(chan struct{})
			calls := 0
			h := newVerifier(t).Handler(func(context.Context, *webhook.Event) error {
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

func TestHandler_HandlesConcurrentDeliveriesOnce(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	h := newVerifier(t).Handler(func(context.Context, *webhook.Event) error { calls.Add(1); return nil })
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

func TestHandler_IdentifiesEventsWithoutIDByTheirBodies(t *testing.T) {
	t.Parallel()
	var seen []string
	h := newVerifier(t).Handler(func(_ context.Context, e *webhook.Event) error {
		seen = append(seen, string(e.Raw))
		return nil
	})
	for _, body := range []string{`{"a":1}`, `{"a":2}`, `{"a":1}`, `{"a": 1}`} {
		require.Equal(t, 200, notify(t, h, body).Code)
	}
	require.Equal(t, []string{`{"a":1}`, `{"a":2}`, `{"a": 1}`}, seen)
}

// guard is a ReplayGuard that returns the given errors.
type guard struct {
	webhook.ReplayGuard
	claim, finish error
	finished      []bool
	dead          bool // a context had ended before Finish
}

func (g *guard) Claim(ctx context.Context, id string) (webhook.Claim, error) {
	if g.claim != nil {
		return webhook.ClaimGranted, g.claim
	}
	return g.ReplayGuard.Claim(ctx, id)
}

func (g *guard) Finish(ctx context.Context, id string, handled bool) error {
	g.finished, g.dead = append(g.finished, handled), g.dead || ctx.Err() != nil
	return errors.Join(g.finish, g.ReplayGuard.Finish(ctx, id, handled))
}

func TestHandler_UsesTheReplayGuard(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	g := &guard{ReplayGuard: webhook.NewMemoryReplayGuard(10), claim: errors.New("secret stuff")}
	v := newVerifier(t)
	v.Replays, v.Logger = g, slog.New(slog.NewTextHandler(&log, nil))
	seen := handled{fails: 1}
	h := v.Handler(seen.handle)

	require.Equal(t, 503, notify(t, h, disputeCreated).Code, "the event may have been handled")
	require.Empty(t, seen.ids)
	require.Empty(t, g.finished)

	g.claim, g.finish = nil, errors.New("secret stuff")
	require.Equal(t, 500, notify(t, h, disputeCreated).Code)
	require.Equal(t, 200, notify(t, h, disputeCreated, func(r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		cancel() // the sender has disconnected
		*r = *r.WithContext(ctx)
	}).Code)
	require.Equal(t, []bool{false, true}, g.finished)
	require.False(t, g.dead, "the result is recorded after the sender has left")
	require.Equal(t, 3, strings.Count(log.String(), "level=WARN"))
	require.NotContains(t, log.String(), "secret stuff")

	// Two handlers that share a guard share what was handled.
	require.Equal(t, 200, notify(t, v.Handler(seen.handle), disputeCreated).Code)
	require.Len(t, seen.ids, 2)
}
