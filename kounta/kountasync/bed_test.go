package kountasync

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
)

// bed is a sync between Afterpay's sandbox and a simulated till, on one clock.
type bed struct {
	*simulation

	t       *testing.T
	sandbox *afterpaytest.Sandbox
	client  *afterpay.Client
	sync    *Sync
	alerts  []Alert
}

// Alert implements Alerter.
func (b *bed) Alert(_ context.Context, a Alert) error {
	b.alerts = append(b.alerts, a)
	return nil
}

func newBed(t *testing.T, options Options) *bed {
	t.Helper()
	b := &bed{simulation: newSimulation(7), t: t}
	b.calm = true
	clock := func() time.Time { return b.now }
	b.sandbox = afterpaytest.New(afterpaytest.WithRegion(afterpaytest.AU), afterpaytest.WithClock(clock))
	b.client = b.sandbox.NewClient(t, afterpay.WithRetry(afterpay.RetryPolicy{}))
	options.Now, options.Alerts = clock, b
	st := newStore(durablesqlite.New(openDB(t)))
	require.NoError(t, st.migrate(t.Context()))
	var err error
	b.sync, err = newSync(st, b.client, b, options)
	require.NoError(t, err)
	require.NoError(t, b.sync.Pass(t.Context())) // sets the position
	return b
}

// checkout makes an order that the shopper has confirmed.
func (b *bed) checkout(reference string, total afterpay.Money) string {
	b.t.Helper()
	order, err := b.client.Orders.Create(b.t.Context(), afterpay.CreateOrderRequest{
		Amount: total, MerchantReference: reference,
		Consumer: afterpay.Consumer{Email: "a@example.com"},
		Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/c", RedirectCancelURL: "https://shop.example/x"},
	})
	require.NoError(b.t, err)
	require.NoError(b.t, b.sandbox.Approve(order.Token))
	return order.Token
}

func (b *bed) capture(reference string, total afterpay.Money) *afterpay.Payment {
	b.t.Helper()
	p, err := b.client.Payments.Capture(b.t.Context(), afterpay.CaptureRequest{Token: b.checkout(reference, total)})
	require.NoError(b.t, err)
	return p
}

func (b *bed) authorize(reference string, total afterpay.Money) *afterpay.Payment {
	b.t.Helper()
	p, err := b.client.Payments.Authorize(b.t.Context(), afterpay.AuthorizeRequest{Token: b.checkout(reference, total)})
	require.NoError(b.t, err)
	return p
}

func (b *bed) refund(p *afterpay.Payment, amount afterpay.Money) *afterpay.Refund {
	b.t.Helper()
	r, err := b.client.Refunds.Create(b.t.Context(), p.ID, afterpay.RefundRequest{Amount: amount})
	require.NoError(b.t, err)
	return r
}

// pass lets time go by and runs up to 20 passes.
func (b *bed) pass(d time.Duration) {
	b.t.Helper()
	step := max(30*time.Second, d/20)
	for end := b.now.Add(d); b.now.Before(end); {
		b.now = b.now.Add(step)
		_ = b.sync.Pass(b.t.Context()) // an outage
	}
}

// rows returns the payment rows of a sale in the till, as "amount ref".
func (b *bed) rows(reference string) []string {
	rows := []string{}
	for _, o := range b.bySale[reference] {
		for _, p := range o.payments {
			rows = append(rows, fmt.Sprintf("%s %s", p.amount, p.ref))
		}
	}
	return rows
}

// review lets the order of a sale wait for a person.
func (b *bed) review(reference string) {
	b.t.Helper()
	require.NoError(b.t, b.sync.store.needsPerson(b.t.Context(), &order{draft: Draft{SaleNumber: reference}}, "refused", b.now))
}
