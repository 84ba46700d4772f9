package afterpay_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

func TestKind_Text(t *testing.T) {
	t.Parallel()
	require.EqualError(t, afterpay.ErrDeclined, "afterpay: declined")
	require.EqualError(t, afterpay.ErrOutcomeUnknown, "afterpay: outcome unknown")
	require.NotErrorIs(t, &afterpay.Error{}, afterpay.Kind(""), "an error without a kind is not of the empty kind")
	require.Equal(t, errShopClosed, errors.Unwrap(&afterpay.Error{Err: errShopClosed}))
}

func TestError_HoldsAndLogsWhatSupportAsksFor(t *testing.T) {
	t.Parallel()
	srv := newRecorder(t, answer{
		Status: 422, Body: recorded(t, "v1_order_two_faults_422"),
		Header: map[string]string{"Http-Correlation-Id": "ed5d72kgz3ezlylm7g3qxiej6a", "Cf-Ray": "7d1f0c2a9b7d4e63-SYD", "Retry-After": "7"},
	})
	_, err := suitetest.Refund(t.Context(), suitetest.NewClient(t, srv.URL))
	require.Equal(t, &afterpay.Error{
		Op: "refunds.create", Method: "POST", Route: "/v2/payments/{paymentID}/refund", Kind: afterpay.ErrInvalid,
		StatusCode: 422, BodyStatusCode: 422, Code: "invalid_object", ErrorID: "7ebb970f2b29b4bd",
		Message: "merchant.redirectConfirmUrl may not be empty, merchant.redirectConfirmUrl must be a valid URL",
		Fields: []afterpay.FieldError{
			{Field: "merchant.redirectConfirmUrl", Message: "may not be empty"}, {Field: "merchant.redirectConfirmUrl", Message: "must be a valid URL"},
		},
		Attempts: 1, CorrelationID: "ed5d72kgz3ezlylm7g3qxiej6a", RayID: "7d1f0c2a9b7d4e63-SYD", RetryAfter: 7 * time.Second,
		RequestID: suitetest.RequestID, PaymentID: suitetest.PaymentID,
	}, suitetest.AsError(t, err))
	const text = "afterpay: refunds.create: invalid request: " +
		"merchant.redirectConfirmUrl; merchant.redirectConfirmUrl: status 422, code invalid_object, error id 7ebb970f2b29b4bd"
	require.EqualError(t, err, text)

	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Error("refund failed", "err", err)
	require.Equal(t, map[string]any{
		"op": "refunds.create", "route": "/v2/payments/{paymentID}/refund", "kind": "invalid request", "outcome_unknown": false, "status": 422.0,
		"code": "invalid_object", "error_id": "7ebb970f2b29b4bd", "correlation_id": "ed5d72kgz3ezlylm7g3qxiej6a", "ray_id": "7d1f0c2a9b7d4e63-SYD",
		"request_id": suitetest.RequestID, "attempts": 1.0, "error": text,
	}, suitetest.LogLines(t, log.Bytes())[0]["err"])

	_, err = suitetest.Void(t.Context(), answeringClient(t, 422, recorded(t, "v2_payment_void_too_much_422")))
	require.EqualError(t, err, "afterpay: payments.void: invalid request: the amount is above what is open or below the smallest amount: "+
		"status 422, code invalid_amount, error id 0000000000000007")
	_, err = suitetest.Capture(t.Context(), answeringClient(t, 412, ""))
	require.EqualError(t, err, "afterpay: payments.capture: wrong state: status 412")
	require.Equal(t, suitetest.Token, suitetest.AsError(t, err).Token)
}

func TestError_MessagesOfTheServiceAreSplitIntoFields(t *testing.T) {
	t.Parallel()
	for message, want := range map[string][]afterpay.FieldError{
		"token may not be empty": {{Field: "token", Message: "may not be empty"}},
		"[items[0].price.amount must be positive, billing.postcode may not be empty]": {
			{Field: "items[0].price.amount", Message: "must be positive"}, {Field: "billing.postcode", Message: "may not be empty"},
		},
		"courier.priority must be one of STANDARD, EXPRESS, items[2].quantity must be whole": {
			{Field: "courier.priority", Message: "must be one of STANDARD, EXPRESS"}, {Field: "items[2].quantity", Message: "must be whole"},
		},
		"totalAmount must be greater than 0.00 (was USD -250.15)":  {{Field: "totalAmount", Message: "must be greater than 0.00 (was USD -250.15)"}},
		"amount.currency Currency not supported for this merchant": {{Field: "amount.currency", Message: "Currency not supported for this merchant"}},
		"billing.postcode may not be empty, by the way":            {{Field: "billing.postcode", Message: "may not be empty, by the way"}},
		"[limit must be in [1, 250], token may not be null]":       {{Field: "limit", Message: "must be in [1, 250]"}, {Field: "token", Message: "may not be null"}},
		"Cannot complete payment, expired or invalid token.":       nil,
		"Void amount USD 999.00 exceeded open to capture amount":   nil,
		"strangers are strange":                                    nil,
		"jane@example.com must be good":                            nil,
		"amount<script> is bad":                                    nil,
		"token":                                                    nil,
		"":                                                         nil,
		"[]":                                                       nil,
	} {
		require.Equal(t, want, complaint(t, message).Fields, message)
	}
}

// complaint returns the error of an order that the service refuses with message.
func complaint(t *testing.T, message string) *afterpay.Error {
	t.Helper()
	body := fmt.Sprintf(`{"errorCode":"invalid_object","errorId":"1","message":%q,"httpStatusCode":422}`, message)
	_, err := suitetest.CreateOrder(t.Context(), answeringClient(t, 422, body))
	e := suitetest.AsError(t, err)
	require.Equal(t, message, e.Message)
	return e
}

// Every field of a request is recognized as the start of a path.
func TestError_ComplaintsAboutEveryFieldAreUnderstood(t *testing.T) {
	t.Parallel()
	names := []string{"totalAmount"} // v1's word
	for _, request := range []any{
		afterpay.CreateOrderRequest{}, afterpay.CaptureRequest{}, afterpay.AuthorizeRequest{}, afterpay.CapturePartRequest{},
		afterpay.VoidRequest{}, afterpay.RefundRequest{}, afterpay.Courier{},
	} {
		for field := range reflect.TypeOf(request).Fields() {
			if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" && name != "-" {
				names = append(names, name)
			}
		}
	}
	some := []string{"x"}
	for _, q := range []afterpay.PaymentQuery{ // their fields are sent in the query
		{Offset: 1, OrderBy: "id", Ascending: true, Limit: 1, FromCreated: time.Unix(1, 0), ToCreated: time.Unix(2, 0)},
		{IDs: some, Tokens: some, MerchantReferences: some, Statuses: []afterpay.PaymentStatus{"x"}, Cursor: "x"},
	} {
		var query url.Values
		_, err := clientOf(t, func(req *http.Request) (*http.Response, error) {
			query = req.URL.Query()
			return suitetest.Respond(200, `{"results":[]}`), nil
		}).Payments.List(t.Context(), q)
		require.NoError(t, err)
		for name := range query {
			names = append(names, name)
		}
	}
	require.Greater(t, len(names), 50)
	for _, name := range names {
		for _, path := range []string{name, name + ".amount", name + "[12].x"} {
			require.Equal(t, []afterpay.FieldError{{Field: path, Message: "must be in [1, 2]"}, {Field: "amount.currency", Message: "is odd"}},
				complaint(t, path+" must be in [1, 2], amount.currency is odd").Fields)
		}
	}
}

// Errors are wrapped by callers, and a context may end for a reason of its owner.
func TestError_MatchesItsKindAndTheContextsError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(errShopClosed) })
		err := fmt.Errorf("checkout: %w", second(suitetest.Authorize(ctx, clientOf(t, hang))))
		for _, is := range []error{errShopClosed, context.Canceled, afterpay.ErrUnavailable, afterpay.ErrOutcomeUnknown} {
			require.ErrorIs(t, err, is)
		}
		require.NotErrorIs(t, err, afterpay.ErrDeclined)
	})
}
