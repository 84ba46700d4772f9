package afterpay_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

func recoverPayment(ctx context.Context, c *afterpay.Client) (any, error) {
	return suitetest.Returned(c.Payments.Recover(ctx, suitetest.Token))
}

// The response to a repetition shows the payment as it is now. One that is gone is
// no success, except for a void of everything, which wants just that.
func TestReplayOfAPaymentThatIsGone(t *testing.T) {
	t.Parallel()
	for _, gone := range [][2]string{{"APPROVED", "VOIDED"}, {"APPROVED", "EXPIRED"}, {"APPROVED", "REVERSED"}, {"REVERSED", ""}, {"REVERSED", "CAPTURED"}} {
		body := suitetest.PaymentIn(gone[0], gone[1])
		for name, call := range map[string]suitetest.Invoke{"authorize": suitetest.Authorize, "capture": suitetest.Capture, "capturePart": suitetest.CapturePart, "recover": recoverPayment} {
			result, err := call(t.Context(), suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(201, body))))
			require.Nil(t, result)
			require.ErrorIs(t, err, afterpay.ErrState, "%s %v", name, gone)
			require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
			require.Equal(t, suitetest.PaymentID, suitetest.AsError(t, err).Payment.ID)
		}
		_, err := suitetest.Void(t.Context(), suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(201, body))))
		require.NoError(t, err, gone)
	}
}

// A request id that was used before brings the response of that time, which may be
// about another amount than the one asked for now.
func TestReplayForAnotherAmountIsNoSuccess(t *testing.T) {
	t.Parallel()
	type ctx = context.Context
	type call = func(ctx ctx, c *afterpay.Client, id string, amount afterpay.Money) (any, error)
	authorized := func(c *afterpay.Client, ctx ctx, token string) (*afterpay.Payment, error) {
		return c.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: token})
	}
	captured := func(c *afterpay.Client, ctx ctx, token string) (*afterpay.Payment, error) {
		return c.Payments.Capture(ctx, afterpay.CaptureRequest{Token: token})
	}
	for name, x := range map[string]struct {
		version afterpay.APIVersion
		pay     func(c *afterpay.Client, ctx ctx, token string) (*afterpay.Payment, error)
		call    call
		payment bool // the error holds it
	}{
		"capturePart": {afterpay.V2, authorized, func(ctx ctx, c *afterpay.Client, id string, amount afterpay.Money) (any, error) {
			return suitetest.Returned(c.Payments.CapturePart(ctx, id, afterpay.CapturePartRequest{RequestID: suitetest.RequestID, Amount: amount}))
		}, true},
		"void": {afterpay.V2, authorized, func(ctx ctx, c *afterpay.Client, id string, amount afterpay.Money) (any, error) {
			return suitetest.Returned(c.Payments.Void(ctx, id, afterpay.VoidRequest{RequestID: suitetest.RequestID, Amount: amount}))
		}, true},
		"refund": {afterpay.V2, captured, func(ctx ctx, c *afterpay.Client, id string, amount afterpay.Money) (any, error) {
			return suitetest.Returned(c.Refunds.Create(ctx, id, afterpay.RefundRequest{RequestID: suitetest.RequestID, Amount: amount}))
		}, false},
		"refund under v1": {afterpay.V1, captured, func(ctx ctx, c *afterpay.Client, id string, amount afterpay.Money) (any, error) {
			return suitetest.Returned(c.Refunds.Create(ctx, id, afterpay.RefundRequest{RequestID: suitetest.RequestID, Amount: amount}))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, sandbox := afterpaytest.NewClient(t, afterpay.WithAPIVersion(x.version))
			s := &lossyShop{t, sandbox, c, x.version}
			p, err := x.pay(c, t.Context(), s.confirmed())
			require.NoError(t, err)
			_, err = x.call(t.Context(), c, p.ID, afterpay.USD(10_00))
			require.NoError(t, err)
			moved := len(sandbox.Ledger())

			_, err = x.call(t.Context(), c, p.ID, afterpay.USD(10_00))
			require.NoError(t, err, "the same again is the same success")

			result, err := x.call(t.Context(), c, p.ID, afterpay.USD(20_00))
			require.Nil(t, result)
			require.ErrorIs(t, err, afterpay.ErrAmountMismatch)
			require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
			e := suitetest.AsError(t, err)
			require.Equal(t, suitetest.RequestID, e.RequestID)
			require.Equal(t, p.ID, e.PaymentID)
			require.ErrorContains(t, err, ": amount mismatch: request id was already used for 10.00 USD, not 20.00 USD: status 201")
			require.Equal(t, x.payment, e.Payment != nil)
			require.Len(t, sandbox.Ledger(), moved, "nothing moved again")
		})
	}
}

// A repeated void of all that is open names no amount, and can't be about another.
func TestReplayOfAVoidOfEverythingIsASuccess(t *testing.T) {
	t.Parallel()
	c, sandbox := afterpaytest.NewClient(t)
	s := &lossyShop{t, sandbox, c, afterpay.V2}
	p, err := c.Payments.Authorize(t.Context(), afterpay.AuthorizeRequest{Token: s.confirmed()})
	require.NoError(t, err)
	for range 2 {
		p, err = c.Payments.Void(t.Context(), p.ID, afterpay.VoidRequest{RequestID: suitetest.RequestID, All: true})
		require.NoError(t, err)
		require.Equal(t, afterpay.StateVoided, p.State)
	}
	require.Len(t, sandbox.Ledger(), 2, "the authorization and its void")
}

// loses is a service of which the first response is lost.
func loses(next suitetest.Tripper) suitetest.Tripper {
	lost := false
	return func(req *http.Request) (*http.Response, error) {
		res, err := next(req)
		if !lost {
			lost = true
			return nil, io.ErrUnexpectedEOF
		}
		return res, err
	}
}

// A status alone declines nothing: a firewall or a proxy may say 402 too.
func TestStatus402WithoutEvidenceIsNoDecline(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		body    string
		kind    afterpay.Kind
		payment bool
	}{
		"HTML":              {"<html>pay for the network first</html>", afterpay.ErrUnavailable, false},
		"empty":             {"", afterpay.ErrUnavailable, false},
		"empty object":      {"{}", afterpay.ErrUnavailable, false},
		"null":              {"null", afterpay.ErrUnavailable, false},
		"list of one":       {"[" + suitetest.PaymentIn("DECLINED", "") + "]", afterpay.ErrUnavailable, false},
		"unknown code":      {`{"errorCode":"amount_mismatch"`, afterpay.ErrUnavailable, false},
		"another payment":   {`{"id":"7","token":"t","status":"DECLINED"}`, afterpay.ErrUnavailable, true},
		"truncated payment": {strings.TrimSuffix(suitetest.PaymentIn("DECLINED", "AUTH_DECLINED"), "}"), afterpay.ErrUnavailable, false},
		"approved payment":  {suitetest.PaymentIn("APPROVED", "CAPTURED"), afterpay.ErrUnavailable, true},
		"pending payment":   {suitetest.PaymentIn("PENDING", ""), afterpay.ErrUnavailable, true},
	} {
		for opName, call := range map[string]suitetest.Invoke{"authorize": suitetest.Authorize, "capture": suitetest.Capture, "capturePart": suitetest.CapturePart, "void": suitetest.Void, "refund": suitetest.Refund} {
			t.Run(opName+", "+name, func(t *testing.T) {
				t.Parallel()
				require402 := func(service suitetest.Tripper, unknown bool) {
					result, err := call(t.Context(), suitetest.NewClient(t, "https://service.example", suitetest.Twice, suitetest.Through(service)))
					require.Nil(t, result)
					e := suitetest.AsError(t, err)
					require.Equal(t, x.kind, e.Kind)
					require.NotErrorIs(t, err, afterpay.ErrDeclined)
					require.Equal(t, unknown, e.OutcomeUnknown)
					require.Equal(t, x.payment, e.Payment != nil)
					require.Equal(t, 402, e.StatusCode)
				}
				require402(suitetest.Always(402, x.body), x.payment)
				require402(loses(suitetest.Always(402, x.body)), true)
			})
		}
	}
}

// What is evidence of a decline under 402 is none under a status by which the
// service says that it has failed, nor when the transfer broke off.
func TestDeclinedPaymentInAFailureIsNoDecline(t *testing.T) {
	t.Parallel()
	body := recorded(t, "v2_payment_auth_declined_402")
	broken := func(*http.Request) (*http.Response, error) {
		res := suitetest.Respond(402, "")
		res.ContentLength = int64(len(body)) + 1
		res.Body = io.NopCloser(io.MultiReader(strings.NewReader(body), failingReader{}))
		return res, nil
	}
	for name, service := range map[string]suitetest.Tripper{
		"500": suitetest.Always(500, body), "502": suitetest.Always(502, body), "409": suitetest.Always(409, body), "402 that broke off": broken,
	} {
		for opName, call := range map[string]suitetest.Invoke{"authorize": suitetest.Authorize, "capture": suitetest.Capture, "capturePart": suitetest.CapturePart, "void": suitetest.Void} {
			t.Run(opName+", "+name, func(t *testing.T) {
				t.Parallel()
				result, err := call(t.Context(), suitetest.NewClient(t, "https://service.example", suitetest.Through(service)))
				require.Nil(t, result)
				require.NotErrorIs(t, err, afterpay.ErrDeclined)
				require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
				require.Equal(t, name != "402 that broke off", suitetest.AsError(t, err).Payment != nil)
			})
		}
	}
}

// A payment whose numbers leave out a movement, or deny its state, proves neither
// that the money moved nor that it did not.
func TestPaymentThatContradictsItselfIsUnknown(t *testing.T) {
	t.Parallel()
	const voided = `,"events":[{"type":"VOIDED","amount":{"amount":"1.00","currency":"AUD"}}]`
	open := func(amount string) string {
		return `,"openToCaptureAmount":{"amount":"` + amount + `","currency":"AUD"}`
	}
	for name, x := range map[string]struct {
		call                  suitetest.Invoke
		status, state, fields string
	}{
		"declined beside a void":        {suitetest.Capture, "DECLINED", "CAPTURE_DECLINED", voided},
		"declined, less is open":        {suitetest.Capture, "DECLINED", "CAPTURE_DECLINED", open("4.00")},
		"voided, less is open":          {suitetest.CapturePart, "APPROVED", "VOIDED", open("4.00")},
		"authorized only, less is open": {suitetest.Capture, "APPROVED", "AUTH_APPROVED", open("4.00")},
		"authorized, nothing is open":   {suitetest.Authorize, "APPROVED", "AUTH_APPROVED", open("0.00")},
		"found in a new state":          {recoverPayment, "APPROVED", "A_NEW_STATE", open("4.00")},
	} {
		body := strings.TrimSuffix(suitetest.PaymentIn(x.status, x.state), "}") + x.fields + "}"
		_, err := x.call(t.Context(), suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(201, body)), afterpay.WithTimeouts(afterpay.Timeouts{Lookup: 1})))
		require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown, name)
		require.NotErrorIs(t, err, afterpay.ErrDeclined, name)
		require.Equal(t, suitetest.PaymentID, suitetest.AsError(t, err).Payment.ID, name)
	}
}

// A redirection is said by something in front of the service.
func TestRedirectionsAreUnavailability(t *testing.T) {
	t.Parallel()
	for _, status := range []int{300, 301, 302, 303, 304, 307, 308} {
		for _, body := range []string{"", "<html>log in to the network</html>"} {
			for _, o := range suitetest.Operations() {
				result, err := o.Invoke(t.Context(), suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(status, body))))
				require.Nil(t, result)
				e := suitetest.AsError(t, err)
				require.Equal(t, afterpay.ErrUnavailable, e.Kind, "%d %s", status, o.Name)
				require.False(t, e.OutcomeUnknown, "%d %s", status, o.Name)
				require.Equal(t, status, e.StatusCode)
			}
		}
	}
}

// notTheService are successes that are no list, no configuration and no error.
var notTheService = map[string]string{
	"empty object": `{}`, "null": `null`, "string": `"pong"`, "array": `[]`, "number": `0`, "nothing": "",
	"HTML": "<html>log in to the network</html>", "error": `{"errorCode":"error","errorId":"5c1f0e2a9b7d4e63","message":"x"}`,
}

// A response without a list is not an empty list, nor one without limits an
// account that has none.
func TestListsAndConfigurationsAreNotMadeUp(t *testing.T) {
	t.Parallel()
	for name, body := range notTheService {
		for version, v := range suitetest.Versions {
			t.Run(name+" "+version, func(t *testing.T) {
				t.Parallel()
				c := suitetest.NewClient(t, "https://service.example", afterpay.WithAPIVersion(v), suitetest.Through(suitetest.Always(200, body)))
				page, err := c.Payments.List(t.Context(), afterpay.PaymentQuery{})
				require.Nil(t, page)
				require.ErrorIs(t, err, afterpay.ErrUnavailable)

				seen := 0
				for p, err := range c.Payments.All(t.Context(), afterpay.PaymentQuery{}) {
					seen++
					require.Nil(t, p)
					require.ErrorIs(t, err, afterpay.ErrUnavailable)
				}
				require.Equal(t, 1, seen, "the failure, once")

				limits, err := c.Configuration.Get(t.Context())
				require.Nil(t, limits)
				require.ErrorIs(t, err, afterpay.ErrUnavailable)
				_, err = c.Configuration.Get(t.Context())
				require.Error(t, err, "nor is it kept")
			})
		}
	}
}

// Reverse and Ping learn all there is to learn from the status, unless something
// else than the service answered.
func TestAcceptanceIsNotReadIntoAWebPage(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"HTML": "<html>log in to the network</html>", "indented HTML": "\r\n  <!DOCTYPE html>", "error": notTheService["error"], "text": "OK", "list": "[]",
	} {
		c := suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(200, body)))
		_, err := suitetest.Reverse(t.Context(), c)
		require.ErrorIs(t, err, afterpay.ErrUnavailable, name)
		require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown, name)
	}
	for _, body := range []string{"", " \n", "{}", "null", `{"token":"t"}`} {
		_, err := suitetest.Reverse(t.Context(), suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(202, body))))
		require.NoError(t, err, body)
	}
	for _, body := range []string{"<html>log in to the network</html>", "\r\n  <!DOCTYPE html>"} {
		err := suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(200, body))).Ping(t.Context())
		require.ErrorIs(t, err, afterpay.ErrUnavailable, body)
	}
	for _, body := range []string{"", "pong", `"pong"`} {
		require.NoError(t, suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(200, body))).Ping(t.Context()), body)
	}
}
