package settlement

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDateIsADayWithoutAZone(t *testing.T) {
	t.Parallel()
	instant := time.Date(2026, time.December, 1, 13, 30, 0, 0, time.UTC)
	require.Equal(t, Date{2026, time.December, 2}, DateOf(instant.In(zone(t, "Australia/Melbourne"))))
	require.Equal(t, Date{2026, time.December, 1}, DateOf(instant.In(zone(t, "Australia/Brisbane"))))

	begins := Date{2026, time.December, 2}.In(zone(t, "Australia/Melbourne"))
	require.Equal(t, "2026-12-01T13:00:00Z", begins.UTC().Format(time.RFC3339))
}

func TestDatesCompareByTheCalendar(t *testing.T) {
	t.Parallel()
	ordered := []Date{{}, {2025, 12, 31}, {2026, 1, 1}, {2026, 1, 2}, {2026, 2, 1}}
	for i, a := range ordered {
		for j, b := range ordered {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			require.Equal(t, want, a.Compare(b), "%v and %v", a, b)
		}
	}
}

func TestDateTextIsISO(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal([]Date{{2026, time.August, 1}, {}})
	require.NoError(t, err)
	require.JSONEq(t, `["2026-08-01",""]`, string(b))

	back := []Date{{1, 1, 1}, {1, 1, 1}}
	require.NoError(t, json.Unmarshal(b, &back))
	require.Equal(t, []Date{{2026, time.August, 1}, {}}, back)
	require.True(t, back[1].IsZero())

	for _, text := range []string{"01/08/2026", "2026-02-30", "2026-8-1", "2026-08-01T00:00"} {
		require.ErrorIs(t, new(Date).UnmarshalText([]byte(text)), ErrDate, text)
	}
}

func TestCutDateTakesDocumentedFormsOnly(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "1", "1/", "1/2", "1/2/", "1/2/26", "1/2/226", "1/2/20261", "111/2/2026", "1/222/2026", "1-2-2026", "1/2-2026",
		"2026/08/01", "2026-8-01", "2026-08-1", "2026-08", "a/b/cccc", "/2/2026", "1//2026", "20260801",
	} {
		d, rest, ok := cutDate(text)
		require.False(t, ok && rest == "", "%q read as %v", text, d)
	}
	for text, want := range map[string]rawDate{
		"24/06/2019": {first: 24, second: 6, third: 2019},
		"4/21/2024":  {first: 4, second: 21, third: 2024},
		"2026-08-01": {first: 2026, second: 8, third: 1, iso: true},
	} {
		d, rest, ok := cutDate(text + " 5:28")
		require.True(t, ok, text)
		require.Equal(t, want, d)
		require.Equal(t, " 5:28", rest)
	}
}

func TestEvidenceIsWhatAllowsOneReadingOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, month string
		want        DateLayout
		open        bool
	}{
		{text: "13/08/2026", want: DayFirst},
		{text: "08/13/2026", want: MonthFirst},
		{text: "2026-08-13", want: YearFirst},
		{text: "12/08/2026", open: true},
		{text: "08/08/2026"},
		{text: "31/02/2026"},
		{text: "29/02/2024", want: DayFirst},
		{text: "29/02/2026"},
		{text: "13/13/2026"},
		{text: "00/08/2026"},
		{text: "13/08/0026"},
		{text: "2026-13-01"},
		{text: "12/08/2026", month: "Aug", want: DayFirst},
		{text: "12/08/2026", month: "december", want: MonthFirst},
		{text: "12/08/2026", month: "Sep", open: true},
		{text: "12/08/2026", month: "Au", open: true},
		{text: "12/08/2026", month: "Augusta", open: true},
		{text: "13/08/2026", month: "Jan", want: DayFirst},
	} {
		d, _, ok := cutDate(c.text)
		require.True(t, ok)
		only, open := d.evidenceFrom(c.month)
		require.Equal(t, c.want, only, "%s %s", c.text, c.month)
		require.Equal(t, c.open, open, "%s %s", c.text, c.month)
	}
}

func TestAnUndecidedLayoutReadsOnlyWhatAllReadAlike(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"08/08/2026": true, "2026-08-09": true, "07/08/2026": false, "13/08/2026": false} {
		d, _, _ := cutDate(text)
		_, ok := d.in(DetectLayout)
		require.Equal(t, want, ok, text)
	}
}

func TestParseClock(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]clock{
		" 22:56":    {22, 56, 0},
		" 5:28:00":  {5, 28, 0},
		"T05:28:09": {5, 28, 9},
		"  0:00":    {},
		" 23:59:59": {23, 59, 59},
	} {
		got, ok := parseClock(text)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{
		"", " ", "22:56", " 22", " 22:", " 2256", " 24:00", " 22:60", " 22:5", " 22:56:60", " 22:56:0", " 22:56 PM",
		" 22:56:00Z", " 222:56", " -1:00", " :30",
	} {
		_, ok := parseClock(text)
		require.False(t, ok, text)
	}
}
