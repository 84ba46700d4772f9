package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/reconcile"
)

// found is the class and reference of every finding, as they were planted.
func found(t *testing.T, jsonLines []byte) []string {
	t.Helper()
	var list []string
	decoder := json.NewDecoder(bytes.NewReader(jsonLines))
	for decoder.More() {
		var f struct {
			Class       string
			Left, Right struct{ MerchantReference string }
			Summary     *struct{ Complete bool }
		}
		require.NoError(t, decoder.Decode(&f))
		if f.Summary != nil {
			require.True(t, f.Summary.Complete)
			continue
		}
		list = append(list, f.Class+": "+cmp.Or(f.Left.MerchantReference, f.Right.MerchantReference))
	}
	return list
}

func TestEveryFaultOfTheDayIsFoundAndNothingElse(t *testing.T) {
	t.Parallel()
	var table, lines bytes.Buffer
	status, err := run(t.Context(), []string{"-cron"}, &table)
	require.NoError(t, err)
	require.Equal(t, reconcile.ExitFindings, status)
	_, err = run(t.Context(), []string{"-format", "jsonl"}, &lines)
	require.NoError(t, err)

	var planted []string
	for line := range strings.Lines(table.String()) {
		if rest, ok := strings.CutPrefix(line, "  - "); ok {
			fault, _, _ := strings.Cut(rest, ",")
			planted = append(planted, fault)
		}
	}
	// The report dates orders by their checkouts, so that midnight shows twice.
	midnight := "day_boundary: A-100000031"
	require.Contains(t, planted, midnight)
	require.ElementsMatch(t, append(planted, midnight), found(t, lines.Bytes()))
	require.Equal(t, 3, strings.Count(table.String(), "The findings explain every difference of the totals, to the cent."))
}

func TestManyOrdersAreMadeAndCompared(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var lines bytes.Buffer
	status, err := run(t.Context(), []string{"-orders", "2000", "-format", "jsonl", "-out", dir, "-cron"}, &lines)
	require.NoError(t, err)
	require.Equal(t, reconcile.ExitFindings, status)
	classes := map[string]int{}
	for _, f := range found(t, lines.Bytes()) {
		class, _, _ := strings.Cut(f, ":")
		classes[class]++
	}
	// Payments without an order were settled, and orders without a payment
	// were not, so that each of them is found once.
	require.Equal(t, map[string]int{
		"missing_at_afterpay": 20, "missing_at_merchant": 20, "amount_mismatch": 20, "unsettled": 20, "fee_mismatch": 20,
	}, classes)
	for name, lines := range map[string]int{"orders.csv": 2_000 - 20 + 1, "settlement.csv": 2_000 - 40 + 1, "bank.csv": 3} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, lines, bytes.Count(content, []byte{'\n'}), name)
	}
}

func TestRun_WrongFlagsAndArgumentsAreErrors(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-format", "xml"}, {"-orders", "-1"}, {"-orders", "many"}, {"-verbose"}, {"orders.csv"}, {"-format", "csv", "extra"}} {
		var out bytes.Buffer
		_, err := run(t.Context(), args, &out)
		require.Error(t, err, args)
		require.Empty(t, out.String())
	}
}
