package afterpaytest

import (
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// call is one request on its way through the sandbox.
type call struct {
	http    *http.Request
	raw     []byte
	route   *route // nil when nothing fits
	allowed []string
	id      string
	token   string
	query   url.Values
	arrival int // place among all requests
	now     time.Time
	doc     *document
	body    *object  // empty when no body was sent
	request *Request // the record of it
}

func newCall(req *http.Request, body []byte) *call {
	c := &call{http: req, raw: body}
	c.route, c.id, c.token, c.allowed = match(req.Method, segments(req.URL))
	c.query = req.URL.Query()
	return c
}

func (c *call) version() version { return c.route.version }

// serve carries a request out. What it decides is final: a fault after it
// can only lose the answer.
func (s *Sandbox) serve(c *call) answer {
	if refusal, ok := s.gate(c); !ok {
		return refusal
	}
	if c.http.Method == http.MethodOptions {
		return answer{status: http.StatusOK, allow: "GET, HEAD, OPTIONS"}
	}
	var claims []string
	if c.route.claims != nil {
		claims = c.route.claims(c)
	}
	if !s.claim(claims) {
		return refuse(http.StatusConflict, "conflict", "The same request is still being processed.")
	}
	if held := s.nextHeld(c.route.op); held != nil {
		held.wait()
		defer held.carriedOut()
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range claims {
		delete(s.running, key)
	}
	c.now = s.now()
	s.settle(c.now)
	return c.route.handle(s, c)
}

// claim marks keys as running, unless one of them is already.
func (s *Sandbox) claim(keys []string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range keys {
		if s.running[key] {
			return false
		}
	}
	for _, key := range keys {
		s.running[key] = true
	}
	return true
}

func claimToken(c *call) []string {
	if token := c.request.Token; token != "" {
		return []string{"token " + token}
	}
	return nil
}

func claimRequest(c *call) []string {
	if id := c.request.RequestID; id != "" {
		return []string{string(c.route.op) + " " + id}
	}
	return nil
}

func claimTokenAndRequest(c *call) []string {
	return append(claimToken(c), claimRequest(c)...)
}

// claimRefund claims what makes a refund idempotent: in v2 the request id
// together with the reference, in v1 the request id alone.
func claimRefund(c *call) []string {
	key := refundKey(c.version(), c.request.RequestID, c.body.peek("merchantReference"))
	if key == "" {
		return nil
	}
	return []string{key}
}

// gate makes the checks that come before any operation, in the order a
// service behind a security filter makes them.
func (s *Sandbox) gate(c *call) (answer, bool) {
	if (c.route == nil || !c.route.open) && !s.authentic(c.http) {
		return refuse(http.StatusUnauthorized, "unauthorized", "Credentials are required to access this resource."), false
	}
	if c.route == nil {
		if len(c.allowed) > 0 {
			a := refuse(http.StatusMethodNotAllowed, "method_not_allowed", "Method Not Allowed")
			a.allow = strings.Join(c.allowed, ", ")
			return a, false
		}
		s.report("no operation of the API has the path %s %s", c.http.Method, c.http.URL.Path)
		return refuse(http.StatusNotFound, "not_found", "Not Found"), false
	}
	if !acceptsJSON(c.http.Header) && !c.route.open {
		return refuse(http.StatusNotAcceptable, "error", "Not Acceptable"), false
	}
	if c.route.body == noBody {
		return answer{}, true
	}
	wanted := "application/json"
	if c.route.body == formBody {
		wanted = "multipart/form-data"
	}
	if kind, _, err := mime.ParseMediaType(c.http.Header.Get("Content-Type")); err != nil || kind != wanted {
		return refuse(http.StatusUnsupportedMediaType, "error", "Unsupported Media Type"), false
	}
	if c.route.body == formBody {
		return answer{}, true
	}
	return c.decode()
}

// decode reads the body, if there has to be one.
func (c *call) decode() (answer, bool) {
	c.doc = &document{version: c.version()}
	c.body = &object{doc: c.doc}
	if len(c.raw) == 0 {
		if c.route.body == requiredBody {
			return internalError(), false
		}
		return answer{}, true
	}
	if c.request.Body == nil {
		return malformedJSON(), false
	}
	c.body.members = c.request.Body
	return answer{}, true
}

func malformedJSON() answer {
	return refuse(http.StatusBadRequest, "invalid_json", "The request contains improperly formatted JSON")
}

// valid closes the body and judges what was read of it. Handlers call it
// once, after they have read every member they know.
func (s *Sandbox) valid(c *call) (answer, bool) {
	c.body.close()
	if c.doc.malformed {
		return malformedJSON(), false
	}
	if len(c.doc.unknown) > 0 {
		names := strings.Join(c.doc.unknown, ", ")
		switch s.unknownMembers {
		case ReportUnknown:
			s.report("%s: the service would silently ignore the members %s of the request", c.route.op, names)
		case RefuseUnknown:
			c.doc.fault(names, "unknown")
		case IgnoreUnknown:
		}
	}
	if len(c.doc.faults) > 0 {
		code := c.doc.code
		if code == "" {
			code = "invalid_object"
		}
		return refuse(http.StatusUnprocessableEntity, code, strings.Join(c.doc.faults, ", ")), false
	}
	return answer{}, true
}

func acceptsJSON(header http.Header) bool {
	values := header.Values("Accept")
	if len(values) == 0 {
		return true
	}
	for _, value := range values {
		for kind := range strings.SplitSeq(value, ",") {
			switch kind, _, _ := mime.ParseMediaType(kind); kind {
			case "application/json", "application/*", "*/*":
				return true
			}
		}
	}
	return false
}
