package afterpay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay/internal/transport"
)

// Option changes how a Client works. New reports mistakes in options.
type Option func(*config) error

// config collects what options say.
type config struct {
	baseURL           *url.URL // nil if WithBaseURL was not used
	sandbox           bool
	version           APIVersion
	httpClient        http.Client
	userAgent         UserAgent
	timeouts          Timeouts
	retry             RetryPolicy
	limiter           Limiter
	logger            *slog.Logger
	observe           func(context.Context, Attempt)
	newRequestID      func() string
	withoutValidation bool
	// credentials makes what authorizes requests; nil is Basic authentication. It
	// is a function so that programs without OAuth do not contain it.
	credentials func(c *core, merchantID, secretKey string) credentials
}

func defaultConfig() *config {
	return &config{
		version:      V2,
		timeouts:     Timeouts{}.withDefaults(),
		retry:        DefaultRetryPolicy(),
		newRequestID: NewRequestID,
	}
}

const (
	productionURL = "https://global-api.afterpay.com"
	sandboxURL    = "https://global-api-sandbox.afterpay.com"
)

// WithSandbox calls Afterpay's own sandbox, which has credentials of its own.
// It cannot be combined with WithBaseURL. For tests without a network see
// package afterpaytest.
func WithSandbox() Option {
	return func(c *config) error {
		c.sandbox = true
		return nil
	}
}

// WithBaseURL calls another host: a proxy, a test server, or one of the
// regional hosts that older accounts may keep. The URL must be https, or http
// to a loopback address. Its path is put before the path of every call, without a
// final /v1 or /v2, which must be the client's API version. WithBaseURL cannot be
// combined with WithSandbox. The regional hosts are
//
//	https://api.afterpay.com       https://api-sandbox.afterpay.com       Australia, New Zealand
//	https://api.us.afterpay.com    https://api.us-sandbox.afterpay.com    United States, Canada
//	https://api.eu.afterpay.com    https://api.eu-sandbox.afterpay.com    United Kingdom
//
// The default, https://global-api.afterpay.com, serves every region.
func WithBaseURL(rawURL string) Option {
	return func(c *config) (err error) {
		if c.baseURL, err = transport.BaseURL(rawURL); err != nil {
			return fmt.Errorf("afterpay: %w", err)
		}
		return nil
	}
}

// base returns the URL that paths are joined to, without an API version.
func (c *config) base() (*url.URL, error) {
	switch {
	case c.baseURL == nil && c.sandbox:
		return mustBaseURL(sandboxURL), nil
	case c.baseURL == nil:
		return mustBaseURL(productionURL), nil
	case c.sandbox:
		return nil, errors.New("afterpay: WithSandbox and WithBaseURL cannot be combined")
	}
	u := *c.baseURL
	u.Path = strings.TrimRight(u.Path, "/")
	for version, suffix := range map[APIVersion]string{V1: "/v1", V2: "/v2"} {
		before, ok := strings.CutSuffix(u.Path, suffix)
		if ok && version != c.version {
			return nil, fmt.Errorf("afterpay: base URL ends in %s, but the client calls API v%d: use WithAPIVersion(afterpay.V%d), or leave %s out of the URL",
				suffix, c.version, version, suffix)
		}
		if ok {
			u.Path = before
			break
		}
	}
	return &u, nil
}

func mustBaseURL(raw string) *url.URL {
	u, err := transport.BaseURL(raw)
	if err != nil {
		panic(err)
	}
	return u
}

// APIVersion is a version of the Afterpay Online API.
type APIVersion int

// The versions. V2 is the default. V1 is the older version, which some accounts
// still use: it captures the whole order immediately, and has no authorization,
// partial capture, void or disputes.
const (
	V2 APIVersion = 2
	V1 APIVersion = 1
)

// WithAPIVersion chooses the version of the API, V2 or V1. The same code runs on
// both. What v1 cannot do is refused with errors.ErrUnsupported before anything
// is sent.
func WithAPIVersion(v APIVersion) Option {
	return func(c *config) error {
		if v != V1 && v != V2 {
			return fmt.Errorf("afterpay: unknown API version %d", int(v))
		}
		c.version = v
		return nil
	}
}

// WithHTTPClient sends requests through a copy of hc. Its RoundTripper, cookie
// jar and time limit are kept. Redirects are never followed. If it has no
// RoundTripper, it gets a copy of http.DefaultTransport that keeps up to 32
// idle connections and requires TLS 1.2 or newer.
func WithHTTPClient(hc *http.Client) Option {
	return func(c *config) error {
		if hc == nil {
			return errors.New("afterpay: HTTP client is nil")
		}
		c.httpClient = *hc
		return nil
	}
}

// UserAgent describes the caller to Afterpay, which looks at it before an account
// goes live. All fields are optional.
type UserAgent struct {
	Module      string // the plugin or program and its version, such as MyModule/1.2
	Platform    string // the shop system and its version, such as MyShop/4.5
	MerchantURL string // the shop, such as https://shop.example
}

// WithUserAgent sets the User-Agent header. For merchant id 32,
// UserAgent{"MyModule/1.2", "MyShop/4.5", "https://shop.example"} is sent as
//
//	MyModule/1.2 (MyShop/4.5; Go/1.26; Merchant/32) https://shop.example
//
// By default the header names this package.
func WithUserAgent(ua UserAgent) Option {
	return func(c *config) error {
		for _, part := range []string{ua.Module, ua.Platform, ua.MerchantURL} {
			if strings.ContainsFunc(part, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune("();", r) }) {
				return errors.New("afterpay: user agent must be printable ASCII without parentheses and semicolons")
			}
		}
		c.userAgent = ua
		return nil
	}
}

// Version is the version of this package, as sent in its User-Agent.
const Version = "0.1.0"

// header returns the User-Agent. It keeps only those characters of the merchant
// id that are valid there.
func (ua UserAgent) header(merchantID string) string {
	merchantID = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || strings.ContainsRune("();", r) {
			return -1
		}
		return r
	}, merchantID)
	inside := "Go/" + transport.GoVersion() + "; Merchant/" + merchantID
	if ua.Platform != "" {
		inside = ua.Platform + "; " + inside
	}
	return strings.TrimSuffix(cmp.Or(ua.Module, "afterpay-go/"+Version)+" ("+inside+") "+ua.MerchantURL, " ")
}

// Timeouts are the time limits of each attempt, and of the search for the
// outcome of a lost call. The caller's context limits the whole call with its
// retries and waits. A zero field takes its default. A negative Connect, Read
// or BankRead means no limit.
type Timeouts struct {
	// Connect limits getting a connection, TLS included. The default is 10 s.
	Connect time.Duration
	// Read limits the time from the request being written to the last byte of
	// the response. The default is 20 s.
	Read time.Duration
	// BankRead is Read for calls that ask a bank: capture, authorize, void,
	// reverse and, under API v2, refund. The default is 70 s.
	BankRead time.Duration
	// Lookup is how long Complete, Recover, FindCapture and Refunds.Recover look for
	// what a lost call did before they say that it did nothing. It must cover the
	// time the service takes to carry out a call and to show it in reads; only tests
	// have a reason to shorten it. Zero or a negative value means the default, 70 s.
	Lookup time.Duration
}

// serviceTakes is how long a call that asks a bank may take, by Afterpay's
// documentation.
const serviceTakes = 70 * time.Second

func (t Timeouts) withDefaults() Timeouts {
	return Timeouts{
		Connect:  transport.TimeLimit(t.Connect, 10*time.Second),
		Read:     transport.TimeLimit(t.Read, 20*time.Second),
		BankRead: transport.TimeLimit(t.BankRead, serviceTakes),
		Lookup:   cmp.Or(transport.TimeLimit(t.Lookup, 0), serviceTakes),
	}
}

// WithTimeouts changes the time limits. The defaults are those that Afterpay
// recommends.
func WithTimeouts(t Timeouts) Option {
	return func(c *config) error {
		c.timeouts = t.withDefaults()
		return nil
	}
}

// RetryPolicy says how often a call is attempted and how long the client waits in
// between. RetryPolicy{} never retries. With MaxAttempts of 2 or more, other zero
// fields take the values of DefaultRetryPolicy.
//
// Every operation of this package can be repeated without harm: reads and
// updates; the creation of orders, because an unused order expires; and calls
// that move money, because the service recognizes a repeated call by the token,
// the request id or the state of the dispute. A file that cannot be read a
// second time is sent once.
//
// A call is repeated if it could not connect, ran out of time or lost its
// connection, but not if the certificate of the host was refused. It is also
// repeated after the statuses 408, 429, 5xx other than 501 and, for calls that move
// money, 409. With WithOAuth it is also repeated, without a wait, after the first
// 401. A wait that would not end before the context's deadline is not begun: the
// call returns immediately with the last error. The same holds for a wait that
// would end more than 23 hours after the first attempt of a call with a request id,
// because the service forgets request ids after 24 hours.
type RetryPolicy struct {
	// MaxAttempts is the largest number of attempts, the first included.
	MaxAttempts int
	// BaseDelay and MaxDelay bound the wait. Each wait is a random time between
	// 0 and a bound, which begins at BaseDelay, doubles after each attempt, and
	// never exceeds MaxDelay.
	BaseDelay, MaxDelay time.Duration
	// MaxRetryAfter bounds a wait that the service asks for with Retry-After.
	// If it asks for a longer one, the call fails at once and Error.RetryAfter
	// holds the time.
	MaxRetryAfter time.Duration
	// Budget limits the retries of all calls of the client, so that an outage does
	// not multiply the load. A retry takes 1 from it, or 2 after an attempt that
	// ran out of time; a success returns 1. A negative Budget means no limit.
	Budget int
}

// DefaultRetryPolicy returns the policy that a Client uses by default: 3
// attempts, with waits of at most 250 ms and then 500 ms between them, a
// Retry-After of at most 30 s, and a budget of 50.
func DefaultRetryPolicy() RetryPolicy {
	return RetryPolicy{
		MaxAttempts:   3,
		BaseDelay:     250 * time.Millisecond,
		MaxDelay:      8 * time.Second,
		MaxRetryAfter: 30 * time.Second,
		Budget:        50,
	}
}

// policy returns p in the transport's terms, with defaults filled in.
func (p RetryPolicy) policy() transport.Policy {
	d := DefaultRetryPolicy()
	return transport.Policy{
		MaxAttempts:   p.MaxAttempts,
		BaseDelay:     cmp.Or(p.BaseDelay, d.BaseDelay),
		MaxDelay:      cmp.Or(p.MaxDelay, d.MaxDelay),
		MaxRetryAfter: cmp.Or(p.MaxRetryAfter, d.MaxRetryAfter),
		Budget:        max(cmp.Or(p.Budget, d.Budget), 0),
	}
}

// WithRetry changes how often a call is attempted. WithRetry(RetryPolicy{})
// attempts it once.
func WithRetry(p RetryPolicy) Option {
	return func(c *config) error {
		if p.MaxAttempts < 0 || p.BaseDelay < 0 || p.MaxDelay < 0 || p.MaxRetryAfter < 0 {
			return errors.New("afterpay: retry policy has a negative field")
		}
		c.retry = p
		return nil
	}
}

// Limiter delays attempts: Wait returns nil when the next one may be sent. A
// *rate.Limiter from golang.org/x/time/rate implements it.
type Limiter interface {
	Wait(ctx context.Context) error
}

// WithLimiter calls the limiter before every attempt. An error of the limiter
// ends the call, and the attempt is not sent.
func WithLimiter(l Limiter) Option {
	return func(c *config) error {
		c.limiter = l
		return nil
	}
}

// WithLogger logs a line for every attempt, failures at level Warn and
// successes at level Info. Lines hold no credentials, tokens, bodies or
// consumer data. A nil logger logs nothing.
func WithLogger(l *slog.Logger) Option {
	return func(c *config) error {
		c.logger = l
		return nil
	}
}

// WithObserver calls f after every attempt, before any wait for the next. The
// last attempt is reported once its response has been judged, so that a decline
// is reported as a failure. A panic in f is recovered and discarded.
func WithObserver(f func(context.Context, Attempt)) Option {
	return func(c *config) error {
		c.observe = f
		return nil
	}
}

// WithRequestIDs generates request ids with f in place of NewRequestID. They
// must be unique and have at most 64 characters.
func WithRequestIDs(f func() string) Option {
	return func(c *config) error {
		if f == nil {
			return errors.New("afterpay: request id function is nil")
		}
		c.newRequestID = f
		return nil
	}
}

// WithoutValidation leaves the validation of requests to the service. The client
// still refuses ids and tokens that would change the path, a VoidRequest with neither
// or both of Amount and All, invalid JSON in Custom, and what API v1 does not have.
func WithoutValidation() Option {
	return func(c *config) error {
		c.withoutValidation = true
		return nil
	}
}

// transport returns what sends the requests of a client with these options.
func (c *config) transport() *transport.Transport {
	return transport.New(transport.Config{
		Client: c.httpClient, Connect: c.timeouts.Connect, Policy: c.retry.policy(), Limiter: c.limiter,
	})
}
