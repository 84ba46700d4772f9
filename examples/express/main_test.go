package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRun_CapturesOnlyTheShopsOwnTotal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out))
	require.Equal(t, `order created for 20.00 USD, without shipping
the shopper chose "standard" to San Francisco, US: 24.95 USD
captured 24.95 USD, payment CAPTURED

order created for 20.00 USD, without shipping
the shopper chose "standard" to San Francisco, US: 20.01 USD
not paid: order does not match the shop: the total is 20.01 USD, the shop's price 24.95 USD

movements of money at Afterpay: 1
`, out.String())
}
