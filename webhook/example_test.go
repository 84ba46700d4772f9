package webhook_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/webhook"
)

func ExampleVerifier_Handler() {
	verifier, err := webhook.NewVerifier("https://shop.example/afterpay/webhook", "shared secret")
	if err != nil {
		panic(err)
	}
	handler := verifier.Handler(func(_ context.Context, e *webhook.Event) error {
		if e.Dispute == nil {
			return nil
		}
		fmt.Println(e.Type, e.Dispute.ID) // read the dispute with Disputes.Get
		return nil
	})

	body := []byte(`{"webhook_event_id":"evt_1","webhook_event_type":"created","dispute_id":"dp_1"}`)
	for range 2 { // the second delivery is not handled again
		request, err := afterpaytest.WebhookRequest("shared secret", "https://shop.example/afterpay/webhook", time.Now(), body)
		if err != nil {
			panic(err)
		}
		response := httptest.NewRecorder()
		handler.ServeHTTP(response, request)
		fmt.Println(response.Code)
	}
	// Output:
	// dispute.created dp_1
	// 200
	// 200
}
