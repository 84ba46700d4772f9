package afterpay_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// shop is a merchant of a sandbox. Its orders are for 100.00 USD.
type shop struct {
	t       *testing.T
	version afterpay.APIVersion
	sandbox *afterpaytest.Sandbox
	client  *afterpay.Client
}

func newShop(t *testing.T, version afterpay.APIVersion, opts ...afterpaytest.Option) *shop {
	t.Helper()
	s := &shop{t: t, version: version, sandbox: afterpaytest.New(opts...)}
	s.client = s.with()
	return s
}

// eachVersion runs a test in a shop of each API version, in a bubble where time
// costs nothing.
func eachVersion(t *testing.T, test func(*shop), opts ...afterpaytest.Option) {
	t.Helper()
	for name, version := range suitetest.Versions {
		inBubble(t, name, func(t *testing.T) { test(newShop(t, version, opts...)) })
	}
}

// with returns another client of the shop. It looks for payments as long as a client
// does by default, where one of the sandbox gives up early.
func (s *shop) with(opts ...afterpay.Option) *afterpay.Client {
	s.t.Helper()
	first := []afterpay.Option{afterpay.WithAPIVersion(s.version), afterpay.WithTimeouts(afterpay.Timeouts{})}
	return s.sandbox.NewClient(s.t, append(first, opts...)...)
}

// orderOf returns the least that both API versions demand of an order, and a
// reference.
func orderOf(amount afterpay.Money) afterpay.CreateOrderRequest {
	return afterpay.CreateOrderRequest{
		Amount: amount, Consumer: suitetest.Consumer, MerchantReference: "A-1",
		Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/ok", RedirectCancelURL: "https://shop.example/no"},
	}
}

// order creates an order that the shopper has yet to confirm.
func (s *shop) order() string {
	s.t.Helper()
	order, err := s.client.Orders.Create(s.t.Context(), orderOf(afterpay.USD(100_00)))
	require.NoError(s.t, err)
	return order.Token
}

// confirmed creates an order that the shopper has confirmed.
func (s *shop) confirmed() string {
	s.t.Helper()
	token := s.order()
	require.NoError(s.t, s.sandbox.Approve(token))
	return token
}

// captured creates an order that is paid for and returns the payment's id.
func (s *shop) captured() string {
	s.t.Helper()
	p, err := s.client.Payments.Capture(s.t.Context(), afterpay.CaptureRequest{Token: s.confirmed()})
	require.NoError(s.t, err)
	return p.ID
}

// authorized creates an order that is authorized and returns the payment's id.
func (s *shop) authorized() string {
	s.t.Helper()
	p, err := s.client.Payments.Authorize(s.t.Context(), afterpay.AuthorizeRequest{Token: s.confirmed()})
	require.NoError(s.t, err)
	return p.ID
}

// shopperReturns runs a test for each way to pay. The request is that of a shopper
// who has confirmed an order of 100.00 USD and comes back.
func shopperReturns(t *testing.T, test func(*shop, afterpay.CompleteRequest)) {
	t.Helper()
	for name, x := range map[string]struct {
		version   afterpay.APIVersion
		authorize bool
	}{"capture": {afterpay.V2, false}, "authorize": {afterpay.V2, true}, "capture under v1": {afterpay.V1, false}} {
		inBubble(t, name, func(t *testing.T) {
			s := newShop(t, x.version)
			req := completeRequest(s.confirmed())
			req.Authorize = x.authorize
			test(s, req)
		})
	}
}

func completeRequest(token string) afterpay.CompleteRequest {
	return afterpay.CompleteRequest{
		Token: token, Amount: afterpay.USD(100_00),
		Redirect: afterpay.Redirect{Token: token, Status: afterpay.RedirectSuccess},
	}
}

// A reload, a job that runs after a crash, and another process get the payment, or
// the decline.
func TestComplete_RepetitionReturnsTheSame(t *testing.T) {
	t.Parallel()
	shopperReturns(t, func(s *shop, req afterpay.CompleteRequest) {
		first, err := s.client.Payments.Complete(s.t.Context(), req)
		require.NoError(s.t, err)
		for _, later := range []time.Duration{0, time.Minute, 25 * time.Hour, 6 * 24 * time.Hour} {
			s.sandbox.Advance(later)
			again, err := s.with().Payments.Complete(s.t.Context(), req)
			require.NoError(s.t, err, later)
			require.Equal(s.t, first.ID, again.ID)
			req.Redirect = afterpay.Redirect{}
		}
		require.Len(s.t, s.sandbox.Ledger(), 1, "money moved once")
		for _, r := range s.sandbox.Requests(afterpaytest.OpAuthorize) {
			require.Equal(s.t, afterpay.RequestIDFor("payments.complete", req.Token), r.RequestID)
		}

		declined := completeRequest(s.order())
		declined.Authorize = req.Authorize
		require.NoError(s.t, s.sandbox.Decline(declined.Token))
		for range 3 {
			require.ErrorIs(s.t, second(s.client.Payments.Complete(s.t.Context(), declined)), afterpay.ErrDeclined)
		}
	})
}

func TestComplete_SeveralTabsAtOncePayOnce(t *testing.T) {
	t.Parallel()
	shopperReturns(t, func(s *shop, req afterpay.CompleteRequest) {
		var tabs sync.WaitGroup
		ids := make([]string, 8)
		for n := range ids {
			tabs.Go(func() {
				p, err := s.client.Payments.Complete(s.t.Context(), req)
				if assert.NoError(s.t, err) {
					ids[n] = p.ID
				}
			})
		}
		tabs.Wait()
		for _, id := range ids {
			require.Equal(s.t, ids[0], id)
		}
		require.Len(s.t, s.sandbox.Ledger(), 1)
	})
}

// While the first request still runs, the service answers 409 to the second.
func TestComplete_SecondTabWaitsForTheFirst(t *testing.T) {
	t.Parallel()
	shopperReturns(t, func(s *shop, req afterpay.CompleteRequest) {
		op := afterpaytest.OpCapture
		if req.Authorize {
			op = afterpaytest.OpAuthorize
		}
		held := s.sandbox.Hold(op)
		var first sync.WaitGroup
		first.Go(func() {
			_, err := s.client.Payments.Complete(s.t.Context(), req)
			assert.NoError(s.t, err)
		})
		<-held.Entered()
		time.AfterFunc(20*time.Second, held.Release)
		p, err := s.client.Payments.Complete(s.t.Context(), req)
		require.NoError(s.t, err)
		require.Equal(s.t, req.Token, p.Token)
		first.Wait()
		require.Len(s.t, s.sandbox.Ledger(), 1)
	})
}

// The order could still be read when this tab opened.
func TestComplete_ReturnsThePaymentOfAnotherTab(t *testing.T) {
	t.Parallel()
	const hundred = `{"amount":"100.00","currency":"USD"}`
	for status, code := range map[int]string{402: "invalid_token", 412: "precondition_failed"} {
		c := clientOf(t, func(req *http.Request) (*http.Response, error) {
			switch {
			case req.Method == http.MethodPost:
				return suitetest.Respond(status, `{"errorCode":"`+code+`"}`), nil
			case strings.Contains(req.URL.Path, "/payments/"):
				return suitetest.Respond(200, `{"id":"7","status":"APPROVED","paymentState":"CAPTURED","originalAmount":`+hundred+`}`), nil
			}
			return suitetest.Respond(200, `{"token":"`+suitetest.Token+`","amount":`+hundred+`}`), nil
		})
		p, err := c.Payments.Complete(t.Context(), completeRequest(suitetest.Token))
		require.NoError(t, err, code)
		require.Equal(t, "7", p.ID)
	}
}

// The outcome is unknown only if looking fails too. An order that was used may have
// been paid for, by a call whose process died.
func TestComplete_SettlesALostResponse(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		paid    bool               // before
		fault   afterpaytest.Fault // of paying
		blind   bool               // looking fails too
		kind    afterpay.Kind      // "": paid
		unknown bool
	}{
		"done":                           {false, afterpaytest.Reset().AfterCommit(), false, "", false},
		"not done":                       {false, afterpaytest.BadGateway(), false, afterpay.ErrUnavailable, false},
		"done, and looking fails":        {false, afterpaytest.Reset().AfterCommit(), true, afterpay.ErrUnavailable, true},
		"not done, and looking fails":    {false, afterpaytest.BadGateway(), true, afterpay.ErrUnavailable, true},
		"done before, and looking fails": {true, afterpaytest.BadGateway(), true, afterpay.ErrUnavailable, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shopperReturns(t, func(s *shop, req afterpay.CompleteRequest) {
				if x.paid {
					require.NoError(s.t, second(s.client.Payments.Complete(s.t.Context(), req)))
				}
				down := true
				for _, op := range []afterpaytest.Op{afterpaytest.OpCapture, afterpaytest.OpAuthorize} {
					s.sandbox.FailFunc(op, func(afterpaytest.Request) (afterpaytest.Fault, bool) { return x.fault, down })
				}
				s.sandbox.FailFunc(afterpaytest.OpGetPaymentByToken, func(afterpaytest.Request) (afterpaytest.Fault, bool) {
					return afterpaytest.BadGateway(), down && x.blind
				})
				err := second(s.client.Payments.Complete(s.t.Context(), req))
				require.Equal(s.t, x.unknown, errors.Is(err, afterpay.ErrOutcomeUnknown))
				if x.kind == "" {
					require.NoError(s.t, err)
				} else {
					require.ErrorIs(s.t, err, x.kind)
				}
				down = false
				p, err := s.client.Payments.Complete(s.t.Context(), req)
				require.NoError(s.t, err)
				require.Equal(s.t, req.Token, p.Token)
				require.Len(s.t, s.sandbox.Ledger(), 1)
			})
		})
	}
}

func TestComplete_RefusesWhatIsNotTheOrder(t *testing.T) {
	t.Parallel()
	shopperReturns(t, func(s *shop, req afterpay.CompleteRequest) {
		changed := func(change func(*afterpay.CompleteRequest)) afterpay.CompleteRequest {
			r := req
			change(&r)
			return r
		}
		cases := map[string]struct {
			req  afterpay.CompleteRequest
			want afterpay.Kind
		}{
			"cancelled":           {changed(func(r *afterpay.CompleteRequest) { r.Redirect.Status = afterpay.RedirectCancelled }), afterpay.ErrNotApprovedYet},
			"unknown status":      {changed(func(r *afterpay.CompleteRequest) { r.Redirect.Status = "MAYBE" }), afterpay.ErrNotApprovedYet},
			"token of another":    {changed(func(r *afterpay.CompleteRequest) { r.Redirect.Token = s.confirmed() }), afterpay.ErrInvalid},
			"another amount":      {changed(func(r *afterpay.CompleteRequest) { r.Amount = afterpay.USD(99_99) }), afterpay.ErrAmountMismatch},
			"another currency":    {changed(func(r *afterpay.CompleteRequest) { r.Amount = afterpay.AUD(100_00) }), afterpay.ErrAmountMismatch},
			"no amount":           {changed(func(r *afterpay.CompleteRequest) { r.Amount = afterpay.Money{} }), afterpay.ErrInvalid},
			"no token":            {changed(func(r *afterpay.CompleteRequest) { r.Token, r.Redirect.Token = "", "" }), afterpay.ErrInvalid},
			"token of nothing":    {changed(func(r *afterpay.CompleteRequest) { r.Token, r.Redirect.Token = "002.x", "002.x" }), afterpay.ErrInvalidToken},
			"another shop's page": {changed(func(r *afterpay.CompleteRequest) { r.Redirect.Token = "002.other" }), afterpay.ErrInvalid},
		}
		for name, x := range cases {
			_, err := s.client.Payments.Complete(s.t.Context(), x.req)
			require.ErrorIs(s.t, err, x.want, name)
			require.NotErrorIs(s.t, err, afterpay.ErrOutcomeUnknown, name)
		}
		require.Empty(s.t, s.sandbox.Ledger())

		// The same after the order was paid for.
		_, err := s.client.Payments.Complete(s.t.Context(), req)
		require.NoError(s.t, err)
		for _, name := range []string{"cancelled", "another amount", "another currency", "token of another"} {
			_, err := s.client.Payments.Complete(s.t.Context(), cases[name].req)
			require.ErrorIs(s.t, err, cases[name].want, name)
		}
	})
}

func TestComplete_RefusesAnotherReference(t *testing.T) {
	t.Parallel()
	s := newShop(t, afterpay.V2)
	req := completeRequest(s.confirmed())
	for _, paid := range []bool{false, true} {
		req.MerchantReference = "A-2"
		_, err := s.client.Payments.Complete(t.Context(), req)
		require.ErrorIs(t, err, afterpay.ErrInvalid, "paid: %v", paid)
		req.MerchantReference = "A-1"
		_, err = s.client.Payments.Complete(t.Context(), req)
		require.NoError(t, err)
	}
	require.Len(t, s.sandbox.Ledger(), 1)
}

func TestComplete_ExpiredOrUnconfirmedOrderIsNotPaid(t *testing.T) {
	t.Parallel()
	shopperReturns(t, func(s *shop, req afterpay.CompleteRequest) {
		open := completeRequest(s.order())
		open.Authorize = req.Authorize
		_, err := s.client.Payments.Complete(s.t.Context(), open)
		require.ErrorIs(s.t, err, afterpay.ErrNotApprovedYet)
		s.sandbox.Advance(24 * time.Hour)
		for _, r := range []afterpay.CompleteRequest{open, req} {
			require.Zero(s.t, suitetest.Took(func() {
				_, err := s.client.Payments.Complete(s.t.Context(), r)
				require.ErrorIs(s.t, err, afterpay.ErrInvalidToken)
			}), "the shopper does not wait")
		}
		require.Empty(s.t, s.sandbox.Ledger())
	})
}
