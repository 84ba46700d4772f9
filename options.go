package afterpay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay/internal/transport"
)

// Option changes how a Client works. Mistakes in options are reported by New.
type Option func(*config) error

// config collects what options say.
type config struct {
	baseURL           *url.URL
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
	oauth             bool
	scopes            []string
}

const (
	productionURL = "https://global-api.afterpay.com"
	sandboxURL    = "https://global-api-sandbox.afterpay.com"
)

func defaultConfig() *config {
	return &config{
		baseURL:      mustBaseURL(productionURL),
		version:      V2,
		timeouts:     Timeouts{}.withDefaults(),
		retry:        DefaultRetryPolicy(),
		newRequestID: NewRequestID,
	}
}

// WithSandbox calls Afterpay's own sandbox in place of production. It has
// credentials of its own. For tests without a network see package afterpaytest.
func WithSandbox() Option {
	return func(c *config) error {
		c.baseURL = mustBaseURL(sandboxURL)
		return nil
	}
}

// WithBaseURL calls another host: a proxy, a test server, or one of the regional
// hosts that older accounts may keep. It must be https, or http on the loopback
// interface. A path is put before that of every call. The regional hosts are
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

// APIVersion is a version of the Afterpay Online API.
type APIVersion int

// The versions. V2 is the default. V1 is for accounts from before 2020: it captures
// whole orders at once, and has no authorization, partial capture, void or
// disputes.
const (
	V2 APIVersion = 2
	V1 APIVersion = 1
)

// WithAPIVersion chooses the version of the API, V2 or V1. The same code runs on
// both, as far as v1 can do what it asks for; what it can't is refused with
// errors.ErrUnsupported before anything is sent.
func WithAPIVersion(v APIVersion) Option {
	return func(c *config) error {
		if v != V2 && v != V1 {
			return fmt.Errorf("afterpay: there is no API version %d", int(v))
		}
		c.version = v
		return nil
	}
}

// WithHTTPClient sends through the caller's client, of which a copy is taken.
// Its RoundTripper, cookie jar and time limit are kept; redirects are not
// followed whatever it says. Without a RoundTripper it gets the default one,
// with idle connections enough for 32 parallel calls and TLS 1.2 or newer.
func WithHTTPClient(hc *http.Client) Option {
	return func(c *config) error {
		if hc == nil {
			return errors.New("afterpay: HTTP client is nil")
		}
		c.httpClient = *hc
		return nil
	}
}

// UserAgent describes the caller to Afterpay, which looks at it before an
// account goes live. All of it is optional.
type UserAgent struct {
	Module      string // the plugin or program and its version, such as MyModule/1.2
	Platform    string // the shop system and its version, such as MyShop/4.5
	MerchantURL string // the shop, such as https://shop.example
}

// WithUserAgent sends, for UserAgent{"MyModule/1.2", "MyShop/4.5",
// "https://shop.example"},
//
//	MyModule/1.2 (MyShop/4.5; Go/1.26; Merchant/32) https://shop.example
//
// with the merchant id of the client. The default names this package.
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

func (ua UserAgent) header(merchantID string) string {
	module := ua.Module
	if module == "" {
		module = "afterpay-go/" + Version
	}
	inside := "Go/" + goVersion() + "; Merchant/" + printable(merchantID)
	if ua.Platform != "" {
		inside = ua.Platform + "; " + inside
	}
	return strings.TrimSuffix(module+" ("+inside+") "+ua.MerchantURL, " ")
}

// Version is the version of this package, as its User-Agent says.
const Version = "0.1.0"

// goVersion is the language version, such as 1.26.
func goVersion() string {
	version, _, _ := strings.Cut(strings.TrimPrefix(runtime.Version(), "go"), " ") // experiments follow a space
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return "devel"
	}
	return parts[0] + "." + parts[1]
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || strings.ContainsRune("();", r) {
			return -1
		}
		return r
	}, s)
}

// Timeouts bound each attempt of a call; the caller's context bounds the whole
// call with its retries and waits. A field that is 0 takes its default,
// a negative one is no limit.
//
// Lookup bounds no attempt: it is how long Recover and Find look for what a lost
// call did before they say that it did nothing. It must cover what the service
// takes to carry out a call and to show it in reads; only a test has a reason to
// shorten it. Negative is the default.
type Timeouts struct {
	Connect  time.Duration // getting a connection, TLS included; 10 s
	Read     time.Duration // from the request being written to the last byte of the answer; 20 s
	BankRead time.Duration // the same where a bank is asked: capture, authorize, void, refund (v1: Read), reverse; 70 s
	Lookup   time.Duration // see above; 70 s
}

func (t Timeouts) withDefaults() Timeouts {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&t.Connect, 10 * time.Second}, {&t.Read, 20 * time.Second}, {&t.BankRead, 70 * time.Second}, {&t.Lookup, serviceTakes}} {
		switch {
		case *d.field == 0:
			*d.field = d.value
		case *d.field < 0:
			*d.field = 0
		}
	}
	if t.Lookup == 0 {
		t.Lookup = serviceTakes
	}
	return t
}

// serviceTakes is how long Afterpay says that a call which asks a bank may take.
const serviceTakes = 70 * time.Second

// WithTimeouts changes the time limits of an attempt. The defaults are those
// that Afterpay recommends.
func WithTimeouts(t Timeouts) Option {
	return func(c *config) error {
		c.timeouts = t.withDefaults()
		return nil
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

// Limiter delays attempts. A *rate.Limiter of golang.org/x/time/rate is one.
type Limiter interface {
	Wait(ctx context.Context) error
}

// WithLimiter asks the limiter before every attempt. An error of the limiter
// ends the call; that attempt was not sent.
func WithLimiter(l Limiter) Option {
	return func(c *config) error {
		c.limiter = l
		return nil
	}
}

// WithLogger logs a line for every attempt: failures as warnings, the rest as
// information. Lines hold no credentials, tokens, bodies or consumer data. A nil
// logger logs nothing.
func WithLogger(l *slog.Logger) Option {
	return func(c *config) error {
		c.logger = l
		return nil
	}
}

// WithObserver calls f after every attempt, before any wait for the next. It
// learns of the last attempt when its answer has been read, so that a decline is
// no success. A panic in f is caught and lost.
func WithObserver(f func(context.Context, Attempt)) Option {
	return func(c *config) error {
		c.observe = f
		return nil
	}
}

// WithRequestIDs makes request ids with f in place of NewRequestID. They must
// be unique, and at most 64 characters long.
func WithRequestIDs(f func() string) Option {
	return func(c *config) error {
		if f == nil {
			return errors.New("afterpay: request id function is nil")
		}
		c.newRequestID = f
		return nil
	}
}

// WithoutValidation sends requests unchecked and leaves their validation to the
// service. Ids that would lead to another path and what API v1 does not have
// are refused all the same.
func WithoutValidation() Option {
	return func(c *config) error {
		c.withoutValidation = true
		return nil
	}
}

func mustBaseURL(raw string) *url.URL {
	u, err := transport.BaseURL(raw)
	if err != nil {
		panic(err)
	}
	return u
}
