package afterpay_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// answeringClient returns a client, of which each call is attempted once, whose
// service gives one response to everything.
func answeringClient(tb testing.TB, status int, body string, opts ...afterpay.Option) *afterpay.Client {
	tb.Helper()
	first := []afterpay.Option{suitetest.Through(suitetest.Always(status, body)), afterpay.WithRetry(afterpay.RetryPolicy{})}
	client, err := afterpay.New(suitetest.MerchantID, suitetest.SecretKey, append(first, opts...)...)
	require.NoError(tb, err)
	return client
}
