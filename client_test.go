package afterpay_test

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

func TestClient_LogsItsHostAndVersion(t *testing.T) {
	t.Parallel()
	c, err := afterpay.New(suitetest.MerchantID, suitetest.SecretKey, afterpay.WithSandbox())
	require.NoError(t, err)
	require.Equal(t, "[host=global-api-sandbox.afterpay.com api_version=2]", c.LogValue().String())
}

// What an Authorization header cannot carry unharmed is refused, and not shown.
func TestNew_RefusesCredentialsThatCannotBeSent(t *testing.T) {
	t.Parallel()
	bad := []string{"", "\x00hunter2"}
	for _, odd := range []string{" ", "\t", "\n", "\x7f", "\u0085", "\u00a0", "\u2028"} {
		bad = append(bad, "hunt"+odd+"er2", "hunter2"+odd)
	}
	for _, x := range bad {
		for _, credentials := range [][2]string{{x, suitetest.SecretKey}, {suitetest.MerchantID, x}, {x + ":", suitetest.SecretKey}} {
			c, err := afterpay.New(credentials[0], credentials[1])
			require.Nil(t, c, "%q", credentials)
			require.ErrorContains(t, err, "afterpay: ")
			require.NotContains(t, err.Error(), "hunt")
			require.NotContains(t, err.Error(), suitetest.SecretKey)
		}
	}
	srv := newRecorder(t, answer{Status: 200, Body: suitetest.ApprovedPayment})
	c, err := afterpay.New(suitetest.MerchantID, "a:b", afterpay.WithBaseURL(srv.URL))
	require.NoError(t, err, "a key may hold a colon")
	require.NoError(t, second(suitetest.GetPayment(t.Context(), c)))
	require.Equal(t, "Basic "+base64.StdEncoding.EncodeToString([]byte(suitetest.MerchantID+":a:b")), srv.Only(t).Header.Get("Authorization"))
}
