package radial_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/radialtest"
	"github.com/stretchr/testify/require"
)

func TestHostsFollowEnvironmentAndRegion(t *testing.T) {
	t.Parallel()
	const tail = "/v1.0/stores/S1/payments/authorization/get.xml"
	for name, c := range map[string]struct {
		options []radial.Option
		url     string
	}{
		"default":            {nil, "https://apg.radial.com" + tail},
		"production, Europe": {[]radial.Option{radial.WithRegion(radial.RegionEurope)}, "https://api-eu.gsipartners.com" + tail},
		"beta":               {[]radial.Option{radial.WithEnvironment(radial.EnvironmentBeta)}, "https://beta-na.gsipartners.com" + tail},
		"developer, Asia": {[]radial.Option{
			radial.WithEnvironment(radial.EnvironmentDeveloper), radial.WithRegion(radial.RegionAsiaPacific),
		}, "https://developer-ap.gsipartners.com" + tail},
		"older host":      {[]radial.Option{radial.WithBaseURL("https://api-na.gsipartners.com")}, "https://api-na.gsipartners.com" + tail},
		"host with slash": {[]radial.Option{radial.WithBaseURL("https://api-na.gsipartners.com/")}, "https://api-na.gsipartners.com" + tail},
		"proxy with path": {[]radial.Option{radial.WithBaseURL("http://127.0.0.1:8080/radial/")}, "http://127.0.0.1:8080/radial" + tail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen []*http.Request
			hc := &http.Client{Transport: responding(&seen, 200, nil, fixture(t, "get_authorization_reply_approved.xml"))}
			client, err := radial.New("S1", "key", append(c.options, radial.WithHTTPClient(hc))...)
			require.NoError(t, err)
			_, err = client.GetPaymentAuthorization(t.Context(), authorization())
			require.NoError(t, err)
			require.Equal(t, c.url, seen[0].URL.String())
			require.Equal(t, http.MethodPost, seen[0].Method)
			require.Equal(t, []string{"key"}, map[string][]string(seen[0].Header)["apikey"], "not in Go's spelling")
			require.Equal(t, "text/xml", seen[0].Header.Get("Content-Type"))
		})
	}
}

func TestMistakesInOptionsAreReportedByNew(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		storeID, apiKey string
		option          radial.Option
		says            string
	}{
		"no store":            {"", "key", nil, "store id must have 1 to 100 characters"},
		"long store":          {strings.Repeat("ä", 101), "key", nil, "store id must have 1 to 100 characters"},
		"store with a slash":  {"a/b", "key", nil, "store id contains a character that is not allowed in a path"},
		"store that goes up":  {"..", "key", nil, "store id contains a character that is not allowed in a path"},
		"no key":              {"S1", "", nil, "API key is empty"},
		"key with a line":     {"S1", "secret\nkey", nil, "API key contains a character that is not allowed in a header"},
		"unknown environment": {"S1", "key", radial.WithEnvironment("prod"), `unknown environment "prod"`},
		"unknown region":      {"S1", "key", radial.WithRegion("us"), `unknown region "us"`},
		"plain http":          {"S1", "key", radial.WithBaseURL("http://apg.radial.com"), "base URL must be https, or http on the loopback interface"},
		"no scheme":           {"S1", "key", radial.WithBaseURL("apg.radial.com"), "base URL must be an absolute URL without user, query or fragment"},
		"password in it":      {"S1", "key", radial.WithBaseURL("https://u:p@apg.radial.com"), "base URL must be an absolute URL without user, query or fragment"},
		"version in URL":      {"S1", "key", radial.WithBaseURL("https://apg.radial.com/v1.0"), "base URL must end before /v1.0"},
		"broken URL":          {"S1", "key", radial.WithBaseURL("https://[::1"), "base URL must be an absolute URL without user, query or fragment"},
		"no HTTP client":      {"S1", "key", radial.WithHTTPClient(nil), "HTTP client is nil"},
		"negative wait":       {"S1", "key", radial.WithRetry(radial.RetryPolicy{BaseDelay: -1}), "retry policy has a negative field"},
		"no ids":              {"S1", "key", radial.WithRequestIDs(nil), "request id function is nil"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, err := radial.New(c.storeID, c.apiKey, c.option)
			require.Nil(t, client)
			require.ErrorContains(t, err, "radial: ")
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), "secret")
		})
	}
	_, err := radial.New("", "", radial.WithRegion("x"), radial.WithBaseURL("https://example.com"), radial.WithRegion(radial.RegionEurope))
	for _, says := range []string{"store id", "API key", "unknown region", "WithBaseURL cannot be combined"} {
		require.ErrorContains(t, err, says)
	}
}

func TestRetryAfterIsObeyedUpToTheLongestWait(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		after    string
		attempts int
		took     time.Duration
	}{
		"short": {"5", 3, 10 * time.Second},
		"long":  {"9", 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var seen []*http.Request
				hc := &http.Client{Transport: responding(&seen, 503, http.Header{"Retry-After": {c.after}}, fixture(t, "fault.xml"))}
				client, err := radial.New("S1", "key", radial.WithHTTPClient(hc))
				require.NoError(t, err)
				start := time.Now()
				_, err = client.GetConfiguration(t.Context())
				require.ErrorIs(t, err, radial.ErrFault)
				require.Equal(t, c.attempts, detail(t, err).Attempts)
				require.Equal(t, c.took, time.Since(start))
				require.NotZero(t, detail(t, err).RetryAfter)
			})
		})
	}
}

func TestTimeLimitsAreThoseOfTheOptions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		timeouts radial.Timeouts
		took     time.Duration
	}{
		"default": {radial.Timeouts{}, 30 * time.Second},
		"shorter": {radial.Timeouts{Read: 3 * time.Second}, 3 * time.Second},
		"none":    {radial.Timeouts{Read: -1}, time.Hour}, // that of the context
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client, server := radialtest.NewClient(t, once, radial.WithTimeouts(c.timeouts))
				server.Next(radialtest.Initialize, radialtest.Swallowed())
				start := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				_, err := client.InitializePaymentAuthorization(ctx, minimalRequest())
				require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
				require.Equal(t, c.took, time.Since(start))
			})
		})
	}
}

// gate is a Limiter that lets a number of attempts pass.
type gate struct{ left int }

func (g *gate) Wait(context.Context) error {
	if g.left--; g.left < 0 {
		return errors.New("limit reached")
	}
	return nil
}

func TestLimitersHoldAttemptsBack(t *testing.T) {
	t.Parallel()
	client, server := radialtest.NewClient(t, radial.WithLimiter(&gate{left: 1}))
	_, err := client.GetConfiguration(t.Context())
	require.NoError(t, err)
	_, err = client.InitializePaymentAuthorization(t.Context(), minimalRequest())
	require.ErrorIs(t, err, afterpay.ErrUnavailable)
	require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
	require.Zero(t, detail(t, err).Attempts)
	require.True(t, detail(t, err).MayRepeat)
	require.Empty(t, server.Requests(radialtest.Initialize))
}

func TestWithoutValidationSendsAllButTheImpossible(t *testing.T) {
	t.Parallel()
	client, server := radialtest.NewClient(t, radial.WithoutValidation())
	req := minimalRequest()
	req.OrderID = strings.Repeat("7", 30)
	req.LineItems.Items = nil
	_, err := client.InitializePaymentAuthorization(t.Context(), req)
	require.ErrorIs(t, err, radial.ErrFault, "the service sees to it")
	require.Len(t, server.Requests(radialtest.Initialize), 1)

	req.Amount = afterpay.USD(-1)
	req.CancelURL = "\x01"
	_, err = client.InitializePaymentAuthorization(t.Context(), req)
	require.ErrorIs(t, err, afterpay.ErrInvalid)
	require.Equal(t, []radial.FieldError{
		{Field: "Amount", Message: "must not be negative"}, {Field: "CancelUrl", Message: "holds a character that XML cannot carry"},
	}, detail(t, err).Fields)
	require.Len(t, server.Requests(radialtest.Initialize), 1)
}
