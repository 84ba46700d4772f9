package radial_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/radialtest"
)

// roundTrip is an http.RoundTripper made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// responding is a RoundTripper that always gives one response.
func responding(seen *[]*http.Request, status int, header http.Header, body string) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		*seen = append(*seen, r)
		w := httptest.NewRecorder()
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = w.WriteString(body)
		return w.Result(), nil
	}
}

func TestCallsWorkOverRealTLS(t *testing.T) {
	t.Parallel()
	mock := radialtest.NewServer()
	socket := httptest.NewUnstartedServer(mock)
	socket.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains about the client that does not trust it
	socket.StartTLS()
	t.Cleanup(socket.Close)
	client, err := radial.New(radialtest.StoreID, radialtest.APIKey, radial.WithBaseURL(socket.URL), radial.WithHTTPClient(socket.Client()))
	require.NoError(t, err)
	for range 3 {
		reply, err := client.InitializePaymentAuthorization(t.Context(), minimalRequest())
		require.NoError(t, err)
		require.True(t, mock.Confirm(reply.PaymentID))
	}
	mock.Next(radialtest.Initialize, radialtest.Reset())
	_, err = client.InitializePaymentAuthorization(t.Context(), minimalRequest())
	require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)

	untrusting, err := radial.New(radialtest.StoreID, radialtest.APIKey, radial.WithBaseURL(socket.URL))
	require.NoError(t, err)
	_, err = untrusting.InitializePaymentAuthorization(t.Context(), minimalRequest())
	require.ErrorIs(t, err, afterpay.ErrUnavailable)
	require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown, "the key and the order stayed here")
	require.Equal(t, 1, detail(t, err).Attempts, "a certificate does not get better")
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var seen []*http.Request
	hc := &http.Client{Transport: responding(&seen, 307, http.Header{"Location": {"https://elsewhere.example/"}}, "")}
	client, err := radial.New("S1", "key", radial.WithHTTPClient(hc))
	require.NoError(t, err)
	_, err = client.InitializePaymentAuthorization(t.Context(), minimalRequest())
	require.ErrorIs(t, err, afterpay.ErrUnavailable)
	require.Equal(t, 307, detail(t, err).StatusCode)
	require.Len(t, seen, 1)
}

func TestHugeResponsesAreCutOff(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 502} {
		var seen []*http.Request
		hc := &http.Client{Transport: responding(&seen, status, nil, "<InitializePaymentAuthorizationReply>"+strings.Repeat(" ", 2<<20)+"</InitializePaymentAuthorizationReply>")}
		client, err := radial.New("S1", "key", radial.WithHTTPClient(hc))
		require.NoError(t, err)
		_, err = client.InitializePaymentAuthorization(t.Context(), minimalRequest())
		require.ErrorIs(t, err, afterpay.ErrUnavailable)
		require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
		require.Equal(t, status, detail(t, err).StatusCode)
	}
}
