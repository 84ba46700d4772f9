package kountasync

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

// Kounta refuses a row, and a person enters it before asking for another try.
func TestRetry_RowThatAPersonEnteredMeanwhileIsNotPostedAgain(t *testing.T) {
	t.Parallel()
	for name, byHand := range map[string]struct{ before, after int }{
		"none": {0, 0}, "one": {0, 1}, "both": {0, 2}, "one before the payment": {1, 0}, "one before, and one meanwhile": {1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, Options{})
			refused := false
			fake := b.withFake(func(r *http.Request) kountatest.Fault {
				if refused && strings.HasSuffix(r.URL.Path, "/payments") {
					return kountatest.FaultRefused
				}
				return kountatest.FaultNone
			})
			if byHand.before > 0 {
				id, err := b.sync.till.create(t.Context(), &Draft{SaleNumber: "1", Total: afterpay.AUD(20_00), PlacedAt: b.now}, "ACCEPTED")
				require.NoError(t, err)
				b.now = b.now.Add(time.Minute) // until it can be read
				require.NoError(t, b.sync.till.pay(t.Context(), id, 10_00, "by hand"))
				b.now = b.now.Add(time.Minute)
			}
			refused = true
			p := b.authorize("1", afterpay.AUD(20_00))
			for range 2 { // of the same amount
				_, err := b.client.Payments.CapturePart(t.Context(), p.ID, afterpay.CapturePartRequest{Amount: afterpay.AUD(10_00)})
				require.NoError(t, err)
			}
			b.pass(2 * time.Minute)
			b.review("1")
			require.Len(t, fake.Orders()[0].Payments, byHand.before)

			refused = false
			for range byHand.after {
				require.NoError(t, b.sync.till.pay(t.Context(), fake.Orders()[0].ID, 10_00, "by hand"))
			}
			b.now = b.now.Add(time.Minute)
			_, err := b.sync.Retry(t.Context(), "1")
			require.NoError(t, err)
			b.now = b.now.Add(time.Minute) // until the rows can be read
			b.pass(5 * time.Minute)
			order := fake.Orders()[0]
			require.Equal(t, "2 rows, COMPLETE", fmt.Sprintf("%d rows, %s", len(order.Payments), order.Status))
		})
	}
}
