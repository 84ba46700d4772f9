package reconcile

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func filled(t *testing.T, limit, n int) *sorter {
	t.Helper()
	s := newSorter(limit, t.TempDir())
	t.Cleanup(s.close)
	for i := range n {
		require.NoError(t, s.add(&Record{Key: fmt.Sprintf("%06d", (i*7919)%n), Line: i}))
	}
	return s
}

func TestManyRunsAreMergedIntoFewBeforeTheEnd(t *testing.T) {
	t.Parallel()
	const n = fanIn*fanIn + 3*fanIn + 7
	s := filled(t, 1, n) // every record is a run
	var levels [3]int
	for _, r := range s.spill.runs {
		levels[r.level]++
	}
	require.Equal(t, [...]int{7, 3, 1}, levels)
	count := 0
	for r, err := range s.sorted() {
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("%06d", count), r.Key)
		require.Equal(t, count, r.Line*7919%n)
		count++
	}
	require.Equal(t, n, count)
	require.Nil(t, s.spill.file)
}

func TestRunsKeepTheOrderOfEqualKeys(t *testing.T) {
	t.Parallel()
	s := newSorter(1, t.TempDir())
	for i := range 3*fanIn + 5 {
		require.NoError(t, s.add(&Record{Key: "same", Line: i}))
	}
	line := 0
	for r, err := range s.sorted() {
		require.NoError(t, err)
		require.Equal(t, line, r.Line)
		line++
	}
}

func TestAnArenaUsesItsChunksAgain(t *testing.T) {
	t.Parallel()
	var a arena
	fill := func() {
		places := map[place]byte{}
		for i := range 100 {
			places[a.keep(bytes.Repeat([]byte{byte(i)}, 10_000))] = byte(i)
		}
		require.Len(t, places, 100)
		for p, b := range places {
			require.Equal(t, bytes.Repeat([]byte{b}, 10_000), a.at(p))
		}
		require.Equal(t, 1_000_000, a.used)
	}
	fill()
	chunks := len(a.chunks)
	require.Equal(t, 4, chunks, "26 of them fit into one")
	a.reset()
	fill()
	require.Len(t, a.chunks, chunks)
	for _, chunk := range a.chunks {
		require.Equal(t, chunkSize, cap(chunk))
	}
	large := a.keep(make([]byte, 3*chunkSize))
	require.Len(t, a.at(large), 3*chunkSize)
}

func TestADamagedSpillIsAnError(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		damage func(*os.File) error
	}{
		{"emptied", func(f *os.File) error { return f.Truncate(0) }},
		{"cut short", func(f *os.File) error { return f.Truncate(1000) }},
		{"a length too large", func(f *os.File) error { _, err := f.WriteAt([]byte{0xff, 0xff, 0xff, 0xff, 0x0f}, 0); return err }},
		{"a length too small", func(f *os.File) error { _, err := f.WriteAt([]byte{1}, 0); return err }},
		{"a key too long", func(f *os.File) error { _, err := f.WriteAt([]byte{0x7f}, 1); return err }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := filled(t, 4096, 1000)
			require.NoError(t, test.damage(s.spill.file))
			var last error
			for _, err := range s.sorted() {
				last = err
			}
			require.ErrorIs(t, last, errSpill)
		})
	}
}

func TestAFileThatKeepsItsNameIsRemovedAtTheEnd(t *testing.T) {
	t.Parallel()
	file, err := os.CreateTemp(t.TempDir(), "reconcile")
	require.NoError(t, err)
	s := spill{file: file, name: file.Name()} // as on systems that cannot remove an open file
	s.close()
	require.NoFileExists(t, file.Name())
	s.close()
}

func TestEqualContentLooksAtInstantsNotAtZonesOrLines(t *testing.T) {
	t.Parallel()
	a := Record{Key: "k", ID: "1", Amount: 5, Line: 1}
	b := a
	b.Key, b.Line = "other", 2
	require.True(t, sameContent(&a, &b))
	b.Amount = 6
	require.False(t, sameContent(&a, &b))
}

func FuzzDecodeRecord(f *testing.F) {
	f.Add(appendRecord(nil, &Record{}))
	f.Add(appendRecord(nil, &Record{Key: "A-1", ID: "1", Amount: -5, Line: 3, Currency: "AUD"}))
	f.Fuzz(func(t *testing.T, data []byte) {
		encodedKey(data)
		var r Record
		if decodeRecord(data, &r) != nil {
			return
		}
		var again Record
		require.NoError(t, decodeRecord(appendRecord(nil, &r), &again))
		require.Equal(t, r, again)
	})
}
