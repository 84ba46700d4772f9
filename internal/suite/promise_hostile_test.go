package suite_test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
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

// The payments that were recorded from the service are plain: none of them leaves
// an outcome unknown.
func TestPromise_RecordedPaymentsAreCertain(t *testing.T) {
	t.Parallel()
	for file, call := range map[string]string{
		"v2_payment_auth_approved_201": "authorize", "v2_payment_auth_declined_402": "authorize", "v2_payment_by_token_200": "recover",
		"v2_payment_capture_declined_201": "capture", "v2_payment_capture_replayed_201": "capture", "v2_payment_capture_part_201": "capturePart",
		"v2_payment_capture_part_rest_201": "capturePart", "v2_payment_void_all_201": "voidAll", "v2_payment_void_part_201": "void",
		"v1_payment_captured_201": "capture", "v1_payment_captured_log_201": "capture", "v1_payment_declined_402": "capture",
		"v1_payment_with_events_200": "recover", "v2_refund_created_201": "refund", "v1_refund_created_201": "refund",
	} {
		body, err := os.ReadFile(filepath.Join("../../testdata", file+".json"))
		require.NoError(t, err)
		var p struct {
			ID, Token string
			Amount    afterpay.Money
			Events    []struct {
				Amount    afterpay.Money
				Reference string `json:"paymentEventMerchantReference"`
			}
			RequestID, MerchantReference string
		}
		require.NoError(t, json.Unmarshal(body, &p), file)
		r := response{raw: string(body)}
		r.status, err = strconv.Atoi(file[len(file)-3:])
		require.NoError(t, err)
		version := map[bool]afterpay.APIVersion{true: afterpay.V1, false: afterpay.V2}[file[:2] == "v1"]
		c := clientOf(t, version, func(*http.Request) response { return r })
		ctx := t.Context()
		switch call {
		case "authorize":
			_, err = c.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: p.Token})
		case "capture":
			_, err = c.Payments.Capture(ctx, afterpay.CaptureRequest{Token: cmp.Or(p.Token, token)})
		case "recover":
			_, err = c.Payments.Recover(ctx, p.Token)
		case "capturePart":
			e := p.Events[len(p.Events)-1]
			_, err = c.Payments.CapturePart(ctx, p.ID, afterpay.CapturePartRequest{Amount: e.Amount, EventMerchantReference: e.Reference})
		case "void":
			_, err = c.Payments.Void(ctx, p.ID, afterpay.VoidRequest{Amount: p.Events[len(p.Events)-1].Amount})
		case "voidAll":
			_, err = c.Payments.Void(ctx, p.ID, afterpay.VoidRequest{All: true})
		case "refund":
			_, err = c.Refunds.Create(ctx, paymentID, afterpay.RefundRequest{RequestID: p.RequestID, Amount: p.Amount, MerchantReference: p.MerchantReference})
		}
		want := map[bool]outcome{true: declined, false: done}[strings.Contains(file, "declined")]
		require.Equal(t, want, outcomeOf(err), "%s: %v", file, err)
	}
}
