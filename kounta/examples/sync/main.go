// Command sync shows Afterpay payments arriving in Kounta: a day of trade, an
// outage of Kounta, the catch-up, and the report that compares both sides. Both
// services are fakes in this process, and the day takes seconds.
//
//	go run ./examples/sync
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
	"github.com/afterpay-go/afterpay/kounta"
	"github.com/afterpay-go/afterpay/kounta/kountasync"
	"github.com/afterpay-go/afterpay/kounta/kountatest"
	"github.com/afterpay-go/afterpay/reconcile"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// world is the shop's day.
type world struct {
	clock   time.Time
	down    atomic.Bool // Kounta
	sandbox *afterpaytest.Sandbox
	client  *afterpay.Client
	kounta  *kountatest.Kounta
	sync    *kountasync.Sync
	out     io.Writer
	sold    int
}

// Alert implements kountasync.Alerter.
func (w *world) Alert(_ context.Context, a kountasync.Alert) error {
	w.say("ALERT to a person: %s", a.Text)
	return nil
}

func (w *world) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	_, _ = fmt.Fprintf(w.out, "%s  %s\n", w.clock.Format("15:04"), text) // the reader may have left
}

func run(ctx context.Context, out io.Writer) error {
	brisbane, err := time.LoadLocation("Australia/Brisbane")
	if err != nil {
		return err
	}
	w := &world{out: out, clock: time.Date(2026, 3, 2, 9, 0, 0, 0, brisbane)}
	now := func() time.Time { return w.clock }
	w.kounta = kountatest.New(kountatest.Options{Lag: 12 * time.Second, Now: now, Fault: w.fault})
	w.sandbox = afterpaytest.New(afterpaytest.WithRegion(afterpaytest.AU), afterpaytest.WithClock(now))
	w.client, err = afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey, afterpay.WithHTTPClient(&http.Client{Transport: w.sandbox}))
	if err != nil {
		return err
	}
	server := httptest.NewServer(w.kounta)
	defer server.Close()
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	dir, err := os.MkdirTemp("", "kounta-sync-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	db, err := durablesqlite.Open(filepath.Join(dir, "sync.db"))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	till, err := kounta.Connect(ctx, kounta.Config{
		Auth: kounta.Basic(kountatest.ClientID, kountatest.ClientSecret), BaseURL: server.URL + "/v1/", PerMinute: 60_000,
	})
	if err != nil {
		return err
	}
	company, err := kountasync.Connect(ctx, till, kountasync.Account{SiteID: kountatest.SiteID, ProductID: kountatest.ProductID})
	if err != nil {
		return err
	}
	service, err := kountasync.New(durablesqlite.New(db), w.client, company, kountasync.Options{
		Location: company.Location(), Now: now, Alerts: w, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	if err := service.Migrate(ctx); err != nil {
		return err
	}
	w.sync = service.Sync
	return w.day(ctx)
}

// fault says what goes wrong with a request to Kounta.
func (w *world) fault(r *http.Request) kountatest.Fault {
	switch {
	case w.down.Load():
		return kountatest.FaultDown
	case w.sold%4 == 3 && r.Method == http.MethodPost:
		return kountatest.FaultLost
	}
	return kountatest.FaultNone
}

// day is the story.
func (w *world) day(ctx context.Context) error {
	morning := w.clock
	if err := w.trade(ctx, 12); err != nil {
		return err
	}
	w.say("12 sales; every fourth lost its responses from Kounta.")
	w.tell()
	w.down.Store(true)
	w.say("Kounta goes down.")
	if err := w.trade(ctx, 12); err != nil {
		return err
	}
	w.tell()
	w.down.Store(false)
	w.say("Kounta is back.")
	w.pass(ctx, 10*time.Minute)
	w.tell()
	for pair, err := range w.sync.Pairs(ctx, "1012") {
		if err != nil {
			return err
		}
		w.say("sale %s: Afterpay payment %s is order %d in Kounta, row %s of %s", pair.SaleNumber, pair.PaymentID, pair.KountaID, pair.Ref, pair.Amount)
	}
	w.say("The report of the day:")
	return w.report(ctx, morning)
}

func (w *world) report(ctx context.Context, morning time.Time) error {
	summary, err := w.sync.Reconcile(ctx, morning, w.clock, reconcile.NewTable(w.out, reconcile.Low))
	if err != nil {
		return err
	}
	if summary.ExitStatus(reconcile.Low) != reconcile.ExitClean {
		return fmt.Errorf("the report has findings: %v", summary.Classes)
	}
	return nil
}

// pass lets time go by, with a pass every minute.
func (w *world) pass(ctx context.Context, d time.Duration) {
	for end := w.clock.Add(d); w.clock.Before(end); {
		w.clock = w.clock.Add(time.Minute)
		_ = w.sync.Pass(ctx) // an outage, which the alert reports
	}
}

// trade sells n times in four hours, with a refund now and then.
func (w *world) trade(ctx context.Context, n int) error {
	for range n {
		order, err := w.client.Orders.Create(ctx, afterpay.CreateOrderRequest{
			Amount: afterpay.AUD(int64(20_00 + 3_10*w.sold)), MerchantReference: strconv.Itoa(1001 + w.sold),
			Consumer: afterpay.Consumer{Email: "ann@example.com"},
			Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/confirm", RedirectCancelURL: "https://shop.example/cancel"},
		})
		if err != nil {
			return err
		}
		if err := w.sandbox.Approve(order.Token); err != nil {
			return err
		}
		payment, err := w.client.Payments.Capture(ctx, afterpay.CaptureRequest{Token: order.Token})
		if err != nil {
			return err
		}
		if w.sold%5 == 0 {
			if _, err := w.client.Refunds.Create(ctx, payment.ID, afterpay.RefundRequest{Amount: afterpay.AUD(5_00)}); err != nil {
				return err
			}
		}
		w.sold++
		w.pass(ctx, 20*time.Minute)
	}
	return nil
}

// tell says what Kounta's own ledger holds.
func (w *world) tell() {
	rows := 0
	ledger := w.kounta.Orders()
	for _, o := range ledger {
		rows += len(o.Payments)
	}
	w.say("%d sales so far; Kounta holds %d orders with %d payment rows.", w.sold, len(ledger), rows)
}
