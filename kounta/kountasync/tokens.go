package kountasync

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"

	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/kounta"
)

// AlertToken says that a new access token could not be stored. The process that
// has it goes on, and tries again to store it; if the process ends before that,
// a person has to authorize again.
const AlertToken AlertKind = "token"

// OAuth authenticates with tokens kept in the database. One process refreshes a
// token while the others wait for it. The first token is stored by StoreToken.
// alerts receives an AlertToken; nil logs it.
func OAuth[TTx any](db durable.Database[TTx], config *oauth2.Config, alerts Alerter) kounta.Auth {
	return kounta.OAuth(config, newTokenStore(db, alerts))
}

// StoreToken stores the token of Kounta's authorization, which OAuth refreshes
// from then on.
func StoreToken[TTx any](ctx context.Context, db durable.Database[TTx], token *oauth2.Token) error {
	st := newStore(db)
	if err := st.migrate(ctx); err != nil {
		return err
	}
	data, err := json.Marshal(token)
	if err != nil {
		return err
	}
	return st.setPosition(ctx, tokenPosition, string(data))
}

const (
	tokenPosition     = "token"
	tokenLockPosition = "token lock"
	lockPoll          = 250 * time.Millisecond
	saveTries         = 3
	saveRetry         = time.Second
)

// tokenStore is a kounta.TokenStore in the table of positions. Each of its
// statements is a transaction of its own.
type tokenStore struct {
	store   *store
	alerts  Alerter
	alerted atomic.Bool // about the token that is not stored yet
}

func newTokenStore[TTx any](db durable.Database[TTx], alerts Alerter) *tokenStore {
	if alerts == nil {
		alerts = LogAlerter{slog.Default()}
	}
	return &tokenStore{store: newStore(db), alerts: alerts}
}

// Load implements kounta.TokenStore.
func (s *tokenStore) Load(ctx context.Context) (*oauth2.Token, error) {
	token, _, err := s.read(ctx)
	return token, err
}

// read also returns the token as it is stored.
func (s *tokenStore) read(ctx context.Context) (*oauth2.Token, string, error) {
	stored, err := s.store.position(ctx, tokenPosition)
	if err != nil {
		return nil, "", err
	}
	if stored == "" {
		return nil, "", fmt.Errorf("%w: run kounta-sync authorize first", kounta.ErrUnauthorized)
	}
	var token oauth2.Token
	if json.Unmarshal([]byte(stored), &token) != nil { // its error may quote the token
		return nil, "", errors.New("kountasync: the stored token is unreadable")
	}
	return &token, stored, nil
}

// Save implements kounta.TokenStore. It tries a few times, and then alerts a
// person once.
func (s *tokenStore) Save(ctx context.Context, old, fresh *oauth2.Token) error {
	var err error
	for try := range saveTries {
		if try > 0 && sleep(ctx, saveRetry) != nil {
			break
		}
		if err = s.replace(ctx, old, fresh); err == nil {
			s.alerted.Store(false)
			return nil
		}
	}
	if !s.alerted.Load() {
		text := "Kounta's new access token is not stored: fix the database before this process ends, or authorize again: " + err.Error()
		if alertErr := s.alerts.Alert(ctx, Alert{AlertToken, sideKounta, text}); alertErr != nil {
			return errors.Join(err, alertErr)
		}
		s.alerted.Store(true)
	}
	return err
}

// replace stores fresh unless another token has taken the place of old.
func (s *tokenStore) replace(ctx context.Context, old, fresh *oauth2.Token) error {
	current, stored, err := s.read(ctx)
	if err != nil {
		return err
	}
	if current.RefreshToken != old.RefreshToken || current.AccessToken != old.AccessToken {
		return nil
	}
	data, err := json.Marshal(fresh)
	if err != nil {
		return err
	}
	rows, err := s.store.conn.Exec(ctx, `UPDATE kounta_sync_positions SET value = $3 WHERE name = $1 AND value = $2`, tokenPosition, stored, string(data))
	if err == nil && rows == 0 {
		err = errors.New("kountasync: the stored token changed meanwhile")
	}
	return err
}

// Lock implements kounta.TokenStore. The lock is a row that says until when it is
// held, so that it outlives no process by more than kounta.MaxTokenLock.
func (s *tokenStore) Lock(ctx context.Context) (unlock func(), err error) {
	for {
		now := time.Now()
		held := formatTime(now.Add(kounta.MaxTokenLock)) + " " + rand.Text()
		rows, err := s.store.conn.Exec(ctx, `INSERT INTO kounta_sync_positions (name, value) VALUES ($1, $2)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE kounta_sync_positions.value < $3`, tokenLockPosition, held, formatTime(now))
		if err != nil {
			return nil, err
		}
		if rows > 0 {
			return func() { s.unlock(ctx, held) }, nil
		}
		if err := sleep(ctx, lockPoll); err != nil {
			return nil, err
		}
	}
}

// unlock gives up a lock. If that fails, it ends by itself.
func (s *tokenStore) unlock(ctx context.Context, held string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_, err := s.store.conn.Exec(ctx, `UPDATE kounta_sync_positions SET value = '' WHERE name = $1 AND value = $2`, tokenLockPosition, held)
	if err != nil {
		slog.WarnContext(ctx, "kountasync: the lock of the token ends later", "error", err)
	}
}
