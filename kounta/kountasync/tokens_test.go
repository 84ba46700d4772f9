package kountasync

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/afterpay-go/afterpay/durable/durablepgx"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
	"github.com/afterpay-go/afterpay/durable/durabletest"
	"github.com/afterpay-go/afterpay/kounta"
	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

// tokenMeter counts the requests for tokens.
type tokenMeter struct {
	*kountatest.Kounta

	refreshes atomic.Int32
}

func (m *tokenMeter) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.HasPrefix(req.URL.Path, "/v1/token") {
		m.refreshes.Add(1)
	}
	return m.Kounta.RoundTrip(req)
}

// token returns a token that Kounta has let expire, although it seems valid.
func (m *tokenMeter) token() *oauth2.Token {
	access, refresh := m.IssueToken()
	m.ExpireTokens()
	return &oauth2.Token{AccessToken: access, RefreshToken: refresh, Expiry: time.Now().Add(time.Hour)}
}

// connect connects with a process's own access to the database.
func (m *tokenMeter) connect(ctx context.Context, db *sql.DB, alerts Alerter) (*kounta.Client, error) {
	return kounta.Connect(ctx, kounta.Config{HTTPClient: &http.Client{Transport: m}, PerMinute: unlimited, Auth: OAuth(durablesqlite.New(db), &oauth2.Config{
		ClientID: kountatest.ClientID, ClientSecret: kountatest.ClientSecret, Endpoint: kounta.Endpoint(""),
	}, alerts)})
}

func TestOAuth_TokenIsRefreshedOnceForAllProcesses(t *testing.T) {
	t.Parallel()
	m := &tokenMeter{Kounta: kountatest.New(kountatest.Options{})}
	file := filepath.Join(t.TempDir(), "sync.db")
	var group sync.WaitGroup
	for n := range 4 {
		db, err := durablesqlite.Open(file)
		require.NoError(t, err)
		t.Cleanup(func() { _ = db.Close() })
		if n == 0 {
			require.NoError(t, StoreToken(t.Context(), durablesqlite.New(db), m.token()))
		}
		group.Go(func() {
			if _, err := m.connect(t.Context(), db, nil); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	require.Equal(t, int32(1), m.refreshes.Load())
}

// alertCount is an Alerter.
type alertCount struct{ alerts []Alert }

func (c *alertCount) Alert(_ context.Context, a Alert) error {
	c.alerts = append(c.alerts, a)
	return nil
}

func TestOAuth_TokenThatCannotBeStoredIsUsedAlertedOnceAndStoredLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &tokenMeter{Kounta: kountatest.New(kountatest.Options{})}
		db := openDB(t)
		require.NoError(t, StoreToken(t.Context(), durablesqlite.New(db), m.token()))
		exec := func(statement string) {
			_, err := db.ExecContext(t.Context(), statement)
			require.NoError(t, err)
		}
		exec(`CREATE TRIGGER full BEFORE UPDATE ON kounta_sync_positions WHEN NEW.name = 'token' BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
		alerts := &alertCount{}
		store := newTokenStore(durablesqlite.New(db), alerts)
		_, err := m.connect(t.Context(), db, alerts)
		require.NoError(t, err, "the new token is used")
		require.Len(t, alerts.alerts, 1)
		require.Equal(t, AlertToken, alerts.alerts[0].Kind)
		require.Contains(t, alerts.alerts[0].Text, "disk full")
		require.NotContains(t, alerts.alerts[0].Text, "access-")

		old, err := store.Load(t.Context())
		require.NoError(t, err)
		fresh := &oauth2.Token{AccessToken: "access-x", RefreshToken: "refresh-x"}
		for range 2 {
			require.Error(t, store.Save(t.Context(), old, fresh))
		}
		require.Len(t, alerts.alerts, 2, "one for each store, not for each try")
		exec(`DROP TRIGGER full`)
		require.NoError(t, store.Save(t.Context(), old, fresh))
		stored, err := store.Load(t.Context())
		require.NoError(t, err)
		require.Equal(t, "access-x", stored.AccessToken)
	})
}

func TestTokenStore_LockIsHeldByOneAndEndsWithADeadProcess(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		db := durablesqlite.New(openDB(t))
		testTokenStore(t, newTokenStore(db, nil), newTokenStore(db, nil))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		server, err := durabletest.StartPostgres(t.Context())
		if errors.Is(err, durabletest.ErrNoPostgres) {
			t.Skip(err)
		}
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, server.Close()) })
		database, err := server.CreateDatabase(t.Context(), "tokens")
		require.NoError(t, err)
		pool, err := pgxpool.New(t.Context(), database)
		require.NoError(t, err)
		t.Cleanup(pool.Close)
		db := durablepgx.New(pool)
		testTokenStore(t, newTokenStore(db, nil), newTokenStore(db, nil))
	})
}

func testTokenStore(t *testing.T, first, second *tokenStore) {
	t.Helper()
	require.NoError(t, first.store.migrate(t.Context()))
	unlock, err := first.Lock(t.Context())
	require.NoError(t, err)
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = second.Lock(short)
	require.Error(t, err)
	unlock()
	_, err = second.Lock(t.Context())
	require.NoError(t, err)

	// The second process dies, and time passes.
	require.NoError(t, first.store.setPosition(t.Context(), tokenLockPosition, formatTime(time.Now().Add(-time.Second))+" x"))
	unlock, err = first.Lock(t.Context())
	require.NoError(t, err)
	unlock()

	old, fresh := &oauth2.Token{AccessToken: "a1", RefreshToken: "r1"}, &oauth2.Token{AccessToken: "a2", RefreshToken: "r2"}
	_, err = first.Load(t.Context())
	require.ErrorIs(t, err, kounta.ErrUnauthorized)
	require.NoError(t, first.store.setPosition(t.Context(), tokenPosition, `{"access_token":"a1","refresh_token":"r1"}`))
	require.NoError(t, first.Save(t.Context(), old, fresh))
	require.NoError(t, second.Save(t.Context(), old, &oauth2.Token{AccessToken: "late"}), "another has taken the place of old")
	stored, err := second.Load(t.Context())
	require.NoError(t, err)
	require.Equal(t, "a2", stored.AccessToken)
}

func TestOAuth_WithoutATokenAPersonIsSentToAuthorize(t *testing.T) {
	t.Parallel()
	m := &tokenMeter{Kounta: kountatest.New(kountatest.Options{})}
	db := openDB(t)
	require.NoError(t, newStore(durablesqlite.New(db)).migrate(t.Context()))
	_, err := m.connect(t.Context(), db, nil)
	require.ErrorIs(t, err, kounta.ErrUnauthorized)
	require.ErrorContains(t, err, "kounta-sync authorize")
	require.Zero(t, m.Requests())
}
