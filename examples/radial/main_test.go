package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheExampleRuns(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, run(t.Context(), &out))
	require.Equal(t, `session open for W-20931 64.95 AUD
not confirmed yet: declined
confirmed: approved
capture acknowledged
the same capture once more: refused, nothing sent
status: Debit 64.95 AUD S
status: Credit 10.00 AUD S
`, out.String())
}
