package radial_test

import (
	"strings"
	"testing"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/radialtest"
	"github.com/stretchr/testify/require"
)

func TestAuthorizationDecides(t *testing.T) {
	t.Parallel()
	client, server := radialtest.NewClient(t)
	req := authorization()
	server.Next(radialtest.GetAuthorization,
		radialtest.Document(200, fixture(t, "get_authorization_reply_approved.xml")),
		radialtest.Document(200, fixture(t, "get_authorization_reply_declined.xml")))
	reply, err := client.GetPaymentAuthorization(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, &radial.GetPaymentAuthorizationReply{
		OrderID: "W-20931", TenderType: "AF", ResponseCode: radial.AuthorizationApproved,
		Elements: []radial.Element{{Name: "SomethingElse", Text: "7"}},
	}, reply)
	reply, err = client.GetPaymentAuthorization(t.Context(), req)
	require.Nil(t, reply)
	require.ErrorIs(t, err, afterpay.ErrDeclined)
	require.Equal(t, "DECLINED", detail(t, err).Code)
}

func TestAnUnconfirmedOrderIsDeclined(t *testing.T) {
	t.Parallel()
	client, _ := radialtest.NewClient(t)
	_, err := client.InitializePaymentAuthorization(t.Context(), minimalRequest())
	require.NoError(t, err)
	_, err = client.GetPaymentAuthorization(t.Context(), authorization())
	require.ErrorIs(t, err, afterpay.ErrDeclined)
}

func TestGetPaymentAuthorization_ReturnsTheAmountOfTheReply(t *testing.T) {
	t.Parallel()
	client, server := radialtest.NewClient(t)
	server.Next(radialtest.GetAuthorization, radialtest.Document(200, strings.Replace(
		fixture(t, "get_authorization_reply_approved.xml"), "<SomethingElse>", "<Amount currencyCode=\"usd\"> 64.950 </Amount><SomethingElse>", 1)))
	reply, err := client.GetPaymentAuthorization(t.Context(), authorization())
	require.NoError(t, err)
	require.Equal(t, afterpay.USD(64_95), reply.Amount)
}

func TestGetPaymentAuthorization_InvalidRequestsAreNotSent(t *testing.T) {
	t.Parallel()
	client, server := radialtest.NewClient(t)
	for name, c := range map[string]struct {
		req    radial.GetPaymentAuthorizationRequest
		fields []string
	}{
		"nothing":         {radial.GetPaymentAuthorizationRequest{}, []string{"OrderId", "PaymentId", "Amount"}},
		"white space":     {radial.GetPaymentAuthorizationRequest{OrderID: " ", PaymentID: "\n", Amount: afterpay.USD(1)}, []string{"OrderId", "PaymentId"}},
		"long payment id": {radial.GetPaymentAuthorizationRequest{OrderID: "1", PaymentID: strings.Repeat("x", 65), Amount: afterpay.USD(1)}, []string{"PaymentId"}},
		"amount of zero":  {radial.GetPaymentAuthorizationRequest{OrderID: "1", PaymentID: "x", Amount: afterpay.USD(0)}, []string{"Amount"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client.GetPaymentAuthorization(t.Context(), c.req)
			require.ErrorIs(t, err, afterpay.ErrInvalid)
			require.Equal(t, c.fields, fieldNames(t, err))
		})
	}
	require.Empty(t, server.Requests(""))
}
