package durable_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable"
)

// books are a shop's: a row for each outcome, written in the transaction that
// records it.
type books struct {
	mu    sync.Mutex
	calls map[string]int // of Settled, by operation
	in    map[any]int    // by transaction
}

// shared is how many outcomes the fullest transaction had.
func (s *books) shared() int { return slices.Max(slices.Collect(maps.Values(s.in))) }

// settleTwelve settles twelve captures whose outcomes come at the same time. After
// a row is written, then is called with the number of calls for that operation. In
// the end every outcome is in the books once.
func settleTwelve(t *testing.T, then func(ctx context.Context, b *bed, id string, call int) error, check func(t *testing.T, s *books)) {
	t.Helper()
	var s *books
	var current *bed
	settled := func(ctx context.Context, tx any, c durable.Conn, status *durable.Status) error {
		s.mu.Lock()
		s.in[tx]++
		s.calls[status.ID]++
		call := s.calls[status.ID]
		s.mu.Unlock()
		_, err := c.Exec(ctx, "INSERT INTO books (id) VALUES ($1)", status.ID)
		return errors.Join(err, then(ctx, current, status.ID, call))
	}
	onEach(t, setup{settledIn: settled, gather: 200 * time.Millisecond}, func(t *testing.T, b *bed) {
		s, current = &books{calls: make(map[string]int), in: make(map[any]int)}, b
		_, err := b.conn.Exec(t.Context(), "CREATE TABLE books (id TEXT NOT NULL)")
		require.NoError(t, err)
		t.Cleanup(func() {
			_, err := b.conn.Exec(context.Background(), "DROP TABLE books")
			require.NoError(t, err)
		})
		ops := make([]durable.Operation, 12)
		for i := range ops {
			ops[i] = durable.Operation{ID: fmt.Sprint("o-", i), Kind: durable.Capture, Token: b.order(10_00)}
		}
		b.enqueue(ops...)
		b.settle(t)
		require.Equal(t, 12, b.count("SELECT count(*) FROM afterpay_operations WHERE state = 'succeeded' AND failure = ''"))
		require.Equal(t, 12, b.count("SELECT count(*) FROM books"))
		require.Equal(t, 12, b.count("SELECT count(DISTINCT id) FROM books"))
		require.Equal(t, int64(120_00), b.moved(afterpaytest.Captured))
		check(t, s)
	})
}

func TestRecord_OutcomesOfTheSameTimeShareATransaction(t *testing.T) {
	t.Parallel()
	settleTwelve(t, func(context.Context, *bed, string, int) error { return nil }, func(t *testing.T, s *books) {
		require.Greater(t, s.shared(), 6)
		require.Equal(t, 1, slices.Max(slices.Collect(maps.Values(s.calls))))
	})
}

func TestRecord_AFailureUndoesItsOwnOutcomeAlone(t *testing.T) {
	t.Parallel()
	failure := errors.New("the shop's table is locked")
	for name, fail := range map[string]func() error{
		"error": func() error { return failure },
		"panic": func() error { panic(failure) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settleTwelve(t, func(_ context.Context, _ *bed, id string, call int) error {
				if id == "o-7" && call < 3 { // with the others, and alone
					return fail()
				}
				return nil
			}, func(t *testing.T, s *books) {
				require.Equal(t, 3, s.calls["o-7"])
				for id, calls := range s.calls {
					require.LessOrEqual(t, calls, 3, id)
				}
			})
		})
	}
}

func TestRecord_SlowSettledDoNotHoldLocksTogether(t *testing.T) {
	t.Parallel()
	settleTwelve(t, func(_ context.Context, b *bed, _ string, _ int) error {
		b.clock.advance(time.Second)
		return nil
	}, func(t *testing.T, s *books) { require.Equal(t, 1, s.shared()) })
}

func TestRecord_ASettledThatWaitsHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	settleTwelve(t, func(ctx context.Context, b *bed, id string, call int) error {
		if id == "o-7" && call == 1 {
			deadline, ok := ctx.Deadline()
			assert.True(b.t, ok)
			assert.LessOrEqual(b.t, time.Until(deadline), time.Second)
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}, func(t *testing.T, s *books) {
		require.Equal(t, 2, s.calls["o-7"])
		require.Equal(t, 2, slices.Max(slices.Collect(maps.Values(s.calls))))
	})
}

func TestRecord_WhatSettledDoesToItsStatusIsNotRecorded(t *testing.T) {
	t.Parallel()
	onEach(t, setup{settled: func(s *durable.Status) error {
		s.State, s.ResultID = "paid", ""
		return nil
	}}, func(t *testing.T, b *bed) {
		b.enqueue(durable.Operation{ID: "o-1", Kind: durable.Capture, Token: b.order(10_00)})
		b.settle(t)
		require.Equal(t, durable.Succeeded, b.get("o-1").State)
		require.NotEmpty(t, b.get("o-1").ResultID)
	})
}

func TestRead_CallersOfOneOperationDoNotShareIt(t *testing.T) {
	t.Parallel()
	onEach(t, setup{}, func(t *testing.T, b *bed) {
		b.enqueue(durable.Operation{ID: "o-1", Kind: durable.Capture, Token: b.order(10_00)})
		read := b.readTogether("o-1", "o-1")
		require.Equal(t, read[0], read[1])
		require.NotSame(t, read[0], read[1])
	})
}
