package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"time"
)

// Phase is the part of an attempt that a time limit covers.
type Phase string

// The phases of an attempt.
const (
	Connecting Phase = "connecting" // from asking for a connection to having one, TLS included
	Sending    Phase = "sending"    // of a Stream, from one piece of it to the next
	Reading    Phase = "reading"    // from the request being written to the last byte of the response
)

// TimeoutError says which limit of an attempt ran out. It is not a context
// error: the caller's context may still be alive.
type TimeoutError struct {
	Phase Phase
	Limit time.Duration
}

// Error names the limit and what did not happen within it.
func (e *TimeoutError) Error() string {
	what := "no complete response"
	switch e.Phase {
	case Connecting:
		what = "no connection"
	case Sending:
		what = "no progress in sending the request"
	}
	return what + " within " + e.Limit.String()
}

// SafeToLog marks the error as a safe.Error.
func (e *TimeoutError) SafeToLog() {}

// Timeout returns true, as for a net.Error.
func (e *TimeoutError) Timeout() bool { return true }

// Temporary returns true, as for a net.Error.
func (e *TimeoutError) Temporary() bool { return true }

// watch limits the time of one attempt and records how far it got. Its hooks are
// called from net/http's goroutines, even after the attempt has ended.
type watch struct {
	ctx           context.Context
	cancel        context.CancelFunc
	connect, read time.Duration
	trace         httptrace.ClientTrace

	mu       sync.Mutex
	timer    *time.Timer
	deadline time.Time // of the phase
	ended    bool
	attemptState
}

// attemptState records how far an attempt got.
type attemptState struct {
	phase    Phase         // the last one
	limit    time.Duration // of that phase
	expired  bool          // the phase ran out of time
	asked    bool          // net/http asked for a connection
	got      bool          // net/http had a connection at some time, so bytes may have been sent
	wrote    bool          // net/http wrote the request to a connection, as far as it knows
	replayed bool          // net/http asked for another connection after that, to replay the request
	reused   bool          // the last connection had been used before
}

// newWatch starts with the read limit, for RoundTrippers that report no
// connections. net/http switches to the connect limit at once.
func newWatch(ctx context.Context, connect, read time.Duration) *watch {
	w := &watch{connect: connect, read: read}
	w.trace.GetConn = w.getConn
	w.trace.GotConn = w.gotConn
	w.trace.WroteRequest = w.wroteRequest
	ctx, w.cancel = context.WithCancel(ctx)
	w.ctx = httptrace.WithClientTrace(ctx, &w.trace)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.enter(Reading, read)
	return w
}

func (w *watch) getConn(string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked, w.replayed = true, w.wrote
	w.enter(Connecting, w.connect)
}

func (w *watch) gotConn(info httptrace.GotConnInfo) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.got, w.reused = true, info.Reused
	w.enter(Reading, w.read)
}

func (w *watch) wroteRequest(httptrace.WroteRequestInfo) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrote = true
	w.enter(Reading, w.read)
}

// sending restarts the clock for every piece of a Stream: sending a large body
// takes as long as it makes progress.
func (w *watch) sending() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.enter(Sending, w.read)
}

// enter starts the clock of a phase. w.mu is held.
func (w *watch) enter(phase Phase, limit time.Duration) {
	if w.ended || w.expired {
		return
	}
	w.phase, w.limit = phase, limit
	if limit <= 0 {
		w.deadline = time.Time{}
		if w.timer != nil {
			w.timer.Stop()
		}
		return
	}
	w.deadline = time.Now().Add(limit)
	if w.timer == nil {
		w.timer = time.AfterFunc(limit, w.expire)
	} else {
		w.timer.Reset(limit)
	}
}

// expire ends the attempt, unless another phase began just as the timer fired.
func (w *watch) expire() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended || w.deadline.IsZero() || time.Now().Before(w.deadline) {
		return
	}
	w.expired = true
	w.cancel()
}

// stop ends the watch and returns what it recorded. No timer is left running.
func (w *watch) stop() attemptState {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	if w.timer != nil {
		w.timer.Stop()
	}
	w.cancel()
	return w.attemptState
}

// explain replaces net/http's error by what the watch recorded. URLs are
// dropped, as they hold tokens.
func (s attemptState) explain(ctx context.Context, err error) error {
	_, unread := errors.AsType[*BodyError](err)
	switch u, ok := errors.AsType[*url.Error](err); {
	case ctx.Err() != nil:
		return contextError(ctx)
	case s.expired:
		return &TimeoutError{Phase: s.phase, Limit: s.limit}
	case ok && !unread: // the error of the caller's reader is kept whole
		return u.Err
	}
	return err
}

// refusedByTLS reports whether the connection ended before TLS was agreed on,
// for a reason that another attempt will meet again.
func refusedByTLS(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		switch err.(type) { //nolint:errorlint // each error of the chain is looked at
		case *tls.CertificateVerificationError, x509.UnknownAuthorityError, x509.HostnameError, x509.CertificateInvalidError, tls.RecordHeaderError:
			return true
		}
		if err == http.ErrSchemeMismatch {
			return true
		}
	}
	return false
}
