package main

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

var update = flag.Bool("update", false, "write the golden files and docs/cli.md again")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"afterpay": main})
}

// TestScripts runs the scripts of testdata/script, each against a sandbox of its
// own on a loopback port, with 12 payments and the same ids every time.
// scriptcommands_test.go has the commands that the scripts use beside those of
// testscript.
func TestScripts(t *testing.T) {
	t.Parallel()
	dir, err := filepath.Abs(filepath.Join("testdata", "script")) // see within
	require.NoError(t, err)
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup:               setUp,
		Cmds:                scriptCommands,
	})
}

func setUp(env *testscript.Env) error {
	t := env.T().(testing.TB)
	script := strings.TrimPrefix(filepath.Base(env.WorkDir), "script-")
	flags := sandboxFlags{region: "US", authLife: 13 * 24 * time.Hour, seed: 1, at: "2025-05-01T08:00:00Z", payments: 12}
	if script == "interrupt" {
		flags.payments = 300 // more than a page
	}
	sandbox, err := flags.newSandbox(t.Context())
	if err != nil {
		return err
	}
	service := &service{Sandbox: sandbox}
	server := httptest.NewServer(service)
	env.Defer(server.Close)
	ids := payments(sandbox)
	for i, payment := range ids[:10] {
		env.Setenv("PAYMENT"+string(rune('A'+i)), payment)
	}
	dispute, err := sandbox.OpenDispute(ids[1], "product_not_received", "")
	if err != nil {
		return err
	}
	env.Setenv("DISPUTE", dispute)
	if script == "jobs_postgres" {
		url, err := writePostgres(env, ids[1])
		if err != nil {
			return err
		}
		env.Setenv("AFTERPAY_DATABASE", url)
	}
	env.Values["service"] = service
	env.Values["client"], err = afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey,
		afterpay.WithHTTPClient(&http.Client{Transport: sandbox}))
	env.Setenv("AFTERPAY_MERCHANT_ID", afterpaytest.MerchantID)
	env.Setenv("AFTERPAY_SECRET_KEY", afterpaytest.SecretKey)
	env.Setenv("AFTERPAY_BASE_URL", server.URL)
	env.Setenv("HOME", env.WorkDir)
	return err
}

// service is a sandbox whose lists can stall.
type service struct {
	*afterpaytest.Sandbox
	untilStall atomic.Int64
}

// ServeHTTP leaves the request for a list that is to stall without a response.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && r.URL.Path == "/v2/payments" && s.untilStall.Add(-1) == 0 {
		<-r.Context().Done()
		return
	}
	s.Sandbox.ServeHTTP(w, r)
}

// payments returns the ids of the payments in the ledger, in the order they were
// made.
func payments(sandbox *afterpaytest.Sandbox) []string {
	var ids []string
	seen := map[string]bool{}
	for _, m := range sandbox.Ledger() {
		if !seen[m.PaymentID] {
			seen[m.PaymentID] = true
			ids = append(ids, m.PaymentID)
		}
	}
	return ids
}
