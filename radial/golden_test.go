package radial_test

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/radialtest"
)

var update = flag.Bool("update", false, "write the golden requests anew")

// goldenRequests makes every kind of request that the client sends.
var goldenRequests = []struct {
	file string
	op   string
	call func(context.Context, *radial.Client) error
}{
	{"initialize_request_minimal.xml", radialtest.Initialize, func(ctx context.Context, c *radial.Client) error {
		_, err := c.InitializePaymentAuthorization(ctx, minimalRequest())
		return err
	}},
	{"initialize_request_full.xml", radialtest.Initialize, func(ctx context.Context, c *radial.Client) error {
		_, err := c.InitializePaymentAuthorization(ctx, fullRequest())
		return err
	}},
	{"get_configuration_request.xml", radialtest.GetConfiguration, func(ctx context.Context, c *radial.Client) error {
		_, err := c.GetConfiguration(ctx)
		return err
	}},
	{"get_authorization_request.xml", radialtest.GetAuthorization, func(ctx context.Context, c *radial.Client) error {
		_, err := c.GetPaymentAuthorization(ctx, radial.GetPaymentAuthorizationRequest{
			OrderID: "W-20931", PaymentID: "000000000000000000000000001Tests",
		})
		return err
	}},
	{"confirm_funds_request.xml", radialtest.ConfirmFunds, func(ctx context.Context, c *radial.Client) error {
		_, err := c.ConfirmFunds(ctx, radial.ConfirmFundsRequest{
			RequestID: "confirm-1", SessionID: "oms-7", OrderID: "W-20931", Amount: afterpay.USD(64_95), PerformReauthorization: true,
		})
		return err
	}},
	{"settlement_request_debit.xml", radialtest.Settlement, func(ctx context.Context, c *radial.Client) error {
		_, err := c.SettlePayment(ctx, debit())
		return err
	}},
	{"settlement_request_credit.xml", radialtest.Settlement, func(ctx context.Context, c *radial.Client) error {
		_, err := c.SettlePayment(ctx, credit())
		return err
	}},
	{"auth_cancel_request.xml", radialtest.AuthCancel, func(ctx context.Context, c *radial.Client) error {
		return c.CancelPaymentAuthorization(ctx, radial.PaymentAuthCancelRequest{OrderID: "W-20931", Amount: afterpay.USD(64_95)})
	}},
}

func TestRequestsAreWrittenByteForByte(t *testing.T) {
	t.Parallel()
	for _, g := range goldenRequests {
		t.Run(g.file, func(t *testing.T) {
			t.Parallel()
			client, server := radialtest.NewClient(t, radial.WithRequestIDs(func() string { return "generated-id" }))
			_ = g.call(t.Context(), client) // what the server makes of it is of no interest here
			sent := server.Requests(g.op)
			require.Len(t, sent, 1)
			if *update {
				require.NoError(t, os.WriteFile(filepath.Join("testdata", g.file), sent[0].Body, 0o644))
			}
			require.Equal(t, fixture(t, g.file), string(sent[0].Body))
		})
	}
}

func TestGoldenRequestsAreValid(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "*_request*.xml"))
	require.NoError(t, err)
	require.Len(t, files, len(goldenRequests), "each golden request has a case, and each case a file")
	output, err := xmllint(t, append([]string{"--noout", "--schema", "testdata/radial.xsd"}, files...)...)
	require.NoError(t, err, output)
}

func TestSchemaRefusesWhatTheTableForbids(t *testing.T) {
	t.Parallel()
	minimal := fixture(t, "initialize_request_minimal.xml")
	for name, edit := range map[string][2]string{
		"missing element":        {"<PaymentType>Payment</PaymentType>", ""},
		"wrong order":            {"<Quantity>1</Quantity><UnitAmount currencyCode=\"USD\">59.95</UnitAmount>", "<UnitAmount currencyCode=\"USD\">59.95</UnitAmount><Quantity>1</Quantity>"},
		"unknown element":        {"<PaymentType>", "<Colour>red</Colour><PaymentType>"},
		"order id too long":      {"W-20931", "W-2093100000000000000"},
		"amount with a blank":    {"59.95", "59.95 "},
		"amount without decimal": {"59.95", "59"},
		"amount of ten digits":   {"59.95", "12345678.90"},
		"negative amount":        {"59.95", "-59.95"},
		"no currency":            {" currencyCode=\"USD\"", ""},
		"phone with a sign":      {"15035550147", "+15035550147"},
		"no namespace":           {" xmlns=\"http://api.gsicommerce.com/schema/checkout/1.0\"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, minimal, edit[0])
			file := filepath.Join(t.TempDir(), "request.xml")
			require.NoError(t, os.WriteFile(file, []byte(strings.Replace(minimal, edit[0], edit[1], 1)), 0o600))
			output, err := xmllint(t, "--noout", "--schema", "testdata/radial.xsd", file)
			require.Error(t, err, output)
		})
	}
}

func TestRequestsAreCanonicalXML(t *testing.T) {
	t.Parallel()
	for _, g := range goldenRequests {
		t.Run(g.file, func(t *testing.T) {
			t.Parallel()
			canonical, err := xmllint(t, "--c14n", filepath.Join("testdata", g.file))
			require.NoError(t, err, canonical)
			declaration, document, found := strings.Cut(fixture(t, g.file), "\n")
			require.True(t, found)
			require.Equal(t, `<?xml version="1.0" encoding="UTF-8"?>`, declaration)
			require.Equal(t, canonical, document)
		})
	}
}

// xmllint runs xmllint, which is in Debian's libxml2-utils.
func xmllint(t *testing.T, arguments ...string) (output string, err error) {
	t.Helper()
	path, err := exec.LookPath("xmllint")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("xmllint is missing, and nothing else checks the requests against the schema: install libxml2-utils")
		}
		t.Skip("xmllint is not installed")
	}
	combined, err := exec.CommandContext(t.Context(), path, append([]string{"--nonet"}, arguments...)...).CombinedOutput()
	return string(combined), err
}
