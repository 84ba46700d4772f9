package afterpay

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/internal/transport"
)

type canned string

func (text canned) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(text))), ContentLength: int64(len(text))}, nil
}

// TestObservingNothingCostsNothing compares a call that is observed with one
// that is not: they must differ by all that the observing takes.
func TestObservingNothingCostsNothing(t *testing.T) {
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
	c, err := New("32", "secret", WithObserver(observe))
	require.NoError(t, err)
	seen := transport.Attempt{StatusCode: 200, Header: http.Header{}}
	var told func(transport.Attempt)
	observing := int(testing.AllocsPerRun(1000, func() {
		in := call{op: opPaymentsGet, paymentID: "1"}
		told = c.core.observer(ctx, &c.core.targets[opPaymentsGet], in)
		told(seen)
	}))
	require.Positive(t, observing)
	require.Equal(t, observing, get(WithObserver(observe))-get())
	require.Equal(t, get(), get(WithObserver(nil), WithLogger(nil)))
}
