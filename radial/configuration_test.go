package radial_test

import (
	"strings"
	"testing"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/radialtest"
	"github.com/stretchr/testify/require"
)

func TestConfigurationIsHandedOn(t *testing.T) {
	t.Parallel()
	client, server := radialtest.NewClient(t)
	server.Next(radialtest.GetConfiguration, radialtest.Document(200, fixture(t, "get_configuration_reply.xml")))
	reply, err := client.GetConfiguration(t.Context())
	require.NoError(t, err)
	require.Equal(t, &radial.GetConfigurationReply{
		ResponseCode: radial.ResponseSuccess,
		Configurations: []radial.AfterpayConfiguration{{
			PaymentType: "PAY_BY_INSTALLMENT",
			Elements: []radial.Element{
				{Name: "SomeMaximum", Attributes: map[string]string{"currencyCode": "USD"}, Text: "2000.00"},
				{Name: "SomeExpiry", Text: "2026-03-01T00:00:00Z"},
			},
		}},
	}, reply)
}

func TestConfigurationFailures(t *testing.T) {
	t.Parallel()
	client, server := radialtest.NewClient(t)
	server.Next(radialtest.GetConfiguration, radialtest.Fail(), radialtest.Timeout())
	_, err := client.GetConfiguration(t.Context())
	require.ErrorIs(t, err, radial.ErrFailed)
	_, err = client.GetConfiguration(t.Context())
	require.ErrorIs(t, err, radial.ErrProcessorTimeout)
	require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
}

func TestGetConfiguration_RepliesWithoutRequiredElementsAreRefused(t *testing.T) {
	t.Parallel()
	good := fixture(t, "get_configuration_reply.xml")
	for name, c := range map[string]struct{ old, replacement, says string }{
		"no outcome":      {"ResponseCode>", "Other>", "reply names no known outcome"},
		"no payment type": {"<PaymentType>PAY_BY_INSTALLMENT</PaymentType>", "", "reply has no AfterpayConfiguration[1]/PaymentType"},
		"another tender":  {"<ResponseCode>", "<TenderType>KL</TenderType><ResponseCode>", "reply is about another tender"},
		"another id":      {"Reply xmlns", "Reply requestId=\"other\" xmlns", "reply is to another request id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, good, c.old)
			client, server := radialtest.NewClient(t)
			server.Next(radialtest.GetConfiguration, radialtest.Document(200, strings.ReplaceAll(good, c.old, c.replacement)))
			_, err := client.GetConfiguration(t.Context())
			require.ErrorIs(t, err, afterpay.ErrUnavailable)
			require.ErrorContains(t, err, c.says)
			require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
		})
	}
}
