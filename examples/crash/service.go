package main

import (
	"errors"
	"io"
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
	kill   func() // ends the caller of the next refund; nil: lets it live
	before bool   // before the refund is carried out, not after
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

// killCaller ends the caller of the next refund with kill, which returns when it
// is dead, before the refund is carried out or after.
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
		s.ServeHTTP(unread{}, r)
	}
	kill()
	panic(http.ErrAbortHandler) // there is nobody left to answer
}

// unread takes an answer that is never sent.
type unread struct{}

func (unread) Header() http.Header         { return http.Header{} }
func (unread) Write(b []byte) (int, error) { return io.Discard.Write(b) }
func (unread) WriteHeader(int)             {}
