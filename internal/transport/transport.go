// Package transport sends an HTTP request until it has an answer worth
// keeping: it bounds each attempt in time and in bytes, decides whether
// another attempt is worth it, waits, and reports whether the request may have
// reached the other side. It knows HTTP and nothing of any service.
package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Repeat says how often a request may safely be carried out.
type Repeat uint8

const (
	// Never says that sending it again could do its work twice.
	Never Repeat = iota
	// Idempotent says that doing it again changes nothing that matters.
	Idempotent
	// Keyed says that the service recognises a repetition by a key in the
	// request, and answers 409 while the first one runs.
	Keyed
)

// Limiter delays requests; *rate.Limiter of golang.org/x/time fits.
type Limiter interface {
	Wait(ctx context.Context) error
}

// Config is what New needs. The zero value of each field is usable except
// Client.
type Config struct {
	Client  *http.Client
	Connect time.Duration // limit for getting a connection, TLS included; 0: none
	Policy  Policy
	Limiter Limiter
	MaxBody int64 // the most that is read of an answer; 0: 4 MiB
}

// Transport sends requests. It is safe for concurrent use and holds nothing
// that must be closed.
type Transport struct {
	client  *http.Client
	send    func(*http.Request) (*http.Response, error)
	connect time.Duration
	policy  Policy
	budget  *budget
	limiter Limiter
	maxBody int64
}

// DefaultMaxBody is the most that is read of an answer unless Config says
// otherwise.
const DefaultMaxBody = 4 << 20

// New returns a Transport. The client is copied, never changed: its
// RoundTripper, cookie jar and time limit are kept, its redirect policy is
// replaced by one that follows nothing.
func New(cfg Config) *Transport {
	client := *cfg.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if cfg.MaxBody == 0 {
		cfg.MaxBody = DefaultMaxBody
	}
	t := &Transport{
		client:  &client,
		send:    client.Do,
		connect: cfg.Connect,
		policy:  cfg.Policy,
		budget:  newBudget(cfg.Policy.Budget),
		limiter: cfg.Limiter,
		maxBody: cfg.MaxBody,
	}
	if client.Transport != nil && client.Jar == nil && client.Timeout == 0 {
		// What is left of Client.Do is the work of following redirects.
		t.send = client.Transport.RoundTrip
	}
	return t
}

// NewRoundTripper returns net/http's default transport for attempts with the
// given connect limit, with TLS 1.2 or newer, bounded answer headers and enough
// idle connections for parallel callers. Where the program has replaced
// http.DefaultTransport by something else, for example for tracing, that is
// returned as it is.
func NewRoundTripper(connect time.Duration) http.RoundTripper {
	plain, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	if connect > 0 {
		// net/http goes on connecting for an attempt that has given up. The
		// attempt's own limit has to come first, or it would be chance which
		// of the two errors the caller sees.
		connect += time.Second
	}
	t := plain.Clone()
	t.DialContext = (&net.Dialer{Timeout: connect, KeepAlive: 30 * time.Second}).DialContext
	t.TLSHandshakeTimeout = connect
	t.MaxIdleConnsPerHost = 32
	t.MaxResponseHeaderBytes = 256 << 10
	// A silent HTTP/2 connection would be used again and again; it is given up
	// when a ping goes unanswered.
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second}
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = new(tls.Config)
	}
	t.TLSClientConfig.MinVersion = max(t.TLSClientConfig.MinVersion, tls.VersionTLS12)
	return t
}

// CloseIdleConnections closes the connections that no request is using.
func (t *Transport) CloseIdleConnections() { t.client.CloseIdleConnections() }

// Request is one call. Its fields are only read, so a Request, its header and
// its body may be shared; a Stream may not.
type Request struct {
	Method string
	URL    *url.URL
	Header http.Header
	Body   []byte        // nil: no body
	Stream *Stream       // the body, in place of Body; sent again only if it can be read again
	Repeat Repeat        // whether and when it may be sent again
	Read   time.Duration // limit from the request being written to the last byte of the answer; 0: none
	// Observe is told of every attempt, after it ended and before any wait.
	// A panic in it is caught. Nil: nobody is told.
	Observe func(Attempt)
}

// Attempt describes one attempt to its observer.
type Attempt struct {
	Number     int           // from 1
	Wait       time.Duration // waited before this attempt
	Duration   time.Duration
	StatusCode int           // 0: no answer
	Header     http.Header   // of the answer
	Body       []byte        // of the answer; valid until the observer returns
	Reused     bool          // the connection had been used before
	Err        error         // why there is no whole answer
	RetryIn    time.Duration // the wait that follows; -1: this was the last attempt
}

// Result is how a call ended. Release must be called when Body is no longer
// needed.
type Result struct {
	StatusCode int // of the last answer; 0: there was none
	Header     http.Header
	Body       []byte
	RetryAfter time.Duration // as the last answer asked; 0: it did not
	Attempts   int           // attempts begun; 0: the limiter or the context forbade the first
	// Err is set when the last attempt brought no whole answer, or when the
	// context or the limiter forbade the next. StatusCode and Body then
	// hold what is known all the same.
	Err error
	// Doubt reports that the request may have been carried out although no
	// answer says so: some attempt left without a whole answer, was answered
	// by 408, 409 or a 5xx, or was replayed by net/http because its
	// connection died. A later, clear answer does not reset it; whether that
	// answer speaks for all attempts only the caller can know.
	Doubt bool

	buf *buffer
}

// Release gives the answer's buffer back. Body must not be used afterwards.
func (r *Result) Release() {
	if r.buf != nil {
		r.buf.release()
		r.buf, r.Body = nil, nil
	}
}

// Do sends req until it is answered for good. It always returns a Result.
func (t *Transport) Do(ctx context.Context, req *Request) Result {
	var res Result
	var wait time.Duration
	for number := 1; ; number++ {
		if err := t.admit(ctx, wait); err != nil {
			// What the service said before the wait is not lost.
			res.Err = errors.Join(res.Err, err)
			return res
		}
		res.Release()
		doubt := res.Doubt
		var seen Attempt
		res, seen = t.attempt(ctx, req)
		res.Doubt = res.Doubt || doubt
		res.Attempts = number

		seen.Number, seen.Wait, seen.RetryIn = number, wait, -1
		var again bool
		if wait, again = t.again(ctx, req, &res); again {
			seen.RetryIn = wait
		}
		if req.Observe != nil {
			observe(req.Observe, seen)
		}
		if !again {
			return res
		}
	}
}

// admit waits until an attempt may begin.
func (t *Transport) admit(ctx context.Context, wait time.Duration) error {
	if wait > 0 {
		if err := Sleep(ctx, wait); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return contextError(ctx)
	}
	if t.limiter == nil {
		return nil
	}
	if err := t.limiter.Wait(ctx); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return contextError(ctx)
	}
	return nil
}

// again decides about another attempt and the wait before it, and settles the
// retry budget.
func (t *Transport) again(ctx context.Context, req *Request, res *Result) (time.Duration, bool) {
	if res.Err == nil && res.StatusCode < 300 {
		t.budget.payBack()
		return 0, false
	}
	if req.Repeat == Never || res.Attempts >= t.policy.MaxAttempts || ctx.Err() != nil || !worthRepeating(req.Repeat, res) {
		return 0, false
	}
	if !req.Stream.Repeatable() {
		return 0, false
	}
	wait := t.policy.Backoff(res.Attempts)
	if res.RetryAfter > 0 {
		if t.policy.MaxRetryAfter > 0 && res.RetryAfter > t.policy.MaxRetryAfter {
			return 0, false
		}
		wait = spread(res.RetryAfter)
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return 0, false
	}
	return wait, t.budget.spend(res.Err)
}

// observe keeps a panicking observer from losing an answer.
func observe(f func(Attempt), a Attempt) {
	defer func() { _ = recover() }()
	f(a)
}

// Sleep waits for d or until the context ends, whichever comes first.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return contextError(ctx)
	}
}

// contextError is ctx.Err(), with the cause where the caller gave one.
func contextError(ctx context.Context) error {
	err := ctx.Err()
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		return errors.Join(err, cause)
	}
	return err
}
