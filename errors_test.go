package afterpay_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// TestKindsByCodeAndStatus goes through the table of error codes, row by row.
func TestKindsByCodeAndStatus(t *testing.T) {
	t.Parallel()
	const html = "<html><body>Attention Required!</body></html>"
	for _, x := range []struct {
		code   string // "": no code; "<": an HTML page
		status int
		kind   afterpay.Kind
	}{
		{"invalid_object", 422, afterpay.ErrInvalid},
		{"invalid_amount", 422, afterpay.ErrInvalid},
		{"unsupported_currency", 422, afterpay.ErrInvalid},
		{"unsupported_payment_type", 422, afterpay.ErrInvalid},
		{"refund_timelimit_exceeded", 422, afterpay.ErrInvalid},
		{"declined", 402, afterpay.ErrDeclined},
		{"declined", 422, afterpay.ErrDeclined},
		{"invalid_token", 402, afterpay.ErrInvalidToken},
		{"invalid_token", 412, afterpay.ErrInvalidToken},
		{"invalid_order_transaction_status", 412, afterpay.ErrNotApprovedYet},
		{"precondition_failed", 412, afterpay.ErrState},
		{"invalid_state", 412, afterpay.ErrState},
		{"payment_voided", 412, afterpay.ErrState},
		{"payment_expired", 412, afterpay.ErrState},
		{"error", 412, afterpay.ErrState},
		{"payment_captured", 410, afterpay.ErrState},
		{"not_found", 404, afterpay.ErrNotFound},
		{"conflict", 409, afterpay.ErrConflict},
		{"", 409, afterpay.ErrConflict},
		{"error", 422, afterpay.ErrInvalid},
		{"error", 500, afterpay.ErrUnavailable},
		{"invalid_request", 400, afterpay.ErrInvalid},
		{"invalid_json", 400, afterpay.ErrInvalid},
		{"too_many_requests", 429, afterpay.ErrRateLimited},
		{"", 429, afterpay.ErrRateLimited},
		{"", 503, afterpay.ErrUnavailable},
		{"<", 403, afterpay.ErrUnavailable},
		{"", 403, afterpay.ErrUnavailable},
		{"<", 500, afterpay.ErrUnavailable},
		{"<", 502, afterpay.ErrUnavailable},
		{"<", 504, afterpay.ErrUnavailable},
		{"<", 524, afterpay.ErrUnavailable},
		{"", 408, afterpay.ErrUnavailable},
		{"unauthorized", 401, afterpay.ErrUnauthorized},
		{"unauthenticated", 401, afterpay.ErrUnauthorized},
		{"unauthorized", 403, afterpay.ErrUnauthorized},
		{"insufficient_permissions", 401, afterpay.ErrUnauthorized},
		{"feature_not_enabled", 403, afterpay.ErrUnauthorized},
		{"billing_agreement_not_authorised", 403, afterpay.ErrUnauthorized},
		{"headless_billing_agreement_not_authorised", 403, afterpay.ErrUnauthorized},
		{"forbidden", 403, afterpay.ErrUnauthorized},
		{"grant_not_found", 404, afterpay.ErrNotFound},
		{"billing_agreement_not_found", 404, afterpay.ErrNotFound},
		{"consumer_ineligible", 412, afterpay.ErrState},
		{"invalid_billing_agreement_status", 412, afterpay.ErrState},
		{"npuf_eligibility_mismatch", 412, afterpay.ErrState},
		{"", 401, afterpay.ErrUnauthorized},
		{"", 404, afterpay.ErrUnavailable},
		{"", 412, afterpay.ErrState},
		{"", 413, afterpay.ErrInvalid},
		{"", 415, afterpay.ErrInvalid},
		{"", 422, afterpay.ErrInvalid},
		{"method_not_allowed", 405, afterpay.ErrInvalid},
		{"error", 406, afterpay.ErrInvalid},
		{"error", 415, afterpay.ErrInvalid},
		{"a_code_of_tomorrow", 400, afterpay.ErrInvalid},
		{"a_code_of_tomorrow", 410, afterpay.ErrState},
		{"a_code_of_tomorrow", 599, afterpay.ErrUnavailable},
		// The code counts, not the status around it.
		{"invalid_token", 400, afterpay.ErrInvalidToken},
		{"not_found", 412, afterpay.ErrNotFound},
	} {
		t.Run(fmt.Sprintf("%q at %d", x.code, x.status), func(t *testing.T) {
			t.Parallel()
			body := fmt.Sprintf(`{"errorCode":%q,"errorId":"bff68cc7fdcdca58","message":"Sorry.","httpStatusCode":%d}`, x.code, x.status)
			switch x.code {
			case "":
				body = ""
			case "<":
				body = html
			}
			srv := newRecorder(t, answer{Status: x.status, Body: body})
			_, err := suitetest.GetPayment(t.Context(), suitetest.NewClient(t, srv.URL))
			e := suitetest.AsError(t, err)
			require.Equal(t, x.kind, e.Kind)
			require.Equal(t, x.status, e.StatusCode)
			require.False(t, e.OutcomeUnknown)
			if x.code == "<" {
				require.Equal(t, html, e.Raw)
				require.Empty(t, e.Code)
			} else {
				require.Equal(t, x.code, e.Code)
				require.Empty(t, e.Raw)
			}
			for _, other := range everyKind {
				require.Equal(t, other == x.kind, errors.Is(err, other), "errors.Is with %q", other)
			}
		})
	}
}

var everyKind = []afterpay.Kind{
	afterpay.ErrDeclined, afterpay.ErrInvalidToken, afterpay.ErrNotApprovedYet, afterpay.ErrUnauthorized, afterpay.ErrNotFound,
	afterpay.ErrConflict, afterpay.ErrState, afterpay.ErrInvalid, afterpay.ErrRateLimited, afterpay.ErrUnavailable, afterpay.ErrOutcomeUnknown, "",
}

func TestErrorsHoldWhatSupportAsksFor(t *testing.T) {
	t.Parallel()
	srv := newRecorder(t, answer{
		Status: 422, Body: recorded(t, "v1_order_two_faults_422"),
		Header: map[string]string{"Http-Correlation-Id": "corr-1", "Cf-Ray": "69f1-SYD", "Retry-After": "7"},
	})
	_, err := suitetest.Refund(t.Context(), suitetest.NewClient(t, srv.URL))
	require.Equal(t, &afterpay.Error{
		Op: "refunds.create", Method: "POST", Route: "/v2/payments/{paymentID}/refund", Kind: afterpay.ErrInvalid,
		StatusCode: 422, BodyStatusCode: 422, Code: "invalid_object", ErrorID: "7ebb970f2b29b4bd",
		Message: "merchant.redirectConfirmUrl may not be empty, merchant.redirectConfirmUrl must be a valid URL",
		Fields: []afterpay.FieldError{
			{Field: "merchant.redirectConfirmUrl", Message: "may not be empty"},
			{Field: "merchant.redirectConfirmUrl", Message: "must be a valid URL"},
		},
		Attempts: 1, CorrelationID: "corr-1", RayID: "69f1-SYD", RetryAfter: 7 * time.Second,
		RequestID: suitetest.RequestID, PaymentID: suitetest.PaymentID,
	}, suitetest.AsError(t, err))
	require.EqualError(t, err, "afterpay: refunds.create: invalid request: "+
		"merchant.redirectConfirmUrl; merchant.redirectConfirmUrl: status 422, code invalid_object, error id 7ebb970f2b29b4bd")

	_, err = suitetest.Capture(t.Context(), suitetest.NewClient(t, srv.URL))
	require.Equal(t, suitetest.Token, suitetest.AsError(t, err).Token)
}

// TestCorrelationIDIsReadInEverySpelling includes the one that net/http makes
// of the spelling of 2019, and those of HTTP/2 proxies and other RoundTrippers.
func TestCorrelationIDIsReadInEverySpelling(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Http-Correlation-Id", "http-correlation-id", "http_correlation_id", "Http_correlation_id"} {
		for _, status := range []int{200, 404} {
			srv := newRecorder(t, answer{Status: status, Body: `{}`, Header: map[string]string{name: "corr-1"}})
			_, err := suitetest.GetPayment(t.Context(), suitetest.NewClient(t, srv.URL))
			require.Equal(t, "corr-1", suitetest.AsError(t, err).CorrelationID, "%s at %d", name, status)
		}
	}
	raw := suitetest.NewClient(t, "https://service.example", suitetest.Through(func(*http.Request) (*http.Response, error) {
		res := suitetest.Respond(404, `{}`)
		res.Header["http_correlation_id"] = []string{"corr-1"}
		return res, nil
	}))
	_, err := suitetest.GetPayment(t.Context(), raw)
	require.Equal(t, "corr-1", suitetest.AsError(t, err).CorrelationID)
}

func TestRawPrefixIsBounded(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"error page":              {502, "<html>" + strings.Repeat("a", 1000), "<html>" + strings.Repeat("a", 506)},
		"short error page":        {403, "<html>no</html>", "<html>no</html>"},
		"plain text":              {500, "upstream failed", "upstream failed"},
		"not UTF-8":               {500, "caf\xe9", "caf\uFFFD"},
		"cut in a character":      {500, strings.Repeat("a", 511) + "é", strings.Repeat("a", 511) + "\uFFFD"},
		"truncated JSON":          {404, `{"errorCode":"not_fou`, `{"errorCode":"not_fou`},
		"empty":                   {500, "", ""},
		"JSON of another shape":   {500, `["no"]`, ""},
		"null":                    {500, `null`, ""},
		"success that is a page":  {200, "<html>" + strings.Repeat("a", 1000), "<html>" + strings.Repeat("a", 506)},
		"success that is nothing": {200, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newRecorder(t, answer{Status: x.status, Body: x.body})
			_, err := suitetest.GetPayment(t.Context(), suitetest.NewClient(t, srv.URL))
			require.Equal(t, x.want, suitetest.AsError(t, err).Raw)
		})
	}
}

// TestErrorBodiesOfNullsAreReadByStatus survives bodies that hold nothing.
func TestErrorBodiesOfNullsAreReadByStatus(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"errorCode":null,"errorId":null,"message":null,"httpStatusCode":null}`, `{}`, `[]`, `null`, `""`, `0`,
		`{"errorCode":{},"errorId":[],"message":false}`, `{"status":null}`, `{"status":"APPROVED","id":null}`, ``, `{"errorCode":`,
	} {
		srv := newRecorder(t, answer{Status: 412, Body: body})
		_, err := suitetest.Capture(t.Context(), suitetest.NewClient(t, srv.URL))
		e := suitetest.AsError(t, err)
		require.Equal(t, afterpay.ErrState, e.Kind, "%s", body)
		require.Empty(t, e.Code)
		require.Empty(t, e.Fields)
		require.Nil(t, e.Payment)
		require.EqualError(t, err, "afterpay: payments.capture: wrong state: status 412")
	}
}

func TestServiceMessagesAreSplitIntoFields(t *testing.T) {
	t.Parallel()
	for message, want := range map[string][]afterpay.FieldError{
		"token may not be empty": {{"token", "may not be empty"}},
		"merchant.redirectConfirmUrl may not be empty, merchant.redirectConfirmUrl must be a valid URL": {
			{"merchant.redirectConfirmUrl", "may not be empty"}, {"merchant.redirectConfirmUrl", "must be a valid URL"},
		},
		"[items[0].price.amount must be positive, billing.postcode may not be empty]": {
			{"items[0].price.amount", "must be positive"}, {"billing.postcode", "may not be empty"},
		},
		"courier.priority must be one of STANDARD, EXPRESS, items[2].quantity must be whole": {
			{"courier.priority", "must be one of STANDARD, EXPRESS"}, {"items[2].quantity", "must be whole"},
		},
		"totalAmount must be greater than 0.00 (was USD -250.15)":    {{"totalAmount", "must be greater than 0.00 (was USD -250.15)"}},
		"amount.currency Currency not supported for this merchant":   {{"amount.currency", "Currency not supported for this merchant"}},
		"limit must be between 1, and 250, offset may not be null":   {{"limit", "must be between 1, and 250"}, {"offset", "may not be null"}},
		"billing.postcode may not be empty, by the way":              {{"billing.postcode", "may not be empty, by the way"}},
		"amount must be in [1, 2]":                                   {{"amount", "must be in [1, 2]"}},
		"[limit must be in [1, 250], token may not be null]":         {{"limit", "must be in [1, 250]"}, {"token", "may not be null"}},
		"Cannot complete payment, expired or invalid token.":         nil,
		"Afterpay payment ID not found.":                             nil,
		"Void amount USD 999.00 exceeded open to capture amount USD": nil,
		"strangers are strange":                                      nil,
		"jane@example.com must be something":                         nil,
		"":                                                           nil,
		"[]":                                                         nil,
	} {
		body := fmt.Sprintf(`{"errorCode":"invalid_object","errorId":"1","message":%q,"httpStatusCode":422}`, message)
		_, err := suitetest.CreateOrder(t.Context(), suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(422, body))))
		e := suitetest.AsError(t, err)
		require.Equal(t, want, e.Fields, "%s", message)
		require.Equal(t, message, e.Message)
	}
}

// TestErrorMatchesItsKindAndTheContextsError asks one value with errors.Is for its kind,
// for the unknown outcome and for the context's error, and with errors.As.
func TestErrorMatchesItsKindAndTheContextsError(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		limit func(context.Context) (context.Context, context.CancelFunc)
		want  error
	}{
		"deadline": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		}, context.DeadlineExceeded},
		"cancellation":  {cancelAfter(time.Second, nil), context.Canceled},
		"user's reason": {cancelAfter(time.Second, errShopClosed), errShopClosed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := x.limit(t.Context())
				defer cancel()
				c := suitetest.NewClient(t, "https://service.example", suitetest.Through(hang))
				result, err := suitetest.Authorize(ctx, c)
				require.Nil(t, result)
				err = fmt.Errorf("checkout: %w", err) // as callers do
				require.ErrorIs(t, err, x.want)
				require.ErrorIs(t, err, ctx.Err())
				require.ErrorIs(t, err, afterpay.ErrUnavailable)
				require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
				require.NotErrorIs(t, err, afterpay.ErrDeclined)
				e := suitetest.AsError(t, err)
				require.Equal(t, "payments.authorize", e.Op)
				require.Equal(t, suitetest.RequestID, e.RequestID)
				require.Equal(t, suitetest.Token, e.Token)
				require.Equal(t, 1, e.Attempts)
				require.Zero(t, e.StatusCode)
			})
		})
	}
	t.Run("nothing is sent when the context is over", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := suitetest.Authorize(ctx, suitetest.NewClient(t, "https://service.example", suitetest.Refusing(t)))
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, afterpay.ErrUnavailable)
		require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
		require.Zero(t, suitetest.AsError(t, err).Attempts)
	})
}

func cancelAfter(d time.Duration, reason error) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancelCause(ctx)
		timer := time.AfterFunc(d, func() { cancel(reason) })
		return ctx, func() { timer.Stop(); cancel(nil) }
	}
}

// TestWhenTheOutcomeIsUnknown says for every way to fail whether money may have
// moved.
func TestWhenTheOutcomeIsUnknown(t *testing.T) {
	t.Parallel()
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	payment := func(status int, name string) func() (*http.Response, error) {
		return func() (*http.Response, error) { return suitetest.Respond(status, recorded(t, name)), nil }
	}
	status := func(status int) func() (*http.Response, error) {
		return func() (*http.Response, error) { return suitetest.Respond(status, ""), nil }
	}
	fail := func(err error) func() (*http.Response, error) {
		return func() (*http.Response, error) { return nil, err }
	}
	type answers = []func() (*http.Response, error)
	for name, x := range map[string]struct {
		answers answers
		kind    afterpay.Kind // "": success
		unknown bool
	}{
		"never connected, so the error says":  {answers{fail(dial), fail(dial)}, afterpay.ErrUnavailable, true},
		"name not found, so the error says":   {answers{fail(&net.DNSError{Err: "no such host"}), status(429)}, afterpay.ErrRateLimited, true},
		"connection lost":                     {answers{fail(dial), fail(io.ErrUnexpectedEOF)}, afterpay.ErrUnavailable, true},
		"lost, then never connected":          {answers{fail(io.ErrUnexpectedEOF), fail(dial)}, afterpay.ErrUnavailable, true},
		"500 twice":                           {answers{status(500), status(500)}, afterpay.ErrUnavailable, true},
		"408 twice":                           {answers{status(408), status(408)}, afterpay.ErrUnavailable, true},
		"still running":                       {answers{status(409), status(409)}, afterpay.ErrConflict, true},
		"rate limited":                        {answers{status(429), status(429)}, afterpay.ErrRateLimited, false},
		"lost, then rate limited":             {answers{fail(io.EOF), status(429)}, afterpay.ErrRateLimited, true},
		"lost, then unauthorized":             {answers{fail(io.EOF), status(401)}, afterpay.ErrUnauthorized, true},
		"lost, then wrong state":              {answers{fail(io.EOF), status(412)}, afterpay.ErrState, true},
		"lost, then the token is used up":     {answers{fail(io.EOF), payment(402, "v2_payment_auth_invalid_token_402")}, afterpay.ErrInvalidToken, true},
		"lost, then declined":                 {answers{fail(io.EOF), payment(402, "v2_payment_auth_declined_402")}, afterpay.ErrDeclined, false},
		"lost, then declined with a success":  {answers{fail(io.EOF), payment(201, "v2_payment_capture_declined_201")}, afterpay.ErrDeclined, false},
		"refused at once":                     {answers{status(422)}, afterpay.ErrInvalid, false},
		"blocked on the way":                  {answers{status(403)}, afterpay.ErrUnavailable, false},
		"lost, then approved":                 {answers{fail(io.EOF), payment(201, "v2_payment_auth_approved_201")}, "", false},
		"still running, then approved":        {answers{status(409), payment(201, "v2_payment_auth_approved_201")}, "", false},
		"half a decline":                      {answers{halfAnAnswer(t, 402), halfAnAnswer(t, 402)}, afterpay.ErrUnavailable, true},
		"half a success":                      {answers{halfAnAnswer(t, 201), halfAnAnswer(t, 201)}, afterpay.ErrUnavailable, true},
		"half a success, then rate limited":   {answers{halfAnAnswer(t, 201), status(429)}, afterpay.ErrRateLimited, true},
		"half a success, then not found (!)":  {answers{halfAnAnswer(t, 201), status(404)}, afterpay.ErrUnavailable, true},
		"not implemented is not tried again":  {answers{status(501)}, afterpay.ErrUnavailable, true},
		"an answer that is never ending (HT)": {answers{status(500), fail(context.DeadlineExceeded)}, afterpay.ErrUnavailable, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rest := x.answers
			c := suitetest.NewClient(t, "https://service.example", suitetest.Twice, suitetest.Through(func(*http.Request) (*http.Response, error) {
				next := rest[0]
				rest = rest[1:]
				return next()
			}))
			result, err := suitetest.Authorize(t.Context(), c)
			require.Empty(t, rest, "every answer is used")
			if x.kind == "" {
				require.NoError(t, err)
				require.NotNil(t, result)
				return
			}
			require.Nil(t, result)
			e := suitetest.AsError(t, err)
			require.Equal(t, x.kind, e.Kind)
			require.Equal(t, x.unknown, e.OutcomeUnknown)
			require.Equal(t, x.unknown, errors.Is(err, afterpay.ErrOutcomeUnknown))
			require.Equal(t, x.unknown, strings.Contains(err.Error(), string(afterpay.ErrOutcomeUnknown)))
			require.Equal(t, len(x.answers), e.Attempts)
		})
	}
}

// halfAnAnswer ends in the middle of its body.
func halfAnAnswer(t *testing.T, status int) func() (*http.Response, error) {
	text := recorded(t, "v2_payment_auth_declined_402")
	return func() (*http.Response, error) {
		res := suitetest.Respond(status, "")
		res.ContentLength = int64(len(text))
		res.Body = io.NopCloser(io.MultiReader(strings.NewReader(text[:200]), failingReader{}))
		return res, nil
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestReadsNeverLeaveTheOutcomeUnknown is said of money only.
func TestReadsNeverLeaveTheOutcomeUnknown(t *testing.T) {
	t.Parallel()
	for _, o := range suitetest.Operations() {
		for name, f := range map[string]suitetest.Tripper{
			"lost": func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF },
			"500":  suitetest.Always(500, ""), "409": suitetest.Always(409, ""), "408": suitetest.Always(408, ""),
		} {
			_, err := o.Invoke(t.Context(), suitetest.NewClient(t, "https://service.example", suitetest.Through(f)))
			require.Equal(t, o.Money, errors.Is(err, afterpay.ErrOutcomeUnknown), "%s, %s", o.Name, name)
		}
	}
}

// TestEndlessResponsesAreCutOff reads no more than a limit of a response.
func TestEndlessResponsesAreCutOff(t *testing.T) {
	t.Parallel()
	endless := func(status int) suitetest.Tripper {
		return func(*http.Request) (*http.Response, error) {
			res := suitetest.Respond(status, "")
			res.ContentLength = -1
			res.Body = io.NopCloser(io.LimitReader(spaces{}, 8<<20))
			return res, nil
		}
	}
	_, err := suitetest.Capture(t.Context(), suitetest.NewClient(t, "https://service.example", suitetest.Twice, suitetest.Through(endless(201))))
	require.ErrorIs(t, err, afterpay.ErrUnavailable)
	require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
	require.Equal(t, 1, suitetest.AsError(t, err).Attempts, "a second attempt would end the same way")
	require.Contains(t, err.Error(), "response larger than the limit")

	_, err = suitetest.Capture(t.Context(), suitetest.NewClient(t, "https://service.example", suitetest.Through(endless(412))))
	require.ErrorIs(t, err, afterpay.ErrState, "of an error the beginning is enough")
}

type spaces struct{}

var blank = bytes.Repeat([]byte(" "), 64<<10)

func (spaces) Read(p []byte) (int, error) {
	return copy(p, blank), nil
}

// TestRoundTrippersMayBeSloppy takes from a RoundTripper what http.Client takes:
// a response without a body, which mocks give, and nothing at all.
func TestRoundTrippersMayBeSloppy(t *testing.T) {
	t.Parallel()
	answers := func(res *http.Response) *afterpay.Client {
		return suitetest.NewClient(t, "https://service.example", suitetest.Through(func(*http.Request) (*http.Response, error) { return res, nil }))
	}
	require.NoError(t, answers(&http.Response{StatusCode: http.StatusNoContent}).Payments.Reverse(t.Context(), suitetest.Token))
	_, err := suitetest.Capture(t.Context(), answers(&http.Response{StatusCode: http.StatusPreconditionFailed}))
	require.ErrorIs(t, err, afterpay.ErrState)
	_, err = suitetest.Capture(t.Context(), answers(nil))
	require.ErrorIs(t, err, afterpay.ErrUnavailable)
	require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
}

func TestRedirectedCallsFail(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		srv := newRecorder(t, answer{Status: status, Header: map[string]string{"Location": "https://elsewhere.example/"}})
		_, err := suitetest.Capture(t.Context(), suitetest.NewClient(t, srv.URL))
		require.Equal(t, status, suitetest.AsError(t, err).StatusCode)
		require.Len(t, srv.Requests(), 1)
	}
}

func TestKindsRead(t *testing.T) {
	t.Parallel()
	require.EqualError(t, afterpay.ErrDeclined, "afterpay: declined")
	require.EqualError(t, afterpay.ErrOutcomeUnknown, "afterpay: outcome unknown")
	require.NotErrorIs(t, &afterpay.Error{}, afterpay.Kind(""), "an error without a kind is not of the empty kind")
	cause := errors.New("cause")
	require.Equal(t, cause, errors.Unwrap(&afterpay.Error{Err: cause}))
}

// The names of fields are read from the source, so that none of this package's
// own can be missing among those that may be shown.
func TestErrorText_ShowsEveryFieldOfItsOwn(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile(`(?:\b[a-z]\.[a-zA-Z0-9]+\(|FieldError\{+|\t+[}{]*\{)"([a-zA-Z.]+[a-zA-Z])", (?:"(?:is|must|could)|[a-z]\.|i\b|len)`)
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	found := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		if strings.HasSuffix(file, "_test.go") || !strings.Contains(string(source), "checker") {
			continue
		}
		for _, m := range named.FindAllStringSubmatch(string(source), -1) {
			found++
			text := (&afterpay.Error{Fields: []afterpay.FieldError{{Field: m[1], Message: "is odd"}}}).Error()
			require.Contains(t, text, m[1]+" is odd", file)
		}
	}
	require.Greater(t, found, 70)
}
