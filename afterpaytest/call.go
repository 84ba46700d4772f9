package afterpaytest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// call is one request that the sandbox is handling.
type call struct {
	http    *http.Request
	raw     []byte
	route   *route // nil when no route matches
	allowed []string
	id      string
	token   string
	query   url.Values
	arrival int // position among all requests
	now     time.Time
	doc     *document
	body    *object  // has no fields when no body was sent
	request *Request // its record
}

func newCall(req *http.Request, body []byte) *call {
	c := &call{http: req, raw: body}
	c.route, c.id, c.token, c.allowed = match(req.Method, segments(req.URL))
	c.query = req.URL.Query()
	return c
}

func (c *call) version() version { return c.route.version }

// serve carries out a request. A fault that is applied afterwards can only
// lose the response.
func (s *Sandbox) serve(c *call) response {
	if refusal, ok := s.gate(c); !ok {
		return refusal
	}
	if c.http.Method == http.MethodOptions {
		return response{status: http.StatusOK, allow: "GET, HEAD, OPTIONS"}
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
		defer close(held.done)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range claims {
		delete(s.running, key)
	}
	c.now = s.now()
	s.runDue(c.now)
	return c.route.handle(s, c)
}

// claim marks all keys as running, or none if one of them is running already.
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

// claimRefund claims the key that makes a refund idempotent: in v2 the request
// id together with the reference, in v1 the request id alone.
func claimRefund(c *call) []string {
	key := refundKey(c.version(), c.request.RequestID, c.body.peek("merchantReference"))
	if key == "" {
		return nil
	}
	return []string{key}
}

// gate makes the checks that come before any operation, in the order of the
// service: credentials, path, method, media types, body. Paths that belong to
// no version of the API need no credentials.
func (s *Sandbox) gate(c *call) (response, bool) {
	if (c.route == nil && c.versioned() || c.route != nil && !c.route.open) && !s.authentic(c.http) {
		return s.unauthorized(c.http), false
	}
	if c.route == nil {
		return s.noRoute(c), false
	}
	if !acceptsJSON(c.http.Header) && !c.route.open {
		return refuse(http.StatusNotAcceptable, "error", "Not Acceptable"), false
	}
	if c.route.body == noBody {
		return response{}, true
	}
	wanted := "application/json"
	if c.route.body == formBody {
		wanted = "multipart/form-data"
	} else if len(c.raw) == 0 {
		return c.decode(s.profile.country) // without a body, there is no type to check
	}
	if kind, _, err := mime.ParseMediaType(c.http.Header.Get("Content-Type")); err != nil || kind != wanted {
		return refuse(http.StatusUnsupportedMediaType, "error", "Unsupported Media Type"), false
	}
	if c.route.body == formBody {
		return response{}, true
	}
	return c.decode(s.profile.country)
}

func (c *call) versioned() bool {
	path := c.http.URL.Path
	return strings.HasPrefix(path, "/v1/") || strings.HasPrefix(path, "/v2/")
}

// noRoute refuses a request that matches no operation.
func (s *Sandbox) noRoute(c *call) response {
	if len(c.allowed) > 0 {
		a := refuse(http.StatusMethodNotAllowed, "method_not_allowed", "Method Not Allowed")
		a.allow = strings.Join(c.allowed, ", ")
		return a
	}
	s.report("no operation of the API has the path %s %s", c.http.Method, c.http.URL.Path)
	return refuse(http.StatusNotFound, "not_found", "Not Found")
}

// decode reads the body as JSON.
func (c *call) decode(country string) (response, bool) {
	c.doc = &document{version: c.version(), country: country}
	c.body = &object{doc: c.doc}
	if len(c.raw) == 0 {
		if c.route.body == requiredBody {
			return internalError(), false
		}
		return response{}, true
	}
	if c.request.Body == nil {
		return malformedJSON(), false
	}
	c.body.fields = c.request.Body
	return response{}, true
}

func malformedJSON() response {
	return refuse(http.StatusBadRequest, "invalid_json", "The request contains improperly formatted JSON")
}

// valid reports whether the body was acceptable, and returns the refusal when
// it was not. Handlers call it once, after reading every field they know.
func (s *Sandbox) valid(c *call) (response, bool) {
	c.body.close()
	if c.doc.malformed {
		return malformedJSON(), false
	}
	if len(c.doc.unknown) > 0 {
		names := strings.Join(c.doc.unknown, ", ")
		switch s.unknownFields {
		case ReportUnknown:
			s.report("%s: the service would silently ignore the fields %s of the request", c.route.op, names)
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
	return response{}, true
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

// response is what a handler returns: a status with a body, or a refusal.
type response struct {
	status       int
	body         any    // a wire value, or nil
	text         string // a plain text body, in place of body
	allow        string // value of the Allow header
	cacheControl string
	code         string // of a refusal; empty otherwise
	errorID      string // of a refusal; empty for a random one
	message      string
}

func created(body any) response { return response{status: http.StatusCreated, body: body} }

const noStore = "private, no-cache, no-store, no-transform, must-revalidate, max-age=0"

// read is the response to a GET. It must not be stored, except for the
// configuration.
func read(body any) response {
	return response{status: http.StatusOK, body: body, cacheControl: noStore}
}

func refuse(status int, code, message string) response {
	return response{status: status, code: code, message: message}
}

// Refusals that several operations share. Their messages are recorded or
// documented.
func badTokenToPay() response {
	return refuse(http.StatusPaymentRequired, "invalid_token", "Cannot complete payment, expired or invalid token.")
}

func badToken() response {
	return refuse(http.StatusPreconditionFailed, "invalid_token", "Invalid token")
}

func notFound() response {
	return refuse(http.StatusNotFound, "not_found", "Afterpay payment ID not found.")
}

func notEligible(message string) response {
	return refuse(http.StatusPreconditionFailed, "precondition_failed", message)
}

func internalError() response {
	return refuse(http.StatusInternalServerError, "error", "An error occurred processing your request")
}

func alreadyCaptured() response {
	return refuse(http.StatusGone, "payment_captured", "The payment has already been fully captured.")
}

func invalidObject(message string) response {
	return refuse(http.StatusUnprocessableEntity, "invalid_object", message)
}

func invalidAmount(message string) response {
	return refuse(http.StatusUnprocessableEntity, "invalid_amount", message)
}

// finish turns a response into bytes and headers, and records its status.
func (s *Sandbox) finish(c *call, a response) *reply {
	s.mu.Lock()
	correlation, ray := s.ids.correlation(), s.ids.hex(16)+"-"+s.profile.datacenter
	if a.code != "" {
		a.body = wireError{a.code, cmp.Or(a.errorID, s.ids.hex(16)), a.message, a.status}
	}
	now := s.now()
	c.request.Status = a.status
	s.mu.Unlock()

	header := http.Header{
		"Date":   {now.Format(http.TimeFormat)},
		"Server": {"cloudflare"},
		"Cf-Ray": {ray},
	}
	if s.underscoreHeader {
		header["http_correlation_id"] = []string{correlation}
	} else {
		header["Http-Correlation-Id"] = []string{correlation}
	}
	if c.http.Method == http.MethodGet && (a.status == http.StatusNotFound || a.status == http.StatusPreconditionFailed) {
		a.cacheControl = noStore
	}
	if a.cacheControl != "" {
		header.Set("Cache-Control", a.cacheControl)
	}
	if a.allow != "" {
		header.Set("Allow", a.allow)
	}
	r := &reply{status: a.status, header: header}
	switch {
	case a.body != nil:
		header.Set("Content-Type", "application/json")
		r.body = encode(a.body)
	case a.text != "":
		header.Set("Content-Type", "text/plain;charset=UTF-8")
		r.body = []byte(a.text)
	}
	return r
}

// encode writes JSON without escaping HTML characters, as the service does.
func encode(value any) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic("afterpaytest: encoding a response: " + err.Error()) // cannot happen with the wire types
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))
}

type wireError struct {
	ErrorCode      string `json:"errorCode"`
	ErrorID        string `json:"errorId"`
	Message        string `json:"message"`
	HTTPStatusCode int    `json:"httpStatusCode"`
}
