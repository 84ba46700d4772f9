package afterpay

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay/internal/cache"
)

// ConfigurationService reads what the merchant account allows.
type ConfigurationService service

// Parts of the configuration that API v2 sends only on request. Afterpay may
// add others.
const (
	IncludePublicID         = "publicId"
	IncludeConsumerLending  = "consumerLending"
	IncludePayByInstallment = "payByInstallment"
	IncludeCBT              = "cbt"
	IncludeActiveCountries  = "activeCountries"
	IncludeMerchantCountry  = "merchantCountry"
	IncludeChannels         = "channels"
)

// Configuration is what the merchant account allows.
type Configuration struct {
	// MinimumAmount is the smallest order, inclusive. Money{} means no minimum.
	MinimumAmount Money `json:"minimumAmount,omitzero"`
	// MaximumAmount is the largest order, inclusive.
	MaximumAmount Money `json:"maximumAmount,omitzero"`

	// PaymentTypes are the payment types of API v1. The limits of
	// PAY_BY_INSTALLMENT are copied to MinimumAmount and MaximumAmount above.
	// The list is empty under v2.
	PaymentTypes []PaymentType `json:"paymentTypes,omitempty"`

	// PublicID and the fields after it are sent by API v2 only, if Get was asked
	// to include them and the account has them.
	PublicID         string          `json:"publicId,omitempty"`
	ConsumerLending  ConsumerLending `json:"consumerLending,omitzero"`
	PayByInstallment Limits          `json:"payByInstallment,omitzero"`
	CBT              CBT             `json:"CBT,omitzero" alias:"cbt"`
	ActiveCountries  []string        `json:"activeCountries,omitempty"`
	MerchantCountry  string          `json:"merchantCountry,omitempty"`
	Channels         []Channel       `json:"channels,omitempty"`
}

// PaymentType is a product of API v1 with its limits.
type PaymentType struct {
	Type        string `json:"type"` // such as PAY_BY_INSTALLMENT
	Description string `json:"description,omitempty"`
	Limits
}

// Limits are the smallest and the largest order, inclusive. Money{} means no limit.
type Limits struct {
	MinimumAmount Money `json:"minimumAmount,omitzero"`
	MaximumAmount Money `json:"maximumAmount,omitzero"`
}

// ConsumerLending is Pay Monthly, which has limits of its own.
type ConsumerLending struct {
	Enabled bool `json:"enabled"`
	Limits
}

// CBT is cross-border trade: orders in currencies other than the account's.
type CBT struct {
	Enabled   bool                   `json:"enabled"`
	Countries []string               `json:"countries,omitempty"`
	Limits    map[Currency]CBTLimits `json:"limits,omitempty"`
}

// CBTLimits are the limits of orders in a foreign currency.
type CBTLimits struct {
	Limits
	ExchangeRate string `json:"exchangeRate,omitempty"` // decimal, as sent
}

// IsZero reports whether the service sent nothing about cross-border trade.
func (c CBT) IsZero() bool { return !c.Enabled && c.Countries == nil && c.Limits == nil }

// Channel is a way to pay, such as CASH_APP.
type Channel struct {
	Name                 string `json:"name"`
	Enabled              bool   `json:"enabled"`
	IntegrationCompleted bool   `json:"integrationCompleted"`
	EnabledForOrders     bool   `json:"enabledForOrders"`
}

// Allows reports whether an order of m can be paid for: m must be positive,
// within the limits, and in the account's currency or, if the configuration was
// requested with IncludeCBT, in a currency of cross-border trade.
func (c *Configuration) Allows(m Money) bool {
	home := Limits{c.MinimumAmount, c.MaximumAmount}
	if m.Currency == c.MinimumAmount.Currency || m.Currency == c.MaximumAmount.Currency {
		return home.allow(m)
	}
	foreign, ok := c.CBT.Limits[m.Currency]
	return ok && c.CBT.Enabled && foreign.allow(m)
}

// allow reports whether m lies within limits of which at least one is known.
func (l Limits) allow(m Money) bool {
	if !m.IsPositive() || l == (Limits{}) {
		return false
	}
	aboveMin, err := m.Cmp(l.MinimumAmount)
	if !l.MinimumAmount.IsZero() && (err != nil || aboveMin < 0) {
		return false
	}
	aboveMax, err := m.Cmp(l.MaximumAmount)
	return l.MaximumAmount.IsZero() || err == nil && aboveMax <= 0
}

// Get returns the configuration. It is cached for each set of includes, for as
// long as the service allows and at most a day; the service has been observed
// to allow 30 minutes. Concurrent calls share one request. While the service is
// failing, the last known configuration is returned for up to another day. The
// caller may modify the result.
//
// Under API v2, include names further parts. Under v1, any include is refused with
// errors.ErrUnsupported.
//
// GET /v2/configuration, GET /v1/configuration.
func (s *ConfigurationService) Get(ctx context.Context, include ...string) (*Configuration, error) {
	if ctx == nil {
		return nil, s.failed(errNilContext)
	}
	c, err := s.cached(include).Get(ctx, s.loader(include))
	return c.clone(), s.failed(err)
}

// Refresh loads the configuration whether it is cached or not, and caches the
// result.
//
// GET /v2/configuration, GET /v1/configuration.
func (s *ConfigurationService) Refresh(ctx context.Context, include ...string) (*Configuration, error) {
	if ctx == nil {
		return nil, s.failed(errNilContext)
	}
	c, err := s.cached(include).Refresh(ctx, s.loader(include))
	return c.clone(), s.failed(err)
}

// failed makes an Error of what is not one: a context that ended while others
// went on loading, or is missing.
func (s *ConfigurationService) failed(err error) error {
	if _, ok := errors.AsType[*Error](err); ok || err == nil {
		return err
	}
	t := &s.client.targets[opConfigurationGet]
	if err == errNilContext {
		return t.refuse(&call{}, nil, err)
	}
	e := t.newError(&call{})
	e.Kind, e.Err = ErrUnavailable, err
	return e
}

// How long a configuration is used after its max-age while the service is
// failing, how long the client then waits before the next request, and the
// longest max-age that is honored.
const (
	configurationFallback = 24 * time.Hour
	configurationPause    = 30 * time.Second
	longestMaxAge         = 24 * time.Hour
)

// cached returns the cached value for a set of includes, whose order and case do
// not matter to the service.
func (s *ConfigurationService) cached(include []string) *cache.Value[*Configuration] {
	names := make([]string, len(include))
	for i, name := range include {
		names[i] = strings.ToLower(name)
	}
	slices.Sort(names)
	key := strings.Join(append(slices.Compact(names), ""), "\x00") // no name and an empty one differ
	v, _ := s.client.configurations.LoadOrStore(key, &cache.Value[*Configuration]{
		Failing: func(err error) bool { return errors.Is(err, ErrUnavailable) || errors.Is(err, ErrRateLimited) },
		Pause:   configurationPause,
	})
	return v.(*cache.Value[*Configuration])
}

// loader returns a function that reads the configuration.
func (s *ConfigurationService) loader(include []string) cache.Load[*Configuration] {
	include = slices.Clone(include) // a load may outlast the call that started it
	return func(ctx context.Context) (*Configuration, cache.Life, error) {
		c, err := do[configurationResponse](ctx, s.client, call{
			op:    opConfigurationGet,
			query: url.Values{"include": include}.Encode(),
			check: func(v *checker) { checkIncludes(v, include) },
		}, nil)
		if err != nil {
			return nil, cache.Life{}, err
		}
		return &c.Configuration, c.life, nil
	}
}

// configurationResponse is a configuration and how long it may be kept.
type configurationResponse struct {
	Configuration
	life cache.Life
}

const errNoConfiguration reason = "response holds no configuration"

func (c *configurationResponse) readResponse(version APIVersion, header http.Header, body []byte) error {
	c.life = configurationLife(header)
	if err := decodeJSON(version, body, &c.Configuration); err != nil {
		return err
	}
	if reflect.ValueOf(c.Configuration).IsZero() {
		return errNoConfiguration
	}
	return nil
}

// configurationLife returns how long a response may be kept, by Cache-Control.
func configurationLife(h http.Header) cache.Life {
	var age time.Duration
	revalidate := false
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-store":
			return cache.Life{}
		case "no-cache":
			revalidate = true
		case "max-age":
			if seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31); err == nil {
				age = min(time.Duration(seconds)*time.Second, longestMaxAge)
			}
		}
	}
	if revalidate {
		age = 0
	}
	return cache.Life{Fresh: age, Fallback: configurationFallback}
}

// clone returns a copy, so that callers cannot change what is cached.
func (c *Configuration) clone() *Configuration {
	if c == nil {
		return nil
	}
	d := *c
	d.PaymentTypes = slices.Clone(c.PaymentTypes)
	d.CBT.Countries = slices.Clone(c.CBT.Countries)
	d.CBT.Limits = maps.Clone(c.CBT.Limits)
	d.ActiveCountries = slices.Clone(c.ActiveCountries)
	d.Channels = slices.Clone(c.Channels)
	return &d
}

func checkIncludes(v *checker, include []string) {
	v.v2only("include", len(include) > 0)
	for i, name := range include {
		if name == "" {
			v.enterAt("include", i)
			v.fault("", "must not be empty")
			v.leave()
		}
	}
}
