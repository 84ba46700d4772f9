package kountasync

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
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
	return b.reconcileFrom(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
}

func (b *bed) reconcileFrom(from time.Time) (reconcile.Summary, string) {
	b.t.Helper()
	var text bytes.Buffer
	summary, err := b.sync.Reconcile(b.t.Context(), from, from.AddDate(0, 0, 1), reconcile.NewTable(&text, reconcile.Info))
	require.NoError(b.t, err)
	require.True(b.t, summary.Balanced(), text.String())
	return summary, text.String()
}

func TestReconcile_FindsEachPlantedMismatchAndNothingElse(t *testing.T) {
	t.Parallel()
	type classes = map[reconcile.Class]int64
	for name, c := range map[string]struct {
		plant func(b *bed, o *simOrder)
		want  classes
	}{
		"none":                     {func(*bed, *simOrder) {}, classes{}},
		"payment missing":          {func(_ *bed, o *simOrder) { o.payments = o.payments[1:] }, classes{reconcile.MissingAtMerchant: 1}},
		"payment doubled":          {func(_ *bed, o *simOrder) { o.add(o.payments[0]) }, classes{reconcile.DuplicateRow: 1}},
		"payment of other amount":  {func(_ *bed, o *simOrder) { o.payments[0].amount++ }, classes{reconcile.AmountMismatch: 1}},
		"payment unknown":          {func(_ *bed, o *simOrder) { o.add(tillPayment{"77-e", 1_00, true}) }, classes{reconcile.MissingAtAfterpay: 1}},
		"payment of other methods": {func(_ *bed, o *simOrder) { o.add(tillPayment{"", 7_00, false}) }, classes{}},
		"refund missing":           {func(_ *bed, o *simOrder) { o.payments = o.payments[:1] }, classes{reconcile.RefundMissingMerchant: 1}},
		"refund doubled":           {func(_ *bed, o *simOrder) { o.add(o.payments[1]) }, classes{reconcile.DuplicateRow: 1}},
		"refund of other amount":   {func(_ *bed, o *simOrder) { o.payments[1].amount-- }, classes{reconcile.RefundAmountMismatch: 1}},
		"refund unknown":           {func(_ *bed, o *simOrder) { o.add(tillPayment{"r9", -1_00, true}) }, classes{reconcile.RefundMissingAfterpay: 1}},
		"refunded too much": {
			func(_ *bed, o *simOrder) { o.add(tillPayment{"r9", -90_00, true}) }, classes{reconcile.RefundMissingAfterpay: 1, reconcile.OverRefund: 1},
		},
		"order rejected":      {func(_ *bed, o *simOrder) { o.status = "REJECTED" }, classes{reconcile.StatusMismatch: 1}},
		"total changed":       {func(_ *bed, o *simOrder) { o.total += 6 }, classes{TotalMismatch: 1}},
		"total rounded":       {func(_ *bed, o *simOrder) { o.total += 5 }, classes{}},
		"order doubled":       {func(b *bed, o *simOrder) { b.double(o) }, classes{DuplicateOrder: 1}},
		"order doubled, paid": {func(b *bed, o *simOrder) { b.double(o).payments = o.payments }, classes{DuplicateOrder: 1, reconcile.DuplicateRow: 2}},
		"captured twice":      {(*bed).payAgain, classes{reconcile.DuplicateCapture: 1}},
		"company in dollars of New Zealand": {
			func(b *bed, _ *simOrder) { b.money = afterpay.CurrencyNZD }, classes{reconcile.CurrencyMismatch: 8},
		},
		"payment unreadable": {(*bed).loseEventID, classes{reconcile.UnreadableRow: 1, reconcile.MissingAtAfterpay: 1, reconcile.RefundMissingAfterpay: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := day(t)
			c.plant(b, b.bySale["1002"][0])
			summary, text := b.reconcile()
			require.Equal(t, c.want, summary.Classes, text)
			if len(c.want) > 0 {
				require.Equal(t, reconcile.ExitFindings, summary.ExitStatus(reconcile.Low), "a person is told")
			}
		})
	}
}

func (o *simOrder) add(p tillPayment) { o.payments = append(o.payments, p) }

// double makes another order with the sale number of an order.
func (b *bed) double(o *simOrder) *simOrder {
	id, err := b.create(b.t.Context(), &Draft{SaleNumber: o.saleNumber, PlacedAt: o.placed, Total: afterpay.AUD(int64(o.total))}, "COMPLETE")
	require.NoError(b.t, err)
	b.now = b.now.Add(time.Minute)
	return b.byID[id]
}

// payAgain lets a shopper pay twice for a sale, with one row in Kounta.
func (b *bed) payAgain(o *simOrder) {
	b.capture(o.saleNumber, afterpay.AUD(90_00))
	b.pass(10 * time.Minute)
	require.Len(b.t, o.payments, 3)
	o.payments = o.payments[:2]
}

// loseEventID lets Afterpay leave out the id of the capture of an order.
func (b *bed) loseEventID(o *simOrder) {
	_, event, _ := strings.Cut(o.payments[0].ref, "-")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorded := httptest.NewRecorder()
		b.sandbox.ServeHTTP(recorded, r)
		w.Header().Set("Content-Type", recorded.Header().Get("Content-Type"))
		w.WriteHeader(recorded.Code)
		_, _ = w.Write(bytes.ReplaceAll(recorded.Body.Bytes(), []byte(event), nil))
	}))
	b.t.Cleanup(server.Close)
	var err error
	b.sync.client, err = afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey, afterpay.WithBaseURL(server.URL))
	require.NoError(b.t, err)
}

func TestReconcile_RowsEnteredByHandAgree(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{})
	start := b.now
	b.now = time.Date(2026, 2, 28, 2, 0, 0, 0, time.UTC) // early on the day before
	id, err := b.create(t.Context(), &Draft{SaleNumber: "1", Total: afterpay.AUD(10_00), PlacedAt: b.now}, "COMPLETE")
	require.NoError(t, err)
	require.NoError(t, b.simulation.pay(t.Context(), id, 10_00, "4711-by-hand"))
	b.now = start
	b.capture("1", afterpay.AUD(10_00))
	b.pass(10 * time.Minute)
	require.Len(t, b.rows("1"), 1)
	for _, from := range []time.Time{time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)} {
		summary, text := b.reconcileFrom(from)
		require.Empty(t, summary.Classes, text)
		require.EqualValues(t, 1, summary.LeftRecords)
	}
}

// An order that is made in Kounta weeks after its sale, as by a migration, belongs
// to the day of the sale. Other orders of those weeks are not read.
func TestReconcile_OldDayIsComparedWithoutReadingAllOrdersSince(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{})
	b.down = true
	b.capture("1", afterpay.AUD(10_00))
	b.pass(time.Minute)
	b.down = false
	for range 40 {
		b.now = b.now.AddDate(0, 0, 1)
		_, err := b.create(t.Context(), &Draft{SaleNumber: "cash", PlacedAt: b.now}, "COMPLETE")
		require.NoError(t, err)
	}
	b.pass(10 * time.Minute)
	require.Len(t, b.rows("1"), 1)
	b.reads = 0
	summary, text := b.reconcile()
	require.Empty(t, summary.Classes, text)
	require.EqualValues(t, 1, summary.LeftRecords)
	require.LessOrEqual(t, b.reads, 2)
}
