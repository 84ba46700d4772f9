package durablesqlite

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// open returns a database with an empty table t.
func open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := Open(filepath.Join(t.TempDir(), "test.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	_, err = db.ExecContext(t.Context(), "CREATE TABLE t (n INTEGER)")
	require.NoError(t, err)
	return db
}

// numbers returns what is in the table t.
func numbers(t *testing.T, db *sql.DB) (all []int) {
	t.Helper()
	found, err := db.QueryContext(t.Context(), "SELECT n FROM t ORDER BY n")
	require.NoError(t, err)
	defer func() { require.NoError(t, found.Close()) }()
	for found.Next() {
		var n int
		require.NoError(t, found.Scan(&n))
		all = append(all, n)
	}
	require.NoError(t, found.Err())
	return all
}

func insert(t *testing.T, tx *sql.Tx, n int) {
	t.Helper()
	_, err := tx.ExecContext(t.Context(), "INSERT INTO t VALUES (?)", n)
	require.NoError(t, err)
}

func TestStatements_OneThatIsInUseIsPreparedAgain(t *testing.T) {
	t.Parallel()
	db := open(t)
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, tx.Rollback()) }()
	for n := range 3 {
		insert(t, tx, n)
	}
	read := func() *sql.Rows {
		found, err := tx.QueryContext(t.Context(), "SELECT n FROM t ORDER BY n")
		require.NoError(t, err)
		return found
	}
	next := func(found *sql.Rows) (n int) {
		require.True(t, found.Next())
		require.NoError(t, found.Scan(&n))
		return n
	}
	for range 2 { // the second time with the statements of the first
		first := read()
		require.Equal(t, 0, next(first))
		second := read()
		require.Equal(t, 0, next(second))
		require.Equal(t, 1, next(first))
		require.Equal(t, 1, next(second))
		require.NoError(t, second.Close())
		require.Equal(t, 2, next(first))
		require.False(t, first.Next())
		require.NoError(t, first.Close())
	}
}

func TestStatements_FollowTheTables(t *testing.T) {
	t.Parallel()
	db := open(t)
	exec := func(query string) {
		_, err := db.ExecContext(t.Context(), query)
		require.NoError(t, err)
	}
	columns := func() []string {
		found, err := db.QueryContext(t.Context(), "SELECT * FROM t")
		require.NoError(t, err)
		names, err := found.Columns()
		require.NoError(t, err)
		require.NoError(t, found.Close())
		return names
	}
	exec("INSERT INTO t VALUES (1)")
	require.Equal(t, []string{"n"}, columns())
	exec("ALTER TABLE t ADD COLUMN m INTEGER")
	require.Equal(t, []string{"n", "m"}, columns())
	exec("DROP TABLE t")
	_, err := db.QueryContext(t.Context(), "SELECT * FROM t") //nolint:rowserrcheck,sqlclosecheck // there are none
	require.ErrorContains(t, err, "no such table")
	exec("CREATE TABLE t (k INTEGER)")
	require.Equal(t, []string{"k"}, columns())
}

func TestStatements_AFailureLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	db := open(t)
	_, err := db.ExecContext(t.Context(), "CREATE UNIQUE INDEX u ON t (n)")
	require.NoError(t, err)
	for i := range 2 {
		_, err := db.ExecContext(t.Context(), "INSERT INTO t VALUES (?)", 7)
		if i == 0 {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, "UNIQUE")
		}
	}
	_, err = db.ExecContext(t.Context(), "INSERT INTO t VALUES (?)", 8)
	require.NoError(t, err)
	require.Equal(t, []int{7, 8}, numbers(t, db))
}

func TestStatements_AConnectionKeepsABoundedNumber(t *testing.T) {
	t.Parallel()
	db := open(t)
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	for n := range maxIdle + 10 {
		_, err := conn.ExecContext(t.Context(), fmt.Sprintf("INSERT INTO t VALUES (%d)", n))
		require.NoError(t, err)
	}
	require.NoError(t, conn.Raw(func(c any) error {
		require.Len(t, c.(*checkedConn).cachingConn.idle, maxIdle)
		return nil
	}))
}
