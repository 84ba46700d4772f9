package afterpaytest

import (
	"slices"
	"strings"
	"testing"
)

// bind makes a sandbox part of a test: mistakes of its client fail the test,
// and so do faults nothing ran into. It ends with the test. A sandbox that is
// part of a test already, such as the one around this, stays so.
func (s *Sandbox) bind(tb testing.TB) {
	s.testMu.Lock()
	taken := s.test != nil
	if !taken {
		s.test = tb
	}
	s.testMu.Unlock()
	if taken {
		return
	}
	tb.Cleanup(func() {
		tb.Helper()
		s.releaseAll()
		s.testMu.Lock()
		s.test = nil
		s.testMu.Unlock()
		if names := s.unused(); len(names) > 0 {
			slices.Sort(names)
			tb.Errorf("afterpaytest: no request ran into: %s", strings.Join(names, ", "))
		}
	})
}

// report fails the test a sandbox is part of. Without one, or after it, there
// is nobody to tell.
func (s *Sandbox) report(format string, args ...any) {
	s.testMu.Lock()
	defer s.testMu.Unlock()
	if s.test != nil {
		s.test.Errorf("afterpaytest: "+format, args...)
	}
}
