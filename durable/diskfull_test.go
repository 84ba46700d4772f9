package durable_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/durable/durabletest"
)

// SQLite's limit on the pages of a file stands for the size of the disk.
func TestWork_FullDiskLosesNothing(t *testing.T) {
	t.Parallel()
	client, sandbox := afterpaytest.NewClient(t, afterpay.WithRetry(afterpay.RetryPolicy{}))
	queue, db := durabletest.New(t, client, options{Settled: func(ctx context.Context, tx *sql.Tx, _ *durable.Status) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO books VALUES (?)", strings.Repeat("x", 20_000))
		return err
	}})
	_, err := db.ExecContext(t.Context(), "CREATE TABLE books (text TEXT)")
	require.NoError(t, err)
	enqueue := func(op durable.Operation) error {
		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		defer func() { _ = tx.Rollback() }()
		if _, _, err = queue.EnqueueTx(t.Context(), tx, op); err != nil {
			return err
		}
		return tx.Commit()
	}
	require.NoError(t, enqueue(durable.Operation{ID: "o-1", Kind: durable.Capture, Token: confirmed(t, client, sandbox)}))

	var pages int
	require.NoError(t, db.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages))
	require.NoError(t, db.QueryRowContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages+2)).Scan(&pages))
	require.NoError(t, queue.Start(t.Context()))
	require.Eventually(t, func() bool {
		s, err := queue.Get(t.Context(), "o-1")
		return err == nil && s.Failure == "not recorded"
	}, time.Minute, time.Millisecond)
	for n := 0; err == nil; n++ { // what is left is used up, and then the shop is told
		err = enqueue(durable.Operation{ID: fmt.Sprint("o-", n+2), Kind: durable.UpdateReference, PaymentID: "1", Reference: strings.Repeat("x", 128)})
	}
	require.ErrorContains(t, err, "full")
	require.NoError(t, db.QueryRowContext(t.Context(), "PRAGMA max_page_count = 1000000").Scan(&pages))
	require.Eventually(t, func() bool {
		s, err := queue.Get(t.Context(), "o-1")
		return err == nil && s.State == durable.Succeeded
	}, time.Minute, time.Millisecond)
	require.NoError(t, queue.Stop(t.Context()))
	require.Len(t, sandbox.Ledger(), 1)
}
