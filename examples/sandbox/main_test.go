package main

import (
	"context"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

func TestServe_EndsWithTheContext(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, afterpaytest.New()) }()

	base := "http://" + listener.Addr().String()
	client, err := afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey, afterpay.WithBaseURL(base))
	require.NoError(t, err)
	order, err := client.Orders.Create(t.Context(), afterpay.CreateOrderRequest{
		Amount:   afterpay.USD(10_00),
		Consumer: afterpay.Consumer{Email: "ann@example.com"},
		Merchant: afterpay.Merchant{RedirectConfirmURL: base, RedirectCancelURL: base},
	})
	require.NoError(t, err)
	page, err := http.Get(order.RedirectCheckoutURL)
	require.NoError(t, err)
	require.NoError(t, page.Body.Close())
	require.Equal(t, http.StatusOK, page.StatusCode)

	interrupt()
	require.NoError(t, <-ended)
}

func TestRun_RefusesWrongFlags(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, run(t.Context(), []string{"-region", "ES"}), "ES")
	require.ErrorContains(t, run(t.Context(), []string{"-addr", "127.0.0.1:99999"}), "99999")
	require.ErrorContains(t, run(t.Context(), []string{"-control", "now"}), "now")
	require.ErrorContains(t, run(t.Context(), []string{"8080"}), `unexpected argument "8080"`)
}
