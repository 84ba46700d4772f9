package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// serveShop serves a shop, for browsers and for visitors.
func serveShop(t *testing.T, version afterpay.APIVersion) (*shop, *safeBuffer) {
	t.Helper()
	standIn, err := serveAfterpay(t.Context())
	require.NoError(t, err)
	t.Cleanup(standIn.close)
	server := httptest.NewUnstartedServer(nil)
	file := filepath.Join(t.TempDir(), "shop.db")
	require.NoError(t, os.WriteFile(file, emptyDatabase(), 0o600))
	log := &safeBuffer{}
	s, err := openShop(t.Context(), config{
		version: version, origin: "http://" + server.Listener.Addr().String(), file: file, afterpay: standIn, patience: 10 * time.Second,
		logger: slog.New(slog.NewTextHandler(log, nil)),
	})
	require.NoError(t, err)
	server.Config.Handler = s
	server.Start()
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, s.close())
	})
	return s, log
}

// emptyDatabase returns the file of a shop without orders. It is created once,
// which takes longer than most tests.
var emptyDatabase = sync.OnceValue(func() []byte {
	dir, err := os.MkdirTemp("", "shop-empty-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	c := config{version: afterpay.V2, file: filepath.Join(dir, "shop.db"), afterpay: &faults{origin: "http://127.0.0.1:1"}, logger: slog.New(slog.DiscardHandler)}
	s, err := openShop(context.Background(), c)
	if err == nil {
		err = s.close()
	}
	if err != nil {
		panic(err)
	}
	contents, err := os.ReadFile(c.file)
	if err != nil {
		panic(err)
	}
	return contents
})

var address = map[string]string{
	"consumer.givenNames": "Ann", "consumer.surname": "Lee", "consumer.email": "ann@example.com", "shipping.line1": "1 Elm Street",
	"shipping.area1": "Bend", "shipping.region": "OR", "shipping.postcode": "97701",
}

func newest(t *testing.T, s *shop) *order {
	t.Helper()
	all, err := s.orders.all(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all[0]
}

// movements returns how often money moved at Afterpay, by kind.
func (s *shop) movements() map[afterpaytest.MovementKind]int64 {
	all := make(map[afterpaytest.MovementKind]int64)
	for _, m := range s.afterpay.sandbox.Ledger() {
		all[m.Kind] += m.Amount
	}
	return all
}

// taken is the movement of a payment over an amount.
func (s *shop) taken(amount int64) map[afterpaytest.MovementKind]int64 {
	if s.version == afterpay.V1 {
		return map[afterpaytest.MovementKind]int64{afterpaytest.Captured: amount}
	}
	return map[afterpaytest.MovementKind]int64{afterpaytest.Authorized: amount}
}

// safeBuffer is a log that can be read while it is written.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func TestShop_NoSecretInThePagesOrTheLog(t *testing.T) {
	for name, version := range map[string]afterpay.APIVersion{"v1": afterpay.V1, "v2": afterpay.V2} {
		t.Run(name, func(t *testing.T) {
			v := newVisitor(t, version)
			o := v.toAfterpay("mug")
			_, texts := v.get("/orders/" + o.ID)
			require.NoError(t, v.afterpay.sandbox.Approve(o.Token))
			v.afterpay.set("lose")
			texts += v.comesBack(o)
			require.NotEmpty(t, v.log.String())
			for _, path := range []string{"/staff/orders", "/staff/orders/" + o.ID, "/staff/operations", "/staff/reconciliation", "/faults", "/health"} {
				_, page := v.get(path)
				texts += page
			}
			for _, secret := range []string{afterpaytest.SecretKey, o.Token, "Elm Street"} {
				require.False(t, contains(texts+v.log.String(), secret), secret)
			}
			require.NotContains(t, v.log.String(), "ann@example.com")
		})
	}
}

func TestShop_RefusesAFormOfAnotherSite(t *testing.T) {
	v := newVisitor(t, afterpay.V2)
	for _, path := range []string{"/cart", "/checkout", "/staff/operations", "/faults", "/river/api/jobs/retry"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.origin+path, strings.NewReader("fault=down"))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Sec-Fetch-Site", "cross-site")
		status, _ := v.read(v.client.Do(request))
		require.Equal(t, http.StatusForbidden, status, path)
	}
	require.Empty(t, v.afterpay.current())
}

func TestStart_UnknownVersionIsRefused(t *testing.T) {
	require.EqualError(t, start(context.Background(), "v3", "127.0.0.1:0"), `-api must be v1 or v2, not "v3"`)
}

// How long a test waits for the queue, and how often it looks.
const (
	eventually = time.Minute
	tick       = 20 * time.Millisecond
)
