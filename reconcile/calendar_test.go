package reconcile

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/settlement"
)

func TestDaysAreThoseOfTheZone(t *testing.T) {
	t.Parallel()
	zones := []string{
		"UTC", "Australia/Melbourne", "Australia/Brisbane", "America/Los_Angeles", "Europe/London", "Asia/Kolkata",
		"America/Havana",      // midnight is skipped once a year
		"Pacific/Apia",        // a whole day was skipped
		"Australia/Lord_Howe", // moves by half an hour
	}
	for _, name := range zones {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			location, err := time.LoadLocation(name)
			require.NoError(t, err)
			c := calendar{location: location}
			rng := rand.New(rand.NewPCG(1, 2))
			at := time.Date(2011, 6, 1, 0, 0, 0, 0, time.UTC)
			check := func(at time.Time) {
				if got, want := c.day(at), settlement.DateOf(at.In(location)); got != want {
					require.Equal(t, want, got, at)
				}
			}
			for range 400 * 48 { // forward through a year, every change of the clocks included
				at = at.Add(30 * time.Minute)
				check(at)
			}
			for range 400 * 48 { // and back, with jumps
				at = at.Add(-time.Duration(rng.Int64N(int64(time.Hour))))
				check(at)
				check(at.Add(time.Duration(rng.Int64N(int64(30 * time.Hour)))))
			}
		})
	}
	require.True(t, (&calendar{location: time.UTC}).day(time.Time{}).IsZero())
}

func TestBusinessDaysPassWeekendsAndHolidays(t *testing.T) {
	t.Parallel()
	friday := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	thanksgiving := func(d settlement.Date) bool { return d == settlement.Date{Year: 2026, Month: 11, Day: 26} }
	tests := []struct {
		days int
		want int // of November
	}{{0, 20}, {1, 23}, {3, 25}, {4, 27}, {5, 30}}
	for _, test := range tests {
		got := businessDaysAfter(friday, test.days, time.UTC, thanksgiving)
		require.Equal(t, time.Date(2026, 11, test.want, 15, 0, 0, 0, time.UTC), got)
	}
	saturday := friday.Add(24 * time.Hour)
	require.Equal(t, 23, businessDaysAfter(saturday, 1, time.UTC, nil).Day())
}
