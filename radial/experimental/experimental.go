// Package experimental offers what Radial does with an Afterpay payment after it
// was authorized: confirming the funds, capturing, refunding and cancelling.
//
// # What is unproven
//
// Radial describes these messages for cards and other tenders. For tender AF the
// following is inferred, and nothing of it was tried against a host of Radial's:
//
//   - Radial's description of the Afterpay flow implies settlements, Debit as
//     capture and Credit as refund. Their table is that of other tenders.
//   - Confirm Funds is documented for other tenders only.
//   - Payment Authorization Cancel is documented for tenders PY and KL and for cards.
//   - PaymentContextBase, the form for payments without an account number, is
//     assumed to name the order.
//   - The status messages are read as the public schemas of 2017 define them.
//
// Ask Radial before using a call in production. The API of this package may
// change when more is known.
package experimental

import (
	"context"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/internal/message"
)

// Client offers the calls of this package for one store. It is immutable and
// safe for concurrent use.
type Client struct {
	radial *radial.Client
	store  SettlementStore
}

// New returns a Client that calls Radial through c and records settlements in
// store. If store is nil, SettlePayment and RepeatSettlement return ErrInvalid.
func New(c *radial.Client, store SettlementStore) *Client { return &Client{c, store} }

// ConfirmFundsRequest asks whether an authorization is still valid.
type ConfirmFundsRequest struct {
	// RequestID is made by the Client if it is empty. Set it only to repeat a
	// call whose Error has MayRepeat set, to that Error's RequestID.
	RequestID string
	SessionID string         // attribute sessionId, up to 40 characters; left out if it is empty
	OrderID   string         // required: 1 to 20 characters
	Amount    afterpay.Money // required: the amount first authorized, even if less is to be settled
	// PerformReauthorization renews an authorization that has expired. Radial
	// requires it before a Debit; false leaves the element out.
	PerformReauthorization bool
}

// ConfirmFundsReply says that the funds are available.
type ConfirmFundsReply struct {
	SessionID                string
	OrderID                  string
	FundsAvailable           radial.ResponseCode
	ReauthorizationAttempted bool
}

var opConfirmFunds = message.Operation{
	Name:       "ConfirmFunds",
	Path:       "/payments/funds/confirm/" + message.Tender + ".xml",
	Request:    "ConfirmFundsRequest",
	Reply:      "ConfirmFundsReply",
	Success:    string(radial.ResponseSuccess),
	Declined:   string(radial.ResponseFail),
	NamesOrder: true,
	Repeat:     true,
	Effect:     true,
}

// ConfirmFunds checks that an authorization is still valid, which Radial requires
// before each Debit. The asynchronous form of the call is not offered, since its
// response is not described.
//
// A nil error means that the funds are available. FundsAvailable Fail is
// afterpay.ErrDeclined; Timeout is radial.ErrProcessorTimeout and
// afterpay.ErrOutcomeUnknown, since the authorization may have been renewed.
// Other errors are ErrInvalid before anything is sent, ErrFault and ErrDuplicate.
//
// POST /v1.0/stores/{StoreID}/payments/funds/confirm/AF.xml.
func (c *Client) ConfirmFunds(ctx context.Context, req ConfirmFundsRequest) (*ConfirmFundsReply, error) {
	var reply fundsReply
	err := c.radial.Exchange(ctx, message.Call{
		Op:      &opConfirmFunds,
		Asked:   message.Asked{RequestID: req.RequestID, SessionID: req.SessionID, OrderID: req.OrderID, Amount: req.Amount},
		Content: req.write,
		Reply:   &reply,
	})
	if err != nil {
		return nil, err
	}
	return &ConfirmFundsReply{
		SessionID:                reply.SessionID.String(),
		OrderID:                  reply.OrderID(),
		FundsAvailable:           radial.ResponseCode(reply.FundsAvailable.String()),
		ReauthorizationAttempted: reply.ReauthorizationAttempted.True,
	}, nil
}

func (r *ConfirmFundsRequest) write(w *message.Writer) {
	w.Context(r.OrderID)
	w.Total("Amount", r.Amount)
	w.Flag("PerformReauthorization", r.PerformReauthorization)
}

// fundsReply is what the reply is decoded into.
type fundsReply struct {
	message.Common
	FundsAvailable           message.Text    `xml:"FundsAvailable"`
	ReauthorizationAttempted message.Boolean `xml:"ReauthorizationAttempted"`
}

// Shared returns the shared part of the reply, with the outcome that this reply
// has in an element of its own.
func (r *fundsReply) Shared() *message.Common {
	r.Code = r.FundsAvailable
	return &r.Common
}

// Missing returns the required element that a Success lacks.
func (r *fundsReply) Missing() string {
	if !r.ReauthorizationAttempted.Present {
		return "ReauthorizationAttempted"
	}
	return ""
}

// PaymentAuthCancelRequest cancels an authorization.
type PaymentAuthCancelRequest struct {
	// RequestID is made by the Client if it is empty. Set it only to repeat a
	// call whose Error has MayRepeat set, to that Error's RequestID.
	RequestID string
	SessionID string         // attribute sessionId, up to 40 characters; left out if it is empty
	OrderID   string         // required: 1 to 20 characters
	Amount    afterpay.Money // required
}

var opAuthCancel = message.Operation{
	Name:    "PaymentAuthCancel",
	Path:    "/payments/auth/cancel/" + message.Tender + ".xml",
	Request: "PaymentAuthCancelRequest",
	Reply:   "AckReply",
	Repeat:  true,
	Effect:  true,
}

// CancelPaymentAuthorization asks Radial to void an authorization.
//
// A nil error means only that Radial has received the request. The result comes
// later, as a PaymentAuthCancelReply for ParseStatus. Errors: ErrInvalid before
// anything is sent, ErrFault, ErrDuplicate, and ErrOutcomeUnknown if the
// authorization may be cancelled, in which case repeat the call with the same
// RequestID if MayRepeat is set.
//
// POST /v1.0/stores/{StoreID}/payments/auth/cancel/AF.xml.
func (c *Client) CancelPaymentAuthorization(ctx context.Context, req PaymentAuthCancelRequest) error {
	return c.radial.Exchange(ctx, message.Call{
		Op:      &opAuthCancel,
		Asked:   message.Asked{RequestID: req.RequestID, SessionID: req.SessionID, OrderID: req.OrderID, Amount: req.Amount},
		Content: req.write,
		Reply:   new(ackReply),
	})
}

func (r *PaymentAuthCancelRequest) write(w *message.Writer) {
	w.Context(r.OrderID)
	w.Total("Amount", r.Amount)
}

// ackReply says that a request was received.
type ackReply struct {
	message.Common
	Received *struct{} `xml:"Received"`
}

// Missing returns the element that makes the reply an acknowledgement.
func (r *ackReply) Missing() string {
	if r.Received == nil {
		return "Received"
	}
	return ""
}
