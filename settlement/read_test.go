package settlement

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

func TestRead_GoesOnAfterABadRow(t *testing.T) {
	t.Parallel()
	report := smallReport([3]string{"13/08/2026", "", "1"}, [3]string{"nonsense", "", "2"}, [3]string{"14/08/2026", "", "3"})
	rows, errs := read(report, audOptions)
	require.Equal(t, []string{"1", "3"}, []string{rows[0].AfterpayOrderID, rows[1].AfterpayOrderID})
	require.Len(t, errs, 1)
	require.EqualError(t, errs[0],
		`settlement: line 3: Settlement Date: "nonsense": invalid date: want a date such as 24/06/2019 or 2019-06-24`)
}

func TestRead_StopsWhereTheLoopStopsAndResumesThere(t *testing.T) {
	t.Parallel()
	report := smallReport([3]string{"07/08/2026", "", "1"}, [3]string{"nonsense", "", "2"}, [3]string{"14/08/2026", "", "3"})
	rows := Read(strings.NewReader(report), audOptions)
	var seen []string
	for range 5 {
		for row, err := range rows {
			seen = append(seen, fmt.Sprint(row.AfterpayOrderID, errors.Is(err, ErrDate)))
			break
		}
	}
	require.Equal(t, []string{"1false", "true", "3false"}, seen)
}

func TestRead_KeepsRowsApartFromItsBuffers(t *testing.T) {
	t.Parallel()
	report := smallReport([3]string{"07/08/2026", "", "1"}, [3]string{"08/08/2026", "", "2"},
		[3]string{"13/08/2026", "", "3"}, [3]string{"14/08/2026", "", "4"}, [3]string{"15/08/2026", "", "5"})
	rows, errs := read(report, audOptions)
	require.Empty(t, errs)
	var got []string
	for _, row := range rows {
		got = append(got, row.AfterpayOrderID+" "+row.SettlementDate.String())
	}
	require.Equal(t, []string{"1 2026-08-07", "2 2026-08-08", "3 2026-08-13", "4 2026-08-14", "5 2026-08-15"}, got)
}

func TestRead_RefusesInvalidOptions(t *testing.T) {
	t.Parallel()
	report := smallReport([3]string{"13/08/2026", "", "1"})
	for name, opts := range map[string]Options{
		"set Options.Currency":           {},
		"not three upper-case letters":   {Currency: "aud"},
		"Options.DateLayout":             {Currency: afterpay.CurrencyAUD, DateLayout: 9},
		"Options.TimeLayout":             {Currency: afterpay.CurrencyAUD, TimeLayout: 9},
		"Options.DecimalSeparator":       {Currency: afterpay.CurrencyAUD, DecimalSeparator: ';'},
		"set Options.Delimiter":          {Currency: afterpay.CurrencyAUD, Delimiter: '"'},
		`Options.Columns has "Amount"`:   {Currency: afterpay.CurrencyAUD, Columns: map[string]string{"Amount": "x"}},
		`want one of ["Settlement Date"`: {Currency: afterpay.CurrencyAUD, Columns: map[string]string{"": "x"}},
	} {
		rows, errs := read(report, opts)
		require.Empty(t, rows, name)
		require.Len(t, errs, 1, name)
		require.ErrorIs(t, errs[0], ErrOptions, name)
		require.ErrorContains(t, errs[0], name)
	}
}

func TestRead_RefusesAFileThatIsNoReport(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"the file is empty":                          "",
		"lines 1 to 3: not a settlement report":      "\n\n\n",
		"settlement: not a settlement report":        "\ufeff",
		`the header has "date", "amount"; set Optio`: "date,amount\n13/08/2026,5\n",
		`set Options.Columns["Afterpay Order ID"]`:   "Settlement Date,Settlement Amount\n13/08/2026,$5\n",
		`no column is named "Settlement Amount"`:     "Settlement Date,Afterpay Order ID\n13/08/2026,1\n",
		`2 columns are named "Settlement Date"`:      "Settlement Date,Afterpay Order ID,Settlement Amount,SETTLEMENT  date\n",
	} {
		rows, errs := read(file, audOptions)
		require.Empty(t, rows, name)
		require.Len(t, errs, 1, name)
		require.ErrorIs(t, errs[0], ErrHeader, name)
		require.ErrorContains(t, errs[0], name)
	}
	rows, errs := read(smallHeader, audOptions)
	require.Empty(t, rows)
	require.Empty(t, errs)
}

func TestRead_TheCallerNamesColumnsAndSigns(t *testing.T) {
	t.Parallel()
	want := []string{"A1 1234.56 AUD 2024-06-25"}
	for name, c := range map[string]struct {
		report string
		opts   Options
	}{
		"names": {"Tag,Nr,Betrag,Net Settlement Amount\n25/06/2024,A1,\"1,234.56\",0\n",
			Options{Columns: map[string]string{"settlement date": "TAG", "Afterpay Order ID": "Nr", "Settlement Amount": "Betrag", "Net Settlement Amount": "-"}}},
		"semicolons":        {"Settlement Date;Afterpay Order ID;Settlement Amount\n25.06.2024;A1;1.234,56\n", Options{}},
		"tabs in UTF-16":    {utf16("Settlement Date\tAfterpay Order ID\tSettlement Amount\r\n25/06/2024\tA1\t1 234,56 A$\r\n"), Options{}},
		"a given delimiter": {"Settlement Date|Afterpay Order ID|Settlement Amount\n25/06/2024|A1|AUD 1,234.56\n", Options{Delimiter: '|'}},
		"a decimal comma":   {"Settlement Date,Afterpay Order ID,Settlement Amount\n25/06/2024,A1,\"1234,560\"\n", Options{DecimalSeparator: ','}},
		"a type of its own": {"Settlement Date,Afterpay Order ID,Settlement Amount,Type\n25/06/2024,A1,1234.56,Abzug\n",
			Options{Types: map[string]Type{"ABZUG ": TypeDispute}}},
	} {
		c.opts.Currency = afterpay.CurrencyAUD
		rows, errs := read(c.report, c.opts)
		require.Empty(t, errs, name)
		var got []string
		for _, row := range rows {
			got = append(got, fmt.Sprint(row.AfterpayOrderID, " ", row.SettlementAmount, " ", row.Currency, " ", row.SettlementDate))
			require.Equal(t, c.opts.Types == nil, row.Type == TypeOrder, name)
		}
		require.Equal(t, want, got, name)
	}
}

// utf16 encodes ASCII text in UTF-16 with a byte order mark.
func utf16(text string) string {
	encoded := "\xff\xfe"
	for _, c := range []byte(text) {
		encoded += string([]byte{c, 0})
	}
	return encoded
}

func TestRead_UnknownColumnsAreKept(t *testing.T) {
	t.Parallel()
	rows, errs := read("Settlement Date,Afterpay Order ID,Settlement Amount,X,,X\n13/08/2026,1,5,a,b,c\n", audOptions)
	require.Empty(t, errs)
	require.Equal(t, map[string]string{"X": "a", "X (column 6)": "c"}, rows[0].Extra)
}

func TestRead_AReadErrorEndsTheReadingAfterTheRowsBeforeIt(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection lost")
	for _, c := range []struct {
		name, head string
		rows       int
	}{
		{"in the header", "Settlement Date,", 0},
		{"in the rows", smallReport([3]string{"13/08/2026", "", "1"}), 1},
		{"in waiting rows", smallReport([3]string{"08/08/2026", "", "1"}, [3]string{"07/08/2026", "", "2"}), 2},
	} {
		var errs []error
		rows := 0
		for _, err := range Read(io.MultiReader(strings.NewReader(c.head), iotest.ErrReader(broken)), audOptions) {
			if err != nil && !errors.Is(err, ErrAmbiguousDate) {
				errs = append(errs, err)
				continue
			}
			rows++
		}
		require.Equal(t, c.rows, rows, c.name)
		require.Len(t, errs, 1, c.name)
		require.ErrorIs(t, errs[0], ErrRead, c.name)
		require.ErrorIs(t, errs[0], broken, c.name)
	}
}

func TestRead_TheReportMayComeInSmallPieces(t *testing.T) {
	t.Parallel()
	report := "\ufeff" + smallReport([3]string{"07/08/2026", "06/08/2026 10:00", "1"}, [3]string{"13/08/2026", "12/08/2026 10:00", "2"})
	n := 0
	for row, err := range Read(iotest.OneByteReader(strings.NewReader(report)), audOptions) {
		require.NoError(t, err)
		require.Equal(t, afterpay.CurrencyAUD, row.Currency)
		n++
	}
	require.Equal(t, 2, n)
}

func TestRead_AStrayQuotationMarkLosesNoOtherRow(t *testing.T) {
	t.Parallel()
	lines := strings.SplitAfter(smallReport(make([][3]string, 501)...), "\n")
	for i := range lines[1:502] {
		lines[i+1] = fmt.Sprintf("13/08/2026,,%d,$10.00,$9.50,Order\n", i)
	}
	lines[2] = "13/08/2026,,\"2,$10.00,$9.50,Order\n"
	rows, errs := read(strings.Join(lines, ""), audOptions)
	require.Len(t, rows, 500)
	require.Len(t, errs, 1)
	require.EqualError(t, errs[0], `settlement: line 3: Afterpay Order ID: "\"2": invalid id: an id has only letters, digits, hyphens, points, colons and underscores`)
}

func TestRead_HoldsNoMoreThanAFewRows(t *testing.T) {
	head, block := hubReport(1000)
	var peak uint64
	n := 0
	for _, err := range Read(newRepeated(head, block, 100), Options{DateLayout: DayFirst, Currency: afterpay.CurrencyAUD}) {
		require.NoError(t, err)
		if n++; n%5000 == 0 {
			peak = max(peak, heapInUse())
		}
	}
	require.Equal(t, 100_000, n)
	require.Less(t, peak, uint64(16<<20), "the report has %d bytes", len(block)*100)
}

// Whatever happens to a file: its lines are those of rows, of errors and of
// what was skipped, in this order and without a gap. What was skipped shows no
// money, except in lines of totals.
func TestRead_AccountsForEveryLineOfMutatedFiles(t *testing.T) {
	t.Parallel()
	var reports []string
	for _, name := range []string{"case_adjustments", "case_unescaped_quotes", "partner_full", "trap_text_numbers", "trap_ambiguous"} {
		report, err := os.ReadFile("testdata/" + name + ".csv")
		require.NoError(t, err)
		reports = append(reports, string(report))
	}
	random := rand.New(rand.NewPCG(14, 2))
	read, failed := 0, 0
	for i := range 10_000 {
		report := reports[i%len(reports)]
		for range 1 + random.IntN(4) {
			report = mutate(random, report)
		}
		r, f := requireEveryLine(t, report)
		read, failed = read+r, failed+f
	}
	require.Greater(t, read, 15_000, "most mutations leave most rows readable")
	require.Greater(t, failed, 4_000)
}

// requireEveryLine reads a report and checks its lines. It returns the number
// of rows and of errors.
func requireEveryLine(t *testing.T, report string) (rows, failed int) {
	lines := splitLines(report)
	if len(lines) == 0 {
		return 0, 0
	}
	last := 0
	cover := func(first, to int) {
		require.Equal(t, last+1, first, "%q", report)
		require.LessOrEqual(t, first, to, "%q", report)
		last = to
	}
	header := true
	opts := Options{Currency: afterpay.CurrencyUSD, OnSkip: func(first, to int) {
		cover(first, to)
		skipped := strings.Join(lines[first-1:to], "\n")
		if !header && strings.ContainsAny(skipped, "123456789") {
			require.Contains(t, strings.ToLower(skipped), "total", "%q", report)
		}
		header = false
	}}
	for row, err := range Read(strings.NewReader(report), opts) {
		if err == nil {
			cover(row.Line, row.LastLine)
			rows++
			continue
		}
		fault, ok := errors.AsType[*Error](err)
		require.True(t, ok)
		require.NotEmpty(t, fault.Faults)
		cover(fault.Line, fault.LastLine)
		failed++
	}
	require.Len(t, lines, last, "%q", report)
	return rows, failed
}

// splitLines splits at LF, CR LF and CR.
func splitLines(text string) []string {
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	if text = strings.TrimSuffix(text, "\n"); text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// mutate breaks a file in one of the ways in which files break. The first line
// mostly stays whole.
func mutate(random *rand.Rand, text string) string {
	at := random.IntN(len(text))
	if head := strings.IndexByte(text, '\n'); random.IntN(20) > 0 && head >= 0 {
		at = head + random.IntN(len(text)-head)
	}
	end := at + random.IntN(min(len(text)-at, 8)+1)
	lineEnd := at + max(0, strings.IndexByte(text[at:], '\n'))
	switch random.IntN(8) {
	case 0:
		return text[:at+1] // truncated
	case 1:
		return text[:at] + text[end:] + "\n" // a hole
	case 2:
		return text[:end] + text[at:] // a repetition
	case 3:
		return strings.Replace(text, "\n", [...]string{"\r\n", "\r", "\n\r", "", "\r\r\n"}[random.IntN(5)], random.IntN(8))
	case 4:
		return text[:at] + "," + text[at:lineEnd] + text[lineEnd:] // shifted to the right
	case 5:
		return text[:at] + strings.Replace(text[at:], ",", "", 1) + "," // shifted to the left
	case 6:
		return "\ufeff" + strings.TrimPrefix(text, "\ufeff")
	default:
		signs := [...]string{`"`, `""`, `",`, ";", "\t", "\n", "\r", "\r\n", "\x00", "\ufeff", " ", "'", `="`, "1", "\xa3", "\u00a0"}
		return text[:at] + signs[random.IntN(len(signs))] + text[at:]
	}
}
