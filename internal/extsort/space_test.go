package extsort

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSpace_TheLargestSorterGoesToDisk(t *testing.T) {
	t.Parallel()
	space := NewSpace(0, t.TempDir(), 0)
	small, large := space.NewSorter(), space.NewSorter()
	for i := 0; large.runs.empty(); i++ {
		add(t, large, fmt.Sprint(i), strings.Repeat("v", 100))
		if i%10 == 0 {
			add(t, small, fmt.Sprint(i), "")
		}
		require.LessOrEqual(t, space.held, MinMemory)
	}
	require.True(t, small.runs.empty())
	require.Zero(t, large.held())
	require.Equal(t, small.held(), space.held)
}

func TestSpace_RefusesMoreDiskThanItsLimit(t *testing.T) {
	t.Parallel()
	space := NewSpace(0, t.TempDir(), 3*MinMemory)
	s := space.NewSorter()
	var err error
	for i := 0; err == nil && i < 10_000; i++ {
		err = s.Add(t.Context(), fmt.Append(nil, i), make([]byte, 100))
		require.LessOrEqual(t, space.onDisk, space.limit)
	}
	require.ErrorIs(t, err, ErrFull)
	require.Greater(t, space.onDisk, space.limit/2)
	s.Close()
	require.Zero(t, space.onDisk)
}

func TestSpace_TakesLessMemoryOnceItUsesTheDisk(t *testing.T) {
	t.Parallel()
	space := NewSpace(2*spillMemory, t.TempDir(), 0)
	s := space.NewSorter()
	for i := 0; s.runs.empty(); i++ {
		add(t, s, fmt.Sprint(i), strings.Repeat("v", 10_000))
	}
	require.Equal(t, spillMemory, space.memory)
	require.Len(t, space.chunks, spillMemory/chunkSize)
}
