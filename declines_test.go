package afterpay_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// TestDeclinesAreErrors knows a decline in each form it has on the wire.
func TestDeclinesAreErrors(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		version   afterpay.APIVersion
		invoke    suitetest.Invoke
		answer    answer
		code      string
		paymentID string // "": no payment is sent
	}{
		"201 with a declined payment": {
			afterpay.V2, suitetest.Capture, answer{Status: 201, Body: recorded(t, "v2_payment_capture_declined_201")}, "", suitetest.PaymentID,
		},
		"402 with a declined payment": {
			afterpay.V2, suitetest.Authorize, answer{Status: 402, Body: recorded(t, "v2_payment_auth_declined_402")}, "", suitetest.PaymentID,
		},
		"402 with an error": {
			afterpay.V1, suitetest.Capture, answer{Status: 402, Body: recorded(t, "v1_payment_declined_402")}, "declined", "",
		},
		"422 with an error": {
			afterpay.V2, suitetest.Refund, answer{Status: 422, Body: recorded(t, "v2_refund_declined_422")}, "declined", "",
		},
		"201 with a declined authorization": {
			afterpay.V2, suitetest.Authorize, answer{Status: 201, Body: recorded(t, "v2_payment_auth_declined_402")}, "", suitetest.PaymentID,
		},
		"200 with a state alone": {
			afterpay.V2, suitetest.Capture, answer{Status: 200, Body: `{"id":"7","paymentState":"CAPTURE_DECLINED"}`}, "", "7",
		},
		"402 with a payment of v1": {
			afterpay.V1, suitetest.Capture, answer{Status: 402, Body: `{"id":"8","status":"DECLINED","totalAmount":{"amount":"5.00","currency":"AUD"}}`}, "", "8",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newRecorder(t, x.answer)
			result, err := x.invoke(t.Context(), suitetest.NewClient(t, srv.URL, afterpay.WithAPIVersion(x.version)))
			require.Nil(t, result)
			require.ErrorIs(t, err, afterpay.ErrDeclined)
			require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
			e := suitetest.AsError(t, err)
			require.Equal(t, x.answer.Status, e.StatusCode)
			require.Equal(t, x.code, e.Code)
			require.Equal(t, 1, e.Attempts)
			if x.paymentID == "" {
				require.Nil(t, e.Payment)
				return
			}
			require.NotNil(t, e.Payment)
			require.Equal(t, x.paymentID, e.Payment.ID)
		})
	}
	t.Run("the amount under v1 is read", func(t *testing.T) {
		t.Parallel()
		srv := newRecorder(t, answer{Status: 402, Body: `{"id":"8","status":"DECLINED","totalAmount":{"amount":"5.00","currency":"AUD"}}`})
		_, err := suitetest.Capture(t.Context(), suitetest.NewClient(t, srv.URL, afterpay.WithAPIVersion(afterpay.V1)))
		require.Equal(t, afterpay.AUD(5_00), suitetest.AsError(t, err).Payment.OriginalAmount)
	})
}

// TestVerdictsByCode tells apart what is no decline although it looks like one.
func TestVerdictsByCode(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		version afterpay.APIVersion
		invoke  suitetest.Invoke
		status  int
		body    string
		kind    afterpay.Kind
	}{
		"invalid token, authorize":       {afterpay.V2, suitetest.Authorize, 402, "v2_payment_auth_invalid_token_402", afterpay.ErrInvalidToken},
		"invalid token, capture":         {afterpay.V2, suitetest.Capture, 402, "v2_payment_capture_invalid_token_402", afterpay.ErrInvalidToken},
		"invalid token, capture v1":      {afterpay.V1, suitetest.Capture, 412, "v2_checkout_unknown_token_412", afterpay.ErrInvalidToken},
		"invalid token, capture v1, 402": {afterpay.V1, suitetest.Capture, 402, "v2_payment_capture_invalid_token_402", afterpay.ErrInvalidToken},
		"invalid token, get order":       {afterpay.V2, suitetest.GetOrder, 412, "v2_checkout_unknown_token_412", afterpay.ErrInvalidToken},
		"invalid token, reverse":         {afterpay.V2, suitetest.Reverse, 402, "v2_payment_auth_invalid_token_402", afterpay.ErrInvalidToken},
		"not confirmed, authorize":       {afterpay.V2, suitetest.Authorize, 412, "v2_payment_auth_not_confirmed_412", afterpay.ErrNotApprovedYet},
		"not confirmed, capture":         {afterpay.V2, suitetest.Capture, 412, "v2_payment_auth_not_confirmed_412", afterpay.ErrNotApprovedYet},
		"not confirmed, capture v1":      {afterpay.V1, suitetest.Capture, 412, "v2_payment_auth_not_confirmed_412", afterpay.ErrNotApprovedYet},
		"captured, capture part":         {afterpay.V2, suitetest.CapturePart, 410, "v2_payment_capture_part_captured_410", afterpay.ErrState},
		"captured, void":                 {afterpay.V2, suitetest.Void, 410, "v2_payment_void_captured_410", afterpay.ErrState},
		"voided, capture part":           {afterpay.V2, suitetest.CapturePart, 412, "v2_payment_capture_part_voided_412", afterpay.ErrState},
		"unknown number, capture part":   {afterpay.V2, suitetest.CapturePart, 412, "v2_payment_capture_part_unknown_412", afterpay.ErrState},
		"no number, capture part":        {afterpay.V2, suitetest.CapturePart, 404, "v2_payment_capture_part_not_numeric_404", afterpay.ErrNotFound},
		"too much, void":                 {afterpay.V2, suitetest.Void, 422, "v2_payment_void_too_much_422", afterpay.ErrInvalid},
		"unknown, refund":                {afterpay.V2, suitetest.Refund, 404, "v2_refund_unknown_404", afterpay.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newRecorder(t, answer{Status: x.status, Body: recorded(t, x.body)})
			result, err := x.invoke(t.Context(), suitetest.NewClient(t, srv.URL, afterpay.WithAPIVersion(x.version)))
			require.Nil(t, result)
			require.ErrorIs(t, err, x.kind)
			require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
			if x.kind != afterpay.ErrDeclined {
				require.NotErrorIs(t, err, afterpay.ErrDeclined)
			}
			require.Nil(t, suitetest.AsError(t, err).Payment)
		})
	}
}

// TestSuccessIsAnyStatusOfItsClass reads answers whose status is not the
// documented one.
func TestSuccessIsAnyStatusOfItsClass(t *testing.T) {
	t.Parallel()
	for _, o := range suitetest.Operations() {
		for _, status := range []int{200, 201, 202, 203} {
			for name, version := range suitetest.Versions {
				if o.Route(version) == "" || o.Name == "configuration.get" && version == afterpay.V1 {
					continue
				}
				_, err := o.Invoke(t.Context(), suitetest.NewClient(t, "https://service.example", afterpay.WithAPIVersion(version), suitetest.Through(suitetest.Always(status, o.Succeeded))))
				require.NoError(t, err, "%s %s %d", name, o.Name, status)
			}
		}
	}
}

// unreadableAnswers are successes by status that say nothing.
var unreadableAnswers = map[string]string{
	"empty":              "",
	"white space":        " \n",
	"HTML":               "<html><body>Just a moment...</body></html>",
	"plain text":         "OK",
	"truncated":          `{"id":"100570320832","status":"APPROVED","refundId":"1","refunds":[{"amount":{"amou`,
	"followed by more":   `{"id":"1","status":"APPROVED","refundId":"1"}}`,
	"empty object":       `{}`,
	"null":               `null`,
	"array":              `[]`,
	"string":             `"APPROVED"`,
	"an error":           `{"errorCode":"error","errorId":"5c1f0e2a9b7d4e63","message":"x","httpStatusCode":500}`,
	"nulls":              `{"id":null,"token":null,"status":null,"refundId":null}`,
	"an amount of words": `{"id":"1","refundId":"1","status":"APPROVED","amount":{"amount":"lots","currency":"USD"},"originalAmount":{"amount":"lots","currency":"USD"}}`,
}

// TestSuccessesThatSayNothingLeaveTheOutcomeUnknown reads no yes into a response
// that holds none.
func TestSuccessesThatSayNothingLeaveTheOutcomeUnknown(t *testing.T) {
	t.Parallel()
	undecided := map[string]string{
		"no status":      `{"id":"1","token":"t","originalAmount":{"amount":"1.00","currency":"USD"}}`,
		"unknown status": `{"id":"1","token":"t","status":"PENDING"}`,
		"no id":          `{"token":"t","status":"APPROVED"}`,
	}
	for _, o := range suitetest.Operations() {
		if !o.Money || o.Name == "payments.reverse" { // which answers with nothing
			continue
		}
		bodies := []map[string]string{unreadableAnswers}
		if o.Name != "refunds.create" {
			bodies = append(bodies, undecided)
		}
		for version, v := range suitetest.Versions {
			if o.Route(v) == "" {
				continue
			}
			for _, set := range bodies {
				for name, body := range set {
					t.Run(version+" "+o.Name+" "+name, func(t *testing.T) {
						t.Parallel()
						srv := newRecorder(t, answer{Status: 201, Body: body})
						result, err := o.Invoke(t.Context(), suitetest.NewClient(t, srv.URL, afterpay.WithAPIVersion(v)))
						require.Nil(t, result)
						require.ErrorIs(t, err, afterpay.ErrUnavailable)
						require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
						require.NotErrorIs(t, err, afterpay.ErrDeclined)
						require.Contains(t, err.Error(), string(afterpay.ErrOutcomeUnknown))
						e := suitetest.AsError(t, err)
						require.Equal(t, 201, e.StatusCode)
						require.Equal(t, 1, e.Attempts)
						require.Error(t, e.Err)
					})
				}
			}
		}
	}
}

// TestReadsThatSayNothingAreUnavailable is the same for what moves no money.
func TestReadsThatSayNothingAreUnavailable(t *testing.T) {
	t.Parallel()
	for opName, call := range map[string]suitetest.Invoke{"orders.create": suitetest.CreateOrder, "orders.get": suitetest.GetOrder, "payments.get": suitetest.GetPayment} {
		for name, body := range unreadableAnswers {
			t.Run(opName+" "+name, func(t *testing.T) {
				t.Parallel()
				result, err := call(t.Context(), suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(200, body))))
				require.Nil(t, result)
				require.ErrorIs(t, err, afterpay.ErrUnavailable)
				require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
			})
		}
	}
	for _, body := range []string{"", "<html>", `{"results":[{"id":"1"`} {
		result, err := suitetest.ListPayments(t.Context(), suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(200, body))))
		require.Nil(t, result)
		require.ErrorIs(t, err, afterpay.ErrUnavailable)
	}
}

// TestAuthorizedIsNotCaptured refuses to call an authorization a capture.
func TestAuthorizedIsNotCaptured(t *testing.T) {
	t.Parallel()
	srv := newRecorder(t, answer{Status: 201, Body: recorded(t, "v2_payment_auth_approved_201")})
	result, err := suitetest.Capture(t.Context(), suitetest.NewClient(t, srv.URL))
	require.Nil(t, result)
	require.ErrorIs(t, err, afterpay.ErrState)
	require.Equal(t, "100570320832", suitetest.AsError(t, err).Payment.ID)
	require.Contains(t, err.Error(), "order is authorized and not captured")
}
