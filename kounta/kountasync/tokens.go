package kountasync

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/afterpay-go/afterpay/durable"
)

// BasicAuth returns a client that authenticates with HTTP Basic, which Kounta
// allows for development.
func BasicAuth(clientID, clientSecret string) *http.Client {
	return &http.Client{Transport: basicAuth{clientID, clientSecret}}
}

type basicAuth struct{ id, secret string }

// RoundTrip implements http.RoundTripper.
func (b basicAuth) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.SetBasicAuth(b.id, b.secret)
	return http.DefaultTransport.RoundTrip(req)
}

// errToken says that no access token could be had, so that nothing was sent.
var errToken = errors.New("kountasync: no access token")

// OAuth returns a client that authenticates with tokens kept in the database.
// One process refreshes a token, under a lock, and the others read it. The first
// token is stored by StoreToken.
func OAuth[TTx any](db durable.Database[TTx], config *oauth2.Config) *http.Client {
	return &http.Client{Transport: &tokenTransport{store: newStore(db), config: config}}
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
	tokenPosition = "token"
	tokenTimeout  = 20 * time.Second
)

// tokenTransport adds the access token to requests.
type tokenTransport struct {
	store  *store
	config *oauth2.Config

	mu    sync.Mutex
	token *oauth2.Token
}

// RoundTrip implements http.RoundTripper. A request that is refused because the
// token expired is sent once more: Kounta did not carry it out.
func (t *tokenTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	token, err := t.get(req.Context(), "")
	if err != nil {
		return nil, err
	}
	resp, err := t.send(req, token)
	if err != nil || !expired(resp) {
		return resp, err
	}
	if token, err = t.get(req.Context(), token.AccessToken); err != nil {
		return nil, errors.Join(err, resp.Body.Close())
	}
	if err := resp.Body.Close(); err != nil {
		return nil, err
	}
	return t.send(req, token)
}

func (t *tokenTransport) send(req *http.Request, token *oauth2.Token) (*http.Response, error) {
	clone := req.Clone(req.Context())
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		clone.Body = body
	}
	token.SetAuthHeader(clone)
	return http.DefaultTransport.RoundTrip(clone)
}

// expired reports whether Kounta refuses the token: with 401, or with 400 and a
// text that says so.
func expired(resp *http.Response) bool {
	if resp.StatusCode == http.StatusUnauthorized {
		return true
	}
	if resp.StatusCode != http.StatusBadRequest {
		return false
	}
	start, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(start), resp.Body), resp.Body}
	text := strings.ToLower(string(start))
	return err == nil && strings.Contains(text, "token") && (strings.Contains(text, "expired") || strings.Contains(text, "invalid"))
}

// get returns a token other than the one that was refused.
func (t *tokenTransport) get(ctx context.Context, refused string) (*oauth2.Token, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token.Valid() && t.token.AccessToken != refused {
		return t.token, nil
	}
	ctx, cancel := context.WithTimeout(ctx, tokenTimeout)
	defer cancel()
	var token oauth2.Token
	err := t.store.inTx(ctx, func(tx durable.Conn) error { return t.refresh(ctx, tx, refused, &token) })
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errToken, err)
	}
	t.token = &token
	return t.token, nil
}

// refresh reads the token under a lock, and refreshes it unless another process
// has done so meanwhile.
func (t *tokenTransport) refresh(ctx context.Context, tx durable.Conn, refused string, token *oauth2.Token) error {
	// The update takes the lock of the row on both databases.
	rows, err := tx.Exec(ctx, `UPDATE kounta_sync_positions SET value = value WHERE name = $1`, tokenPosition)
	if err != nil {
		return err
	}
	if rows == 0 {
		return errors.New("the sync is not authorized yet: run kounta-sync authorize")
	}
	var stored string
	err = tx.Query(ctx, `SELECT value FROM kounta_sync_positions WHERE name = $1`, []any{tokenPosition},
		func(scan func(...any) error) error { return scan(&stored) })
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(stored), token); err != nil {
		return errors.New("the stored token is unreadable")
	}
	if token.Valid() && token.AccessToken != refused {
		return nil
	}
	fresh, err := t.config.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	if err != nil {
		var refusal *oauth2.RetrieveError
		if errors.As(err, &refusal) { // its text holds the response
			return fmt.Errorf("the token was not refreshed: Kounta responded with status %d", refusal.Response.StatusCode)
		}
		return err
	}
	data, err := json.Marshal(fresh)
	if err != nil {
		return err
	}
	*token = *fresh
	_, err = tx.Exec(ctx, `UPDATE kounta_sync_positions SET value = $2 WHERE name = $1`, tokenPosition, string(data))
	return err
}
