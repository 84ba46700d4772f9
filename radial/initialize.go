package radial

import (
	"context"
	"net/netip"
	"strconv"

	"github.com/afterpay-go/afterpay"
)

// InitializePaymentAuthorizationRequest opens an Afterpay session for an order.
// Its fields are the elements of Radial's message, in its order. "Required"
// means required for Afterpay, where Radial's schema may be looser; "not used
// with Afterpay" means that the service ignores the element, so leave it empty.
// Lengths are in characters.
//
// The element PaymentType has no field: it is required, not used, and always
// sent as Payment. Totals are not checked against each other.
type InitializePaymentAuthorizationRequest struct {
	// RequestID is the attribute requestId, up to 40 characters. Radial's
	// description of this message does not show it, so it is sent only when
	// set, and never made up by the Client.
	RequestID string
	// OrderID is required: 1 to 20 characters. GetPaymentAuthorization needs
	// the same one.
	OrderID string
	// Amount is required: the order's total with tax, shipping and the rest.
	Amount afterpay.Money
	// RedirectURL and CancelURL are where Afterpay sends the shopper back to,
	// required: up to 500 characters, of any scheme, so a deep link into an app
	// will do.
	RedirectURL string
	CancelURL   string
	// BillingInformation is required, address included.
	BillingInformation PartyInformation
	// ShippingInformation is required; its address is not.
	ShippingInformation PartyInformation
	// OriginatorIPAddress is the shopper's address, required. An IPv4 address
	// inside an IPv6 one is unwrapped and a zone is dropped.
	OriginatorIPAddress netip.Addr
	// LineItems is required.
	LineItems LineItems
	// Promotions is left out where it is the zero value.
	Promotions Promotions
	// POSMethod is not used with Afterpay.
	POSMethod POSMethod
	// PaymentIDToBeCorrected is not used with Afterpay: exactly 32 characters.
	PaymentIDToBeCorrected string
}

// LineItems is what the order consists of. The three totals are required, and
// so is at least one Item; an amount of nothing, such as afterpay.USD(0), is a
// total too.
type LineItems struct {
	LineItemsTotal afterpay.Money // goods alone, without shipping and tax
	ShippingTotal  afterpay.Money
	TaxTotal       afterpay.Money
	Items          []LineItem // elements LineItem
}

// LineItem is a line of the order. Name, Quantity and UnitAmount are required.
type LineItem struct {
	Name           string
	SequenceNumber string
	SKU            string // element SkuId
	Quantity       int    // 1 or more
	UnitAmount     afterpay.Money
}

// Promotions is what the shopper saves. With it, the total and at least one
// Promotion are required.
type Promotions struct {
	PromotionsTotal afterpay.Money
	Promotions      []Promotion // elements Promotion
}

// Promotion is a reduction. Both fields are required; the amount is what is
// saved, so it is not negative.
type Promotion struct {
	Name   string
	Amount afterpay.Money
}

// POSMethod is a way to pay at the point of sale.
type POSMethod string

// The values of POSMethod.
const (
	POSMethodAffirm        POSMethod = "Affirm"
	POSMethodAmexCheckout  POSMethod = "AmexCheckout"
	POSMethodApplePay      POSMethod = "ApplePay"
	POSMethodVirtualWallet POSMethod = "VirtualWallet"
	POSMethodVisaCheckout  POSMethod = "VisaCheckout"
	POSMethodHosted        POSMethod = "Hosted"
	POSMethodMobile        POSMethod = "Mobile"
	POSMethodAfterpay      POSMethod = "Afterpay"
)

// InitializePaymentAuthorizationReply is the answer to a session that was
// opened.
type InitializePaymentAuthorizationReply struct {
	OrderID                 string
	TenderType              string // AF
	ResponseCode            ResponseCode
	ResponseCodeDescription string // free text
	// PaymentID names the session, for GetPaymentAuthorization. It lives for 30
	// to 50 minutes.
	PaymentID string
	Amount    afterpay.Money
}

// InitializePaymentAuthorization opens an Afterpay session for an order. The
// shopper then confirms at Afterpay and comes back to RedirectURL or CancelURL,
// and GetPaymentAuthorization tells whether the order is paid. The reply holds
// no address to send the shopper to: how the shopper gets to Afterpay with the
// PaymentID is not part of the published facts.
//
// No money moves here, whatever happens. Errors: ErrInvalid, with every fault
// of the request, before anything is sent; ErrFailed when no session was opened,
// and ErrProcessorTimeout when Radial got no answer from Afterpay, to be
// followed by another call with a new RequestID; ErrFault and ErrDuplicate.
// ErrOutcomeUnknown, which ErrProcessorTimeout is as well, means here that a
// session may exist that nobody can reach, as its PaymentID did not arrive. It
// expires by itself and holds nothing of the shopper's: call again.
//
// POST /v1.0/stores/{StoreID}/payments/authorization/initialize/AF.xml.
func (c *Client) InitializePaymentAuthorization(ctx context.Context, req InitializePaymentAuthorizationRequest) (*InitializePaymentAuthorizationReply, error) {
	x, err := c.exchange(&opInitialize, ids{request: req.RequestID, order: req.OrderID}, req.write)
	if err != nil {
		return nil, err
	}
	var reply initializeReply
	if err := x.send(ctx, &reply); err != nil {
		return nil, err
	}
	return reply.outcome(x)
}

func (r *InitializePaymentAuthorizationRequest) write(w *writer) {
	w.must("OrderId", r.OrderID, length(1, 20))
	w.money("Amount", r.Amount)
	w.must("PaymentType", "Payment")
	w.must("RedirectUrl", r.RedirectURL, length(1, 500))
	w.must("CancelUrl", r.CancelURL, length(1, 500))
	w.group("BillingInformation", r.BillingInformation.writeBilling)
	w.group("ShippingInformation", r.ShippingInformation.writeShipping)
	w.must("OriginatorIpAddress", ipText(r.OriginatorIPAddress), length(1, 39))
	w.group("LineItems", r.LineItems.write)
	if r.Promotions.PromotionsTotal != (afterpay.Money{}) || len(r.Promotions.Promotions) > 0 {
		w.group("Promotions", r.Promotions.write)
	}
	w.may("POSMethod", string(r.POSMethod), oneOf(POSMethodAffirm, POSMethodAmexCheckout, POSMethodApplePay,
		POSMethodVirtualWallet, POSMethodVisaCheckout, POSMethodHosted, POSMethodMobile, POSMethodAfterpay))
	w.may("PaymentIdToBeCorrected", r.PaymentIDToBeCorrected, length(32, 32))
}

func (l LineItems) write(w *writer) {
	w.money("LineItemsTotal", l.LineItemsTotal)
	w.money("ShippingTotal", l.ShippingTotal)
	w.money("TaxTotal", l.TaxTotal)
	if len(l.Items) == 0 {
		w.refuse("LineItem", "is required")
	}
	for i, item := range l.Items {
		w.item("LineItem", i, item.write)
	}
}

func (i LineItem) write(w *writer) {
	w.must("Name", i.Name)
	w.may("SequenceNumber", i.SequenceNumber)
	w.may("SkuId", i.SKU) // before Quantity, as in Radial's example and unlike in its table
	w.must("Quantity", strconv.Itoa(i.Quantity), positive)
	w.money("UnitAmount", i.UnitAmount)
}

func (p Promotions) write(w *writer) {
	w.money("PromotionsTotal", p.PromotionsTotal)
	if len(p.Promotions) == 0 {
		w.refuse("Promotion", "is required")
	}
	for i, promotion := range p.Promotions {
		w.item("Promotion", i, promotion.write)
	}
}

func (p Promotion) write(w *writer) {
	w.must("Name", p.Name)
	w.money("Amount", p.Amount)
}

// ipText is an IP address in the form that fits the service's 39 characters, or
// nothing.
func ipText(ip netip.Addr) string {
	if !ip.IsValid() {
		return ""
	}
	return ip.Unmap().WithZone("").String()
}

// initializeReply is the reply as it is read.
type initializeReply struct {
	OrderID      text   `xml:"PaymentContext>OrderId"`
	TenderType   text   `xml:"PaymentContext>TenderType"`
	ResponseCode text   `xml:"ResponseCode"`
	Description  text   `xml:"ResponseCodeDescription"`
	PaymentID    text   `xml:"PaymentId"`
	Amount       amount `xml:"Amount"`
}

func (r *initializeReply) outcome(x *exchange) (*InitializePaymentAuthorizationReply, error) {
	if err := x.outcome(ResponseCode(r.ResponseCode), string(r.Description)); err != nil {
		return nil, err
	}
	if r.PaymentID == "" {
		return nil, x.unusable(errNoPaymentID)
	}
	total, err := r.Amount.money()
	if err != nil {
		return nil, x.unusable(err)
	}
	return &InitializePaymentAuthorizationReply{
		OrderID:                 string(r.OrderID),
		TenderType:              string(r.TenderType),
		ResponseCode:            ResponseCode(r.ResponseCode),
		ResponseCodeDescription: string(r.Description),
		PaymentID:               string(r.PaymentID),
		Amount:                  total,
	}, nil
}
