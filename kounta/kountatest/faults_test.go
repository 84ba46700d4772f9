package kountatest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

func TestFaults_DoWhatTheirNamesSay(t *testing.T) {
	t.Parallel()
	const body = `{"site_id":7,` + lines + `}`
	for _, c := range []struct {
		fault  kountatest.Fault
		status int // 0 means that the connection is closed
		orders int
		took   time.Duration
	}{
		{kountatest.FaultNone, 201, 1, 0}, {kountatest.FaultDown, 503, 0, 0}, {kountatest.FaultLimited, 429, 0, 0},
		{kountatest.FaultRefused, 0, 0, 0}, {kountatest.FaultLost, 0, 1, 0}, {kountatest.FaultSlow, 201, 1, time.Second},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				fake := kountatest.New(kountatest.Options{Fault: func(*http.Request) kountatest.Fault { return c.fault }})
				req, err := http.NewRequestWithContext(t.Context(), "POST", "https://x"+company+"/orders.json", strings.NewReader(body))
				require.NoError(t, err)
				req.SetBasicAuth(kountatest.ClientID, kountatest.ClientSecret)
				req.Header.Set("Content-Type", "application/json")
				start := time.Now()
				resp, err := fake.RoundTrip(req)
				require.Equal(t, c.took, time.Since(start))
				require.Len(t, fake.Orders(), c.orders)
				if c.status == 0 {
					require.Error(t, err)
					return
				}
				require.NoError(t, err)
				require.Equal(t, c.status, resp.StatusCode)
			})
		})
	}
}

func TestFaults_LostResponseClosesTheConnection(t *testing.T) {
	t.Parallel()
	fake := kountatest.New(kountatest.Options{Fault: func(*http.Request) kountatest.Fault { return kountatest.FaultLost }})
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	_, err := http.Get(server.URL + "/v1/companies/me")
	require.Error(t, err)
	require.Equal(t, 1, fake.Requests())
}

func TestRandomFaults_SeedDecides(t *testing.T) {
	t.Parallel()
	draw := func(seed uint64) (drawn []kountatest.Fault) {
		next := kountatest.RandomFaults(seed, map[kountatest.Fault]float64{kountatest.FaultLost: 0.25, kountatest.FaultSlow: 0.25})
		for range 1000 {
			drawn = append(drawn, next(nil))
		}
		return drawn
	}
	require.Equal(t, draw(1), draw(1))
	require.NotEqual(t, draw(1), draw(2))
	count := make(map[kountatest.Fault]int)
	for _, f := range draw(1) {
		count[f]++
	}
	require.Len(t, count, 3)
	require.InDelta(t, 250, count[kountatest.FaultLost], 50)
	require.InDelta(t, 250, count[kountatest.FaultSlow], 50)
}
