package durablesqlite

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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

func inserting(t *testing.T, n int) func(tx *sql.Tx) error {
	return func(tx *sql.Tx) error {
		insert(t, tx, n)
		return nil
	}
}

// together runs functions that are all waiting for the turn when the first runs,
// in a bubble of synctest. It returns their errors.
func together(s *groups, functions ...func(tx *sql.Tx) error) []error {
	errs := make([]error, len(functions))
	s.turn <- struct{}{}
	var all sync.WaitGroup
	for i, f := range functions {
		all.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					errs[i] = r.(error)
				}
			}()
			errs[i] = s.run(context.Background(), f)
		})
		synctest.Wait() // until it waits for the turn
	}
	<-s.turn
	all.Wait()
	return errs
}

func TestGroups_FunctionsAtTheSameTimeShareATransaction(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := open(t)
		s := newGroups(db)
		used := make(map[*sql.Tx]bool)
		f := func(tx *sql.Tx) error {
			used[tx] = true
			insert(t, tx, len(used))
			return nil
		}
		require.NoError(t, errors.Join(together(s, f, f, f)...))
		require.Equal(t, []int{1, 1, 1}, numbers(t, db))
		require.Len(t, used, 1)
	})
}

func TestGroups_WhatFailsIsUndoneAlone(t *testing.T) {
	t.Parallel()
	failure := errors.New("the shop's table is locked")
	for name, fail := range map[string]func() error{
		"error": func() error { return failure },
		"panic": func() error { panic(failure) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				db := open(t)
				errs := together(newGroups(db), inserting(t, 1), func(tx *sql.Tx) error {
					insert(t, tx, 2)
					return fail()
				}, inserting(t, 3))
				require.NoError(t, errs[0])
				require.ErrorIs(t, errs[1], failure)
				require.NoError(t, errs[2])
				require.Equal(t, []int{1, 3}, numbers(t, db))
			})
		})
	}
}

func TestGroups_TransactionThatEndsEarlyFailsForAllInIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := open(t)
		errs := together(newGroups(db), inserting(t, 1), func(tx *sql.Tx) error {
			insert(t, tx, 2)
			return tx.Rollback() // as SQLite does by itself when the disk is full
		}, inserting(t, 3))
		require.Error(t, errs[0])
		require.Error(t, errs[1])
		require.NoError(t, errs[2], "in the next transaction")
		require.Equal(t, []int{3}, numbers(t, db))
	})
}

func TestGroups_SlowFunctionsDoNotHoldTheLockTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := open(t)
		used := make(map[*sql.Tx]bool)
		slow := func(tx *sql.Tx) error {
			used[tx] = true
			insert(t, tx, 1)
			<-time.After(longest + time.Millisecond) // in the bubble
			return nil
		}
		require.NoError(t, errors.Join(together(newGroups(db), slow, slow, slow)...))
		require.Equal(t, []int{1, 1, 1}, numbers(t, db))
		require.Len(t, used, 3)
	})
}

func TestGroups_WaitingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	db := open(t)
	s := newGroups(db)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, s.run(t.Context(), func(tx *sql.Tx) error {
		insert(t, tx, 1)
		require.ErrorIs(t, s.run(ended, func(*sql.Tx) error { return nil }), context.Canceled, "for the turn")
		return nil
	}))
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	require.ErrorIs(t, s.run(ended, func(*sql.Tx) error { return nil }), context.Canceled, "for the connection")
	require.NoError(t, tx.Rollback())
	require.NoError(t, s.run(t.Context(), func(tx *sql.Tx) error { return nil }))
	require.Equal(t, []int{1}, numbers(t, db))
}
