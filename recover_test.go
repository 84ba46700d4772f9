package afterpay_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// lostCall is a call that moves money, and how to find out about it.
type lostCall struct {
	v2only  bool
	op      afterpaytest.Op
	prepare func(*shop) string // what the call is about: a token or a payment id
	call    func(ctx context.Context, c *afterpay.Client, about string) error
	lookUp  func(ctx context.Context, c *afterpay.Client, about string) (moved afterpay.Money, err error)
	amount  afterpay.Money
}

func recovered(ctx context.Context, c *afterpay.Client, token string) (moved afterpay.Money, err error) {
	p, err := c.Payments.Recover(ctx, token)
	if err == nil {
		moved = p.OriginalAmount
	}
	return moved, err
}

func recoveredRefund(ctx context.Context, c *afterpay.Client, paymentID string) (moved afterpay.Money, err error) {
	r, err := c.Refunds.Recover(ctx, paymentID, suitetest.RequestID)
	if err == nil {
		moved = r.Amount
	}
	return moved, err
}

func foundCapture(ctx context.Context, c *afterpay.Client, paymentID string) (moved afterpay.Money, err error) {
	e, err := c.Payments.FindCapture(ctx, paymentID, "shipment-1")
	if err == nil {
		moved = e.Amount
	}
	return moved, err
}

var lostCalls = map[string]lostCall{
	"capture": {false, afterpaytest.OpCapture, (*shop).confirmed, func(ctx context.Context, c *afterpay.Client, token string) error {
		return second(c.Payments.Capture(ctx, afterpay.CaptureRequest{Token: token}))
	}, recovered, afterpay.USD(100_00)},
	"authorization": {true, afterpaytest.OpAuthorize, (*shop).confirmed, func(ctx context.Context, c *afterpay.Client, token string) error {
		return second(c.Payments.Authorize(ctx, afterpay.AuthorizeRequest{RequestID: suitetest.RequestID, Token: token}))
	}, recovered, afterpay.USD(100_00)},
	"part capture": {true, afterpaytest.OpCapturePart, (*shop).authorized, func(ctx context.Context, c *afterpay.Client, id string) error {
		return second(c.Payments.CapturePart(ctx, id, afterpay.CapturePartRequest{RequestID: suitetest.RequestID, Amount: afterpay.USD(30_00), EventMerchantReference: "shipment-1"}))
	}, foundCapture, afterpay.USD(30_00)},
	"refund": {false, afterpaytest.OpCreateRefund, (*shop).captured, func(ctx context.Context, c *afterpay.Client, id string) error {
		return second(c.Refunds.Create(ctx, id, afterpay.RefundRequest{RequestID: suitetest.RequestID, Amount: afterpay.USD(10_00)}))
	}, recoveredRefund, afterpay.USD(10_00)},
}

// eachLostCall runs a test for each call and API version that has it. The call of
// about fails three times and leaves the outcome unknown.
func eachLostCall(t *testing.T, fault afterpaytest.Fault, test func(s *shop, lost lostCall, about string), opts ...afterpaytest.Option) {
	t.Helper()
	for name, lost := range lostCalls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachVersion(t, func(s *shop) {
				if lost.v2only && s.version == afterpay.V1 {
					return
				}
				about := lost.prepare(s)
				s.sandbox.Fail(lost.op, fault.Times(3))
				require.ErrorIs(s.t, lost.call(s.t.Context(), s.client, about), afterpay.ErrOutcomeUnknown)
				test(s, lost, about)
			}, opts...)
		})
	}
}

// Reads may lag behind what was done.
func TestRecover_ReturnsWhatWasDoneOnceItShows(t *testing.T) {
	t.Parallel()
	for _, lag := range []time.Duration{0, 8 * time.Second} {
		eachLostCall(t, afterpaytest.BadGateway().AfterCommit(), func(s *shop, lost lostCall, about string) {
			moved := len(s.sandbox.Ledger())
			elapsed := suitetest.Took(func() {
				amount, err := lost.lookUp(s.t.Context(), s.client, about)
				require.NoError(s.t, err)
				require.Equal(s.t, lost.amount, amount)
			})
			require.GreaterOrEqual(s.t, elapsed, max(0, lag-time.Second))
			require.LessOrEqual(s.t, elapsed, lag+lag/2)
			require.NoError(s.t, lost.call(s.t.Context(), s.client, about), "repeated under the same id")
			require.Len(s.t, s.sandbox.Ledger(), moved, "money moved once")
		}, afterpaytest.WithReadLag(lag))
	}
}

// The window is independent of how long a call may take: the lost call may have
// been made by another process.
func TestRecover_SaysNotFoundOnlyAfterItsWindow(t *testing.T) {
	t.Parallel()
	eachLostCall(t, afterpaytest.Reset(), func(s *shop, lost lostCall, about string) {
		for name, x := range map[string]struct {
			timeouts afterpay.Timeouts
			window   time.Duration
		}{
			"long call limit": {afterpay.Timeouts{BankRead: time.Hour}, window},
			"no limits":       {afterpay.Timeouts{BankRead: -1, Read: -1, Connect: -1, Lookup: -1}, window},
			"own window":      {afterpay.Timeouts{BankRead: time.Hour, Lookup: 5 * time.Second}, 5 * time.Second},
		} {
			client := s.with(afterpay.WithTimeouts(x.timeouts))
			require.Equal(s.t, x.window, suitetest.Took(func() {
				_, err := lost.lookUp(s.t.Context(), client, about)
				require.ErrorIs(s.t, err, afterpay.ErrNotFound, name)
				require.NotErrorIs(s.t, err, afterpay.ErrOutcomeUnknown, name)
				e := suitetest.AsError(s.t, err)
				require.Equal(s.t, about, e.Token+e.PaymentID)
			}), name)
		}
		moved := len(s.sandbox.Ledger())
		require.NoError(s.t, lost.call(s.t.Context(), s.client, about), "then the call may be repeated")
		require.Len(s.t, s.sandbox.Ledger(), moved+1)
	})
}

// window is how long look-ups look by default.
const window = 70 * time.Second

// lookUps are the ways to find out what became of a lost call.
var lookUps = map[string]func(context.Context, *afterpay.Client, string) (afterpay.Money, error){
	"payment": recovered, "refund": recoveredRefund, "part capture": foundCapture,
}

// A missing page is not a missing payment: a proxy that is set up wrongly responds
// so while money moves behind it.
func TestRecover_OnlyTheServiceItselfSaysThatNothingHappened(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		status int
		body   string
		kind   afterpay.Kind
		takes  time.Duration
	}{
		"the service":         {404, `{"errorCode":"not_found","errorId":"5c1f0e2a9b7d4e63"}`, afterpay.ErrNotFound, window},
		"404 in HTML":         {404, "<html>no such page</html>", afterpay.ErrUnavailable, window},
		"404 of another code": {404, `{"errorCode":"error","errorId":"5c1f0e2a9b7d4e63"}`, afterpay.ErrUnavailable, window},
		"404 of nothing":      {404, "", afterpay.ErrUnavailable, window},
		"404 in JSON":         {404, `{"message":"no Route matched with those values"}`, afterpay.ErrUnavailable, window},
		"404 cut off":         {404, `{"errorCode":"not_fou`, afterpay.ErrUnavailable, window},
		"403 in HTML":         {403, "<html>blocked</html>", afterpay.ErrUnavailable, window},
		"redirection":         {302, "<html>log in</html>", afterpay.ErrUnavailable, window},
		"200 in HTML":         {200, "<html>log in</html>", afterpay.ErrUnavailable, window},
		"200 of nothing":      {200, "{}", afterpay.ErrUnavailable, window},
		"outage":              {503, "", afterpay.ErrUnavailable, window},
		"too many requests":   {429, "", afterpay.ErrRateLimited, window},
		"conflict":            {409, `{"errorCode":"conflict"}`, afterpay.ErrConflict, window},
		"wrong credentials":   {401, `{"errorCode":"unauthorized"}`, afterpay.ErrUnauthorized, 0},
		"feature withdrawn":   {403, `{"errorCode":"feature_not_enabled"}`, afterpay.ErrUnauthorized, 0},
		"wrong question":      {422, `{"errorCode":"invalid_object"}`, afterpay.ErrInvalid, 0},
	} {
		inBubble(t, name, func(t *testing.T) {
			c := answeringClient(t, x.status, x.body)
			for what, lookUp := range lookUps {
				require.Equal(t, x.takes, suitetest.Took(func() {
					_, err := lookUp(t.Context(), c, "100570320832")
					e := suitetest.AsError(t, err)
					require.Equal(t, x.kind, e.Kind, what)
					require.Equal(t, x.kind != afterpay.ErrNotFound, e.OutcomeUnknown, what)
					require.Equal(t, x.status, e.StatusCode, what)
				}), what)
			}
		})
	}
}

func TestRecover_LeavesTheOutcomeUnknownWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	for name, service := range map[string]suitetest.Tripper{"while it waits": suitetest.Always(404, `{"errorCode":"not_found"}`), "while it reads": hang} {
		for what, lookUp := range lookUps {
			inBubble(t, name+" for a "+what, func(t *testing.T) {
				c := clientOf(t, service)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				for _, left := range []time.Duration{5 * time.Second, 0} { // the second context has ended before
					require.Equal(t, left, suitetest.Took(func() {
						_, err := lookUp(ctx, c, suitetest.PaymentID)
						require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
						require.ErrorIs(t, err, context.DeadlineExceeded)
						require.NotErrorIs(t, err, afterpay.ErrNotFound)
						e := suitetest.AsError(t, err)
						require.Equal(t, suitetest.PaymentID, e.Token+e.PaymentID)
					}))
				}
			})
		}
	}
}

func TestRecover_RefusesAnEmptyKey(t *testing.T) {
	t.Parallel()
	c := refusingClient(t)
	v1 := refusingClient(t, afterpay.WithAPIVersion(afterpay.V1))
	for field, err := range map[string]error{
		"token":                  second(c.Payments.Recover(t.Context(), "")),
		"paymentID":              second(c.Refunds.Recover(t.Context(), "", "r-1")),
		"key":                    second(c.Refunds.Recover(t.Context(), "1", "")),
		"eventMerchantReference": second(c.Payments.FindCapture(t.Context(), "1", "")),
		"payments.findCapture":   second(v1.Payments.FindCapture(t.Context(), "1", "C1")),
	} {
		require.ErrorIs(t, err, afterpay.ErrInvalid)
		require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
		require.Equal(t, []string{field}, fieldsOf(t, err))
	}
}

// A capture that the events leave out, although less is open, may be the lost one.
func TestFindCapture_IsNotFoundOnlyIfTheNumbersAddUp(t *testing.T) {
	t.Parallel()
	const captured = `,"events":[{"type":"CAPTURED","amount":{"amount":"6.00","currency":"AUD"},"paymentEventMerchantReference":"C1"}]`
	open := func(amount string) string {
		return `,"openToCaptureAmount":{"amount":"` + amount + `","currency":"AUD"}`
	}
	for name, x := range map[string]struct {
		state, fields string
		kind          afterpay.Kind // "": found
		unknown       bool
	}{
		"found":                 {"PARTIALLY_CAPTURED", open("4.00") + captured, "", false},
		"nothing was captured":  {"AUTH_APPROVED", open("10.00"), afterpay.ErrNotFound, false},
		"another was captured":  {"PARTIALLY_CAPTURED", open("4.00") + strings.Replace(captured, "C1", "C2", 1), afterpay.ErrNotFound, false},
		"void of that name":     {"AUTH_APPROVED", open("4.00") + strings.Replace(captured, "CAPTURED", "VOIDED", 1), afterpay.ErrNotFound, false},
		"event is missing":      {"PARTIALLY_CAPTURED", open("4.00"), afterpay.ErrUnavailable, true},
		"one event is missing":  {"PARTIALLY_CAPTURED", open("1.00") + strings.Replace(captured, "C1", "C2", 1), afterpay.ErrUnavailable, true},
		"no amount":             {"PARTIALLY_CAPTURED", open("4.00") + strings.Replace(captured, `"6.00"`, "null", 1), afterpay.ErrUnavailable, true},
		"captured and voided":   {"VOIDED", open("0.00") + captured, afterpay.ErrUnavailable, true},
		"captured and reversed": {"REVERSED", open("0.00") + captured, afterpay.ErrState, false},
	} {
		body := strings.TrimSuffix(suitetest.PaymentIn("APPROVED", x.state), "}") + x.fields + "}"
		e, err := answeringClient(t, 200, body, afterpay.WithTimeouts(afterpay.Timeouts{Lookup: 1})).Payments.FindCapture(t.Context(), suitetest.PaymentID, "C1")
		if x.kind == "" {
			require.NoError(t, err, name)
			require.Equal(t, afterpay.AUD(6_00), e.Amount)
			continue
		}
		require.ErrorIs(t, err, x.kind, name)
		require.Equal(t, x.unknown, errors.Is(err, afterpay.ErrOutcomeUnknown), name)
	}
}
