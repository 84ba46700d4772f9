package radial_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/radialtest"
)

func TestInitializeReturnsTheSession(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]radial.InitializePaymentAuthorizationReply{
		"initialize_reply_success.xml": {
			OrderID: "W-20931", TenderType: "AF", ResponseCode: radial.ResponseSuccess, ResponseCodeDescription: "Session opened",
			PaymentID: "770310041229570846620051839Qwert", Amount: afterpay.USD(64_95),
		},
		"initialize_reply_extended.xml": { // prefixes, blanks and unknown elements
			OrderID: "W-20931", TenderType: "AF", ResponseCode: radial.ResponseSuccess,
			PaymentID: "770310041229570846620051839Qwert", Amount: afterpay.USD(64_90),
		},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			client, server := radialtest.NewClient(t)
			server.Next(radialtest.Initialize, radialtest.Document(200, fixture(t, file)))
			reply, err := client.InitializePaymentAuthorization(t.Context(), minimalRequest())
			require.NoError(t, err)
			require.Equal(t, &want, reply)
		})
	}
}

func TestInitializeFailAndTimeoutAreErrors(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]struct {
		kind    error
		code    string
		message string
		unknown bool
	}{
		"initialize_reply_fail.xml":    {radial.ErrFailed, "Fail", "Amount is above the limit for mia.ortega@example.com", false},
		"initialize_reply_timeout.xml": {radial.ErrProcessorTimeout, "Timeout", "", true},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			client, server := radialtest.NewClient(t)
			server.Next(radialtest.Initialize, radialtest.Document(200, fixture(t, file)))
			req := minimalRequest()
			req.RequestID = "init-1"
			reply, err := client.InitializePaymentAuthorization(t.Context(), req)
			require.Nil(t, reply)
			require.ErrorIs(t, err, want.kind)
			require.Equal(t, want.unknown, errors.Is(err, afterpay.ErrOutcomeUnknown))
			e := detail(t, err)
			require.Equal(t, radialtest.Initialize, e.Op)
			require.Equal(t, 200, e.StatusCode)
			require.Equal(t, want.code, e.Code)
			require.Equal(t, want.message, e.Message)
			require.Equal(t, "init-1", e.RequestID)
			require.Equal(t, "W-20931", e.OrderID)
			require.False(t, e.MayRepeat, "an answer came, so a next request needs a new id")
			require.Equal(t, 1, e.Attempts, "an answer is not repeated")
		})
	}
}

func TestInitializeSuccessWithoutItsContentIsNoSuccess(t *testing.T) {
	t.Parallel()
	good := fixture(t, "initialize_reply_success.xml")
	for name, edit := range map[string][2]string{
		"no payment id":      {"<PaymentId>770310041229570846620051839Qwert</PaymentId>", ""},
		"unknown outcome":    {"<ResponseCode>Success", "<ResponseCode>Perhaps"},
		"no outcome":         {"<ResponseCode>Success</ResponseCode>", ""},
		"three decimals":     {"64.95 ", "64.950"},
		"negative amount":    {"64.95 ", "-64.95"},
		"amount with a word": {"64.95 ", "much"},
		"no currency":        {" currencyCode=\"USD\"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, good, edit[0])
			client, server := radialtest.NewClient(t)
			server.Next(radialtest.Initialize, radialtest.Document(200, strings.Replace(good, edit[0], edit[1], 1)))
			reply, err := client.InitializePaymentAuthorization(t.Context(), minimalRequest())
			require.Nil(t, reply)
			require.ErrorIs(t, err, afterpay.ErrUnavailable)
			require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
		})
	}
}

func TestAmountsOfRepliesHaveUpToTwoDecimals(t *testing.T) {
	t.Parallel()
	good := fixture(t, "initialize_reply_success.xml")
	for text, want := range map[string]afterpay.Money{
		"64": afterpay.USD(64_00), "64.9": afterpay.USD(64_90), "64.95": afterpay.USD(64_95),
		" \n\t64.95\r\n ": afterpay.USD(64_95), "0": afterpay.USD(0), "0.00": afterpay.USD(0),
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			client, server := radialtest.NewClient(t)
			server.Next(radialtest.Initialize, radialtest.Document(200, strings.Replace(good, "64.95 ", text, 1)))
			reply, err := client.InitializePaymentAuthorization(t.Context(), minimalRequest())
			require.NoError(t, err)
			require.Equal(t, want, reply.Amount)
		})
	}
}

func TestAddressesOfShoppersAreNormalised(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"203.0.113.24":                           "203.0.113.24",
		"::ffff:203.0.113.24":                    "203.0.113.24",
		"fe80::1%eth0":                           "fe80::1",
		"2001:db8:0:0:0:0:0:1":                   "2001:db8::1",
		"2001:db8:1111:2222:3333:4444:5555:6666": "2001:db8:1111:2222:3333:4444:5555:6666",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			client, server := radialtest.NewClient(t)
			req := minimalRequest()
			req.OriginatorIPAddress = netip.MustParseAddr(text)
			_, err := client.InitializePaymentAuthorization(t.Context(), req)
			require.NoError(t, err)
			require.Equal(t, want, server.Requests(radialtest.Initialize)[0].Text("OriginatorIpAddress"))
		})
	}
}

func TestRequestsAreNotChanged(t *testing.T) {
	t.Parallel()
	client, _ := radialtest.NewClient(t)
	req := fullRequest()
	_, err := client.InitializePaymentAuthorization(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, fullRequest(), req)
}
