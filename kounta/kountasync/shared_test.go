package kountasync

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/durable/durablesqlite"
)

// roundTrip is an http.RoundTripper.
type roundTrip func(req *http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func response(status int) *http.Response {
	w := httptest.NewRecorder()
	w.WriteHeader(status)
	return w.Result()
}

func get(t *testing.T, client *http.Client, method string) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://kounta.example/", nil)
	require.NoError(t, err)
	resp, err := client.Do(req)
	if err == nil {
		require.NoError(t, resp.Body.Close())
	}
	return resp, err
}

func TestShared_ProcessesTogetherStayBelowTheRateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := durablesqlite.New(openDB(t))
		var mu sync.Mutex
		all := &meter{}
		sent := make([]int, 3)
		var processes sync.WaitGroup
		for n := range sent {
			client := &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				mu.Lock()
				defer mu.Unlock()
				sent[n]++
				all.sent = append(all.sent, time.Now())
				return response(http.StatusOK), nil
			})}
			client, err := Shared(t.Context(), db, client, 150)
			require.NoError(t, err)
			processes.Go(func() {
				for start := time.Now(); time.Since(start) < 5*time.Minute; {
					_, err := get(t, client, http.MethodGet)
					require.NoError(t, err)
				}
			})
		}
		processes.Wait()
		require.LessOrEqual(t, all.busiest(), 150+sharedBurst)
		require.InDelta(t, 5*150, len(all.sent), 10, "the rate is used up")
		for _, n := range sent {
			require.InDelta(t, 250, n, 25, "everyone has a share")
		}
	})
}

func TestShared_EntryOfAWrongClockIsIgnored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := durablesqlite.New(openDB(t))
		client, err := Shared(t.Context(), db, &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return response(200), nil })}, 150)
		require.NoError(t, err)
		_, err = db.Pool().Exec(t.Context(), `INSERT INTO kounta_sync_rate (name, next_at) VALUES ('requests', $1)`, time.Now().Add(time.Hour).UnixMicro())
		require.NoError(t, err)
		start := time.Now()
		_, err = get(t, client, http.MethodGet)
		require.NoError(t, err)
		require.Less(t, time.Since(start), time.Second)
	})
}

func TestShared_OnlyReadsAreRepeated(t *testing.T) {
	t.Parallel()
	lost := errors.New("connection reset")
	for name, c := range map[string]struct {
		method string
		status int // 0: no response
		want   int
	}{
		"read without a response":  {http.MethodGet, 0, 3},
		"read while Kounta fails":  {http.MethodGet, 503, 3},
		"read that is refused":     {http.MethodGet, 404, 1},
		"read above the limit":     {http.MethodGet, 429, 1},
		"write without a response": {http.MethodPost, 0, 1},
		"write while Kounta fails": {http.MethodPost, 503, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sent := 0
				client, err := Shared(t.Context(), durablesqlite.New(openDB(t)), &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
					if sent++; c.status == 0 {
						return nil, lost
					}
					return response(c.status), nil
				})}, 150)
				require.NoError(t, err)
				resp, err := get(t, client, c.method)
				if c.status == 0 {
					require.ErrorIs(t, err, lost)
				} else {
					require.Equal(t, c.status, resp.StatusCode)
				}
				require.Equal(t, c.want, sent)
			})
		})
	}
}

func TestShared_WithoutTheDatabaseNothingIsSent(t *testing.T) {
	t.Parallel()
	sqlDB := openDB(t)
	sent := 0
	client, err := Shared(t.Context(), durablesqlite.New(sqlDB), &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		sent++
		return response(200), nil
	})}, 150)
	require.NoError(t, err)
	require.NoError(t, sqlDB.Close())
	_, err = get(t, client, http.MethodPost)
	require.ErrorIs(t, err, errNotDone)
	require.Zero(t, sent)
}
