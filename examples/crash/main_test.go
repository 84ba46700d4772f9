package main

import (
	"bytes"
	"context"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMain runs the test binary as the shop, if the demonstration starts it so.
func TestMain(m *testing.M) {
	if slices.Contains(os.Args, "-shop") {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestStart_PaysEachRefundOnceAfterAKill(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, start(t.Context(), nil, &out), "%s", out.String())
	require.Contains(t, out.String(), `API v1, refund-501 of 10.00
  shop: sending refund-501
  (the shop is killed before it can save anything; refunds of refund-501 at Afterpay: 1)
  shop: sending refund-501
  shop: refund-501 is paid
  refunds of refund-501 at Afterpay: 1

API v1, refund-502 of 10.00
  shop: sending refund-502
  (the shop is killed before it can save anything; refunds of refund-502 at Afterpay: 1)
  (25h0m0s pass)
  shop: refund-502 is old: looked for it and found it paid
  refunds of refund-502 at Afterpay: 1

API v1, refund-503 of 10.00
  shop: sending refund-503
  (the shop is killed before it can save anything; refunds of refund-503 at Afterpay: 0)
  (25h0m0s pass)
  shop: refund-503 is old: looked for it and did not find it
  shop: sending refund-503
  shop: refund-503 is paid
  refunds of refund-503 at Afterpay: 1
`)
	require.Contains(t, out.String(), "API v2, refund-503")
}

// interrupter interrupts what writes to it.
type interrupter struct{ interrupt func() }

func (i interrupter) Write(p []byte) (int, error) {
	i.interrupt()
	return len(p), nil
}

func TestStart_EndsWhenItIsInterrupted(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	err := start(ctx, nil, interrupter{interrupt})
	require.ErrorIs(t, err, context.Canceled)
}
