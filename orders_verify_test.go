package afterpay_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// TestVerifyRefusesAnOrderOverAnotherAmount reads orders back that are over what
// the shop expects, and over something else.
func TestVerifyRefusesAnOrderOverAnotherAmount(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		version  afterpay.APIVersion
		body     string
		expected afterpay.Money
		mismatch string // "": none
	}{
		"as expected":       {afterpay.V2, `{"token":"002.secret","amount":{"amount":"21.85","currency":"USD"}}`, afterpay.USD(21_85), ""},
		"as expected, v1":   {afterpay.V1, `{"token":"002.secret","totalAmount":{"amount":"21.85","currency":"AUD"}}`, afterpay.AUD(21_85), ""},
		"one decimal":       {afterpay.V2, `{"token":"002.secret","amount":{"amount":"110.0","currency":"USD"}}`, afterpay.USD(110_00), ""},
		"a number":          {afterpay.V2, `{"token":"002.secret","amount":{"amount":110,"currency":"USD"}}`, afterpay.USD(110_00), ""},
		"less":              {afterpay.V2, `{"token":"002.secret","amount":{"amount":"21.84","currency":"USD"}}`, afterpay.USD(21_85), "order is for 21.84 USD, expected 21.85 USD"},
		"more":              {afterpay.V2, `{"token":"002.secret","amount":{"amount":"2185.00","currency":"USD"}}`, afterpay.USD(21_85), "order is for 2185.00 USD, expected 21.85 USD"},
		"another currency":  {afterpay.V2, `{"token":"002.secret","amount":{"amount":"21.85","currency":"AUD"}}`, afterpay.USD(21_85), "order is for 21.85 AUD, expected 21.85 USD"},
		"no amount":         {afterpay.V2, `{"token":"002.secret"}`, afterpay.USD(21_85), "order is for 0.00, expected 21.85 USD"},
		"an amount of null": {afterpay.V2, `{"token":"002.secret","amount":null}`, afterpay.USD(0), "order is for 0.00, expected 0.00 USD"},
		"nothing expected":  {afterpay.V2, `{"token":"002.secret","amount":{"amount":"21.85","currency":"USD"}}`, afterpay.Money{}, "order is for 21.85 USD, expected 0.00"},
		"nothing at all":    {afterpay.V2, `{"token":"002.secret"}`, afterpay.Money{}, "order is for 0.00, expected 0.00"},
		"less, v1":          {afterpay.V1, `{"token":"002.secret","totalAmount":{"amount":"21.84","currency":"AUD"}}`, afterpay.AUD(21_85), "order is for 21.84 AUD, expected 21.85 AUD"},
		"tax beside it, v1": {afterpay.V1, `{"token":"002.secret","totalAmount":{"amount":"21.85","currency":"AUD"},"taxAmount":{"amount":"1.00","currency":"AUD"}}`, afterpay.AUD(21_85), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := answeringClient(t, http.StatusOK, x.body, afterpay.WithAPIVersion(x.version))
			order, err := client.Orders.Verify(t.Context(), "002.secret", x.expected)
			if x.mismatch == "" {
				require.NoError(t, err)
				require.Equal(t, x.expected, order.Amount)
				return
			}
			require.Nil(t, order)
			require.ErrorIs(t, err, afterpay.ErrAmountMismatch)
			require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
			require.EqualError(t, err, "afterpay: orders.verify: "+x.mismatch)
			e, ok := errors.AsType[*afterpay.Error](err)
			require.True(t, ok)
			require.Equal(t, "002.secret", e.Token)
			require.NotContains(t, slog.AnyValue(err).Resolve().String(), "002.secret")
		})
	}
}

// TestVerifyAfterTheRedirect goes the way of a shop, in the sandbox.
func TestVerifyAfterTheRedirect(t *testing.T) {
	t.Parallel()
	for _, version := range []afterpay.APIVersion{afterpay.V2, afterpay.V1} {
		client, sandbox := afterpaytest.NewClient(t, afterpay.WithAPIVersion(version))
		token := till{t, client, sandbox}.order()
		back, err := sandbox.RedirectURL(token)
		require.NoError(t, err)
		u, err := url.Parse(back)
		require.NoError(t, err)
		redirect, err := afterpay.ParseRedirect(u)
		require.NoError(t, err)
		require.True(t, redirect.Confirmed())

		order, err := client.Orders.Verify(t.Context(), redirect.Token, afterpay.USD(50_00))
		require.NoError(t, err)
		require.Equal(t, token, order.Token)
		_, err = client.Orders.Verify(t.Context(), redirect.Token, afterpay.USD(49_99))
		require.ErrorIs(t, err, afterpay.ErrAmountMismatch)

		_, err = client.Orders.Verify(t.Context(), strings.ToUpper(token), afterpay.USD(50_00))
		require.ErrorIs(t, err, afterpay.ErrInvalidToken, "a redirect that somebody made up")
		_, err = client.Orders.Verify(t.Context(), "../payments", afterpay.USD(50_00))
		require.ErrorIs(t, err, afterpay.ErrInvalid)
		_, err = client.Payments.Capture(t.Context(), afterpay.CaptureRequest{Token: redirect.Token})
		require.NoError(t, err)
		_, err = client.Orders.Verify(t.Context(), redirect.Token, afterpay.USD(50_00))
		require.ErrorIs(t, err, afterpay.ErrInvalidToken, "paid for already")
	}
}
