package afterpaytest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestConfiguration_Forms(t *testing.T) {
	t.Parallel()
	t.Run("v1 is an array", func(t *testing.T) {
		t.Parallel()
		for region, want := range map[Region]string{
			AU: `[{"type":"PAY_BY_INSTALLMENT","description":"Pay over time","maximumAmount":{"amount":"1000.00","currency":"AUD"}}]`,
			GB: `[{"type":"PAY_BY_INSTALLMENT","description":"Pay over time","minimumAmount":{"amount":"10.00","currency":"GBP"},"maximumAmount":{"amount":"1000.00","currency":"GBP"}}]`,
		} {
			require.JSONEq(t, want, newShop(t, WithRegion(region)).get("/v1/configuration").raw)
		}
	})
	t.Run("v2 is an object with optional parts", func(t *testing.T) {
		t.Parallel()
		s := newShop(t, WithLimits("", "2000"), WithCrossBorder("AUD", "AU", "1500.00"))
		require.JSONEq(t, `{"maximumAmount":{"amount":"2000.00","currency":"USD"}}`, s.get("/v2/configuration").raw)
		all := s.get("/v2/configuration?include=publicId&include=consumerlending&include=payByInstallment&include=activeCountries&include=cbt&include=merchantCountry&include=channels&include=other")
		require.Equal(t, publicID, all.text("publicId"))
		require.Equal(t, "2000.00", all.text("consumerLending.maximumAmount.amount"))
		require.Equal(t, "2000.00", all.text("payByInstallment.maximumAmount.amount"))
		require.Equal(t, "US", all.text("merchantCountry"))
		require.Equal(t, []any{"US"}, all.at("activeCountries"))
		require.Equal(t, "CASH_APP", all.text("channels.0.name"))
		require.Equal(t, true, all.at("CBT.enabled"))
		require.Equal(t, "1500.00", all.text("CBT.limits.AUD.maximumAmount.amount"))
	})
}

const tokenForm = "grant_type=client_credentials&client_id=" + MerchantID + "&client_secret=" + SecretKey + "&scope=merchant_api_v2"

// asksForToken makes the shop send forms without credentials.
func (s *shop) asksForToken() {
	s.edit = func(req *http.Request) {
		req.Header.Del("Authorization")
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
}

func (s *shop) bearer(authorization string) {
	s.edit = func(req *http.Request) { req.Header.Set("Authorization", authorization) }
}

func TestAccessToken_AllowsWhatBasicAllows(t *testing.T) {
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

func TestAccessToken_UnknownTokensAreRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, authorization := range []string{"", "Bearer", "Bearer ", "Bearer x", "Basic x", "Token x"} {
		s.bearer(authorization)
		s.refused(s.get("/v2/configuration"), 401, "unauthorized")
	}
}

func TestAccessToken_RefusedRequests(t *testing.T) {
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
