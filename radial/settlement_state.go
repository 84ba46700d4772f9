package radial

import (
	"context"
	"errors"
	"time"

	"github.com/afterpay-go/afterpay"
)

// SettlementState is how far a settlement has come.
type SettlementState string

// The states of a settlement.
const (
	settlementNew SettlementState = "" // not known to the store

	// SettlementSent: it is being sent, or was and nothing usable came back,
	// or the process died meanwhile. Radial may have it.
	SettlementSent SettlementState = "sent"
	// SettlementAcknowledged: Radial has it and sees to the rest.
	SettlementAcknowledged SettlementState = "acknowledged"
	// SettlementUnanswered: a read timeout. RepeatSettlement may send it again.
	SettlementUnanswered SettlementState = "unanswered"
	// SettlementFaulted: a Fault other than Fault_DUPLICATE. RepeatSettlement
	// may send it again.
	SettlementFaulted SettlementState = "faulted"
	// SettlementUnsent: nothing left this machine. RepeatSettlement may send it
	// again.
	SettlementUnsent SettlementState = "unsent"
	// SettlementRefused: an HTTP error below 500 without a Fault, such as 401
	// for a wrong API key, so that Radial did not take it. RepeatSettlement may
	// send it again, which gives it a new RequestID.
	SettlementRefused SettlementState = "refused"
)

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
	ID        string                   `json:"id"`        // key of the record: Client.SettlementID
	RequestID string                   `json:"requestId"` // attribute requestId of what was sent last
	StoreID   string                   `json:"storeId"`
	State     SettlementState          `json:"state"`
	Request   PaymentSettlementRequest `json:"request"`
}

// SettlementStore keeps settlements for longer than the process lives, and for
// every process of the shop: it is what makes a second submission impossible. A
// table with the ID as its primary key will do.
type SettlementStore interface {
	// Swap stores next under next.ID if what is stored there is in the state
	// from, or if nothing is stored there and from is empty. Otherwise it
	// changes nothing and returns an error that matches ErrAlreadySubmitted. It
	// must be atomic against every other Swap, and what it stored must survive
	// a crash once it has returned nil. In SQL:
	//
	//	from empty:  INSERT, where a violated primary key is ErrAlreadySubmitted
	//	otherwise:   UPDATE … WHERE id = ? AND state = ?, where no row changed
	//	             is ErrAlreadySubmitted
	Swap(ctx context.Context, from SettlementState, next Settlement) error
}

// Why a settlement is not even recorded.
var (
	errNoStore = errors.New("client has no settlement store")
	errRecord  = errors.New("settlement record does not fit its request or the client's store")
)

// submit records that the settlement is being sent, sends it once, and records
// how that went. Between the two records, whatever happens, it counts as sent.
func (c *Client) submit(ctx context.Context, from SettlementState, s Settlement) (*Settlement, error) {
	id := ids{request: s.RequestID, session: s.Request.SessionID, order: s.Request.OrderID}
	x, err := c.exchange(&opSettlement, id, s.Request.write)
	if err != nil {
		return nil, err
	}
	if c.settlements == nil {
		return nil, c.settlementFailure(s, afterpay.ErrInvalid, errNoStore)
	}
	s.State = SettlementSent
	switch err := c.settlements.Swap(ctx, from, s); {
	case errors.Is(err, ErrAlreadySubmitted):
		return nil, c.settlementFailure(s, ErrAlreadySubmitted, nil)
	case err != nil:
		return nil, c.settlementFailure(s, ErrStore, err)
	}
	err = x.send(ctx, new(ackReply))
	if recordErr := c.record(ctx, &s, stateAfter(x.course)); recordErr != nil {
		e, ok := errors.AsType[*Error](err)
		if !ok {
			e = x.failure(ErrStore)
		}
		e.MayRepeat = false // the store holds that it was sent, and nothing newer
		e.Err = errors.Join(e.Err, recordErr)
		err = e
	}
	if e, ok := errors.AsType[*Error](err); ok {
		e.Settlement = &s
		return nil, e
	}
	return &s, nil
}

// record stores a new state of a settlement that was sent. The caller's context
// may have ended, which is no reason to forget what has happened.
func (c *Client) record(ctx context.Context, s *Settlement, state SettlementState) error {
	if state == SettlementSent {
		return nil // stored already; and some databases report no row as changed by such an UPDATE
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeToRecord)
	defer cancel()
	next := *s
	next.State = state
	if err := c.settlements.Swap(ctx, SettlementSent, next); err != nil {
		return err
	}
	*s = next
	return nil
}

// timeToRecord bounds a Swap after the fact.
const timeToRecord = 30 * time.Second

// settlementFailure is the error for a settlement that was not sent.
func (c *Client) settlementFailure(s Settlement, kind afterpay.Kind, cause error) *Error {
	x := &exchange{client: c, op: &opSettlement, requestID: s.RequestID, orderID: s.Request.OrderID, answer: answer{err: cause}}
	return x.failure(kind)
}
