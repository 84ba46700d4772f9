package experimental_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/experimental"
	"github.com/afterpay-go/afterpay/radial/radialtest"
	"github.com/stretchr/testify/require"
)

func TestStatusMessages(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]experimental.StatusMessage{
		"settlement_status.xml": {Settlements: []experimental.PaymentSettlementStatus{{
			OrderID: "W-20931", TenderType: "AF", Amount: afterpay.USD(64_95), SettlementType: experimental.SettlementDebit,
			SettlementStatus: experimental.SettlementStatusSettled, ClientContext: "shipment 1", StoreID: "TESTSTORE",
		}}},
		"settlement_status_list.xml": {Settlements: []experimental.PaymentSettlementStatus{
			{
				OrderID: "W-20931", TenderType: "AF", Amount: afterpay.USD(64_95), SettlementType: experimental.SettlementDebit,
				SettlementStatus: experimental.SettlementStatusRefused, DeclineReason: "authorization expired", StoreID: "TESTSTORE",
			},
			{
				OrderID: "W-20932", TenderType: "AF", Amount: afterpay.USD(5_00), SettlementType: experimental.SettlementCredit,
				SettlementStatus: experimental.SettlementStatusSettled, ClientContext: "refund 1", StoreID: "TESTSTORE",
			},
		}},
		"auth_cancel_reply.xml": {Cancel: &experimental.PaymentAuthCancelReply{
			SessionID: "oms-7", OrderID: "W-20931", TenderType: "AF", ResponseCode: radial.ResponseFail,
			Amount: afterpay.USD(64_95), ExtendedResponseCode: "NO_AUTH_FOUND", StoreID: "TESTSTORE",
		}},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			got, err := experimental.ParseStatus([]byte(fixture(t, file)))
			require.NoError(t, err)
			require.Equal(t, &want, got)
		})
	}
}

func TestStatusMessagesThatCannotBeReadAreRefused(t *testing.T) {
	t.Parallel()
	status, list, cancel := fixture(t, "settlement_status.xml"), fixture(t, "settlement_status_list.xml"), fixture(t, "auth_cancel_reply.xml")
	for name, message := range map[string]string{
		"nothing":                         "",
		"another message":                 fixture(t, "ack_reply.xml"),
		"no XML":                          "status=S",
		"no statuses":                     "<PaymentSettlementStatusList/>",
		"two orders":                      strings.Replace(status, "<TenderType>", "<PaymentContext><OrderId>other</OrderId></PaymentContext><TenderType>", 1),
		"two tenders":                     strings.Replace(status, "</OrderId>", "</OrderId><TenderType>VC</TenderType>", 1),
		"two amounts":                     strings.Replace(status, "<SettlementType>", "<Amount currencyCode=\"USD\">64.95</Amount><SettlementType>", 1),
		"two orders in a list":            strings.Replace(list, "<TenderType>", "<PaymentContextBase><OrderId>other</OrderId></PaymentContextBase><TenderType>", 1),
		"two tenders of a cancellation":   strings.Replace(cancel, "</OrderId>", "</OrderId><TenderType>VC</TenderType>", 1),
		"broken amount":                   strings.Replace(status, "64.95", "64,95", 1),
		"broken amount in a cancellation": strings.Replace(fixture(t, "auth_cancel_reply.xml"), "64.95", "64.951", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := experimental.ParseStatus([]byte(message))
			require.Nil(t, got)
			require.ErrorIs(t, err, afterpay.ErrInvalid)
		})
	}
}

func TestAttacksAreRefused(t *testing.T) {
	t.Parallel()
	const open = `<?xml version="1.0"?><PaymentSettlementStatus>`
	attacks := map[string]string{
		"nested too deeply":     open + strings.Repeat("<a>", 1000) + strings.Repeat("</a>", 1000) + "</PaymentSettlementStatus>",
		"too many elements":     open + strings.Repeat("<a/>", 50_000) + "</PaymentSettlementStatus>",
		"too many attributes":   open + "<a" + strings.Repeat(` b=""`, 50_000) + "/></PaymentSettlementStatus>",
		"larger than the limit": open + "<a>" + strings.Repeat("x", 1<<20) + "</a></PaymentSettlementStatus>",
		"type after the root":   open + "</PaymentSettlementStatus><!DOCTYPE a []>",
		"type inside the root":  open + "<!ENTITY a 'b'></PaymentSettlementStatus>",
		"entity never declared": open + "<DeclineReason>&a;</DeclineReason></PaymentSettlementStatus>",
		"invalid character":     open + "<DeclineReason>&#0;</DeclineReason></PaymentSettlementStatus>",
	}
	for _, file := range []string{"attack_entity_expansion.xml", "attack_external_entity.xml"} {
		attacks[file] = strings.ReplaceAll(fixture(t, "../../testdata/"+file), "InitializePaymentAuthorizationReply", "PaymentSettlementStatus")
	}
	for name, document := range attacks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := experimental.ParseStatus([]byte(document))
			require.Nil(t, got)
			require.ErrorIs(t, err, afterpay.ErrInvalid)

			client, server, _ := settlementClient(t)
			server.Next(radialtest.Settlement, radialtest.Document(200, strings.ReplaceAll(document, "PaymentSettlementStatus", "AckReply")))
			_, err = client.SettlePayment(t.Context(), debit())
			require.ErrorIs(t, err, afterpay.ErrUnavailable)
			require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
		})
	}
	_, err := experimental.ParseStatus([]byte("\xef\xbb\xbf" + fixture(t, "settlement_status.xml")))
	require.NoError(t, err, "nor is a byte order mark")
	harmless := strings.Replace(fixture(t, "settlement_status.xml"), "shipment 1", "&lt;&amp;&#x41;&gt;", 1)
	got, err := experimental.ParseStatus([]byte(harmless))
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
		got, err := experimental.ParseStatus(document)
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

func TestParseStatus_NamesMissingElements(t *testing.T) {
	t.Parallel()
	for file, elements := range map[string]map[string]string{
		"settlement_status.xml": {
			"OrderId": "PaymentContext/OrderId", "TenderType": "TenderType", "Amount": "Amount",
			"SettlementType": "SettlementType", "SettlementStatus": "SettlementStatus", "StoreId": "StoreId",
		},
		"auth_cancel_reply.xml": {
			"OrderId": "PaymentContext/OrderId", "TenderType": "TenderType", "Amount": "Amount", "ResponseCode": "ResponseCode", "StoreId": "StoreId",
		},
	} {
		for element, path := range elements {
			message := regexp.MustCompile(`(?s)<`+element+`[ >].*?</`+element+`>`).ReplaceAllString(fixture(t, file), "")
			_, err := experimental.ParseStatus([]byte(message))
			require.ErrorIs(t, err, afterpay.ErrInvalid)
			require.Equal(t, []radial.FieldError{{Field: path, Message: "is missing"}}, detail(t, err).Fields)
		}
	}
	_, err := experimental.ParseStatus([]byte(strings.Replace(fixture(t, "settlement_status_list.xml"), "<SettlementType>Credit</SettlementType>", "", 1)))
	require.Equal(t, []radial.FieldError{{Field: "PaymentSettlementStatus[2]/SettlementType", Message: "is missing"}}, detail(t, err).Fields)
}
