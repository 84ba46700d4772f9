package kountasync

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

func TestHistory_DryRunReportsWhatHistoryThenWrites(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{LookBack: time.Nanosecond})
	from := b.now
	for n := range 250 {
		b.now = b.now.Add(time.Second)
		p := b.capture(strconv.Itoa(n), afterpay.AUD(10_00))
		if n%10 == 0 {
			b.refund(p, afterpay.AUD(1_00))
		}
	}
	to := b.now.Add(time.Second)
	b.now = to.Add(24 * time.Hour)

	report, err := b.sync.DryRun(t.Context(), from, to)
	require.NoError(t, err)
	require.Equal(t, &HistoryReport{Payments: 250, Orders: 250, Captures: 250, Refunds: 25, Captured: 2500_00, Refunded: 25_00}, report)
	require.Empty(t, b.byID, "a dry run writes nothing")

	// It breaks off in the middle, and goes on.
	ctx, cancel := context.WithCancel(t.Context())
	b.created = func(id int64) {
		if id == 100 {
			cancel()
		}
	}
	require.ErrorIs(t, b.sync.History(ctx, from, to, nil), context.Canceled)
	require.Len(t, b.byID, 100)
	b.created = nil
	b.now = b.now.Add(2 * time.Minute)
	left := -1
	require.NoError(t, b.sync.History(t.Context(), from, to, func(n int) { left = n }))
	require.Zero(t, left)
	require.Len(t, b.byID, 250)
	rows := 0
	for _, o := range b.byID {
		rows += len(o.payments)
	}
	require.Equal(t, 275, rows)

	report, err = b.sync.DryRun(t.Context(), from, to)
	require.NoError(t, err)
	require.Equal(t, &HistoryReport{Payments: 250, Known: 275}, report)
}
