package main

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/afterpay-go/afterpay/afterpaytest"
)

// service is a sandbox that can kill the process that calls it.
type service struct {
	*afterpaytest.Sandbox
	url    string
	server *http.Server

	mu     sync.Mutex
	kill   func() // kills the caller of the next refund; nil if it may live
	before bool   // kill before the refund is paid, not after
}

func openService() (*service, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &service{Sandbox: afterpaytest.New(), url: "http://" + listener.Addr().String()}
	s.server = &http.Server{Handler: http.HandlerFunc(s.serve)}
	go func() {
		if err := s.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			panic(err)
		}
	}()
	return s, nil
}

func (s *service) close() { _ = s.server.Close() }

// killCaller has the caller of the next refund killed, before the refund is paid
// or after. The function kill returns when the caller is dead.
func (s *service) killCaller(kill func(), before bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kill, s.before = kill, before
}

func (s *service) serve(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/refund") {
		s.ServeHTTP(w, r)
		return
	}
	s.mu.Lock()
	kill, before := s.kill, s.before
	s.kill = nil
	s.mu.Unlock()
	switch {
	case kill == nil:
		s.ServeHTTP(w, r)
		return
	case !before:
		s.ServeHTTP(discard{}, r)
	}
	kill()
	panic(http.ErrAbortHandler) // the caller is dead
}

// discard is a http.ResponseWriter for a response that is never sent.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}
