package afterpay

import (
	"context"
	"log/slog"
	"net/url"
	"strings"

	"github.com/afterpay-go/afterpay/internal/safe"
)

// OrdersService creates and reads orders before they are paid for. API v2 calls
// them checkouts.
type OrdersService service

// OrderMode is the kind of checkout. API v2 only.
type OrderMode string

// The checkout modes.
const (
	ModeStandard OrderMode = "standard"
	ModeExpress  OrderMode = "express"
)

// CreateOrderRequest describes an order to be paid for. Amount and Merchant are
// required, and so is Consumer unless Mode is ModeExpress. Neither the service nor
// Create checks that items, tax and shipping add up to Amount. The fields from Mode
// on are API v2 only.
type CreateOrderRequest struct {
	Amount    Money      `json:"amount" v1:"totalAmount"` // order total, tax and shipping included; v1 calls it totalAmount
	Consumer  Consumer   `json:"consumer,omitzero"`
	Billing   Contact    `json:"billing,omitzero"`
	Shipping  Contact    `json:"shipping,omitzero"`
	Courier   Courier    `json:"courier,omitzero"`
	Items     []Item     `json:"items,omitempty"` // up to 100
	Discounts []Discount `json:"discounts,omitempty"`
	Merchant  Merchant   `json:"merchant"`
	// MerchantReference is the shop's number for the order, up to 128
	// characters. It need not be unique.
	MerchantReference string `json:"merchantReference,omitempty"`
	TaxAmount         Money  `json:"taxAmount,omitzero" wire:"loose"` // tax included in Amount, after discounts
	ShippingAmount    Money  `json:"shippingAmount,omitzero" wire:"loose"`
	PaymentType       string `json:"paymentType,omitempty"`     // PAY_BY_INSTALLMENT if empty; v2 ignores it
	Description       string `json:"description,omitempty"`     // up to 256 characters; deprecated by Afterpay
	PurchaseCountry   string `json:"purchaseCountry,omitempty"` // ISO 3166-1 alpha-2; European accounts need it

	Mode                     OrderMode       `json:"mode,omitempty" v1:"-"`                     // ModeStandard if empty
	ShippingOptionIdentifier string          `json:"shippingOptionIdentifier,omitempty" v1:"-"` // express: preselected option, up to 128 characters
	ShippingOptions          ShippingOptions `json:"shippingOptions,omitzero" v1:"-"`
	IsCashAppPay             bool            `json:"isCashAppPay,omitempty" v1:"-"`                   // United States: pay now with Cash App
	InitialOrderAmount       Money           `json:"initialOrderAmount,omitzero" v1:"-" wire:"loose"` // pre-orders: the part shipped within 13 days
	Custom                   Custom          `json:"custom,omitempty" v1:"-"`
	Agreements               []Agreement     `json:"agreements,omitempty" v1:"-"`
}

// LogValue shows the total and the number of items.
func (r CreateOrderRequest) LogValue() slog.Value {
	return slog.GroupValue(slog.String("amount", safeMoney(r.Amount)), slog.Int("items", len(r.Items)))
}

// Order is an order that has not been paid for yet. Paying for it makes a Payment.
//
// Create returns Token, Expires and, under API v2, RedirectCheckoutURL. Get also
// returns what was sent with the order, including any changes that the shopper
// made in an express checkout.
type Order struct {
	// Token identifies the order until it is paid for, and its payment
	// afterwards. It is opaque and of any length. Treat it as a secret.
	Token string `json:"token"`
	// Expires is when the token expires: 3 hours after Create under v2 and 30
	// minutes under v1, as observed.
	Expires Timestamp `json:"expires,omitzero"`
	// RedirectCheckoutURL is where the shopper confirms the order. Parse it to add
	// parameters. It is empty under v1, where the shop's page opens the checkout
	// with Afterpay's script: see package afterpayjs.
	RedirectCheckoutURL string `json:"redirectCheckoutUrl,omitempty"`
	CreateOrderRequest
	// Unread holds the text of the fields that could not be read exactly and
	// that no decision about money depends on, such as an item's price or a
	// date. It is keyed by path, such as items[0].price.amount. The fields
	// themselves are zero. Unread is nil if every field was read.
	Unread map[string]string `json:"-" wire:"unread"`
}

// LogValue shows the total and when the order expires.
func (o Order) LogValue() slog.Value {
	return slog.GroupValue(slog.String("amount", safeMoney(o.Amount)), slog.Time("expires", o.Expires.Time))
}

// Create makes an order and returns the token with which the shopper confirms
// it. An order cannot be changed afterwards. Every call makes a new order, and
// orders that nobody pays for expire, so repeating Create does no harm.
//
// Errors: ErrInvalid for missing or wrong fields, an amount outside the account's
// limits (code unsupported_payment_type), and a currency that is not the account's
// (unsupported_currency).
//
// POST /v2/checkouts, POST /v1/orders.
func (s *OrdersService) Create(ctx context.Context, req CreateOrderRequest) (*Order, error) {
	o := &Order{CreateOrderRequest: req} // sent first, and then filled by the response
	return do(ctx, s.client, call{op: opOrdersCreate, body: &o.CreateOrderRequest, result: o}, acceptOrder)
}

// Get reads an order that has not been paid for yet. Errors: ErrInvalidToken
// for a token that is unknown, expired or already paid for.
//
// GET /v2/checkouts/{token}, GET /v1/orders/{token}.
func (s *OrdersService) Get(ctx context.Context, token string) (*Order, error) {
	return do(ctx, s.client, call{op: opOrdersGet, token: token}, acceptOrder)
}

// acceptOrder accepts the order that was asked for, or a new one.
func acceptOrder(in *call, o *Order) *Error {
	switch {
	case o.Token == "":
		return unknown(nil, errNoToken)
	case !agree(in.token, o.Token):
		return unknown(nil, errOther)
	}
	return nil
}

// Verify reads an order and compares its amount and currency with expected. The
// redirect is not signed, and the cart in the shop may have changed since the order
// was made. Payments.Complete calls Verify; for an express checkout, where shipping
// may have changed the total, use Get and compare the total yourself. Errors:
// ErrAmountMismatch; ErrInvalidToken, also for an order that was already paid for.
//
// GET /v2/checkouts/{token}, GET /v1/orders/{token}.
func (s *OrdersService) Verify(ctx context.Context, token string, expected Money) (*Order, error) {
	o, err := s.Get(ctx, token)
	if err != nil {
		return nil, err
	}
	if o.Amount != expected || !expected.IsPositive() { // an order without an amount matches nothing
		return nil, &Error{
			Op: "orders.verify", Kind: ErrAmountMismatch, Token: token,
			Err: reason("order is for " + safeMoney(o.Amount) + ", expected " + safeMoney(expected)),
		}
	}
	return o, nil
}

// RedirectStatus is how the shopper left the hosted checkout. Afterpay may add
// values.
type RedirectStatus string

// The known statuses. RedirectFailure was last seen from v1, in 2018.
const (
	RedirectSuccess   RedirectStatus = "SUCCESS"
	RedirectCancelled RedirectStatus = "CANCELLED"
	RedirectFailure   RedirectStatus = "FAILURE"
)

// Redirect is what the hosted checkout reports to the shop when it sends the
// shopper back. It is not signed, so anybody can make one. Payments.Complete
// checks the order before it is paid for.
type Redirect struct {
	Token  string
	Status RedirectStatus
}

// Confirmed reports whether Status is RedirectSuccess: the shopper confirmed the
// order, unless somebody made the redirect up.
func (r Redirect) Confirmed() bool { return r.Status == RedirectSuccess }

// LogValue shows the status and hides the token.
func (r Redirect) LogValue() slog.Value {
	return slog.GroupValue(slog.String("status", safe.Word(string(r.Status))))
}

// ParseRedirect reads the parameters that the hosted checkout appended to
// RedirectConfirmURL or RedirectCancelURL: status and orderToken, or token as v1
// called it. The shop's own parameters, stray separators, a second question mark
// before the parameters and a slash after the whole URL are ignored. A parameter
// that is missing, empty, or present twice with different values is ErrInvalid.
// Unknown statuses are returned as they are; express checkout's CANCEL is
// RedirectCancelled.
func ParseRedirect(u *url.URL) (Redirect, error) {
	if u == nil {
		return Redirect{}, redirectError("url", "is required")
	}
	raw := strings.TrimSuffix(u.RawQuery, "/")
	// Only well-formed pairs count. ParseQuery returns them beside any error.
	query, _ := url.ParseQuery(raw)
	if !query.Has("status") || !query.Has("orderToken") && !query.Has("token") {
		query, _ = url.ParseQuery(strings.ReplaceAll(raw, "?", "&"))
	}
	token, err := oneOf(query, "orderToken", "token")
	if err != nil {
		return Redirect{}, err
	}
	status, err := oneOf(query, "status")
	if err != nil {
		return Redirect{}, err
	}
	if status == "CANCEL" {
		status = string(RedirectCancelled)
	}
	return Redirect{Token: token, Status: RedirectStatus(status)}, nil
}

// oneOf returns the one value of the first parameter that is present.
func oneOf(query url.Values, names ...string) (string, error) {
	for _, name := range names {
		values := query[name]
		if len(values) == 0 {
			continue
		}
		for _, v := range values[1:] {
			if v != values[0] {
				return "", redirectError(name, "is present more than once, with different values")
			}
		}
		if values[0] == "" {
			return "", redirectError(name, "is empty")
		}
		return values[0], nil
	}
	return "", redirectError(names[0], "is missing")
}

func redirectError(field, message string) error {
	return &Error{Op: "redirect", Kind: ErrInvalid, Fields: []FieldError{{field, message}}}
}
