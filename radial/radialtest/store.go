package radialtest

import (
	"context"
	"sync"

	"github.com/afterpay-go/afterpay/radial/experimental"
)

// SettlementStore is an experimental.SettlementStore in memory, for tests: its
// records end with the process, and so does the protection they give.
type SettlementStore struct {
	mu      sync.Mutex
	records map[string]experimental.Settlement
	fail    []error
}

// NewSettlementStore returns an empty store.
func NewSettlementStore() *SettlementStore {
	return &SettlementStore{records: make(map[string]experimental.Settlement)}
}

// FailNext makes the next calls of Swap return these errors; a nil lets the call
// succeed.
func (s *SettlementStore) FailNext(errs ...error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = append(s.fail, errs...)
}

// Load returns the settlement with the id and whether there is one.
func (s *SettlementStore) Load(id string) (experimental.Settlement, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.records[id]
	return r, ok
}

// Swap stores next if the stored state is from. If ctx is done, it changes
// nothing, as a database does.
func (s *SettlementStore) Swap(ctx context.Context, from experimental.SettlementState, next experimental.Settlement) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.fail) > 0 {
		err := s.fail[0]
		s.fail = s.fail[1:]
		if err != nil {
			return err
		}
	}
	if s.records[next.ID].State != from {
		return experimental.ErrAlreadySubmitted
	}
	s.records[next.ID] = next
	return nil
}
