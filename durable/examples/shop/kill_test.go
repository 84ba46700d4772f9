package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
)

// TestMain lets the test's own binary be the process that is killed.
func TestMain(m *testing.M) {
	if os.Getenv(processFile) != "" {
		if err := runProcess(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	status := m.Run()
	closeBrowser()
	os.Exit(status)
}

// closeBrowser closes the browser of tests with the build tag browser.
var closeBrowser = func() {}

// The shop runs in a process of its own, which is killed when Afterpay has made
// the payment and the shop has not heard of it. A second process finds the order
// in the same file.
func TestPayment_ProcessKilledDuringTheConfirmation(t *testing.T) {
	for _, version := range []afterpay.APIVersion{afterpay.V1, afterpay.V2} {
		t.Run(fmt.Sprintf("v%d, the shopper comes back", version), func(t *testing.T) {
			k := newKilledShop(t, version)
			require.True(t, contains(k.comesBack(k.order), headings[paid]))
			k.paidOnce()
		})
		t.Run(fmt.Sprintf("v%d, the shopper has left", version), func(t *testing.T) {
			k := newKilledShop(t, version)
			k.anHourPasses()
			require.Eventually(t, func() bool { return k.current(k.order).State == paid }, eventually, tick)
			k.paidOnce()
		})
	}
}

// killedShop is a shop that was killed and started again.
type killedShop struct {
	*visitor

	order *order
}

func newKilledShop(t *testing.T, version afterpay.APIVersion) *killedShop {
	t.Helper()
	t.Parallel()
	standIn, err := serveAfterpay(t.Context())
	require.NoError(t, err)
	t.Cleanup(standIn.close)
	file := filepath.Join(t.TempDir(), "shop.db")
	require.NoError(t, os.WriteFile(file, emptyDatabase(), 0o600))
	db, err := durablesqlite.Open(file)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })

	var kill func()
	var once sync.Once
	afterpayServer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/payments/auth") || strings.HasSuffix(r.URL.Path, "/payments/capture") {
			once.Do(func() {
				standIn.ServeHTTP(httptest.NewRecorder(), r)
				kill()
			})
		}
		standIn.ServeHTTP(w, r)
	}))
	t.Cleanup(afterpayServer.Close)
	start := func() *exec.Cmd { return startProcess(t, version, listener, file, afterpayServer.URL) }
	process := start()
	kill = func() {
		assert.Eventually(t, func() bool { // the job waits for the return page
			var waits int
			err := db.QueryRow("SELECT count(*) FROM river_job WHERE kind = 'complete_payment' AND state <> 'running' AND metadata ->> 'snoozes' > 0").Scan(&waits)
			return err == nil && waits == 1
		}, eventually, tick)
		_ = process.Process.Kill()
		_ = process.Wait()
	}

	v := &visitor{t: t, shop: &shop{
		config: config{version: version, origin: "http://" + listener.Addr().String(), afterpay: standIn}, orders: orders{db},
	}}
	v.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Jar: newJar(t), Timeout: time.Minute} // or it would repeat the request
	o := v.toAfterpay("mug")
	require.NoError(t, standIn.sandbox.Approve(o.Token))
	_, err = v.client.Get(v.returnAddress(o))
	require.Error(t, err)
	require.Equal(t, confirming, v.current(o).State)
	require.Equal(t, v.taken(24_00), v.movements(), "the money moved, and the shop does not know")
	start()
	return &killedShop{v, o}
}

// anHourPasses makes the job due, which waits for the return page to give up.
func (k *killedShop) anHourPasses() {
	k.t.Helper()
	for _, change := range []string{
		"UPDATE orders SET since = since - 3600000",
		"UPDATE river_job SET state = 'available', scheduled_at = CURRENT_TIMESTAMP WHERE kind = 'complete_payment'",
	} {
		_, err := k.orders.db.Exec(change)
		require.NoError(k.t, err)
	}
}

// paidOnce checks the order, and what Afterpay has taken.
func (k *killedShop) paidOnce() {
	k.t.Helper()
	o := k.current(k.order)
	require.Equal(k.t, paid, o.State)
	require.NotEmpty(k.t, o.PaymentID)
	require.Equal(k.t, k.taken(24_00), k.movements())
}

// startProcess starts this test program as a shop.
func startProcess(t *testing.T, version afterpay.APIVersion, listener *net.TCPListener, file, afterpayOrigin string) *exec.Cmd {
	t.Helper()
	socket, err := listener.File()
	require.NoError(t, err)
	defer func() { _ = socket.Close() }()
	process := exec.CommandContext(t.Context(), os.Args[0])
	process.Env = append(os.Environ(), processFile+"="+file, fmt.Sprintf("%s=%d", processVersion, version),
		processOrigin+"=http://"+listener.Addr().String(), processAfterpay+"="+afterpayOrigin)
	process.ExtraFiles = []*os.File{socket}
	process.Stderr = os.Stderr
	require.NoError(t, process.Start())
	t.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
	})
	return process
}

// What a process is told in its environment.
const (
	processFile     = "SHOP_TEST_FILE"
	processVersion  = "SHOP_TEST_VERSION"
	processOrigin   = "SHOP_TEST_ORIGIN"
	processAfterpay = "SHOP_TEST_AFTERPAY"
)

// runProcess is the program that startProcess starts.
func runProcess() error {
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		return err
	}
	var version afterpay.APIVersion
	if _, err := fmt.Sscan(os.Getenv(processVersion), &version); err != nil {
		return err
	}
	s, err := openShop(context.Background(), config{
		version: version, origin: os.Getenv(processOrigin), file: os.Getenv(processFile),
		afterpay: &faults{origin: os.Getenv(processAfterpay), sandbox: afterpaytest.New()},
		patience: time.Hour, logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	return serve(context.Background(), listener, s)
}
