package afterpay

import (
	"context"
	"sync"
)

// ReplayGuard remembers which events were handled. Afterpay sends an event again
// when the answer did not arrive or was not 200, and somebody who recorded one
// may send it again too, within the WebhookVerifier's Tolerance.
//
// A program of several processes needs one that they share, such as a table with
// the event's id as its key; there a claim should end by itself after some time,
// for the process that has it may die. It must be safe for concurrent use.
type ReplayGuard interface {
	// Claim asks for an event in order to handle it. An error lets nobody
	// handle it; Afterpay will send it again.
	Claim(ctx context.Context, eventID string) (Claim, error)
	// Settle ends a claim that was granted. An event that was handled is to be
	// remembered; one that was not can be claimed again. The context lives on
	// when the request's has ended.
	Settle(ctx context.Context, eventID string, handled bool) error
}

// Claim is the answer to a claim.
type Claim int

// The answers.
const (
	ClaimGranted Claim = iota // the event is new, and the caller's until Settle
	ClaimHeld                 // somebody else has it
	ClaimHandled              // the event was handled before
)

// ReplayMemory is a ReplayGuard for a single process. It forgets everything when
// that ends, and otherwise the oldest event first.
type ReplayMemory struct {
	size int

	mu      sync.Mutex
	events  map[string]Claim // ClaimHeld or ClaimHandled
	handled []string         // a ring, of at most size ids
	oldest  int              // in handled
}

const defaultReplayMemory = 10_000

// NewReplayMemory returns a ReplayGuard that remembers the given number of
// handled events; below 1: 10,000, which take about 1 MB.
func NewReplayMemory(events int) *ReplayMemory {
	if events < 1 {
		events = defaultReplayMemory
	}
	return &ReplayMemory{size: events, events: make(map[string]Claim)}
}

// Claim grants an event that is neither claimed nor remembered. It never fails.
func (m *ReplayMemory) Claim(_ context.Context, eventID string) (Claim, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if claim, ok := m.events[eventID]; ok {
		return claim, nil
	}
	m.events[eventID] = ClaimHeld
	return ClaimGranted, nil
}

// Settle remembers an event that was handled and forgets one that was not. It
// never fails, and does nothing where there is no claim.
func (m *ReplayMemory) Settle(_ context.Context, eventID string, handled bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.events[eventID] != ClaimHeld:
	case !handled:
		delete(m.events, eventID)
	case len(m.handled) < m.size:
		m.events[eventID] = ClaimHandled
		m.handled = append(m.handled, eventID)
	default:
		delete(m.events, m.handled[m.oldest])
		m.events[eventID] = ClaimHandled
		m.handled[m.oldest] = eventID
		m.oldest = (m.oldest + 1) % m.size
	}
	return nil
}
