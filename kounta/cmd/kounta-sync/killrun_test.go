//go:build unix

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable/durabletest"
	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

// TestMain lets the test's own binary be the program that is killed.
func TestMain(m *testing.M) {
	if os.Getenv("KOUNTA_SYNC_PROGRAM") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// killRun is a shop, both services over HTTP, and the program between them.
type killRun struct {
	t       *testing.T
	kounta  *kountatest.Kounta
	sandbox *afterpaytest.Sandbox
	client  *afterpay.Client
	config  string
	random  func(n int) int

	trouble    atomic.Bool // faults happen
	kountaDown atomic.Bool
	payDown    atomic.Bool
	want       map[string]map[string]string // amounts by ref, by sale number
}

// newKillRun makes a run on a database, a SQLite file if it is empty.
func newKillRun(t *testing.T, database string) *killRun {
	t.Helper()
	k := &killRun{t: t, want: make(map[string]map[string]string)}
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(1, 2))
	k.random = func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		return random.IntN(n)
	}
	k.kounta = kountatest.New(kountatest.Options{Lag: 300 * time.Millisecond, Fault: k.kountaFault})
	k.sandbox = afterpaytest.New(afterpaytest.WithRegion(afterpaytest.AU), afterpaytest.WithRequestHistory(100))
	k.client = k.sandbox.NewClient(t)
	k.sandbox.FailFunc(afterpaytest.OpListPayments, k.payFault)
	pay := httptest.NewServer(k.sandbox)
	t.Cleanup(pay.Close)
	till := httptest.NewServer(k.kounta)
	t.Cleanup(till.Close)
	till.Config.ErrorLog = nil
	t.Setenv("KOUNTA_SYNC_TEST_SECRET", afterpaytest.SecretKey)
	t.Setenv("KOUNTA_SYNC_TEST_KOUNTA_SECRET", kountatest.ClientSecret)
	dir := t.TempDir()
	k.config = filepath.Join(dir, "kounta-sync.yaml")
	if database == "" {
		database = filepath.Join(dir, "sync.db")
	}
	require.NoError(t, os.WriteFile(k.config, fmt.Appendf(nil, `
database: %s
afterpay: {base_url: %q, environment: sandbox, merchant_id: %q, secret_key_env: KOUNTA_SYNC_TEST_SECRET}
kounta: {base_url: %q, auth: basic, client_id: client, client_secret_env: KOUNTA_SYNC_TEST_KOUNTA_SECRET, site_id: %d, product_id: %d, requests_per_minute: 60000}
poll: 200ms
settle: 5s
`, database, pay.URL, afterpaytest.MerchantID, till.URL+"/v1/", kountatest.SiteID, kountatest.ProductID), 0o600))
	return k
}

func (k *killRun) kountaFault(r *http.Request) kountatest.Fault {
	switch {
	case k.kountaDown.Load():
		return kountatest.FaultDown
	case !k.trouble.Load():
		return kountatest.FaultNone
	}
	n := k.random(100)
	if r.Method != http.MethodPost {
		n += 20 // reads fail less
	}
	switch {
	case n < 15:
		return kountatest.FaultLost
	case n < 25:
		return kountatest.FaultRefused
	case n < 32:
		return kountatest.FaultDown
	case n == 32:
		return kountatest.FaultLimited
	case n == 33:
		return kountatest.FaultSlow
	}
	return kountatest.FaultNone
}

func (k *killRun) payFault(afterpaytest.Request) (afterpaytest.Fault, bool) {
	switch n := k.random(20); {
	case k.payDown.Load(), k.trouble.Load() && n == 0:
		return afterpaytest.ServiceUnavailable(), true
	case k.trouble.Load() && n == 1:
		return afterpaytest.TooManyRequests(time.Second), true
	case k.trouble.Load() && n == 2:
		return afterpaytest.Truncated(), true
	}
	return afterpaytest.Fault{}, false
}

// start starts the program.
func (k *killRun) start() *exec.Cmd {
	k.t.Helper()
	cmd := exec.CommandContext(k.t.Context(), os.Args[0], "run", "-config", k.config)
	cmd.Env = append(os.Environ(), "KOUNTA_SYNC_PROGRAM=1")
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	require.NoError(k.t, cmd.Start())
	return cmd
}

// awaitRequests waits until the program has sent some requests to Kounta, or for
// 4 seconds.
func (k *killRun) awaitRequests(n int) {
	end := k.kounta.Requests() + n
	for range 200 {
		if k.kounta.Requests() >= end {
			return
		}
		<-time.After(20 * time.Millisecond)
	}
}

// sell makes an order: captured at once or in two parts, and sometimes refunded.
func (k *killRun) sell(n int) {
	ctx, reference := k.t.Context(), strconv.Itoa(n)
	order, err := k.client.Orders.Create(ctx, afterpay.CreateOrderRequest{
		Amount: afterpay.AUD(50_00 + int64(n%400)), MerchantReference: reference, Consumer: afterpay.Consumer{Email: "a@example.com"},
		Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/c", RedirectCancelURL: "https://shop.example/x"},
	})
	require.NoError(k.t, err)
	require.NoError(k.t, k.sandbox.Approve(order.Token))
	var p *afterpay.Payment
	if n%3 == 0 {
		p, err = k.client.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: order.Token})
		require.NoError(k.t, err)
		_, err = k.client.Payments.CapturePart(ctx, p.ID, afterpay.CapturePartRequest{Amount: afterpay.AUD(20_00)})
		require.NoError(k.t, err)
		p, err = k.client.Payments.CapturePart(ctx, p.ID, afterpay.CapturePartRequest{Amount: afterpay.AUD(30_00 + int64(n%400))})
	} else {
		p, err = k.client.Payments.Capture(ctx, afterpay.CaptureRequest{Token: order.Token})
	}
	require.NoError(k.t, err)
	rows := make(map[string]string)
	for _, e := range p.Events {
		if e.Type == afterpay.EventCaptured {
			rows[p.ID+"-"+e.ID] = e.Amount.Amount.String()
		}
	}
	if n%4 == 0 {
		r, err := k.client.Refunds.Create(ctx, p.ID, afterpay.RefundRequest{Amount: afterpay.AUD(5_00)})
		require.NoError(k.t, err)
		rows[r.ID] = "-5.00"
	}
	k.want[reference] = rows
}

// missing counts rows that Kounta lacks, and fails the test for what is doubled
// or wrong.
func (k *killRun) missing() int {
	k.t.Helper()
	missing := 0
	seen := make(map[string]bool)
	for _, o := range k.kounta.Orders() {
		require.False(k.t, seen[o.SaleNumber], "order %s is doubled", o.SaleNumber)
		seen[o.SaleNumber] = true
		rows := make(map[string]bool)
		for _, p := range o.Payments {
			require.False(k.t, rows[p.Ref], "row %s is doubled", p.Ref)
			rows[p.Ref] = true
			require.Equal(k.t, k.want[o.SaleNumber][p.Ref], afterpay.Amount(p.Amount).String())
		}
		missing += len(k.want[o.SaleNumber]) - len(rows)
	}
	for reference, rows := range k.want {
		if !seen[reference] {
			missing += len(rows)
		}
	}
	return missing
}

// judge lets one more process finish without faults, and then expects every row
// once.
func (k *killRun) judge() {
	k.t.Helper()
	k.trouble.Store(false)
	k.kountaDown.Store(false)
	k.payDown.Store(false)
	cmd := k.start()
	require.Eventually(k.t, func() bool { return k.missing() == 0 }, 4*time.Minute, time.Second)
	<-time.After(6 * time.Second) // what is repeated by mistake appears now
	require.NoError(k.t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(k.t, cmd.Wait())
	require.Zero(k.t, k.missing())
}

func TestRun_KilledProcessesOnPostgreSQLEveryCentOnce(t *testing.T) {
	server, err := durabletest.StartPostgres(t.Context())
	if errors.Is(err, durabletest.ErrNoPostgres) {
		t.Skip(err)
	}
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Close()) }()
	database, err := server.CreateDatabase(t.Context(), "kounta")
	require.NoError(t, err)
	k := newKillRun(t, database)
	k.trouble.Store(true)
	survivor := k.start()
	for n := range 5 {
		cmd := k.start()
		for i := range 8 {
			k.sell(1_000 + 8*n + i)
		}
		k.awaitRequests(5 + k.random(50))
		require.NoError(t, cmd.Process.Signal(syscall.SIGKILL))
		_ = cmd.Wait() // it was killed
	}
	k.judge()
	require.NoError(t, survivor.Process.Signal(syscall.SIGTERM))
	require.NoError(t, survivor.Wait())
}

var long = flag.Bool("long", false, "run 500 orders and 50 kills")

func TestRun_KilledWhileBothSidesFailEveryCentOnce(t *testing.T) {
	orders, kills := 40, 5
	if *long {
		orders, kills = 500, 50
	}
	k := newKillRun(t, "")
	k.trouble.Store(true)
	for n := range kills {
		cmd := k.start()
		for i := n * orders / kills; i < (n+1)*orders/kills; i++ {
			k.sell(1_000 + i)
		}
		k.kountaDown.Store(n%10 == 3)
		k.payDown.Store(n%10 == 6)
		k.awaitRequests(5 + k.random(50))
		require.NoError(t, cmd.Process.Signal(syscall.SIGKILL))
		_ = cmd.Wait() // it was killed
	}
	inTrouble := k.missing()
	k.judge()
	t.Logf("%d orders, %d kills, %d requests at Kounta; %d rows were left for the last process", orders, kills, k.kounta.Requests(), inTrouble)

	report := []string{"reconcile", "-config", k.config, "-from", time.Now().Add(-48 * time.Hour).Format(time.DateOnly), "-to", time.Now().Add(48 * time.Hour).Format(time.DateOnly)}
	require.NoError(t, run(context.Background(), report), "the mismatch report is empty")
	k.kounta.Change("1001", func(o *kountatest.Order) { o.Payments = o.Payments[:0] })
	require.ErrorIs(t, run(context.Background(), report), errFindings)
}
