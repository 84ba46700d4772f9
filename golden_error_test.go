package afterpay

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// goldenErrors says what is read from the bodies of failures. The status is the
// one in the file's name.
func goldenErrors() []goldenCase[Error] {
	const (
		expired      = "Cannot complete payment, expired or invalid token."
		unknownID    = "Afterpay payment ID not found."
		badConfirm   = "must be a valid URL"
		confirmField = "merchant.redirectConfirmUrl"
	)
	return []goldenCase[Error]{
		{"any_invalid_json_400.json", Error{
			Kind: ErrInvalid, Code: "invalid_json", ErrorID: "0000000000000001", Message: "The request contains improperly formatted JSON",
		}},
		{"any_unauthorized_401.json", Error{
			Kind: ErrUnauthorized, Code: "unauthorized", ErrorID: "0000000000000002",
			Message: "Credentials are required to access this resource.",
		}},
		{"any_not_found_404.json", Error{Kind: ErrNotFound, Code: "not_found", ErrorID: "0000000000000003", Message: "Token not found."}},
		{"any_method_not_allowed_405.json", Error{
			Kind: ErrInvalid, Code: "method_not_allowed", ErrorID: "0000000000000004", Message: "Method Not Allowed",
		}},
		{"any_error_406.json", Error{Kind: ErrInvalid, Code: "error", ErrorID: "0000000000000005", Message: "Not Acceptable"}},
		{"any_error_415.json", Error{Kind: ErrInvalid, Code: "error", ErrorID: "0000000000000006", Message: "Unsupported Media Type"}},

		{"v1_order_two_faults_422.json", Error{
			Kind: ErrInvalid, Code: "invalid_object", ErrorID: "7ebb970f2b29b4bd",
			Message: "merchant.redirectConfirmUrl may not be empty, merchant.redirectConfirmUrl must be a valid URL",
			Fields:  []FieldError{{confirmField, "may not be empty"}, {confirmField, badConfirm}},
		}},
		{"v1_payment_declined_402.json", Error{
			Kind: ErrDeclined, Code: "declined", ErrorID: "5c1f0e2a9b7d4e63", Message: "Payment was declined",
		}},

		{"v2_checkout_bad_redirect_422.json", Error{
			Kind: ErrInvalid, Code: "invalid_object", ErrorID: "b4acda68180e4d1f", Message: "merchant.redirectConfirmUrl must be a valid URL",
			Fields: []FieldError{{confirmField, badConfirm}},
		}},
		{"v2_checkout_unknown_token_412.json", Error{
			Kind: ErrInvalidToken, Code: "invalid_token", ErrorID: "c6681293f05da670", Message: "Invalid token",
		}},
		{"v2_payment_auth_empty_token_422.json", Error{
			Kind: ErrInvalid, Code: "invalid_object", ErrorID: "538cad1e32fceff4", Message: "token may not be empty",
			Fields: []FieldError{{"token", "may not be empty"}},
		}},
		{"v2_payment_auth_invalid_token_402.json", Error{
			Kind: ErrInvalidToken, Code: "invalid_token", ErrorID: "923170d6fbb5794e", Message: expired,
		}},
		{"v2_payment_auth_not_confirmed_412.json", Error{
			Kind: ErrNotApprovedYet, Code: "invalid_order_transaction_status", ErrorID: "ba3ed3340609bbf5", Message: "Order has not been approved.",
		}},
		{"v2_payment_capture_invalid_token_402.json", Error{
			Kind: ErrInvalidToken, Code: "invalid_token", ErrorID: "46faa193ea69ad58", Message: expired,
		}},
		{"v2_payment_capture_part_captured_410.json", Error{
			Kind: ErrState, Code: "payment_captured", ErrorID: "4095c8de5cb77790", Message: "The payment has already been fully captured.",
		}},
		{"v2_payment_capture_part_not_numeric_404.json", Error{
			Kind: ErrNotFound, Code: "not_found", ErrorID: "629ff935c154b7be", Message: unknownID,
		}},
		{"v2_payment_capture_part_unknown_412.json", Error{
			Kind: ErrState, Code: "error", ErrorID: "296ddd79e07fe0bb", Message: "A valid auth was not performed for this payment id.",
		}},
		{"v2_payment_capture_part_voided_412.json", Error{
			Kind: ErrState, Code: "payment_voided", ErrorID: "99b25ca5d5d8c130", Message: "The auth was previously voided.",
		}},
		{"v2_payment_not_found_404.json", Error{Kind: ErrNotFound, Code: "not_found", ErrorID: "26103b385cf12e00", Message: unknownID}},
		{"v2_payment_void_captured_410.json", Error{
			Kind: ErrState, Code: "payment_captured", ErrorID: "ffd3406ccfa0902f", Message: "The payment has already been fully captured.",
		}},
		{"v2_payment_void_empty_id_404.json", Error{Kind: ErrNotFound, Code: "not_found", ErrorID: "a002e9b6dfcfd018", Message: unknownID}},
		{"v2_payment_void_too_much_422.json", Error{
			Kind: ErrInvalid, Code: "invalid_amount", ErrorID: "0000000000000007",
			Message: "Void amount USD 999.00 exceeded open to capture amount USD 40.00.",
		}},
		{"v2_payment_void_unknown_404.json", Error{Kind: ErrNotFound, Code: "not_found", ErrorID: "df5e55b161135f37", Message: unknownID}},
		{"v2_payment_void_unknown_500.json", Error{
			Kind: ErrUnavailable, Code: "error", ErrorID: "3b279fa19ac42dc5", Message: "An error occurred processing your request",
		}},
		{"v2_refund_declined_422.json", Error{
			Kind: ErrDeclined, Code: "declined", ErrorID: "6d2a1f3b0c8e5f74", Message: "Cash App declined to process the refund",
		}},
		{"v2_refund_not_numeric_404.json", Error{Kind: ErrNotFound, Code: "not_found", ErrorID: "704f7736872959b8", Message: unknownID}},
		{"v2_refund_unknown_404.json", Error{Kind: ErrNotFound, Code: "not_found", ErrorID: "cdd7849f02df7522", Message: unknownID}},
	}
}

// readError reads a failure as a call does that was answered with the status.
func readError(status int, body []byte) *Error {
	e := &Error{StatusCode: status}
	e.readFailure(V2, &call{}, body)
	return e
}

func TestGoldenErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range goldenErrors() {
		t.Run(tc.file, func(t *testing.T) {
			t.Parallel()
			status, body := goldenStatus(t, tc.file), goldenBody(t, tc.file)
			tc.want.StatusCode = status
			var sent struct{ HTTPStatusCode int }
			require.NoError(t, json.Unmarshal(body, &sent))
			tc.want.BodyStatusCode = sent.HTTPStatusCode
			e := readError(status, body)
			require.Equal(t, &tc.want, e)
			require.ErrorIs(t, e, tc.want.Kind)

			for n := range body {
				e := readError(status, body[:n])
				require.Equal(t, string(body[:n]), e.Raw, "what could not be read whole is kept")
				require.Nil(t, e.Payment)
				require.Contains(t, []Kind{kindOf(status, e.Code), ErrUnavailable}, e.Kind)
				require.Contains(t, []string{"", tc.want.Code}, e.Code, "a code is whole or none")
				require.Contains(t, []string{"", tc.want.ErrorID}, e.ErrorID)
				require.Contains(t, []string{"", tc.want.Message}, e.Message)
			}
		})
	}
}

func TestDeclinedPaymentInAFailureIsKept(t *testing.T) {
	t.Parallel()
	const file = "v2_payment_auth_declined_402.json"
	body, want := goldenBody(t, file), declinedAuth()
	e := readError(goldenStatus(t, file), body)
	require.Equal(t, &Error{StatusCode: 402, Kind: ErrDeclined, Payment: &want}, e)
	for n := range body {
		e := readError(402, body[:n])
		require.Nil(t, e.Payment, "half a payment is none")
		require.Equal(t, ErrUnavailable, e.Kind, "and no verdict")
		require.LessOrEqual(t, len(e.Raw), rawLimit)
	}
	// A payment that was approved does not belong in a refusal: it is kept, and
	// decides nothing. Nor does a decline under another status.
	for _, status := range []int{402, 409, 500} {
		e = readError(status, goldenBody(t, "v2_payment_auth_approved_201.json"))
		require.NotNil(t, e.Payment)
		require.Equal(t, kindOf(status, ""), e.Kind)
	}
	e = readError(500, body)
	require.Equal(t, ErrUnavailable, e.Kind)
	require.NotNil(t, e.Payment)
}

func TestFailuresThatAreNoErrorBodies(t *testing.T) {
	t.Parallel()
	page := "<html><head><title>502 Bad Gateway</title></head>" + strings.Repeat("<hr>", 1000) + "</html>"
	for _, tc := range []struct {
		name   string
		status int
		body   string
		want   Error
	}{
		{"nothing", 500, "", Error{Kind: ErrUnavailable}},
		{"nothing, not found", 404, "", Error{Kind: ErrUnavailable}},
		{"page of a gateway", 502, page, Error{Kind: ErrUnavailable, Raw: page[:rawLimit]}},
		{"page of a firewall", 403, "<html>Attention Required!</html>", Error{Kind: ErrUnavailable, Raw: "<html>Attention Required!</html>"}},
		{"timeout of a cache", 524, "error code: 524", Error{Kind: ErrUnavailable, Raw: "error code: 524"}},
		{"spaces", 503, " \n", Error{Kind: ErrUnavailable, Raw: " \n"}},
		{"nulls", 422, `{"errorCode":null,"errorId":null,"message":null,"httpStatusCode":null}`, Error{Kind: ErrInvalid}},
		{"null", 429, `null`, Error{Kind: ErrRateLimited}},
		{"empty object", 409, `{}`, Error{Kind: ErrConflict}},
		{"array", 400, `["bad"]`, Error{Kind: ErrInvalid}},
		{"text in quotes", 401, `"who are you"`, Error{Kind: ErrUnauthorized}},
		{"numbers for texts", 412, `{"errorCode":17,"errorId":42,"message":0,"httpStatusCode":"412"}`, Error{
			Kind: ErrState, Code: "17", ErrorID: "42", Message: "0", BodyStatusCode: 412,
		}},
		{"other types", 410, `{"errorCode":{"a":1},"errorId":[],"message":true}`, Error{Kind: ErrState}},
		{"two values", 500, `{"errorCode":"error"}{}`, Error{Kind: ErrUnavailable, Code: "error", Raw: `{"errorCode":"error"}{}`}},
		{"not UTF-8", 400, "\xff\xfe", Error{Kind: ErrInvalid, Raw: "\uFFFD"}},
		{"status of an unreadable payment", 402, `{"status":"DECLINED","originalAmount":{"amount":"x"}}`, Error{Kind: ErrUnavailable}},
		{"unknown code", 418, `{"errorCode":"teapot","errorId":"1","message":"m"}`, Error{Kind: ErrInvalid, Code: "teapot", ErrorID: "1", Message: "m"}},
		{"redirect", 302, ``, Error{Kind: ErrUnavailable}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.want.StatusCode = tc.status
			require.Equal(t, &tc.want, readError(tc.status, []byte(tc.body)))
		})
	}
	deep := strings.Repeat(`{"a":`, 100_000)
	require.Equal(t, &Error{StatusCode: 500, Kind: ErrUnavailable, Raw: deep[:rawLimit]}, readError(500, []byte(deep)))
}

func TestCodesComeBeforeStatuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		status int
		code   string
		want   Kind
	}{
		{402, "invalid_token", ErrInvalidToken}, {412, "invalid_token", ErrInvalidToken}, {402, "declined", ErrDeclined},
		{422, "declined", ErrDeclined}, {412, "invalid_order_transaction_status", ErrNotApprovedYet}, {409, "conflict", ErrConflict},
		{412, "precondition_failed", ErrState}, {412, "invalid_state", ErrState}, {412, "payment_expired", ErrState},
		{422, "refund_timelimit_exceeded", ErrInvalid}, {422, "unsupported_currency", ErrInvalid},
		{422, "unsupported_payment_type", ErrInvalid}, {403, "feature_not_enabled", ErrUnauthorized}, {403, "other", ErrUnauthorized},
		{403, "", ErrUnavailable}, {429, "too_many_requests", ErrRateLimited}, {429, "", ErrRateLimited}, {412, "error", ErrState},
		{410, "error", ErrState}, {404, "error", ErrNotFound}, {402, "", ErrUnavailable}, {402, "other", ErrDeclined}, {408, "", ErrUnavailable}, {500, "error", ErrUnavailable},
		{502, "", ErrUnavailable}, {524, "", ErrUnavailable}, {413, "", ErrInvalid}, {422, "new_code", ErrInvalid}, {304, "", ErrUnavailable},
	} {
		require.Equal(t, tc.want, kindOf(tc.status, tc.code), "%d %s", tc.status, tc.code)
	}
}

func TestMessagesAreCutIntoFields(t *testing.T) {
	t.Parallel()
	for message, want := range map[string][]FieldError{
		"":                       nil,
		"Invalid token":          nil,
		"Method Not Allowed":     nil,
		"token":                  nil,
		"token may not be empty": {{"token", "may not be empty"}},
		"[billing.postcode may not be empty, billing.countryCode must be a 2-character code, billing.line1 is required]": {
			{"billing.postcode", "may not be empty"}, {"billing.countryCode", "must be a 2-character code"}, {"billing.line1", "is required"},
		},
		"items[2].price.amount must be positive, items[10].name size must be between 1 and 255": {
			{"items[2].price.amount", "must be positive"}, {"items[10].name", "size must be between 1 and 255"},
		},
		"courier.priority must be one of STANDARD, EXPRESS, consumer.email is no address": {
			{"courier.priority", "must be one of STANDARD, EXPRESS"}, {"consumer.email", "is no address"},
		},
		"Void amount USD 999.00 exceeded open to capture amount USD 40.00.": nil,
		"Cannot complete payment, expired or invalid token.":                nil,
		"total must be positive":                                            nil,
		"amount<script> is bad":                                             nil,
	} {
		require.Equal(t, want, splitMessage(message), message)
	}
}

func TestSupportIDsAreReadInEverySpelling(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Http-Correlation-Id", "http-correlation-id", "Http_correlation_id", "http_correlation_id"} {
		h := make(http.Header)
		h.Set(name, "ed5d72kgz3ezlylm7g3qxiej6a")
		h.Set("cf-ray", "683b3f2d4a1e1f2b-SYD")
		raw := http.Header{name: {"ed5d72kgz3ezlylm7g3qxiej6a"}, "Cf-Ray": {"683b3f2d4a1e1f2b-SYD"}}
		if name == "http-correlation-id" {
			raw = h // only a header that was never canonical could hold it
		}
		for _, header := range []http.Header{h, raw} {
			var e Error
			e.readHeader(header)
			require.Equal(t, "ed5d72kgz3ezlylm7g3qxiej6a", e.CorrelationID, name)
			require.Equal(t, "683b3f2d4a1e1f2b-SYD", e.RayID, name)
		}
	}
	var e Error
	e.readHeader(nil)
	require.Zero(t, e)
}
