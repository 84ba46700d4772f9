package main

import (
	"database/sql"
	"flag"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra/doc"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
)

var update = flag.Bool("update", false, "write the golden files and docs/cli.md again")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"afterpay": main})
}

// TestScripts runs the scripts of testdata/script, each against a sandbox of its
// own on a loopback port, with 12 payments and the same ids every time.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup:               setUp,
	})
}

func setUp(env *testscript.Env) error {
	flags := sandboxFlags{region: "US", authLife: 13 * 24 * time.Hour, seed: 1, at: "2025-05-01T08:00:00Z", payments: 12}
	sandbox, err := flags.newSandbox(env.T().(testing.TB).Context())
	if err != nil {
		return err
	}
	server := httptest.NewServer(sandbox)
	env.Defer(server.Close)
	ids := payments(sandbox)
	for i, payment := range ids {
		env.Setenv("PAYMENT"+string(rune('A'+i)), payment)
	}
	dispute, err := sandbox.OpenDispute(ids[1], "product_not_received", "")
	if err != nil {
		return err
	}
	env.Setenv("DISPUTE", dispute)
	if err := writeJobs(env.T().(testing.TB), filepath.Join(env.WorkDir, "shop.db"), ids[1]); err != nil {
		return err
	}
	env.Setenv("AFTERPAY_MERCHANT_ID", afterpaytest.MerchantID)
	env.Setenv("AFTERPAY_SECRET_KEY", afterpaytest.SecretKey)
	env.Setenv("AFTERPAY_BASE_URL", server.URL)
	env.Setenv("HOME", env.WorkDir)
	return nil
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

// writeJobs makes a database with a pending refund and one that waits for a person.
func writeJobs(t testing.TB, path, paymentID string) error {
	db, err := durablesqlite.Open(path)
	if err != nil {
		return err
	}
	defer func() { require.NoError(t, db.Close()) }()
	client, err := afterpay.New("unused", "unused")
	if err != nil {
		return err
	}
	made := time.Date(2025, 5, 1, 12, 0, 0, 0, time.UTC)
	database := durablesqlite.New(db)
	q, err := durable.New(database, client, durable.Options[*sql.Tx]{
		Now: func() time.Time { return made }, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	if err := q.Migrate(t.Context()); err != nil {
		return err
	}
	return database.InTx(t.Context(), func(tx *sql.Tx) error {
		for _, id := range []string{"refund-1", "refund-2"} {
			op := durable.Operation{ID: id, Kind: durable.Refund, PaymentID: paymentID, Amount: afterpay.USD(5_00)}
			if _, _, err := q.EnqueueTx(t.Context(), tx, op); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(t.Context(), `UPDATE afterpay_operations SET state = 'review', reason = 'undecided', failure = 'unavailable' WHERE id = 'refund-2'`)
		return err
	})
}

func TestDocs_MatchTheCommands(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "docs", "cli.md")
	text := manual(t)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	recorded, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(recorded), text, "docs/cli.md differs: run go test -update in cmd/afterpay")
}

// manual returns the documentation of all commands as one page.
func manual(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	root := newRoot(&app{getenv: func(string) string { return "" }})
	root.InitDefaultCompletionCmd()
	require.NoError(t, doc.GenMarkdownTreeCustom(root, dir, func(string) string { return "" }, func(name string) string {
		return "#" + strings.ReplaceAll(strings.TrimSuffix(name, ".md"), "_", "-")
	}))
	files, err := filepath.Glob(filepath.Join(dir, "*.md"))
	require.NoError(t, err)
	page := "# The command line\n\nThis page is made from the commands: `go test -update` in `cmd/afterpay` writes it.\n\n"
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		page += string(content) + "\n"
	}
	return strings.TrimRight(page, "\n") + "\n"
}
