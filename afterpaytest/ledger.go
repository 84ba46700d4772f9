package afterpaytest

import (
	"slices"
	"time"
)

// MovementKind says what moved money, or what let it go.
type MovementKind string

// The kinds of movements.
const (
	Authorized MovementKind = "authorized" // reserved by an auth
	Captured   MovementKind = "captured"   // taken, of an authorization or at once
	Voided     MovementKind = "voided"     // of an authorization, let go by a void
	Expired    MovementKind = "expired"    // of an authorization, let go by time
	Refunded   MovementKind = "refunded"   // of what was captured, given back by a refund
	Reversed   MovementKind = "reversed"   // let go or given back by a reversal
)

// Movement is one line of the ledger. Declines and refused requests move
// nothing and have none.
type Movement struct {
	Sequence  int // from 1
	Kind      MovementKind
	PaymentID string
	Token     string
	RequestID string // of the request that caused it; empty when there was none
	Amount    int64  // hundredths, always positive
	Currency  string
	At        time.Time
}

// Ledger returns every movement of money so far, in the order it happened:
// the truth that a shop's own books can be compared with. What is due by the
// sandbox's clock, such as an expiry, has happened.
func (s *Sandbox) Ledger() []Movement {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(s.now())
	return slices.Clone(s.ledger)
}

// enter writes a movement. It needs s.mu.
func (s *Sandbox) enter(kind MovementKind, p *payment, requestID string, amount int64, at time.Time) {
	s.ledger = append(s.ledger, Movement{
		Sequence: len(s.ledger) + 1, Kind: kind,
		PaymentID: p.id, Token: p.token, RequestID: requestID,
		Amount: amount, Currency: p.currency, At: at,
	})
}
