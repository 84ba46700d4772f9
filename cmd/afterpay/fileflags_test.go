package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/reconcile"
)

func TestNameColumns(t *testing.T) {
	t.Parallel()
	var c reconcile.Columns
	require.NoError(t, nameColumns(&c, reconcile.DefaultColumns(), "--column", []string{"amount=Total=Sum", " paid_at = Paid on", "token=-"}))
	require.Equal(t, reconcile.Columns{Amount: "Total=Sum", At: " Paid on", Token: "-"}, c)
	for value, text := range map[string]string{
		"amount": "write it as FIELD=NAME", "=Total": "write it as FIELD=NAME", "amount=": "write it as FIELD=NAME",
		"price=Total": `there is no field "price"; the fields are kind, status,`,
	} {
		require.ErrorContains(t, nameColumns(&c, reconcile.DefaultColumns(), "--column", []string{value}), text, value)
	}
	require.ErrorContains(t, nameColumns(&c, reconcile.DefaultColumns(), "--column", []string{"amount=A", "amount=B"}), `names "amount" twice`)
}

func TestCurrencyFlag(t *testing.T) {
	t.Parallel()
	var c currencyFlag
	require.NoError(t, c.Set("aud"))
	require.Equal(t, "AUD", c.String())
	for _, code := range []string{"", "AU", "AUDS", "A1D", "ÄUD", "$"} {
		require.Error(t, c.Set(code), code)
	}
	require.Equal(t, "AUD", c.String())
}

func TestZoneFlag(t *testing.T) {
	t.Parallel()
	var z zoneFlag
	require.Equal(t, "UTC", z.location().String())
	require.NoError(t, z.Set("Australia/Melbourne"))
	require.Equal(t, "Australia/Melbourne", z.location().String())
	for _, name := range []string{"", "Local", "Melbourne", "../../etc/passwd"} {
		require.Error(t, new(zoneFlag).Set(name), name)
	}
}
