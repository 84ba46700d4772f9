package settlement

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// smallHeader is a header with what tests need most.
const smallHeader = "Settlement Date,Order Date and Time,Afterpay Order ID,Settlement Amount,Net Settlement Amount,Type\n"

// smallReport makes a report from rows of date, time of the order and id.
func smallReport(rows ...[3]string) string {
	var b strings.Builder
	b.WriteString(smallHeader)
	for _, row := range rows {
		fmt.Fprintf(&b, "%s,%s,%s,$10.00,$9.50,Order\n", row[0], row[1], row[2])
	}
	return b.String()
}

var audOptions = Options{Currency: afterpay.CurrencyAUD}

func TestReadGoesOnAfterABadRow(t *testing.T) {
	t.Parallel()
	report := smallReport([3]string{"13/08/2026", "", "1"}, [3]string{"nonsense", "", "2"}, [3]string{"14/08/2026", "", "3"})
	var seen []string
	for row, err := range Read(strings.NewReader(report), audOptions) {
		if err != nil {
			require.Zero(t, row)
			seen = append(seen, err.Error())
			continue
		}
		seen = append(seen, row.AfterpayOrderID)
	}
	require.Equal(t, []string{
		"1",
		`settlement: row 3: Settlement Date: "nonsense": invalid date: want a date such as 24/06/2019`,
		"3",
	}, seen)
}

func TestReadStopsWhereTheLoopStopsAndResumesThere(t *testing.T) {
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

func TestAnErrorNamesRowColumnAndCell(t *testing.T) {
	t.Parallel()
	report := smallHeader + "13/08/2026,,\"1\n2\",$1,$1,\n\n13/08/2026,,3, £10.00 ,$9.50,Order\n"
	_, errs := read(report, audOptions)
	require.Len(t, errs, 1)
	fault, ok := errors.AsType[*Error](errs[0])
	require.True(t, ok)
	require.Equal(t, 5, fault.Row, "lines within cells and blank lines count")
	require.Equal(t, "Settlement Amount", fault.Column)
	require.Equal(t, "£10.00", fault.Value)
	require.Equal(t, afterpay.ErrCurrencyMismatch, fault.Kind)
	require.ErrorIs(t, fault, afterpay.ErrCurrencyMismatch)
	require.NotErrorIs(t, fault, afterpay.ErrAmount)
}

func TestALongCellIsShortenedInTheError(t *testing.T) {
	t.Parallel()
	_, errs := read(smallReport([3]string{strings.Repeat("x", 5000), "", "1"}), audOptions)
	require.Len(t, errs, 1)
	require.Less(t, len(errs[0].Error()), 200)
}

func TestReadKeepsRowsApartFromItsBuffers(t *testing.T) {
	t.Parallel()
	report := smallReport([3]string{"07/08/2026", "", "1"}, [3]string{"08/08/2026", "", "2"},
		[3]string{"13/08/2026", "", "3"}, [3]string{"14/08/2026", "", "4"}, [3]string{"15/08/2026", "", "5"})
	rows, errs := read(report, audOptions)
	require.Empty(t, errs)
	var ids, dates []string
	for _, row := range rows {
		ids = append(ids, row.AfterpayOrderID)
		dates = append(dates, row.SettlementDate.String())
	}
	require.Equal(t, []string{"1", "2", "3", "4", "5"}, ids)
	require.Equal(t, []string{"2026-08-07", "2026-08-08", "2026-08-13", "2026-08-14", "2026-08-15"}, dates)
}

func TestReadRefusesOptionsItCannotWorkWith(t *testing.T) {
	t.Parallel()
	report := smallReport([3]string{"13/08/2026", "", "1"})
	for name, opts := range map[string]Options{
		"no currency":         {},
		"malformed currency":  {Currency: "aud"},
		"unknown date layout": {Currency: afterpay.CurrencyAUD, DateLayout: 9},
		"unknown time layout": {Currency: afterpay.CurrencyAUD, TimeLayout: 9},
	} {
		rows, errs := read(report, opts)
		require.Empty(t, rows, name)
		require.Len(t, errs, 1, name)
		require.ErrorIs(t, errs[0], ErrOptions, name)
	}
}

func TestReadRefusesAFileThatIsNoReport(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"empty":                "",
		"blank":                "\n\n\n",
		"byte order mark only": "\ufeff",
		"other columns":        "date,amount\n13/08/2026,5\n",
		"no order id":          "Settlement Date,Settlement Amount\n13/08/2026,$5\n",
		"no amount":            "Settlement Date,Afterpay Order ID\n13/08/2026,1\n",
		"a column twice":       "Settlement Date,Afterpay Order ID,Settlement Amount,SETTLEMENT  date\n",
		"unknown column twice": "Settlement Date,Afterpay Order ID,Settlement Amount,X,x\n",
	} {
		rows, errs := read(file, audOptions)
		require.Empty(t, rows, name)
		require.Len(t, errs, 1, name)
		require.ErrorIs(t, errs[0], ErrHeader, name)
	}
}

func TestAReportWithoutRowsHasNoRows(t *testing.T) {
	t.Parallel()
	rows, errs := read(smallHeader, audOptions)
	require.Empty(t, rows)
	require.Empty(t, errs)
}

func TestAReadErrorEndsTheReadingAndIsPassedOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection lost")
	for name, head := range map[string]string{
		"in the header": "Settlement Date,",
		"in the rows":   smallReport([3]string{"13/08/2026", "", "1"}),
		"in rows held":  smallReport([3]string{"07/08/2026", "", "1"}),
	} {
		var errs []error
		for _, err := range Read(io.MultiReader(strings.NewReader(head), iotest.ErrReader(broken)), audOptions) {
			if err != nil {
				errs = append(errs, err)
			}
		}
		require.Len(t, errs, 1, name)
		require.ErrorIs(t, errs[0], ErrRead, name)
		require.ErrorIs(t, errs[0], broken, name)
	}
}

func TestTheReportMayComeInSmallPieces(t *testing.T) {
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

func TestAMissingQuotationMarkDoesNotSwallowTheFile(t *testing.T) {
	t.Parallel()
	file := &counted{r: io.MultiReader(
		strings.NewReader(smallReport([3]string{"13/08/2026", "", "1"})+`14/08/2026,,"2,$10.00`),
		newRepeated(nil, bytes.Repeat([]byte("x"), 64<<10), 1<<10),
	)}
	var last error
	for _, err := range Read(file, audOptions) {
		last = err
	}
	require.ErrorIs(t, last, ErrRow)
	require.ErrorContains(t, last, "quotation mark")
	require.Less(t, file.n, 2*maxRowBytes)
}

func TestAnUndecidedFileIsNotHeldBackForever(t *testing.T) {
	t.Parallel()
	file := &counted{r: newRepeated([]byte(smallHeader), bytes.Repeat([]byte("07/08/2026,,1,$10.00,$9.50,Order\n"), 100), 1<<20)}
	var errs []error
	for _, err := range Read(file, audOptions) {
		errs = append(errs, err)
	}
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], ErrAmbiguousDate)
	require.ErrorContains(t, errs[0], "Options.DateLayout")
	require.InDelta(t, undecidedBytes, file.n, 128<<10)
}

func TestRowsThatNeedNoDecisionAreNotHeldBack(t *testing.T) {
	t.Parallel()
	report := smallReport([3]string{"08/08/2026", "", "1"}, [3]string{"08/08/2026", "", "2"}, [3]string{"07/08/2026", "", "3"})
	rows, errs := read(report, audOptions)
	require.Len(t, rows, 2)
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], ErrAmbiguousDate)
}

func TestSettlementDatesTakeTheOrderOfTimes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		rows [][3]string
		want []string // settlement dates; nil for ambiguous
	}{
		{"day first", [][3]string{{"02/08/2026", "31/07/2026 10:00", "1"}, {"02/08/2026", "01/08/2026 10:00", "2"}},
			[]string{"2026-08-02", "2026-08-02"}},
		{"month first", [][3]string{{"08/02/2026", "07/31/2026 10:00", "1"}},
			[]string{"2026-08-02"}},
		{"refuted by the days between", [][3]string{{"08/02/2026", "31/07/2026 10:00", "1"}},
			nil},
		{"both far off", [][3]string{{"02/03/2026", "31/10/2025 10:00", "1"}},
			[]string{"2026-03-02"}},
		{"times are ISO", [][3]string{{"02/03/2026", "2026-03-01 10:00", "1"}},
			nil},
		{"none decided", [][3]string{{"02/03/2026", "01/03/2026 10:00", "1"}},
			nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rows, errs := read(smallReport(c.rows...), audOptions)
			if c.want == nil {
				require.Empty(t, rows)
				require.Len(t, errs, 1)
				require.ErrorIs(t, errs[0], ErrAmbiguousDate)
				return
			}
			require.Empty(t, errs)
			var got []string
			for _, row := range rows {
				got = append(got, row.SettlementDate.String())
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestTimesTakeTheOrderOfSettlementDates(t *testing.T) {
	t.Parallel()
	rows, errs := read(smallReport([3]string{"08/13/2026", "08/11/2026 10:00", "1"}), audOptions)
	require.Empty(t, errs)
	require.Equal(t, Date{2026, time.August, 11}, rows[0].OrderDate)

	rows, errs = read(smallReport([3]string{"08/13/2026", "11/08/2026 10:00", "1"}), audOptions)
	require.Empty(t, rows)
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], ErrAmbiguousDate)
	require.ErrorContains(t, errs[0], "Options.TimeLayout")
}

func TestGivenLayoutsAreNotOverruledByTheFile(t *testing.T) {
	t.Parallel()
	report := smallReport([3]string{"13/08/2026", "12/08/2026 10:00", "1"}, [3]string{"12/08/2026", "11/08/2026 10:00", "2"})
	rows, errs := read(report, Options{Currency: afterpay.CurrencyUSD, DateLayout: MonthFirst})
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], ErrDateOrder)
	require.Len(t, rows, 1)
	require.Equal(t, Date{2026, time.December, 8}, rows[0].SettlementDate)
	require.Equal(t, Date{2026, time.November, 8}, rows[0].OrderDate)
}

func TestInstantsAreOfTheGivenZone(t *testing.T) {
	t.Parallel()
	header := "Settlement Date,Order Date and Time,Refund Date and Time,Afterpay Order ID,Settlement Amount\n"
	for _, c := range []struct{ cell, zone, want string }{
		{"24/06/2019 22:56", "Australia/Melbourne", "2019-06-24T12:56:00Z"},
		{"24/12/2019 22:56", "Australia/Melbourne", "2019-12-24T11:56:00Z"},
		{"24/12/2019 22:56", "Australia/Brisbane", "2019-12-24T12:56:00Z"},
		{"24/06/2019 5:28:07", "America/Los_Angeles", "2019-06-24T12:28:07Z"},
	} {
		report := header + "25/06/2019," + c.cell + "," + c.cell + ",1,$5\n"
		rows, errs := read(report, Options{Location: zone(t, c.zone), Currency: afterpay.CurrencyAUD})
		require.Empty(t, errs)
		require.Equal(t, c.want, rows[0].OrderedAt.UTC().Format(time.RFC3339))
		require.True(t, rows[0].OrderedAt.Equal(rows[0].RefundedAt))
		require.Equal(t, 24, rows[0].RefundDate.Day)

		rows, errs = read(report, audOptions)
		require.Empty(t, errs)
		require.True(t, rows[0].OrderedAt.IsZero(), "no instant without a zone")
		require.Equal(t, 24, rows[0].OrderDate.Day)
	}
}

func TestADateWithoutATimeIsNoInstant(t *testing.T) {
	t.Parallel()
	_, errs := read(smallReport([3]string{"13/08/2026", "12/08/2026", "1"}), audOptions)
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], ErrDate)
	require.ErrorContains(t, errs[0], "Order Date and Time")
}

func TestTheTypeIsTakenFromOtherCellsWhereThereIsNoColumn(t *testing.T) {
	t.Parallel()
	header := "Settlement Date,Afterpay Order ID,Merchant Refund ID,Afterpay Refund ID,Settlement Amount\n"
	rows, errs := read(header+"13/08/2026,1,,,$5\n13/08/2026,2,r,,-$5\n13/08/2026,3,,7,-$5\n13/08/2026,4,,,-$5\n", audOptions)
	require.Empty(t, errs)
	var types []Type
	for _, row := range rows {
		types = append(types, row.Type)
		require.True(t, row.NetUnknown)
	}
	require.Equal(t, []Type{TypeOrder, TypeRefund, TypeRefund, ""}, types)
}

func TestADatedRowWithoutIdAndAmountIsPassedOver(t *testing.T) {
	t.Parallel()
	rows, errs := read(smallHeader+"13/08/2026,,1,$10.00,$9.50,Order\n13/08/2026,,,,$0.00,\n", audOptions)
	require.Len(t, rows, 1)
	require.Empty(t, errs)
}

func TestThePartnerFileNamesTheCurrencyOfRowsNotConverted(t *testing.T) {
	t.Parallel()
	header := "Settlement Date,Afterpay Order ID,Settlement Amount,Presentment Amount,Presentment Currency,Settlement Exchange Rate\n"
	for _, c := range []struct {
		cells string // presentment amount, its currency, exchange rate
		given afterpay.Currency
		want  afterpay.Currency
		kind  afterpay.Kind
		in    string // column at fault
	}{
		{cells: "$5,USD,1", want: "USD"},
		{cells: "$5,usd,", want: "USD"},
		{cells: "$5,USD,1.000000", given: "USD", want: "USD"},
		{cells: "£4,GBP,1.25", given: "USD", want: "USD"},
		{cells: ",,", given: "USD", want: "USD"},
		{cells: "£4,GBP,1.25", kind: ErrOptions, in: "Settlement Exchange Rate"},
		{cells: "£4,GBP,1", given: "USD", kind: afterpay.ErrCurrencyMismatch, in: "Presentment Currency"},
		{cells: "£4,USD,1", given: "USD", kind: afterpay.ErrCurrencyMismatch, in: "Presentment Amount"},
		{cells: "$4,dollars,1", kind: afterpay.ErrCurrencyMismatch, in: "Presentment Currency"},
		{cells: "$4,,1", kind: afterpay.ErrCurrencyMismatch, in: "Presentment Currency"},
	} {
		rows, errs := read(header+"13/08/2026,1,$5,"+c.cells+"\n", Options{Currency: c.given})
		if c.kind == "" {
			require.Empty(t, errs, c.cells)
			require.Equal(t, c.want, rows[0].Currency, c.cells)
			continue
		}
		require.Empty(t, rows, c.cells)
		require.Len(t, errs, 1, c.cells)
		require.ErrorIs(t, errs[0], c.kind, c.cells)
		require.ErrorContains(t, errs[0], c.in, c.cells)
	}
}

func TestDerivedAmountsOutOfRangeAreRefused(t *testing.T) {
	t.Parallel()
	_, errs := read("Settlement Date,Afterpay Order ID,Settlement Amount,Net Settlement Amount\n"+
		"13/08/2026,1,$9223372036854,-$9223372036854\n", audOptions)
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], afterpay.ErrAmount)
}

func TestFeeIsDerivedWhereTheColumnIsMissing(t *testing.T) {
	t.Parallel()
	rows, errs := read("Settlement Date,Afterpay Order ID,Settlement Amount,Net Settlement Amount\n13/08/2026,1,$311.00,$296.705\n", audOptions)
	require.Empty(t, errs)
	require.Equal(t, "14.295", rows[0].MerchantFeeInclTax.String())
	require.False(t, rows[0].NetUnknown)
}

func TestMoneyIsReadAsReportsWriteIt(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]Decimal{
		"$37.00":                 37_000000,
		"-$297.27":               -297_270000,
		"$-297.27":               -297_270000,
		"- $ 297.27":             -297_270000,
		"\u2212$297.27":          -297_270000,
		"$1,259.72":              1259_720000,
		"1,234,567.5":            1_234_567_500000,
		"($5.00)":                -5_000000,
		"'£5":                    5_000000,
		"US$296.705000":          296_705000,
		"12345,678.00":           0, // refused, like all below
		"1,23,456.00":            0,
		"1,2345":                 0,
		"12,50":                  0,
		"1,259,72":               0,
		",100":                   0,
		"1,,000":                 0,
		"1,000.5,0":              0,
		"$1.0000001":             0,
		"(-$5.00)":               0,
		"-($5.00)":               0,
		"--5":                    0,
		"$--5":                   0,
		"5-":                     0,
		"5 USD":                  0,
		"$":                      0,
		"()":                     0,
		"(":                      0,
		"$9,999,999,999,999,999": 0,
	} {
		got, symbol, ok := parseMoney(cell)
		known, _ := symbolFits(symbol, afterpay.CurrencyUSD)
		require.Equal(t, want != 0, ok && known, "%q read as %v", cell, got)
		if want != 0 {
			require.Equal(t, want, got, cell)
		}
	}
}

func TestSymbolsAreCheckedAgainstEachCurrency(t *testing.T) {
	t.Parallel()
	currencies := []afterpay.Currency{"AUD", "NZD", "USD", "CAD", "GBP", "EUR"}
	for symbol, fits := range map[string]string{
		"":     "AUD NZD USD CAD GBP EUR",
		"$":    "AUD NZD USD CAD",
		"A$":   "AUD",
		"AU$":  "AUD",
		"NZ$":  "NZD",
		"US$":  "USD",
		"C$":   "CAD",
		"CA$":  "CAD",
		"£":    "GBP",
		"\xa3": "GBP",
		"€":    "EUR",
		"\x80": "EUR",
		"USD":  "USD",
	} {
		for _, currency := range currencies {
			known, ok := symbolFits(symbol, currency)
			require.True(t, known, symbol)
			require.Equal(t, strings.Contains(fits, string(currency)), ok, "%q for %s", symbol, currency)
		}
	}
	for _, unknown := range []string{"kr", "$$", "¥", "usd", "R$", "-", "%"} {
		known, _ := symbolFits(unknown, afterpay.CurrencyUSD)
		require.False(t, known, unknown)
	}
}

func TestSpreadsheetRoundedIdsAreToldFromIds(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"1.00102E+11", "1e+11", "1,00102E+11"} {
		require.True(t, roundedBySpreadsheet(id), id)
	}
	for _, id := range []string{"", "100101782114", "E+1", "1E+", "1E11", "order-1E+5", "1E+5a", "E"} {
		require.False(t, roundedBySpreadsheet(id), id)
	}
}

func TestReadHoldsNoMoreThanAFewRows(t *testing.T) {
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

// counted counts the bytes read from r.
type counted struct {
	r io.Reader
	n int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}
