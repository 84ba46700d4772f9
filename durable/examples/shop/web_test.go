package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

func TestPages_Headers(t *testing.T) {
	v := newVisitor(t, afterpay.V1)
	for _, path := range []string{"/", "/cart", "/staff/orders", "/faults", "/nothing", "/static/style.css", "/health", "/river/", "/river/api/features"} {
		res, err := v.client.Get(v.origin + path)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Contains(t, res.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'", path)
		require.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"), path)
		require.Equal(t, "same-origin", res.Header.Get("Referrer-Policy"), path)
	}
}

// A wrong secret looks like an outage to the shopper. It must not to the shop.
func TestCheckout_FaultOfTheShopIsLoggedAsAnError(t *testing.T) {
	v := newVisitor(t, afterpay.V2)
	fields := v.fillCheckout("mug")
	var err error
	v.shop.client, err = afterpay.New(afterpaytest.MerchantID, "wrong", afterpay.WithBaseURL(v.afterpay.origin))
	require.NoError(t, err)
	status, page := v.post("/checkout", fields...)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.True(t, contains(page, "Nothing was charged."))
	require.Contains(t, v.log.String(), "level=ERROR")
}

func TestCheckout_WrongAddressIsNoErrorOfTheShop(t *testing.T) {
	v := newVisitor(t, afterpay.V2)
	fields := append(v.fillCheckout("mug"), "shipping.postcode", "")
	status, _ := v.post("/checkout", fields...)
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.NotContains(t, v.log.String(), "level=ERROR")
}

// Afterpay takes an order without an address. The shop could not send it anywhere.
func TestCheckout_EmptyFormMarksEveryRequiredField(t *testing.T) {
	v := newVisitor(t, afterpay.V2)
	fields := v.fillCheckout("mug")
	for name := range address {
		fields = append(fields, name, " ")
	}
	status, page := v.post("/checkout", fields...)
	require.Equal(t, http.StatusUnprocessableEntity, status)
	for name := range address {
		require.True(t, contains(page, `id="`+name+`-error"`), name)
	}
	require.Empty(t, v.afterpay.sandbox.Ledger())
}

func TestPage_BrowserThatLeftIsNoErrorOfTheShop(t *testing.T) {
	v := newVisitor(t, afterpay.V2)
	o := v.buy("mug")
	ctx, leave := context.WithCancel(t.Context())
	leave()
	v.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/staff/orders/"+o.ID, nil))
	require.NotContains(t, v.log.String(), "level=ERROR")
}

func TestServe_FinishesRequestsBeforeItEnds(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, interrupt := context.WithCancel(t.Context())
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		interrupt()
		<-ctx.Done()
		runtime.Gosched()
		assert.NoError(t, r.Context().Err())
		w.WriteHeader(http.StatusNoContent)
	})
	done := make(chan error, 1)
	go func() { done <- serve(ctx, listener, handler) }()
	res, err := http.Get("http://" + listener.Addr().String())
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusNoContent, res.StatusCode)
	require.NoError(t, <-done)
}
