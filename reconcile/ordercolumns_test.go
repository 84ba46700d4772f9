package reconcile_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/reconcile"
)

func TestReadOrders_WhatTheAmountColumnMeans(t *testing.T) {
	t.Parallel()
	captured := payment("1", "A-1")
	authorized := with(captured, func(r *reconcile.Record) { r.State, r.Amount, r.Open = reconcile.StateAuthorized, 0, 50_00 })
	declined := with(captured, func(r *reconcile.Record) { r.State, r.Amount, r.Authorized = reconcile.StateDeclined, 0, 0 })
	paidBack := refunded("1", 50_00, func(r *reconcile.Record) { r.Reference, r.RefundID = "A-1", "9" })
	partly := with(captured, func(r *reconcile.Record) { r.Amount, r.Voided = 40_00, 10_00 })
	both := []reconcile.AmountMeaning{reconcile.AmountCaptured, reconcile.AmountTotal}
	total := []reconcile.AmountMeaning{reconcile.AmountTotal}
	tests := []struct {
		name     string
		rows     string
		stored   records
		meanings []reconcile.AmountMeaning
		want     []outcome
	}{
		{"failed, declined at Afterpay", "failed,50.00", records{declined}, both, nil},
		{"failed, without a payment", "failed,50.00", nil, both, nil},
		{"pending, without a payment", "pending,50.00", nil, both, nil},
		{"cancelled, without a payment", "cancelled,50.00", nil, both, nil},
		{"voided, without a payment", "voided,50.00", nil, both, nil},
		{"expired, without a payment", "expired,50.00", nil, both, nil},
		{"cancelled, and captured", "cancelled,50.00", records{captured}, both, []outcome{{reconcile.StatusMismatch, reconcile.High}}},
		{"pending, and captured", "pending,50.00", records{captured}, both, []outcome{{reconcile.StatusMismatch, reconcile.High}}},
		{"cancelled, captured and refunded", "cancelled,50.00,50.00", records{captured, paidBack}, both, nil},
		{"cancelled, refunded only at Afterpay", "cancelled,50.00", records{captured, paidBack}, both, []outcome{{reconcile.RefundMissingMerchant, reconcile.Medium}}},
		{"paid", "paid,50.00", records{captured}, both, nil},
		{"authorized, the total", "authorized,50.00", records{authorized}, total, nil},
		{"authorized, the total, without a payment", "authorized,50.00", nil, total, []outcome{{reconcile.MissingAtAfterpay, reconcile.High}}},
		{"paid in part, the total", "paid,50.00,,10.00", records{partly}, total, nil},
	}
	for _, test := range tests {
		for _, meaning := range test.meanings {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				row := "A-1,AUD,2026-11-11T12:00:00+11:00," + test.rows
				row += strings.Repeat(",", 6-strings.Count(row, ","))
				text := "reference,currency,paid_at,status,amount,refunded,voided\n" + row + "\n"
				orders := reconcile.ReadOrders(strings.NewReader(text), reconcile.OrderOptions{Amounts: meaning})
				run := reconcile.Orders(orders, reconcile.Slice(test.stored), reconcile.Options{Now: now, Location: melbourne})
				found := collect(t, run)
				var serious []outcome
				for _, o := range outcomes(found) {
					if o.class != reconcile.DayBoundary && o.class != reconcile.AuthExpiring {
						serious = append(serious, o)
					}
				}
				require.Equal(t, test.want, serious)
				require.True(t, run.Summary().Balanced())
			})
		}
	}
}

func TestReadOrders_FindsTheSeparator(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"comma":             "reference,amount,currency\nA-1,50.00,AUD\n",
		"semicolon":         "reference;amount;currency\nA-1;50,00;AUD\n",
		"tab":               "reference\tamount\tcurrency\nA-1\t50.00\tAUD\n",
		"thousands":         "reference;amount;currency\nA-1;0.050,00;AUD\n",
		"quoted":            "\"reference\",\"amount\",\"currency\"\r\n\"A-1\",\"50.00\",\"AUD\"\r\n",
		"a comma in a name": "reference;\"amount, gross\";amount;currency\nA-1;1;50.00;AUD\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, faults := readOrders(t, text, reconcile.OrderOptions{})
			require.Empty(t, faults)
			require.Equal(t, records{{Reference: "A-1", Currency: "AUD", Amount: 50_00, Line: 2}}, got)
		})
	}
	for _, text := range []string{"reference,amount,currency\nA-1,\"1,250\",AUD\n", "reference;amount;currency\nA-1;1,250;AUD\n"} {
		_, faults := readOrders(t, text, reconcile.OrderOptions{})
		require.Len(t, faults, 1, "1,250 has two meanings")
		require.Contains(t, faults[0], "column amount")
	}
}

func TestReadOrders_RefusesFilesAndOptionsItCannotUse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		opts       reconcile.OrderOptions
		want       error
		names      string
	}{
		{"a column twice", "reference,amount,Amount\nA-1,1,2\n", reconcile.OrderOptions{}, reconcile.ErrColumn, `2 columns are named "amount"`},
		{"a separator that quotes", "a", reconcile.OrderOptions{Delimiter: '"'}, reconcile.ErrColumn, "OrderOptions.Delimiter"},
		{"an unknown decimal sign", "reference,amount\n", reconcile.OrderOptions{DecimalSeparator: 'x'}, reconcile.ErrOptions, "OrderOptions.DecimalSeparator"},
		{"an unknown meaning", "reference,amount\n", reconcile.OrderOptions{Amounts: 7}, reconcile.ErrOptions, "OrderOptions.Amounts"},
		{"the wrong separator", "reference;amount\n", reconcile.OrderOptions{Delimiter: ','}, reconcile.ErrColumn, `"reference;amount"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var last error
			for _, err := range reconcile.ReadOrders(strings.NewReader(test.text), test.opts) {
				require.NoError(t, last)
				last = err
			}
			require.ErrorIs(t, last, test.want)
			require.ErrorContains(t, last, test.names)
		})
	}
}

func TestReadOrders_IDsThatASpreadsheetHasChangedAreErrors(t *testing.T) {
	t.Parallel()
	_, faults := readOrders(t, "afterpay_id,token,reference,amount,currency\n1.00106E+11,002.secret,A-1,1,AUD\n#REF!,,A-2,1,AUD\n=\"100106000123\",,A-3,1,AUD\n,\"\"\"002.secret\",A-4,1,AUD\n", reconcile.OrderOptions{})
	require.Len(t, faults, 3)
	for i, column := range []string{"line 2, column afterpay_id", "line 3, column afterpay_id", "line 5, column token"} {
		require.Contains(t, faults[i], column)
		require.NotContains(t, faults[i], "secret")
	}
}

func TestReadOrders_ARowWithSeveralFaultsNamesThemAll(t *testing.T) {
	t.Parallel()
	_, faults := readOrders(t, "reference,amount,currency,status,paid_at\nA-1,much,AUD,parked,soon\n", reconcile.OrderOptions{})
	require.Len(t, faults, 1)
	for _, column := range []string{"line 2", "column amount", "column status", "column paid_at"} {
		require.Contains(t, faults[0], column)
	}
}
