package radial

import (
	"cmp"
	"context"

	"github.com/afterpay-go/afterpay"
)

// PaymentAuthCancelRequest gives an authorization back.
type PaymentAuthCancelRequest struct {
	// RequestID is made by the Client where it is empty. Set it only to repeat
	// a call whose Error has MayRepeat set, to that Error's RequestID.
	RequestID string
	SessionID string         // attribute sessionId, up to 40 characters; left out where it is empty
	OrderID   string         // required: 1 to 20 characters
	Amount    afterpay.Money // required
}

// CancelPaymentAuthorization asks Radial to void an authorization. It is
// experimental: Radial's page names other tenders and not AF, and the payment
// context is inferred as for ConfirmFunds.
//
// A nil error means that Radial has received the request and nothing more. How
// it ended comes later, as a PaymentAuthCancelReply through ParseStatus. Errors:
// ErrInvalid before anything is sent, ErrFault, ErrDuplicate, and
// ErrOutcomeUnknown when the authorization may be cancelled: repeat the call
// with the same RequestID where MayRepeat is set.
//
// POST /v1.0/stores/{StoreID}/payments/auth/cancel/AF.xml.
func (c *Client) CancelPaymentAuthorization(ctx context.Context, req PaymentAuthCancelRequest) error {
	id := ids{request: cmp.Or(req.RequestID, c.newRequestID()), session: req.SessionID, order: req.OrderID}
	x, err := c.exchange(&opAuthCancel, id, req.write)
	if err != nil {
		return err
	}
	return x.send(ctx, new(ackReply))
}

func (r *PaymentAuthCancelRequest) write(w *writer) {
	w.context(r.OrderID)
	w.money("Amount", r.Amount)
}

// ackReply says that a request was received. Its one element is empty, so that
// the root says it all.
type ackReply struct{}
