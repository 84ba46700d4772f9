package settlement

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

func TestRead_AnUndecidedFileDoesNotWaitForever(t *testing.T) {
	t.Parallel()
	file := &counted{r: newRepeated([]byte(smallHeader), bytes.Repeat([]byte("07/08/2026,,1,$10.00,$9.50,Order\n"), 100), 1<<20)}
	n := 0
	for _, err := range Read(file, audOptions) {
		if n++; n == 1 {
			require.ErrorIs(t, err, ErrAmbiguousDate)
			require.ErrorContains(t, err, "Options.DateLayout")
			require.InDelta(t, undecidedBytes, file.n, 256<<10)
		}
		if n == 140_000 {
			break
		}
	}
	require.Greater(t, file.n, undecidedBytes+1<<18, "the rest is read row by row")
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

func TestRead_OnlyAmbiguousRowsAreErrors(t *testing.T) {
	t.Parallel()
	report := smallReport([3]string{"08/08/2026", "", "1"}, [3]string{"07/08/2026", "", "2"}, [3]string{"2026-08-07", "", "3"}, [3]string{"7 Aug 2026", "", "4"})
	rows, errs := read(report, audOptions)
	require.Len(t, rows, 3)
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], ErrAmbiguousDate)
	require.ErrorContains(t, errs[0], "line 3")
}

func TestRead_SettlementDatesTakeTheOrderOfTimes(t *testing.T) {
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

func TestRead_TimesTakeTheOrderOfSettlementDates(t *testing.T) {
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

func TestRead_GivenLayoutsAreNotOverruledByTheFile(t *testing.T) {
	t.Parallel()
	report := smallReport([3]string{"13/08/2026", "12/08/2026 10:00", "1"}, [3]string{"12/08/2026", "11/08/2026 10:00", "2"}, [3]string{"2026-08-13", "", "3"})
	rows, errs := read(report, Options{Currency: afterpay.CurrencyUSD, DateLayout: MonthFirst})
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], ErrDateOrder)
	require.Len(t, rows, 2)
	require.Equal(t, Date{2026, time.December, 8}, rows[0].SettlementDate)
	require.Equal(t, Date{2026, time.November, 8}, rows[0].OrderDate)
	require.Equal(t, Date{2026, time.August, 13}, rows[1].SettlementDate)

	_, errs = read(report, Options{Currency: afterpay.CurrencyUSD, DateLayout: YearFirst})
	require.Len(t, errs, 2)
	require.ErrorIs(t, errs[0], ErrDateOrder)
	require.ErrorIs(t, errs[1], ErrDateOrder)
	require.ErrorContains(t, errs[1], "Options make these dates year first; set Options.DateLayout if that is wrong")
}

func TestRead_ISODatesDecide(t *testing.T) {
	t.Parallel()
	header := "Settlement Date,ISO Settlement Date,Order Date and Time,Iso Order Date and Time,Afterpay Order ID,Settlement Amount\n"
	for _, c := range []struct{ cells, want string }{
		{"07/08/2024,2024-08-07,06/08/2024 10:00,", "2024-08-07 2024-08-06"},
		{"07/08/2024,2024-07-08,07/07/2024 10:00,", "2024-07-08 2024-07-07"},
		{",2024-08-07,,2024-08-06T10:00:00Z", "2024-08-07 2024-08-06"},
		{"nonsense,20240807,nonsense,6 Aug 2024", "2024-08-07 2024-08-06"},
		{"13/08/2024,,12/08/2024 10:00,", "2024-08-13 2024-08-12"},
		{"13/08/2024,nonsense,,", `ISO Settlement Date: "nonsense": invalid date`},
		{"07/08/2024,08/07/2024,,", `ISO Settlement Date: "08/07/2024": ambiguous date`},
	} {
		rows, errs := read(header+c.cells+",1,$5\n", audOptions)
		if len(errs) > 0 {
			require.ErrorContains(t, errs[0], c.want, c.cells)
			continue
		}
		require.Equal(t, c.want, rows[0].SettlementDate.String()+" "+rows[0].OrderDate.String(), c.cells)
	}
}

func TestRead_SettlementDatesMayHaveATimeOfDay(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"2024-08-07T00:00:00Z": "2024-08-07", "2024-08-07T00:00:00+10:00": "2024-08-07", "2024-08-07 13:45": "2024-08-07",
		"24/08/2024 00:00:00": "2024-08-24", `"Aug 7, 2024"`: "2024-08-07", "2024/08/07": "2024-08-07",
		"2024-08-06T14:00:00Z": "", "2024-08-07x": "", "45511": "",
	} {
		rows, errs := read(smallReport([3]string{cell, "", "1"}), audOptions)
		if want == "" {
			require.Len(t, errs, 1, cell)
			require.ErrorIs(t, errs[0], ErrDate, cell)
			continue
		}
		require.Empty(t, errs, cell)
		require.Equal(t, want, rows[0].SettlementDate.String())
	}
}

func TestRead_ShortYearsNeedALayout(t *testing.T) {
	t.Parallel()
	report := smallReport([3]string{"07/08/24", "06/08/24 10:00", "1"}, [3]string{"25-Jun-24", "", "2"})
	rows, errs := read(report, audOptions)
	require.Empty(t, rows)
	require.Len(t, errs, 2)
	require.ErrorIs(t, errs[0], ErrAmbiguousDate)
	require.ErrorIs(t, errs[1], ErrAmbiguousDate)

	rows, errs = read(report, Options{Currency: afterpay.CurrencyAUD, DateLayout: DayFirst})
	require.Empty(t, errs)
	require.Equal(t, "2024-08-07 2024-08-06", rows[0].SettlementDate.String()+" "+rows[0].OrderDate.String())
	require.Equal(t, "2024-06-25", rows[1].SettlementDate.String())
}

func TestRead_InstantsAreOfTheGivenZone(t *testing.T) {
	t.Parallel()
	header := "Settlement Date,Order Date and Time,Refund Date and Time,Afterpay Order ID,Settlement Amount\n"
	for _, c := range []struct{ cell, zone, want string }{
		{"24/06/2019 22:56", "Australia/Melbourne", "2019-06-24T12:56:00Z"},
		{"24/12/2019 22:56", "Australia/Melbourne", "2019-12-24T11:56:00Z"},
		{"24/12/2019 10:56 PM", "Australia/Brisbane", "2019-12-24T12:56:00Z"},
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

func TestRead_AnInstantNeedsATimeOfDayAndAZone(t *testing.T) {
	t.Parallel()
	rows, errs := read(smallReport([3]string{"13/08/2026", "12/08/2026", "1"}, [3]string{"13/08/2026", "2026-08-12T10:00:00+10:00", "2"}), audOptions)
	require.Empty(t, errs)
	require.Equal(t, Date{2026, 8, 12}, rows[0].OrderDate)
	require.True(t, rows[0].OrderedAt.IsZero())
	require.Equal(t, "2026-08-12T00:00:00Z", rows[1].OrderedAt.UTC().Format(time.RFC3339))

	_, errs = read(smallReport([3]string{"13/08/2026", "12/08/2026 noon", "1"}), audOptions)
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], ErrDate)
	require.ErrorContains(t, errs[0], "Order Date and Time")
}

func TestDateLayout_InWords(t *testing.T) {
	t.Parallel()
	var words []string
	for l := DetectLayout; l <= YearFirst+1; l++ {
		words = append(words, l.String())
	}
	require.Equal(t, "undecided, day first, month first, year first, unknown layout", strings.Join(words, ", "))
}
