package radial

import (
	"cmp"
	"context"

	"github.com/afterpay-go/afterpay"
)

// GetPaymentAuthorizationRequest asks for the outcome of a session.
type GetPaymentAuthorizationRequest struct {
	// RequestID is made by the Client where it is empty. Set it only to repeat
	// a call whose Error has MayRepeat set, to that Error's RequestID.
	RequestID string
	OrderID   string // required, as at InitializePaymentAuthorization: 1 to 20 characters
	// PaymentID is required: the one of InitializePaymentAuthorization. 1 to 64
	// characters are let pass, although this message's description says 16 to 64.
	PaymentID string
}

// AuthorizationCode is the outcome that GetPaymentAuthorization names. The set
// is open.
type AuthorizationCode string

// The values of AuthorizationCode. Only an approval is returned as a reply.
const (
	AuthorizationApproved AuthorizationCode = "APPROVED"
	AuthorizationDeclined AuthorizationCode = "DECLINED"
)

// GetPaymentAuthorizationReply is the answer to an order that may be accepted.
type GetPaymentAuthorizationReply struct {
	OrderID      string
	TenderType   string
	ResponseCode AuthorizationCode
	// Elements are the reply's other elements, which the known facts do not
	// describe.
	Elements []Element
}

// GetPaymentAuthorization tells whether the shopper's order is paid, after the
// shopper came back to RedirectURL. It is experimental: the reply's table is
// known in part only.
//
// A nil error means APPROVED: take the order. DECLINED is afterpay.ErrDeclined:
// refuse it. Other errors: ErrInvalid before anything is sent, ErrFault,
// ErrDuplicate. ErrOutcomeUnknown means that the authorization may stand at
// Afterpay: repeat the call with the same RequestID where MayRepeat is set, and
// do not take the order before a call said APPROVED.
//
// POST /v1.0/stores/{StoreID}/payments/authorization/get.xml.
func (c *Client) GetPaymentAuthorization(ctx context.Context, req GetPaymentAuthorizationRequest) (*GetPaymentAuthorizationReply, error) {
	x, err := c.exchange(&opGetAuthorization, ids{request: cmp.Or(req.RequestID, c.newRequestID()), order: req.OrderID}, req.write)
	if err != nil {
		return nil, err
	}
	var reply authorizationReply
	if err := x.send(ctx, &reply); err != nil {
		return nil, err
	}
	return reply.outcome(x)
}

func (r *GetPaymentAuthorizationRequest) write(w *writer) {
	w.must("OrderId", r.OrderID, length(1, 20))
	w.must("PaymentId", r.PaymentID, length(1, 64))
}

// authorizationReply is the reply as it is read.
type authorizationReply struct {
	OrderID      text         `xml:"PaymentContext>OrderId"`
	TenderType   text         `xml:"PaymentContext>TenderType"`
	ResponseCode text         `xml:"ResponseCode"`
	Description  text         `xml:"ResponseCodeDescription"`
	Rest         []rawElement `xml:",any"`
}

func (r *authorizationReply) outcome(x *exchange) (*GetPaymentAuthorizationReply, error) {
	switch code := AuthorizationCode(r.ResponseCode); code {
	case AuthorizationApproved:
		return &GetPaymentAuthorizationReply{string(r.OrderID), string(r.TenderType), code, elements(r.Rest)}, nil
	case AuthorizationDeclined:
		return nil, x.answered(afterpay.ErrDeclined, string(code), string(r.Description))
	case AuthorizationCode(ResponseSuccess): // says nothing in this vocabulary
		return nil, x.unusable(errReplyCode)
	}
	return nil, x.outcome(ResponseCode(r.ResponseCode), string(r.Description))
}
