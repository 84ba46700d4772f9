package radialtest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/experimental"
	"github.com/afterpay-go/afterpay/radial/radialtest"
)

const initialize = "https://apg.radial.com/v1.0/stores/TESTSTORE/payments/authorization/initialize/AF.xml"

// post sends a document without package radial.
func post(t *testing.T, server *radialtest.Server, url, key, body string) (status int, response string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("ApiKey", key) // in any case
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	resp, err := server.HTTPClient().Do(r)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "testdata", name))
	require.NoError(t, err)
	return string(text)
}

func request() radial.InitializePaymentAuthorizationRequest {
	ann := radial.PartyInformation{
		ContactInformation: radial.ContactInformation{
			Person:              radial.Person{Name: radial.Name{LastName: "Lee", FirstName: "Ann"}},
			PrimaryPhoneNumber:  "0400000000",
			PrimaryEmailAddress: "ann@example.com",
		},
		Address: radial.Address{Line1: "1 High Street", City: "Perth", CountryCode: "AU", PostalCode: "6000"},
	}
	return radial.InitializePaymentAuthorizationRequest{
		OrderID: "A-1", Amount: afterpay.AUD(10_00), RedirectURL: "shop:ok", CancelURL: "shop:no",
		BillingInformation: ann, ShippingInformation: ann, OriginatorIPAddress: netip.MustParseAddr("192.0.2.1"),
		LineItems: radial.LineItems{
			LineItemsTotal: afterpay.AUD(10_00), ShippingTotal: afterpay.AUD(0), TaxTotal: afterpay.AUD(0),
			Items: []radial.LineItem{{Name: "Tea", Quantity: 1, UnitAmount: afterpay.AUD(10_00)}},
		},
	}
}

func TestAnyClientMayCall(t *testing.T) {
	t.Parallel()
	server := radialtest.NewServer()
	status, response := post(t, server, initialize, radialtest.APIKey, document(t, "initialize_request_full.xml"))
	require.Equal(t, 200, status, response)
	require.Contains(t, response, "<ResponseCode>Success</ResponseCode>")
	require.Contains(t, response, "<PaymentId>000000000000000000000000001Tests</PaymentId>")
	require.Equal(t, "5f2f0d0e-8f0a-4a53-9a35-0c1f2e3d4b5a", server.Requests(radialtest.Initialize)[0].RequestID)
}

func TestWhatTheTablesForbidIsAFault(t *testing.T) {
	t.Parallel()
	good := document(t, "initialize_request_minimal.xml")
	for name, c := range map[string]struct{ old, replacement, says string }{
		"missing element": {"<PaymentType>Payment</PaymentType>", "", "InitializePaymentAuthorizationRequest/PaymentType: missing"},
		"wrong order":     {"<LastName>Ortega</LastName><FirstName>Mia</FirstName>", "<FirstName>Mia</FirstName><LastName>Ortega</LastName>", "/Name[1]/LastName: missing"},
		"unknown element": {"<Quantity>", "<Colour>red</Colour><Quantity>", "/LineItem[1]/Quantity: missing"},
		"unknown at end":  {"</LineItems>", "</LineItems><Colour>red</Colour>", "/Colour: not expected here"},
		"padded amount":   {"59.95", "59.95 ", "/LineItemsTotal[1]: value"},
		"no currency":     {`<Amount currencyCode="USD">`, "<Amount>", "/Amount[1]: currencyCode"},
		"phone with plus": {"15035550147", "+15035550147", "/PrimaryPhoneNumber[1]: value"},
		"no namespace":    {` xmlns="http://api.gsicommerce.com/schema/checkout/1.0"`, "", "InitializePaymentAuthorizationRequest: namespace"},
		"other document":  {good, document(t, "get_configuration_request.xml"), "no InitializePaymentAuthorizationRequest"},
		"broken document": {"</LineItems>", "", "no InitializePaymentAuthorizationRequest"},
		"long request id": {"<InitializePaymentAuthorizationRequest ", "<InitializePaymentAuthorizationRequest requestId=\"" + strings.Repeat("x", 41) + "\" ", "requestId"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, good, c.old)
			server := radialtest.NewServer()
			status, response := post(t, server, initialize, radialtest.APIKey, strings.Replace(good, c.old, c.replacement, 1))
			require.Equal(t, 400, status)
			require.Contains(t, response, "<Fault ")
			require.Contains(t, response, c.says)
		})
	}
}

func TestTheRequestMustReachTheService(t *testing.T) {
	t.Parallel()
	body := document(t, "initialize_request_minimal.xml")
	for name, c := range map[string]struct {
		url, key string
		status   int
	}{
		"wrong key":     {initialize, "other", 401},
		"wrong store":   {strings.Replace(initialize, "TESTSTORE", "OTHER", 1), radialtest.APIKey, 404},
		"wrong version": {strings.Replace(initialize, "v1.0", "v1.1", 1), radialtest.APIKey, 404},
		"wrong tender":  {strings.Replace(initialize, "AF", "PP", 1), radialtest.APIKey, 404},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, response := post(t, radialtest.NewServer(), c.url, c.key, body)
			require.Equal(t, c.status, status)
			require.Contains(t, response, "<html>")
		})
	}
	for name, r := range map[string]*http.Request{
		"wrong method":       httptest.NewRequest(http.MethodGet, initialize, nil),
		"wrong content type": httptest.NewRequest(http.MethodPost, initialize, strings.NewReader(body)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r.Header.Set("apikey", radialtest.APIKey)
			w := httptest.NewRecorder()
			radialtest.NewServer().ServeHTTP(w, r)
			require.Contains(t, []int{405, 415}, w.Code)
		})
	}
}

func TestSessionsExpire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, server := radialtest.NewClient(t)
		reply, err := client.InitializePaymentAuthorization(t.Context(), request())
		require.NoError(t, err)
		authorization := radial.GetPaymentAuthorizationRequest{OrderID: "A-1", PaymentID: reply.PaymentID, Amount: reply.Amount}
		_, err = client.GetPaymentAuthorization(t.Context(), authorization)
		require.ErrorIs(t, err, afterpay.ErrDeclined, "not confirmed")
		require.True(t, server.Confirm(reply.PaymentID))
		other := authorization
		other.OrderID = "A-2"
		_, err = client.GetPaymentAuthorization(t.Context(), other)
		require.ErrorIs(t, err, afterpay.ErrDeclined, "not this order's")
		_, err = client.GetPaymentAuthorization(t.Context(), authorization)
		require.NoError(t, err)
		time.Sleep(41 * time.Minute) //nolint:forbidigo // virtual: in a synctest bubble
		_, err = client.GetPaymentAuthorization(t.Context(), authorization)
		require.ErrorIs(t, err, afterpay.ErrDeclined, "expired")
		require.False(t, server.Confirm(reply.PaymentID))
		require.False(t, server.Confirm("unknown"))
	})
}

func TestCancellationsWithoutAnAuthorizationFail(t *testing.T) {
	t.Parallel()
	client, server := radialtest.NewClient(t)
	require.NoError(t, experimental.New(client, nil).CancelPaymentAuthorization(t.Context(),
		experimental.PaymentAuthCancelRequest{OrderID: "A-1", Amount: afterpay.AUD(10_00)}))
	messages := server.Statuses()
	require.Len(t, messages, 1)
	status, err := experimental.ParseStatus(messages[0])
	require.NoError(t, err)
	require.Equal(t, radial.ResponseFail, status.Cancel.ResponseCode)
	require.Empty(t, server.Statuses(), "messages come once")
}

// recorder is a testing.TB that remembers failures.
type recorder struct {
	testing.TB
	failures int
	cleanup  func()
}

func (r *recorder) Helper()               {}
func (r *recorder) Cleanup(f func())      { r.cleanup = f }
func (r *recorder) Errorf(string, ...any) { r.failures++ }

func TestServer_UnusedResponsesFailTheTest(t *testing.T) {
	t.Parallel()
	r := &recorder{TB: t}
	client, server := radialtest.NewClient(r)
	server.Next(radialtest.GetConfiguration, radialtest.Fail(), radialtest.Fail())
	_, err := client.GetConfiguration(t.Context())
	require.ErrorIs(t, err, radial.ErrFailed)
	r.cleanup()
	require.Equal(t, 1, r.failures)
}

func TestSilenceOverARealSocketEndsWithTheClient(t *testing.T) {
	t.Parallel()
	server := radialtest.NewServer()
	socket := httptest.NewServer(server)
	t.Cleanup(socket.Close)
	client, err := radial.New(radialtest.StoreID, radialtest.APIKey, radial.WithBaseURL(socket.URL),
		radial.WithTimeouts(radial.Timeouts{Read: 500 * time.Millisecond}))
	require.NoError(t, err)
	server.Next(radialtest.Initialize, radialtest.Lost(), radialtest.Swallowed())
	_, err = client.InitializePaymentAuthorization(t.Context(), request())
	require.NoError(t, err)
	require.Len(t, server.Requests(radialtest.Initialize), 3)
}
