package safe_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/internal/safe"
)

func TestKindf_MatchesItsKindAndShowsItsOwnText(t *testing.T) {
	t.Parallel()
	const kind = safe.Message("invalid amount")
	err := safe.Kindf(kind, "%q is not an amount", "x")
	require.EqualError(t, err, `"x" is not an amount`)
	require.ErrorIs(t, err, kind)
	assert.Equal(t, "invalid amount", safe.Text(err), "its own text may hold a secret")
}
