package durable_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/durable"
)

func TestAll_FiltersByStateAndPayment(t *testing.T) {
	t.Parallel()
	onEach(t, setup{}, func(t *testing.T, b *bed) {
		b.enqueue(durable.Operation{ID: "c-1", Kind: durable.Capture, Token: b.order(10_00)})
		b.settle(t)
		payment := b.get("c-1").ResultID
		b.enqueue(
			durable.Operation{ID: "r-1", Kind: durable.Refund, PaymentID: payment, Amount: afterpay.USD(11_00)},
			durable.Operation{ID: "c-2", Kind: durable.Capture, Token: b.order(10_00)},
		)
		b.settle(t)
		for _, c := range []struct {
			filter durable.Filter
			ids    []string
		}{
			{durable.Filter{}, []string{"c-1", "r-1", "c-2"}},
			{durable.Filter{PaymentID: payment}, []string{"c-1", "r-1"}},
			{durable.Filter{State: durable.Review}, []string{"r-1"}},
			{durable.Filter{State: durable.Succeeded, PaymentID: payment}, []string{"c-1"}},
		} {
			var ids []string
			for s, err := range b.queue.All(t.Context(), c.filter) {
				require.NoError(t, err)
				ids = append(ids, s.ID)
			}
			require.Equal(t, c.ids, ids)
		}
	})
}
