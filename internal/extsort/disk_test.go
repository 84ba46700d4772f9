package extsort

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// runs returns a sorter with n runs of one item.
func runs(t *testing.T, n int, key func(i int) string) *Sorter {
	t.Helper()
	s := NewSpace(0, t.TempDir(), 0).NewSorter()
	t.Cleanup(s.Close)
	for i := range n {
		add(t, s, key(i), fmt.Sprint(i))
		require.NoError(t, s.flush(t.Context()))
	}
	return s
}

func TestDisk_ManyRunsAreMergedIntoFewBeforeTheEnd(t *testing.T) {
	t.Parallel()
	const n = fanIn*fanIn + 3*fanIn + 7
	s := runs(t, n, func(i int) string { return fmt.Sprintf("%06d", i*7919%n) })
	var perLevel []int
	for _, l := range s.runs.levels {
		perLevel = append(perLevel, len(l.runs))
	}
	require.Equal(t, []int{7, 3, 1}, perLevel)
	got := read(t, s)
	require.Len(t, got, n)
	for i, p := range got {
		require.Equal(t, fmt.Sprintf("%06d", i), p.key)
	}
}

func TestDisk_MergedRunsKeepTheOrderOfEqualKeys(t *testing.T) {
	t.Parallel()
	for i, p := range read(t, runs(t, 3*fanIn+5, func(int) string { return "same" })) {
		require.Equal(t, fmt.Sprint(i), p.value)
	}
}

func TestDisk_MergingGivesTheSpaceBack(t *testing.T) {
	t.Parallel()
	s := runs(t, fanIn, func(i int) string { return fmt.Sprintf("%06d", i) })
	total := int64(0)
	for i := range fanIn {
		total += int64(2 + 6 + len(fmt.Sprint(i)))
	}
	var sizes []int64
	for _, l := range s.runs.levels {
		info, err := l.file.Stat()
		require.NoError(t, err)
		sizes = append(sizes, info.Size())
	}
	require.Equal(t, []int64{0, total}, sizes)
	require.Equal(t, total, s.space.onDisk)
}

func TestDisk_LeavesNoFileBehind(t *testing.T) {
	t.Parallel()
	s := runs(t, fanIn+1, func(i int) string { return fmt.Sprint(i) })
	dir := s.space.dir
	for range s.Sorted(t.Context()) {
		break
	}
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)

	file, err := os.CreateTemp(t.TempDir(), "named")
	require.NoError(t, err)
	d := disk{space: NewSpace(0, "", 0), levels: []level{{file: file, name: file.Name()}}} // as on systems that cannot remove an open file
	d.close()
	require.NoFileExists(t, file.Name())
}

func TestDisk_AMissingDirectoryIsAnError(t *testing.T) {
	t.Parallel()
	s := NewSpace(0, filepath.Join(t.TempDir(), "removed"), 0).NewSorter()
	add(t, s, "a", "")
	require.ErrorIs(t, s.flush(t.Context()), os.ErrNotExist)
}
