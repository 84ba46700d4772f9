package settlement

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDate_IsADayWithoutAZone(t *testing.T) {
	t.Parallel()
	instant := time.Date(2026, time.December, 1, 13, 30, 0, 0, time.UTC)
	require.Equal(t, Date{2026, time.December, 2}, DateOf(instant.In(zone(t, "Australia/Melbourne"))))
	require.Equal(t, Date{2026, time.December, 1}, DateOf(instant.In(zone(t, "Australia/Brisbane"))))

	begins := Date{2026, time.December, 2}.In(zone(t, "Australia/Melbourne"))
	require.Equal(t, "2026-12-01T13:00:00Z", begins.UTC().Format(time.RFC3339))
}

func TestDateCompare_FollowsTheCalendar(t *testing.T) {
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

func TestDateText_IsISO(t *testing.T) {
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
