package afterpaytest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// connect is NewClient for a program that is not a test.
func connect(sandbox *afterpaytest.Sandbox, opts ...afterpay.Option) *afterpay.Client {
	opts = append([]afterpay.Option{afterpay.WithHTTPClient(&http.Client{Transport: sandbox})}, opts...)
	client, err := afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey, opts...)
	if err != nil {
		panic(err)
	}
	return client
}

// place creates an order of 30.00.
func place(ctx context.Context, client *afterpay.Client) string {
	order, err := client.Orders.Create(ctx, afterpay.CreateOrderRequest{
		Amount:   afterpay.USD(30_00),
		Consumer: afterpay.Consumer{Email: "ann@example.com"},
		Merchant: afterpay.Merchant{
			RedirectConfirmURL: "https://shop.example/confirm",
			RedirectCancelURL:  "https://shop.example/cancel",
		},
	})
	if err != nil {
		panic(err)
	}
	return order.Token
}

func ExampleSandbox_Approve() {
	ctx := context.Background()
	sandbox := afterpaytest.New()
	client := connect(sandbox)
	token := place(ctx, client)

	_, err := client.Payments.Capture(ctx, afterpay.CaptureRequest{Token: token})
	fmt.Println(errors.Is(err, afterpay.ErrNotApprovedYet))

	_ = sandbox.Approve(token)
	payment, err := client.Payments.Capture(ctx, afterpay.CaptureRequest{Token: token})
	fmt.Println(payment.State, err)
	// Output:
	// true
	// CAPTURED <nil>
}

func ExampleSandbox_Decline() {
	ctx := context.Background()
	sandbox := afterpaytest.New()
	client := connect(sandbox)
	token := place(ctx, client)

	_ = sandbox.Decline(token)
	_, err := client.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: token})
	fmt.Println(errors.Is(err, afterpay.ErrDeclined))
	// Output: true
}

// The money moves and the response is lost.
func ExampleSandbox_Fail() {
	ctx := context.Background()
	sandbox := afterpaytest.New()
	client := connect(sandbox, afterpay.WithRetry(afterpay.RetryPolicy{}))
	token := place(ctx, client)
	_ = sandbox.Approve(token)

	sandbox.Fail(afterpaytest.OpCapture, afterpaytest.Reset().AfterCommit())
	_, err := client.Payments.Capture(ctx, afterpay.CaptureRequest{Token: token})
	fmt.Println(errors.Is(err, afterpay.ErrOutcomeUnknown))
	for _, m := range sandbox.Ledger() {
		fmt.Println(m.Kind, m.Amount, m.Currency)
	}
	payment, err := client.Payments.Recover(ctx, token)
	fmt.Println(payment.State, err)
	// Output:
	// true
	// captured 3000 USD
	// CAPTURED <nil>
}

// An authorization expires.
func ExampleSandbox_Advance() {
	ctx := context.Background()
	sandbox := afterpaytest.New()
	client := connect(sandbox)
	token := place(ctx, client)
	_ = sandbox.Approve(token)
	payment, _ := client.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: token})

	sandbox.Advance(13 * 24 * time.Hour)
	payment, err := client.Payments.Get(ctx, payment.ID)
	fmt.Println(payment.State, payment.OpenToCaptureAmount, err)
	// Output: VOIDED 0.00 USD <nil>
}

// The first attempt of every refund is answered 429.
func ExampleSandbox_FailFunc() {
	sandbox := afterpaytest.New()
	sandbox.FailFunc(afterpaytest.OpCreateRefund, func(r afterpaytest.Request) (afterpaytest.Fault, bool) {
		return afterpaytest.TooManyRequests(time.Second), r.Attempt == 1
	})
}

// The body of each request can be inspected.
func ExampleSandbox_Requests() {
	ctx := context.Background()
	sandbox := afterpaytest.New()
	client := connect(sandbox)
	place(ctx, client)
	for _, r := range sandbox.Requests(afterpaytest.OpCreateOrder) {
		fmt.Println(r.Method, r.Path, r.Status, r.Body["amount"])
	}
	// Output: POST /v2/checkouts 201 map[amount:30.00 currency:USD]
}

// A sandbox is an http.Handler, so it can be served over a socket.
func ExampleSandbox_ServeHTTP() {
	server := httptest.NewServer(afterpaytest.New(afterpaytest.WithRegion(afterpaytest.GB)))
	defer server.Close()
	client, err := afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey, afterpay.WithBaseURL(server.URL))
	if err != nil {
		panic(err)
	}
	configuration, err := client.Configuration.Get(context.Background())
	fmt.Println(configuration.MinimumAmount, err)
	// Output: 10.00 GBP <nil>
}
