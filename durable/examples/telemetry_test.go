package examples_test

import (
	"database/sql"
	"testing"

	"github.com/riverqueue/river"
	"github.com/riverqueue/rivercontrib/otelriver"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/durable/durabletest"
)

// The plugin is that of docs/durable.md.
func TestTelemetry_QueueRunsWithOtelriver(t *testing.T) {
	sandbox := afterpaytest.New()
	client := sandbox.NewClient(t)
	order, err := client.Orders.Create(t.Context(), afterpay.CreateOrderRequest{
		Amount: afterpay.USD(10_00), Consumer: afterpay.Consumer{Email: "shopper@example.com"},
		Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/confirm", RedirectCancelURL: "https://shop.example/cancel"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := sandbox.Approve(order.Token); err != nil {
		t.Fatal(err)
	}
	queue, db := durabletest.New(t, client, durable.Options[*sql.Tx]{
		River: func(c *river.Config) { c.Plugins = append(c.Plugins, otelriver.NewMiddleware(nil)) },
	})
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := queue.EnqueueTx(t.Context(), tx, durable.Operation{ID: "order-1", Kind: durable.Capture, Token: order.Token}); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	durabletest.Settle(t, queue)
	status, err := queue.Get(t.Context(), "order-1")
	if err != nil || status.State != durable.Succeeded {
		t.Errorf("status %v, error %v", status, err)
	}
}
