package kounta

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// call is one call of the API.
type call struct {
	op     string
	method string // empty for GET
	path   string // relative to the base URL, or a link of Kounta's
	page   string // X-Page, empty for none
	in     any    // body of the request, nil for none
	out    any    // receives the response, nil if its body does not matter
}

// writes reports whether the call changes something at Kounta.
func (c *call) writes() bool { return c.method != "" }

const (
	maxBody = 8 << 20
	// requestTimeout is for one request and its response.
	requestTimeout = 30 * time.Second
)

// do sends a call and decodes its response. It returns the response's header
// also with an error, if there was a response. An access token that Kounta
// refuses is renewed once: Kounta did not carry out the request.
func (c *Client) do(ctx context.Context, call call) (http.Header, error) {
	var body []byte
	if call.in != nil {
		var err error
		if body, err = json.Marshal(call.in); err != nil {
			return nil, &Error{Op: call.op, Kind: ErrInvalid, Err: err}
		}
	}
	refused := ""
	for {
		if err := c.limiter.wait(ctx); err != nil {
			kind := ErrRateLimited
			if ctx.Err() != nil {
				kind = ErrUnavailable
			}
			return nil, &Error{Op: call.op, Kind: kind, RetryAfter: max(c.limiter.pause(), 0), Err: err}
		}
		req, err := c.newRequest(ctx, &call, body)
		if err != nil {
			return nil, &Error{Op: call.op, Kind: ErrInvalid, Err: err}
		}
		if err := c.authorize(ctx, &call, req, refused); err != nil {
			return nil, err
		}
		resp, err := c.send(req)
		if err != nil {
			return nil, sendError(&call, err)
		}
		if refused == "" && resp.tokenRefused() {
			refused = req.Header.Get("Authorization")
			continue
		}
		return resp.header, resp.decode(&call)
	}
}

func (c *Client) newRequest(ctx context.Context, call *call, body []byte) (*http.Request, error) {
	target, err := c.resolve(call.path)
	if err != nil {
		return nil, err
	}
	method := call.method
	if method == "" {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if call.page != "" {
		req.Header.Set("X-Page", call.page)
	}
	if call.in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// resolve returns the URL of a path or of a link of Kounta's, which must not
// lead to another host: it would receive the credentials.
func (c *Client) resolve(path string) (string, error) {
	target, err := c.base.Parse(path)
	if err != nil {
		return "", errors.New("the link is invalid")
	}
	if target.Host != c.base.Host {
		return "", errors.New("the link leads to another host")
	}
	target.Scheme = c.base.Scheme
	return target.String(), nil
}

// authorize adds credentials other than those that were refused.
func (c *Client) authorize(ctx context.Context, call *call, req *http.Request, refused string) error {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, c.http)
	err := c.auth.authorize(ctx, req, refused)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrUnauthorized):
		return &Error{Op: call.op, Kind: ErrUnauthorized, Err: err}
	}
	return &Error{Op: call.op, Kind: ErrUnavailable, Err: err}
}

// response is a response that was read.
type response struct {
	status int
	header http.Header
	body   []byte
}

// send sends a request and reads the response.
func (c *Client) send(req *http.Request) (*response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), requestTimeout)
	defer cancel()
	resp, err := c.http.Do(req.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	r := &response{resp.StatusCode, resp.Header, body}
	c.limiter.observe(r)
	return r, errors.Join(err, resp.Body.Close())
}

// sendError returns the error for a request without a response.
func sendError(call *call, err error) error {
	op, ok := errors.AsType[*net.OpError](err)
	connected := !ok || op.Op != "dial"
	return &Error{Op: call.op, Kind: ErrUnavailable, OutcomeUnknown: call.writes() && connected, Err: withoutURL(err)}
}

// withoutURL removes the URL from an error, which may hold an e-mail address.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// tokenRefused reports whether Kounta refuses the credentials: with 401, or with
// 400 and a text that says that the token expired or is invalid.
func (r *response) tokenRefused() bool {
	if r.status == http.StatusUnauthorized {
		return true
	}
	text := strings.ToLower(string(r.body[:min(len(r.body), 4096)]))
	return r.status == http.StatusBadRequest && strings.Contains(text, "token") &&
		(strings.Contains(text, "expired") || strings.Contains(text, "invalid"))
}

// decode decodes the response to a call.
func (r *response) decode(call *call) error {
	if r.status < 200 || r.status > 299 {
		return r.refusal(call)
	}
	if err := r.unmarshal(call.out); err != nil {
		return &Error{Op: call.op, Kind: ErrUnavailable, StatusCode: r.status, OutcomeUnknown: call.writes(), Err: err}
	}
	return nil
}

// unmarshal decodes the body into out. If out is nil, the body may be empty but
// not something else than JSON, such as a proxy's page.
func (r *response) unmarshal(out any) error {
	text := bytes.TrimSpace(r.body)
	switch {
	case out == nil && (len(text) == 0 || json.Valid(text)):
		return nil
	case out == nil:
		return errors.New("the response is not JSON")
	case len(text) == 0 || string(text) == "null":
		// Without this, a list that is missing would read as an empty one.
		return errors.New("response without content")
	}
	return json.Unmarshal(text, out)
}

// refusal returns the error for a response without success. Its body may hold
// personal data and stays out of it.
func (r *response) refusal(call *call) error {
	e := &Error{Op: call.op, StatusCode: r.status}
	switch r.status {
	case http.StatusBadRequest, http.StatusNotAcceptable, http.StatusConflict, http.StatusUnprocessableEntity:
		e.Kind = ErrInvalid
	case http.StatusUnauthorized, http.StatusForbidden:
		e.Kind = ErrUnauthorized
	case http.StatusNotFound:
		e.Kind = ErrNotFound
	case http.StatusTooManyRequests:
		e.Kind, e.RetryAfter = ErrRateLimited, r.resetAfter()
	default:
		e.Kind, e.OutcomeUnknown = ErrUnavailable, call.writes()
	}
	if r.tokenRefused() {
		e.Kind = ErrUnauthorized
	}
	return e
}
