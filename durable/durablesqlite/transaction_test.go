package durablesqlite

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTransaction_ThatSQLiteHasEndedFailsToTheEnd(t *testing.T) {
	t.Parallel()
	endless := "WITH RECURSIVE c(n) AS (SELECT 2 UNION ALL SELECT n+1 FROM c) SELECT n FROM c"
	for name, end := range map[string]func(tx *sql.Tx) error{
		"OR ROLLBACK": func(tx *sql.Tx) error {
			_, err := tx.ExecContext(context.Background(), "INSERT OR ROLLBACK INTO t VALUES (1)")
			return err
		},
		"interrupted": func(tx *sql.Tx) error {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
			defer cancel()
			_, err := tx.ExecContext(ctx, "INSERT INTO t "+endless)
			return err
		},
		"interrupted while rows are read": func(tx *sql.Tx) error {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
			defer cancel()
			return tx.QueryRowContext(ctx, "INSERT INTO t "+endless+" RETURNING n").Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			_, err := db.ExecContext(t.Context(), "CREATE UNIQUE INDEX u ON t (n)")
			require.NoError(t, err)
			tx, err := db.BeginTx(t.Context(), nil)
			require.NoError(t, err)
			insert(t, tx, 1)
			require.ErrorIs(t, end(tx), errEnded)
			_, err = tx.ExecContext(t.Context(), "INSERT INTO t VALUES (2)")
			require.ErrorIs(t, err, errEnded)
			_, err = tx.QueryContext(t.Context(), "SELECT n FROM t") //nolint:rowserrcheck,sqlclosecheck // it fails
			require.ErrorIs(t, err, errEnded)
			require.ErrorIs(t, tx.Commit(), errEnded)
			require.Empty(t, numbers(t, db))

			tx, err = db.BeginTx(t.Context(), nil) // the next one is not concerned
			require.NoError(t, err)
			insert(t, tx, 3)
			require.NoError(t, tx.Commit())
			require.Equal(t, []int{3}, numbers(t, db))
		})
	}
}

func TestTransaction_GoesOnAfterAStatementThatFails(t *testing.T) {
	t.Parallel()
	db := open(t)
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	insert(t, tx, 1)
	_, err = tx.ExecContext(t.Context(), "INSERT INTO nowhere VALUES (1)")
	require.ErrorContains(t, err, "nowhere")
	insert(t, tx, 2)
	require.NoError(t, tx.Commit())
	require.Equal(t, []int{1, 2}, numbers(t, db))
}
