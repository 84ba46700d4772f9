package radial

import (
	"cmp"
	"context"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/safe"
	"github.com/afterpay-go/afterpay/radial/internal/message"
)

// InitializePaymentAuthorizationRequest opens an Afterpay session for an order.
// Its fields are the elements of Radial's message, in its order. "Required"
// means required for Afterpay, even if Radial's schema is looser; "not used with
// Afterpay" means that the service ignores the element, so leave it empty.
// Lengths are in characters.
//
// All amounts must be in the currency of Amount. Totals are not checked against
// each other.
type InitializePaymentAuthorizationRequest struct {
	// RequestID is the attribute requestId, up to 40 characters. Radial's
	// description of this message does not show it, so it is sent only if it is
	// set; the Client never generates one.
	RequestID string
	// OrderID is required: 1 to 20 characters. GetPaymentAuthorization needs
	// the same one.
	OrderID string
	// Amount is required and more than zero: the total of the order, with tax,
	// shipping and everything else.
	Amount afterpay.Money
	// PaymentType is Payment if it is empty. Afterpay does not use it.
	PaymentType PaymentType
	// RedirectURL and CancelURL are where Afterpay sends the shopper back to,
	// required: up to 500 characters. Any scheme will do, such as a deep link
	// into an app.
	RedirectURL string
	CancelURL   string
	// BillingInformation is required, including its address.
	BillingInformation PartyInformation
	// ShippingInformation is required; its address is not.
	ShippingInformation PartyInformation
	// OriginatorIPAddress is the shopper's address, required. An IPv4 address
	// inside an IPv6 one is unwrapped and a zone is dropped.
	OriginatorIPAddress netip.Addr
	// LineItems is required.
	LineItems LineItems
	// Promotions is left out if it is the zero value.
	Promotions Promotions
	// POSMethod is not used with Afterpay.
	POSMethod POSMethod
	// PaymentIDToBeCorrected is not used with Afterpay: exactly 32 characters.
	PaymentIDToBeCorrected string
}

// LogValue shows the ids, the amount and the number of items.
func (r InitializePaymentAuthorizationRequest) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("request_id", safe.Key(r.RequestID)),
		slog.String("order_id", safe.Key(r.OrderID)),
		slog.String("amount", r.Amount.String()),
		slog.Int("line_items", len(r.LineItems.Items)),
	)
}

// PaymentType is the kind of payment.
type PaymentType string

// The values of PaymentType.
const (
	PaymentTypePayment PaymentType = "Payment"
	PaymentTypeDebit   PaymentType = "Debit"
	PaymentTypeUnknown PaymentType = "Unknown"
)

// LineItems is what the order consists of. The three totals are required, and
// may be zero, such as afterpay.USD(0). At least one item is required.
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

// Promotions is what the shopper saves. If it is set, the total and at least one
// promotion are required.
type Promotions struct {
	PromotionsTotal afterpay.Money
	Promotions      []Promotion // elements Promotion
}

// Promotion is a reduction. Both fields are required. Amount is what the shopper
// saves, so it is not negative.
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

// ResponseCode is the outcome that a reply names. Radial may add values.
// GetPaymentAuthorization has other codes: AuthorizationCode.
type ResponseCode string

// The values of ResponseCode. Only a Success is returned as a reply; the others
// are errors.
const (
	ResponseSuccess ResponseCode = "Success"
	ResponseFail    ResponseCode = "Fail"
	ResponseTimeout ResponseCode = "Timeout"
	// ResponsePaymentProcessorTimeout occurs in Radial's rule for request ids
	// and is handled like ResponseTimeout.
	ResponsePaymentProcessorTimeout ResponseCode = "PaymentProcessorTimeout"
)

// InitializePaymentAuthorizationReply says that a session was opened.
type InitializePaymentAuthorizationReply struct {
	OrderID                 string
	TenderType              string // AF
	ResponseCode            ResponseCode
	ResponseCodeDescription string // free text
	// PaymentID names the session, for GetPaymentAuthorization. It is valid for
	// 30 to 50 minutes.
	PaymentID string
	Amount    afterpay.Money
}

// LogValue shows the order and hides the session.
func (r InitializePaymentAuthorizationReply) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("order_id", safe.Key(r.OrderID)),
		slog.String("response_code", safe.Key(string(r.ResponseCode))),
		slog.String("amount", r.Amount.String()),
	)
}

var opInitialize = message.Operation{
	Name:        "InitializePaymentAuthorization",
	Path:        "/payments/authorization/initialize/" + message.Tender + ".xml",
	Request:     "InitializePaymentAuthorizationRequest",
	Reply:       "InitializePaymentAuthorizationReply",
	Success:     string(ResponseSuccess),
	NamesOrder:  true,
	NamesTender: true,
	Repeat:      true,
	Effect:      true,
	NoID:        true,
}

// InitializePaymentAuthorization opens an Afterpay session for an order. The
// shopper then confirms at Afterpay and comes back to RedirectURL or CancelURL,
// and GetPaymentAuthorization reports whether the order is paid. The reply has
// no address to send the shopper to: how the shopper gets to Afterpay with the
// PaymentID is not public.
//
// No money moves here, whatever happens. Errors: ErrInvalid, with every fault
// of the request, before anything is sent; ErrFailed if no session was opened
// and ErrProcessorTimeout if Radial got no response from Afterpay, after both
// of which another call needs a new RequestID; ErrFault and ErrDuplicate.
// ErrOutcomeUnknown, which ErrProcessorTimeout matches too, means here that a
// session may exist that nobody can reach, since its PaymentID is not known. It
// expires by itself and reserves none of the shopper's money: call again.
//
// POST /v1.0/stores/{StoreID}/payments/authorization/initialize/AF.xml.
func (c *Client) InitializePaymentAuthorization(ctx context.Context, req InitializePaymentAuthorizationRequest) (*InitializePaymentAuthorizationReply, error) {
	var reply initializeReply
	err := c.Exchange(ctx, message.Call{
		Op:      &opInitialize,
		Asked:   message.Asked{RequestID: req.RequestID, OrderID: req.OrderID, Amount: req.Amount},
		Content: req.write,
		Reply:   &reply,
	})
	if err != nil {
		return nil, err
	}
	return &InitializePaymentAuthorizationReply{
		OrderID:                 reply.OrderID(),
		TenderType:              reply.Tender(),
		ResponseCode:            ResponseCode(reply.Code.String()),
		ResponseCodeDescription: reply.Description.String(),
		PaymentID:               reply.PaymentID.String(),
		Amount:                  reply.Amount.Money(),
	}, nil
}

func (r *InitializePaymentAuthorizationRequest) write(w *message.Writer) {
	w.OrderID(r.OrderID)
	w.Total("Amount", r.Amount)
	w.Must("PaymentType", string(cmp.Or(r.PaymentType, PaymentTypePayment)),
		message.OneOf(PaymentTypeDebit, PaymentTypePayment, PaymentTypeUnknown))
	w.Must("RedirectUrl", r.RedirectURL, message.Length(1, 500))
	w.Must("CancelUrl", r.CancelURL, message.Length(1, 500))
	w.Group("BillingInformation", r.BillingInformation.writeBilling)
	w.Group("ShippingInformation", r.ShippingInformation.writeShipping)
	w.Must("OriginatorIpAddress", ipText(r.OriginatorIPAddress), message.Length(1, 39))
	w.Group("LineItems", r.LineItems.write)
	if !r.Promotions.PromotionsTotal.IsZero() || len(r.Promotions.Promotions) > 0 {
		w.Group("Promotions", r.Promotions.write)
	}
	w.May("POSMethod", string(r.POSMethod), message.OneOf(POSMethodAffirm, POSMethodAmexCheckout, POSMethodApplePay,
		POSMethodVirtualWallet, POSMethodVisaCheckout, POSMethodHosted, POSMethodMobile, POSMethodAfterpay))
	w.May("PaymentIdToBeCorrected", r.PaymentIDToBeCorrected, message.Length(32, 32))
}

func (l LineItems) write(w *message.Writer) {
	w.Money("LineItemsTotal", l.LineItemsTotal)
	w.Money("ShippingTotal", l.ShippingTotal)
	w.Money("TaxTotal", l.TaxTotal)
	if len(l.Items) == 0 {
		w.Refuse("LineItem", "is required")
	}
	for i, item := range l.Items {
		w.Item("LineItem", i, item.write)
	}
}

func (i LineItem) write(w *message.Writer) {
	w.Must("Name", i.Name)
	w.May("SequenceNumber", i.SequenceNumber)
	w.May("SkuId", i.SKU) // before Quantity, as in Radial's example; its table has them the other way round
	w.Must("Quantity", strconv.Itoa(i.Quantity), positive)
	w.Money("UnitAmount", i.UnitAmount)
}

func (p Promotions) write(w *message.Writer) {
	w.Money("PromotionsTotal", p.PromotionsTotal)
	if len(p.Promotions) == 0 {
		w.Refuse("Promotion", "is required")
	}
	for i, promotion := range p.Promotions {
		w.Item("Promotion", i, promotion.write)
	}
}

func (p Promotion) write(w *message.Writer) {
	w.Must("Name", p.Name)
	w.Money("Amount", p.Amount)
}

// positive restricts a whole number to 1 and more.
func positive(value string) string {
	if value == "0" || strings.HasPrefix(value, "-") {
		return "must be 1 or more"
	}
	return ""
}

// ipText returns an IP address in a form that fits the service's 39 characters,
// or "" if it is invalid.
func ipText(ip netip.Addr) string {
	if !ip.IsValid() {
		return ""
	}
	return ip.Unmap().WithZone("").String()
}

// initializeReply is what the reply is decoded into.
type initializeReply struct{ message.Common }

// Missing returns the first required element that a Success lacks.
func (r *initializeReply) Missing() string {
	switch {
	case r.PaymentID.String() == "":
		return "PaymentId"
	case r.Amount.Money().IsZero():
		return "Amount"
	}
	return ""
}
