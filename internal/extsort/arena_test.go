package extsort

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestArena_UsesChunksAgain(t *testing.T) {
	t.Parallel()
	space := NewSpace(0, "", 0)
	a := arena{space: space}
	for range 3 {
		places := map[place]byte{}
		for i := range 100 {
			places[a.keep(bytes.Repeat([]byte{byte(i)}, 4_000), bytes.Repeat([]byte{byte(i)}, 6_000))] = byte(i)
		}
		require.Len(t, places, 100)
		for p, b := range places {
			require.Equal(t, bytes.Repeat([]byte{b}, 10_000), a.at(p))
		}
		require.Equal(t, 1_000_000, a.used)
		require.Len(t, a.chunks, 4, "26 strings fit into a chunk")
		require.Empty(t, space.chunks)
		a.reset()
		require.Len(t, space.chunks, 4)
	}
}

func TestArena_KeepsStringsLargerThanAChunk(t *testing.T) {
	t.Parallel()
	a := arena{space: NewSpace(0, "", 0)}
	a.keep([]byte("a"), nil)
	large := a.keep(nil, bytes.Repeat([]byte("l"), 3*chunkSize))
	require.Equal(t, bytes.Repeat([]byte("l"), 3*chunkSize), a.at(large))
	a.reset()
	for _, chunk := range a.space.chunks {
		require.Equal(t, chunkSize, cap(chunk))
	}
}
