package main

import (
	"context"
	"net/http"
	"time"

	"github.com/afterpay-go/afterpay"
)

// flaky fails every other time.
type flaky struct {
	bad, good *canned
	turn      bool
}

func (f *flaky) RoundTrip(req *http.Request) (*http.Response, error) {
	if f.turn = !f.turn; f.turn {
		return f.bad.RoundTrip(req)
	}
	return f.good.RoundTrip(req)
}

// retry is an order that is created at the second attempt. The waits are the
// shortest that a policy can ask for.
func retry(ctx context.Context, s settings) error {
	rt := func() *flaky {
		return &flaky{bad: &canned{http.StatusServiceUnavailable, []byte(`{"errorCode":"error","httpStatusCode":503}`)}, good: &canned{http.StatusCreated, []byte(created)}}
	}
	hc := &http.Client{Transport: rt()}
	client := ours(rt(), afterpay.WithRetry(afterpay.RetryPolicy{MaxAttempts: 2, BaseDelay: time.Nanosecond, MaxDelay: time.Nanosecond, Budget: -1}))
	once := ours(&canned{http.StatusCreated, []byte(created)})
	return compare("One 503, then success", "call", 1, s, []contender{
		{"raw, naive, in a loop", func() error {
			var err error
			for range 2 {
				var out rawCreated
				if err = naive(ctx, hc, http.MethodPost, host+"/v2/checkouts", rawCart, &out); err == nil {
					return nil
				}
			}
			return err
		}},
		{"afterpay", func() error {
			_, err := client.Orders.Create(ctx, cart)
			return err
		}},
		{"afterpay, success at once", func() error {
			_, err := once.Orders.Create(ctx, cart)
			return err
		}},
	})
}
