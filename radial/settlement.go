package radial

import (
	"context"

	"github.com/afterpay-go/afterpay"
)

// SettlementType is the direction of a settlement.
type SettlementType string

// The values of SettlementType.
const (
	SettlementDebit  SettlementType = "Debit"  // a capture
	SettlementCredit SettlementType = "Credit" // a refund
)

// PaymentSettlementRequest moves money: a Debit captures, a Credit refunds. The
// elements of Radial's message that belong to cards, AuthorizationResponseCode,
// AuthorizationDate and ExpirationDate, and those whose content is not known,
// BillingAddress and InvoiceData, are not offered.
//
// OrderID, InvoiceID, SettlementType, Amount and ClientContext, with the store,
// make the settlement the one it is: two requests that are alike in these are
// the same settlement and are sent once. Settlements that happen to be alike,
// such as two refunds of one amount, need different InvoiceIDs or
// ClientContexts. There is no RequestID to set, as a new one would make an old
// settlement look new.
type PaymentSettlementRequest struct {
	SessionID      string         `json:"sessionId,omitempty"` // attribute sessionId, up to 40 characters; left out where it is empty
	OrderID        string         `json:"orderId"`             // required: 1 to 20 characters
	InvoiceID      string         `json:"invoiceId,omitempty"` // 1 to 20 characters; left out where it is empty
	Amount         afterpay.Money `json:"amount"`              // required
	TaxAmount      afterpay.Money `json:"taxAmount"`           // required; nothing, such as afterpay.USD(0), is an amount too
	SettlementType SettlementType `json:"settlementType"`      // required
	// ClientContext comes back in the status messages. It is the only
	// documented way to tell the settlements of one order apart there.
	ClientContext string `json:"clientContext,omitempty"`
	FinalDebit    bool   `json:"finalDebit,omitempty"` // no further Debit follows; false leaves the element out
	RefundReason  string `json:"refundReason,omitempty"`
}

// SettlePayment sends a settlement to Radial, once. It is experimental: that
// the service takes tender AF follows from Radial's description of the flow, and
// the payment context is inferred as for ConfirmFunds.
//
// A nil error means that Radial has acknowledged the settlement: it will carry
// it out, retrying by itself where needed, and the outcome comes later as one or
// more PaymentSettlementStatus through ParseStatus. From then on the settlement
// must never be sent again, or the shopper may be debited or credited twice.
// This package sees to that: a settlement is sent only after the SettlementStore
// has recorded it, is never repeated automatically, and is refused with
// ErrAlreadySubmitted when the store knows it, in this process or any other that
// shares the store. Before a Debit, call ConfirmFunds.
//
// Errors: ErrInvalid and ErrStore before anything is sent. Once the settlement
// was sent, Error.Settlement is its record. ErrOutcomeUnknown means that Radial
// may have the settlement. After a read timeout or a Fault, and when nothing had
// left, MayRepeat is set, and RepeatSettlement may send it again. After anything
// else, such as a lost connection, a gateway's page or ErrDuplicate, it stays
// SettlementSent and is not sent again: wait for its status message or ask
// Radial. ErrStore with a StatusCode means that Radial acknowledged the
// settlement and that the store could not record it; it is not sent again
// either.
//
// POST /v1.0/stores/{StoreID}/payments/settlement/create/AF.xml.
func (c *Client) SettlePayment(ctx context.Context, req PaymentSettlementRequest) (*Settlement, error) {
	id := c.SettlementID(req)
	return c.submit(ctx, settlementNew, Settlement{ID: id, RequestID: id, StoreID: c.storeID, Request: req})
}

// RepeatSettlement sends a settlement again that no acknowledgement came for.
// Radial's rule allows it with the same RequestID for SettlementUnanswered,
// SettlementFaulted and SettlementUnsent, and with a new one, which is made
// here, for SettlementRefused. Any other state is ErrAlreadySubmitted, and so is
// one that the store no longer holds. Take s from Error.Settlement or from where
// the SettlementStore put it.
//
// The result and the errors are those of SettlePayment.
func (c *Client) RepeatSettlement(ctx context.Context, s Settlement) (*Settlement, error) {
	if s.StoreID != c.storeID || s.ID != c.SettlementID(s.Request) || s.RequestID == "" {
		return nil, c.settlementFailure(s, afterpay.ErrInvalid, errRecord)
	}
	switch s.State {
	case SettlementRefused:
		from := s.State
		s.RequestID = c.newRequestID()
		return c.submit(ctx, from, s)
	case SettlementUnanswered, SettlementFaulted, SettlementUnsent:
		return c.submit(ctx, s.State, s)
	}
	e := c.settlementFailure(s, ErrAlreadySubmitted, nil)
	e.OutcomeUnknown = s.State == SettlementSent
	return nil, e
}

// SettlementID returns the id under which the SettlementStore keeps the
// settlement: a UUID made from what makes the settlement the one it is, so that
// it comes out the same after a restart and on another machine. It is the first
// RequestID as well.
func (c *Client) SettlementID(req PaymentSettlementRequest) string {
	return afterpay.RequestIDFor("radial settlement", c.storeID, req.OrderID, req.InvoiceID,
		string(req.SettlementType), req.Amount.String(), req.ClientContext)
}

func (r *PaymentSettlementRequest) write(w *writer) {
	w.context(r.OrderID)
	w.may("InvoiceId", r.InvoiceID, length(1, 20))
	w.money("Amount", r.Amount)
	w.money("TaxAmount", r.TaxAmount)
	w.must("SettlementType", string(r.SettlementType), oneOf(SettlementDebit, SettlementCredit))
	w.may("ClientContext", r.ClientContext)
	w.flag("FinalDebit", r.FinalDebit)
	w.may("RefundReason", r.RefundReason)
}
