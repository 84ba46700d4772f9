package afterpaytest

import (
	"slices"
	"time"
)

// version is a version of the API.
type version int

const (
	v1 version = 1
	v2 version = 2
)

// Life of a checkout token, as recorded and (v2) documented.
const (
	tokenLifeV1 = 30 * time.Minute
	tokenLifeV2 = 3 * time.Hour
)

// decision is what the shopper did on the hosted checkout.
type decision int

const (
	undecided decision = iota
	approved           // confirmed, and the charge will be approved
	declined           // confirmed, and the charge will be declined
	cancelled          // left the checkout
)

// checkout is what stands before an order: the token and the wish.
type checkout struct {
	token     string
	version   version
	created   time.Time
	expires   time.Time
	portal    string // origin of the hosted checkout
	amount    money
	content   content
	merchant  merchant
	reference *string

	express                  bool
	shippingOptionIdentifier *string
	supportedCountries       []string // shippingOptions; nil when not sent

	decision decision
	order    *payment // once auth or capture was attempted
	reversal int      // arrival of a reversal that came before the order, or 0
}

// merchant holds where the shopper goes back to.
type merchant struct {
	redirectConfirmURL, redirectCancelURL, popupOriginURL string
	name                                                  *string
}

// confirmed reports whether the shopper went through with the checkout.
func (c *checkout) confirmed() bool { return c.decision == approved || c.decision == declined }

// payment is a permanent order, declined ones included.
type payment struct {
	id        string
	token     string
	version   version
	created   time.Time // of the checkout, as on the wire
	ordered   time.Time // of the auth or capture: reversal counts from here
	deferred  bool      // authorized first, captured later
	declined  bool
	currency  string
	original  int64
	open      int64 // authorized and neither captured nor voided
	captured  int64
	refunded  int64 // of what was captured
	reference *string
	content   content
	refunds   []refund
	events    []event

	authExpires time.Time // zero for an immediate capture
	expired     bool      // the authorization ran out with money open
	reversalDue time.Time // zero: no reversal was accepted
	reversed    bool
}

// money puts hundredths into the order's currency.
func (p *payment) money(hundredths int64) money { return money{hundredths, p.currency} }

// state is the paymentState of API v2.
func (p *payment) state() string {
	switch {
	case p.declined && p.deferred:
		return "AUTH_DECLINED"
	case p.declined:
		return "CAPTURE_DECLINED"
	case p.open > 0 && p.captured > 0:
		return "PARTIALLY_CAPTURED"
	case p.open > 0:
		return "AUTH_APPROVED"
	case p.captured > 0:
		return "CAPTURED"
	default:
		return "VOIDED"
	}
}

// clone copies what later changes would touch.
func (p *payment) clone() *payment {
	copied := *p
	copied.refunds = slices.Clone(p.refunds)
	copied.events = slices.Clone(p.events)
	return &copied
}

// refund is an entry of refunds: money given back, or money let go by a void.
type refund struct {
	id              string
	requestID       *string
	reference       *string
	refundReference *string
	amount          int64
	at              time.Time
	voidEvent       string    // id of the event, for a void
	voidedAt        time.Time // of that event
}

// event is an entry of events.
type event struct {
	id        string
	at        time.Time
	expires   time.Time // zero but for AUTH_APPROVED
	kind      string
	amount    int64
	reference *string // paymentEventMerchantReference
}

// order is a payment and, when reads lag, what reads may see of it.
type order struct {
	current   *payment
	published []publication // oldest first; empty when reads don't lag
}

type publication struct {
	from time.Time
	view *payment
}

// seen returns the payment as a read at the given time sees it, or nil.
func (o *order) seen(now time.Time, lag time.Duration) *payment {
	if lag == 0 {
		return o.current
	}
	for _, p := range slices.Backward(o.published) {
		if !p.from.After(now) {
			return p.view
		}
	}
	return nil
}
