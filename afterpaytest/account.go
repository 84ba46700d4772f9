package afterpaytest

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Region is the country of a merchant account. It decides the currency, the
// order limits, and the form of ids and tokens.
type Region string

// The regions that Afterpay serves, with their order limits in the sandbox.
const (
	AU Region = "AU" // AUD, up to 1000.00, no minimum
	NZ Region = "NZ" // NZD, 1.00 to 1000.00
	US Region = "US" // USD, 1.00 to 1000.00
	CA Region = "CA" // CAD, 1.00 to 1000.00
	GB Region = "GB" // GBP, 10.00 to 1000.00; sold as Clearpay
)

// profile holds what differs between regions.
type profile struct {
	country     string // in API bodies
	urlCountry  string // in the URL of the hosted checkout
	currency    string
	portal      string // origin of the hosted checkout in Afterpay's own sandbox
	tokenPrefix string
	idPrefix    string // first digits of v2 payment ids
	datacenter  string // suffix of the Cf-Ray header
	minimum     int64  // in hundredths; 0 means no minimum
	maximum     int64
}

const (
	afterpayPortal = "https://portal.sandbox.afterpay.com"
	clearpayPortal = "https://portal.sandbox.clearpay.co.uk"
)

// profileOf returns the profile of a region, as documented and recorded.
func profileOf(r Region) (profile, bool) {
	switch r {
	case AU:
		return profile{"AU", "au", "AUD", afterpayPortal, "001.", "3001", "SYD", 0, 1000_00}, true
	case NZ:
		return profile{"NZ", "nz", "NZD", afterpayPortal, "001.", "3002", "AKL", 1_00, 1000_00}, true
	case US:
		return profile{"US", "us", "USD", afterpayPortal, "002.", "1001", "IAD", 1_00, 1000_00}, true
	case CA:
		return profile{"CA", "ca", "CAD", afterpayPortal, "002.", "1002", "YYZ", 1_00, 1000_00}, true
	case GB:
		return profile{"GB", "uk", "GBP", clearpayPortal, "003.", "4001", "LHR", 10_00, 1000_00}, true
	default:
		return profile{}, false
	}
}

// knownCurrency reports whether Afterpay trades, or has traded, in a currency.
func knownCurrency(code string) bool {
	switch code {
	case "AUD", "NZD", "USD", "CAD", "GBP", "EUR":
		return true
	default:
		return false
	}
}

// payByInstallment is the only payment type in use today.
const payByInstallment = "PAY_BY_INSTALLMENT"

// publicID is the account's public id (MPID).
const publicID = "00000000-0000-4000-8000-000000000000"

// foreignLimit is the largest order total in a currency of cross-border trade.
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

func (s *Sandbox) ping(*call) response {
	return response{status: http.StatusOK, text: "pong"}
}

// configuration returns the limits of the account: an array in v1, and in v2
// an object with optional parts.
func (s *Sandbox) configuration(c *call) response {
	limits := wireLimits{MaximumAmount: onWire(money{s.profile.maximum, s.profile.currency})}
	if s.profile.minimum > 0 {
		minimum := onWire(money{s.profile.minimum, s.profile.currency})
		limits.MinimumAmount = &minimum
	}
	a := response{status: http.StatusOK, cacheControl: "private, no-transform, max-age=1800"}
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

// include adds an optional part. Unknown names add nothing.
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

// accepts checks the currency of an order total, and then its size.
func (s *Sandbox) accepts(total money) (response, bool) {
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
	return response{}, true
}

// OpAccessToken issues access tokens, the alternative to Basic authentication:
// POST /v2/oauth2/token, for both versions of the API. Afterpay serves it on a
// host of its own; the sandbox serves it on every host.
const OpAccessToken Op = "oauth.token"

// tokenLife is the life in the only documented example: one second less than a
// day.
const tokenLife = 86399 * time.Second

type wireAccessToken struct {
	AccessToken string `json:"access_token"`
	Scope       string `json:"scope"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
}

// accessToken issues a token for the account's credentials. The response to an
// unreadable form is undocumented; the sandbox responds 400.
func (s *Sandbox) accessToken(c *call) response {
	if kind, _, err := mime.ParseMediaType(c.http.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return refuse(http.StatusUnsupportedMediaType, "error", "Unsupported Media Type")
	}
	form, err := url.ParseQuery(string(c.raw))
	if err != nil || form.Get("grant_type") != "client_credentials" || form.Get("scope") == "" {
		return refuse(http.StatusBadRequest, "invalid_request", "The request is missing a parameter or holds one that is not supported.")
	}
	if form.Get("client_id") != s.merchantID || form.Get("client_secret") != s.secretKey {
		return refuse(http.StatusUnauthorized, "unauthorized", "Credentials are required to access this resource.")
	}
	token := "eyJhbGciOiJSUzI1NiJ9." + s.ids.base32(120) + "." + s.ids.base32(43)
	s.accessTokens[token] = c.now.Add(tokenLife)
	return response{status: http.StatusOK, cacheControl: "no-store", body: wireAccessToken{
		AccessToken: token, Scope: granted(form.Get("scope")), TokenType: "Bearer", ExpiresIn: int(tokenLife / time.Second),
	}}
}

// unauthorized refuses a request without valid credentials. The router of the
// global host refuses unknown merchants itself: it cannot tell which region
// they belong to. Hosts of one region leave that to the service.
func (s *Sandbox) unauthorized(req *http.Request) response {
	a := refuse(http.StatusUnauthorized, "unauthorized", "Credentials are required to access this resource.")
	if user, _, ok := req.BasicAuth(); ok && user != s.merchantID && !regional(req.URL.Hostname()) {
		a.errorID, a.message = "cf-worker", "The merchant is not known."
	}
	return a
}

// regional reports whether a host of Afterpay's serves a single region.
func regional(host string) bool {
	ofAfterpay := strings.HasSuffix(host, ".afterpay.com") || strings.HasSuffix(host, ".secure-afterpay.com.au")
	return ofAfterpay && !strings.HasPrefix(host, "global-api")
}

// granted expands a scope that names a version of the API into the documented
// list of rights of v2.
func granted(scope string) string {
	var all []string
	for name := range strings.FieldsSeq(scope) {
		if strings.Contains(name, "/") {
			all = append(all, name)
			continue
		}
		for _, right := range []string{
			"read", "reverse", "void", "deferred_capture", "capture", "manage", "initiate", "cancel_subscription", "direct_capture", "refund", "auth",
		} {
			all = append(all, name+"/"+right)
		}
	}
	return strings.Join(all, " ")
}

// authentic reports whether a request carries the merchant's credentials, or
// an access token that has not expired. Every token allows every operation.
func (s *Sandbox) authentic(req *http.Request) bool {
	if user, password, ok := req.BasicAuth(); ok {
		return user == s.merchantID && password == s.secretKey
	}
	scheme, token, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.EqualFold(scheme, "Bearer") && s.now().Before(s.accessTokens[token])
}
