package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"

	"github.com/afterpay-go/afterpay"
)

// declinedToken is the token of the declined payment.
const declinedToken = "002.7d1q8f2k5m0n3p6r9s4t7v1w2x5y8z0a3b6c9d2e5f8g1h4j"

// failures measures calls that fail: a declined payment, a refused request and a
// gateway's page of 64 KB.
func failures(ctx context.Context, s settings) error {
	page := "<html><body>" + strings.Repeat("<p>502 Bad Gateway</p>\n", 64<<10/24) + "</body></html>"
	declined, err := os.ReadFile("../testdata/v2_payment_auth_declined_402.json")
	if err != nil {
		return err
	}
	for _, f := range []struct {
		title  string
		status int
		body   string
		kind   error
	}{
		{"402 with a declined payment", http.StatusPaymentRequired, string(declined), afterpay.ErrDeclined},
		{"422 with an error body", http.StatusUnprocessableEntity, `{"errorCode":"invalid_object","errorId":"b4acda68180e4d1f","message":"token may not be empty","httpStatusCode":422}`, afterpay.ErrInvalid},
		{"502 with 64 KB of HTML, not retried", http.StatusBadGateway, page, afterpay.ErrUnavailable},
	} {
		rt := &canned{f.status, []byte(f.body)}
		hc := &http.Client{Transport: rt}
		client := ours(rt, afterpay.WithRetry(afterpay.RetryPolicy{}))
		err := compare("Failure: "+f.title, "call", 1, s, []contender{
			{"raw, naive", func() error {
				var out rawPayment
				if err := naive(ctx, hc, http.MethodPost, host+"/v2/payments/auth", map[string]string{"token": declinedToken}, &out); err == nil {
					return errors.New("raw call succeeded")
				}
				return nil
			}},
			{"afterpay, with errors.Is", func() error {
				_, err := client.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: declinedToken})
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
