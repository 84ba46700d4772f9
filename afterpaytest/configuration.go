package afterpaytest

import (
	"net/http"
	"slices"
	"strings"
)

// payByInstallment is the only payment type there is today.
const payByInstallment = "PAY_BY_INSTALLMENT"

// publicID is the account's public id (MPID).
const publicID = "00000000-0000-4000-8000-000000000000"

// foreignLimit is the greatest order in a currency of cross border trade.
type foreignLimit struct {
	country string
	maximum money
}

type wireLimits struct {
	MinimumAmount *wireMoney `json:"minimumAmount,omitempty"`
	MaximumAmount wireMoney  `json:"maximumAmount"`
}

type wireConfigurationV1 struct {
	Type        string `json:"type"`
	Description string `json:"description"`
	wireLimits
}

type wireConfiguration struct {
	wireLimits
	PublicID         string               `json:"publicId,omitempty"`
	ConsumerLending  *wireConsumerLending `json:"consumerLending,omitempty"`
	PayByInstallment *wireLimits          `json:"payByInstallment,omitempty"`
	ActiveCountries  []string             `json:"activeCountries,omitempty"`
	CBT              *wireCrossBorder     `json:"CBT,omitempty"`
	MerchantCountry  string               `json:"merchantCountry,omitempty"`
	Channels         []wireChannel        `json:"channels,omitempty"`
}

type wireConsumerLending struct {
	Enabled bool `json:"enabled"`
	wireLimits
}

type wireCrossBorder struct {
	Enabled   bool                  `json:"enabled"`
	Countries []string              `json:"countries"`
	Limits    map[string]wireLimits `json:"limits"`
}

type wireChannel struct {
	Name                 string `json:"name"`
	Enabled              bool   `json:"enabled"`
	IntegrationCompleted bool   `json:"integrationCompleted"`
	EnabledForOrders     bool   `json:"enabledForOrders"`
}

func (s *Sandbox) ping(*call) answer {
	return answer{status: http.StatusOK, text: "pong"}
}

// configuration answers the limits of the account: an array in v1, an object
// with optional parts in v2.
func (s *Sandbox) configuration(c *call) answer {
	limits := wireLimits{MaximumAmount: onWire(money{s.profile.maximum, s.profile.currency})}
	if s.profile.minimum > 0 {
		minimum := onWire(money{s.profile.minimum, s.profile.currency})
		limits.MinimumAmount = &minimum
	}
	a := answer{status: http.StatusOK, cacheControl: "private, no-transform, max-age=1800"}
	if c.version() == v1 {
		a.body = []wireConfigurationV1{{payByInstallment, "Pay over time", limits}}
		return a
	}
	wire := wireConfiguration{wireLimits: limits}
	for _, part := range c.query["include"] {
		s.include(&wire, strings.ToLower(part))
	}
	a.body = wire
	return a
}

// include adds an optional part; names that aren't known add nothing.
func (s *Sandbox) include(wire *wireConfiguration, part string) {
	switch part {
	case "publicid":
		wire.PublicID = publicID
	case "consumerlending":
		wire.ConsumerLending = &wireConsumerLending{true, wire.wireLimits}
	case "paybyinstallment":
		limits := wire.wireLimits
		wire.PayByInstallment = &limits
	case "activecountries":
		wire.ActiveCountries = []string{s.profile.country}
	case "merchantcountry":
		wire.MerchantCountry = s.profile.country
	case "channels":
		wire.Channels = []wireChannel{{Name: "CASH_APP", Enabled: s.profile.country == "US"}}
	case "cbt":
		wire.CBT = s.crossBorderTrade()
	}
}

func (s *Sandbox) crossBorderTrade() *wireCrossBorder {
	cbt := &wireCrossBorder{Enabled: len(s.crossBorder) > 0, Countries: []string{}, Limits: map[string]wireLimits{}}
	for _, foreign := range s.crossBorder {
		cbt.Countries = append(cbt.Countries, foreign.country)
		cbt.Limits[foreign.maximum.currency] = wireLimits{MaximumAmount: onWire(foreign.maximum)}
	}
	return cbt
}

// accepts judges an order total: its currency, then its size.
func (s *Sandbox) accepts(total money) (answer, bool) {
	minimum, maximum := s.profile.minimum, s.profile.maximum
	if total.currency != s.profile.currency {
		i := slices.IndexFunc(s.crossBorder, func(f foreignLimit) bool { return f.maximum.currency == total.currency })
		if i < 0 {
			return refuse(http.StatusUnprocessableEntity, "unsupported_currency", "An error occurred"), false
		}
		minimum, maximum = 0, s.crossBorder[i].maximum.hundredths
	}
	if total.hundredths < minimum || total.hundredths > maximum {
		return refuse(http.StatusUnprocessableEntity, "unsupported_payment_type", "The order amount is outside the limits of the payment type."), false
	}
	return answer{}, true
}
