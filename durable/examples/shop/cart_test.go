package main

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

func TestCart_ChangingAQuantityKeepsTheOrderOfTheLines(t *testing.T) {
	c := cart(nil).with("mug", 1).with("jumper", 1).with("mug", 3)
	require.Equal(t, []string{"mug", "jumper"}, []string{c[0].ID, c[1].ID})
	require.Equal(t, 3, c[0].Quantity)
	require.Len(t, c.with("mug", 0), 1)
}

func TestCart_QuantityOutOfRange(t *testing.T) {
	require.Empty(t, cart(nil).with("mug", -1))
	require.Empty(t, cart(nil).with("unknown", 1))
	require.Equal(t, maxQuantity, cart(nil).with("mug", 1_000)[0].Quantity)
}

// Both clicks of a double click are sent before either response sets a cookie, so
// the shopper has to be known before.
func TestCheckout_ShopperIsKnownBeforeTheFormIsSent(t *testing.T) {
	v := newVisitor(t, afterpay.V2)
	v.fillCheckout("mug")
	require.True(t, slices.ContainsFunc(v.client.Jar.Cookies(mustParse(t, v.origin)), func(c *http.Cookie) bool { return c.Name == "shopper" }))
}
