package kountasync

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
)

// day is a bed after some trade that is in Kounta.
func day(t *testing.T) *bed {
	t.Helper()
	b := newBed(t, Options{})
	for _, reference := range []string{"1001", "1002", "1003", "1004"} {
		b.now = b.now.Add(time.Minute)
		b.refund(b.capture(reference, afterpay.AUD(90_00)), afterpay.AUD(5_00))
	}
	b.pass(10 * time.Minute)
	return b
}

func (b *bed) reconcile() (reconcile.Summary, string) {
	b.t.Helper()
	var text bytes.Buffer
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	summary, err := b.sync.Reconcile(b.t.Context(), from, from.AddDate(0, 0, 1), reconcile.NewTable(&text, reconcile.Info))
	require.NoError(b.t, err)
	require.True(b.t, summary.Balanced(), text.String())
	return summary, text.String()
}

func TestReconcile_FindsEachPlantedMismatchAndNothingElse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plant func(o *simOrder)
		want  map[reconcile.Class]int64
	}{
		"none":                     {func(*simOrder) {}, map[reconcile.Class]int64{}},
		"payment missing":          {func(o *simOrder) { o.payments = o.payments[1:] }, map[reconcile.Class]int64{reconcile.MissingAtMerchant: 1}},
		"payment doubled":          {func(o *simOrder) { o.payments = append(o.payments, o.payments[0]) }, map[reconcile.Class]int64{reconcile.AmountMismatch: 1}},
		"payment of other amount":  {func(o *simOrder) { o.payments[0].amount++ }, map[reconcile.Class]int64{reconcile.AmountMismatch: 1}},
		"refund missing":           {func(o *simOrder) { o.payments = o.payments[:1] }, map[reconcile.Class]int64{reconcile.RefundMissingMerchant: 1}},
		"refund doubled":           {func(o *simOrder) { o.payments = append(o.payments, o.payments[1]) }, map[reconcile.Class]int64{reconcile.DuplicateRow: 1}},
		"refund of other amount":   {func(o *simOrder) { o.payments[1].amount-- }, map[reconcile.Class]int64{reconcile.RefundAmountMismatch: 1}},
		"refund unknown":           {func(o *simOrder) { o.payments = append(o.payments, tillPayment{"r9", -1_00, true}) }, map[reconcile.Class]int64{reconcile.RefundMissingAfterpay: 1}},
		"payment unknown":          {func(o *simOrder) { o.payments = append(o.payments, tillPayment{"77-e", 1_00, true}) }, map[reconcile.Class]int64{reconcile.MissingAtAfterpay: 1}},
		"payment of other methods": {func(o *simOrder) { o.payments = append(o.payments, tillPayment{"", 7_00, false}) }, map[reconcile.Class]int64{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := day(t)
			c.plant(b.bySale["1002"][0])
			summary, text := b.reconcile()
			require.Equal(t, c.want, summary.Classes, text)
		})
	}
}
