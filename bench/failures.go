package main

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/afterpay-go/afterpay"
)

// failures are answers that are none: a declined payment, a refused request and
// a gateway's page of 64 KB.
func failures(ctx context.Context, s settings) error {
	page := "<html><body>" + strings.Repeat("<p>502 Bad Gateway</p>\n", 64<<10/24) + "</body></html>"
	declined := strings.Replace(strings.Replace(payment, `"APPROVED"`, `"DECLINED"`, 1), "%d", "100000000000", 1)
	for _, f := range []struct {
		title  string
		status int
		body   string
		kind   error
	}{
		{"402 with a declined payment", http.StatusPaymentRequired, declined, afterpay.ErrDeclined},
		{"422 with an error body", http.StatusUnprocessableEntity, `{"errorCode":"invalid_object","errorId":"b4acda68180e4d1f","message":"token may not be empty","httpStatusCode":422}`, afterpay.ErrInvalid},
		{"502 with 64 KB of HTML, not retried", http.StatusBadGateway, page, afterpay.ErrUnavailable},
	} {
		rt := &canned{f.status, []byte(f.body)}
		hc := &http.Client{Transport: rt}
		client := ours(rt, afterpay.WithRetry(afterpay.RetryPolicy{}))
		err := compare("Failure: "+f.title, "call", 1, s, []contender{
			{"raw, naive", func() error {
				var out rawPayment
				if err := naive(ctx, hc, http.MethodPost, host+"/v2/payments/auth", map[string]string{"token": "002.abc"}, &out); err == nil {
					return errors.New("raw call succeeded")
				}
				return nil
			}},
			{"afterpay, with errors.Is", func() error {
				_, err := client.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: "002.abc"})
				if !errors.Is(err, f.kind) {
					return err
				}
				return nil
			}},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
