package afterpay

import (
	"encoding/json"
	"log/slog"

	"github.com/afterpay-go/afterpay/internal/safe"
)

// Consumer is the shopper.
//
// API v2 requires only Email; v1 requires the names too. The names and the e-mail
// address have up to 128 characters, the phone number up to 32.
type Consumer struct {
	GivenNames  string `json:"givenNames,omitempty"`
	Surname     string `json:"surname,omitempty"`
	Email       string `json:"email,omitempty"`
	PhoneNumber string `json:"phoneNumber,omitempty"`
}

// LogValue hides the shopper.
func (c Consumer) LogValue() slog.Value { return safe.Redacted() }

// Contact is a name and a postal address. API v1 has no Area2.
//
// Area1 is the suburb in Australia, the town or city in New Zealand, the postal
// town in Great Britain and the city in the United States and Canada. Area2 is
// the suburb in New Zealand and the village or local area in Great Britain.
// Region is the state, region, county or province. Name has up to 255 characters,
// the phone number up to 32, and the other fields up to 128.
type Contact struct {
	Name        string `json:"name,omitempty"`
	Line1       string `json:"line1,omitempty"`
	Line2       string `json:"line2,omitempty"`
	Area1       string `json:"area1,omitempty" v1:"suburb"`
	Area2       string `json:"area2,omitempty" v1:"-"`
	Region      string `json:"region,omitempty" v1:"state"`
	Postcode    string `json:"postcode,omitempty"`
	CountryCode string `json:"countryCode,omitempty" alias:"countrycode"` // ISO 3166-1 alpha-2: GB, not UK
	PhoneNumber string `json:"phoneNumber,omitempty"`                     // E.123, such as 0400 000 000
}

// LogValue shows the country and hides the rest.
func (c Contact) LogValue() slog.Value {
	return slog.GroupValue(slog.String("country", safe.Word(c.CountryCode)))
}

// Item is a line of an order.
type Item struct {
	Name     string `json:"name"`               // up to 255 characters
	SKU      string `json:"sku,omitempty"`      // up to 128 characters
	Quantity int    `json:"quantity"`           // 1 to 2147483647
	Price    Money  `json:"price" wire:"loose"` // of one unit; 0.00 for a gift

	PageURL               string     `json:"pageUrl,omitempty" v1:"-"`               // API v2 only; up to 2048 characters
	ImageURL              string     `json:"imageUrl,omitempty" v1:"-"`              // API v2 only; up to 2048 characters
	Categories            [][]string `json:"categories,omitempty" v1:"-"`            // API v2 only; each is a path, root first
	EstimatedShipmentDate string     `json:"estimatedShipmentDate,omitempty" v1:"-"` // API v2 only; YYYY-MM or YYYY-MM-DD
	Preorder              bool       `json:"preorder,omitempty" v1:"-"`              // API v2 only
}

// Discount is a reduction of an order. Its amount is not negative.
type Discount struct {
	DisplayName string `json:"displayName"` // up to 128 characters
	Amount      Money  `json:"amount" wire:"loose"`
}

// CourierPriority is how fast a parcel travels. Responses may hold other values.
type CourierPriority string

// The priorities that the service accepts.
const (
	PriorityStandard CourierPriority = "STANDARD"
	PriorityExpress  CourierPriority = "EXPRESS"
)

// Courier is how an order is shipped. Every field may be empty. Responses hold
// the zero value if nothing was set.
type Courier struct {
	ShippedAt Timestamp       `json:"shippedAt,omitzero"`
	Name      string          `json:"name,omitempty"`     // up to 128 characters; INSTORE_PICKUP for click and collect
	Tracking  string          `json:"tracking,omitempty"` // up to 128 characters
	Priority  CourierPriority `json:"priority,omitempty"`
}

// LogValue hides the tracking number.
func (c Courier) LogValue() slog.Value {
	return slog.GroupValue(slog.String("priority", safe.Word(string(c.Priority))))
}

// OrderDetails is the order of a Payment. Fields that were not sent with the order
// are empty.
type OrderDetails struct {
	Consumer        Consumer   `json:"consumer"`
	Billing         Contact    `json:"billing,omitzero"`
	Shipping        Contact    `json:"shipping,omitzero"`
	Courier         Courier    `json:"courier,omitzero"`
	Items           []Item     `json:"items,omitempty"`
	Discounts       []Discount `json:"discounts,omitempty"`
	TaxAmount       Money      `json:"taxAmount,omitzero" wire:"loose"`
	ShippingAmount  Money      `json:"shippingAmount,omitzero" wire:"loose"`
	PurchaseCountry string     `json:"purchaseCountry,omitempty"`
}

// LogValue shows the number of items.
func (o OrderDetails) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("items", len(o.Items)))
}

// Merchant is where the shopper comes from and goes back to.
type Merchant struct {
	// RedirectConfirmURL and RedirectCancelURL are where the hosted checkout
	// sends the shopper, with status and orderToken appended; see
	// ParseRedirect. They may be the same.
	RedirectConfirmURL string `json:"redirectConfirmUrl,omitempty"`
	RedirectCancelURL  string `json:"redirectCancelUrl,omitempty"`
	// PopupOriginURL is the page that opens the express popup; with it the
	// other two may be empty. API v2 only.
	PopupOriginURL string `json:"popupOriginUrl,omitempty" v1:"-"`
	// Name is shown to the shopper, for marketplaces. API v2 only.
	Name string `json:"name,omitempty" v1:"-"`
}

// LogValue hides the addresses, which may name a cart.
func (m Merchant) LogValue() slog.Value { return safe.Redacted() }

// ShippingOptions restricts the express checkout. API v2 only.
type ShippingOptions struct {
	SupportedShippingCountries []string `json:"supportedShippingCountries,omitempty"`
}

// IsZero reports whether no restriction is set.
func (o ShippingOptions) IsZero() bool { return len(o.SupportedShippingCountries) == 0 }

// Agreement is a billing agreement. Afterpay has deprecated it; API v2 only.
type Agreement struct {
	Type              string `json:"type"` // BILLING is the only documented type
	MerchantReference string `json:"merchantReference,omitempty"`
	PageURL           string `json:"pageUrl,omitempty"`

	Token   string    `json:"token,omitempty"`  // in responses only
	Status  string    `json:"status,omitempty"` // in responses only
	Created Timestamp `json:"created,omitzero"` // in responses only
	Expires Timestamp `json:"expires,omitzero"` // in responses only
}

// LogValue hides the agreement's token.
func (a Agreement) LogValue() slog.Value {
	return slog.GroupValue(slog.String("type", safe.Word(a.Type)), slog.String("status", safe.Word(a.Status)))
}

// Enrichments says who starts a payment and how it recurs. API v2 only.
type Enrichments struct {
	Initiation   Initiation   `json:"initiation"`
	Subscription Subscription `json:"subscription,omitzero"`
}

// Actor is who starts a payment. Afterpay may add values.
type Actor string

// The documented actors.
const (
	ActorCustomer Actor = "CUSTOMER"
	ActorMerchant Actor = "MERCHANT"
)

// Initiation says who starts a payment.
type Initiation struct {
	Actor Actor `json:"actor"` // required
}

// SubscriptionType says whether each payment of a subscription has the same
// amount. Afterpay may add values.
type SubscriptionType string

// The documented types.
const (
	SubscriptionFixed    SubscriptionType = "FIXED"
	SubscriptionVariable SubscriptionType = "VARIABLE"
)

// Interval is a unit of time. Afterpay may add values.
type Interval string

// The documented intervals.
const (
	IntervalDay   Interval = "DAY"
	IntervalWeek  Interval = "WEEK"
	IntervalMonth Interval = "MONTH"
	IntervalYear  Interval = "YEAR"
)

// Subscription says how a payment recurs: once every IntervalCount intervals.
type Subscription struct {
	Type          SubscriptionType `json:"type,omitempty"`
	Interval      Interval         `json:"interval,omitempty"`
	IntervalCount int              `json:"intervalCount,omitempty"`
}

// Custom is the free-form data that some industries must send, such as travel
// or events. Afterpay documents the keys of each industry. API v2 only.
type Custom map[string]json.RawMessage

// LogValue shows the number of fields.
func (c Custom) LogValue() slog.Value { return slog.GroupValue(slog.Int("fields", len(c))) }
