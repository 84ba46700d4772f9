package afterpay

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// noLimit is a limiter that never waits.
type noLimit struct{}

func (noLimit) Wait(context.Context) error { return nil }

// flaky answers 503 every other time.
type flaky struct {
	canned
	calls int
}

func (f *flaky) RoundTrip(req *http.Request) (*http.Response, error) {
	if f.calls++; f.calls%2 == 0 {
		return f.canned.RoundTrip(req)
	}
	resp, err := canned(`{}`).RoundTrip(req)
	if err == nil {
		resp.StatusCode = http.StatusServiceUnavailable
	}
	return resp, err
}

// perCall is how many allocations a call makes, those of the canned answer
// included.
func perCall(t *testing.T, rt http.RoundTripper, call func(*Client) error, opts ...Option) int {
	t.Helper()
	c, err := New("32", "secret", append(opts, WithHTTPClient(&http.Client{Transport: rt}))...)
	require.NoError(t, err)
	return int(testing.AllocsPerRun(500, func() {
		if err := call(c); err != nil {
			t.Error(err)
		}
	}))
}

// The ceilings are what was measured. A change that exceeds one has to be worth
// it; one that stays below may lower it.
func TestCallsStayBelowTheirAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes pools forget")
	}
	ctx := t.Context()
	golden := func(name string) canned {
		text, err := os.ReadFile("testdata/" + name + ".json")
		require.NoError(t, err)
		return canned(text)
	}
	item := Item{Name: "Widget", SKU: "1", Quantity: 1, Price: USD(10_00)}
	order := CreateOrderRequest{
		Amount:   USD(21_85),
		Consumer: Consumer{GivenNames: "Joe", Surname: "Consumer", Email: "test@example.com"},
		Shipping: Contact{Name: "Joe Consumer", Line1: "Level 5", Area1: "San Francisco", Region: "CA", Postcode: "94104", CountryCode: "US"},
		Items:    []Item{item, item, item},
		Merchant: Merchant{RedirectConfirmURL: "https://shop.example/confirm", RedirectCancelURL: "https://shop.example/cancel"},
	}
	create := func(c *Client) error {
		_, err := c.Orders.Create(ctx, order)
		return err
	}
	payment := golden("v2_payment_by_token_200")
	page := canned(`{"totalResults":100,"limit":100,"offset":0,"results":[` + strings.Repeat(string(payment)+",", 99) + string(payment) + `]}`)
	for _, tt := range []struct {
		name    string
		rt      http.RoundTripper
		call    func(*Client) error
		ceiling int
	}{
		{"create an order", golden("v2_checkout_created_201"), create, 25},
		{"read a payment", payment, func(c *Client) error {
			_, err := c.Payments.Get(ctx, "100398927616")
			return err
		}, 25},
		{"list 100 payments", page, func(c *Client) error {
			_, err := c.Payments.List(ctx, PaymentQuery{Limit: 100})
			return err
		}, 380},
		{"refund, with a request id made for it", golden("v2_refund_created_201"), func(c *Client) error {
			_, err := c.Refunds.Create(ctx, "100398927616", RefundRequest{Amount: USD(10_00)})
			return err
		}, 29},
	} {
		t.Run(tt.name, func(t *testing.T) {
			allocs := perCall(t, tt.rt, tt.call)
			t.Log(allocs, "allocations")
			require.LessOrEqual(t, allocs, tt.ceiling)
		})
	}
	t.Run("a limiter costs nothing", func(t *testing.T) {
		rt := golden("v2_checkout_created_201")
		require.Equal(t, perCall(t, rt, create), perCall(t, rt, create, WithLimiter(noLimit{})))
	})
	t.Run("the readiness to retry costs nothing", func(t *testing.T) {
		rt := golden("v2_checkout_created_201")
		require.Equal(t, perCall(t, rt, create, WithRetry(RetryPolicy{})), perCall(t, rt, create))
	})
	t.Run("a retry costs an attempt, and no second encoding", func(t *testing.T) {
		good := golden("v2_checkout_created_201")
		once := perCall(t, good, create)
		retried := perCall(t, &flaky{canned: good}, create, WithRetry(RetryPolicy{MaxAttempts: 2, BaseDelay: time.Nanosecond, MaxDelay: time.Nanosecond, Budget: -1}))
		t.Log(once, "at once,", retried, "at the second attempt")
		require.LessOrEqual(t, retried, once+20)
	})
}

func TestARetrySendsTheSameBytes(t *testing.T) {
	t.Parallel()
	var sent []string
	rt := roundTripFunc(func(req *http.Request) (*http.Response, error) {
		b := make([]byte, req.ContentLength)
		n, _ := req.Body.Read(b)
		sent = append(sent, string(b[:n]))
		resp, err := canned(`{"token":"002.a"}`).RoundTrip(req)
		if len(sent) == 1 {
			resp.StatusCode = http.StatusServiceUnavailable
		}
		return resp, err
	})
	c, err := New("32", "secret", WithHTTPClient(&http.Client{Transport: rt}), WithRetry(RetryPolicy{MaxAttempts: 2, BaseDelay: 1, MaxDelay: 1}))
	require.NoError(t, err)
	_, err = c.Payments.Capture(t.Context(), CaptureRequest{Token: "002.a"})
	require.ErrorIs(t, err, ErrOutcomeUnknown) // the canned answer approves of nothing
	require.Len(t, sent, 2)
	require.Equal(t, sent[0], sent[1])
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
