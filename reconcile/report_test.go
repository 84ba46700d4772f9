package reconcile_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
)

// badDay is a run with a finding of most sorts, hostile texts included.
func badDay() *reconcile.Run {
	orders := records{
		with(byReference("A-1"), func(r *reconcile.Record) { r.Line = 2 }),
		with(byReference("A-2"), func(r *reconcile.Record) { r.Line, r.Amount = 3, 49_00 }),
		with(byReference("A-3"), func(r *reconcile.Record) { r.Line, r.Currency = 4, afterpay.CurrencyNZD }),
		with(byReference("A-4"), func(r *reconcile.Record) { r.Line, r.Amount, r.State = 5, 0, reconcile.StateAuthorized }),
		with(byReference("=cmd()|'\x1b[31m'"), func(r *reconcile.Record) { r.Line = 6 }),
		with(byReference("a reference far too long for a column"), func(r *reconcile.Record) { r.Line = 7 }),
		bought(func(r *reconcile.Record) { r.Token, r.Line = "002.secret-token", 8 }),
	}
	payments := records{
		payment("1002", "A-2"), payment("1003", "A-3"),
		with(payment("1004", "A-4"), func(r *reconcile.Record) {
			r.State, r.Amount, r.Open, r.Due = reconcile.StateAuthorized, 0, 50_00, now.Add(30*time.Hour)
		}),
		refunded("1002", 5_00, func(r *reconcile.Record) { r.Reference, r.RefundID = "A-2", "9001" }),
		{Kind: reconcile.KindDispute, ID: "1002", State: reconcile.StateDisputeOpen, Currency: "AUD", Amount: 50_00},
	}
	return reconcile.Orders(reconcile.Slice(orders), reconcile.Slice(payments), reconcile.Options{Now: now, Location: melbourne})
}

var update = flag.Bool("update", false, "write the golden files of testdata anew")

// requireGolden compares with a file in testdata.
func requireGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestReports(t *testing.T) {
	t.Parallel()
	tests := []struct {
		file string
		make func(b *bytes.Buffer) reconcile.Reporter
	}{
		{"report_table.txt", func(b *bytes.Buffer) reconcile.Reporter { return reconcile.NewTable(b, reconcile.Low) }},
		{"report.csv", func(b *bytes.Buffer) reconcile.Reporter { return reconcile.NewCSV(b) }},
		{"report.jsonl", func(b *bytes.Buffer) reconcile.Reporter { return reconcile.NewJSONLines(b) }},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			s, err := badDay().Report(t.Context(), test.make(&b))
			require.NoError(t, err)
			require.True(t, s.Balanced())
			require.NotContains(t, b.String(), "secret", "no report shows a token")
			requireGolden(t, test.file, b.String())
		})
	}
}

func TestReportsOfNothing(t *testing.T) {
	t.Parallel()
	var table, csvText, lines bytes.Buffer
	for _, reporter := range []reconcile.Reporter{reconcile.NewTable(&table, reconcile.Info), reconcile.NewCSV(&csvText), reconcile.NewJSONLines(&lines)} {
		_, err := reconcile.Orders(reconcile.Slice(nil), reconcile.Slice(nil), reconcile.Options{}).Report(t.Context(), reporter)
		require.NoError(t, err)
	}
	require.Contains(t, table.String(), "Records read: 0 of shop, 0 of afterpay\nNo findings.")
	require.Contains(t, table.String(), "The findings explain every difference of the totals, to the cent.")
	require.True(t, strings.HasPrefix(csvText.String(), "severity,class,kind,key,"))
	require.Contains(t, csvText.String(), "\nsummary,complete,")
	require.Equal(t, 2, strings.Count(csvText.String(), "\n"))
	require.JSONEq(t, `{"summary":{"complete":true,"balanced":true,"left":"shop","right":"afterpay","leftRecords":0,"rightRecords":0,"findings":0}}`, lines.String())
}

func TestTheTableHidesWhatIsBelowItsSeverityButCountsIt(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	_, err := badDay().Report(t.Context(), reconcile.NewTable(&b, reconcile.Severe))
	require.NoError(t, err)
	require.NotContains(t, b.String(), "SEVERITY")
	require.Regexp(t, `amount_mismatch +1 +AUD +1\.00 +-1\.00`, b.String())
}

func TestTheTableSaysWhatTheWatchListLeavesOut(t *testing.T) {
	t.Parallel()
	var disputes records
	for i := range 3 {
		disputes = append(disputes, reconcile.Record{Kind: reconcile.KindDispute, ID: strconv.Itoa(1000 + i), State: reconcile.StateDisputeOpen, Due: now.Add(time.Hour)})
	}
	var b bytes.Buffer
	_, err := reconcile.Orders(reconcile.Slice(nil), reconcile.Slice(disputes), reconcile.Options{Now: now, WatchLimit: 1}).Report(t.Context(), reconcile.NewTable(&b, reconcile.High))
	require.NoError(t, err)
	require.Contains(t, b.String(), "1000")
	require.NotContains(t, b.String(), "1001")
	require.Contains(t, b.String(), "  and 2 more\n")
}

func TestKindsAndStatesAreWrittenByName(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(map[string]any{"kind": reconcile.KindRefund, "state": reconcile.StateDisputeLost})
	require.NoError(t, err)
	require.JSONEq(t, `{"kind":"refund","state":"lost"}`, string(text))
}

func TestAnUnfinishedRunProvesNothing(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, reconcile.NewTable(&b, reconcile.Info).Close(&reconcile.Summary{}))
	require.Contains(t, b.String(), "INCOMPLETE")
	b.Reset()
	s := reconcile.Summary{Complete: true, Totals: []reconcile.Total{{Currency: "AUD", Left: 1}}}
	require.NoError(t, reconcile.NewTable(&b, reconcile.Info).Close(&s))
	require.Contains(t, b.String(), "do NOT explain")
	require.Equal(t, reconcile.ExitFailed, s.ExitStatus(reconcile.High))
}

func TestReportsArePassedTheErrorsOfTheirWriter(t *testing.T) {
	t.Parallel()
	for _, reporter := range []reconcile.Reporter{reconcile.NewTable(fullDisk{}, reconcile.Info), reconcile.NewCSV(fullDisk{}), reconcile.NewJSONLines(fullDisk{})} {
		_, err := badDay().Report(t.Context(), reporter)
		require.ErrorIs(t, err, errFull)
	}
}

func TestMachineReportsCanBeReadBack(t *testing.T) {
	t.Parallel()
	var csvText, lines bytes.Buffer
	_, err := badDay().Report(t.Context(), reconcile.NewCSV(&csvText))
	require.NoError(t, err)
	_, err = badDay().Report(t.Context(), reconcile.NewJSONLines(&lines))
	require.NoError(t, err)
	table, err := csv.NewReader(&csvText).ReadAll()
	require.NoError(t, err)
	decoder := json.NewDecoder(&lines)
	require.Equal(t, []string{"summary", "complete"}, table[len(table)-1][:2])
	for _, row := range table[1 : len(table)-1] {
		var finding struct {
			Class, Severity, Text string
			Difference            afterpay.Money
		}
		require.NoError(t, decoder.Decode(&finding))
		require.Equal(t, row[0], finding.Severity)
		require.Equal(t, row[1], finding.Class)
		if row[20] != "" {
			require.Equal(t, row[20], finding.Difference.Amount.String())
		}
	}
	var end struct{ Summary struct{ Complete bool } }
	require.NoError(t, decoder.Decode(&end))
	require.True(t, end.Summary.Complete)
	require.False(t, decoder.More())
}

func TestReports_ARunThatBreaksOffIsMarkedIncomplete(t *testing.T) {
	t.Parallel()
	broken := func(yield func(reconcile.Record, error) bool) {
		_ = yield(byReference("A-1"), nil) && yield(reconcile.Record{}, errFull)
	}
	var table, csvText, lines bytes.Buffer
	for _, reporter := range []reconcile.Reporter{reconcile.NewTable(&table, reconcile.Info), reconcile.NewCSV(&csvText), reconcile.NewJSONLines(&lines)} {
		summary, err := reconcile.Orders(broken, reconcile.Slice(nil), reconcile.Options{}).Report(t.Context(), reporter)
		require.ErrorIs(t, err, errFull)
		require.Equal(t, reconcile.ExitFailed, summary.ExitStatus(reconcile.Severe))
	}
	require.Contains(t, table.String(), "INCOMPLETE")
	require.Contains(t, csvText.String(), "\nsummary,incomplete,")
	require.Contains(t, lines.String(), `{"summary":{"complete":false,"balanced":false,`)
}

func TestReports_ColumnsAreNamedByTheirSides(t *testing.T) {
	t.Parallel()
	tests := []struct {
		run         func(l, r records) *reconcile.Run
		left, right string
	}{
		{func(l, r records) *reconcile.Run {
			return reconcile.Orders(reconcile.Slice(l), reconcile.Slice(r), reconcile.Options{})
		}, "shop", "afterpay"},
		{func(l, r records) *reconcile.Run {
			return reconcile.Settlement(reconcile.Slice(l), reconcile.Slice(r), reconcile.Options{})
		}, "afterpay", "settlement"},
		{func(l, r records) *reconcile.Run {
			return reconcile.Bank(reconcile.Slice(l), reconcile.Slice(r), reconcile.Options{})
		}, "settlement", "bank"},
	}
	for _, test := range tests {
		one := records{deposit(9, 1)}
		if test.right != "bank" {
			one = records{payment("1", "A-1")}
		}
		var table, csvText bytes.Buffer
		_, err := test.run(one, nil).Report(t.Context(), reconcile.NewTable(&table, reconcile.Info))
		require.NoError(t, err)
		require.Regexp(t, strings.ToUpper(test.left)+" +"+strings.ToUpper(test.right), table.String())
		_, err = test.run(one, nil).Report(t.Context(), reconcile.NewCSV(&csvText))
		require.NoError(t, err)
		require.Contains(t, csvText.String(), test.left+"_amount,")
		require.Contains(t, csvText.String(), test.right+"_line,")
	}
}

func TestTable_TheMostSevereAndTheMostMoneyComeFirst(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	table := reconcile.NewTable(&b, reconcile.Info)
	for _, f := range []struct {
		key      string
		severity reconcile.Severity
		amount   afterpay.Amount
	}{{"fourth", reconcile.Low, 900_00}, {"third", reconcile.High, 1_00}, {"second", reconcile.High, -70_00}, {"first", reconcile.Severe, 0}} {
		require.NoError(t, table.Finding(&reconcile.Finding{Class: reconcile.AmountMismatch, Severity: f.severity, Key: f.key,
			Effect: reconcile.Effect{Left: afterpay.Money{Amount: f.amount, Currency: "AUD"}}}))
	}
	require.NoError(t, table.Close(&reconcile.Summary{}))
	require.Regexp(t, `(?s)first.*second.*third.*fourth`, b.String())
}

func TestSummary_MoneyOfEachClass(t *testing.T) {
	t.Parallel()
	run := badDay()
	collect(t, run)
	require.Contains(t, run.Summary().ClassTotals, reconcile.ClassTotal{Class: reconcile.MissingAtAfterpay, Currency: "AUD", Findings: 4, Money: 200_00, Difference: 200_00})
	require.Contains(t, run.Summary().ClassTotals, reconcile.ClassTotal{Class: reconcile.CurrencyMismatch, Currency: "NZD", Findings: 1, Money: 50_00, Difference: 50_00})
}
