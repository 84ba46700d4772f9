package webhook

import (
	"context"
	"sync"
)

// A ReplayGuard remembers which events were handled. Afterpay sends an event
// again if the response was lost or was not 200, and anybody who recorded an
// event can send it again within the Verifier's Tolerance.
//
// A program that runs as several processes needs a ReplayGuard that they share,
// such as a database table keyed by event id. A claim in it should expire after
// some time, because the process that holds it may die.
//
// Implementations must be safe for concurrent use.
type ReplayGuard interface {
	// Claim asks to handle an event. On an error nobody handles it, and
	// Afterpay sends it again.
	Claim(ctx context.Context, eventID string) (Claim, error)
	// Finish ends a claim that was granted. A handled event is remembered;
	// any other can be claimed again. The context stays valid after the request
	// is canceled.
	Finish(ctx context.Context, eventID string, handled bool) error
}

// Claim is the result of ReplayGuard.Claim.
type Claim int

// The results.
const (
	ClaimGranted Claim = iota // the event is new; the caller has it until Finish
	ClaimHeld                 // somebody else is handling the event
	ClaimHandled              // the event was handled before
)

// MemoryReplayGuard is a ReplayGuard for a single process. It forgets everything
// when the process ends. When full, it forgets the event handled longest ago.
type MemoryReplayGuard struct {
	size int

	mu      sync.Mutex
	events  map[string]Claim // ClaimHeld or ClaimHandled
	handled []string         // ring buffer of at most size ids
	oldest  int              // index in handled
}

const defaultMemory = 10_000

// NewMemoryReplayGuard returns a ReplayGuard that remembers the given number of
// handled events. Below 1 means 10,000 events, which take about 1 MB.
func NewMemoryReplayGuard(events int) *MemoryReplayGuard {
	if events < 1 {
		events = defaultMemory
	}
	return &MemoryReplayGuard{size: events, events: make(map[string]Claim)}
}

// Claim grants an event that is neither claimed nor remembered. It returns no
// error.
func (m *MemoryReplayGuard) Claim(_ context.Context, eventID string) (Claim, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if claim, ok := m.events[eventID]; ok {
		return claim, nil
	}
	m.events[eventID] = ClaimHeld
	return ClaimGranted, nil
}

// Finish remembers a handled event and forgets any other. It does nothing for an
// event that is not claimed, and returns no error.
func (m *MemoryReplayGuard) Finish(_ context.Context, eventID string, handled bool) error {
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
