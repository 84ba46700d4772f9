package kountatest_test

import (
	"encoding/json"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

// grant requests a token.
func grant(t *testing.T, fake *kountatest.Kounta, form url.Values) (status int, access, refresh string) {
	t.Helper()
	if !form.Has("client_secret") {
		form.Set("client_secret", kountatest.ClientSecret)
	}
	form.Set("client_id", kountatest.ClientID)
	resp, body := send(t, fake, "POST", "/v1/token.json", form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Authorization", "")
	var token struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &token))
	return resp.StatusCode, token.AccessToken, token.RefreshToken
}

func TestToken_CodesAndRefreshTokensWorkOnce(t *testing.T) {
	t.Parallel()
	fake := kountatest.New(kountatest.Options{})
	code := url.Values{"grant_type": {"authorization_code"}, "code": {fake.AuthorizationCode()}}
	status, _, refresh := grant(t, fake, code)
	require.Equal(t, 200, status)
	status, _, _ = grant(t, fake, code)
	require.Equal(t, 400, status)

	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}
	status, access, next := grant(t, fake, form)
	require.Equal(t, 200, status)
	require.NotEqual(t, refresh, next)
	status, _, _ = grant(t, fake, form)
	require.Equal(t, 400, status)
	status, _, _ = grant(t, fake, url.Values{"client_secret": {"wrong"}})
	require.Equal(t, 401, status)

	resp, _ := send(t, fake, "GET", "/v1/companies/me", "", "Authorization", "Bearer "+access)
	require.Equal(t, 200, resp.StatusCode)
}

func TestToken_ExpiredAccessTokenIsA400ThatSaysSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := kountatest.New(kountatest.Options{TokenLife: time.Minute})
		access, _ := fake.IssueToken()
		time.Sleep(time.Minute) //nolint:forbidigo // virtual: in a synctest bubble
		resp, body := send(t, fake, "GET", "/v1/companies/me", "", "Authorization", "Bearer "+access)
		require.Equal(t, 400, resp.StatusCode)
		require.Contains(t, body, "token expired")
		access, _ = fake.IssueToken()
		fake.ExpireTokens()
		resp, _ = send(t, fake, "GET", "/v1/companies/me", "", "Authorization", "Bearer "+access)
		require.Equal(t, 400, resp.StatusCode)
	})
}
