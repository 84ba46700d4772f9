package main

import (
	"bytes"
	"io"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// events matches the rows of a payment's history.
var events = regexp.MustCompile(`(?m)^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|-) +(\w+(?: \w+)*) +(\d+\.\d\d USD) `)

func TestRun_TellsTheStoryInOrder(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args []string
		want [][2]string
	}{
		"v2": {nil, [][2]string{
			{"ordered", "21.85 USD"}, {"auth approved", "21.85 USD"}, {"captured", "15.00 USD"}, {"voided", "6.85 USD"}, {"refunded", "5.00 USD"},
		}},
		"v1":       {[]string{"-api", "v1"}, [][2]string{{"ordered", "21.85 USD"}, {"captured", "21.85 USD"}, {"refunded", "5.00 USD"}}},
		"declined": {[]string{"-decline"}, [][2]string{{"ordered", "21.85 USD"}, {"auth declined", "21.85 USD"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			require.NoError(t, run(t.Context(), tc.args, &out))
			var got [][2]string
			var times []string
			for _, row := range events.FindAllStringSubmatch(out.String(), -1) {
				got = append(got, [2]string{row[2], row[3]})
				if row[1] != "-" {
					times = append(times, row[1])
				}
			}
			require.Equal(t, tc.want, got, out.String())
			require.True(t, slices.IsSorted(times), out.String())
			require.NotContains(t, out.String(), "expires", "nothing is open")
		})
	}
}

func TestRun_RefusesWrongArguments(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		`unexpected argument "v1"`: {"v1"},
		`not "v3"`:                 {"-api", "v3"},
		"leave out -live":          {"-live", "-decline"},
		"-live needs -api v2":      {"-live", "-api", "v1"},
	} {
		require.ErrorContains(t, run(t.Context(), args, io.Discard), want)
	}
}
