package afterpaytest_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

func TestLedger_AgreesWithTheClientOnRandomWalks(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { walk(t, rand.New(rand.NewPCG(seed, 1))) })
		})
	}
}

// walk does random things to one authorization, and compares the client's
// balance after each with the ledger.
func walk(t *testing.T, random *rand.Rand) {
	client, sandbox := afterpaytest.NewClient(t)
	ctx := t.Context()
	token := approved(t, client, sandbox)
	payment, err := client.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: token})
	require.NoError(t, err)
	id := payment.ID
	for range 12 {
		requireBalance(t, sandbox, payment)
		amount := afterpay.USD(5_00) // often the same, and at the same instant, as of a movement before
		if random.IntN(2) == 0 {
			amount = afterpay.USD(1_00 + random.Int64N(40_00))
		}
		switch random.IntN(7) {
		case 0, 1:
			payment, err = client.Payments.CapturePart(ctx, id, afterpay.CapturePartRequest{Amount: amount})
		case 2:
			payment, err = client.Payments.Void(ctx, id, afterpay.VoidRequest{Amount: amount})
		case 3:
			_, err = client.Refunds.Create(ctx, id, afterpay.RefundRequest{Amount: amount})
			payment = nil
		case 4:
			time.Sleep(time.Duration(random.Int64N(int64(4 * 24 * time.Hour)))) //nolint:forbidigo // virtual: in a synctest bubble
			payment = nil
		case 5:
			if err = client.Payments.Reverse(ctx, token); err == nil {
				time.Sleep(5 * time.Second) //nolint:forbidigo // virtual: in a synctest bubble
			}
			payment = nil
		default:
			payment, err = client.Payments.UpdateReference(ctx, id, "A-9")
		}
		if err != nil {
			e, ok := errors.AsType[*afterpay.Error](err)
			require.True(t, ok && e.StatusCode >= 410 && e.StatusCode <= 422, "%v", err)
		}
		if payment == nil {
			payment, err = client.Payments.Get(ctx, id)
			require.NoError(t, err)
		}
	}
	requireBalance(t, sandbox, payment)
}

func requireBalance(t *testing.T, sandbox *afterpaytest.Sandbox, payment *afterpay.Payment) {
	t.Helper()
	want := afterpay.Balance{Authorized: afterpay.USD(0), Captured: afterpay.USD(0), Voided: afterpay.USD(0), Refunded: afterpay.USD(0)}
	var reversed afterpay.Amount
	for _, m := range sandbox.Ledger() {
		amount := afterpay.Amount(m.Amount)
		switch m.Kind {
		case afterpaytest.Authorized:
			want.Authorized.Amount += amount
		case afterpaytest.Captured:
			want.Captured.Amount += amount
		case afterpaytest.Voided, afterpaytest.Expired:
			want.Voided.Amount += amount
		case afterpaytest.Refunded:
			want.Refunded.Amount += amount
		case afterpaytest.Reversed:
			reversed += amount
		}
	}
	if reversed > 0 { // voids the open amount and refunds the captured amount
		released := want.Authorized.Amount - want.Captured.Amount - want.Voided.Amount
		want.Voided.Amount += released
		want.Refunded.Amount += reversed - released
	}
	want.OpenToCapture = afterpay.USD(int64(want.Authorized.Amount - want.Captured.Amount - want.Voided.Amount))
	want.Refundable = afterpay.USD(int64(want.Captured.Amount - want.Refunded.Amount))
	got, err := payment.Balance()
	require.NoError(t, err)
	require.Equal(t, want, got)
}
