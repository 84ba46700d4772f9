package experimental

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/safe"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/internal/message"
)

// The kinds of failure that only settlements have.
const (
	// ErrAlreadySubmitted: the settlement was sent before and must not be sent
	// again. Nothing was sent. The record in the SettlementStore under
	// Client.SettlementID says what became of it.
	ErrAlreadySubmitted afterpay.Kind = "settlement already submitted"
	// ErrStore: the SettlementStore failed. Error.Err is its error.
	ErrStore afterpay.Kind = "settlement store failed"
)

// SettlementType is the direction of a settlement.
type SettlementType string

// The values of SettlementType.
const (
	SettlementDebit  SettlementType = "Debit"  // a capture
	SettlementCredit SettlementType = "Credit" // a refund
)

// PaymentSettlementRequest moves money: a Debit captures, a Credit refunds. The
// elements of Radial's message that belong to cards (AuthorizationResponseCode,
// AuthorizationDate and ExpirationDate) and those whose content is not known
// (BillingAddress and InvoiceData) are not offered.
//
// OrderID, InvoiceID, SettlementType, Amount and ClientContext, together with the
// store, identify the settlement: two requests that agree in these are the same
// settlement, which is sent once. Two settlements that would otherwise agree,
// such as two refunds of the same amount, need different InvoiceIDs or
// ClientContexts. There is no RequestID to set, since a new one would make an old
// settlement look new.
type PaymentSettlementRequest struct {
	SessionID string `json:"sessionId,omitempty"` // attribute sessionId, up to 40 characters; left out if it is empty
	OrderID   string `json:"orderId"`             // required: 1 to 20 characters
	InvoiceID string `json:"invoiceId,omitempty"` // 1 to 20 characters; left out if it is empty
	// Amount is required and more than zero.
	Amount afterpay.Money `json:"amount"`
	// TaxAmount is the part of Amount that is tax. It is required; zero, such as
	// afterpay.USD(0), is a valid amount.
	TaxAmount      afterpay.Money `json:"taxAmount"`
	SettlementType SettlementType `json:"settlementType"` // required
	// ClientContext is repeated in the status messages. It is the only
	// documented way to distinguish the settlements of one order there.
	ClientContext string `json:"clientContext,omitempty"`
	FinalDebit    bool   `json:"finalDebit,omitempty"` // no further Debit follows; false leaves the element out
	RefundReason  string `json:"refundReason,omitempty"`
}

// LogValue shows the ids, the direction and the amount.
func (r PaymentSettlementRequest) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("order_id", safe.Key(r.OrderID)),
		slog.String("invoice_id", safe.Key(r.InvoiceID)),
		slog.String("type", safe.Key(string(r.SettlementType))),
		slog.String("amount", r.Amount.String()),
	)
}

// Settlement is the record of a settlement, for a SettlementStore. It is plain
// data and survives encoding/json unchanged.
type Settlement struct {
	ID        string                   `json:"id"`        // key of the record: Client.SettlementID
	RequestID string                   `json:"requestId"` // attribute requestId of the last request
	StoreID   string                   `json:"storeId"`
	State     SettlementState          `json:"state"`
	Request   PaymentSettlementRequest `json:"request"`
}

// LogValue shows the ids, the state, the direction and the amount.
func (s Settlement) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("id", safe.Key(s.ID)),
		slog.String("request_id", safe.Key(s.RequestID)),
		slog.String("state", safe.Key(string(s.State))),
		slog.Any("request", s.Request),
	)
}

// SettlementState is how far a settlement has come.
type SettlementState string

// The states of a settlement.
const (
	settlementNew SettlementState = "" // not known to the store

	// SettlementSent: it is being sent, or it was sent and no usable response
	// came, or the process died meanwhile. Radial may have it.
	SettlementSent SettlementState = "sent"
	// SettlementAcknowledged: Radial has it and carries it out.
	SettlementAcknowledged SettlementState = "acknowledged"
	// SettlementUnanswered: a read timeout. RepeatSettlement may send it again.
	SettlementUnanswered SettlementState = "unanswered"
	// SettlementFaulted: a Fault other than Fault_DUPLICATE. RepeatSettlement
	// may send it again.
	SettlementFaulted SettlementState = "faulted"
	// SettlementUnsent: nothing was sent. RepeatSettlement may send it again.
	SettlementUnsent SettlementState = "unsent"
	// SettlementRefused: Radial did not accept it, as after an HTTP error below
	// 500 without a Fault, such as 401 for a wrong API key. RepeatSettlement may
	// send it again, with a new RequestID.
	SettlementRefused SettlementState = "refused"
)

// stateAfter returns the state of a settlement after the only attempt to send it.
func stateAfter(e *radial.Error) SettlementState {
	switch {
	case e == nil:
		return SettlementAcknowledged
	case e.MayRepeat && e.Fault != nil:
		return SettlementFaulted
	case e.MayRepeat && e.OutcomeUnknown:
		return SettlementUnanswered
	case e.MayRepeat:
		return SettlementUnsent
	case e.OutcomeUnknown:
		return SettlementSent
	}
	return SettlementRefused
}

// SettlementStore keeps settlements beyond the life of the process and for every
// process of the shop, so that no settlement is submitted twice. A table with the
// ID as its primary key is enough.
type SettlementStore interface {
	// Swap stores next under next.ID if the record stored there is in the state
	// from, or if there is none and from is empty. Otherwise it changes nothing
	// and returns an error that matches ErrAlreadySubmitted. It must be atomic
	// against every other Swap, and once it has returned nil, what it stored
	// must survive a crash. In SQL:
	//
	//	from empty:  INSERT; a violated primary key is ErrAlreadySubmitted
	//	otherwise:   UPDATE … WHERE id = ? AND state = ?; no changed row is
	//	             ErrAlreadySubmitted
	Swap(ctx context.Context, from SettlementState, next Settlement) error
}

// Why a settlement is not recorded.
const (
	errNoStore = safe.Message("client has no settlement store")
	errRecord  = safe.Message("settlement record does not match its request or the client's store")
)

var opSettlement = message.Operation{
	Name:    "PaymentSettlement",
	Path:    "/payments/settlement/create/" + message.Tender + ".xml",
	Request: "PaymentSettlementRequest",
	Reply:   "AckReply",
	Effect:  true, // and not repeated: a second settlement would move the money twice
}

// SettlePayment sends a settlement to Radial, once. Call ConfirmFunds before a
// Debit.
//
// A nil error means that Radial has acknowledged the settlement and carries it
// out, with retries of its own; the result comes later, as one or more
// PaymentSettlementStatus for ParseStatus. From then on the settlement must never
// be sent again, or the shopper may be debited or credited twice. This package
// prevents that: it sends a settlement only after the SettlementStore has recorded
// it, never retries automatically, and returns ErrAlreadySubmitted if the store
// knows the settlement, from this process or from any other that shares the store.
//
// Errors: ErrInvalid, ErrAlreadySubmitted and ErrStore before anything is sent,
// with a nil Settlement. Once the settlement was sent, the Settlement is returned
// with the error, as the store holds it. ErrOutcomeUnknown then means that Radial
// may have the settlement. If MayRepeat is set, RepeatSettlement may send it
// again. Otherwise, as after a lost connection, the page of a gateway or
// ErrDuplicate, it stays SettlementSent: wait for its status message or ask
// Radial. ErrStore with a Settlement means that Radial acknowledged the settlement
// and the store could not record that; it is not sent again either.
//
// POST /v1.0/stores/{StoreID}/payments/settlement/create/AF.xml.
func (c *Client) SettlePayment(ctx context.Context, req PaymentSettlementRequest) (*Settlement, error) {
	id := c.SettlementID(req)
	return c.submit(ctx, settlementNew, Settlement{ID: id, RequestID: id, StoreID: c.radial.StoreID(), Request: req})
}

// RepeatSettlement sends a settlement again that was not acknowledged. Radial
// allows this with the same RequestID for SettlementUnanswered, SettlementFaulted
// and SettlementUnsent, and with a new one, which is made here, for
// SettlementRefused. Any other state, and a state that the store no longer holds,
// is ErrAlreadySubmitted. Take s from SettlePayment or from the SettlementStore.
//
// The result and the errors are those of SettlePayment.
func (c *Client) RepeatSettlement(ctx context.Context, s Settlement) (*Settlement, error) {
	if s.StoreID != c.radial.StoreID() || s.ID != c.SettlementID(s.Request) || s.RequestID == "" {
		return nil, failure(s, afterpay.ErrInvalid, errRecord)
	}
	from := s.State
	switch from {
	case SettlementRefused:
		s.RequestID = afterpay.RequestIDFor("radial settlement refused", s.RequestID)
	case SettlementUnanswered, SettlementFaulted, SettlementUnsent:
	default:
		e := failure(s, ErrAlreadySubmitted, nil)
		e.OutcomeUnknown = from == SettlementSent
		return nil, e
	}
	return c.submit(ctx, from, s)
}

// SettlementID returns the id under which the SettlementStore keeps the
// settlement: a UUID made from what identifies the settlement, so that it is the
// same after a restart and on another machine. It is also the first RequestID.
func (c *Client) SettlementID(req PaymentSettlementRequest) string {
	return afterpay.RequestIDFor("radial settlement", c.radial.StoreID(), req.OrderID, req.InvoiceID,
		string(req.SettlementType), req.Amount.String(), req.ClientContext)
}

func (r *PaymentSettlementRequest) write(w *message.Writer) {
	w.Context(r.OrderID)
	w.May("InvoiceId", r.InvoiceID, message.Length(1, 20))
	w.Total("Amount", r.Amount)
	w.Part("TaxAmount", r.TaxAmount)
	w.Must("SettlementType", string(r.SettlementType), message.OneOf(SettlementDebit, SettlementCredit))
	w.May("ClientContext", r.ClientContext)
	w.Flag("FinalDebit", r.FinalDebit)
	w.May("RefundReason", r.RefundReason)
}

// submit records that the settlement is being sent, sends it once, and records
// the result. Between the two records it counts as sent, whatever happens.
func (c *Client) submit(ctx context.Context, from SettlementState, s Settlement) (*Settlement, error) {
	begun := false
	err := c.radial.Exchange(ctx, message.Call{
		Op:      &opSettlement,
		Asked:   message.Asked{RequestID: s.RequestID, SessionID: s.Request.SessionID, OrderID: s.Request.OrderID, Amount: s.Request.Amount},
		Content: s.Request.write,
		Reply:   new(ackReply),
		Begin: func(ctx context.Context) error {
			err := c.begin(ctx, from, &s)
			begun = err == nil
			return err
		},
	})
	if !begun {
		return nil, err
	}
	e, _ := errors.AsType[*radial.Error](err)
	recordErr := c.record(ctx, &s, stateAfter(e))
	switch {
	case recordErr == nil:
		return &s, err
	case e == nil:
		e = failure(s, ErrStore, recordErr)
		e.Attempts = 1
		return &s, e
	}
	failed := *e
	failed.MayRepeat = false // the store holds that it was sent, and nothing newer
	failed.Err = errors.Join(e.Err, recordErr)
	return &s, &failed
}

// begin records that the settlement is being sent.
func (c *Client) begin(ctx context.Context, from SettlementState, s *Settlement) error {
	if c.store == nil {
		return failure(*s, afterpay.ErrInvalid, errNoStore)
	}
	s.State = SettlementSent
	switch err := c.store.Swap(ctx, from, *s); {
	case errors.Is(err, ErrAlreadySubmitted):
		return failure(*s, ErrAlreadySubmitted, nil)
	case err != nil:
		return failure(*s, ErrStore, err)
	}
	return nil
}

// record stores a new state of a settlement that was sent, even if the caller's
// context has ended.
func (c *Client) record(ctx context.Context, s *Settlement, state SettlementState) error {
	if state == SettlementSent {
		return nil // stored already, and some databases report no row as changed by such an UPDATE
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	next := *s
	next.State = state
	if err := c.store.Swap(ctx, SettlementSent, next); err != nil {
		return err
	}
	*s = next
	return nil
}

// recordTimeout bounds the Swap after a settlement was sent.
const recordTimeout = 30 * time.Second

// failure returns the error for a settlement whose record prevents sending it.
func failure(s Settlement, kind afterpay.Kind, cause error) *radial.Error {
	return &radial.Error{
		Op:        opSettlement.Name,
		Route:     opSettlement.Route(),
		Kind:      kind,
		RequestID: s.RequestID,
		OrderID:   s.Request.OrderID,
		Err:       cause,
	}
}
