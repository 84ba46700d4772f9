package afterpay_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

func recoverPayment(ctx context.Context, c *afterpay.Client) (any, error) {
	return suitetest.Returned(c.Payments.Recover(ctx, suitetest.Token))
}

// atOnce limits Recover to a single look-up.
var atOnce = afterpay.WithTimeouts(afterpay.Timeouts{Lookup: 1})

func TestAccept_DeclineIsAnErrorInEachOfItsForms(t *testing.T) {
	t.Parallel()
	const v1Payment = `{"id":"8","status":"DECLINED","totalAmount":{"amount":"5.00","currency":"AUD"}}`
	for name, x := range map[string]struct {
		version   afterpay.APIVersion
		call      suitetest.Invoke
		status    int
		body      string
		paymentID string // "" if the response holds no payment
	}{
		"201 with a declined payment":       {afterpay.V2, suitetest.Capture, 201, recorded(t, "v2_payment_capture_declined_201"), suitetest.PaymentID},
		"201 with a declined authorization": {afterpay.V2, suitetest.Authorize, 201, recorded(t, "v2_payment_auth_declined_402"), suitetest.PaymentID},
		"200 with a state alone":            {afterpay.V2, suitetest.Capture, 200, `{"id":"7","paymentState":"CAPTURE_DECLINED"}`, "7"},
		"402 with a declined payment":       {afterpay.V2, suitetest.Authorize, 402, recorded(t, "v2_payment_auth_declined_402"), suitetest.PaymentID},
		"402 with a payment of v1":          {afterpay.V1, suitetest.Capture, 402, v1Payment, "8"},
		"402 with an error":                 {afterpay.V1, suitetest.Capture, 402, recorded(t, "v1_payment_declined_402"), ""},
		"422 with an error":                 {afterpay.V2, suitetest.Refund, 422, recorded(t, "v2_refund_declined_422"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result, err := x.call(t.Context(), answeringClient(t, x.status, x.body, afterpay.WithAPIVersion(x.version)))
			require.Nil(t, result)
			require.ErrorIs(t, err, afterpay.ErrDeclined)
			require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
			e := suitetest.AsError(t, err)
			require.Equal(t, x.status, e.StatusCode)
			if x.paymentID == "" {
				require.Nil(t, e.Payment)
				return
			}
			require.Equal(t, x.paymentID, e.Payment.ID)
			require.True(t, x.version == afterpay.V2 || e.Payment.OriginalAmount == afterpay.AUD(5_00))
		})
	}
}

// A firewall or a proxy may respond with 402, and a failing service may still send a
// declined payment. Neither is a decline.
func TestAccept_DeclineNeedsEvidence(t *testing.T) {
	t.Parallel()
	declined := recorded(t, "v2_payment_auth_declined_402")
	captured := strings.TrimSuffix(suitetest.PaymentIn("DECLINED", ""), "}") + `,"events":[{"type":"CAPTURED"}]}`
	for name, x := range map[string]struct {
		status  int
		body    string
		payment bool // whether the error holds a payment and the outcome is unknown
	}{
		"402 HTML":               {402, "<html>pay for the network first</html>", false},
		"402 empty":              {402, "", false},
		"402 empty object":       {402, "{}", false},
		"402 list of one":        {402, "[" + declined + "]", false},
		"402 unfinished code":    {402, `{"errorCode":"declined"`, false},
		"402 unfinished":         {402, strings.TrimSuffix(strings.TrimSpace(declined), "}"), false},
		"402 another payment":    {402, `{"id":"7","token":"t","status":"DECLINED"}`, true},
		"402 approved payment":   {402, suitetest.PaymentIn("APPROVED", "CAPTURED"), true},
		"402 declined, captured": {402, captured, true},
		"402 pending payment":    {402, suitetest.PaymentIn("PENDING", ""), true},
		"409 declined payment":   {409, declined, true},
		"500 declined payment":   {500, declined, true},
		"500 code declined":      {500, `{"errorCode":"declined"}`, false},
		"402 broken off":         {-402, declined, false},
		"402 after a lost call":  {402, "", false},
	} {
		for opName, call := range map[string]suitetest.Invoke{"authorize": suitetest.Authorize, "capture": suitetest.Capture, "capturePart": suitetest.CapturePart, "void": suitetest.Void, "refund": suitetest.Refund} {
			t.Run(opName+", "+name, func(t *testing.T) {
				t.Parallel()
				attempt := 0
				result, err := call(t.Context(), clientOf(t, func(*http.Request) (*http.Response, error) {
					if attempt++; attempt == 1 && strings.HasSuffix(name, "lost call") {
						return nil, io.ErrUnexpectedEOF
					}
					if x.status < 0 {
						return part(-x.status, x.body)
					}
					return suitetest.Respond(x.status, x.body), nil
				}, suitetest.Twice))
				require.Nil(t, result)
				require.NotErrorIs(t, err, afterpay.ErrDeclined)
				e := suitetest.AsError(t, err)
				require.Equal(t, x.status == 409, e.Kind == afterpay.ErrConflict)
				require.Equal(t, x.payment, e.Payment != nil)
				require.Equal(t, x.payment || x.status != 402 || attempt == 2, e.OutcomeUnknown)
			})
		}
	}
}

// The response to a repeated call shows the payment as it is now. If it is
// gone, the call fails, unless it voids everything.
func TestAccept_PaymentThatIsGone(t *testing.T) {
	t.Parallel()
	for _, gone := range [][2]string{{"APPROVED", "VOIDED"}, {"APPROVED", "EXPIRED"}, {"APPROVED", "REVERSED"}, {"REVERSED", ""}, {"REVERSED", "CAPTURED"}} {
		c := answeringClient(t, 201, suitetest.PaymentIn(gone[0], gone[1]))
		for name, call := range map[string]suitetest.Invoke{"authorize": suitetest.Authorize, "capture": suitetest.Capture, "capturePart": suitetest.CapturePart, "recover": recoverPayment} {
			result, err := call(t.Context(), c)
			require.Nil(t, result)
			require.ErrorIs(t, err, afterpay.ErrState, "%s %v", name, gone)
			require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
			require.Equal(t, suitetest.PaymentID, suitetest.AsError(t, err).Payment.ID)
		}
		_, err := recoverPayment(t.Context(), c)
		require.Equal(t, "payments.getByToken", suitetest.AsError(t, err).Op)
		_, err = suitetest.Void(t.Context(), c)
		require.NoError(t, err, gone)
	}
}

// An order that was authorized before is captured by CapturePart, perhaps by now.
func TestAccept_CaptureOfAnAuthorizedOrder(t *testing.T) {
	t.Parallel()
	capture := func(file string) error {
		return second(suitetest.Capture(t.Context(), answeringClient(t, 201, recorded(t, file))))
	}
	require.ErrorIs(t, capture("v2_payment_auth_approved_201"), afterpay.ErrState)
	require.ErrorContains(t, capture("v2_payment_auth_approved_201"), "order is authorized and not captured")
	require.ErrorIs(t, capture("v2_payment_capture_part_201"), afterpay.ErrOutcomeUnknown)
	require.NoError(t, capture("v2_payment_capture_part_rest_201"))
}

// A reused request id returns the response to its first use, which may be about a
// different amount or currency.
func TestAccept_OtherAmountIsAMismatch(t *testing.T) {
	t.Parallel()
	type call = func(t *testing.T, c *afterpay.Client, id string, amount afterpay.Money) (any, error)
	refund := func(t *testing.T, c *afterpay.Client, id string, amount afterpay.Money) (any, error) {
		return suitetest.Returned(c.Refunds.Create(t.Context(), id, afterpay.RefundRequest{RequestID: suitetest.RequestID, Amount: amount}))
	}
	for name, x := range map[string]struct {
		version  afterpay.APIVersion
		deferred bool
		call     call
	}{
		"capturePart": {afterpay.V2, true, func(t *testing.T, c *afterpay.Client, id string, amount afterpay.Money) (any, error) {
			return suitetest.Returned(c.Payments.CapturePart(t.Context(), id, afterpay.CapturePartRequest{RequestID: suitetest.RequestID, Amount: amount}))
		}},
		"void": {afterpay.V2, true, func(t *testing.T, c *afterpay.Client, id string, amount afterpay.Money) (any, error) {
			return suitetest.Returned(c.Payments.Void(t.Context(), id, afterpay.VoidRequest{RequestID: suitetest.RequestID, Amount: amount}))
		}},
		"refund":          {afterpay.V2, false, refund},
		"refund under v1": {afterpay.V1, false, refund},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, x.version)
			pay := s.captured
			if x.deferred {
				pay = s.authorized
			}
			id := pay()
			for range 2 {
				_, err := x.call(t, s.client, id, afterpay.USD(10_00))
				require.NoError(t, err, "the same again is the same success")
			}
			moved := len(s.sandbox.Ledger())
			for _, other := range []afterpay.Money{afterpay.USD(20_00), afterpay.USD(9_99), afterpay.AUD(10_00)} {
				result, err := x.call(t, s.client, id, other)
				require.Nil(t, result)
				require.ErrorIs(t, err, afterpay.ErrAmountMismatch, other)
				require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
				e := suitetest.AsError(t, err)
				require.Equal(t, suitetest.RequestID+id, e.RequestID+e.PaymentID)
				require.ErrorContains(t, err, ": amount mismatch: request id was already used for 10.00 USD, not "+other.String()+": status 201")
				require.Equal(t, x.deferred, e.Payment != nil)
			}
			require.Len(t, s.sandbox.Ledger(), moved, "nothing moved again")
		})
	}
}

// PaymentIn is for 10.00 AUD.
func TestAccept_OtherTotalIsAMismatch(t *testing.T) {
	t.Parallel()
	c := answeringClient(t, 201, suitetest.PaymentIn("APPROVED", "CAPTURED"))
	for _, total := range []afterpay.Money{afterpay.AUD(10_01), afterpay.AUD(9_99), afterpay.USD(10_00)} {
		for name, err := range map[string]error{
			"authorize": second(c.Payments.Authorize(t.Context(), afterpay.AuthorizeRequest{Token: suitetest.Token, Amount: total})),
			"capture":   second(c.Payments.Capture(t.Context(), afterpay.CaptureRequest{Token: suitetest.Token, Amount: total})),
		} {
			require.ErrorIs(t, err, afterpay.ErrAmountMismatch, name)
			require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown, name)
			require.ErrorContains(t, err, "payment is for 10.00 AUD, expected "+total.String())
			require.Equal(t, suitetest.PaymentID, suitetest.AsError(t, err).Payment.ID)
		}
	}
}

// If the amounts of a payment contradict its state or events, they do not prove
// whether money moved.
func TestAccept_PaymentThatContradictsItselfIsUnknown(t *testing.T) {
	t.Parallel()
	const captured = `,"events":[{"type":"CAPTURED","amount":{"amount":"10.00","currency":"AUD"}}]`
	const voided = `,"events":[{"type":"VOIDED","amount":{"amount":"1.00","currency":"AUD"}}]`
	open := func(amount string) string {
		return `,"openToCaptureAmount":{"amount":"` + amount + `","currency":"AUD"}`
	}
	for name, x := range map[string]struct {
		call                  suitetest.Invoke
		status, state, fields string
	}{
		"declined beside a void":        {suitetest.Capture, "DECLINED", "CAPTURE_DECLINED", voided},
		"declined beside a refund":      {suitetest.Capture, "DECLINED", "CAPTURE_DECLINED", `,"refunds":[` + suitetest.RefundBody + `]`},
		"declined, less is open":        {suitetest.Capture, "DECLINED", "CAPTURE_DECLINED", open("4.00")},
		"voided, less is open":          {suitetest.CapturePart, "APPROVED", "VOIDED", open("4.00")},
		"authorized only, less is open": {suitetest.Capture, "APPROVED", "AUTH_APPROVED", open("4.00")},
		"authorized, nothing is open":   {suitetest.Authorize, "APPROVED", "AUTH_APPROVED", open("0.00")},
		"part captured, yet authorized": {suitetest.CapturePart, "APPROVED", "AUTH_APPROVED", captured},
		"found in a new state":          {recoverPayment, "APPROVED", "A_NEW_STATE", open("4.00")},
	} {
		body := strings.TrimSuffix(suitetest.PaymentIn(x.status, x.state), "}") + x.fields + "}"
		_, err := x.call(t.Context(), answeringClient(t, 201, body, atOnce))
		require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown, name)
		require.NotErrorIs(t, err, afterpay.ErrDeclined, name)
		require.Equal(t, suitetest.PaymentID, suitetest.AsError(t, err).Payment.ID, name)
	}
}

// A response about another order, dispute or file, or with another reference, does
// not show what was asked for.
func TestAccept_ResponseAboutAnotherIsAnError(t *testing.T) {
	t.Parallel()
	type client = *afterpay.Client
	for body, call := range map[string]func(client) error{
		`{"id":"` + suitetest.PaymentID + `","merchantReference":"A-2"}`: func(c client) error {
			return second(c.Payments.UpdateReference(t.Context(), suitetest.PaymentID, "A-1"))
		},
		`{"token":"another"}`: func(c client) error { return second(c.Orders.Get(t.Context(), suitetest.Token)) },
		`{"id":"dp_2"}`:       func(c client) error { return second(c.Disputes.Get(t.Context(), suitetest.DisputeID)) },
		`{"id":"fi_2","url":"https://files.example"}`: func(c client) error {
			return second(c.Disputes.GetEvidenceFile(t.Context(), "fi_1"))
		},
	} {
		require.ErrorIs(t, call(answeringClient(t, 200, body)), afterpay.ErrUnavailable, body)
	}
}

func TestAccept_EveryStatusOfSuccess(t *testing.T) {
	t.Parallel()
	for _, o := range suitetest.Operations() {
		for name, version := range suitetest.Versions {
			for _, status := range []int{200, 201, 202, 203} {
				if o.Route(version) == "" {
					continue
				}
				body := o.Succeeded
				if o.Name == "configuration.get" && version == afterpay.V1 {
					body = "[" + `{"type":"PAY_BY_INSTALLMENT","maximumAmount":{"amount":"1000.00","currency":"AUD"}}` + "]"
				}
				_, err := o.Invoke(t.Context(), answeringClient(t, status, body, afterpay.WithAPIVersion(version)))
				require.NoError(t, err, "%s %s %d", name, o.Name, status)
			}
		}
	}
}

// emptySuccesses are bodies without a result, sent with a status of success.
var emptySuccesses = map[string]string{
	"nothing":            "",
	"white space":        " \n",
	"HTML":               "\r\n <html><body>Just a moment...</body></html>",
	"plain text":         "OK",
	"truncated":          `{"id":"100570320832","status":"APPROVED","refundId":"1","token":"t","results":[{"id":"1"},{"amount":{"amou`,
	"followed by more":   `{"id":"1","status":"APPROVED","refundId":"1","token":"t","results":[]}}`,
	"empty object":       `{}`,
	"null":               `null`,
	"number":             `0`,
	"array":              `[]`,
	"string":             `"APPROVED"`,
	"an error":           `{"errorCode":"error","errorId":"5c1f0e2a9b7d4e63","message":"x","httpStatusCode":500}`,
	"nulls":              `{"id":null,"token":null,"status":null,"refundId":null}`,
	"an amount of words": `{"id":"1","refundId":"1","status":"APPROVED","amount":{"amount":"lots","currency":"USD"},"originalAmount":{"amount":"lots"}}`,
}

// A response without a list is not an empty list, and a response without a payment
// does not show that money moved.
func TestAccept_SuccessThatSaysNothingIsAnError(t *testing.T) {
	t.Parallel()
	for _, o := range suitetest.Operations() {
		if o.Name == "ping" || o.Name == "payments.reverse" { // whose responses are empty
			continue
		}
		bodies := map[string]string{}
		for name, body := range emptySuccesses {
			bodies[name] = body
		}
		if o.Money && strings.HasPrefix(o.Name, "payments.") {
			bodies["no status"] = `{"id":"1","token":"t","originalAmount":{"amount":"1.00","currency":"USD"}}`
			bodies["unknown status"] = `{"id":"1","token":"t","status":"PENDING"}`
			bodies["no id"] = `{"token":"t","status":"APPROVED"}`
		}
		for version, v := range suitetest.Versions {
			for name, body := range bodies {
				if o.Route(v) == "" || name == "an amount of words" && strings.Contains(o.Name, "Evidence") {
					continue
				}
				c := answeringClient(t, 201, body, afterpay.WithAPIVersion(v))
				result, err := o.Invoke(t.Context(), c)
				what := version + " " + o.Name + ", " + name
				require.Nil(t, result, what)
				require.ErrorIs(t, err, afterpay.ErrUnavailable, what)
				require.Equal(t, o.Money, errors.Is(err, afterpay.ErrOutcomeUnknown), what)
				e := suitetest.AsError(t, err)
				require.Equal(t, 201, e.StatusCode)
				require.Error(t, e.Err)
				_, err = o.Invoke(t.Context(), c)
				require.Error(t, err, "nor is it kept")
			}
		}
	}
	for p, err := range answeringClient(t, 200, `{}`).Payments.All(t.Context(), afterpay.PaymentQuery{}) {
		require.Nil(t, p)
		require.ErrorIs(t, err, afterpay.ErrUnavailable)
		require.EqualError(t, err, "afterpay: payments.list: response has no list: status 200")
	}
}

// Reverse and Ping need only the status, unless the body shows that something other
// than the service responded.
func TestAccept_StatusAloneSufficesForReverseAndPing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"HTML", "plain text", "array", "an error"} {
		_, err := suitetest.Reverse(t.Context(), answeringClient(t, 200, emptySuccesses[name]))
		require.ErrorIs(t, err, afterpay.ErrUnavailable, name)
		require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown, name)
	}
	require.ErrorIs(t, answeringClient(t, 200, emptySuccesses["HTML"]).Ping(t.Context()), afterpay.ErrUnavailable)
	for _, body := range []string{"", " \n", "{}", "null", `{"token":"t"}`} {
		_, err := suitetest.Reverse(t.Context(), answeringClient(t, 202, body))
		require.NoError(t, err, body)
	}
	for _, body := range []string{"", "pong", `"pong"`} {
		require.NoError(t, answeringClient(t, 200, body).Ping(t.Context()), body)
	}
}
