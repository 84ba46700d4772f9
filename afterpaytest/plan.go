package afterpaytest

import (
	"fmt"
	"net/http"
)

// plannedFault is a fault waiting for its requests.
type plannedFault struct {
	fault Fault
	left  int                         // requests it is still to strike
	when  func(Request) (Fault, bool) // instead of fault and left
}

// Fail has the next request for an operation run into a fault. Several calls
// queue up. A fault that no request ran into fails the test at its end.
//
//	sandbox.Fail(afterpaytest.OpCapture, afterpaytest.Reset().AfterCommit())
//	sandbox.Fail(afterpaytest.OpCreateRefund, afterpaytest.TooManyRequests(time.Second).Times(2))
func (s *Sandbox) Fail(op Op, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[op] = append(s.faults[op], &plannedFault{fault: f, left: max(f.times, 1)})
}

// FailFunc asks f, for every request for an operation that no fault of Fail
// is waiting for, whether it runs into a fault and into which. f may be called
// by several goroutines at once; it must not call the sandbox.
func (s *Sandbox) FailFunc(op Op, f func(Request) (Fault, bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[op] = append(s.faults[op], &plannedFault{when: f})
}

// Reply scripts the answer to the next request for an operation, which the
// service then never sees. It is short for Fail with Respond.
func (s *Sandbox) Reply(op Op, status int, body any) {
	s.Fail(op, Respond(status, body))
}

// nextFault takes the fault a request runs into, or nil. It needs s.mu.
func (s *Sandbox) nextFault(r *Request) *plannedFault {
	for _, plan := range s.faults[r.Op] {
		if plan.when != nil || plan.left == 0 {
			continue
		}
		plan.left--
		return &plannedFault{fault: plan.fault}
	}
	for _, plan := range s.faults[r.Op] {
		if plan.when == nil {
			continue
		}
		if f, ok := plan.when(*r); ok {
			return &plannedFault{fault: f}
		}
	}
	return nil
}

// unused names the faults and holds nothing ran into.
func (s *Sandbox) unused() (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for op, plans := range s.faults {
		for _, plan := range plans {
			if plan.left > 0 {
				names = append(names, fmt.Sprintf("%s for %s (%d times)", plan.fault.name, op, plan.left))
			}
		}
	}
	for op, holds := range s.holds {
		for range holds {
			names = append(names, fmt.Sprintf("Hold for %s", op))
		}
	}
	return names
}

// strike makes a fault happen. The service's own answer is nil when it was
// never asked.
func (s *Sandbox) strike(f Fault, c *call, real *reply) (*http.Response, error) {
	return f.strike(s, c, real)
}
