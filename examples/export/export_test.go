package main

import (
	"bytes"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// market returns a sandbox in which n payments were made, and a client that does
// not retry.
func market(t *testing.T, n int) (*afterpay.Client, *afterpaytest.Sandbox) {
	t.Helper()
	sandbox := newSandbox()
	client := sandbox.NewClient(t, afterpay.WithRetry(afterpay.RetryPolicy{}))
	require.NoError(t, trade(t.Context(), client, sandbox, n))
	return client, sandbox
}

func contents(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

func TestExportToFile_ContinuesAfterTheLastWholeRow(t *testing.T) {
	t.Parallel()
	client, _ := market(t, 25)
	path := filepath.Join(t.TempDir(), "payments.csv")
	require.NoError(t, exportToFile(t.Context(), client, afterpay.PaymentQuery{}, path, io.Discard))
	whole := contents(t, path)
	require.Equal(t, 26, strings.Count(whole, "\n"))
	for cut := 0; cut <= len(whole); cut += 11 {
		require.NoError(t, os.WriteFile(path, []byte(whole[:cut]), 0o600))
		require.NoError(t, exportToFile(t.Context(), client, afterpay.PaymentQuery{}, path, io.Discard))
		require.Equal(t, whole, contents(t, path), "cut off after byte %d", cut)
	}
	var progress bytes.Buffer
	require.NoError(t, os.WriteFile(path, []byte(whole+"2025-05-01T09:00:00.000Z,10010"), 0o600))
	require.NoError(t, exportToFile(t.Context(), client, afterpay.PaymentQuery{}, path, &progress))
	require.Equal(t, whole, contents(t, path), "the half row is removed, and nothing is added")
	require.Contains(t, progress.String(), "continuing after row 25, payment ")
}

func TestExportToFile_ContinuesAfterAnError(t *testing.T) {
	t.Parallel()
	client, sandbox := market(t, 600)
	path := filepath.Join(t.TempDir(), "payments.csv")
	requests := 0
	sandbox.FailFunc(afterpaytest.OpListPayments, func(afterpaytest.Request) (afterpaytest.Fault, bool) {
		requests++
		return afterpaytest.ServiceUnavailable(), requests%2 == 0
	})
	var progress bytes.Buffer
	for range 2 {
		require.ErrorIs(t, exportToFile(t.Context(), client, afterpay.PaymentQuery{}, path, &progress), afterpay.ErrUnavailable)
	}
	require.NoError(t, exportToFile(t.Context(), client, afterpay.PaymentQuery{}, path, &progress))
	require.Contains(t, progress.String(), "\r250 payments, up to 2025-05-")
	require.Contains(t, progress.String(), "The export is incomplete.")

	var whole bytes.Buffer
	other, _ := market(t, 600)
	require.NoError(t, export(t.Context(), other, afterpay.PaymentQuery{}, nil, &whole, io.Discard))
	require.Equal(t, whole.String(), contents(t, path))
}

func TestExportToFile_LeavesOtherFilesAlone(t *testing.T) {
	t.Parallel()
	client, _ := market(t, 1)
	for name, text := range map[string]string{
		"a line":         "dear diary,\n",
		"half a line":    "dear diary",
		"another table":  "created,payment\n2025-05-01T08:00:00.000Z,1\n",
		"no date":        firstLine + "yesterday,1,,,,,,,,,,,\n",
		"too few cells":  firstLine + "2025-05-01T08:00:00.000Z,1\n",
		"an open quote":  firstLine + "2025-05-01T08:00:00.000Z,\"1,,,,,,,,,,,\n",
		"without header": "2025-05-01T08:00:00.000Z,1,,,,,,,,,,,\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "diary")
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			require.ErrorContains(t, exportToFile(t.Context(), client, afterpay.PaymentQuery{}, path, io.Discard), path)
			require.Equal(t, text, contents(t, path))
		})
	}
}

func TestDays_SelectsPaymentsInUTC(t *testing.T) {
	t.Parallel()
	client, _ := market(t, 200)
	q, err := days("2025-05-02", "2025-05-02")
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, export(t.Context(), client, q, nil, &out, io.Discard))
	rows, err := csv.NewReader(&out).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 1+24*4)
	require.Equal(t, header, rows[0])
	require.Equal(t, "2025-05-02T00:00:00.000Z", rows[1][0])
	require.Equal(t, "2025-05-02T23:45:00.000Z", rows[96][0])

	all, err := days("", "")
	require.NoError(t, err)
	require.Zero(t, all)
	_, err = days("2.5.2025", "")
	require.ErrorContains(t, err, "-from")
	_, err = days("", "tomorrow")
	require.ErrorContains(t, err, "-to")
	_, err = days("2025-05-03", "2025-05-02")
	require.ErrorContains(t, err, "-from 2025-05-03 is after -to 2025-05-02")
}

func TestRun_WritesNoProgressBesideTheRows(t *testing.T) {
	t.Parallel()
	var out, progress bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-from", "2025-05-02", "-to", "2025-05-03"}, &out, &progress))
	require.Empty(t, progress.String())
	rows, err := csv.NewReader(&out).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 1+2*24*4)
	path := filepath.Join(t.TempDir(), "payments.csv")
	out.Reset()
	require.NoError(t, run(t.Context(), []string{"-to", "2025-05-01", "-o", path}, &out, &progress))
	require.Empty(t, out.String())
	require.Contains(t, progress.String(), "64 payments")
}

func TestRun_RefusesArguments(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, run(t.Context(), []string{"payments.csv"}, io.Discard, io.Discard), `unexpected argument "payments.csv"`)
}

func TestRow_HasDecimalAmountsAndNoGuesses(t *testing.T) {
	t.Parallel()
	p := &afterpay.Payment{
		ID: "1", Created: afterpay.Timestamp{Time: time.Date(2025, 5, 1, 10, 0, 0, 5e6, time.FixedZone("", 7200))}, MerchantReference: "A\r\n1",
		Status: afterpay.StatusApproved, State: afterpay.StateCaptured, OriginalAmount: afterpay.AUD(1234_05), OpenToCaptureAmount: afterpay.AUD(0),
		Events: []afterpay.PaymentEvent{{Type: afterpay.EventCaptured, Amount: afterpay.AUD(1234_05)}},
	}
	require.Equal(t, "2025-05-01T08:00:00.005Z,1,A  1,APPROVED,CAPTURED,AUD,1234.05,1234.05,0.00,0.00,0.00,1234.05,", strings.Join(row(p), ","))
	p.Events = nil
	require.Equal(t, "2025-05-01T08:00:00.005Z,1,A  1,APPROVED,CAPTURED,AUD,1234.05,,,,,,afterpay: inconsistent payment: payment 1 has no events", strings.Join(row(p), ","))
	require.Len(t, row(p), len(header))
}

func TestCell_IsNotAFormula(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"order-1001": "order-1001", "": "", "1=1": "1=1",
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "'x": "''x",
		"\t=1": "' =1", "  =1": "'  =1", "\r\n@x": "'  @x", "＝1": "'＝1", "a\nb": "a b", "a\x00b": "a b",
	} {
		require.Equal(t, want, cell(text), "%q", text)
	}
}

func TestConnect_NamesMissingCredentials(t *testing.T) {
	t.Setenv("AFTERPAY_MERCHANT_ID", "")
	t.Setenv("AFTERPAY_SECRET_KEY", "")
	_, err := connect(t.Context(), true)
	require.ErrorContains(t, err, "AFTERPAY_SECRET_KEY")
	client, err := connect(t.Context(), false)
	require.NoError(t, err)
	page, err := client.Payments.List(t.Context(), afterpay.PaymentQuery{})
	require.NoError(t, err)
	require.Equal(t, 400, page.TotalResults)
}
