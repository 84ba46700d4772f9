package transport

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBaseURL_AcceptsHTTPSAndLoopback(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"https://api.example", "https://api.example/", "https://api.example:8443/proxy", "http://localhost:8080", "http://127.0.0.1", "http://[::1]:80/v2",
	} {
		u, err := BaseURL(raw)
		require.NoError(t, err, raw)
		require.Equal(t, raw, u.String())
	}
	for _, raw := range []string{
		"", "api.example", "/v2", "https://", "https:api.example", "ftp://127.0.0.1", "http://api.example", "http://localhost.example", "https://%zz",
		"https://[::1", "https://user:hunter2@api.example", "https://api.example?a=hunter2", "https://api.example#hunter2",
		"https://api.example/{hunter2}", "https://api.example/%7Bhunter2",
	} {
		u, err := BaseURL(raw)
		require.Nil(t, u, raw)
		require.ErrorContains(t, err, "base URL must be")
		require.NotContains(t, err.Error(), "hunter2")
	}
}
