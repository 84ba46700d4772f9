package radial

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

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/transport"
)

// Option changes how a Client works. Mistakes in options are reported by New.
type Option func(*config) error

// set returns an Option that cannot be a mistake.
func set(f func(*config)) Option {
	return func(c *config) error {
		f(c)
		return nil
	}
}

// Environment is one of Radial's installations. An API key belongs to one
// environment and one API version.
type Environment string

// Radial's environments.
const (
	EnvironmentProduction Environment = "api"
	EnvironmentBeta       Environment = "beta"
	EnvironmentDeveloper  Environment = "developer" // for tests
)

// Region is the part of the world whose hosts are called.
type Region string

// Radial's regions.
const (
	RegionNorthAmerica Region = "na"
	RegionEurope       Region = "eu"
	RegionAsiaPacific  Region = "ap"
)

// Timeouts bound each attempt of a call; the caller's context bounds the whole
// call. A zero field takes its default; a negative one means no limit. Radial
// publishes no figures, so the defaults are this package's own.
type Timeouts struct {
	Connect time.Duration // getting a connection, TLS included; 10 s
	Read    time.Duration // from the request being written to the last byte of the response; 30 s
}

func (t Timeouts) withDefaults() Timeouts {
	return Timeouts{transport.TimeLimit(t.Connect, 10*time.Second), transport.TimeLimit(t.Read, 30*time.Second)}
}

// RetryPolicy says how often the Client attempts a call and how long it waits in
// between. RetryPolicy{} never retries; with MaxAttempts of 2 or more, other
// fields that are zero take the values of DefaultRetryPolicy.
//
// A retry sends the same bytes and so the same request id. Radial allows this
// only after a read timeout and after a Fault, and it is harmless if nothing was
// sent; see MayRepeat in Error. After a Fault with a 4xx status the call is not
// retried, since the Fault would come again, except for 408 and 429.
type RetryPolicy struct {
	MaxAttempts int // attempts in all, including the first
	// BaseDelay and MaxDelay bound the wait. Each wait is a random time between
	// 0 and a bound, which begins at BaseDelay, doubles after each attempt, and
	// never exceeds MaxDelay. A Retry-After replaces the wait; if it is longer
	// than MaxDelay, the call ends.
	BaseDelay, MaxDelay time.Duration
}

// DefaultRetryPolicy returns the policy of a Client without WithRetry: 3 attempts,
// with waits of at most 250 ms and then 500 ms between them, and a Retry-After of
// at most 8 s.
func DefaultRetryPolicy() RetryPolicy {
	return RetryPolicy{MaxAttempts: 3, BaseDelay: 250 * time.Millisecond, MaxDelay: 8 * time.Second}
}

// Limiter delays attempts. A *rate.Limiter from golang.org/x/time/rate
// implements it.
type Limiter = afterpay.Limiter

// config is what the options fill in.
type config struct {
	environment Environment
	region      Region
	base        *url.URL

	httpClient        http.Client
	timeouts          Timeouts
	retry             RetryPolicy
	limiter           Limiter
	logger            *slog.Logger
	observe           func(context.Context, Attempt)
	newRequestID      func() string
	withoutValidation bool
}

// WithEnvironment chooses the environment; the default is EnvironmentProduction.
// It cannot be combined with WithBaseURL.
func WithEnvironment(e Environment) Option {
	return func(c *config) error {
		switch e {
		case EnvironmentProduction, EnvironmentBeta, EnvironmentDeveloper:
			c.environment = e
			return nil
		}
		return fmt.Errorf("unknown environment %.20q", string(e))
	}
}

// WithRegion chooses the region; the default is RegionNorthAmerica. It cannot be
// combined with WithBaseURL.
func WithRegion(r Region) Option {
	return func(c *config) error {
		switch r {
		case RegionNorthAmerica, RegionEurope, RegionAsiaPacific:
			c.region = r
			return nil
		}
		return fmt.Errorf("unknown region %.20q", string(r))
	}
}

// WithBaseURL replaces the host: by the older production host
// https://api-na.gsipartners.com, a proxy or a test server. The scheme must be
// https, or http to a loopback address. Its path comes before /v1.0/stores.
func WithBaseURL(rawURL string) Option {
	return func(c *config) error {
		u, err := transport.BaseURL(rawURL)
		if err != nil {
			return err
		}
		if strings.Contains(u.Path+"/", "/v1.0/") {
			return errors.New("base URL must end before /v1.0")
		}
		u.Path = cmp.Or(u.Path, "/") // from an empty path, JoinPath would make one without a leading slash
		c.base = u
		return nil
	}
}

// WithHTTPClient sends through a copy of the caller's client. Its RoundTripper,
// cookie jar and time limit are kept; redirects are never followed. Without a
// RoundTripper it gets the default one, which requires TLS 1.2; a RoundTripper of
// the caller's has to require it itself.
func WithHTTPClient(hc *http.Client) Option {
	return func(c *config) error {
		if hc == nil {
			return errors.New("HTTP client is nil")
		}
		c.httpClient = *hc
		return nil
	}
}

// WithTimeouts changes the time limits of an attempt.
func WithTimeouts(t Timeouts) Option {
	return set(func(c *config) { c.timeouts = t.withDefaults() })
}

// WithRetry changes how often a call is attempted. WithRetry(RetryPolicy{})
// attempts it once.
func WithRetry(p RetryPolicy) Option {
	return func(c *config) error {
		if p.MaxAttempts < 0 || p.BaseDelay < 0 || p.MaxDelay < 0 {
			return errors.New("retry policy has a negative field")
		}
		d := DefaultRetryPolicy()
		c.retry = RetryPolicy{p.MaxAttempts, cmp.Or(p.BaseDelay, d.BaseDelay), cmp.Or(p.MaxDelay, d.MaxDelay)}
		return nil
	}
}

// WithLimiter waits for the limiter before every attempt. An error of the limiter
// ends the call, and the attempt is not sent.
func WithLimiter(l Limiter) Option {
	return set(func(c *config) { c.limiter = l })
}

// WithLogger logs a line for every attempt: failures at level Warn, successes
// at level Info. Lines hold no API key, document, payment id or personal data.
// A nil logger logs nothing.
func WithLogger(l *slog.Logger) Option {
	return set(func(c *config) { c.logger = l })
}

// WithObserver calls f after every attempt, before any wait for the next, from
// the goroutine of the call. A panic in f is recovered and discarded.
func WithObserver(f func(context.Context, Attempt)) Option {
	return set(func(c *config) { c.observe = f })
}

// WithRequestIDs generates request ids with f in place of random UUIDs, for
// requests that have none. They must be unique and at most 40 characters long.
func WithRequestIDs(f func() string) Option {
	return func(c *config) error {
		if f == nil {
			return errors.New("request id function is nil")
		}
		c.newRequestID = f
		return nil
	}
}

// WithoutValidation sends requests that break the published restrictions, in case
// Radial relaxes one. Values that XML or the amount format cannot carry are still
// refused.
func WithoutValidation() Option {
	return set(func(c *config) { c.withoutValidation = true })
}

// newConfig applies the options to the defaults and returns every mistake.
func newConfig(opts []Option) (*config, error) {
	c := &config{
		timeouts:     Timeouts{}.withDefaults(),
		retry:        DefaultRetryPolicy(),
		newRequestID: afterpay.NewRequestID,
	}
	var mistakes []error
	for _, opt := range opts {
		if opt != nil {
			mistakes = append(mistakes, opt(c))
		}
	}
	if c.base != nil && (c.environment != "" || c.region != "") {
		mistakes = append(mistakes, errors.New("WithBaseURL cannot be combined with WithEnvironment or WithRegion"))
	}
	return c, errors.Join(mistakes...)
}

// baseURL returns the URL before /v1.0.
func (c *config) baseURL() *url.URL {
	if c.base != nil {
		return c.base
	}
	environment := cmp.Or(c.environment, EnvironmentProduction)
	region := cmp.Or(c.region, RegionNorthAmerica)
	host := string(environment) + "-" + string(region) + ".gsipartners.com"
	if environment == EnvironmentProduction && region == RegionNorthAmerica {
		host = "apg.radial.com" // Radial recommends it over api-na.gsipartners.com
	}
	return &url.URL{Scheme: "https", Host: host, Path: "/"}
}
