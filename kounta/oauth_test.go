package kounta_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/kounta"
	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

// tokenStore is a kounta.TokenStore in memory, of several clients that stand for
// processes.
type tokenStore struct {
	mu    sync.Mutex
	token *oauth2.Token
	fails error // of Save
	lock  chan struct{}
}

func storeOf(token *oauth2.Token) *tokenStore {
	return &tokenStore{token: token, lock: make(chan struct{}, 1)}
}

// fixedToken returns a store with an access token that does not expire.
func fixedToken(access string) *tokenStore { return storeOf(&oauth2.Token{AccessToken: access}) }

func (s *tokenStore) Load(context.Context) (*oauth2.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == nil {
		return nil, fmt.Errorf("%w: nobody has authorized yet", kounta.ErrUnauthorized)
	}
	return s.token, nil
}

func (s *tokenStore) Save(ctx context.Context, old, fresh *oauth2.Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.fails == nil && s.token.RefreshToken == old.RefreshToken {
		s.token = fresh
	}
	return s.fails
}

func (s *tokenStore) setFails(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fails = err
}

func (s *tokenStore) Lock(ctx context.Context) (func(), error) {
	select {
	case s.lock <- struct{}{}:
		return func() { <-s.lock }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// company is a fake with a count of the requests for tokens, how long they take
// and what they fail with.
type company struct {
	*kountatest.Kounta

	refreshes  atomic.Int32
	tokenTakes time.Duration
	body       string       // of the token endpoint, with status
	status     atomic.Int32 // of the token endpoint; 0 means that it works
}

func (c *company) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.HasPrefix(req.URL.Path, "/v1/token") {
		c.refreshes.Add(1)
		<-time.After(c.tokenTakes)
		if status := int(c.status.Load()); status != 0 {
			return response(req, status, c.body), nil
		}
	}
	return c.Kounta.RoundTrip(req)
}

// connect returns a client that uses the tokens in a store.
func (c *company) connect(ctx context.Context, store kounta.TokenStore) (*kounta.Client, error) {
	return kounta.Connect(ctx, kounta.Config{Auth: c.auth(store), HTTPClient: &http.Client{Transport: c}, PerMinute: 600_000})
}

func (c *company) auth(store kounta.TokenStore) kounta.Auth {
	return kounta.OAuth(&oauth2.Config{
		ClientID: kountatest.ClientID, ClientSecret: kountatest.ClientSecret, Endpoint: kounta.Endpoint(""),
	}, store)
}

// newCompany returns a fake and a store with a token of it.
func newCompany() (*company, *tokenStore) {
	c := &company{Kounta: kountatest.New(kountatest.Options{})}
	access, refresh := c.IssueToken()
	return c, storeOf(&oauth2.Token{AccessToken: access, RefreshToken: refresh, Expiry: time.Now().Add(time.Hour)})
}

func TestOAuth_ExpiredTokenIsRefreshedOnceForAllProcesses(t *testing.T) {
	t.Parallel()
	for name, expire := range map[string]func(*company){
		"by the clock": func(*company) { time.Sleep(2 * time.Hour) }, //nolint:forbidigo // virtual: in a synctest bubble
		"by Kounta":    func(c *company) { c.ExpireTokens() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				company, store := newCompany()
				company.tokenTakes = time.Second
				var clients []*kounta.Client
				for range 4 {
					c, err := company.connect(t.Context(), store)
					require.NoError(t, err)
					clients = append(clients, c)
				}
				require.Zero(t, company.refreshes.Load())
				expire(company)
				var group sync.WaitGroup
				for _, c := range clients {
					for range 3 {
						group.Go(func() { assert.NoError(t, c.Ping(t.Context())) })
					}
				}
				group.Wait()
				require.Equal(t, int32(1), company.refreshes.Load())
			})
		})
	}
}

func TestOAuth_TokenThatCannotBeSavedIsKeptAndSavedLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		company, store := newCompany()
		first := store.token
		store.setFails(errors.New("database is down"))
		company.ExpireTokens()
		client, err := company.connect(t.Context(), store)
		require.NoError(t, err, "the new token is used")
		require.Equal(t, first, store.token)

		// It expires too before the database is back.
		time.Sleep(2 * time.Hour) //nolint:forbidigo // virtual: in a synctest bubble
		require.NoError(t, client.Ping(t.Context()))
		require.Equal(t, int32(2), company.refreshes.Load())

		store.setFails(nil)
		time.Sleep(10 * time.Second) //nolint:forbidigo // virtual: in a synctest bubble
		require.NoError(t, client.Ping(t.Context()))
		require.NotEqual(t, first, store.token)
		_, err = company.connect(t.Context(), store)
		require.NoError(t, err, "another process can use what was saved")
		require.Equal(t, int32(2), company.refreshes.Load())
	})
}

func TestOAuth_NewAuthorizationIsNotOverwritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		company, store := newCompany()
		store.setFails(errors.New("database is down"))
		company.ExpireTokens()
		client, err := company.connect(t.Context(), store)
		require.NoError(t, err)
		access, refresh := company.IssueToken()
		authorized := &oauth2.Token{AccessToken: access, RefreshToken: refresh}
		store.token, store.fails = authorized, nil
		time.Sleep(10 * time.Second) //nolint:forbidigo // virtual: in a synctest bubble
		require.NoError(t, client.Ping(t.Context()))
		require.Equal(t, authorized, store.token)
	})
}

func TestOAuth_RefreshGoesOnWhenTheCallerLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		company, store := newCompany()
		company.ExpireTokens()
		ctx, cancel := context.WithCancel(t.Context())
		auth := company.auth(store)
		service := roundTrip(func(req *http.Request) (*http.Response, error) {
			resp, err := company.RoundTrip(req)
			if strings.HasPrefix(req.URL.Path, "/v1/token") {
				cancel()
				if req.Context().Err() != nil {
					return nil, req.Context().Err()
				}
			}
			return resp, err
		})
		old := store.token
		_, err := kounta.Connect(ctx, kounta.Config{Auth: auth, HTTPClient: &http.Client{Transport: service}})
		require.ErrorIs(t, err, context.Canceled)
		require.NotEqual(t, old, store.token, "the new token is saved")
	})
}

func TestOAuth_WithoutATokenNothingIsSent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		kind   kounta.Kind
	}{{400, kounta.ErrUnauthorized}, {401, kounta.ErrUnauthorized}, {429, kounta.ErrUnavailable}, {500, kounta.ErrUnavailable}} {
		company, store := newCompany()
		client, err := company.connect(t.Context(), store)
		require.NoError(t, err)
		company.ExpireTokens()
		company.body = `{"error":"secret"}`
		company.status.Store(int32(c.status))
		err = client.Payments.Create(t.Context(), 5, refund())
		require.ErrorIs(t, err, c.kind)
		require.NotErrorIs(t, err, kounta.ErrOutcomeUnknown)
		require.NotContains(t, err.Error(), "secret")
	}
	company, _ := newCompany()
	_, err := company.connect(t.Context(), storeOf(nil))
	require.ErrorIs(t, err, kounta.ErrUnauthorized)
	require.ErrorContains(t, err, "nobody has authorized yet")
	require.Zero(t, company.Requests())
}

func TestOAuth_WriteThatWasRefusedForItsTokenIsCarriedOutOnce(t *testing.T) {
	t.Parallel()
	company, store := newCompany()
	client, err := company.connect(t.Context(), store)
	require.NoError(t, err)
	company.ExpireTokens()
	sell(t, client, "77", afterpay.AUD(10_00))
	require.Len(t, company.Orders(), 1)
}

func TestOAuth_CodeIsExchangedAtTheEndpoint(t *testing.T) {
	t.Parallel()
	company, store := newCompany()
	config := oauth2.Config{ClientID: kountatest.ClientID, ClientSecret: kountatest.ClientSecret, Endpoint: kounta.Endpoint("https://kounta.example/v1")}
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: company})
	var err error
	store.token, err = config.Exchange(ctx, company.AuthorizationCode())
	require.NoError(t, err)
	_, err = company.connect(t.Context(), store)
	require.NoError(t, err)
	require.Contains(t, config.AuthCodeURL("s"), "https://my.kounta.com/authorize?client_id=client&response_type=code&state=s")
}

func TestOAuth_NewTokenThatIsRefusedTooIsUnauthorized(t *testing.T) {
	t.Parallel()
	company, store := newCompany()
	client, err := company.connect(t.Context(), store)
	require.NoError(t, err)
	company.body = `{"access_token":"unknown to the fake"}`
	company.status.Store(200)
	company.ExpireTokens()
	err = client.Payments.Create(t.Context(), 5, refund())
	require.ErrorIs(t, err, kounta.ErrUnauthorized, "Kounta's status is 400")
	require.NotErrorIs(t, err, kounta.ErrInvalid)
	require.Equal(t, int32(1), company.refreshes.Load())
}
