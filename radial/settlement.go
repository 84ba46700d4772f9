package radial

import (
	"cmp"
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
type PaymentSettlementRequest struct {
	// RequestID identifies the settlement, at Radial and in the
	// SettlementStore. Where it is empty it is made from the store, OrderID,
	// InvoiceID, SettlementType, Amount and ClientContext, so that the same
	// settlement has the same id after a restart and on another machine, and
	// cannot be sent twice. Settlements of one order that are alike in all of
	// these need different InvoiceIDs, ClientContexts or RequestIDs.
	RequestID      string
	SessionID      string         // attribute sessionId, up to 40 characters; left out where it is empty
	OrderID        string         // required: 1 to 20 characters
	InvoiceID      string         // 1 to 20 characters; left out where it is empty
	Amount         afterpay.Money // required
	TaxAmount      afterpay.Money // required; nothing is an amount too
	SettlementType SettlementType // required
	// ClientContext comes back in the status messages. It is the only
	// documented way to tell the settlements of one order apart there.
	ClientContext string
	FinalDebit    bool // no further Debit follows; false leaves the element out
	RefundReason  string
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
// ErrAlreadySubmitted when the store knows its RequestID, in this process or any
// other that shares the store. Before a Debit, call ConfirmFunds.
//
// Errors: ErrInvalid and ErrStore before anything is sent. ErrOutcomeUnknown
// means that Radial may have the settlement. After a read timeout or a Fault,
// and when nothing had left, MayRepeat is set, and RepeatSettlement may send the
// same bytes with the same RequestID. After anything else, such as a lost
// connection, a gateway's page or ErrDuplicate, it stays SettlementSent and is not
// sent again: wait for its status message, or ask Radial, and settle anew, with
// another RequestID, only if Radial says that it has none. ErrStore with a
// StatusCode means that Radial acknowledged the settlement and that the store
// could not record it; it is not sent again either.
//
// POST /v1.0/stores/{StoreID}/payments/settlement/create/AF.xml
func (c *Client) SettlePayment(ctx context.Context, req PaymentSettlementRequest) (*Settlement, error) {
	req.RequestID = cmp.Or(req.RequestID, c.settlementID(&req))
	x, err := c.exchange(&opSettlement, ids{request: req.RequestID, session: req.SessionID, order: req.OrderID}, req.write)
	if err != nil {
		return nil, err
	}
	return x.submit(ctx, settlementNew, Settlement{
		RequestID:      req.RequestID,
		StoreID:        c.storeID,
		OrderID:        req.OrderID,
		InvoiceID:      req.InvoiceID,
		SettlementType: req.SettlementType,
		Amount:         req.Amount,
		Document:       string(x.body),
	})
}

// RepeatSettlement sends a settlement again that no acknowledgement came for,
// with the same bytes and so the same RequestID. Radial's rule allows it for the
// states SettlementUnanswered, SettlementFaulted and SettlementUnsent; any other
// is ErrAlreadySubmitted, and so is a state that the store no longer holds.
// Load s from where the SettlementStore put it.
//
// The result and the errors are those of SettlePayment.
func (c *Client) RepeatSettlement(ctx context.Context, s Settlement) (*Settlement, error) {
	x := &exchange{client: c, op: &opSettlement, requestID: s.RequestID, orderID: s.OrderID, body: []byte(s.Document)}
	if !s.State.repeatable() {
		e := x.failure(ErrAlreadySubmitted)
		e.OutcomeUnknown = s.State == SettlementSent
		return nil, e
	}
	if s.StoreID != c.storeID || !s.intact() {
		e := x.failure(afterpay.ErrInvalid)
		e.Err = errRecord
		return nil, e
	}
	return x.submit(ctx, s.State, s)
}

// settlementID names a settlement by what makes it the one it is.
func (c *Client) settlementID(r *PaymentSettlementRequest) string {
	return afterpay.RequestIDFor("radial settlement", c.storeID, r.OrderID, r.InvoiceID,
		string(r.SettlementType), r.Amount.String(), r.ClientContext)
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
