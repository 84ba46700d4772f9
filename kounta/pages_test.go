package kounta_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/kounta"
	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

// sell makes an order of the fake's product.
func sell(t *testing.T, c *kounta.Client, saleNumber string, total afterpay.Money) int64 {
	t.Helper()
	id, err := c.Orders.Create(t.Context(), kounta.NewOrder{
		SaleNumber: saleNumber, SiteID: kountatest.SiteID, Status: kounta.StatusAccepted, PlacedAt: time.Now(),
		Lines: []kounta.NewLine{{ProductID: kountatest.ProductID, Quantity: 1, UnitPrice: total}},
	})
	require.NoError(t, err)
	return id
}

func TestPages_BothStylesYieldEveryElementOnce(t *testing.T) {
	t.Parallel()
	for _, countPages := range []bool{false, true} {
		fake := kountatest.New(kountatest.Options{CountPages: countPages})
		c := connect(t, fake)
		for n := range 60 {
			sell(t, c, fmt.Sprint(n), afterpay.AUD(10_00))
		}
		sent := fake.Requests()
		n := 0
		for o, err := range c.Orders.All(t.Context(), kounta.OrderQuery{}) {
			require.NoError(t, err)
			require.Equal(t, fmt.Sprint(n), o.SaleNumber)
			n++
		}
		require.Equal(t, 60, n)
		require.Equal(t, 3, fake.Requests()-sent)
	}
}

func TestPages_IterationMayStop(t *testing.T) {
	t.Parallel()
	fake := kountatest.New(kountatest.Options{})
	c := connect(t, fake)
	for n := range 30 {
		sell(t, c, fmt.Sprint(n), afterpay.AUD(10_00))
	}
	sent := fake.Requests()
	for range c.Orders.All(t.Context(), kounta.OrderQuery{}) {
		break
	}
	require.Equal(t, 1, fake.Requests()-sent)
}

// What is not a list must not read as a list without the order: the order would
// be made twice.
func TestPages_WhatIsNotAListIsAnError(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", " ", "null", "{}", `"x"`, "[null]", "[{}]", `[{"id":1.5}]`, `[{"id":1}`} {
		c := connect(t, answering(200, body))
		got := 0
		for _, err := range c.Orders.All(t.Context(), kounta.OrderQuery{}) {
			require.ErrorIs(t, err, kounta.ErrUnavailable, body)
			got++
		}
		require.Equal(t, 1, got, body)
	}
}

func TestPages_LinkThatWasFollowedBeforeIsRefused(t *testing.T) {
	t.Parallel()
	for name, link := range map[string]func(*http.Request) string{
		"itself": func(r *http.Request) string { return r.URL.String() },
		"a circle": func(r *http.Request) string {
			if r.URL.RawQuery == "page=2" {
				return r.URL.Scheme + "://" + r.URL.Host + r.URL.Path
			}
			return r.URL.String() + "?page=2"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := kountatest.New(kountatest.Options{})
			sent := 0
			c := connect(t, roundTrip(func(req *http.Request) (*http.Response, error) {
				resp, err := fake.RoundTrip(req)
				resp.Header.Set("X-Next-Page", link(req))
				sent++
				require.Less(t, sent, 10)
				return resp, err
			}))
			var last error
			for _, err := range c.Sites.All(t.Context()) {
				last = err
			}
			require.ErrorContains(t, last, "read before")
		})
	}
}
