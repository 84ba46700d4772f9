package afterpaytest

import "sync"

// Held is a request that the service is still working on: it has taken the
// request's key, and has not committed yet.
type Held struct {
	entered  chan struct{}
	released chan struct{}
	done     sync.WaitGroup
	once     sync.Once
}

// Hold keeps the next request for an operation open until Release, so that a
// second one with the same key meets a 409. If the client of the request
// gives up, the service doesn't: it carries the request out on Release. A
// hold that no request ran into fails the test at its end.
func (s *Sandbox) Hold(op Op) *Held {
	h := &Held{entered: make(chan struct{}), released: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holds[op] = append(s.holds[op], h)
	return h
}

// Entered is closed once a request is held.
func (h *Held) Entered() <-chan struct{} { return h.entered }

// Release lets the service carry the request out and returns when it has.
func (h *Held) Release() {
	h.once.Do(func() { close(h.released) })
	h.done.Wait()
}

// nextHeld takes the hold a request runs into, or nil.
func (s *Sandbox) nextHeld(op Op) *Held {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.holds[op]
	if len(waiting) == 0 {
		return nil
	}
	h := waiting[0]
	s.holds[op] = waiting[1:]
	s.held = append(s.held, h)
	h.done.Add(1)
	return h
}

func (h *Held) wait() {
	close(h.entered)
	<-h.released
}

func (h *Held) carriedOut() { h.done.Done() }

// releaseAll lets every held request go.
func (s *Sandbox) releaseAll() {
	s.mu.Lock()
	held := s.held
	s.held = nil
	s.mu.Unlock()
	for _, h := range held {
		h.Release()
	}
}
