package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRun_DayEndsWithBothSidesEqual(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out))
	require.Contains(t, out.String(), "24 sales so far; Kounta holds 24 orders with 29 payment rows.")
	require.Contains(t, out.String(), "ALERT to a person")
}
