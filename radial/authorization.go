package radial

import (
	"context"
	"log/slog"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/safe"
	"github.com/afterpay-go/afterpay/radial/internal/message"
)

// GetPaymentAuthorizationRequest asks for the outcome of a session.
type GetPaymentAuthorizationRequest struct {
	// RequestID is made by the Client if it is empty. Set it only to repeat a
	// call whose Error has MayRepeat set, to that Error's RequestID.
	RequestID string
	// OrderID is required: the one of InitializePaymentAuthorization, 1 to 20
	// characters.
	OrderID string
	// PaymentID is required: the one of InitializePaymentAuthorization. 1 to 64
	// characters are accepted, although Radial's description of this message
	// says 16 to 64.
	PaymentID string
	// Amount is required: the one of InitializePaymentAuthorization. It is not
	// sent. A reply that names another amount or currency is refused.
	Amount afterpay.Money
}

// LogValue shows the order and hides the session.
func (r GetPaymentAuthorizationRequest) LogValue() slog.Value {
	return slog.GroupValue(slog.String("request_id", safe.Key(r.RequestID)), slog.String("order_id", safe.Key(r.OrderID)))
}

// AuthorizationCode is the outcome that GetPaymentAuthorization names. The set
// is open.
type AuthorizationCode string

// The values of AuthorizationCode. Only an approval is returned as a reply.
const (
	AuthorizationApproved AuthorizationCode = "APPROVED"
	AuthorizationDeclined AuthorizationCode = "DECLINED"
)

// GetPaymentAuthorizationReply says that the order may be accepted.
type GetPaymentAuthorizationReply struct {
	OrderID      string
	TenderType   string // AF
	ResponseCode AuthorizationCode
	Amount       afterpay.Money // Money{} if the reply names none
	// Elements are the other elements of the reply, which Radial's public
	// documentation does not describe.
	Elements []Element
}

// LogValue shows the order and the outcome.
func (r GetPaymentAuthorizationReply) LogValue() slog.Value {
	return slog.GroupValue(slog.String("order_id", safe.Key(r.OrderID)), slog.String("response_code", safe.Key(string(r.ResponseCode))))
}

var opGetAuthorization = message.Operation{
	Name:        "GetPaymentAuthorization",
	Path:        "/payments/authorization/get.xml", // without the tender
	Request:     "GetPaymentAuthorizationRequest",
	Reply:       "GetPaymentAuthorizationReply",
	Success:     string(AuthorizationApproved),
	Declined:    string(AuthorizationDeclined),
	NamesOrder:  true,
	NamesTender: true,
	Repeat:      true,
	Effect:      true,
}

// GetPaymentAuthorization reports whether the shopper's order is paid. Call it
// after the shopper has come back to RedirectURL. Radial's table for the reply
// is known in part.
//
// A nil error means APPROVED, for this order and this amount: accept the order.
// DECLINED is afterpay.ErrDeclined: refuse it. Other errors are ErrInvalid
// before anything is sent, ErrFault and ErrDuplicate. ErrOutcomeUnknown means
// that the authorization may exist at Afterpay: repeat the call with the same
// RequestID if MayRepeat is set, and do not accept the order before a call
// returns APPROVED. A reply about another order, amount, currency or tender, or
// about none, is ErrOutcomeUnknown as well.
//
// POST /v1.0/stores/{StoreID}/payments/authorization/get.xml.
func (c *Client) GetPaymentAuthorization(ctx context.Context, req GetPaymentAuthorizationRequest) (*GetPaymentAuthorizationReply, error) {
	var reply authorizationReply
	err := c.Exchange(ctx, message.Call{
		Op:      &opGetAuthorization,
		Asked:   message.Asked{RequestID: req.RequestID, OrderID: req.OrderID, PaymentID: req.PaymentID, Amount: req.Amount},
		Content: req.write,
		Reply:   &reply,
	})
	if err != nil {
		return nil, err
	}
	return &GetPaymentAuthorizationReply{
		OrderID:      reply.OrderID(),
		TenderType:   reply.Tender(),
		ResponseCode: AuthorizationCode(reply.Code.String()),
		Amount:       reply.Amount.Money(),
		Elements:     elements(reply.Rest),
	}, nil
}

func (r *GetPaymentAuthorizationRequest) write(w *message.Writer) {
	w.OrderID(r.OrderID)
	w.Must("PaymentId", r.PaymentID, message.Length(1, 64))
	w.Expect("Amount", r.Amount)
}

// authorizationReply is what the reply is decoded into.
type authorizationReply struct {
	message.Common
	Rest []rawElement `xml:",any"`
}

// Missing returns "": only what Accept demands is known to be required.
func (r *authorizationReply) Missing() string { return "" }
