package reconcile

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/internal/extsort"
)

func FuzzDecodeRecord(f *testing.F) {
	f.Add([]byte(""), appendRecord(nil, &Record{}))
	f.Add([]byte("A-1"), appendRecord(nil, &Record{ID: "1", Amount: -5, Line: 3, Currency: "AUD"}))
	f.Fuzz(func(t *testing.T, key, value []byte) {
		var r Record
		if err := decodeRecord(extsort.Item{Key: key, Value: value}, &r); err != nil {
			require.ErrorIs(t, err, extsort.ErrDamaged)
			return
		}
		var again Record
		require.NoError(t, decodeRecord(extsort.Item{Key: key, Value: appendRecord(nil, &r)}, &again))
		require.Equal(t, r, again)
	})
}
