package radial

import (
	"context"
	"encoding/xml"
	"errors"

	"github.com/afterpay-go/afterpay"
)

// SettlementState is how far a settlement has come.
type SettlementState string

// The states of a settlement. Only those marked may be sent again, by
// RepeatSettlement.
const (
	settlementNew SettlementState = "" // not known to the store

	// SettlementSent: it is being sent, or was and nothing usable came back,
	// or the process died meanwhile. Radial may have it.
	SettlementSent SettlementState = "sent"
	// SettlementAcknowledged: Radial has it and sees to the rest.
	SettlementAcknowledged SettlementState = "acknowledged"
	// SettlementRefused: an HTTP error below 500 without a Fault. Radial did
	// not take it; correct the cause and call SettlePayment with another
	// RequestID.
	SettlementRefused SettlementState = "refused"
	// SettlementUnanswered: a read timeout. May be sent again.
	SettlementUnanswered SettlementState = "unanswered"
	// SettlementFaulted: a Fault other than Fault_DUPLICATE. May be sent again.
	SettlementFaulted SettlementState = "faulted"
	// SettlementUnsent: nothing left this machine. May be sent again.
	SettlementUnsent SettlementState = "unsent"
)

func (s SettlementState) repeatable() bool {
	return s == SettlementUnanswered || s == SettlementFaulted || s == SettlementUnsent
}

// stateAfter is the state that an attempt leaves a settlement in.
func stateAfter(c course) SettlementState {
	switch c {
	case replied:
		return SettlementAcknowledged
	case refused:
		return SettlementRefused
	case timedOut:
		return SettlementUnanswered
	case faulted:
		return SettlementFaulted
	case unsent:
		return SettlementUnsent
	}
	return SettlementSent
}

// Settlement is the record of a settlement, to be kept by a SettlementStore. It
// is plain data and survives encoding/json unchanged.
type Settlement struct {
	RequestID      string          `json:"requestId"` // key of the record
	StoreID        string          `json:"storeId"`
	OrderID        string          `json:"orderId"`
	InvoiceID      string          `json:"invoiceId,omitempty"`
	SettlementType SettlementType  `json:"settlementType"`
	Amount         afterpay.Money  `json:"amount"`
	State          SettlementState `json:"state"`
	Document       string          `json:"document"` // the request, byte for byte
}

// intact reports whether the document is the settlement request that the record
// says it is.
func (s Settlement) intact() bool {
	var request struct {
		RequestID string `xml:"requestId,attr"`
		XMLName   xml.Name
	}
	err := decode([]byte(s.Document), func(root string) any {
		if root == opSettlement.request {
			return &request
		}
		return nil
	})
	return err == nil && s.RequestID != "" && request.RequestID == s.RequestID
}

// SettlementStore keeps settlements for longer than the process lives, and for
// every process of the shop: it is what makes a second submission impossible. A
// table with the RequestID as its primary key will do.
type SettlementStore interface {
	// Swap stores next under next.RequestID if what is stored there is in the
	// state from, or if nothing is stored there and from is empty. Otherwise
	// it changes nothing and returns an error that matches ErrAlreadySubmitted.
	// It must be atomic against every other Swap, and what it stored must
	// survive a crash once it has returned nil. In SQL:
	//
	//	from empty:  INSERT, where a violated primary key is ErrAlreadySubmitted
	//	otherwise:   UPDATE … WHERE request_id = ? AND state = ?, where no row
	//	             changed is ErrAlreadySubmitted
	Swap(ctx context.Context, from SettlementState, next Settlement) error
}

// Why a settlement is not even recorded.
var (
	errNoStore = errors.New("client has no settlement store")
	errRecord  = errors.New("settlement record does not fit its document or the client's store")
)

// submit records that the settlement is being sent, sends it once, and records
// how that went. Between the two records, whatever happens, it counts as sent.
func (x *exchange) submit(ctx context.Context, from SettlementState, s Settlement) (*Settlement, error) {
	store := x.client.settlements
	if store == nil {
		e := x.failure(afterpay.ErrInvalid)
		e.Err = errNoStore
		return nil, e
	}
	s.State = SettlementSent
	if err := store.Swap(ctx, from, s); err != nil {
		return nil, x.storeFailure(err)
	}
	failure := x.send(ctx, new(ackReply))
	if s.State = stateAfter(x.course); s.State != SettlementSent {
		// The caller's context may have ended, which is no reason to forget
		// what has happened.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), x.client.timeouts.Read)
		defer cancel()
		if err := store.Swap(ctx, SettlementSent, s); err != nil {
			return nil, x.unrecorded(failure, err)
		}
	}
	if failure != nil {
		return nil, failure
	}
	return &s, nil
}

// storeFailure is the error for a settlement that was not sent because the
// store did not let it pass.
func (x *exchange) storeFailure(err error) *Error {
	kind := ErrStore
	if errors.Is(err, ErrAlreadySubmitted) {
		kind = ErrAlreadySubmitted
	}
	e := x.failure(kind)
	e.Err = err
	return e
}

// unrecorded is the error for a settlement that was sent and whose state after
// that could not be stored, so that it stays SettlementSent.
func (x *exchange) unrecorded(failure, err error) error {
	e, ok := errors.AsType[*Error](failure)
	if !ok {
		e = x.failure(ErrStore)
	}
	e.MayRepeat = false
	e.Err = errors.Join(e.Err, err)
	return e
}
