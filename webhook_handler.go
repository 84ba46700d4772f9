package afterpay

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
)

// webhookKey is where a request's context holds its event.
type webhookKey struct{}

// WebhookEventFrom returns the event that Middleware verified, for the handler
// behind it; nil elsewhere.
func WebhookEventFrom(ctx context.Context) *WebhookEvent {
	event, _ := ctx.Value(webhookKey{}).(*WebhookEvent)
	return event
}

// Handler calls handle with every event that verifies, once unless it fails: an
// error is answered with 500, for which Afterpay sends the event again later, and
// nil with 200. The error goes no further: what it says is for handle to log. See
// Middleware for the rest.
func (v WebhookVerifier) Handler(handle func(context.Context, *WebhookEvent) error) http.Handler {
	return v.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := handle(r.Context(), WebhookEventFrom(r.Context())); err != nil {
			answerWebhook(w, http.StatusInternalServerError)
		}
	}))
}

// Middleware lets events through that verify and are new. WebhookEventFrom gives
// next the event, and the request still has its body. An answer of next's other
// than a 2xx, or a panic, means that it failed: the event is forgotten, and
// Afterpay sends it again after some time, a few times.
//
// What does not get through is answered
//
//	200  when the event was handled before, so that Afterpay stops sending it
//	400  when the body can't be read as an event
//	401  when the signature is wrong or the date is not near enough to now
//	405  for any method but POST
//	409  while another delivery of the event is being handled, which may fail
//	413  when the body is larger than MaxBody
//	500  when the WebhookVerifier lacks a secret or a URL
//	503  when the ReplayGuard fails
//
// Events without an id are told apart by their bodies.
func (v WebhookVerifier) Middleware(next http.Handler) http.Handler {
	if v.Replays == nil {
		v.Replays = NewReplayMemory(0)
	}
	if v.MaxBody <= 0 {
		v.MaxBody = defaultWebhookBody
	}
	return &webhookHandler{v, next}
}

// webhookHandler is Middleware around a handler.
type webhookHandler struct {
	WebhookVerifier
	next http.Handler
}

// ServeHTTP receives a notification, lets it through if it is due, and notes how
// that went.
func (h *webhookHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	event, body, status, err := h.receive(w, r)
	if err != nil {
		answerWebhook(w, status)
		h.log(r.Context(), nil, status, err)
		return
	}
	key := event.replayKey()
	claim, err := h.Replays.Claim(r.Context(), key)
	switch {
	case err != nil:
		status = http.StatusServiceUnavailable
	case claim == ClaimHandled:
		status = http.StatusOK
	case claim != ClaimGranted:
		status = http.StatusConflict
	default:
		h.handle(w, r, event, body, key)
		return
	}
	answerWebhook(w, status)
	h.log(r.Context(), event, status, err)
}

// receive reads and verifies a notification. With an error comes the status that
// says so.
func (h *webhookHandler) receive(w http.ResponseWriter, r *http.Request) (*WebhookEvent, []byte, int, error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, nil, http.StatusMethodNotAllowed, webhookError(ErrInvalid, []FieldError{{"method", "must be POST"}})
	}
	if _, fault := h.address(); fault != nil {
		return nil, nil, http.StatusInternalServerError, fault
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.MaxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, nil, http.StatusRequestEntityTooLarge, webhookError(ErrInvalid, []FieldError{{"body", "is too large"}})
	}
	if err != nil {
		return nil, nil, http.StatusBadRequest, err
	}
	event, err := h.Verify(r.Header, body)
	if err != nil {
		return nil, nil, webhookStatus(err), err
	}
	return event, body, http.StatusOK, nil
}

// handle lets an event through that was claimed, and settles the claim whatever
// becomes of it.
func (h *webhookHandler) handle(w http.ResponseWriter, r *http.Request, event *WebhookEvent, body []byte, key string) {
	ctx := r.Context()
	seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	handled := false
	defer func() {
		// The sender may be gone by now; what happened is to be noted all the same.
		err := h.Replays.Settle(context.WithoutCancel(ctx), key, handled)
		if !handled && seen.status/100 == 2 { // it panicked
			seen.status = http.StatusInternalServerError
		}
		h.log(ctx, event, seen.status, err)
	}()
	r = r.WithContext(context.WithValue(ctx, webhookKey{}, event))
	r.Body = io.NopCloser(bytes.NewReader(body))
	h.next.ServeHTTP(seen, r)
	handled = seen.status/100 == 2
}

// replayKey is what an event is remembered by.
func (e *WebhookEvent) replayKey() string {
	if e.ID != "" {
		return e.ID
	}
	sum := sha256.Sum256(e.Raw)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// log writes a line about a notification. The texts of errors that are not of
// this package may hold anything.
func (h *webhookHandler) log(ctx context.Context, event *WebhookEvent, status int, err error) {
	if h.Logger == nil {
		return
	}
	level, message := slog.LevelInfo, "afterpay webhook"
	attrs := []slog.Attr{slog.Int("status", status)}
	if event != nil {
		attrs = append(attrs, slog.Any("event", event))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", webhookErrorText(err)))
	}
	if err != nil || status/100 != 2 {
		level, message = slog.LevelWarn, "afterpay webhook failed"
	}
	h.Logger.LogAttrs(ctx, level, message, attrs...)
}

func webhookErrorText(err error) string {
	if _, ok := errors.AsType[*Error](err); ok {
		return err.Error()
	}
	return "reading the request or remembering the event failed"
}

// answerWebhook says no more than the status: the sender may be anybody.
func answerWebhook(w http.ResponseWriter, status int) {
	if status == http.StatusOK {
		w.WriteHeader(status)
		return
	}
	http.Error(w, http.StatusText(status), status)
}

// statusWriter notes the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status  int
	written bool
}

func (w *statusWriter) WriteHeader(status int) {
	if !w.written && status >= 200 {
		w.status, w.written = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	w.written = true
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
