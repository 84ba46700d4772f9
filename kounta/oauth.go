package kounta

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/oauth2"
)

// TokenStore keeps the token of an authorization where all processes that use it
// find it.
type TokenStore interface {
	// Load returns the stored token. Its error matches ErrUnauthorized if there
	// is none.
	Load(ctx context.Context) (*oauth2.Token, error)
	// Save stores fresh in place of old. It changes nothing if another token has
	// taken the place of old, as after a new authorization. The client calls it
	// again after a failure and reports nothing, so a store should tell a person.
	Save(ctx context.Context, old, fresh *oauth2.Token) error
	// Lock waits until no other process holds the lock. The client holds it for
	// less than MaxTokenLock, so an older lock belongs to a process that died and
	// may be taken over. The lock should not be a database transaction, because
	// Kounta is called while it is held.
	Lock(ctx context.Context) (unlock func(), err error)
}

// MaxTokenLock bounds how long the lock of a TokenStore is held.
const MaxTokenLock = time.Minute

const (
	loadTimeout    = 10 * time.Second
	refreshTimeout = 20 * time.Second
	saveTimeout    = 20 * time.Second
	saveAgainAfter = 5 * time.Second
)

// Endpoint returns the addresses of Kounta's authorization for an oauth2.Config:
// the page on which a merchant agrees, and the endpoint of tokens below the base
// URL, DefaultBaseURL if that is empty. AuthCodeURL of the Config needs a state.
func Endpoint(base string) oauth2.Endpoint {
	return oauth2.Endpoint{
		AuthURL: "https://my.kounta.com/authorize", TokenURL: baseURL(base) + "token.json", AuthStyle: oauth2.AuthStyleInParams,
	}
}

// OAuth authenticates with the access token in a store, for 180 requests a
// minute. A token that has expired, or that Kounta refuses, is refreshed by one
// process while the others wait for it. config holds the add-on's id and secret
// and an Endpoint; the first token is the one of its Exchange.
//
// Kounta may replace the refresh token too, and the old one is then useless. If
// the new token cannot be saved, the client keeps using it and tries to save it
// again with later requests. If the process ends before that, a person has to
// authorize again.
func OAuth(config *oauth2.Config, store TokenStore) Auth {
	return &oauth{config: config, store: store, busy: make(chan struct{}, 1)}
}

type oauth struct {
	config *oauth2.Config
	store  TokenStore
	busy   chan struct{} // holds an element while a goroutine uses what follows

	token    *oauth2.Token
	unsaved  *oauth2.Token // the stored token that token has yet to replace, if not nil
	saveNext time.Time
}

func (*oauth) perMinute() int { return 150 }

func (o *oauth) authorize(ctx context.Context, req *http.Request, refused string) error {
	select {
	case o.busy <- struct{}{}:
		defer func() { <-o.busy }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if o.unsaved != nil && !time.Now().Before(o.saveNext) {
		o.save(ctx)
	}
	if !usable(o.token, refused) {
		if err := o.renew(ctx, refused); err != nil {
			return err
		}
	}
	o.token.SetAuthHeader(req)
	return nil
}

// usable reports whether a token is valid and not the one that was refused.
func usable(t *oauth2.Token, refused string) bool {
	return t.Valid() && t.Type()+" "+t.AccessToken != refused
}

// renew makes o.token usable: with the stored token if that is, or with a new
// one.
func (o *oauth) renew(ctx context.Context, refused string) error {
	current, err := o.current(ctx)
	if err != nil || usable(current, refused) {
		o.token = current
		return err
	}
	unlock, err := o.store.Lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	// Another process may have refreshed the token before this one had the lock.
	if current, err = o.current(ctx); err != nil || usable(current, refused) {
		o.token = current
		return err
	}
	fresh, err := o.refresh(ctx, current)
	if err != nil {
		return err
	}
	if o.unsaved == nil {
		o.unsaved = current
	}
	o.token = fresh
	o.save(ctx)
	return nil
}

// current returns the newest token that is known.
func (o *oauth) current(ctx context.Context) (*oauth2.Token, error) {
	if o.unsaved != nil {
		return o.token, nil
	}
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	return o.store.Load(ctx)
}

// refresh asks Kounta for a new token. It does not stop when ctx does: the new
// token would be lost and the old one might be useless.
func (o *oauth) refresh(ctx context.Context, old *oauth2.Token) (*oauth2.Token, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshTimeout)
	defer cancel()
	fresh, err := o.config.TokenSource(ctx, &oauth2.Token{RefreshToken: old.RefreshToken}).Token()
	if refusal, ok := errors.AsType[*oauth2.RetrieveError](err); ok { // its text holds the response
		kind := ErrUnavailable
		switch refusal.Response.StatusCode {
		case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
			kind = ErrUnauthorized // a person has to authorize again
		}
		return nil, fmt.Errorf("%w: the access token was not refreshed: status %d", kind, refusal.Response.StatusCode)
	}
	if err != nil {
		return nil, fmt.Errorf("the access token was not refreshed: %w", withoutURL(err))
	}
	return fresh, nil
}

// save saves o.token. If that fails, a later request tries again.
func (o *oauth) save(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	if o.store.Save(ctx, o.unsaved, o.token) == nil {
		o.unsaved = nil
	}
	o.saveNext = time.Now().Add(saveAgainAfter)
}
