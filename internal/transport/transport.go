// Package transport sends an HTTP request until it has a response worth keeping:
// it limits each attempt in time and in bytes, decides whether to repeat it,
// waits, and reports whether the request may have reached the other side. It
// knows HTTP and nothing of any service.
package transport

import (
	"context"
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
	// Keyed says that the service recognizes a repetition by a key in the
	// request, and responds 409 while the first one runs.
	Keyed
)

// Limiter delays requests. A *rate.Limiter from golang.org/x/time/rate
// implements it.
type Limiter interface {
	Wait(ctx context.Context) error
}

// Credentials give requests their Authorization header.
type Credentials interface {
	// Authorization returns the value of the header for the next attempt.
	Authorization(ctx context.Context) (string, error)
	// Refused is called with a value that got a 401.
	Refused(authorization string)
}

// Config is what New needs. The zero Config is usable.
type Config struct {
	Client  http.Client   // without a RoundTripper it gets NewRoundTripper's
	Connect time.Duration // limit for getting a connection, TLS included; 0 is no limit
	Policy  Policy
	Limiter Limiter
	MaxBody int64 // the most that is read of a response; 0 is DefaultMaxBody
}

// Transport sends requests. It is safe for concurrent use and holds nothing that
// must be closed.
type Transport struct {
	client  *http.Client
	send    func(*http.Request) (*http.Response, error)
	own     bool // the RoundTripper was made here: it asks for a connection before it sends anything
	connect time.Duration
	policy  Policy
	budget  *budget
	limiter Limiter
	maxBody int64
}

// DefaultMaxBody is the most that is read of a response unless Config says
// otherwise.
const DefaultMaxBody = 4 << 20

// New returns a Transport. It keeps the client's RoundTripper, cookie jar and
// time limit, and follows no redirects.
func New(cfg Config) *Transport {
	client := cfg.Client
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
	if client.Transport == nil {
		client.Transport = NewRoundTripper(cfg.Connect)
		_, t.own = client.Transport.(*http.Transport)
	}
	if client.Jar == nil && client.Timeout == 0 {
		// Client.Do would only add the work of following redirects.
		t.send = client.Transport.RoundTrip
	}
	return t
}

// CloseIdleConnections closes the connections that no request is using.
func (t *Transport) CloseIdleConnections() { t.client.CloseIdleConnections() }

// Request is one call. Its fields are only read, so a Request, its header and its
// body may be shared. A Stream may not.
type Request struct {
	Method string
	URL    *url.URL
	Header http.Header
	// Credentials give each attempt its Authorization header. If an attempt
	// gets a 401, it is repeated once without a wait. Nil: Header is sent as it
	// is.
	Credentials Credentials
	Body        []byte    // nil is no body
	Stream      streaming // a *Stream, in place of Body; sent again only if it can be read again
	Repeat      Repeat    // whether and when it may be sent again
	// KeyLife is how long the service recognizes the key of a Keyed request. No
	// attempt begins later than that after the first. 0 is no limit.
	KeyLife time.Duration
	Read    time.Duration // limit from the request being written to the last byte of the response; 0 is no limit
	// Observe is called after every attempt, before any wait. A panic in it is
	// recovered. It may be nil.
	Observe func(Attempt)
}

// Attempt describes one attempt to its observer.
type Attempt struct {
	Number     int           // from 1
	Wait       time.Duration // waited before this attempt
	Duration   time.Duration
	StatusCode int           // 0 if there is no response
	Header     http.Header   // of the response
	Body       []byte        // of the response; valid until the observer returns
	Reused     bool          // the connection had been used before
	Err        error         // why there is no whole response
	RetryIn    time.Duration // the wait that follows; -1 if this was the last attempt
}

// Result is how a call ended. Call Release when Body is no longer needed.
type Result struct {
	StatusCode int // of the last response; 0 if there was none
	Header     http.Header
	Body       []byte
	RetryAfter time.Duration // what the last response asked for; 0 if it did not
	Attempts   int           // attempts begun; 0 if the limiter or the context forbade the first
	// Err is set if the last attempt brought no whole response, or if the
	// context, the limiter, the credentials or the life of the key forbade the
	// next. StatusCode and Body still hold what is known.
	Err error
	// Doubt reports that the request may have been carried out although no
	// response says so: some attempt was sent and got no whole response, got a
	// 408, 409 or 5xx, or was replayed by net/http because its connection died.
	// A later, clear response does not reset it: whether that response speaks
	// for all attempts only the caller can know.
	Doubt bool

	buf    *buffer
	unsent bool // the attempt ended before it was given to the RoundTripper
}

// Release returns the response's buffer. Body must not be used afterwards.
func (r *Result) Release() {
	if r.buf != nil {
		r.buf.release()
		r.buf, r.Body = nil, nil
	}
}
