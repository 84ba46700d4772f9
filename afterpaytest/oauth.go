package afterpaytest

import (
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// OpAccessToken gives out access tokens, the alternative to Basic
// authentication: POST /v2/oauth2/token, for both versions of the API. Afterpay
// serves it on a host of its own; a sandbox serves it everywhere.
const OpAccessToken Op = "oauth.token"

// tokenLife is that of the one documented example: a day less a second.
const tokenLife = 86399 * time.Second

type wireAccessToken struct {
	AccessToken string `json:"access_token"`
	Scope       string `json:"scope"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
}

// accessToken gives a token to who knows the credentials. What the service says
// to a form it can't read is nowhere documented; 400 is this sandbox's reading.
func (s *Sandbox) accessToken(c *call) answer {
	if kind, _, err := mime.ParseMediaType(c.http.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return refuse(http.StatusUnsupportedMediaType, "error", "Unsupported Media Type")
	}
	form, err := url.ParseQuery(string(c.raw))
	if err != nil || form.Get("grant_type") != "client_credentials" || form.Get("scope") == "" {
		return refuse(http.StatusBadRequest, "invalid_request", "The request is missing a parameter or holds one that is not supported.")
	}
	if form.Get("client_id") != s.merchantID || form.Get("client_secret") != s.secretKey {
		return refuse(http.StatusUnauthorized, "unauthorized", "Credentials are required to access this resource.")
	}
	token := "eyJhbGciOiJSUzI1NiJ9." + s.ids.base32(120) + "." + s.ids.base32(43)
	s.accessTokens[token] = c.now.Add(tokenLife)
	return answer{status: http.StatusOK, cacheControl: "no-store", body: wireAccessToken{
		AccessToken: token, Scope: granted(form.Get("scope")), TokenType: "Bearer", ExpiresIn: int(tokenLife / time.Second),
	}}
}

// granted writes out what a scope that names a version of the API stands for.
// The list is the documented one of v2.
func granted(scope string) string {
	var all []string
	for name := range strings.FieldsSeq(scope) {
		if strings.Contains(name, "/") {
			all = append(all, name)
			continue
		}
		for _, right := range []string{
			"read", "reverse", "void", "deferred_capture", "capture", "manage", "initiate", "cancel_subscription", "direct_capture", "refund", "auth",
		} {
			all = append(all, name+"/"+right)
		}
	}
	return strings.Join(all, " ")
}

// authentic reports whether a request carries the merchant's credentials, or an
// access token that has not expired. Any token opens every operation.
func (s *Sandbox) authentic(req *http.Request) bool {
	if user, password, ok := req.BasicAuth(); ok {
		return user == s.merchantID && password == s.secretKey
	}
	scheme, token, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.EqualFold(scheme, "Bearer") && s.now().Before(s.accessTokens[token])
}
