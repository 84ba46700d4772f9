package reconcile

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSameContent_LooksAtInstantsAndNotAtZonesOrLines(t *testing.T) {
	t.Parallel()
	a := Record{Key: "k", ID: "1", Amount: 5, Line: 1}
	b := a
	b.Key, b.Line = "other", 2
	require.True(t, sameContent(&a, &b))
	b.Amount = 6
	require.False(t, sameContent(&a, &b))
}
