package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDays_WholeDays(t *testing.T) {
	t.Parallel()
	from, to, err := days{"2025-05-01", "2025-05-01"}.parse()
	require.NoError(t, err)
	require.Equal(t, time.Date(2025, 5, 1, 0, 0, 0, 0, time.UTC), from)
	require.Equal(t, time.Date(2025, 5, 1, 23, 59, 59, 999e6, time.UTC), to)
	from, to, err = days{}.parse()
	require.NoError(t, err)
	require.True(t, from.IsZero() && to.IsZero())
	for _, d := range []days{{"2025-05-02", "2025-05-01"}, {"1 May", ""}, {"", "2025-02-30"}, {"2025-5-1", ""}} {
		_, _, err := d.parse()
		require.Error(t, err, d)
	}
}

// A day begins and ends with the zone's clock, also when the clock is put back.
func TestCompareFlags_DaysAreThoseOfTheZone(t *testing.T) {
	t.Parallel()
	melbourne, err := time.LoadLocation("Australia/Melbourne")
	require.NoError(t, err)
	f := compareFlags{days: days{"2025-04-06", "2025-04-06"}} // 25 hours long
	o, err := f.options(melbourne)
	require.NoError(t, err)
	require.Equal(t, "2025-04-05T13:00:00Z", o.LeftWindow.From.UTC().Format(time.RFC3339))
	require.Equal(t, "2025-04-06T14:00:00Z", o.LeftWindow.To.UTC().Format(time.RFC3339))
	read := (&paymentFlags{lookBack: 1}).window(o.LeftWindow)
	require.Equal(t, "2025-04-04T13:00:00Z", read.From.UTC().Format(time.RFC3339))
	require.Equal(t, "2025-04-07T14:00:00Z", read.To.UTC().Format(time.RFC3339))
}
