package afterpay

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

type canned string

func (text canned) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(text))), ContentLength: int64(len(text))}, nil
}

// TestObservingNothingCostsNothing compares a call that nobody observes with one
// that somebody does, and with one whose logger logs nothing.
func TestObservingNothingCostsNothing(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes pools forget, which allocations show")
	}
	hc := &http.Client{Transport: canned(`{"id":"1","status":"APPROVED"}`)}
	observe := func(context.Context, Attempt) {}
	ctx := t.Context()
	get := func(opts ...Option) int {
		c, err := New("32", "secret", append(opts, WithHTTPClient(hc))...)
		require.NoError(t, err)
		return int(testing.AllocsPerRun(1000, func() {
			if _, err := c.Payments.Get(ctx, "1"); err != nil {
				t.Error(err)
			}
		}))
	}
	require.Greater(t, get(WithObserver(observe)), get())
	require.Equal(t, get(), get(WithObserver(nil), WithLogger(nil)))
	require.Equal(t, get(), get(WithLogger(slog.New(slog.DiscardHandler))))
}
