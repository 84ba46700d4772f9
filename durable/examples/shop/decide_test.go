package main

import (
	"database/sql"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable"
)

// settle waits until the queue has nothing left to do.
func (s *shop) settle(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		h, err := s.queue.Health(t.Context())
		return err == nil && h.Pending == 0
	}, eventually, tick)
}

// decision opens the staff's page of an order and returns the fields of a form.
func (v *visitor) decision(o *order, action, amount string) []string {
	v.t.Helper()
	_, page := v.get("/staff/orders/" + o.ID)
	return []string{"decision", v.hidden(page, "decision"), "action", action, "amount", amount}
}

func TestDecide_SameFormTwiceIsOnceAndSaysSo(t *testing.T) {
	v := newVisitor(t, afterpay.V2)
	o := v.buy("jumper")
	fields := v.decision(o, "ship", "40.00")
	_, page := v.post("/staff/orders/"+o.ID, fields...)
	require.True(t, contains(page, "The shipment of $40.00 is on its way to Afterpay."))
	_, page = v.post("/staff/orders/"+o.ID, fields...)
	require.True(t, contains(page, "This form was sent before"), page)
	v.settle(t)
	require.Equal(t, int64(40_00), v.movements()[afterpaytest.Captured])
}

// Staff go back and send the form again for another part. The browser sends the
// decision that it found in the form.
func TestDecide_FormWithAnotherAmountIsAnotherDecision(t *testing.T) {
	v := newVisitor(t, afterpay.V2)
	o, other := v.buy("jumper"), v.buy("mug")
	fields := v.decision(o, "ship", "40.00")
	v.post("/staff/orders/"+o.ID, fields...)
	fields[5] = "49.95"
	v.post("/staff/orders/"+o.ID, fields...)
	fields[5] = "24.00"
	v.post("/staff/orders/"+other.ID, fields...)
	v.settle(t)
	require.Equal(t, int64(89_95+24_00), v.movements()[afterpaytest.Captured])
}

func TestDecide_InvalidAmountStandsAtItsField(t *testing.T) {
	v := newVisitor(t, afterpay.V2)
	o := v.buy("mug")
	for action, amounts := range map[string][]string{
		"ship":   {"", "ten", "1.234", "-1.00", "0.00", "24.01", "99999999999999999999"},
		"return": {"", "ten", "24.01"},
	} {
		for _, amount := range amounts {
			status, page := v.post("/staff/orders/"+o.ID, v.decision(o, action, amount)...)
			require.Equal(t, http.StatusUnprocessableEntity, status, "%s %s", action, amount)
			require.True(t, contains(page, `id="`+action+`-error"`), "%s %s", action, amount)
			require.True(t, contains(page, `aria-describedby="`+action+`-error"`), "%s %s", action, amount)
		}
	}
	require.Equal(t, v.taken(24_00), v.movements())
	h, err := v.queue.Health(t.Context())
	require.NoError(t, err)
	require.Zero(t, h.Pending+h.Review, "nothing is left for a person")
}

// What goods are given back depends on what is still to be captured.
func TestDecide_ReturnWaitsForWhatIsOnItsWay(t *testing.T) {
	v := newVisitor(t, afterpay.V2)
	o := v.buy("mug")
	err := v.orders.inTx(t.Context(), func(tx *sql.Tx) error {
		_, _, err := v.queue.EnqueueTx(t.Context(), tx, durable.Operation{
			ID: "later", Kind: durable.CapturePart, PaymentID: o.PaymentID, Amount: afterpay.USD(24_00), NotBefore: time.Now().Add(time.Hour),
		})
		return err
	})
	require.NoError(t, err)
	status, page := v.post("/staff/orders/"+o.ID, v.decision(o, "return", "24.00")...)
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.True(t, contains(page, "on its way"))
	require.Equal(t, v.taken(24_00), v.movements())
}

func TestDecide_OnlyForPaidOrders(t *testing.T) {
	v := newVisitor(t, afterpay.V2)
	o := v.toAfterpay("mug")
	status, _ := v.post("/staff/orders/"+o.ID, "decision", "one", "action", "ship", "amount", "1.00")
	require.Equal(t, http.StatusBadRequest, status)
}
