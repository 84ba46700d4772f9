package transport

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBuffersAreWipedAndLargeOnesLetGo(t *testing.T) {
	t.Parallel()
	const secret = "jane.citizen@example.com"
	for _, tc := range []struct {
		size  int
		limit int64
	}{{24, 1000}, {1000, 1000}, {1001, 1000}, {60_000, 100_000}, {65_000, 100_000}, {100_000, 100_000}, {200_000, 100_000}, {3 << 20, 4 << 20}} {
		b := new(buffer)
		text := strings.Repeat(secret, tc.size/len(secret)+1)[:tc.size]
		got, err := b.readAll(strings.NewReader(text), int64(tc.size), tc.limit)
		require.Equal(t, int64(tc.size) > tc.limit, errors.Is(err, ErrBodyTooLarge), strconv.Itoa(tc.size))
		require.Equal(t, text[:min(int64(tc.size), tc.limit)], string(got))
		all := b.b[:cap(b.b)]
		require.Equal(t, len(all) <= largestKept, b.clear())
		require.Empty(t, bytes.Trim(all, "\x00"), "%d bytes", tc.size)
	}
	// A second, shorter response has nothing of the first one.
	b := new(buffer)
	_, err := b.readAll(strings.NewReader(secret), -1, 1000)
	require.NoError(t, err)
	require.True(t, b.clear())
	got, err := b.readAll(strings.NewReader("{}"), 1<<40, 4<<20)
	require.NoError(t, err)
	require.Equal(t, "{}", string(got))
	require.LessOrEqual(t, cap(got), largestKept, "an announced length takes no more")
}
