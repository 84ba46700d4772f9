package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
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
	Connecting Phase = "connecting"         // from asking for a connection to having one, TLS included
	Sending    Phase = "sending"            // of a Stream, from one piece of it to the next
	Reading    Phase = "waiting for answer" // from the request being written to the last byte of the answer
)

// TimeoutError says which limit of an attempt ran out. It is not a context
// error: the caller's context may still be alive.
type TimeoutError struct {
	Phase Phase
	Limit time.Duration
}

// Error names the phase and the limit.
func (e *TimeoutError) Error() string {
	return "no success within " + e.Limit.String() + " of " + string(e.Phase)
}

// SafeToLog marks the error as a safe.Error.
func (e *TimeoutError) SafeToLog() {}

// Timeout returns true, as for a net.Error.
func (e *TimeoutError) Timeout() bool { return true }

// Temporary returns true, as for a net.Error.
func (e *TimeoutError) Temporary() bool { return true }

// watch bounds one attempt in time and notes how far it came. Its hooks are
// called from net/http's goroutines, even after the attempt is over.
type watch struct {
	ctx           context.Context
	cancel        context.CancelFunc
	connect, read time.Duration
	trace         httptrace.ClientTrace

	mu       sync.Mutex
	timer    *time.Timer
	deadline time.Time // of the phase
	over     bool      // the attempt has ended
	course
}

// course is what is known of an attempt.
type course struct {
	phase   Phase         // the last one
	limit   time.Duration // of that phase
	expired bool          // it ran out of time
	asked   bool          // net/http has looked for a connection
	got     bool          // and had one at some time, so bytes may have left
	wrote   bool          // and wrote the request to one, as far as it knows
	again   bool          // and then looked for another: it replays the request
	reused  bool          // the last connection had been used before
}

// newWatch starts with the read limit, for RoundTrippers that tell nothing of
// connections; net/http switches to the connect limit at once.
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
	w.asked, w.again = true, w.wrote
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

// sending starts the clock anew with every piece of a Stream: a large body on a
// slow line takes its time, one that has come to a halt does not.
func (w *watch) sending() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.enter(Sending, w.read)
}

// enter starts the clock of a phase; w.mu is held.
func (w *watch) enter(phase Phase, limit time.Duration) {
	if w.over || w.expired {
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

// expire ends the attempt, unless the timer went off just as another phase
// began.
func (w *watch) expire() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over || w.deadline.IsZero() || time.Now().Before(w.deadline) {
		return
	}
	w.expired = true
	w.cancel()
}

// stop ends the watch and says what it saw. No timer is left behind.
func (w *watch) stop() course {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	if w.timer != nil {
		w.timer.Stop()
	}
	w.cancel()
	return w.course
}

// explain replaces net/http's account of a failure by what the watch saw. URLs
// are dropped: they hold tokens.
func (c course) explain(ctx context.Context, err error) error {
	_, unread := errors.AsType[*BodyError](err)
	switch u, ok := errors.AsType[*url.Error](err); {
	case ctx.Err() != nil:
		return contextError(ctx)
	case c.expired:
		return &TimeoutError{Phase: c.phase, Limit: c.limit}
	case ok && !unread: // the reader's own failure is kept whole
		return u.Err
	}
	return err
}

// maySent reports whether any byte of the request may have left. Where the
// RoundTripper tells nothing of connections the error has to decide, and only
// an error of dialling or of TLS proves that nothing left.
func (c course) maySent(err error) bool {
	if c.asked {
		return c.got
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return false
	}
	_, dns := errors.AsType[*net.DNSError](err)
	return !dns && !refusedByTLS(err)
}

// refusedByTLS reports whether the connection ended before TLS was agreed on,
// for a reason that another attempt will meet again.
func refusedByTLS(err error) bool {
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, host := errors.AsType[x509.HostnameError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	return certificate || authority || host || invalid || record || errors.Is(err, http.ErrSchemeMismatch)
}
