package suite_test

import (
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// A 402 with a payment is read twice, as a refusal and as a payment. The first
// reading keeps nothing of the payment.
func TestDeclinedPayment_TakesNoMoreMemoryUnder402ThanUnder201(t *testing.T) {
	body, err := os.ReadFile("../../testdata/v2_payment_auth_declined_402.json")
	require.NoError(t, err)
	least := func(status int) uint64 { // of many calls, as pools forget at times
		c := suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(status, string(body))))
		least := ^uint64(0)
		for range 100 {
			least = min(least, allocated(func() { _, _ = suitetest.Authorize(t.Context(), c) }))
		}
		return least
	}
	accepted, refused := least(http.StatusCreated), least(http.StatusPaymentRequired)
	t.Log(accepted, "bytes under 201,", refused, "under 402")
	require.Less(t, refused, accepted+256)
}
