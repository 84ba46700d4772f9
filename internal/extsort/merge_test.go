package extsort

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMerge_ADamagedFileIsAnError(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		damage func(*os.File) error
	}{
		{"emptied", func(f *os.File) error { return f.Truncate(0) }},
		{"cut short", func(f *os.File) error { return f.Truncate(1000) }},
		{"a length too large", func(f *os.File) error { _, err := f.WriteAt([]byte{0xff, 0xff, 0xff, 0xff, 0x0f}, 0); return err }},
		{"a length too small", func(f *os.File) error { _, err := f.WriteAt([]byte{1}, 0); return err }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := NewSpace(0, t.TempDir(), 0).NewSorter()
			for i := range 5000 {
				add(t, s, fmt.Sprintf("%06d", i), "value")
			}
			require.NoError(t, test.damage(s.runs.levels[0].file))
			var last error
			for _, err := range s.Sorted(t.Context()) {
				last = err
			}
			require.ErrorIs(t, last, ErrDamaged)
		})
	}
}

func TestMerge_ACanceledContextEndsTheMergeOfALevel(t *testing.T) {
	t.Parallel()
	s := runs(t, fanIn-1, func(i int) string { return fmt.Sprint(i) })
	add(t, s, "last", "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.flush(ctx), context.Canceled)
}
