package kountasync

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
)

func TestPass_AuthorizationIsAnOrderOnHoldAndPartsAndRefundsAreRows(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{})
	p := b.authorize("77", afterpay.AUD(100_00))
	b.pass(2 * time.Minute)
	require.Len(t, b.bySale["77"], 1)
	order := b.bySale["77"][0]
	require.Equal(t, "ON_HOLD", order.status)
	require.Empty(t, order.payments)

	_, err := b.client.Payments.CapturePart(t.Context(), p.ID, afterpay.CapturePartRequest{Amount: afterpay.AUD(30_00)})
	require.NoError(t, err)
	b.pass(2 * time.Minute)
	require.Equal(t, "ACCEPTED", order.status)
	p, err = b.client.Payments.CapturePart(t.Context(), p.ID, afterpay.CapturePartRequest{Amount: afterpay.AUD(70_00)})
	require.NoError(t, err)
	b.pass(2 * time.Minute)
	require.Equal(t, "COMPLETE", order.status)
	refund := b.refund(p, afterpay.AUD(12_00))
	b.pass(5 * time.Minute)

	require.Equal(t, []string{"30.00 " + p.ID + "-" + p.Events[1].ID, "70.00 " + p.ID + "-" + p.Events[2].ID, "-12.00 " + refund.ID}, b.rows("77"))
	require.Equal(t, "COMPLETE", order.status)
	require.Empty(t, b.alerts)
}

func TestPass_OutageOfKountaForADayLosesNothing(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{})
	b.down = true
	var want []string
	for _, reference := range []string{"1", "2", "3", "4", "5", "6"} {
		p := b.capture(reference, afterpay.AUD(10_00))
		want = append(want, "10.00 "+p.ID+"-"+p.Events[0].ID)
		b.pass(4 * time.Hour)
	}
	require.Len(t, b.alerts, 1, "one alert for the whole outage")
	require.Equal(t, AlertOutage, b.alerts[0].Kind)
	health, err := b.sync.Health(t.Context())
	require.NoError(t, err)
	require.True(t, health.Overdue)
	require.Equal(t, 6, health.Due)

	b.down = false
	b.pass(10 * time.Minute)
	var got []string
	for id := int64(1); id <= b.nextID; id++ {
		got = append(got, b.rows(b.byID[id].saleNumber)...)
	}
	require.Equal(t, want, got, "in the order in which they were sold")
	health, err = b.sync.Health(t.Context())
	require.NoError(t, err)
	require.True(t, health.OK())
	require.Zero(t, health.Due)
}

func TestPass_OrdersThatAloneFailDoNotHoldUpOthers(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{})
	for _, reference := range []string{"1", "2", "3", "4", "5"} {
		b.poison[reference] = reference < "4"
		b.capture(reference, afterpay.AUD(10_00))
		b.now = b.now.Add(time.Second)
	}
	b.pass(10 * time.Minute)
	require.Len(t, b.bySale["4"], 1)
	require.Len(t, b.bySale["5"], 1)
	require.Empty(t, b.bySale["1"])
	b.pass(30 * time.Hour)
	require.Len(t, b.alerts, 3, "one for each order that fails")
	clear(b.poison)
	b.pass(time.Hour)
	require.Len(t, b.rows("1"), 1)
}

func TestPass_OutageOfAfterpayForADayLosesNothing(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{})
	p := b.capture("1", afterpay.AUD(10_00))
	b.now = b.now.Add(24 * time.Hour) // no pass reaches Afterpay
	b.pass(time.Minute)
	require.Equal(t, []string{"10.00 " + p.ID + "-" + p.Events[0].ID}, b.rows("1"))
}

func TestPass_StatusSetByAPersonIsNotWrittenOver(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{})
	p := b.capture("1", afterpay.AUD(10_00))
	b.pass(2 * time.Minute)
	order := b.bySale["1"][0]
	changed := order.changed
	order.status = "ON_HOLD"
	b.refund(p, afterpay.AUD(1_00))
	b.pass(2 * time.Hour)
	require.Len(t, order.payments, 2)
	require.Equal(t, "ON_HOLD", order.status)
	require.Equal(t, changed, order.changed)
}

func TestPass_RowEnteredByHandIsNotPostedAgain(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{})
	id, err := b.create(t.Context(), &Draft{SaleNumber: "1"}, "ACCEPTED")
	require.NoError(t, err)
	require.NoError(t, b.simulation.pay(t.Context(), id, 10_00, "by hand"))
	b.now = b.now.Add(time.Minute)
	b.capture("1", afterpay.AUD(10_00))
	b.pass(2 * time.Minute)
	require.Equal(t, []string{"10.00 by hand"}, b.rows("1"))
	require.Len(t, b.bySale["1"], 1)
}

func TestPass_SaleNumberIsComparedExactly(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{})
	b.capture("1234", afterpay.AUD(10_00))
	b.pass(2 * time.Minute)
	b.capture("123", afterpay.AUD(10_00))
	b.pass(2 * time.Minute)
	require.Len(t, b.bySale["123"], 1)
	require.Len(t, b.bySale["1234"], 1)
}

func TestPass_DeclinedAndVoidedPaymentsMakeNoOrder(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{})
	p := b.authorize("1", afterpay.AUD(10_00))
	_, err := b.client.Payments.Void(t.Context(), p.ID, afterpay.VoidRequest{All: true})
	require.NoError(t, err)
	b.pass(2 * time.Minute)
	require.Empty(t, b.byID)
}

func TestPass_VoidedAfterwardsIsRejected(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{})
	p := b.authorize("1", afterpay.AUD(10_00))
	b.pass(2 * time.Minute)
	_, err := b.client.Payments.Void(t.Context(), p.ID, afterpay.VoidRequest{All: true})
	require.NoError(t, err)
	b.pass(5 * time.Minute)
	require.Equal(t, "REJECTED", b.bySale["1"][0].status)
}

func TestPairs_ListsBothIdsAndTimes(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{})
	p := b.capture("1", afterpay.AUD(10_00))
	b.pass(2 * time.Minute)
	var pairs []*Pair
	for pair, err := range b.sync.Pairs(t.Context(), "1") {
		require.NoError(t, err)
		pairs = append(pairs, pair)
	}
	require.Len(t, pairs, 1)
	require.Equal(t, p.ID, pairs[0].PaymentID)
	require.Equal(t, b.bySale["1"][0].id, pairs[0].KountaID)
	require.Equal(t, "posted", pairs[0].Phase)
	require.False(t, pairs[0].Posted.IsZero())
}

func TestPass_OrderWithATipIsPaidAndReportedOnce(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{})
	_, err := b.create(t.Context(), &Draft{SaleNumber: "1", Total: afterpay.AUD(18_00), PlacedAt: b.now}, "ACCEPTED")
	require.NoError(t, err)
	p := b.capture("1", afterpay.AUD(10_00))
	b.pass(10 * time.Minute)
	require.Len(t, b.bySale["1"], 1, "no second order")
	require.Equal(t, []string{"10.00 " + p.ID + "-" + p.Events[0].ID}, b.rows("1"))
	require.Equal(t, "ACCEPTED", b.bySale["1"][0].status, "8.00 are not paid")
	summary, text := b.reconcile()
	require.Equal(t, map[reconcile.Class]int64{TotalMismatch: 1}, summary.Classes, text)
	require.Equal(t, reconcile.ExitFindings, summary.ExitStatus(reconcile.Low))
}

func TestPass_OrderThatTheTillHasClosedStaysClosed(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{})
	_, err := b.create(t.Context(), &Draft{SaleNumber: "1", Total: afterpay.AUD(10_00), PlacedAt: b.now}, "COMPLETE")
	require.NoError(t, err)
	b.authorize("1", afterpay.AUD(10_00))
	b.pass(10 * time.Minute)
	require.Equal(t, "COMPLETE", b.bySale["1"][0].status)
}

// The index that was read before is not used again.
func TestRetry_OrderThatAPersonEnteredMeanwhileIsFound(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{})
	b.poison["1"] = true
	b.capture("1", afterpay.AUD(10_00))
	b.pass(time.Minute)
	b.review("1")
	b.capture("2", afterpay.AUD(10_00))
	b.pass(time.Minute) // reads an index
	clear(b.poison)
	_, err := b.create(t.Context(), &Draft{SaleNumber: "1", Total: afterpay.AUD(10_00), PlacedAt: b.now}, "ACCEPTED")
	require.NoError(t, err)
	b.now = b.now.Add(time.Minute)
	found, err := b.sync.Retry(t.Context(), "1")
	require.NoError(t, err)
	require.True(t, found)
	b.pass(5 * time.Minute)
	require.Len(t, b.bySale["1"], 1)
	require.Len(t, b.rows("1"), 1)
}

func TestPass_PaymentInAnotherCurrencyIsNotWrittenToAnOrder(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{})
	b.money = afterpay.CurrencyNZD
	_, err := b.create(t.Context(), &Draft{SaleNumber: "1", Total: afterpay.AUD(10_00), PlacedAt: b.now}, "ACCEPTED")
	require.NoError(t, err)
	b.now = b.now.Add(time.Minute)
	b.capture("1", afterpay.AUD(10_00))
	b.pass(5 * time.Minute)
	require.Empty(t, b.rows("1"))
	require.Len(t, b.alerts, 1)
	require.Equal(t, AlertPayment, b.alerts[0].Kind)
}

// A shopper who pays twice for a sale must not undo the sale when the second
// payment is voided.
func TestPass_AuthorizationBesideACaptureLeavesTheStatusAlone(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{})
	b.capture("1", afterpay.AUD(10_00))
	b.pass(2 * time.Minute)
	order := b.bySale["1"][0]
	changed := order.changed
	p := b.authorize("1", afterpay.AUD(10_00))
	b.pass(2 * time.Minute)
	_, err := b.client.Payments.Void(t.Context(), p.ID, afterpay.VoidRequest{All: true})
	require.NoError(t, err)
	b.pass(5 * time.Minute)
	require.Equal(t, "COMPLETE", order.status)
	require.Equal(t, changed, order.changed)
}

// A negative Poll would let a failing order be tried without end, and a negative
// Settle let payments be posted before their order.
func TestNew_NegativeTimesAreRefused(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{"LookBack": {LookBack: -1}, "Poll": {Poll: -1}, "Settle": {Settle: -1}, "Overdue": {Overdue: -1}} {
		_, err := newSync(nil, nil, nil, o)
		require.ErrorContains(t, err, name+" is negative")
	}
}
