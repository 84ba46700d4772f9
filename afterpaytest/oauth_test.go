package afterpaytest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const tokenForm = "grant_type=client_credentials&client_id=" + MerchantID + "&client_secret=" + SecretKey + "&scope=merchant_api_v2"

// asksForToken makes a shop send forms without credentials, as a client does that
// has no token yet.
func (s *shop) asksForToken() {
	s.edit = func(req *http.Request) {
		req.Header.Del("Authorization")
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
}

func (s *shop) bearer(authorization string) {
	s.edit = func(req *http.Request) { req.Header.Set("Authorization", authorization) }
}

func TestAccessTokensOpenWhatBasicOpens(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := newShop(t, WithClock(func() time.Time { return now }))
	s.asksForToken()
	a := s.post("/v2/oauth2/token", tokenForm)
	require.Equal(t, 200, a.status, a.raw)
	require.Equal(t, "no-store", a.header.Get("Cache-Control"))
	require.Equal(t, "Bearer", a.text("token_type"))
	require.EqualValues(t, 86399, a.at("expires_in"))
	require.True(t, strings.HasPrefix(a.text("scope"), "merchant_api_v2/read merchant_api_v2/reverse "), a.text("scope"))
	token := a.text("access_token")
	require.Len(t, strings.Split(token, "."), 3)

	s.bearer("Bearer " + token)
	require.Equal(t, 200, s.get("/v2/configuration").status)
	require.Equal(t, 200, s.get("/v1/configuration").status)
	s.bearer("bearer " + token)
	require.Equal(t, 200, s.get("/v2/payments").status)
	s.edit = nil
	require.Equal(t, 200, s.get("/v2/configuration").status, "Basic still does")

	s.sandbox.Advance(86399*time.Second - time.Millisecond)
	s.bearer("Bearer " + token)
	require.Equal(t, 200, s.get("/v2/configuration").status)
	s.sandbox.Advance(time.Millisecond)
	s.refused(s.get("/v2/configuration"), 401, "unauthorized")
}

func TestTokensThatWereNotGivenOutOpenNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, authorization := range []string{"", "Bearer", "Bearer ", "Bearer x", "Basic x", "Token x"} {
		s.bearer(authorization)
		s.refused(s.get("/v2/configuration"), 401, "unauthorized")
	}
}

func TestAccessTokensAreRefused(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, form, kind string
		status           int
		code             string
	}{
		{"wrong secret", strings.Replace(tokenForm, SecretKey, "guess", 1), "", 401, "unauthorized"},
		{"wrong merchant", strings.Replace(tokenForm, MerchantID, "1", 1), "", 401, "unauthorized"},
		{"another grant", strings.Replace(tokenForm, "client_credentials", "password", 1), "", 400, "invalid_request"},
		{"no scope", strings.TrimSuffix(tokenForm, "merchant_api_v2"), "", 400, "invalid_request"},
		{"no form", "%", "", 400, "invalid_request"},
		{"empty", "", "", 400, "invalid_request"},
		{"JSON", "{}", "application/json", 415, "error"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.asksForToken()
			if ask := s.edit; tc.kind != "" {
				s.edit = func(req *http.Request) {
					ask(req)
					req.Header.Set("Content-Type", tc.kind)
				}
			}
			s.refused(s.post("/v2/oauth2/token", tc.form), tc.status, tc.code)
		})
	}
}
