package durable_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/durable/durabletest"
)

func TestEnqueueTx_InvalidOperationsNameTheirFields(t *testing.T) {
	t.Parallel()
	client, _ := afterpaytest.NewClient(t)
	queue, db := durabletest.New(t, client, options{})
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, tx.Rollback()) }()
	for name, c := range map[string]struct {
		op     durable.Operation
		fields []string
	}{
		"empty":             {durable.Operation{}, []string{"kind", "id"}},
		"long id":           {durable.Operation{ID: strings.Repeat("x", 65), Kind: durable.Capture, Token: "t"}, []string{"id"}},
		"capture":           {durable.Operation{ID: "1", Kind: durable.Capture}, []string{"token"}},
		"refund":            {durable.Operation{ID: "1", Kind: durable.Refund}, []string{"paymentId", "amount"}},
		"negative":          {durable.Operation{ID: "1", Kind: durable.Capture, Token: "t", Amount: afterpay.USD(-1)}, []string{"amount"}},
		"zero":              {durable.Operation{ID: "1", Kind: durable.CapturePart, PaymentID: "1", Amount: afterpay.USD(0)}, []string{"amount", "amount"}},
		"void of nothing":   {durable.Operation{ID: "1", Kind: durable.Void, PaymentID: "1"}, []string{"amount"}},
		"void of too much":  {durable.Operation{ID: "1", Kind: durable.Void, PaymentID: "1", Amount: afterpay.USD(1), All: true}, []string{"amount"}},
		"all in a refund":   {durable.Operation{ID: "1", Kind: durable.Refund, PaymentID: "1", Amount: afterpay.USD(1), All: true}, []string{"all"}},
		"long reference":    {durable.Operation{ID: "1", Kind: durable.UpdateReference, PaymentID: "1", Reference: strings.Repeat("x", 129)}, []string{"reference"}},
		"missing reference": {durable.Operation{ID: "1", Kind: durable.UpdateReference, PaymentID: "1"}, []string{"reference"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := queue.EnqueueTx(t.Context(), tx, c.op)
			require.ErrorIs(t, err, afterpay.ErrInvalid)
			var e *afterpay.Error
			require.ErrorAs(t, err, &e)
			fields := make([]string, len(e.Fields))
			for i, f := range e.Fields {
				fields[i] = f.Field
			}
			require.Equal(t, c.fields, fields)
		})
	}
}
