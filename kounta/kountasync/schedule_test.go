package kountasync

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
)

// The nights that the service misses are reconciled one by one, and on Mondays
// five weeks.
func TestSchedules_MissedNightsAreCaughtUp(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{}) // a Sunday, 09:00
	db := openDB(t)
	service, err := newService(durablesqlite.New(db), b.client, b, Options{
		Poll: time.Hour, ReconcileAt: 4 * time.Hour, Alerts: b, Now: func() time.Time { return b.now },
	})
	require.NoError(t, err)
	require.NoError(t, service.Migrate(t.Context()))
	runs := func(schedule string, n int) (all []durable.Run) {
		require.Eventually(t, func() bool {
			all, err = service.Runs(t.Context(), schedule, 20)
			return err == nil && len(all) == n
		}, 30*time.Second, 20*time.Millisecond)
		return all
	}
	start := func() {
		require.NoError(t, service.Start(t.Context()))
	}
	start()
	runs(ScheduleDaily, 1)
	runs(ScheduleWeekly, 1)
	require.NoError(t, service.Stop(t.Context()))

	b.capture("1", afterpay.AUD(10_00)) // and the service is down until Wednesday
	b.now = time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)
	// River remembers that it has looked for schedules in these five minutes.
	_, err = db.ExecContext(t.Context(), "DELETE FROM river_job")
	require.NoError(t, err)
	start()
	daily, weekly := runs(ScheduleDaily, 4), runs(ScheduleWeekly, 4)
	require.NoError(t, service.Stop(t.Context()))
	for i, day := range []int{4, 3, 2, 1} { // newest first
		until := time.Date(2026, 3, day, 4, 0, 0, 0, time.UTC)
		require.Equal(t, until, daily[i].Until.UTC())
		require.Equal(t, until, weekly[i].Until.UTC())
	}
	require.Equal(t, "not a Monday", weekly[0].Report)
	require.Equal(t, "not a Monday", weekly[1].Report)
	require.Contains(t, weekly[2].Report, "Records read")
}

func TestSchedules_MismatchIsAlertedByTheNightAndByTheWeekItIsIn(t *testing.T) {
	t.Parallel()
	b := day(t) // a Sunday
	b.bySale["1002"][0].payments[0].amount++
	var alerted []string
	for night := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC); night.Day() < 31; night = night.AddDate(0, 0, 1) {
		for _, s := range b.sync.schedules() {
			b.alerts = nil
			_, err := s.Run(t.Context(), night.AddDate(0, 0, -1), night)
			require.NoError(t, err)
			for _, a := range b.alerts {
				require.Equal(t, AlertMismatch, a.Kind)
				alerted = append(alerted, a.Key+" "+night.Format("Jan 2"))
			}
		}
	}
	require.Equal(t, []string{
		"kounta-daily Mar 2", "kounta-weekly Mar 2", "kounta-weekly Mar 9", "kounta-weekly Mar 16", "kounta-weekly Mar 23", "kounta-weekly Mar 30",
	}, alerted)
}
