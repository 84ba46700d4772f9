package afterpaytest

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
)

// Sandbox stands in for Afterpay, in memory: one merchant account, API v1 and v2, and
// the shopper. It is an http.RoundTripper, for a client in the same process,
// and an http.Handler, for any other client. It is safe for concurrent use,
// starts no goroutine, and shares nothing with other sandboxes.
//
// Use New to create one; the zero Sandbox is not usable.
type Sandbox struct {
	mock *httpmock.MockTransport

	// Set by options, then constant.
	profile          profile
	merchantID       string
	secretKey        string
	crossBorder      []foreignLimit
	authLife         time.Duration
	readLag          time.Duration
	reversalDelay    time.Duration
	clock            func() time.Time
	portal           string
	underscoreHeader bool
	unknownFields    UnknownFields
	history          int // number of requests to keep; 0 for all
	disputeForm      DisputeForm
	control          http.Handler // nil without WithControl

	mu        sync.Mutex // guards the fields below
	offset    time.Duration
	ids       *identifiers
	checkouts map[string]*checkout
	tokens    []string          // of checkouts, oldest first
	byID      map[string]*order // by payment id
	orders    []*order          // oldest first
	due       dueQueue          // pending expiries and reversals
	replays   map[string]replay // by operation and request id
	running   map[string]bool   // keys of running requests
	arrivals  int               // number of requests so far
	requests  []*Request
	attempts  map[string]int // by identity
	faults    map[Op][]*planned
	holds     map[Op][]*Held // not used yet
	held      []*Held        // in use
	ledger    []Movement
	disputes  disputeDesk

	accessTokens map[string]time.Time // by token, when it expires

	testMu sync.Mutex // guards test; locked after mu
	test   testing.TB // nil outside a test
}

// New returns a sandbox that belongs to no test. It responds to mistakes of its
// client as the service does, and reports them to no test. In a test, use
// NewClient or NewServer.
func New(opts ...Option) *Sandbox {
	us, _ := profileOf(US)
	s := &Sandbox{
		mock:          httpmock.NewMockTransport(),
		profile:       us,
		merchantID:    MerchantID,
		secretKey:     SecretKey,
		authLife:      13 * 24 * time.Hour,
		reversalDelay: 3 * time.Second,
		clock:         time.Now,
		ids:           newIdentifiers(randomSeed()),
		checkouts:     make(map[string]*checkout),
		byID:          make(map[string]*order),
		replays:       make(map[string]replay),
		running:       make(map[string]bool),
		attempts:      make(map[string]int),
		faults:        make(map[Op][]*planned),
		holds:         make(map[Op][]*Held),
		accessTokens:  make(map[string]time.Time),
	}
	for _, opt := range opts {
		opt(s)
	}
	s.mock.RegisterNoResponder(s.respond)
	return s
}

// Mock returns the transport that the sandbox responds through. Responders
// registered on it take precedence over the sandbox. Their responses appear
// neither in Requests nor in Ledger.
func (s *Sandbox) Mock() *httpmock.MockTransport { return s.mock }

// RoundTrip responds to a request as Afterpay would, for any host. It
// implements http.RoundTripper.
func (s *Sandbox) RoundTrip(req *http.Request) (*http.Response, error) {
	// A request that its client gave up may still be carried out, so the
	// sandbox needs a copy of what the client owns.
	return s.mock.RoundTrip(req.Clone(req.Context()))
}

// maxBody bounds what the sandbox reads of a request. It exceeds the largest
// file that can be evidence.
const maxBody = 12 << 20

// respond is the no-responder of the mock transport: the service itself.
func (s *Sandbox) respond(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		read, err := io.ReadAll(io.LimitReader(req.Body, maxBody))
		_ = req.Body.Close()
		if err != nil {
			return nil, err
		}
		body = read
	}
	if res := cmp.Or(s.controlResponse(req, body), s.portalPage(req, body)); res != nil {
		return res, nil
	}
	c := newCall(req, body)
	plan := s.admit(c)
	if plan != nil && !plan.fault.afterCommit {
		return plan.fault.apply(s, c, nil)
	}
	reply := s.finish(c, s.serve(c))
	if plan != nil {
		return plan.fault.apply(s, c, reply)
	}
	return reply.response(req), nil
}

// reply is a response that is ready to be sent.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r *reply) response(req *http.Request) *http.Response {
	res := &http.Response{
		Status:        http.StatusText(r.status),
		StatusCode:    r.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        r.header,
		Body:          io.NopCloser(bytes.NewReader(r.body)),
		ContentLength: int64(len(r.body)),
		Request:       req,
	}
	if req.Method == http.MethodHead {
		res.Body = http.NoBody
	}
	return res
}

// bind makes the sandbox part of a test: mistakes of its client, and faults
// that never happened, fail the test. A sandbox that is already part of a test
// stays part of that one.
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

// report fails the test that the sandbox is part of, if any.
func (s *Sandbox) report(format string, args ...any) {
	s.testMu.Lock()
	defer s.testMu.Unlock()
	if s.test != nil {
		s.test.Errorf("afterpaytest: "+format, args...)
	}
}
