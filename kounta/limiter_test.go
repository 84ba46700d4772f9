package kounta_test

import (
	"context"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/kounta"
	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

func TestLimiter_StaysBelowTheLimitOfTheAuthentication(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		auth     kounta.Auth
		most     int
		expected time.Duration // of 100 requests
	}{
		{kounta.Basic(kountatest.ClientID, kountatest.ClientSecret), 60, 95 * 1200 * time.Millisecond},
		{kounta.OAuth(nil, fixedToken("access-1")), 180, 95 * 400 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			fake := kountatest.New(kountatest.Options{PerMinute: c.most})
			fake.IssueToken()
			client, err := kounta.Connect(t.Context(), kounta.Config{Auth: c.auth, HTTPClient: &http.Client{Transport: fake}})
			require.NoError(t, err)
			start := time.Now()
			for range 99 {
				require.NoError(t, client.Ping(t.Context()))
			}
			require.InDelta(t, c.expected.Seconds(), time.Since(start).Seconds(), 0.01)
		})
	}
}

func TestLimiter_ResetOfAnyResponseIsHonored(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		status int
		header []string
		want   time.Duration
	}{
		{"429", 429, []string{"X-Ratelimit-Reset", "7"}, 7 * time.Second},
		{"429 without a header", 429, nil, 10 * time.Second},
		{"429 with nonsense", 429, []string{"X-Ratelimit-Reset", "x"}, 10 * time.Second},
		{"429 at once", 429, []string{"X-Ratelimit-Reset", "0"}, time.Second},
		{"429 with too much", 429, []string{"X-Ratelimit-Reset", "9999"}, 2 * time.Minute},
		{"429 although requests are left", 429, []string{"X-Ratelimit-Reset", "7", "X-Ratelimit-Remaining", "5"}, 7 * time.Second},
		{"Retry-After", 429, []string{"Retry-After", "8"}, 8 * time.Second},
		{"503", 503, []string{"Retry-After", "9"}, 9 * time.Second},
		{"success, the window's end alone", 200, []string{"X-Ratelimit-Reset", "6"}, 0},
		{"success, none left", 200, []string{"X-Ratelimit-Reset", "6", "X-Ratelimit-Remaining", "0"}, 6 * time.Second},
		{"success, some left", 200, []string{"X-Ratelimit-Reset", "6", "X-Ratelimit-Remaining", "5"}, 0},
		{"success", 200, nil, 0},
		{"redirect to a customer, some left", 302, []string{"X-Ratelimit-Reset", "6", "X-Ratelimit-Remaining", "5"}, 0},
		{"not found, some left", 404, []string{"X-Ratelimit-Reset", "6", "X-Ratelimit-Remaining", "5"}, 0},
		{"not found, none left", 404, []string{"X-Ratelimit-Reset", "6", "X-Ratelimit-Remaining", "0"}, 6 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := connect(t, answering(c.status, `[]`, c.header...))
				for range client.Sites.All(t.Context()) {
				}
				start := time.Now()
				require.NoError(t, client.Ping(t.Context()))
				require.Equal(t, c.want, time.Since(start).Truncate(100*time.Millisecond))
			})
		})
	}
}

func TestLimiter_ResetMayBeATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		client := connect(t, answering(429, ``, "X-Ratelimit-Reset", strconv.FormatInt(start.Add(30*time.Second).Unix(), 10)))
		require.ErrorIs(t, client.Payments.Create(t.Context(), 5, refund()), kounta.ErrRateLimited)
		require.NoError(t, client.Ping(t.Context()))
		require.Equal(t, 30*time.Second, time.Since(start))
	})
}

func TestLimiter_CallThatCannotWaitForTheResetFailsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := connect(t, answering(429, ``, "X-Ratelimit-Reset", "60"))
		require.ErrorIs(t, client.Payments.Create(t.Context(), 5, refund()), kounta.ErrRateLimited)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		start := time.Now()
		err := client.Payments.Create(ctx, 5, refund())
		require.ErrorIs(t, err, kounta.ErrRateLimited)
		require.NotErrorIs(t, err, kounta.ErrOutcomeUnknown)
		require.Zero(t, time.Since(start))
	})
}

func TestLimiter_ResetAlsoHoldsForCallsThatWaitForTheirTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := kountatest.New(kountatest.Options{})
		client, err := kounta.Connect(t.Context(), kounta.Config{
			Auth: kounta.Basic(kountatest.ClientID, kountatest.ClientSecret), PerMinute: 60,
			HTTPClient: &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
				if req.Method == http.MethodPost {
					<-time.After(500 * time.Millisecond)
					return response(req, 429, "", "X-Ratelimit-Reset", "30"), nil
				}
				return fake.RoundTrip(req)
			})},
		})
		require.NoError(t, err)
		for range 3 {
			require.NoError(t, client.Ping(t.Context()))
		}
		start := time.Now()
		go func() { _ = client.Payments.Create(t.Context(), 5, refund()) }() // the fifth, and last of the burst
		synctest.Wait()
		require.NoError(t, client.Ping(t.Context())) // the sixth
		require.GreaterOrEqual(t, time.Since(start), 30*time.Second)
	})
}
