package afterpaytest

import (
	"encoding/binary"
	"fmt"
	"net/url"
	"time"
)

// The merchant account that a sandbox accepts unless WithCredentials sets
// another.
const (
	MerchantID = "100101481"
	SecretKey  = "not-a-secret"
)

// Option configures a Sandbox. An option with an invalid value panics, so that
// the mistake shows where it was made.
type Option func(*Sandbox)

// WithRegion sets the region of the merchant account, and with it the currency
// and the order limits. The default is US. WithLimits, which refines it, must
// come after it.
func WithRegion(r Region) Option {
	p, ok := profileOf(r)
	if !ok {
		panic(fmt.Sprintf("afterpaytest: WithRegion: no region %q", r))
	}
	return func(s *Sandbox) { s.profile = p }
}

// WithCredentials sets the merchant id and secret key that the sandbox accepts.
// Requests with others get a 401.
func WithCredentials(merchantID, secretKey string) Option {
	return func(s *Sandbox) { s.merchantID, s.secretKey = merchantID, secretKey }
}

// WithLimits sets the smallest and the largest order total, inclusive, in the
// currency of the region: WithLimits("1.00", "2000.00"). An empty minimum
// means no minimum.
func WithLimits(minimum, maximum string) Option {
	least, most := mustAmount("WithLimits", minimum, true), mustAmount("WithLimits", maximum, false)
	return func(s *Sandbox) { s.profile.minimum, s.profile.maximum = least, most }
}

// WithCrossBorder also allows orders in a foreign currency, up to the given
// total. Such an order keeps its currency until its end.
func WithCrossBorder(currency, country, maximum string) Option {
	if !knownCurrency(currency) {
		panic(fmt.Sprintf("afterpaytest: WithCrossBorder: no currency %q", currency))
	}
	most := mustAmount("WithCrossBorder", maximum, false)
	return func(s *Sandbox) {
		s.crossBorder = append(s.crossBorder, foreignLimit{country: country, maximum: money{most, currency}})
	}
}

// WithAuthLife sets how long an authorization lives before its open amount is
// voided. The default is the documented 13 days in every region. Recordings
// show 7 days (US, 2021 and 2023) and 36 hours (GB, 2020), so a client must
// read the expiry from the authorization's event.
func WithAuthLife(d time.Duration) Option {
	return func(s *Sandbox) { s.authLife = d }
}

// WithReadLag makes reads of payments (by id, by token, list) show what was true
// d ago, as the service's search index does. The default is no lag.
func WithReadLag(d time.Duration) Option {
	return func(s *Sandbox) { s.readLag = d }
}

// WithReversalDelay sets how long after its acceptance a reversal takes
// effect. The default is 3 seconds.
func WithReversalDelay(d time.Duration) Option {
	return func(s *Sandbox) { s.reversalDelay = d }
}

// WithClock sets the clock, to which Advance adds. The default is time.Now,
// which in a testing/synctest bubble is the bubble's time.
func WithClock(now func() time.Time) Option {
	return func(s *Sandbox) { s.clock = now }
}

// WithSeed makes the sandbox hand out the same ids and tokens on every run,
// for examples and golden files.
func WithSeed(seed uint64) Option {
	return func(s *Sandbox) {
		var key [32]byte
		binary.LittleEndian.PutUint64(key[:], seed)
		s.ids = newIdentifiers(key)
	}
}

// WithPortalURL sets the origin of redirectCheckoutUrl, for a sandbox that
// browsers reach at another address than clients do. The default is the origin
// of the request, or that of Afterpay's own sandbox portal if the request was
// for a host of Afterpay's.
func WithPortalURL(origin string) Option {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme == "" || u.Host == "" {
		panic(fmt.Sprintf("afterpaytest: WithPortalURL: %q is not an absolute URL", origin))
	}
	return func(s *Sandbox) { s.portal = u.Scheme + "://" + u.Host }
}

// WithRequestHistory limits what Requests returns to about the last n
// requests, for a sandbox that runs for long. The default keeps all requests.
func WithRequestHistory(n int) Option {
	if n < 1 {
		panic("afterpaytest: WithRequestHistory: keeps at least one request")
	}
	return func(s *Sandbox) { s.history = n }
}

// WithUnderscoreCorrelationID names the correlation header of responses
// http_correlation_id, as recordings of 2019 and 2020 have it. The default is
// Http-Correlation-Id.
func WithUnderscoreCorrelationID() Option {
	return func(s *Sandbox) { s.underscoreHeader = true }
}

// UnknownFields is what happens to a field of a request body that the service
// does not know.
type UnknownFields int

const (
	// ReportUnknown fails the test that the sandbox belongs to, and ignores
	// the field. It is the default.
	ReportUnknown UnknownFields = iota
	// IgnoreUnknown ignores the field, as the service does.
	IgnoreUnknown
	// RefuseUnknown responds 422 invalid_object with the name of the field.
	RefuseUnknown
)

// WithUnknownFields sets what happens to unknown fields of request bodies. The
// service ignores them, so a misspelled field is lost without an error.
func WithUnknownFields(u UnknownFields) Option {
	return func(s *Sandbox) { s.unknownFields = u }
}

func mustAmount(option, text string, emptyIsZero bool) int64 {
	if text == "" && emptyIsZero {
		return 0
	}
	value, fault := parseDecimal(text)
	if fault != amountFine || value <= 0 {
		panic(fmt.Sprintf("afterpaytest: %s: %q is not an amount", option, text))
	}
	return value
}

// DisputeForm is one of the forms in which Afterpay documents disputes. Which
// one the service sends is unknown.
type DisputeForm int

// The forms of a dispute.
const (
	// DisputesAsInExamples writes times as numbers, adds a currency to
	// amounts, and omits what does not apply. It is the default.
	DisputesAsInExamples DisputeForm = iota
	// DisputesAsInTables is the same, but the response about one dispute wraps
	// it in a field "dispute".
	DisputesAsInTables
	// DisputesAsInOpenAPI writes times and the list of attachments as strings,
	// has no currency, and includes every field.
	DisputesAsInOpenAPI
)

// WithDisputeForm sets the form of disputes in responses.
func WithDisputeForm(f DisputeForm) Option {
	return func(s *Sandbox) { s.disputeForm = f }
}
