package afterpay

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay/internal/cache"
	"github.com/afterpay-go/afterpay/internal/safe"
)

// The hosts that issue access tokens. A host that is not Afterpay's, such as a
// proxy or afterpaytest, issues its own.
const (
	productionTokenURL = "https://merchant-auth.afterpay.com"
	sandboxTokenURL    = "https://merchant-auth-sandbox.afterpay.com"
)

// WithOAuth authenticates with access tokens in place of Basic authentication.
// A token is fetched with the client's credentials when a call needs one. All
// calls use it until shortly before it expires. If the service refuses it, it
// is dropped, and the call is repeated with a new one if
// RetryPolicy.MaxAttempts allows another attempt. Without scopes, the scope of
// the whole API version is requested: merchant_api_v2 or merchant_api_v1.
//
// POST https://merchant-auth.afterpay.com/v2/oauth2/token, or
// merchant-auth-sandbox.afterpay.com for the sandbox. If WithBaseURL names a host
// outside afterpay.com, the token is requested from that host.
func WithOAuth(scopes ...string) Option {
	return func(c *config) error {
		for _, s := range scopes {
			if s == "" || strings.ContainsAny(s, " \t\r\n") {
				return errors.New("afterpay: OAuth scope is empty or contains white space")
			}
		}
		c.credentials = func(client *core, merchantID, secretKey string) credentials {
			return newOAuth(client, merchantID, secretKey, scopes)
		}
		return nil
	}
}

// tokenBase returns the base URL of the host that issues access tokens.
func tokenBase(base *url.URL) *url.URL {
	host := strings.ToLower(base.Hostname())
	switch {
	case !strings.HasSuffix(host, ".afterpay.com"):
		return base
	case strings.Contains(host, "sandbox"):
		return mustBaseURL(sandboxTokenURL)
	}
	return mustBaseURL(productionTokenURL)
}

// oauth authorizes requests with access tokens. What is secret is kept in
// functions, so that nothing which prints a Client prints it.
type oauth struct {
	client *core
	form   func() tokenForm // asks for a token
	token  cache.Value[authorization]
}

// tokenForm is the parameters of a request for a token.
type tokenForm url.Values

func (f tokenForm) form(h *headers) request {
	return request{Header: h.form, Body: []byte(url.Values(f).Encode())}
}

// authorization returns the value of an Authorization header.
type authorization func() string

func newOAuth(c *core, merchantID, secretKey string, scopes []string) *oauth {
	scope := strings.Join(scopes, " ")
	if scope == "" {
		scope = map[APIVersion]string{V1: "merchant_api_v1", V2: "merchant_api_v2"}[c.version]
	}
	return &oauth{client: c, form: func() tokenForm {
		return tokenForm{
			"grant_type":    {"client_credentials"},
			"client_id":     {merchantID},
			"client_secret": {secretKey},
			"scope":         {scope},
		}
	}}
}

// Authorization returns the value of the Authorization header of a request.
func (o *oauth) Authorization(ctx context.Context) (string, error) {
	token, err := o.token.Get(ctx, o.fetch)
	if err != nil {
		return "", &tokenError{err}
	}
	return token(), nil
}

// Refused drops a token that the service refuses, unless another call has
// replaced it already.
func (o *oauth) Refused(header string) {
	o.token.Forget(func(token authorization) bool { return token() == header })
}

func (o *oauth) fetch(ctx context.Context) (authorization, cache.Life, error) {
	t, err := do[accessToken](ctx, o.client, call{op: opOAuthToken, body: o.form(), anonymous: true}, nil)
	if err != nil {
		return nil, cache.Life{}, err
	}
	return func() string { return "Bearer " + t.AccessToken }, cache.Life{Fresh: t.life()}, nil
}

// accessToken is the response of the token's host.
type accessToken struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int64  `json:"expires_in"` // seconds
}

func (t *accessToken) readResponse(version APIVersion, _ http.Header, body []byte) error {
	if err := decodeJSON(version, body, t); err != nil {
		return err
	}
	if t.AccessToken == "" || strings.ContainsFunc(t.AccessToken, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errNoToken // or one that a header cannot hold
	}
	return nil
}

// life returns how long the token is used: all of its life but the last minute,
// or the last tenth if that is less.
func (t *accessToken) life() time.Duration {
	const usual = 300 // if the response does not say
	life := time.Duration(min(cmp.Or(max(t.ExpiresIn, 0), usual), 1<<32)) * time.Second
	return life - min(life/10, time.Minute)
}

// tokenError is why there is no access token. The token's host is not the
// service, so the Kind of its error does not show: a missing page there is not a
// missing payment.
type tokenError struct{ err error }

func (e *tokenError) Error() string {
	return "no access token: " + strings.TrimPrefix(safe.Text(e.err), "afterpay: ")
}

// SafeToLog marks the text as free of secrets and personal data.
func (e *tokenError) SafeToLog() {}

func (e *tokenError) Unwrap() error {
	if inner, ok := errors.AsType[*Error](e.err); ok {
		return inner.Err
	}
	return e.err
}

// classify sets the kind of the call that needed the token, and how long the
// token's host asked to wait.
func (e *tokenError) classify(call *Error) {
	inner, ok := errors.AsType[*Error](e.err)
	if !ok {
		call.Kind = ErrUnavailable
		return
	}
	call.Kind, call.RetryAfter = ErrUnavailable, inner.RetryAfter
	switch {
	case inner.Kind == ErrUnauthorized, inner.StatusCode == http.StatusBadRequest: // RFC 6749 allows 400 for wrong credentials
		call.Kind = ErrUnauthorized
	case inner.Kind == ErrRateLimited:
		call.Kind = ErrRateLimited
	}
}
