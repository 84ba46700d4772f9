//go:build unix

package main

import (
	"bytes"
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
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
	"github.com/afterpay-go/afterpay/durable/durabletest"
	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

// TestMain lets the test's own binary be the program that is killed.
func TestMain(m *testing.M) {
	if os.Getenv("KOUNTA_SYNC_PROGRAM") != "" {
		main()
		return
	}
	// The secrets that the configuration files of the tests name.
	if err := errors.Join(os.Setenv(payVariable, afterpaytest.SecretKey), os.Setenv(kountaVariable, kountatest.ClientSecret)); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

const (
	payVariable    = "KOUNTA_SYNC_TEST_AFTERPAY"
	kountaVariable = "KOUNTA_SYNC_TEST_KOUNTA"
)

var long = flag.Bool("long", false, "run the kill tests at their full size")

// runSize is the size of a run.
type runSize struct {
	orders, kills int
	requests      int           // between two kills, at most
	pause         time.Duration // between two kills, at most
	settle        time.Duration
}

func sizeOf(short, full runSize) runSize {
	if *long {
		return full
	}
	return short
}

// killRun is a shop, both services over HTTP, and the program between them.
type killRun struct {
	t        *testing.T
	kounta   *kountatest.Kounta
	sandbox  *afterpaytest.Sandbox
	client   *afterpay.Client
	config   string
	database string
	size     runSize
	random   func(n int) int

	trouble    atomic.Bool // faults happen
	kountaDown atomic.Bool
	payDown    atomic.Bool
	onWrite    atomic.Pointer[func()]       // is called before each POST to Kounta, if not nil
	want       map[string]map[string]string // amounts by ref, by sale number
}

// newKillRun makes a run on a database, a SQLite file if it is empty.
func newKillRun(t *testing.T, database string, size runSize) *killRun {
	t.Helper()
	k := &killRun{t: t, size: size, want: make(map[string]map[string]string)}
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
	dir := t.TempDir()
	k.config = filepath.Join(dir, "kounta-sync.yaml")
	if database == "" {
		database = filepath.Join(dir, "sync.db")
	}
	k.database = database
	require.NoError(t, os.WriteFile(k.config, fmt.Appendf(nil, `
database: %s
afterpay: {base_url: %q, environment: sandbox, merchant_id: %q, secret_key_env: %s}
kounta: {base_url: %q, auth: basic, client_id: client, client_secret_env: %s, site_id: %d, product_id: %d, requests_per_minute: 60000}
poll: 200ms
settle: %s
mapping: {consumers: customers}
`, database, pay.URL, afterpaytest.MerchantID, payVariable, till.URL+"/v1/", kountaVariable, kountatest.SiteID, kountatest.ProductID, size.settle), 0o600))
	return k
}

// forgetLeader spares a test the 15 seconds after which River replaces a leader
// that was killed. Without a leader, a process makes a single pass.
func (k *killRun) forgetLeader() {
	t := k.t
	t.Helper()
	const statement = "DELETE FROM river_leader"
	if strings.HasPrefix(k.database, "postgres") {
		conn, err := pgx.Connect(t.Context(), k.database)
		require.NoError(t, err)
		_, err = conn.Exec(t.Context(), statement)
		require.NoError(t, errors.Join(err, conn.Close(t.Context())))
		return
	}
	db, err := durablesqlite.Open(k.database)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), statement)
	require.NoError(t, errors.Join(err, db.Close()))
}

func (k *killRun) kountaFault(r *http.Request) kountatest.Fault {
	if f := k.onWrite.Load(); f != nil && r.Method == http.MethodPost {
		(*f)()
	}
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
// the longest pause.
func (k *killRun) awaitRequests() {
	end := k.kounta.Requests() + 5 + k.random(k.size.requests)
	for range k.size.pause / (20 * time.Millisecond) {
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
	orders := k.kounta.Orders()
	for _, o := range orders {
		require.False(k.t, seen[o.SaleNumber], "order %s is doubled", o.SaleNumber)
		require.Equal(k.t, orders[0].CustomerID, o.CustomerID, "the shopper of all orders")
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
	require.Eventually(k.t, func() bool { return k.missing() == 0 }, 4*time.Minute, 200*time.Millisecond)
	<-time.After(k.size.settle + time.Second) // what is repeated by mistake appears now
	require.NoError(k.t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(k.t, cmd.Wait())
	require.Zero(k.t, k.missing())
}

func TestRun_KilledProcessesOnPostgreSQLEveryCentOnce(t *testing.T) {
	t.Parallel()
	server, err := durabletest.StartPostgres(t.Context())
	if errors.Is(err, durabletest.ErrNoPostgres) {
		t.Skip(err)
	}
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Close()) }()
	database, err := server.CreateDatabase(t.Context(), "kounta")
	require.NoError(t, err)
	k := newKillRun(t, database, sizeOf(runSize{10, 2, 20, 2 * time.Second, 3 * time.Second}, runSize{40, 5, 100, 6 * time.Second, 5 * time.Second}))
	k.trouble.Store(true)
	survivor := k.start()
	k.killAndSell()
	k.judge()
	require.NoError(t, survivor.Process.Signal(syscall.SIGTERM))
	require.NoError(t, survivor.Wait())
}

// killAndSell makes all orders while the program is killed again and again, and
// one side or the other is down.
func (k *killRun) killAndSell() {
	k.t.Helper()
	orders, kills := k.size.orders, k.size.kills
	for n := range kills {
		cmd := k.start()
		for i := n * orders / kills; i < (n+1)*orders/kills; i++ {
			k.sell(1_000 + i)
		}
		k.kountaDown.Store(n%10 == 3)
		k.payDown.Store(n%10 == 6)
		k.awaitRequests()
		require.NoError(k.t, cmd.Process.Signal(syscall.SIGKILL))
		_ = cmd.Wait() // it was killed
		k.forgetLeader()
	}
}

func TestRun_KilledWhileBothSidesFailEveryCentOnce(t *testing.T) {
	t.Parallel()
	k := newKillRun(t, "", sizeOf(runSize{24, 3, 60, 2 * time.Second, 3 * time.Second}, runSize{500, 50, 200, 6 * time.Second, 5 * time.Second}))
	k.trouble.Store(true)
	k.killAndSell()
	left := k.missing()
	k.judge()
	t.Logf("%d orders, %d kills, %d requests at Kounta; %d rows were left for the last process", k.size.orders, k.size.kills, k.kounta.Requests(), left)

	require.Empty(t, k.report(), "nothing was planted yet")
	want := make(map[string]string)
	for saleNumber, p := range planted {
		k.kounta.Change(saleNumber, p.plant)
		want[saleNumber] = p.class
	}
	require.Equal(t, want, k.report())
}

// planted are mismatches, by sale number. Sales whose number four divides have a
// refund.
var planted = map[string]struct {
	class string
	plant func(o *kountatest.Order)
}{
	"1001": {"missing_at_merchant", func(o *kountatest.Order) { o.Payments = o.Payments[:0] }},
	"1002": {"amount_mismatch", func(o *kountatest.Order) { o.Payments[0].Amount++ }},
	"1003": {"missing_at_afterpay", func(o *kountatest.Order) { o.Payments = append(o.Payments, row("77-e", 1_00)) }},
	"1005": {"refund_missing_afterpay", func(o *kountatest.Order) { o.Payments = append(o.Payments, row("r9", -1_00)) }},
	"1008": {"refund_missing_merchant", func(o *kountatest.Order) { o.Payments = slices.Delete(o.Payments, refund(o), refund(o)+1) }},
	"1012": {"refund_amount_mismatch", func(o *kountatest.Order) { o.Payments[refund(o)].Amount-- }},
	"1016": {"duplicate_row", func(o *kountatest.Order) { o.Payments = append(o.Payments, o.Payments[refund(o)]) }},
	"1017": {"total_mismatch", func(o *kountatest.Order) { o.Total += 8_00 }},
	"1018": {"status_mismatch", func(o *kountatest.Order) { o.Status = "REJECTED" }},
}

// refund is the index of an order's refund. Rows whose responses were lost are
// written late, so it is not always the last one.
func refund(o *kountatest.Order) int {
	return slices.IndexFunc(o.Payments, func(p kountatest.Payment) bool { return p.Amount < 0 })
}

func row(ref string, amount int64) kountatest.Payment {
	return kountatest.Payment{MethodID: kountatest.MethodID, Amount: amount, Ref: ref}
}

var findingLine = regexp.MustCompile(`(?m)^(?:low|warn|review|medium|high|error) +(\w+) +(\w+)`)

// report returns the classes that the command reconcile finds, by sale number.
func (k *killRun) report() map[string]string {
	k.t.Helper()
	var out bytes.Buffer
	err := run(k.t.Context(), []string{
		"reconcile", "-config", k.config, "-from", time.Now().Add(-48 * time.Hour).Format(time.DateOnly), "-to", time.Now().Add(48 * time.Hour).Format(time.DateOnly),
	}, streams{out: &out})
	found := make(map[string]string)
	for _, match := range findingLine.FindAllStringSubmatch(out.String(), -1) {
		found[match[2]] += match[1]
	}
	if len(found) > 0 {
		require.ErrorIs(k.t, err, errFindings, out.String())
	} else {
		require.NoError(k.t, err, out.String())
	}
	return found
}
