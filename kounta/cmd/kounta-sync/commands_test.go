//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/afterpay-go/afterpay/kounta/kountasync"
)

// newShop is a shop without faults.
func newShop(t *testing.T) *killRun {
	t.Helper()
	return newKillRun(t, "", runSize{settle: 2 * time.Second})
}

// command runs a command and returns what it writes.
func (k *killRun) command(ctx context.Context, name string, args ...string) (out, progress string, err error) {
	var o, p bytes.Buffer
	err = run(ctx, append([]string{name, "-config", k.config}, args...), streams{strings.NewReader(""), &o, &p})
	return o.String(), p.String(), err
}

// edit replaces a text in the configuration file.
func (k *killRun) edit(old, replacement string) {
	k.t.Helper()
	data, err := os.ReadFile(k.config)
	require.NoError(k.t, err)
	require.Contains(k.t, string(data), old)
	k.config = filepath.Join(k.t.TempDir(), "kounta-sync.yaml")
	require.NoError(k.t, os.WriteFile(k.config, bytes.ReplaceAll(data, []byte(old), []byte(replacement)), 0o600))
}

func span() []string {
	return []string{"-from", time.Now().AddDate(0, 0, -2).Format(time.DateOnly), "-to", time.Now().AddDate(0, 0, 2).Format(time.DateOnly)}
}

func TestMigrate_DryRunWritesNothingAndABreakLosesNothing(t *testing.T) {
	t.Parallel()
	k := newShop(t)
	for n := range 12 { // four are captured in parts, and three refunded
		k.sell(1_000 + n)
	}
	out, _, err := k.command(t.Context(), "migrate", append(span(), "-dry-run")...)
	require.NoError(t, err)
	require.Contains(t, out, "12 payments read, 0 skipped.\nWould make 12 orders, 16 payments of")
	require.Contains(t, out, "3 refunds of 15.00; 0 rows are known already.")
	require.Empty(t, k.kounta.Orders())

	ctx, cancel := context.WithCancel(t.Context())
	var writes atomic.Int32
	stop := func() {
		if writes.Add(1) == 5 {
			cancel()
		}
	}
	k.onWrite.Store(&stop)
	_, _, err = k.command(ctx, "migrate", span()...)
	require.ErrorIs(t, err, context.Canceled)
	require.NotZero(t, k.missing())

	_, progress, err := k.command(t.Context(), "migrate", span()...)
	require.NoError(t, err)
	require.Contains(t, progress, "100%")
	require.Zero(t, k.missing())
	<-time.After(500 * time.Millisecond) // until Kounta shows the last row
	require.Empty(t, k.report())
	out, _, err = k.command(t.Context(), "migrate", append(span(), "-dry-run")...)
	require.NoError(t, err)
	require.Contains(t, out, "Would make 0 orders, 0 payments of 0.00 and 0 refunds of 0.00; 19 rows are known already.")
}

func TestList_PrintsPairsAsJSONLines(t *testing.T) {
	t.Parallel()
	k := newShop(t)
	k.sell(1_001)
	k.sell(1_002) // in two parts
	_, _, err := k.command(t.Context(), "migrate", span()...)
	require.NoError(t, err)
	list := func(key ...string) (pairs []kountasync.Pair) {
		out, _, err := k.command(t.Context(), "list", key...)
		require.NoError(t, err)
		for line := range strings.Lines(out) {
			var pair kountasync.Pair
			require.NoError(t, json.Unmarshal([]byte(line), &pair))
			require.Equal(t, k.want[pair.SaleNumber][pair.Ref], pair.Amount.String())
			require.NotZero(t, pair.KountaID)
			pairs = append(pairs, pair)
		}
		return pairs
	}
	all := list()
	require.Len(t, all, 3)
	require.Len(t, list("1002"), 2)
	require.Equal(t, all[:1], list(all[0].PaymentID))
	require.Empty(t, list("100"))
}

func TestRetry_OrderThatKountaRefusedIsMadeOnceTheCauseIsGone(t *testing.T) {
	t.Parallel()
	k := newShop(t)
	k.sell(1_001)
	k.edit("site_id: 7", "site_id: 6")
	_, _, err := k.command(t.Context(), "migrate", span()...)
	require.NoError(t, err, "nothing is left to do until a person acts")
	out, _, err := k.command(t.Context(), "failures")
	require.NoError(t, err)
	var failure kountasync.Failure
	require.NoError(t, json.Unmarshal([]byte(out), &failure))
	require.Equal(t, "1001", failure.SaleNumber)
	require.True(t, failure.Review)
	require.Contains(t, failure.Text, "422")

	k.edit("site_id: 6", "site_id: 7")
	_, _, err = k.command(t.Context(), "retry", "1002")
	require.ErrorContains(t, err, `no order "1002" waits`)
	_, _, err = k.command(t.Context(), "retry")
	require.ErrorContains(t, err, "one sale number")
	_, _, err = k.command(t.Context(), "retry", "1001")
	require.NoError(t, err)
	_, _, err = k.command(t.Context(), "migrate", span()...)
	require.NoError(t, err)
	require.Zero(t, k.missing())
	out, _, err = k.command(t.Context(), "failures")
	require.NoError(t, err)
	require.Empty(t, out)
}

// authorize runs the command and answers its question, given the state in
// the address that it prints.
func (k *killRun) authorize(answer func(state string) string) (out string, err error) {
	k.t.Helper()
	in, typed := io.Pipe()
	var printed bytes.Buffer
	shown := writer(func(p []byte) (int, error) {
		printed.Write(p)
		if match := regexp.MustCompile(`https://my\.kounta\.com/\S+`).FindString(printed.String()); match != "" {
			u, err := url.Parse(match)
			if err != nil {
				return 0, err
			}
			go func() { _, _ = io.WriteString(typed, answer(u.Query().Get("state"))+"\n") }()
		}
		return len(p), nil
	})
	err = run(k.t.Context(), []string{"authorize", "-config", k.config}, streams{in, shown, io.Discard})
	return printed.String(), err
}

type writer func(p []byte) (int, error)

// Write implements io.Writer.
func (w writer) Write(p []byte) (int, error) { return w(p) }

func TestAuthorize_TokenIsStoredAndUsed(t *testing.T) {
	t.Parallel()
	k := newShop(t)
	k.edit("auth: basic", "auth: oauth, redirect_url: \"https://shop.example/kounta\"")
	_, _, err := k.command(t.Context(), "list")
	require.ErrorContains(t, err, "authorize", "there is no token yet")

	_, err = k.authorize(func(string) string {
		return "https://shop.example/kounta?code=" + k.kounta.AuthorizationCode() + "&state=another"
	})
	require.ErrorContains(t, err, "another authorization")
	_, err = k.authorize(func(string) string { return "code-of-nobody" })
	require.ErrorContains(t, err, "status 400")

	out, err := k.authorize(func(state string) string {
		return "https://shop.example/kounta?code=" + k.kounta.AuthorizationCode() + "&state=" + state
	})
	require.NoError(t, err)
	require.Contains(t, out, "response_type=code")
	require.NotContains(t, out, os.Getenv(kountaVariable))
	k.sell(1_001)
	_, _, err = k.command(t.Context(), "migrate", span()...)
	require.NoError(t, err)
	require.Zero(t, k.missing())

	k.kounta.ExpireTokens()
	_, err = k.authorize(func(string) string { return k.kounta.AuthorizationCode() }) // the code alone
	require.NoError(t, err)
	_, _, err = k.command(t.Context(), "list")
	require.NoError(t, err)
}

func TestConfig_PrintedFileIsValidAndComplete(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"config"}, streams{out: &out}))
	file := filepath.Join(t.TempDir(), "kounta-sync.yaml")
	require.NoError(t, os.WriteFile(file, out.Bytes(), 0o600))
	a, err := parse("run", []string{"-config", file})
	require.NoError(t, err)
	require.NoError(t, kountasync.CheckFields(a.config.Mapping))
	require.Len(t, a.config.Mapping, 10)
	require.Equal(t, kountasync.DefaultStatus(), a.config.Status)
	require.Equal(t, 30*time.Second, a.config.Poll)

	// Every setting but those for tests is in the file.
	var printed, known map[string]any
	require.NoError(t, yaml.Unmarshal(out.Bytes(), &printed))
	data, err := yaml.Marshal(config{})
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(data, &known))
	for name, value := range known {
		require.Contains(t, printed, name)
		group, _ := value.(map[string]any)
		for setting := range group {
			if name != "status" && name != "mapping" && setting != "base_url" {
				require.Contains(t, printed[name], setting)
			}
		}
	}
}

func TestRun_WrongSettingsAreRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ old, replacement, reason string }{
		"unknown setting":    {"poll:", "pole:", "field pole not found"},
		"impossible mapping": {"consumers:", "owner: email, consumers:", "Afterpay has no owner"},
		"unknown status":     {"poll:", "status: {CAPTURED: PAID}\npoll:", `unknown status "PAID"`},
		"no secret":          {kountaVariable, "KOUNTA_SYNC_TEST_NONE", "kounta.client_secret_env"},
		"authentication":     {"auth: basic", "auth: digest", "neither basic nor oauth"},
		"credentials":        {"client_id: client", "client_id: other", "unauthorized"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newShop(t)
			k.edit(c.old, c.replacement)
			for _, command := range []string{"list", "run"} {
				_, _, err := k.command(t.Context(), command)
				require.ErrorContains(t, err, c.reason)
			}
		})
	}
	_, _, err := newShop(t).command(t.Context(), "reconcile", "-from", "2026-03-02", "-to", "2026-03-01")
	require.ErrorContains(t, err, "is not before")
	require.ErrorContains(t, run(t.Context(), []string{"sync"}, streams{}), "unknown command")
	require.NoError(t, run(t.Context(), []string{"authorize", "-h"}, streams{}))
}

// "dry-run" without its dash must not write.
func TestRun_UnknownArgumentIsRefused(t *testing.T) {
	t.Parallel()
	k := newShop(t)
	k.sell(1_001)
	_, _, err := k.command(t.Context(), "migrate", append(span(), "dry-run")...)
	require.ErrorContains(t, err, `unknown argument "dry-run"`)
	require.Empty(t, k.kounta.Orders())
}

func TestAuthorize_RedirectDoesNotCarryTheSecretAway(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer elsewhere.Close()
	k := newShop(t)
	till := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer till.Close()
	k.edit("auth: basic", "auth: oauth, redirect_url: \"https://shop.example/kounta\"")
	data, err := os.ReadFile(k.config)
	require.NoError(t, err)
	old := regexp.MustCompile(`kounta: \{base_url: "([^"]+)/v1/"`).FindSubmatch(data)
	require.NotNil(t, old)
	k.edit(string(old[1]), till.URL)
	_, err = k.authorize(func(string) string { return "code" })
	require.ErrorContains(t, err, "status 307")
	require.Zero(t, asked.Load())
}
