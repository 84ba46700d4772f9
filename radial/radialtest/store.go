package radialtest

import (
	"context"
	"sync"

	"github.com/afterpay-go/afterpay/radial"
)

// SettlementStore keeps settlements in memory. It is for tests: what it holds is
// gone with the process, and so is the protection it gives.
type SettlementStore struct {
	mu      sync.Mutex
	records map[string]radial.Settlement
	fail    []error
}

// NewSettlementStore returns an empty store.
func NewSettlementStore() *SettlementStore {
	return &SettlementStore{records: make(map[string]radial.Settlement)}
}

// FailNext lets the next calls of Swap return these errors, a nil meaning that
// the call works.
func (s *SettlementStore) FailNext(errs ...error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = append(s.fail, errs...)
}

// Load returns the settlement with an id and whether there is one.
func (s *SettlementStore) Load(id string) (radial.Settlement, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.records[id]
	return r, ok
}

// Swap stores next if the stored state is from. Like a database, it does nothing
// for a context that has ended.
func (s *SettlementStore) Swap(ctx context.Context, from radial.SettlementState, next radial.Settlement) error {
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
		return radial.ErrAlreadySubmitted
	}
	s.records[next.ID] = next
	return nil
}
