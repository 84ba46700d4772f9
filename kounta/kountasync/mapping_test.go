package kountasync

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

// mapped is a sale of 90.00 with a refund of 5.00, as it is in Kounta.
type mapped struct {
	*bed

	fake    *kountatest.Kounta
	payment *afterpay.Payment
	refund  *afterpay.Refund
	order   kountatest.Order
	pair    *Pair
}

// withFake replaces the simulated till by the fake of Kounta's API.
func (b *bed) withFake(fault func(*http.Request) kountatest.Fault) *kountatest.Kounta {
	b.t.Helper()
	fake := kountatest.New(kountatest.Options{Lag: 12 * time.Second, Now: func() time.Time { return b.now }, Fault: fault})
	company := connect(b.t, fake, unlimited)
	b.sync.till, b.sync.options.Location = company, company.Location()
	return fake
}

func newMapped(t *testing.T, m Mapping) *mapped {
	t.Helper()
	b := newBed(t, Options{Mapping: m})
	w := &mapped{bed: b, fake: b.withFake(nil)}
	w.payment = b.capture("1001", afterpay.AUD(90_00))
	w.refund = b.refund(w.payment, afterpay.AUD(5_00))
	b.pass(10 * time.Minute)
	require.Empty(t, b.alerts)
	orders := w.fake.Orders()
	require.Len(t, orders, 1)
	w.order = orders[0]
	for pair, err := range b.sync.Pairs(t.Context(), "1001") {
		require.NoError(t, err)
		if pair.Kind == WriteCapture {
			w.pair = pair
		}
	}
	return w
}

// mappingRows are the ten rows of the mapping, in the forms that are possible.
var mappingRows = []struct {
	row, form string
	check     func(t *testing.T, w *mapped)
}{
	{"order_id", "sale_number", func(t *testing.T, w *mapped) { t.Helper(); require.Equal(t, "1001", w.order.SaleNumber) }},
	{"order_status", "status", func(t *testing.T, w *mapped) { t.Helper(); require.Equal(t, "COMPLETE", w.order.Status) }},
	{"order_status", "none", func(t *testing.T, w *mapped) {
		t.Helper()
		require.Equal(t, "SUBMITTED", w.order.Status, "Kounta's default")
	}},
	{"created", "placed_at", func(t *testing.T, w *mapped) {
		t.Helper()
		require.Equal(t, w.payment.Created.In(time.FixedZone("", 10*60*60)).Format("2006-01-02T15:04:05")+"+10:00", w.order.PlacedAt)
	}},
	{"owner", "none", func(t *testing.T, w *mapped) { t.Helper(); require.Empty(t, w.alerts) }},
	{"timestamps", "list", func(t *testing.T, w *mapped) {
		t.Helper()
		for _, at := range []time.Time{w.pair.Created, w.pair.FirstSeen, w.pair.Happened, w.pair.Sent, w.pair.Posted} {
			require.False(t, at.IsZero())
		}
	}},
	{"record_ids", "ref", func(t *testing.T, w *mapped) {
		t.Helper()
		require.Equal(t, w.payment.ID+"-"+w.payment.Events[0].ID, w.order.Payments[0].Ref)
		require.Contains(t, w.order.Notes, w.payment.ID)
		require.Equal(t, w.order.ID, w.pair.KountaID)
	}},
	{"payments", "payments", func(t *testing.T, w *mapped) {
		t.Helper()
		require.EqualValues(t, 90_00, w.order.Payments[0].Amount)
		require.EqualValues(t, kountatest.MethodID, w.order.Payments[0].MethodID)
	}},
	{"refunds", "negative_payments", func(t *testing.T, w *mapped) {
		t.Helper()
		require.Len(t, w.order.Payments, 2)
		require.EqualValues(t, -5_00, w.order.Payments[1].Amount)
		require.Equal(t, w.refund.ID, w.order.Payments[1].Ref)
	}},
	{"consumers", "none", func(t *testing.T, w *mapped) { t.Helper(); require.Zero(t, w.order.CustomerID) }},
	{"consumers", "customers", func(t *testing.T, w *mapped) {
		t.Helper()
		id, found, err := w.sync.till.customer(t.Context(), "a@example.com")
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, id, w.order.CustomerID)
	}},
	{"orders", "to_kounta", func(t *testing.T, w *mapped) {
		t.Helper()
		w.fake.Change("1001", func(o *kountatest.Order) { o.Status = "REJECTED" })
		w.pass(time.Hour)
		now, err := w.client.Payments.Get(t.Context(), w.payment.ID)
		require.NoError(t, err)
		require.Equal(t, w.payment.State, now.State)
	}},
}

func TestMapping_EachRowIsWrittenInItsForm(t *testing.T) {
	t.Parallel()
	tested := make(map[string]bool)
	for _, c := range mappingRows {
		tested[c.row] = true
		t.Run(c.row+" as "+c.form, func(t *testing.T) {
			t.Parallel()
			c.check(t, newMapped(t, Mapping{Fields: map[string]string{c.row: c.form}}))
		})
	}
	require.Len(t, tested, 10)
	for name := range fields {
		require.True(t, tested[name], name)
	}
}

func TestMapping_ImpossibleFormsAreRefusedAtTheStartWithTheReason(t *testing.T) {
	t.Parallel()
	for name, f := range fields {
		for form, reason := range f.refused {
			_, err := newSync(nil, nil, nil, Options{Mapping: Mapping{Fields: map[string]string{name: form}}})
			require.ErrorContains(t, err, name)
			require.ErrorContains(t, err, reason)
		}
	}
	for _, c := range []struct{ row, form, reason string }{
		{"owner", "email", "no owner"}, {"timestamps", "audit_log", "no audit log"}, {"refunds", "custom_fields", "no custom fields"},
		{"orders", "both", "refund or void in Afterpay"}, {"order_id", "id", "Kounta makes the ids"}, {"order_id", "x", "unknown form"}, {"x", "y", "unknown row"},
	} {
		_, err := newSync(nil, nil, nil, Options{Mapping: Mapping{Fields: map[string]string{c.row: c.form}}})
		require.ErrorContains(t, err, c.reason)
	}
	for _, status := range []map[afterpay.PaymentState]string{{"PAID": "COMPLETE"}, {afterpay.StateCaptured: "PAID"}} {
		_, err := newSync(nil, nil, nil, Options{Mapping: Mapping{Status: status}})
		require.ErrorContains(t, err, "unknown stat")
	}
}

func TestMapping_CustomFunctionsDecide(t *testing.T) {
	t.Parallel()
	w := newMapped(t, Mapping{
		SaleNumber: func(p *afterpay.Payment) string { return p.MerchantReference },
		Notes:      func(p *afterpay.Payment) string { return "paid later, " + p.MerchantReference },
	})
	require.Equal(t, "paid later, 1001", w.order.Notes)
}

func TestCustomers_OneShopperIsOneCustomerWhateverFails(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{Mapping: Mapping{Fields: map[string]string{"consumers": "customers"}}})
	var log bytes.Buffer
	b.sync.options.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var made []kountatest.Fault // what became of each request for a customer
	fake := b.withFake(func(r *http.Request) kountatest.Fault {
		fault := kountatest.FaultNone
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/customers") {
			fault = []kountatest.Fault{kountatest.FaultDown, kountatest.FaultRefused, kountatest.FaultLost, kountatest.FaultNone}[len(made)]
			made = append(made, fault)
		}
		return fault
	})
	for _, reference := range []string{"1", "2", "3", "4", "5", "6"} {
		b.capture(reference, afterpay.AUD(10_00))
		b.pass(10 * time.Minute)
	}
	b.pass(3 * time.Hour)
	require.Equal(t, []kountatest.Fault{kountatest.FaultDown, kountatest.FaultRefused, kountatest.FaultLost}, made, "the lost one was carried out")
	orders := fake.Orders()
	require.Len(t, orders, 6)
	for _, o := range orders {
		require.Equal(t, orders[0].CustomerID, o.CustomerID)
		require.NotZero(t, o.CustomerID)
		require.Len(t, o.Payments, 1)
	}
	shopper := "a@example.com"
	require.NotContains(t, log.String(), shopper)
	require.NoError(t, b.sync.store.conn.Query(t.Context(), `SELECT draft FROM kounta_sync_orders`, nil, func(scan func(...any) error) error {
		var draft string
		err := scan(&draft)
		require.NotContains(t, draft, shopper, "erased")
		return err
	}))
	for _, a := range b.alerts {
		require.NotContains(t, a.Text, shopper)
	}
	text := new(bytes.Buffer)
	slog.New(slog.NewTextHandler(text, nil)).Info("", "draft", Draft{SaleNumber: "1", Shopper: afterpay.Consumer{Email: shopper}})
	require.NotContains(t, text.String(), shopper)
}
