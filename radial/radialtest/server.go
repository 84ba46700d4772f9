// Package radialtest stands in for Radial's payments service in tests: a server
// in memory that keeps sessions, authorizations and settlements, accepts only
// what the published tables allow, and can fail in every way that a client must
// handle.
//
//	client, server := radialtest.NewClient(t)
//	reply, err := client.InitializePaymentAuthorization(ctx, request)
//	server.Confirm(reply.PaymentID) // the shopper confirms
//	_, err = client.GetPaymentAuthorization(ctx, …)
//
// It reads and writes XML with code of its own and uses none of package radial's,
// so that a mistake there cannot hide here. Where Radial's behavior is not
// published, the package chooses one, and the doc comments say so.
package radialtest

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/afterpay-go/afterpay/radial"
)

// The credentials that a Server accepts.
const (
	StoreID = "TESTSTORE"
	APIKey  = "radialtest-api-key"
)

// The operations, as in radial.Error.Op.
const (
	GetConfiguration = "GetConfiguration"
	Initialize       = "InitializePaymentAuthorization"
	GetAuthorization = "GetPaymentAuthorization"
	ConfirmFunds     = "ConfirmFunds"
	Settlement       = "PaymentSettlement"
	AuthCancel       = "PaymentAuthCancel"
)

// Server is Radial's service in memory. It is an http.Handler, for
// httptest.NewServer, and has an HTTP client of its own that needs no socket and
// so works with testing/synctest. It is safe for concurrent use.
type Server struct {
	shapes map[string]shape

	mu       sync.Mutex
	next     map[string][]Response
	requests []Request
	handled  map[string]remembered // by operation and request id
	ledger
}

// remembered is what became of a request id.
type remembered struct {
	document  string
	delivered bool
}

// Request is a request that the server received.
type Request struct {
	Op        string
	RequestID string
	SessionID string
	Header    http.Header
	Body      []byte
	root      *node
}

// Text returns the text of the first element at a path below the root, such as
// BillingInformation/Address/City, or "" if there is none.
func (r Request) Text(path string) string {
	if r.root == nil {
		return ""
	}
	return r.root.find(path)
}

// NewServer returns a Server that knows no orders.
func NewServer() *Server {
	return &Server{
		shapes:  shapes(),
		next:    make(map[string][]Response),
		handled: make(map[string]remembered),
		ledger:  newLedger(),
	}
}

// NewClient returns a client of a new Server. The test fails at its end if a
// Response of Next was not used.
func NewClient(tb testing.TB, opts ...radial.Option) (*radial.Client, *Server) {
	tb.Helper()
	s := NewServer()
	client, err := radial.New(StoreID, APIKey, append([]radial.Option{
		radial.WithHTTPClient(s.HTTPClient()),
	}, opts...)...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		for op, left := range s.unused() {
			tb.Errorf("radialtest: %d responses prepared for %s were not used", left, op)
		}
	})
	return client, s
}

// HTTPClient returns a client whose requests all go to the server.
func (s *Server) HTTPClient() *http.Client { return &http.Client{Transport: roundTripper{s}} }

// Next prepares the responses to the next requests of an operation, in order, in
// place of what the server would do otherwise.
func (s *Server) Next(op string, responses ...Response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next[op] = append(s.next[op], responses...)
}

// Requests returns the requests of an operation, or all requests for "",
// including those that the server refused for their key, path or form.
func (s *Server) Requests(op string) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.requests), func(r Request) bool { return op != "" && r.Op != op })
}

func (s *Server) unused() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := make(map[string]int)
	for op, responses := range s.next {
		if len(responses) > 0 {
			left[op] = len(responses)
		}
	}
	return left
}

// operations are the paths below /v1.0/stores/{StoreID}.
func operations() map[string]string {
	return map[string]string{
		"/payments/configuration/get/AF.xml":        GetConfiguration,
		"/payments/authorization/initialize/AF.xml": Initialize,
		"/payments/authorization/get.xml":           GetAuthorization,
		"/payments/funds/confirm/AF.xml":            ConfirmFunds,
		"/payments/settlement/create/AF.xml":        Settlement,
		"/payments/auth/cancel/AF.xml":              AuthCancel,
	}
}

// respond returns the response to a request.
func (s *Server) respond(r *http.Request, body []byte) Response {
	s.mu.Lock()
	defer s.mu.Unlock()
	path, ours := strings.CutPrefix(r.URL.Path, "/v1.0/stores/"+StoreID)
	request := Request{Op: operations()[path], Header: maps.Clone(r.Header), Body: body}
	root, err := parse(body)
	if err == nil {
		request.root = root
		request.RequestID, request.SessionID = root.attributes["requestId"], root.attributes["sessionId"]
	}
	prepared := s.next[request.Op]
	if len(prepared) > 0 && prepared[0].behavior == unreachable {
		s.next[request.Op] = prepared[1:]
		return prepared[0] // the request never arrives
	}
	s.requests = append(s.requests, request)
	shape := s.shapes[request.Op]
	switch {
	case !ours || request.Op == "":
		return Gateway(http.StatusNotFound)
	case r.Method != http.MethodPost:
		return Gateway(http.StatusMethodNotAllowed)
	case apiKey(r.Header) != APIKey:
		return Gateway(http.StatusUnauthorized)
	case !strings.HasPrefix(r.Header.Get("Content-Type"), "text/xml"):
		return Gateway(http.StatusUnsupportedMediaType)
	case err != nil || root.name != shape.name:
		return Fault(http.StatusBadRequest, "INVALID_DOCUMENT", "no "+shape.name)
	case request.Op != Initialize && request.RequestID == "", utf8.RuneCountInString(request.RequestID) > 40:
		return Fault(http.StatusBadRequest, "INVALID_REQUEST", "requestId")
	}
	if problem := shape.problem(root, shape.name); problem != "" {
		return Fault(http.StatusBadRequest, "INVALID_REQUEST", problem)
	}
	if len(prepared) > 0 {
		s.next[request.Op] = prepared[1:]
		return s.prepared(prepared[0], request)
	}
	return s.work(request)
}

// apiKey returns the key, in whatever case its header is written.
func apiKey(h http.Header) string {
	for name, values := range h {
		if strings.EqualFold(name, "apikey") && len(values) == 1 {
			return values[0]
		}
	}
	return ""
}

// prepared carries out an Response of Next.
func (s *Server) prepared(a Response, r Request) Response {
	switch {
	case a.replyCode != "":
		a.status, a.mimeType, a.document = http.StatusOK, "text/xml", s.ledger.reply(r, a.replyCode)
	case a.behavior == loses, a.behavior == resets:
		if done := s.work(r); done.status == http.StatusOK {
			s.remember(r, remembered{document: done.document})
		}
	}
	return a
}

// work does what the request asks for. A request id that was handled before gets
// a Fault_DUPLICATE; one whose response was lost gets the same response again. Radial
// has published neither.
func (s *Server) work(r Request) Response {
	if before, known := s.handled[r.Op+" "+r.RequestID]; known && r.RequestID != "" {
		if before.delivered {
			return DuplicateFault(http.StatusBadRequest)
		}
		s.remember(r, remembered{before.document, true})
		return Document(http.StatusOK, before.document)
	}
	a := s.ledger.carryOut(r)
	if a.status == http.StatusOK {
		s.remember(r, remembered{a.document, true})
	}
	return a
}

func (s *Server) remember(r Request, m remembered) { s.handled[r.Op+" "+r.RequestID] = m }

// ServeHTTP responds to a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	a := s.respond(r, body)
	switch a.behavior {
	case swallows, loses:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case resets, unreachable:
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", a.mimeType)
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.document)
}

// roundTripper passes requests to a server without a socket.
type roundTripper struct{ server *Server }

// RoundTrip responds to a request.
func (t roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	a := t.server.respond(r, body)
	switch a.behavior {
	case unreachable:
		// As net/http does, it says that it asked for a connection.
		if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GetConn != nil {
			trace.GetConn(r.URL.Host)
		}
		return nil, errUnreachable()
	case swallows, loses:
		<-r.Context().Done()
		return nil, r.Context().Err()
	case resets:
		return nil, errReset()
	}
	return &http.Response{
		Status:        http.StatusText(a.status),
		StatusCode:    a.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        http.Header{"Content-Type": {a.mimeType}},
		Body:          io.NopCloser(bytes.NewReader([]byte(a.document))),
		ContentLength: int64(len(a.document)),
		Request:       r,
	}, nil
}
