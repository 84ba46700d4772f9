package csvfile

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func day(d Date, order DateOrder) string {
	year, month, day, ok := d.In(order)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day)
}

func TestCutDate_TakesFormsWithOneMeaning(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-08-01": "2026-08-01", "2026-8-1": "2026-08-01", "2026/08/01": "2026-08-01", "2026.08.01": "2026-08-01", "20260801": "2026-08-01",
		"1 Aug 2026": "2026-08-01", "01-Aug-2026": "2026-08-01", "01-AUG-2026": "2026-08-01", "1 August 2026": "2026-08-01",
		"Aug 1, 2026": "2026-08-01", "August 1 2026": "2026-08-01", "Aug 1,2026": "2026-08-01", "Aug1,2026": "2026-08-01", "May 5, 2026": "2026-05-05",
		"08/08/2026": "2026-08-08", "8.8.2026": "2026-08-08",
	} {
		d, rest, ok := CutDate(text + " 5:28")
		require.True(t, ok, text)
		require.Equal(t, " 5:28", rest, text)
		for order := AnyOrder; order <= MonthFirst; order++ {
			require.Equal(t, want, day(d, order), text)
		}
		only, open := d.Evidence()
		require.Equal(t, AnyOrder, only, text)
		require.False(t, open, text)
	}
}

func TestCutDate_LeavesTheOrderOfNumbersOpen(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"07/08/2026", "7/8/2026", "07-08-2026", "7.8.2026"} {
		d, _, ok := CutDate(text)
		require.True(t, ok, text)
		require.Equal(t, "2026-08-07", day(d, DayFirst), text)
		require.Equal(t, "2026-07-08", day(d, MonthFirst), text)
		require.Empty(t, day(d, YearFirst), text)
		require.Empty(t, day(d, AnyOrder), text)
		_, open := d.Evidence()
		require.True(t, open, text)
	}
}

func TestCutDate_ShortYearsNeedAnOrder(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{ // day first, month first
		"07/08/26":  {"2026-08-07", "2026-07-08"},
		"25.06.26":  {"2026-06-25", ""},
		"08/08/26":  {"2026-08-08", "2026-08-08"},
		"25-Jun-26": {"2026-06-25", "2026-06-25"},
		"7 Aug 26":  {"2026-08-07", "2026-08-07"},
	} {
		d, _, ok := CutDate(text)
		require.True(t, ok, text)
		require.Equal(t, want, [2]string{day(d, DayFirst), day(d, MonthFirst)}, text)
		require.Empty(t, day(d, AnyOrder), text)
		require.Empty(t, day(d, YearFirst), text)
		only, open := d.EvidenceOf(func(m time.Month) bool { return m == time.August })
		require.Equal(t, AnyOrder, only, text)
		require.True(t, open, text)
	}
}

func TestCutDate_RefusesEverythingElse(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "1", "1/", "1/2", "1/2/", "1/2/226", "1/2/20261", "111/2/2026", "1/222/2026", "1-2/2026", "2026-08", "2026/08-01",
		"a/b/cccc", "/2/2026", "1//2026", "45511", "7 Au 2026", "7 Augusta 2026", "7Aug2026", "Aug 2026", "Aug 7",
		"7 Aug-2026", "7 Aug 240", "7 Aug 4", "yesterday", "202608", "2026080", "Aug 7 26",
	} {
		d, rest, ok := CutDate(text)
		require.False(t, ok && rest == "", "%q read as %v", text, d)
	}
}

func TestEvidence_IsWhatAllowsOneReadingOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, month string
		want        DateOrder
		open        bool
	}{
		{text: "13/08/2026", want: DayFirst},
		{text: "08/13/2026", want: MonthFirst},
		{text: "2026-08-13"},
		{text: "12/08/2026", open: true},
		{text: "08/08/2026"},
		{text: "31/02/2026"},
		{text: "29/02/2024", want: DayFirst},
		{text: "29/02/2026"},
		{text: "13/13/2026"},
		{text: "00/08/2026"},
		{text: "13/08/0026"},
		{text: "12/08/2026", month: "Aug", want: DayFirst},
		{text: "12/08/2026", month: "december", want: MonthFirst},
		{text: "12/08/2026", month: "Sep", open: true},
		{text: "12/08/2026", month: "Au", open: true},
		{text: "12/08/2026", month: "Augusta", open: true},
		{text: "13/08/2026", month: "Jan", want: DayFirst},
	} {
		d, _, ok := CutDate(c.text)
		require.True(t, ok)
		only, open := d.EvidenceOf(func(m time.Month) bool { return NamesMonth(c.month, m) })
		require.Equal(t, c.want, only, "%s %s", c.text, c.month)
		require.Equal(t, c.open, open, "%s %s", c.text, c.month)
	}
}

func TestParseClock_TakesFormsWithOneMeaning(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Clock{
		" 22:56":           {Hour: 22, Minute: 56},
		" 5:28:00":         {Hour: 5, Minute: 28},
		", 5:28":           {Hour: 5, Minute: 28},
		"T05:28:09":        {Hour: 5, Minute: 28, Second: 9},
		"  0:00":           {},
		" 23:59:59.5":      {Hour: 23, Minute: 59, Second: 59, Nanosecond: 500_000_000},
		" 12:30 AM":        {Minute: 30},
		" 12:30 p.m.":      {Hour: 12, Minute: 30},
		" 5:28:09 pm":      {Hour: 17, Minute: 28, Second: 9},
		" 5:28pm":          {Hour: 17, Minute: 28},
		"T00:00:00Z":       {HasZone: true},
		"T10:00:00.000Z":   {Hour: 10, HasZone: true},
		" 10:00 UTC":       {Hour: 10, HasZone: true},
		"T10:00:00+10:00":  {Hour: 10, HasZone: true, Zone: 36000},
		" 10:00:00 -0930":  {Hour: 10, HasZone: true, Zone: -34200},
		" 10:00 +10":       {Hour: 10, HasZone: true, Zone: 36000},
		" 10:00 am +10:00": {Hour: 10, HasZone: true, Zone: 36000},
	} {
		got, ok := ParseClock(text)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{
		"", " ", "22:56", " 22", " 22:", " 2256", " 24:00", " 22:60", " 22:5", " 22:56:60", " 22:56:0", " 22:56 PM", " 0:56 am", " 13:00 pm",
		" 222:56", " -1:00", " :30", " 22:56 EST", " 22:56 +1", " 22:56 +15:00", " 22:56 +10:60", " 22:56:00.", " 22:56 x", "T", " 22:56 pm pm",
	} {
		_, ok := ParseClock(text)
		require.False(t, ok, text)
	}
}

func TestClock_IsOfItsOwnZoneIfItHasOne(t *testing.T) {
	t.Parallel()
	brisbane := time.FixedZone("", 36000)
	local, _ := ParseClock(" 10:00")
	zoned, _ := ParseClock("T10:00:00-02:00")
	require.Equal(t, "2026-08-01T00:00:00Z", local.In(2026, 8, 1, brisbane).UTC().Format(time.RFC3339))
	require.Equal(t, "2026-08-01T12:00:00Z", zoned.In(2026, 8, 1, brisbane).UTC().Format(time.RFC3339))
}

func FuzzDate(f *testing.F) {
	for _, seed := range []string{"07/08/2024 10:00", "25-Jun-24", "0/0/20", "2024-08-07T00:00:00Z", "7 Aug 2024", "Aug 7, 2024, 5:28 pm", "20240807"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, rest, ok := CutDate(text)
		if !ok {
			return
		}
		only, open := d.Evidence()
		require.False(t, open && only != AnyOrder)
		if open {
			require.NotEmpty(t, day(d, DayFirst)+day(d, MonthFirst))
			require.Empty(t, day(d, AnyOrder))
		}
		if clock, ok := ParseClock(rest); ok {
			require.True(t, clock.Hour < 24 && clock.Minute < 60 && clock.Second < 60)
		}
	})
}
