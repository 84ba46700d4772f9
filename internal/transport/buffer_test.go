package transport

import (
	"bytes"
	"errors"
	"net/http"
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
	got, err := b.readAll(strings.NewReader("{}"), 2, 1000)
	require.NoError(t, err)
	require.Equal(t, "{}", string(got))
}

func TestAnnouncedLengthIsNotTrusted(t *testing.T) {
	t.Parallel()
	for _, announced := range []int64{-1, 0, 5, 1 << 40, 1<<63 - 1} {
		rt := roundTripper(func(*http.Request) (*http.Response, error) {
			r := answer(200, "twelve bytes")
			r.ContentLength = announced
			return r, nil
		})
		res := over(rt, three).Do(t.Context(), post(t, Never))
		require.NoError(t, res.Err)
		require.Equal(t, "twelve bytes", string(res.Body))
		require.LessOrEqual(t, cap(res.Body), largestKept+1)
		res.Release()
	}
}
