package afterpay

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTimestamp_EveryLayoutSeenIsRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`"2021-08-26T16:29:00Z"`:           "2021-08-26T16:29:00Z",
		`"2021-08-26T16:29:00.1Z"`:         "2021-08-26T16:29:00.1Z",
		`"2024-06-03T18:31:32.096071575Z"`: "2024-06-03T18:31:32.096071575Z",
		// Zones become UTC.
		`"2019-01-01T00:00:00+10:00"`:     "2018-12-31T14:00:00Z",
		`"2019-01-01T00:00:00.500-05:30"`: "2019-01-01T05:30:00.5Z",
		`"2024-02-29T23:59:59-00:01"`:     "2024-03-01T00:00:59Z",
		// Without a zone, or a time of day.
		`"2023-01-01T12:30:00"`:        "2023-01-01T12:30:00Z",
		`"2023-01-01T12:30:00.123456"`: "2023-01-01T12:30:00.123456Z",
		`"2023-01-01 12:30:00.5"`:      "2023-01-01T12:30:00.5Z",
		`"2023-01-31"`:                 "2023-01-31T00:00:00Z",
		// Seconds of the epoch, as strings and as numbers.
		`"1700000000"`:   "2023-11-14T22:13:20Z",
		`1700000000`:     "2023-11-14T22:13:20Z",
		`0`:              "1970-01-01T00:00:00Z",
		`"253402300799"`: "9999-12-31T23:59:59Z",
		// The last instant that can be written.
		`"9999-12-31T23:59:59.999Z"`: "9999-12-31T23:59:59.999Z",
	} {
		parsed, err := time.Parse(time.RFC3339Nano, want)
		require.NoError(t, err)
		at := Timestamp{time.Unix(1, 0)}
		require.NoError(t, json.Unmarshal([]byte(text), &at), text)
		require.Equal(t, Timestamp{parsed}, at, text)
		require.Equal(t, time.UTC, at.Location(), text)
		require.Equal(t, at, decodedTime(text), text)
	}
}

func TestTimestamp_ZeroMeansNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`null`, `""`, `"null"`, `-1`, `"-1"`, `"-62135596800"`, `"0001-01-01T00:00:00Z"`, `"0001-01-01T00:00:00.0000001Z"`,
		`"0001-01-01T00:00:00+01:00"`, `"0001-01-01"`, `"0000-01-01T00:00:00Z"`,
	} {
		at := Timestamp{time.Unix(1, 0)}
		require.NoError(t, json.Unmarshal([]byte(text), &at), text)
		require.Equal(t, Timestamp{}, at, text)
		require.Equal(t, Timestamp{}, decodedTime(text), text)
	}
}

func TestTimestamp_OtherTextsAreRefusedAndAbsentInResponses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`"yesterday"`, `"2021-13-01T00:00:00Z"`, `"2021-02-30T00:00:00Z"`, `"2021-02-30"`, `"2021-01-01T25:00:00Z"`, `"2021-01-01T"`,
		`"21-01-01"`, `"2021-01-01T00:00:00+25:00"`, `"26/08/2021"`, `"1700000000000"`,
		`1700000000000`, `1.5`, `"253402300800"`, `"9999-12-31T23:59:59-01:00"`, `"10000-01-01T00:00:00Z"`, `"-62135596801"`,
		`"99999999999999999999"`, `true`, `{}`, `[]`, `{"seconds":1}`, `" "`,
	} {
		before := Timestamp{time.Unix(1, 0)}
		at := before
		require.Error(t, json.Unmarshal([]byte(text), &at), text)
		require.Equal(t, before, at, text)
		require.Equal(t, Timestamp{}, decodedTime(text), text)
	}
}

// decodedTime reads one timestamp as responses are read.
func decodedTime(text string) (at Timestamp) {
	if decodeJSON(V2, []byte(text), &at) != nil {
		return Timestamp{time.Unix(-1, 0)}
	}
	return at
}

func TestTimestamp_IsWrittenWithMillisecondsAndItsOffset(t *testing.T) {
	t.Parallel()
	zone := func(name string, seconds int) *time.Location { return time.FixedZone(name, seconds) }
	for want, at := range map[string]time.Time{
		`{}`: time.Time{}.In(zone("AEST", 10*60*60)),
		`{"shippedAt":"2021-06-02T11:00:43.000Z"}`:      time.Date(2021, 6, 2, 11, 0, 43, 0, time.UTC),
		`{"shippedAt":"2021-06-02T11:00:43.999Z"}`:      time.Date(2021, 6, 2, 11, 0, 43, 999_999_999, time.UTC),
		`{"shippedAt":"2019-01-01T00:00:00.005+10:00"}`: time.Date(2019, 1, 1, 0, 0, 0, 5e6, zone("AEST", 10*60*60)),
		`{"shippedAt":"2019-01-01T00:00:00.000-03:30"}`: time.Date(2019, 1, 1, 0, 0, 0, 0, zone("", -(3*60+30)*60)),
		// Offsets that the format cannot hold become UTC.
		`{"shippedAt":"1929-12-31T23:40:28.000Z"}`: time.Date(1930, 1, 1, 0, 0, 0, 0, zone("AMT", 19*60+32)),
		`{"shippedAt":"2018-12-31T00:00:00.000Z"}`: time.Date(2019, 1, 1, 0, 0, 0, 0, zone("", 24*60*60)),
		`{"shippedAt":"2019-01-02T00:00:00.000Z"}`: time.Date(2019, 1, 1, 0, 0, 0, 0, zone("", -24*60*60)),
	} {
		require.Equal(t, want, string(requireSameAsEncodingJSON(t, &Courier{ShippedAt: Timestamp{at}})))
		var read Courier
		require.NoError(t, json.Unmarshal([]byte(want), &read))
		require.True(t, at.Truncate(time.Millisecond).Equal(read.ShippedAt.Time), want)
	}
	for _, year := range []int{-1, 10_000} {
		_, err := json.Marshal(Timestamp{time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)})
		require.Error(t, err, year)
	}
	text, err := json.Marshal(Timestamp{})
	require.NoError(t, err)
	require.Equal(t, `null`, string(text))
}

func TestTimestamp_CostsNoAllocation(t *testing.T) {
	for _, text := range [][]byte{[]byte("2021-08-26T16:29:00.156Z"), []byte("2019-01-01T00:00:00+10:00"), nil} {
		require.Zero(t, testing.AllocsPerRun(100, func() { _, _ = parseTimestamp(text) }), string(text))
	}
}

func FuzzTimestamp(f *testing.F) {
	for _, text := range []string{
		"2024-06-03T18:31:32.096071575Z", "2019-01-01T00:00:00+10:00", "2023-01-01 12:30:00.5", "2021-08-26T16:29:00.156+0000", "1691884800.0", " 2023-01-31 ",
		"-1", "253402300800", "", "null", "9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+01:00", "2016-12-31T23:59:60Z", "2021-01-01T00:00:00,5Z", "\xff",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, ok := parseTimestamp([]byte(text))
		if !ok {
			require.Equal(t, Timestamp{}, at)
			return
		}
		require.Equal(t, time.UTC, at.Location())
		written, err := json.Marshal(at)
		require.NoError(t, err)
		var read Timestamp
		require.NoError(t, json.Unmarshal(written, &read))
		require.Equal(t, at.Truncate(time.Millisecond), read.Time, "what was read can be written and read again")
		// The standard library agrees on what both can read.
		if reference, err := time.Parse(time.RFC3339, text); err == nil && reference.UTC().Year() > 1 {
			require.True(t, reference.Equal(at.Time), text)
		}
	})
}
