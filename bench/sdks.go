package main

import (
	"context"
	"net/http"

	"github.com/google/go-github/v90/github"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/plutov/paypal/v4"
	"github.com/stripe/stripe-go/v86"
)

// others are the SDKs of other services, each with a typed call that creates
// something of about an order's size, and answers of the shape each expects.
func others(ctx context.Context) []contender {
	return []contender{
		{"stripe-go", stripeCreate(ctx, stripeClient(&canned{http.StatusOK, []byte(stripeIntent)}))},
		{"plutov/paypal", paypalCreate(ctx, paypalClient(&canned{http.StatusCreated, []byte(paypalOrder)}))},
		{"go-github", githubCreate(ctx, githubClient(&canned{http.StatusCreated, []byte(githubGist)}))},
		{"openai-go", openaiCreate(ctx, openaiClient(&canned{http.StatusOK, []byte(openaiCompletion)}))},
	}
}

const (
	stripeIntent     = `{"id":"pi_3MtwBwLkdIwHu7ix28a3tqPa","object":"payment_intent","amount":2185,"currency":"usd","client_secret":"pi_3MtwBwLkdIwHu7ix28a3tqPa_secret_YrKJUKribcBjcG8HVhfZluoGH","created":1680800504,"status":"requires_confirmation","description":"order-1001"}`
	paypalOrder      = `{"id":"5O190127TN364715T","status":"PAYER_ACTION_REQUIRED","links":[{"href":"https://api-m.paypal.com/v2/checkout/orders/5O190127TN364715T","rel":"self","method":"GET"},{"href":"https://www.paypal.com/checkoutnow?token=5O190127TN364715T","rel":"payer-action","method":"GET"}]}`
	githubGist       = `{"id":"2decf6c462d9b4418f2","html_url":"https://gist.github.com/2decf6c462d9b4418f2","public":true,"created_at":"2021-08-25T17:56:00Z","updated_at":"2021-08-25T17:56:00Z","description":"order-1001","comments":0,"node_id":"MDQ6R2lzdDJkZWNmNmM0NjJkOWI0NDE4ZjI="}`
	openaiCompletion = `{"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion","created":1741569952,"model":"small","choices":[{"index":0,"message":{"role":"assistant","content":"The order is ready to be confirmed."},"finish_reason":"stop"}]}`
)

// filler makes their requests as long as an order of three items.
const filler = "Widget, one, 10.00 USD; Gadget, one, 10.00 USD; Gizmo, one, 1.85 USD; to Joe Consumer, Level 5, San Francisco, CA 94104, US; " +
	"confirm at https://shop.example/confirm, cancel at https://shop.example/cancel; reference order-1001; " +
	"test@example.com, 0400 000 000; every one of them in a box of its own, with a receipt and with the address of the shop on it"

func stripeClient(rt http.RoundTripper) *stripe.Client {
	return stripe.NewClient("sk_test_1", stripe.WithBackends(stripe.NewBackendsWithConfig(&stripe.BackendConfig{
		HTTPClient: &http.Client{Transport: rt}, LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull},
	})))
}

func stripeCreate(ctx context.Context, client *stripe.Client) func() error {
	return func() error {
		_, err := client.V1PaymentIntents.Create(ctx, &stripe.PaymentIntentCreateParams{
			Amount: stripe.Int64(21_85), Currency: stripe.String("usd"), Description: stripe.String(filler), ReceiptEmail: stripe.String("test@example.com"),
		})
		return err
	}
}

func paypalClient(rt http.RoundTripper) *paypal.Client {
	client, err := paypal.NewClient("merchant", "secret", "https://api-m.paypal.com")
	if err != nil {
		panic(err)
	}
	client.SetHTTPClient(&http.Client{Transport: rt})
	client.SetAccessToken("token")
	return client
}

func paypalCreate(ctx context.Context, client *paypal.Client) func() error {
	item := paypal.Item{Name: "Widget", SKU: "1", Quantity: "1", UnitAmount: &paypal.Money{Currency: "USD", Value: "10.00"}}
	return func() error {
		_, err := client.CreateOrder(ctx, paypal.OrderIntentCapture, []paypal.PurchaseUnitRequest{{
			ReferenceID: "order-1001", Items: []paypal.Item{item, item, item},
			Amount: &paypal.PurchaseUnitAmount{Currency: "USD", Value: "21.85"},
		}}, nil, &paypal.ApplicationContext{ReturnURL: "https://shop.example/confirm", CancelURL: "https://shop.example/cancel"})
		return err
	}
}

func githubClient(rt http.RoundTripper) *github.Client {
	client, err := github.NewClient(github.WithTransport(rt), github.WithAuthToken("token"))
	if err != nil {
		panic(err)
	}
	return client
}

func githubCreate(ctx context.Context, client *github.Client) func() error {
	return func() error {
		_, _, err := client.Gists.Create(ctx, github.CreateGistRequest{
			Description: github.Ptr("order-1001"), Public: github.Ptr(true),
			Files: map[github.GistFilename]*github.CreateGistFile{"order": {Content: filler}},
		})
		return err
	}
}

func openaiClient(rt http.RoundTripper) openai.Client {
	return openai.NewClient(option.WithAPIKey("key"), option.WithHTTPClient(&http.Client{Transport: rt}))
}

func openaiCreate(ctx context.Context, client openai.Client) func() error {
	return func() error {
		_, err := client.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{
			Model: "small", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(filler)},
		})
		return err
	}
}
