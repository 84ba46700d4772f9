package radial_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/radialtest"
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

func TestAuthorizationDecides(t *testing.T) {
	t.Parallel()
	client, server := radialtest.NewClient(t)
	req := radial.GetPaymentAuthorizationRequest{OrderID: "W-20931", PaymentID: "770310041229570846620051839Qwert"}
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

func TestConfirmFundsDecides(t *testing.T) {
	t.Parallel()
	client, server := radialtest.NewClient(t)
	req := radial.ConfirmFundsRequest{OrderID: "W-20931", Amount: afterpay.USD(64_95), PerformReauthorization: true}
	server.Next(radialtest.ConfirmFunds,
		radialtest.Document(200, fixture(t, "confirm_funds_reply.xml")), radialtest.Fail(), radialtest.Timeout())
	reply, err := client.ConfirmFunds(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, &radial.ConfirmFundsReply{
		SessionID: "oms-7", OrderID: "W-20931", FundsAvailable: radial.ResponseSuccess, ReauthorizationAttempted: true,
	}, reply)
	_, err = client.ConfirmFunds(t.Context(), req)
	require.ErrorIs(t, err, afterpay.ErrDeclined)
	_, err = client.ConfirmFunds(t.Context(), req)
	require.ErrorIs(t, err, radial.ErrProcessorTimeout)
	require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
}

func TestAWholeOrder(t *testing.T) {
	t.Parallel()
	client, server := radialtest.NewClient(t)
	approve(t, client, server, "W-20931")
	server.ExpireAuthorization("W-20931")
	_, err := client.ConfirmFunds(t.Context(), radial.ConfirmFundsRequest{OrderID: "W-20931", Amount: afterpay.USD(64_95)})
	require.ErrorIs(t, err, afterpay.ErrDeclined)
	funds, err := client.ConfirmFunds(t.Context(), radial.ConfirmFundsRequest{
		OrderID: "W-20931", Amount: afterpay.USD(64_95), PerformReauthorization: true,
	})
	require.NoError(t, err)
	require.True(t, funds.ReauthorizationAttempted)
	_, err = client.SettlePayment(t.Context(), debit())
	require.NoError(t, err)
	_, err = client.SettlePayment(t.Context(), credit())
	require.NoError(t, err)
	require.NoError(t, client.CancelPaymentAuthorization(t.Context(), radial.PaymentAuthCancelRequest{
		OrderID: "W-20931", Amount: afterpay.USD(64_95),
	}))
	var settled []radial.SettlementType
	var cancelled []radial.ResponseCode
	for _, message := range server.Statuses() {
		status, err := radial.ParseStatus(message)
		require.NoError(t, err)
		for _, s := range status.Settlements {
			require.Equal(t, radial.SettlementStatusSettled, s.SettlementStatus)
			settled = append(settled, s.SettlementType)
		}
		if status.Cancel != nil {
			cancelled = append(cancelled, status.Cancel.ResponseCode)
		}
	}
	require.Equal(t, []radial.SettlementType{radial.SettlementDebit, radial.SettlementCredit}, settled)
	require.Equal(t, []radial.ResponseCode{radial.ResponseSuccess}, cancelled)
}

func TestAnUnconfirmedOrderIsDeclined(t *testing.T) {
	t.Parallel()
	client, _ := radialtest.NewClient(t)
	reply, err := client.InitializePaymentAuthorization(t.Context(), minimalRequest())
	require.NoError(t, err)
	_, err = client.GetPaymentAuthorization(t.Context(), radial.GetPaymentAuthorizationRequest{OrderID: "W-20931", PaymentID: reply.PaymentID})
	require.ErrorIs(t, err, afterpay.ErrDeclined)
}

func TestStatusMessages(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]radial.StatusMessage{
		"settlement_status.xml": {Settlements: []radial.PaymentSettlementStatus{{
			OrderID: "W-20931", TenderType: "AF", Amount: afterpay.USD(64_95), SettlementType: radial.SettlementDebit,
			SettlementStatus: radial.SettlementStatusSettled, ClientContext: "shipment 1", StoreID: "TESTSTORE",
		}}},
		"settlement_status_list.xml": {Settlements: []radial.PaymentSettlementStatus{
			{
				OrderID: "W-20931", TenderType: "AF", Amount: afterpay.USD(64_95), SettlementType: radial.SettlementDebit,
				SettlementStatus: radial.SettlementStatusRefused, DeclineReason: "authorization expired", StoreID: "TESTSTORE",
			},
			{
				OrderID: "W-20932", TenderType: "AF", Amount: afterpay.USD(5_00), SettlementType: radial.SettlementCredit,
				SettlementStatus: radial.SettlementStatusSettled, ClientContext: "refund 1", StoreID: "TESTSTORE",
			},
		}},
		"auth_cancel_reply.xml": {Cancel: &radial.PaymentAuthCancelReply{
			SessionID: "oms-7", OrderID: "W-20931", TenderType: "AF", ResponseCode: radial.ResponseFail,
			Amount: afterpay.USD(64_95), ExtendedResponseCode: "NO_AUTH_FOUND", StoreID: "TESTSTORE",
		}},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			got, err := radial.ParseStatus([]byte(fixture(t, file)))
			require.NoError(t, err)
			require.Equal(t, &want, got)
		})
	}
}

func TestStatusMessagesThatCannotBeReadAreRefused(t *testing.T) {
	t.Parallel()
	status := fixture(t, "settlement_status.xml")
	for name, message := range map[string]string{
		"nothing":                         "",
		"another message":                 fixture(t, "ack_reply.xml"),
		"no XML":                          "status=S",
		"broken amount":                   strings.Replace(status, "64.95", "64,95", 1),
		"broken amount in a cancellation": strings.Replace(fixture(t, "auth_cancel_reply.xml"), "64.95", "64.9500", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := radial.ParseStatus([]byte(message))
			require.Nil(t, got)
			require.ErrorIs(t, err, afterpay.ErrInvalid)
		})
	}
}

func TestAttacksAreRefused(t *testing.T) {
	t.Parallel()
	const open = `<?xml version="1.0"?><PaymentSettlementStatus>`
	attacks := map[string]string{
		"nested too deeply":      open + strings.Repeat("<a>", 1000) + strings.Repeat("</a>", 1000) + "</PaymentSettlementStatus>",
		"too many elements":      open + strings.Repeat("<a/>", 50_000) + "</PaymentSettlementStatus>",
		"too many attributes":    open + "<a" + strings.Repeat(` b=""`, 50_000) + "/></PaymentSettlementStatus>",
		"larger than the limit":  open + "<a>" + strings.Repeat("x", 1<<20) + "</a></PaymentSettlementStatus>",
		"type after the root":    open + "</PaymentSettlementStatus><!DOCTYPE a []>",
		"type inside the root":   open + "<!ENTITY a 'b'></PaymentSettlementStatus>",
		"entity never declared":  open + "<DeclineReason>&a;</DeclineReason></PaymentSettlementStatus>",
		"character that is none": open + "<DeclineReason>&#0;</DeclineReason></PaymentSettlementStatus>",
	}
	for _, file := range []string{"attack_entity_expansion.xml", "attack_external_entity.xml"} {
		attacks[file] = strings.ReplaceAll(fixture(t, file), "InitializePaymentAuthorizationReply", "PaymentSettlementStatus")
	}
	for name, document := range attacks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := radial.ParseStatus([]byte(document))
			require.Nil(t, got)
			require.ErrorIs(t, err, afterpay.ErrInvalid)

			client, server := radialtest.NewClient(t)
			server.Next(radialtest.Settlement, radialtest.Document(200, strings.ReplaceAll(document, "PaymentSettlementStatus", "AckReply")))
			_, err = client.SettlePayment(t.Context(), debit())
			require.ErrorIs(t, err, afterpay.ErrUnavailable)
			require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
		})
	}
	_, err := radial.ParseStatus([]byte("\xef\xbb\xbf" + fixture(t, "settlement_status.xml")))
	require.NoError(t, err, "nor is a byte order mark")
	harmless := strings.Replace(fixture(t, "settlement_status.xml"), "shipment 1", "&lt;&amp;&#x41;&gt;", 1)
	got, err := radial.ParseStatus([]byte(harmless))
	require.NoError(t, err, "the entities of XML itself are no attack")
	require.Equal(t, "<&A>", got.Settlements[0].ClientContext)
}

func FuzzParseStatus(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.xml"))
	require.NoError(f, err)
	for _, file := range files {
		document, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(document)
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		got, err := radial.ParseStatus(document)
		if err != nil {
			require.Nil(t, got)
			require.ErrorIs(t, err, afterpay.ErrInvalid)
			return
		}
		require.False(t, strings.Contains(string(document), "<!DOCTYPE") && !strings.Contains(string(document), "<!--") &&
			!strings.Contains(string(document), "CDATA") && !strings.Contains(string(document), "<?"), "no document type declaration passes")
		for _, s := range got.Settlements {
			require.GreaterOrEqual(t, int64(s.Amount.Amount), int64(0))
		}
	})
}
