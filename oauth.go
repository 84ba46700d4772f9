package afterpay

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/afterpay-go/afterpay/internal/safe"
)

// The hosts that give out access tokens. Other hosts than Afterpay's, such as a
// proxy or afterpaytest, are asked for them themselves.
const (
	productionTokenURL = "https://merchant-auth.afterpay.com"
	sandboxTokenURL    = "https://merchant-auth-sandbox.afterpay.com"
)

// WithOAuth authenticates with access tokens in place of Basic authentication.
// A token is fetched with the client's credentials when one is needed, used by
// all calls until shortly before it expires, and replaced once when the service
// refuses it. Without scopes all of the API version is asked for:
// merchant_api_v2 or merchant_api_v1.
//
// POST https://merchant-auth.afterpay.com/v2/oauth2/token, or
// merchant-auth-sandbox.afterpay.com for the sandbox.
func WithOAuth(scopes ...string) Option {
	return func(c *config) error {
		for _, s := range scopes {
			if s == "" || strings.ContainsAny(s, " \t\r\n") {
				return errors.New("afterpay: OAuth scope is empty or holds white space")
			}
		}
		c.oauth, c.scopes = true, scopes
		return nil
	}
}

// tokenBase is the URL below which access tokens for a base URL are fetched.
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

// oauth keeps the access token of a client.
type oauth struct {
	client *core
	form   url.Values // asks for a token

	fetching flight[accessToken]
	mu       sync.Mutex
	current  accessToken
}

// accessToken is a token and when to stop using it.
type accessToken struct {
	header string // of Authorization
	until  time.Time
}

func newOAuth(c *core, merchantID, secretKey string, scopes []string) *oauth {
	scope := strings.Join(scopes, " ")
	if scope == "" {
		scope = map[APIVersion]string{V1: "merchant_api_v1", V2: "merchant_api_v2"}[c.version]
	}
	return &oauth{client: c, form: url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {merchantID},
		"client_secret": {secretKey},
		"scope":         {scope},
	}}
}

// authorization returns the value of the Authorization header.
func (o *oauth) authorization(ctx context.Context) (string, error) {
	if t, ok := o.usable(); ok {
		return t.header, nil
	}
	fetched, err := o.fetching.do(ctx, o.fetch)
	return fetched.header, err
}

func (o *oauth) usable() (accessToken, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.current, time.Now().Before(o.current.until)
}

func (o *oauth) fetch(ctx context.Context) (accessToken, error) {
	if t, ok := o.usable(); ok {
		return t, nil // another fetch ended while this one was begun
	}
	t, err := do[accessToken](ctx, o.client, call{op: opOAuthToken, body: o.form, anonymous: true}, nil)
	if err != nil {
		return accessToken{}, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.current = *t
	return *t, nil
}

// refused forgets a token that the service does not accept, unless another call
// has replaced it meanwhile.
func (o *oauth) refused(header string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.current.header == header {
		o.current = accessToken{}
	}
}

// tokenBody is the response of the token's host.
type tokenBody struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int64  `json:"expires_in"` // seconds
}

// readResponse reads a token. It is used for all of its life but the last minute,
// or the last tenth if that is less.
func (t *accessToken) readResponse(version APIVersion, _ http.Header, body []byte) error {
	var b tokenBody
	if err := decodeJSON(version, body, &b); err != nil {
		return err
	}
	if b.AccessToken == "" || strings.ContainsFunc(b.AccessToken, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errNoID // or one that cannot stand in a header
	}
	const usual = 300 // if the response does not say
	life := time.Duration(min(cmp.Or(max(b.ExpiresIn, 0), usual), 1<<32)) * time.Second
	t.header = "Bearer " + b.AccessToken
	t.until = time.Now().Add(life - min(life/10, time.Minute))
	return nil
}

// tokenError is why there is no access token. What the token's host answered is
// not what the service answered, so its Kind does not show: a missing page there
// is no missing payment.
type tokenError struct{ err error }

func (e *tokenError) Error() string {
	if inner, ok := errors.AsType[*Error](e.err); ok {
		return "no access token: " + inner.Error()
	}
	return "no access token: " + safe.Text(e.err)
}

// SafeToLog marks the error as one whose text holds no secret.
func (e *tokenError) SafeToLog() {}

func (e *tokenError) Unwrap() error {
	if inner, ok := errors.AsType[*Error](e.err); ok {
		return inner.Err
	}
	return e.err
}

// kind is that of the call which needed the token.
func (e *tokenError) kind() Kind {
	inner, ok := errors.AsType[*Error](e.err)
	switch {
	case ok && (inner.Kind == ErrUnauthorized || inner.StatusCode == http.StatusBadRequest):
		return ErrUnauthorized // by RFC 6749 wrong credentials may be answered 400
	case ok && inner.Kind == ErrRateLimited:
		return ErrRateLimited
	}
	return ErrUnavailable
}

// retryAfter is what the token's host asked for.
func (e *tokenError) retryAfter() time.Duration {
	if inner, ok := errors.AsType[*Error](e.err); ok {
		return inner.RetryAfter
	}
	return 0
}

// withAuthorization is a header with another Authorization.
func withAuthorization(h http.Header, value string) http.Header {
	h = h.Clone()
	h.Set("Authorization", value)
	return h
}
