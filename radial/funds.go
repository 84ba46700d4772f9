package radial

import (
	"cmp"
	"context"

	"github.com/afterpay-go/afterpay"
)

// ConfirmFundsRequest asks whether an authorization still holds.
type ConfirmFundsRequest struct {
	// RequestID is made by the Client where it is empty. Set it only to repeat
	// a call whose Error has MayRepeat set, to that Error's RequestID.
	RequestID string
	SessionID string         // attribute sessionId, up to 40 characters; left out where it is empty
	OrderID   string         // required: 1 to 20 characters
	Amount    afterpay.Money // required: the amount first authorized, even where less is to be settled
	// PerformReauthorization renews an authorization that has expired. It must
	// be set before a Debit; false leaves the element out.
	PerformReauthorization bool
}

// ConfirmFundsReply is the answer to funds that are there.
type ConfirmFundsReply struct {
	SessionID                string
	OrderID                  string
	FundsAvailable           ResponseCode
	ReauthorizationAttempted bool
}

// ConfirmFunds checks that an authorization still holds, which Radial demands
// before each Debit. It is experimental: that the service takes tender AF, and
// that an order without an account number is named by PaymentContextBase, is
// inferred. The asynchronous form of the call is not offered, as its answer is
// not described.
//
// A nil error means that the funds are there. FundsAvailable Fail is
// afterpay.ErrDeclined, Timeout is ErrProcessorTimeout and ErrOutcomeUnknown:
// the authorization may have been renewed. Other errors: ErrInvalid before
// anything is sent, ErrFault, ErrDuplicate.
//
// POST /v1.0/stores/{StoreID}/payments/funds/confirm/AF.xml.
func (c *Client) ConfirmFunds(ctx context.Context, req ConfirmFundsRequest) (*ConfirmFundsReply, error) {
	id := ids{request: cmp.Or(req.RequestID, c.newRequestID()), session: req.SessionID, order: req.OrderID}
	x, err := c.exchange(&opConfirmFunds, id, req.write)
	if err != nil {
		return nil, err
	}
	var reply fundsReply
	if err := x.send(ctx, &reply); err != nil {
		return nil, err
	}
	code := ResponseCode(reply.FundsAvailable)
	if code == ResponseFail {
		return nil, x.answered(afterpay.ErrDeclined, string(code), "")
	}
	if err := x.outcome(code, ""); err != nil {
		return nil, err
	}
	return &ConfirmFundsReply{
		SessionID:                string(reply.SessionID),
		OrderID:                  reply.orderID(),
		FundsAvailable:           code,
		ReauthorizationAttempted: bool(reply.ReauthorizationAttempted),
	}, nil
}

func (r *ConfirmFundsRequest) write(w *writer) {
	w.context(r.OrderID)
	w.money("Amount", r.Amount)
	w.flag("PerformReauthorization", r.PerformReauthorization)
}

// context names the order. Afterpay has no account number, so it is the base
// form of the payment context.
func (w *writer) context(orderID string) {
	w.group("PaymentContextBase", func(w *writer) {
		w.must("OrderId", orderID, length(1, 20))
	})
}

// contextReply reads the order's id from either form of the payment context.
type contextReply struct {
	Base text `xml:"PaymentContextBase>OrderId"`
	Full text `xml:"PaymentContext>OrderId"`
}

func (c contextReply) orderID() string { return string(cmp.Or(c.Base, c.Full)) }

// fundsReply is the reply as it is read.
type fundsReply struct {
	contextReply
	SessionID                text    `xml:"sessionId,attr"`
	FundsAvailable           text    `xml:"FundsAvailable"`
	ReauthorizationAttempted boolean `xml:"ReauthorizationAttempted"`
}
