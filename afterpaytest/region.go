package afterpaytest

import "time"

// Region is the country of a merchant account. It decides the currency, the
// order limits, the form of ids and tokens and the life of an authorization.
type Region string

// The regions Afterpay serves.
const (
	AU Region = "AU" // AUD, up to 1000.00, no minimum
	NZ Region = "NZ" // NZD, 1.00 to 1000.00
	US Region = "US" // USD, 1.00 to 1000.00
	CA Region = "CA" // CAD, 1.00 to 1000.00
	GB Region = "GB" // GBP, 10.00 to 1000.00; sold as Clearpay
)

// profile holds what differs from one region to another.
type profile struct {
	country     string // as in API bodies
	urlCountry  string // as in the hosted checkout's URL
	currency    string
	portal      string // origin of the hosted checkout in Afterpay's sandbox
	tokenPrefix string
	idPrefix    string // of v2 payment ids
	datacenter  string // suffix of the Cf-Ray header
	minimum     int64  // hundredths; 0 means none
	maximum     int64
	authLife    time.Duration
}

const (
	afterpayPortal = "https://portal.sandbox.afterpay.com"
	clearpayPortal = "https://portal.sandbox.clearpay.co.uk"
)

// profileOf returns what the recordings show of a region. The 13 days are the
// documented life of an authorization, the 36 hours of GB are a recording.
func profileOf(r Region) (profile, bool) {
	const documentedAuthLife = 13 * 24 * time.Hour
	switch r {
	case AU:
		return profile{"AU", "au", "AUD", afterpayPortal, "001.", "3001", "SYD", 0, 1000_00, documentedAuthLife}, true
	case NZ:
		return profile{"NZ", "nz", "NZD", afterpayPortal, "001.", "3002", "AKL", 1_00, 1000_00, documentedAuthLife}, true
	case US:
		return profile{"US", "us", "USD", afterpayPortal, "002.", "1001", "IAD", 1_00, 1000_00, documentedAuthLife}, true
	case CA:
		return profile{"CA", "ca", "CAD", afterpayPortal, "002.", "1002", "YYZ", 1_00, 1000_00, documentedAuthLife}, true
	case GB:
		return profile{"GB", "uk", "GBP", clearpayPortal, "003.", "4001", "LHR", 10_00, 1000_00, 36 * time.Hour}, true
	default:
		return profile{}, false
	}
}

// knownCurrency reports whether Afterpay has ever traded in a currency.
func knownCurrency(code string) bool {
	switch code {
	case "AUD", "NZD", "USD", "CAD", "GBP", "EUR":
		return true
	default:
		return false
	}
}
