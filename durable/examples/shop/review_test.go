package main

import (
	"database/sql"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable"
)

// refusedShipment buys a mug and ships it while Afterpay refuses everything. It
// returns the id of the operation in review.
func refusedShipment(t *testing.T) (*visitor, string) {
	t.Helper()
	v := newVisitor(t, afterpay.V2)
	o := v.buy("mug")
	v.afterpay.set("refuse")
	v.post("/staff/orders/"+o.ID, v.decision(o, "ship", "24.00")...)
	v.settle(t)
	_, page := v.get("/staff/operations")
	return v, v.hidden(page, "id")
}

func TestReview_RefusedOperationIsGivenUp(t *testing.T) {
	v, id := refusedShipment(t)
	for range 2 { // and a second click changes nothing
		status, page := v.post("/staff/operations", "id", id, "give-up", "1")
		require.Equal(t, http.StatusOK, status)
		require.True(t, contains(page, "The operation was given up."))
		require.False(t, contains(page, "Give up"))
		v.settle(t)
	}
	status, err := v.queue.Get(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, durable.Rejected, status.State)
	require.Zero(t, v.movements()[afterpaytest.Captured])
	_, page := v.get("/staff/health")
	require.True(t, contains(page, "All is well."))
}

// Giving up an operation that may have moved money would hide it.
func TestReview_OperationInDoubtIsNotGivenUp(t *testing.T) {
	v, id := refusedShipment(t)
	_, err := v.db.Exec("UPDATE afterpay_operations SET reason = ?, doubt = 1 WHERE id = ?", string(durable.Undecided), id)
	require.NoError(t, err)
	_, page := v.get("/staff/operations")
	require.False(t, contains(page, "Give up"))
	code, _ := v.post("/staff/operations", "id", id, "give-up", "1")
	require.Equal(t, http.StatusBadRequest, code)
	status, err := v.queue.Get(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, durable.Review, status.State)
}

func TestReview_UnknownOperation(t *testing.T) {
	v := newVisitor(t, afterpay.V2)
	status, _ := v.post("/staff/operations", "id", "unknown")
	require.Equal(t, http.StatusBadRequest, status)
}

func TestSolved_OnlyAProblemIsSolved(t *testing.T) {
	v := newVisitor(t, afterpay.V2)
	o := v.toAfterpay("mug")
	v.post("/staff/orders/"+o.ID, "action", "solved")
	require.Equal(t, created, v.current(o).State)
	require.NoError(t, v.orders.inTx(t.Context(), func(tx *sql.Tx) error { return explain(t.Context(), tx, o.ID, "Look.") }))
	_, err := v.db.Exec("UPDATE orders SET state = 'problem' WHERE id = ?", o.ID)
	require.NoError(t, err)
	_, page := v.post("/staff/orders/"+o.ID, "action", "solved")
	require.False(t, contains(page, "Mark as solved"))
	require.Equal(t, solved, v.current(o).State)
}

// disputed returns an order with a dispute, and the dispute's id.
func (v *visitor) disputed() string {
	v.t.Helper()
	o := v.buy("mug")
	v.post("/staff/orders/"+o.ID, v.decision(o, "ship", "24.00")...)
	v.settle(v.t)
	_, page := v.post("/faults/dispute/" + o.ID)
	return v.hidden(page, "id")
}

func TestRespond_WrongEvidenceStandsAtItsDispute(t *testing.T) {
	v := newVisitor(t, afterpay.V2)
	v.disputed()
	id := v.disputed()
	status, page := v.post("/staff/disputes", "id", id)
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.True(t, contains(page, `id="error-`+id+`"`))
	require.True(t, contains(page, `aria-describedby="error-`+id+`"`))
}

func TestRespond_SecondClickChangesNothing(t *testing.T) {
	for _, field := range []string{"accept", "text"} {
		t.Run(field, func(t *testing.T) {
			v := newVisitor(t, afterpay.V2)
			id := v.disputed()
			for range 2 {
				status, _ := v.post("/staff/disputes", "id", id, field, "It was delivered.")
				require.Equal(t, http.StatusOK, status)
			}
		})
	}
}
