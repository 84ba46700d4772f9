package kountatest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// tokens are those of OAuth.
type tokens struct {
	access  map[string]time.Time // until when each is valid
	refresh map[string]bool      // those that are not used yet
	codes   map[string]bool
	made    int
}

func newTokens() tokens {
	return tokens{access: make(map[string]time.Time), refresh: make(map[string]bool), codes: make(map[string]bool)}
}

// next returns a text that was not returned before.
func (t *tokens) next(prefix string) string {
	t.made++
	return prefix + "-" + strconv.Itoa(t.made)
}

// AuthorizationCode returns a code for the grant type authorization_code, as if
// the merchant had agreed on Kounta's page. It can be used once.
func (k *Kounta) AuthorizationCode() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	code := k.tokens.next("code")
	k.tokens.codes[code] = true
	return code
}

// IssueToken returns an access token and its refresh token, as the token endpoint
// does.
func (k *Kounta) IssueToken() (access, refresh string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.issue()
}

// ExpireTokens makes all access tokens invalid.
func (k *Kounta) ExpireTokens() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.tokens.access)
}

func (k *Kounta) issue() (access, refresh string) {
	access, refresh = k.tokens.next("access"), k.tokens.next("refresh")
	k.tokens.access[access] = k.options.Now().Add(k.options.TokenLife)
	k.tokens.refresh[refresh] = true
	return access, refresh
}

// token is the token endpoint. A code and a refresh token can be used once.
func (k *Kounta) token(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("client_id") != ClientID || r.PostFormValue("client_secret") != ClientSecret {
		refuse(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	valid, given := map[string]bool{}, ""
	switch r.PostFormValue("grant_type") {
	case "authorization_code":
		valid, given = k.tokens.codes, r.PostFormValue("code")
	case "refresh_token":
		valid, given = k.tokens.refresh, r.PostFormValue("refresh_token")
	}
	if !valid[given] {
		refuse(w, http.StatusBadRequest, "invalid_grant")
		return
	}
	delete(valid, given)
	access, refresh := k.issue()
	reply(w, map[string]any{
		"access_token": access, "refresh_token": refresh, "token_type": "bearer", "expires_in": int(k.options.TokenLife / time.Second),
	})
}

// authorized reports whether a request has valid credentials, and refuses it
// otherwise.
func (k *Kounta) authorized(w http.ResponseWriter, r *http.Request) bool {
	if id, secret, ok := r.BasicAuth(); ok {
		if id != ClientID || secret != ClientSecret {
			refuse(w, http.StatusUnauthorized, "invalid credentials")
			return false
		}
		return true
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !k.options.Now().Before(k.tokens.access[token]) {
		refuse(w, http.StatusBadRequest, "The access token expired")
		return false
	}
	return true
}
