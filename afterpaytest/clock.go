package afterpaytest

import "time"

// wireTime is the one form of time the service writes: UTC with milliseconds.
const wireTime = "2006-01-02T15:04:05.000Z"

func timestamp(t time.Time) string { return t.UTC().Format(wireTime) }

// Now returns the sandbox's time: the clock's, plus every Advance so far.
func (s *Sandbox) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

// now needs s.mu.
func (s *Sandbox) now() time.Time { return s.clock().UTC().Add(s.offset) }

// Advance moves the sandbox's clock forward by d: tokens and authorizations
// expire, reversals happen, request ids are forgotten and lagging reads catch
// up. It panics if d is negative. Inside a testing/synctest bubble the
// bubble's own clock moves the sandbox just as well.
func (s *Sandbox) Advance(d time.Duration) {
	if d < 0 {
		panic("afterpaytest: Advance: time can't go back")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset += d
	s.settle(s.now())
}
