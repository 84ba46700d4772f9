package afterpaytest

import (
	"encoding/binary"
	"fmt"
	"net/url"
	"time"
)

// The merchant account every sandbox accepts unless WithCredentials says
// otherwise.
const (
	MerchantID = "100101481"
	SecretKey  = "not-a-secret"
)

// Option sets up a Sandbox. An Option that is given a value it can't use
// panics: it is a mistake in a test, best seen where it is made.
type Option func(*Sandbox)

// WithRegion sets the region of the merchant account and, with it, the
// currency, the limits and the life of an authorization. The default is US.
// Give it before WithLimits and WithAuthLife, which refine it.
func WithRegion(r Region) Option {
	p, ok := profileOf(r)
	if !ok {
		panic(fmt.Sprintf("afterpaytest: WithRegion: no region %q", r))
	}
	return func(s *Sandbox) { s.profile = p }
}

// WithCredentials sets the merchant id and secret key the sandbox accepts;
// all others are answered 401.
func WithCredentials(merchantID, secretKey string) Option {
	return func(s *Sandbox) { s.merchantID, s.secretKey = merchantID, secretKey }
}

// WithLimits sets the least and the greatest order total, inclusive, in the
// currency of the region: WithLimits("1.00", "2000.00"). An empty minimum
// means that the account has none.
func WithLimits(minimum, maximum string) Option {
	least, most := mustAmount("WithLimits", minimum, true), mustAmount("WithLimits", maximum, false)
	return func(s *Sandbox) { s.profile.minimum, s.profile.maximum = least, most }
}

// WithCrossBorder lets orders be created in a foreign currency too, up to the
// given total. Such an order keeps its currency all its life.
func WithCrossBorder(currency, country, maximum string) Option {
	if !knownCurrency(currency) {
		panic(fmt.Sprintf("afterpaytest: WithCrossBorder: no currency %q", currency))
	}
	most := mustAmount("WithCrossBorder", maximum, false)
	return func(s *Sandbox) {
		s.crossBorder = append(s.crossBorder, foreignLimit{country: country, maximum: money{most, currency}})
	}
}

// WithAuthLife sets how long an authorization lives before what is open of it
// is voided: 13 days by default (GB 36 hours). Recordings also show 7 days, so
// a client must read the expiry from the authorization's event.
func WithAuthLife(d time.Duration) Option {
	return func(s *Sandbox) { s.profile.authLife = d }
}

// WithReadLag makes reads of payments (by id, by token, list) lag behind
// writes by d, as the service's search index does. The default is no lag.
func WithReadLag(d time.Duration) Option {
	return func(s *Sandbox) { s.readLag = d }
}

// WithReversalDelay sets how long after it was accepted a reversal takes
// effect. The default is 3 seconds: a reversal is asynchronous.
func WithReversalDelay(d time.Duration) Option {
	return func(s *Sandbox) { s.reversalDelay = d }
}

// WithClock sets where the time comes from. The default is time.Now, which
// inside a testing/synctest bubble is the bubble's. Advance adds to it.
func WithClock(now func() time.Time) Option {
	return func(s *Sandbox) { s.clock = now }
}

// WithSeed makes the ids and tokens the sandbox hands out the same on every
// run, for examples and golden files.
func WithSeed(seed uint64) Option {
	return func(s *Sandbox) {
		var key [32]byte
		binary.LittleEndian.PutUint64(key[:], seed)
		s.ids = newIdentifiers(key)
	}
}

// WithPortalURL sets the origin of redirectCheckoutUrl, for a sandbox that
// browsers reach through another address than clients do. By default it is
// the origin of the request, and Afterpay's own sandbox portal for requests
// to a host of Afterpay's.
func WithPortalURL(origin string) Option {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme == "" || u.Host == "" {
		panic(fmt.Sprintf("afterpaytest: WithPortalURL: %q isn't an absolute URL", origin))
	}
	return func(s *Sandbox) { s.portal = u.Scheme + "://" + u.Host }
}

// WithRequestHistory keeps no more than about the last n requests for
// Requests, for a sandbox that runs for long. The default keeps all.
func WithRequestHistory(n int) Option {
	if n < 1 {
		panic("afterpaytest: WithRequestHistory: keeps at least one request")
	}
	return func(s *Sandbox) { s.history = n }
}

// WithUnderscoreCorrelationID names the correlation header of answers
// "http_correlation_id", as Afterpay did until mid 2021, instead of
// "Http-Correlation-Id".
func WithUnderscoreCorrelationID() Option {
	return func(s *Sandbox) { s.underscoreHeader = true }
}

// UnknownMembers says what happens to a member of a request body that the
// service doesn't know.
type UnknownMembers int

const (
	// ReportUnknown fails the test a sandbox belongs to and carries on. A
	// sandbox without a test ignores the member. It is the default.
	ReportUnknown UnknownMembers = iota
	// IgnoreUnknown does what the service does: nothing at all.
	IgnoreUnknown
	// RefuseUnknown answers 422 invalid_object and names the member.
	RefuseUnknown
)

// WithUnknownMembers sets what happens to unknown members of request bodies.
// The service ignores them without a word, which is how clients with a
// misspelt member lost their references.
func WithUnknownMembers(u UnknownMembers) Option {
	return func(s *Sandbox) { s.unknownMembers = u }
}

func mustAmount(option, text string, emptyIsZero bool) int64 {
	if text == "" && emptyIsZero {
		return 0
	}
	value, fault := parseDecimal(text)
	if fault != amountFine || value <= 0 {
		panic(fmt.Sprintf("afterpaytest: %s: %q isn't an amount", option, text))
	}
	return value
}
