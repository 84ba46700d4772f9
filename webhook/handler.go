package webhook

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/safe"
)

// eventKey is the context key of an Event.
type eventKey struct{}

// EventFrom returns the event that Middleware verified, for use in the handler
// behind it. It returns nil elsewhere.
func EventFrom(ctx context.Context) *Event {
	event, _ := ctx.Value(eventKey{}).(*Event)
	return event
}

// Handler returns an http.Handler that calls handle once for each event that
// verifies, and again for an event that failed. If handle returns an error, the
// response is 500 and Afterpay sends the event again later; otherwise it is 200.
// The error is not logged: handle should log what it needs. See Middleware for
// the other responses.
func (v *Verifier) Handler(handle func(context.Context, *Event) error) http.Handler {
	return v.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := handle(r.Context(), EventFrom(r.Context())); err != nil {
			respond(w, http.StatusInternalServerError)
		}
	}))
}

// Middleware returns an http.Handler that calls next for events that verify and
// are new. EventFrom returns the event, and the request still has its body. If
// next responds with a status other than 2xx, or panics, the event failed:
// it is forgotten, and Afterpay sends it again a few times.
//
// Every other request gets one of these responses:
//
//	200  the event was handled before, so Afterpay can stop sending it
//	400  the body cannot be read as an event
//	401  the signature is wrong, or the date is too far from now
//	405  the method is not POST
//	409  another delivery of the event is being handled, and may yet fail
//	413  the body is larger than MaxBody
//	500  the Verifier was not made by NewVerifier
//	503  the ReplayGuard failed
//
// Events without an id are identified by their bodies. Later changes of the
// Verifier's fields do not affect the handler.
func (v *Verifier) Middleware(next http.Handler) http.Handler {
	h := &handler{*v, next}
	if h.Replays == nil {
		h.Replays = NewMemoryReplayGuard(0)
	}
	if h.MaxBody <= 0 {
		h.MaxBody = defaultMaxBody
	}
	return h
}

// handler is Middleware around next.
type handler struct {
	Verifier
	next http.Handler
}

// ServeHTTP verifies a notification and passes it on if it is new.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	event, status, err := h.receive(w, r)
	if err != nil {
		respond(w, status)
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
		h.handle(w, r, event, key)
		return
	}
	respond(w, status)
	h.log(r.Context(), event, status, err)
}

// receive reads and verifies a notification. On an error it returns the status
// to respond with.
func (h *handler) receive(w http.ResponseWriter, r *http.Request) (*Event, int, error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, http.StatusMethodNotAllowed, newError(afterpay.ErrInvalid, afterpay.FieldError{Field: "method", Message: "must be POST"})
	}
	if h.matches == nil {
		return nil, http.StatusInternalServerError, errNotMade()
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.MaxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, http.StatusRequestEntityTooLarge, newError(afterpay.ErrInvalid, afterpay.FieldError{Field: "body", Message: "is too large"})
	}
	if err != nil {
		return nil, http.StatusBadRequest, err
	}
	event, err := h.Verify(r.Header, body)
	switch {
	case errors.Is(err, afterpay.ErrInvalid):
		return nil, http.StatusBadRequest, err
	case err != nil:
		return nil, http.StatusUnauthorized, err
	}
	return event, http.StatusOK, nil
}

// handle passes a claimed event on and finishes the claim, even if next panics.
func (h *handler) handle(w http.ResponseWriter, r *http.Request, event *Event, key string) {
	ctx := r.Context()
	recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
	handled := false
	defer func() {
		// The sender may have disconnected. The result is recorded even so.
		err := h.Replays.Finish(context.WithoutCancel(ctx), key, handled)
		if !handled && recorder.status/100 == 2 { // next panicked
			recorder.status = http.StatusInternalServerError
		}
		h.log(ctx, event, recorder.status, err)
	}()
	r = r.WithContext(context.WithValue(ctx, eventKey{}, event))
	r.Body = io.NopCloser(bytes.NewReader(event.Raw))
	h.next.ServeHTTP(recorder, r)
	handled = recorder.status/100 == 2
}

// replayKey returns what a ReplayGuard knows the event by.
func (e *Event) replayKey() string {
	if e.ID != "" {
		return e.ID
	}
	hash := sha256.Sum256(e.Raw)
	return "sha256:" + hex.EncodeToString(hash[:])
}

// log writes a line about a notification.
func (h *handler) log(ctx context.Context, event *Event, status int, err error) {
	if h.Logger == nil {
		return
	}
	level, message := slog.LevelInfo, "afterpay webhook"
	attrs := []slog.Attr{slog.Int("status", status)}
	if event != nil {
		attrs = append(attrs, slog.Any("event", event))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", safe.Text(err)))
	}
	if err != nil || status/100 != 2 {
		level, message = slog.LevelWarn, "afterpay webhook failed"
	}
	h.Logger.LogAttrs(ctx, level, message, attrs...)
}

// respond writes a status and explains nothing: the sender may be anybody.
func respond(w http.ResponseWriter, status int) {
	if status == http.StatusOK {
		w.WriteHeader(status)
		return
	}
	http.Error(w, http.StatusText(status), status)
}

// statusRecorder records the status of a response.
type statusRecorder struct {
	http.ResponseWriter
	status  int
	written bool
}

// WriteHeader records the first final status.
func (w *statusRecorder) WriteHeader(status int) {
	if !w.written && status >= 200 {
		w.status, w.written = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write records that the status is final.
func (w *statusRecorder) Write(p []byte) (int, error) {
	w.written = true
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (w *statusRecorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
