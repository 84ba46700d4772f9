package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
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

// compareAll returns the class and reference of every finding of all comparisons.
func compareAll(t *testing.T, b *books) []string {
	t.Helper()
	var lines bytes.Buffer
	for _, comparison := range comparisons {
		_, err := comparison.compare(t.Context(), b, reconcile.NewJSONLines(&lines), newProgress(false))
		require.NoError(t, err)
	}
	return found(t, lines.Bytes())
}

func TestEveryFaultOfTheDayIsFoundAndNothingElse(t *testing.T) {
	t.Parallel()
	b, err := makeBooks(t.Context(), 0)
	require.NoError(t, err)
	var planted []string
	for _, text := range b.planted {
		fault, _, _ := strings.Cut(text, ",")
		planted = append(planted, fault)
	}
	// The report dates orders by their checkouts, so that midnight shows twice.
	midnight := "day_boundary: A-100000031"
	require.Contains(t, planted, midnight)
	require.ElementsMatch(t, append(planted, midnight), compareAll(t, b))
}

func TestRun_PrintsThreeTablesThatExplainEveryCent(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), 0, &out))
	require.Equal(t, 3, strings.Count(out.String(), "The findings explain every difference of the totals, to the cent."))
	require.Contains(t, out.String(), "Exit status for cron: 1\n")
}

func TestManyOrdersAreMadeAndCompared(t *testing.T) {
	t.Parallel()
	b, err := makeBooks(t.Context(), 2000)
	require.NoError(t, err)
	classes := map[string]int{}
	for _, f := range compareAll(t, b) {
		class, _, _ := strings.Cut(f, ":")
		classes[class]++
	}
	// Payments without an order were settled, and orders without a payment
	// were not, so that each of them is found once.
	require.Equal(t, map[string]int{
		"missing_at_afterpay": 20, "missing_at_merchant": 20, "amount_mismatch": 20, "unsettled": 20, "fee_mismatch": 20,
	}, classes)
	for want, file := range map[int]io.Reader{2_000 - 20 + 1: b.orders(), 2_000 - 40 + 1: b.report(), 3: bytes.NewReader(b.statement)} {
		content, err := io.ReadAll(file)
		require.NoError(t, err)
		require.Equal(t, want, bytes.Count(content, []byte{'\n'}))
	}
}
