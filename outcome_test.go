package afterpay_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// recordedFailures has the kind of each recorded failure. The name of the file ends
// with the status.
var recordedFailures = map[string]afterpay.Kind{
	"any_invalid_json_400": afterpay.ErrInvalid, "any_unauthorized_401": afterpay.ErrUnauthorized, "any_not_found_404": afterpay.ErrNotFound,
	"any_method_not_allowed_405": afterpay.ErrInvalid, "any_error_406": afterpay.ErrInvalid, "any_error_415": afterpay.ErrInvalid,
	"v1_order_two_faults_422": afterpay.ErrInvalid, "v1_payment_declined_402": afterpay.ErrDeclined,
	"v2_checkout_bad_redirect_422": afterpay.ErrInvalid, "v2_checkout_unknown_token_412": afterpay.ErrInvalidToken,
	"v2_payment_auth_empty_token_422": afterpay.ErrInvalid, "v2_payment_auth_invalid_token_402": afterpay.ErrInvalidToken,
	"v2_payment_auth_not_confirmed_412": afterpay.ErrNotApprovedYet, "v2_payment_capture_invalid_token_402": afterpay.ErrInvalidToken,
	"v2_payment_capture_part_captured_410": afterpay.ErrState, "v2_payment_capture_part_not_numeric_404": afterpay.ErrNotFound,
	"v2_payment_capture_part_unknown_412": afterpay.ErrState, "v2_payment_capture_part_voided_412": afterpay.ErrState,
	"v2_payment_not_found_404": afterpay.ErrNotFound, "v2_payment_void_captured_410": afterpay.ErrState,
	"v2_payment_void_empty_id_404": afterpay.ErrNotFound, "v2_payment_void_too_much_422": afterpay.ErrInvalid,
	"v2_payment_void_unknown_404": afterpay.ErrNotFound, "v2_payment_void_unknown_500": afterpay.ErrUnavailable,
	"v2_refund_declined_422": afterpay.ErrDeclined, "v2_refund_not_numeric_404": afterpay.ErrNotFound, "v2_refund_unknown_404": afterpay.ErrNotFound,
}

// statusOf returns the status at the end of a file name.
func statusOf(name string) int {
	status, _ := strconv.Atoi(name[strings.LastIndexByte(name, '_')+1:])
	return status
}

func TestFailure_RecordedBodies(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*_[45]??.json")
	require.NoError(t, err)
	require.Len(t, recordedFailures, len(files)-1, "each but a declined payment")
	calls := []suitetest.Invoke{suitetest.Capture, suitetest.Reverse, suitetest.Refund, suitetest.GetOrder, suitetest.GetPayment}
	for name, kind := range recordedFailures {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, body := statusOf(name), strings.TrimSpace(recorded(t, name))
			var sent struct {
				ErrorCode, ErrorID, Message string
				HTTPStatusCode              int
			}
			require.NoError(t, json.Unmarshal([]byte(body), &sent))
			for _, version := range suitetest.Versions {
				for _, call := range calls {
					result, err := call(t.Context(), answeringClient(t, status, body, afterpay.WithAPIVersion(version)))
					require.Nil(t, result)
					require.ErrorIs(t, err, kind)
					e := suitetest.AsError(t, err)
					require.Equal(t, status, e.StatusCode)
					require.Equal(t, sent.HTTPStatusCode, e.BodyStatusCode)
					require.Equal(t, []string{sent.ErrorCode, sent.ErrorID, sent.Message}, []string{e.Code, e.ErrorID, e.Message})
					require.Empty(t, e.Raw)
					require.Nil(t, e.Payment)
				}
			}
			for n := range body {
				_, err := suitetest.GetPayment(t.Context(), answeringClient(t, status, body[:n]))
				e := suitetest.AsError(t, err)
				require.Equal(t, body[:n], e.Raw, "a part of a body is kept as it is")
				require.Contains(t, []string{"", sent.ErrorCode}, e.Code, "a code is whole or missing")
				require.Contains(t, []string{"", sent.Message}, e.Message)
				require.NotErrorIs(t, err, afterpay.ErrDeclined)
			}
		})
	}
}

func TestFailure_KindsByStatusAndCode(t *testing.T) {
	t.Parallel()
	const page = "<html><body>Attention Required!</body></html>"
	rows := map[afterpay.Kind]string{
		afterpay.ErrDeclined:       "402:declined 422:declined 402:a_new_code",
		afterpay.ErrInvalidToken:   "402:invalid_token 412:invalid_token 400:invalid_token",
		afterpay.ErrNotApprovedYet: "412:invalid_order_transaction_status",
		afterpay.ErrNotFound:       "404:not_found 404:grant_not_found 404:billing_agreement_not_found 404:error 412:not_found",
		afterpay.ErrConflict:       "409:conflict 409:",
		afterpay.ErrRateLimited:    "429:too_many_requests 429:",
		afterpay.ErrState: "412:precondition_failed 412:invalid_state 412:payment_voided 412:payment_expired 412:error 410:payment_captured 410:error " +
			"412:consumer_ineligible 412:invalid_billing_agreement_status 412:npuf_eligibility_mismatch 412: 410:a_new_code",
		afterpay.ErrUnauthorized: "401:unauthorized 401:unauthenticated 403:unauthorized 401:insufficient_permissions 403:feature_not_enabled " +
			"403:billing_agreement_not_authorised 403:headless_billing_agreement_not_authorised 403:forbidden 403:other 401:",
		afterpay.ErrInvalid: "422:invalid_object 422:invalid_amount 422:unsupported_currency 422:unsupported_payment_type 422:refund_timelimit_exceeded " +
			"422:error 400:invalid_request 400:invalid_json 405:method_not_allowed 406:error 415:error 413: 415: 422: 400:a_new_code 418:teapot",
		afterpay.ErrUnavailable: "500:error 500:declined 503: 403:< 403: 402: 404: 500:< 502:< 504:< 524:< 408: 408:error 599:a_new_code 304: 302:<",
	}
	for kind, row := range rows {
		for pair := range strings.FieldsSeq(row) {
			text, code, _ := strings.Cut(pair, ":")
			status, _ := strconv.Atoi(text)
			body := map[string]string{"": "", "<": page}[code]
			if body == "" && code != "" {
				body = fmt.Sprintf(`{"errorCode":%q,"errorId":"bff68cc7fdcdca58","message":"Sorry.","httpStatusCode":%d}`, code, status)
			}
			_, err := suitetest.GetPayment(t.Context(), answeringClient(t, status, body))
			e := suitetest.AsError(t, err)
			require.Equal(t, status, e.StatusCode)
			require.Equal(t, code == "<", e.Raw == page, pair)
			require.Equal(t, strings.Trim(code, "<"), e.Code, pair)
			for other := range rows {
				require.Equal(t, other == kind, errors.Is(err, other), "%s with errors.Is %q", pair, other)
			}
			require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
			require.NotErrorIs(t, err, afterpay.Kind(""))
		}
	}
}

func TestFailure_BodiesOfOtherForms(t *testing.T) {
	t.Parallel()
	page, deep := "<html>"+strings.Repeat("a", 1000), strings.Repeat(`{"a":`, 100_000)
	for name, x := range map[string]struct {
		status int
		body   string
		want   afterpay.Error
	}{
		"page of a gateway":     {502, page, afterpay.Error{Kind: afterpay.ErrUnavailable, Raw: page[:512]}},
		"plain text":            {500, "upstream failed", afterpay.Error{Kind: afterpay.ErrUnavailable, Raw: "upstream failed"}},
		"spaces":                {503, " \n", afterpay.Error{Kind: afterpay.ErrUnavailable, Raw: " \n"}},
		"not UTF-8":             {400, "caf\xe9", afterpay.Error{Kind: afterpay.ErrInvalid, Raw: "caf\uFFFD"}},
		"cut in a character":    {500, strings.Repeat("a", 511) + "é", afterpay.Error{Kind: afterpay.ErrUnavailable, Raw: strings.Repeat("a", 511) + "\uFFFD"}},
		"truncated JSON":        {412, `{"errorCode":`, afterpay.Error{Kind: afterpay.ErrState, Raw: `{"errorCode":`}},
		"deep JSON":             {500, deep, afterpay.Error{Kind: afterpay.ErrUnavailable, Raw: deep[:512]}},
		"two values":            {500, `{"errorCode":"error"}{}`, afterpay.Error{Kind: afterpay.ErrUnavailable, Code: "error", Raw: `{"errorCode":"error"}{}`}},
		"nulls":                 {422, `{"errorCode":null,"errorId":null,"message":null,"httpStatusCode":null}`, afterpay.Error{Kind: afterpay.ErrInvalid}},
		"null":                  {429, `null`, afterpay.Error{Kind: afterpay.ErrRateLimited}},
		"empty object":          {409, `{}`, afterpay.Error{Kind: afterpay.ErrConflict}},
		"array":                 {400, `["bad"]`, afterpay.Error{Kind: afterpay.ErrInvalid}},
		"string":                {401, `"who are you"`, afterpay.Error{Kind: afterpay.ErrUnauthorized}},
		"numbers for texts":     {412, `{"errorCode":17,"errorId":42,"message":0,"httpStatusCode":"412"}`, afterpay.Error{Kind: afterpay.ErrState, Code: "17", ErrorID: "42", Message: "0", BodyStatusCode: 412}},
		"other types":           {410, `{"errorCode":{"a":1},"errorId":[],"message":true}`, afterpay.Error{Kind: afterpay.ErrState}},
		"payment without proof": {402, `{"status":"DECLINED","originalAmount":{"amount":"x"}}`, afterpay.Error{Kind: afterpay.ErrUnavailable}},
		"success in HTML":       {200, page, afterpay.Error{Kind: afterpay.ErrUnavailable, Raw: page[:512]}},
	} {
		_, err := suitetest.GetPayment(t.Context(), answeringClient(t, x.status, x.body))
		e := suitetest.AsError(t, err)
		x.want.Op, x.want.Method, x.want.Route, x.want.PaymentID = e.Op, e.Method, e.Route, suitetest.PaymentID
		x.want.StatusCode, x.want.Attempts, x.want.Err = x.status, 1, e.Err
		require.Equal(t, &x.want, e, name)
	}
}

// HTTP/2 proxies and other RoundTrippers may leave the name of a header unchanged, and
// net/http capitalizes the spelling that the service used in 2019.
func TestFailure_CorrelationIDIsReadInEverySpelling(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Http-Correlation-Id", "Http_correlation_id", "http_correlation_id"} {
		for _, status := range []int{200, 404} {
			_, err := suitetest.GetPayment(t.Context(), clientOf(t, func(*http.Request) (*http.Response, error) {
				res := suitetest.Respond(status, `{}`)
				res.Header[name], res.Header["Cf-Ray"] = []string{"corr-1"}, []string{"ray-1"}
				return res, nil
			}))
			require.Equal(t, "corr-1", suitetest.AsError(t, err).CorrelationID, "%s at %d", name, status)
			require.Equal(t, "ray-1", suitetest.AsError(t, err).RayID)
		}
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// part returns a response whose body breaks off.
func part(status int, body string) (*http.Response, error) {
	res := suitetest.Respond(status, "")
	res.ContentLength = int64(len(body)) + 1
	res.Body = io.NopCloser(io.MultiReader(strings.NewReader(body), failingReader{}))
	return res, nil
}

func FuzzFailure(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(f, err)
	for _, file := range files {
		body, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(402, body)
		f.Add(500, body)
	}
	for _, text := range []string{``, `null`, `<html>`, "\xff", `{"message":"a.b c, items[0].name d, e"}`, `{"message":"[token x]"}`, `{"errorCode":"declined","status":"DECLINED"}`} {
		f.Add(422, []byte(text))
	}
	f.Fuzz(func(t *testing.T, status int, text []byte) {
		if status < 300 || status > 599 {
			return
		}
		_, err := suitetest.Capture(t.Context(), answeringClient(t, status, string(text)))
		e := suitetest.AsError(t, err)
		require.Equal(t, status, e.StatusCode)
		require.NotEmpty(t, e.Kind)
		require.True(t, utf8.ValidString(e.Raw) && utf8.ValidString(e.Error()))
		require.LessOrEqual(t, len(e.Raw), 512*len("\uFFFD"))
		require.True(t, e.Raw != "" || len(text) == 0 || json.Valid(bytes.TrimPrefix(text, []byte("\uFEFF"))), "what is not JSON is kept")
		require.True(t, e.Payment == nil || e.Kind != afterpay.ErrDeclined || status == 402 || e.Code != "")
		require.False(t, e.Kind == afterpay.ErrDeclined && status >= 500)
	})
}
