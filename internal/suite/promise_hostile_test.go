package suite_test

import (
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// Fields of another type, nulls, long lists and absurd numbers neither panic nor
// are taken for a success or for a proof that nothing moved.
func TestPromise_OddFieldsProveNothing(t *testing.T) {
	t.Parallel()
	fields := []string{
		`"events":null`, `"events":[null]`, `"events":{}`, `"events":[[]]`, `"events":[{}]`, `"events":[{"type":null}]`, `"events":[{"type":"CAPTURED","amount":[]}]`,
		`"events":[{"type":"CAPTURED","amount":{"amount":{},"currency":"USD"}}]`, `"events":[{"type":"CAPTURED","amount":{"amount":"1e2","currency":"USD"}}]`,
		`"events":[{"type":"CAPTURED","amount":{"amount":"-20.00","currency":"USD"},"paymentEventMerchantReference":"C1"}]`,
		`"events":[{"type":"CAPTURED","amount":{"amount":"20.001","currency":"USD"},"paymentEventMerchantReference":"C1"}]`,
		`"events":[{"type":"CAPTURED","amount":{"amount":"99999999999999999999.00","currency":"USD"}}]`,
		`"events":[` + strings.Repeat(`{"type":"CAPTURED","amount":{"amount":"92233720368547757.00","currency":"USD"}},`, 3) + `{}]`,
		`"events":[` + strings.Repeat(`{"type":"VOIDED","amount":{"amount":"0.10","currency":"USD"}},`, 2_000) + `{}]`,
		`"refunds":[null]`, `"refunds":{}`, `"refunds":[{"amount":null}]`,
		`"refunds":[` + strings.Repeat(`{"amount":{"amount":"0.10","currency":"USD"}},`, 2_000) + `{}]`,
		`"status":[]`, `"status":1`, `"status":"approved"`, `"status":" APPROVED"`, `"paymentState":{}`, `"openToCaptureAmount":[]`, `"openToCaptureAmount":"80.00"`,
		`"openToCaptureAmount":{"amount":"-80.00","currency":"USD"}`, `"originalAmount":null`, `"originalAmount":{"amount":"-100.00","currency":"USD"}`,
		`"id":0`, `"id":[]`, `"id":"` + strings.Repeat("1", 100_000) + `"`, `"token":7`, `"id":"100570320832 "`,
	}
	for _, field := range fields {
		for _, base := range []response{{verdict: "APPROVED", state: "PARTIALLY_CAPTURED", total: hundred, open: usd(80)}, {verdict: "PENDING", state: "A_NEW_STATE", total: hundred}} {
			r := response{status: 201, raw: strings.TrimSuffix(base.body(), "}") + "," + field + "}"}
			c := clientOf(t, afterpay.V2, func(*http.Request) response { return r })
			for _, q := range questions() {
				o := outcomeOf(ask(c, q))
				if q.call != "authorize" && q.call != "recover" {
					require.Equal(t, unknown, o, "%+v is answered %.400s", q, r.raw)
				} else {
					require.NotContains(t, []outcome{definite, declined}, o, "%+v is answered %.400s", q, r.raw)
				}
			}
		}
	}
}

// What was recorded from the service is plain: none of it leaves an outcome
// unknown.
func TestPromise_RecordedPaymentsAreCertain(t *testing.T) {
	t.Parallel()
	recorded := func(file string) (*afterpay.Client, outcome) {
		status, err := strconv.Atoi(file[len(file)-3:])
		require.NoError(t, err)
		r := response{status: status, raw: suitetest.Recorded(t, filepath.Join("../../testdata", file+".json"))}
		version := map[string]afterpay.APIVersion{"v1": afterpay.V1, "v2": afterpay.V2}[file[:2]]
		want := map[bool]outcome{true: declined, false: done}[strings.Contains(file, "declined")]
		return clientOf(t, version, func(*http.Request) response { return r }), want
	}
	for file, q := range map[string]question{
		"v2_payment_auth_approved_201":     {call: "authorize"},
		"v2_payment_auth_declined_402":     {call: "authorize"},
		"v2_payment_by_token_200":          {call: "recover"},
		"v2_payment_capture_declined_201":  {call: "capture"},
		"v2_payment_capture_replayed_201":  {call: "capture"},
		"v2_payment_capture_part_201":      {call: "capturePart", amount: usd(250)},
		"v2_payment_capture_part_rest_201": {call: "capturePart", amount: amount{"30.00", "GBP"}},
		"v2_payment_void_all_201":          {call: "voidAll"},
		"v2_payment_void_part_201":         {call: "void", amount: usd(10)},
		"v1_payment_captured_201":          {call: "capture"},
		"v1_payment_captured_log_201":      {call: "capture"},
		"v1_payment_declined_402":          {call: "capture"},
		"v1_payment_with_events_200":       {call: "recover"},
	} {
		c, want := recorded(file)
		err := ask(c, q)
		require.Equal(t, want, outcomeOf(err), "%s: %v", file, err)
	}
	for file, req := range map[string]afterpay.RefundRequest{
		"v2_refund_created_201": {RequestID: "r-1", Amount: afterpay.USD(10_00)},
		"v1_refund_created_201": {RequestID: suitetest.RequestID, Amount: afterpay.AUD(50_00), MerchantReference: "my_reference"},
	} {
		c, _ := recorded(file)
		require.NoError(t, failure(c.Refunds.Create(t.Context(), paymentID, req)), file)
	}
}
