package afterpaytest

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
)

// Sandbox is an Afterpay in memory: one merchant account, API v1 and v2, the
// shopper included. It is an http.RoundTripper, for a client in the same
// process, and an http.Handler, for any client at all. It is safe for
// concurrent use, starts no goroutine of its own, and shares nothing with
// other sandboxes.
//
// The zero Sandbox isn't usable; New makes one.
type Sandbox struct {
	mock *httpmock.MockTransport

	// Set by options and constant afterwards.
	profile          profile
	merchantID       string
	secretKey        string
	crossBorder      []foreignLimit
	readLag          time.Duration
	reversalDelay    time.Duration
	clock            func() time.Time
	portal           string
	underscoreHeader bool
	unknownMembers   UnknownMembers
	history          int // requests to keep; 0 for all
	disputeForm      DisputeForm

	mu        sync.Mutex // guards what follows
	offset    time.Duration
	ids       *identifiers
	checkouts map[string]*checkout
	tokens    []string          // of checkouts, in the order they were made
	byID      map[string]*order // by payment id
	orders    []*order          // in the order they were made
	due       dueQueue          // expiries and reversals to come
	replays   map[string]replay // by operation and request id
	running   map[string]bool   // what may only run once at a time
	arrivals  int               // requests so far
	requests  []*Request
	attempts  map[string]int // by what repeats have in common
	faults    map[Op][]*plannedFault
	holds     map[Op][]*Held // waiting for a request
	held      []*Held        // with one
	ledger    []Movement
	disputes  disputeDesk

	accessTokens map[string]time.Time // until when each is good

	testMu sync.Mutex // guards test; taken after mu where both are
	test   testing.TB // nil outside a test and after it
}

// New returns a sandbox that belongs to no test: mistakes of its client are
// answered as the service answers them and reported to nobody. In a test,
// NewClient and NewServer are shorter.
func New(opts ...Option) *Sandbox {
	us, _ := profileOf(US)
	s := &Sandbox{
		mock:          httpmock.NewMockTransport(),
		profile:       us,
		merchantID:    MerchantID,
		secretKey:     SecretKey,
		reversalDelay: 3 * time.Second,
		clock:         time.Now,
		ids:           newIdentifiers(randomSeed()),
		checkouts:     make(map[string]*checkout),
		byID:          make(map[string]*order),
		replays:       make(map[string]replay),
		running:       make(map[string]bool),
		attempts:      make(map[string]int),
		faults:        make(map[Op][]*plannedFault),
		holds:         make(map[Op][]*Held),
		accessTokens:  make(map[string]time.Time),
	}
	for _, opt := range opts {
		opt(s)
	}
	s.mock.RegisterNoResponder(s.respond)
	return s
}

// Mock returns the transport the sandbox answers through. Responders that are
// registered on it come before the sandbox, which is its no-responder; what
// they answer is in neither Requests nor Ledger.
func (s *Sandbox) Mock() *httpmock.MockTransport { return s.mock }

// RoundTrip answers one request as Afterpay would. The host of the request
// doesn't matter. It implements http.RoundTripper.
func (s *Sandbox) RoundTrip(req *http.Request) (*http.Response, error) {
	return s.mock.RoundTrip(req)
}

// maxBody bounds what the sandbox reads of one request: more than the largest
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
	if page := s.portalPage(req, body); page != nil {
		return page, nil
	}
	c := newCall(req, body)
	plan := s.admit(c)
	if plan != nil && !plan.fault.afterCommit {
		return s.strike(plan.fault, c, nil)
	}
	reply := s.finish(c, s.serve(c))
	if plan != nil {
		return s.strike(plan.fault, c, reply)
	}
	return reply.response(req), nil
}

// reply is an answer ready to be sent.
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
