package kounta_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/kounta"
	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

// roundTrip is an http.RoundTripper.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// connect returns a client of a fake, or of another http.RoundTripper.
func connect(t *testing.T, service http.RoundTripper) *kounta.Client {
	t.Helper()
	c, err := kounta.Connect(t.Context(), kounta.Config{
		Auth: kounta.Basic(kountatest.ClientID, kountatest.ClientSecret), HTTPClient: &http.Client{Transport: service}, PerMinute: 600_000,
	})
	require.NoError(t, err)
	return c
}

// response returns a response with a body.
func response(req *http.Request, status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: req}
}

// answering returns a fake whose requests below the company get one response.
func answering(status int, body string, header ...string) http.RoundTripper {
	fake := kountatest.New(kountatest.Options{})
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		if strings.HasSuffix(req.URL.Path, "/companies/me") {
			return fake.RoundTrip(req)
		}
		return response(req, status, body, header...), nil
	})
}

func TestConnect_ReadsTheCompany(t *testing.T) {
	t.Parallel()
	c := connect(t, kountatest.New(kountatest.Options{}))
	require.Equal(t, int64(9_007_199_254_740_993), c.Company.ID)
	require.Equal(t, afterpay.CurrencyAUD, c.Company.Currency)
	require.Equal(t, "Australia/Brisbane", c.Company.Location.String())
	require.NoError(t, c.Ping(t.Context()))
}

func TestConnect_BaseURLNeedsNoSlash(t *testing.T) {
	t.Parallel()
	_, err := kounta.Connect(t.Context(), kounta.Config{
		Auth: kounta.Basic(kountatest.ClientID, kountatest.ClientSecret), BaseURL: "https://kounta.example/v1",
		HTTPClient: &http.Client{Transport: kountatest.New(kountatest.Options{})},
	})
	require.NoError(t, err)
}

func TestConnect_CompanyThatCannotBeUsedIsAnError(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ body, want string }{
		{`{}`, "no id"},
		{`{"id":1,"currency":"aud","timezone":{"name":"UTC"}}`, "currency"},
		{`{"id":1,"currency":"AUD","timezone":{"name":""}}`, "time zone"},
		{`{"id":1,"currency":"AUD","timezone":{"name":"Moon/Base"}}`, "time zone"},
		{`null`, "without content"},
		{``, "without content"},
		{`{`, "unexpected end"},
	} {
		service := roundTrip(func(req *http.Request) (*http.Response, error) { return response(req, 200, c.body), nil })
		_, err := kounta.Connect(t.Context(), kounta.Config{Auth: kounta.Basic("id", "key"), HTTPClient: &http.Client{Transport: service}})
		require.ErrorIs(t, err, kounta.ErrUnavailable, c.body)
		require.ErrorContains(t, err, c.want)
	}
}

func TestConnect_WrongConfigSendsNothing(t *testing.T) {
	t.Parallel()
	for _, config := range []kounta.Config{
		{}, {Auth: kounta.Basic("id", "key"), BaseURL: "/v1/"}, {Auth: kounta.Basic("id", "key"), PerMinute: -1},
	} {
		config.HTTPClient = &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			t.Error("a request was sent")
			return nil, io.EOF
		})}
		_, err := kounta.Connect(t.Context(), config)
		require.ErrorIs(t, err, kounta.ErrInvalid)
	}
}

func TestBasic_WrongSecretIsUnauthorizedAndNeverPrinted(t *testing.T) {
	t.Parallel()
	auth := kounta.Basic(kountatest.ClientID, "wrong-secret")
	fake := kountatest.New(kountatest.Options{})
	_, err := kounta.Connect(t.Context(), kounta.Config{Auth: auth, HTTPClient: &http.Client{Transport: fake}})
	require.ErrorIs(t, err, kounta.ErrUnauthorized)
	require.Equal(t, 1, fake.Requests())
	require.NotContains(t, fmt.Sprintf("%+v %#v %v", auth, auth, err), "wrong-secret")
}
