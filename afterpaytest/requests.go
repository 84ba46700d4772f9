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

// Request is the record of a request that reached the sandbox.
type Request struct {
	Op        Op     // empty if no operation matches
	Version   string // "v1" or "v2"; empty for ping
	Method    string
	Path      string
	Query     url.Values
	Header    http.Header    // as sent, with Authorization
	Body      map[string]any // decoded, numbers as json.Number; nil unless it is an object
	RawBody   []byte
	PaymentID string // from the path; for disputes and files, their id
	Token     string // from the path or the body
	RequestID string // from the body
	Attempt   int    // 1, then 2 for its first repeat: the same operation and request id, or the same path and body
	Status    int    // of the response, even of a lost one; 0 if a fault prevented it
	At        time.Time
}

// Requests returns the requests for an operation, oldest first. Requests("")
// returns all requests, including those that match no operation.
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

// admit records a request and returns the fault it runs into, or nil.
func (s *Sandbox) admit(c *call) *planned {
	r := &Request{
		Method:    c.http.Method,
		Path:      c.http.URL.Path,
		Query:     c.query,
		Header:    c.http.Header,
		RawBody:   c.raw,
		PaymentID: c.id,
		Token:     c.token,
	}
	if len(c.raw) > 0 {
		r.Body, _ = decodeObject(c.raw) // other bodies are refused later
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

// forgetOldRequests drops old requests once there are twice as many as the
// history holds. The caller must hold s.mu.
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

// identity is equal for two attempts of one request.
func (r *Request) identity() string {
	if r.RequestID != "" {
		return strings.Join([]string{string(r.Op), r.RequestID}, "\x00")
	}
	return strings.Join([]string{r.Method, r.Path, r.Query.Encode(), string(r.RawBody)}, "\x00")
}

// requestLife is how long a request id prevents a second execution.
const requestLife = 24 * time.Hour

// replay is the result of a request that was carried out under an id.
type replay struct {
	at     time.Time
	order  *order
	refund refund // of a refund
}

// remember keeps the result of a request. Without an id nothing is kept, and
// the same request is carried out again. The caller must hold s.mu.
func (s *Sandbox) remember(key string, r replay) {
	if key != "" {
		s.replays[key] = r
	}
}

// recall returns the result of a request that is younger than life. A life of
// 0 never ends. The caller must hold s.mu.
func (s *Sandbox) recall(key string, now time.Time, life time.Duration) (replay, bool) {
	r, ok := s.replays[key]
	if !ok || life > 0 && now.Sub(r.at) >= life {
		return replay{}, false
	}
	return r, true
}

// requestKey is the key of a request id. It belongs to the merchant and the
// operation, whichever payment the request is about.
func requestKey(op Op, requestID string) string {
	if requestID == "" {
		return ""
	}
	return string(op) + "\x00" + requestID
}

// refundKey is the key of a refund: in v2 the request id together with the
// merchant reference, in v1 the request id.
func refundKey(v version, requestID, reference string) string {
	if requestID == "" || v == v2 && reference == "" {
		return ""
	}
	if v == v1 {
		reference = ""
	}
	return requestKey(OpCreateRefund, requestID) + "\x00" + reference
}
