package afterpaytest

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Request is the record of one request that reached the sandbox.
type Request struct {
	Op        Op     // empty when no operation fits
	Version   string // "v1", "v2"; empty for ping
	Method    string
	Path      string
	Query     url.Values
	Header    http.Header    // as sent, Authorization included
	Body      map[string]any // decoded, numbers as json.Number; nil when there was none or it wasn't an object
	RawBody   []byte
	PaymentID string // of the path; for disputes and their files, the id of those
	Token     string // of the path or the body
	RequestID string // of the body
	Attempt   int    // 1, then 2 for the first repeat: same operation and request id, or same path and body
	Status    int    // of the answer, even of one that was lost on its way; 0 when a fault came before any
	At        time.Time
}

// Requests returns the requests for an operation, oldest first. Requests("")
// returns all requests, those no operation fits included.
func (s *Sandbox) Requests(op Op) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Request
	for _, r := range s.requests {
		if op == "" || r.Op == op {
			copied := *r
			copied.Query, copied.Header, copied.Body = maps.Clone(r.Query), r.Header.Clone(), maps.Clone(r.Body)
			found = append(found, copied)
		}
	}
	return found
}

// admit records a request and finds the fault it runs into, if any.
func (s *Sandbox) admit(c *call) *plannedFault {
	r := &Request{
		Method:    c.http.Method,
		Path:      c.http.URL.Path,
		Query:     c.query,
		Header:    c.http.Header.Clone(),
		RawBody:   c.raw,
		PaymentID: c.id,
		Token:     c.token,
	}
	if len(c.raw) > 0 {
		r.Body, _ = decodeObject(c.raw) // what isn't an object is refused later
	}
	if id, ok := r.Body["requestId"].(string); ok {
		r.RequestID = id
	}
	if token, ok := r.Body["token"].(string); ok && r.Token == "" {
		r.Token = token
	}
	if c.route != nil {
		r.Op = c.route.op
		if c.route.version != 0 {
			r.Version = fmt.Sprintf("v%d", c.route.version)
		}
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrivals++
	c.arrival = s.arrivals
	key := r.identity()
	s.attempts[key]++
	r.Attempt = s.attempts[key]
	r.At = s.now()
	s.requests = append(s.requests, r)
	s.forgetOldRequests()
	c.request = r
	return s.nextFault(r)
}

// forgetOldRequests drops all but the newest requests, and waits until there
// are twice as many as it keeps, so as not to do so every time. It needs s.mu.
func (s *Sandbox) forgetOldRequests() {
	if s.history == 0 || len(s.requests) < 2*s.history {
		return
	}
	s.requests = slices.Clone(s.requests[len(s.requests)-s.history:])
	clear(s.attempts)
	for _, r := range s.requests {
		s.attempts[r.identity()] = r.Attempt
	}
}

// identity is what two attempts of one request have in common.
func (r *Request) identity() string {
	if r.RequestID != "" {
		return strings.Join([]string{string(r.Op), r.RequestID}, "\x00")
	}
	return strings.Join([]string{r.Method, r.Path, r.Query.Encode(), string(r.RawBody)}, "\x00")
}
