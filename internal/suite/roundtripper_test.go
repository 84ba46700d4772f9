package suite_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// What http.Client forgives a RoundTripper, this client has to forgive too.
func TestCarelessRoundTrippers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer  func() (*http.Response, error)
		success bool
	}{
		"neither an answer nor an error": {func() (*http.Response, error) { return nil, nil }, false},
		"an answer and an error": {func() (*http.Response, error) {
			return suitetest.Respond(http.StatusNoContent, ""), errors.New("connection lost")
		}, false},
		"no body": {func() (*http.Response, error) { return &http.Response{StatusCode: http.StatusNoContent}, nil }, true},
		"no body, although of some length": {func() (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusNoContent, ContentLength: 9}, nil
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := suitetest.NewClient(t, "https://service.example", suitetest.Through(func(*http.Request) (*http.Response, error) { return tc.answer() }))
			err := c.Payments.Reverse(t.Context(), suitetest.Token)
			if tc.success {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, afterpay.ErrUnavailable)
			require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
		})
	}
}
