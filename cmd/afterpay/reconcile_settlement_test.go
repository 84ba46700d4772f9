package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/reconcile"
)

func TestFeeFlag(t *testing.T) {
	t.Parallel()
	row := &reconcile.Record{Kind: reconcile.KindPayment, Amount: 100_00, Currency: "AUD"}
	for text, want := range map[string]string{
		"5%": "5.00", "5%+0.30": "5.30", "4.95% + 0.30": "5.25", "0%+0.30": "0.30", "0.0001%": "0.0001",
	} {
		var f feeFlag
		require.NoError(t, f.Set(text), text)
		fee, ok := f.schedule(row)
		require.True(t, ok)
		require.Equal(t, want, fee.String(), text)
	}
	for _, text := range []string{"", "5", "5+0.30", "%", "-5%", "5%-0.30", "5%+-0.30", "5%+", "5%+0.305", "0.00001%", "5 percent"} {
		require.Error(t, new(feeFlag).Set(text), text)
	}
}
