package radial_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/radialtest"
)

// secrets are the texts that must not leave the program in logs and errors.
var secrets = []string{
	radialtest.APIKey, "Ortega", "Müller", "Zoë", "mia.ortega", "zoe@", "555", "4165550190", "Alder", "Queen", "Portland",
	"Toronto", "97205", "M5J", "1987", "203.0.113.24", "890a", "770310041229570846620051839", "Tests", "shop.example", "shopapp",
	"Canvas", "Kayak",
}

func requireNoSecret(t *testing.T, text string) {
	t.Helper()
	for _, s := range secrets {
		require.NotContains(t, text, s)
	}
}

func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lines bytes.Buffer
		logger := slog.New(slog.NewJSONHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
		client, server := radialtest.NewClient(t, radial.WithLogger(logger), once)
		var errs []error
		try := func(responses ...radialtest.Response) {
			for _, a := range responses {
				server.Next(radialtest.Initialize, a)
				_, err := client.InitializePaymentAuthorization(t.Context(), fullRequest())
				errs = append(errs, err)
			}
		}
		full := strings.NewReplacer("W-20931", fullRequest().OrderID, `"USD">64.95 <`, `"CAD">9999999.99<`)
		try(
			radialtest.Document(200, full.Replace(fixture(t, "initialize_reply_success.xml"))),
			radialtest.Document(200, full.Replace(fixture(t, "initialize_reply_fail.xml"))),
			radialtest.Document(500, fixture(t, "fault.xml")),
			radialtest.Fault(500, "Ortega, Mia", "mia.ortega@example.com"),
			radialtest.Document(200, strings.Replace(full.Replace(fixture(t, "initialize_reply_fail.xml")), "Fail<", "Mia Ortega<", 1)),
			radialtest.Document(502, fixture(t, "gateway.html")),
			radialtest.Document(200, "<Ortega>"),
			radialtest.Document(200, "<InitializePaymentAuthorizationReply>&Ortega;</InitializePaymentAuthorizationReply>"),
			radialtest.Swallowed(), radialtest.Reset(), radialtest.Unreachable(),
		)
		invalid := fullRequest()
		invalid.BillingInformation.Address.CountryCode = "Toronto"
		invalid.BillingInformation.ContactInformation.Person.DateOfBirth = "30.11.1987"
		invalid.BillingInformation.ContactInformation.PrimaryEmailAddress = "zoe@\x00"
		_, err := client.InitializePaymentAuthorization(t.Context(), invalid)
		errs = append(errs, err)
		_, err = client.GetPaymentAuthorization(t.Context(), radial.GetPaymentAuthorizationRequest{
			OrderID: "1", PaymentID: "770310041229570846620051839Qwert", Amount: afterpay.USD(1_00),
		})
		errs = append(errs, err)
		broken := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("proxy refused %s with %v", r.URL, r.Header)
		})}
		proxied, err := radial.New(radialtest.StoreID, radialtest.APIKey, radial.WithHTTPClient(broken), radial.WithLogger(logger), once)
		require.NoError(t, err)
		_, err = proxied.InitializePaymentAuthorization(t.Context(), minimalRequest())
		errs = append(errs, err)

		for _, err := range errs[1:] {
			require.Error(t, err)
			requireNoSecret(t, err.Error())
			logger.Error("call failed", "error", err)
		}
		for _, v := range []any{
			client, *client, fullRequest(), fullRequest().BillingInformation, fullRequest().BillingInformation.ContactInformation,
			fullRequest().BillingInformation.ContactInformation.Person, fullRequest().BillingInformation.ContactInformation.Person.Name,
			fullRequest().BillingInformation.Address,
		} {
			logger.Info("value", "value", v)
		}
		for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
			require.NotContains(t, fmt.Sprintf(format, client), radialtest.APIKey)
			require.NotContains(t, fmt.Sprintf(format, *client), radialtest.APIKey)
		}
		requireNoSecret(t, lines.String())
		require.Contains(t, lines.String(), `"msg":"radial call failed"`)
		require.Contains(t, lines.String(), `"msg":"radial call"`)
		require.Contains(t, lines.String(), `"order_id":"10000000000000000077"`, "what is not secret is logged")
	})
}

func TestLogValuesOfRequestsThatAreLoggedWhole(t *testing.T) {
	t.Parallel()
	var lines bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&lines, nil))
	logger.Info("requests",
		"authorization", radial.GetPaymentAuthorizationRequest{RequestID: "r", OrderID: "o", PaymentID: "770310041229570846620051839Qwert"},
		"reply", radial.InitializePaymentAuthorizationReply{OrderID: "o", PaymentID: "770310041229570846620051839Qwert"},
		"supplement", radial.Supplement{OrderID: "o", BillingName: radial.Name{LastName: "Ortega"}, OriginatorIPAddress: minimalRequest().OriginatorIPAddress},
		"fault", radial.Fault{Code: "C", Description: "for mia.ortega@example.com"},
	)
	requireNoSecret(t, lines.String())
}

func TestObserversLearnOfEveryAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var seen []radial.Attempt
		client, server := radialtest.NewClient(t, radial.WithObserver(func(_ context.Context, a radial.Attempt) {
			seen = append(seen, a)
			panic("observers cannot break a call")
		}), radial.WithRequestIDs(func() string { return "id-1" }))
		server.Next(radialtest.GetConfiguration, radialtest.Swallowed(), radialtest.Fault(503, "BUSY", "later"))
		_, err := client.GetConfiguration(t.Context())
		require.NoError(t, err)
		require.Len(t, seen, 3)
		for i, a := range seen {
			require.Equal(t, i+1, a.Number)
			require.Equal(t, "GetConfiguration", a.Op)
			require.Equal(t, "/v1.0/stores/{StoreID}/payments/configuration/get/AF.xml", a.Route)
			require.Equal(t, "id-1", a.RequestID)
		}
		require.Error(t, seen[0].Err)
		require.Equal(t, 30.0, seen[0].Duration.Seconds())
		require.GreaterOrEqual(t, seen[0].RetryIn, 0*seen[0].RetryIn)
		require.Equal(t, "Fault", seen[1].Root)
		require.Equal(t, "BUSY", seen[1].Code)
		require.Equal(t, 503, seen[1].StatusCode)
		require.Equal(t, "GetConfigurationReply", seen[2].Root)
		require.Negative(t, seen[2].RetryIn)
	})
}
