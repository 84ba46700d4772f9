package durable_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable"
)

func TestSweep_OperationWithoutAJobGetsOne(t *testing.T) {
	t.Parallel()
	onEach(t, setup{}, func(t *testing.T, b *bed) {
		b.enqueue(durable.Operation{ID: "o-1", Kind: durable.Capture, Token: b.order(10_00)})
		_, err := b.conn.Exec(t.Context(), "UPDATE afterpay_operations SET has_job = 1") // and the dashboard deleted it
		require.NoError(t, err)
		b.clock.advance(2 * time.Minute)
		b.settle(t)
		require.Equal(t, durable.Succeeded, b.get("o-1").State)
	})
}

func TestWork_DashboardRetryOfAFinishedJobChangesNothing(t *testing.T) {
	t.Parallel()
	onEach(t, setup{}, func(t *testing.T, b *bed) {
		b.enqueue(durable.Operation{ID: "o-1", Kind: durable.Capture, Token: b.order(10_00)})
		b.settle(t)
		before := b.get("o-1")
		_, err := b.conn.Exec(t.Context(), "UPDATE river_job SET state = 'available', finalized_at = NULL WHERE kind = 'afterpay_operation'")
		require.NoError(t, err)
		b.until(t, func() bool {
			return b.count("SELECT count(*) FROM river_job WHERE kind = 'afterpay_operation' AND state = 'completed'") == 1
		})
		require.Equal(t, before, b.get("o-1"))
		require.Len(t, b.sandbox.Requests(afterpaytest.OpCapture), 1)
	})
}

func TestExpiring_AlertsAndCapturesIfAsked(t *testing.T) {
	t.Parallel()
	for _, capture := range []bool{false, true} {
		t.Run(fmt.Sprint("capture ", capture), func(t *testing.T) {
			t.Parallel()
			onEach(t, setup{Expiring: durable.ExpiryPolicy{Capture: capture}}, func(t *testing.T, b *bed) {
				b.enqueue(
					durable.Operation{ID: "a-1", Kind: durable.Authorize, Token: b.order(10_00)},
					durable.Operation{ID: "a-2", Kind: durable.Authorize, Token: b.order(20_00)},
				)
				b.settle(t)
				b.enqueue(durable.Operation{ID: "v-2", Kind: durable.Void, PaymentID: b.get("a-2").ResultID, All: true})
				b.settle(t)
				require.Empty(t, b.alerts())
				b.advance(12*24*time.Hour + time.Hour)
				b.until(t, func() bool { return len(b.alerts()) > 0 })
				b.settle(t)
				for _, a := range b.alerts() { // at least one
					require.Equal(t, durable.AlertExpiring, a.Kind)
					require.Equal(t, "a-1", a.Operation.ID)
					require.Equal(t, afterpay.USD(10_00), a.Amount)
				}
				require.Equal(t, capture, b.moved(afterpaytest.Captured) == 10_00)
			})
		})
	}
}

func TestExpiring_NothingIsCapturedWhileADecisionIsCarriedOut(t *testing.T) {
	t.Parallel()
	settled := func(s *durable.Status) error {
		if s.ID == "v-1" {
			return errors.New("the shop's table is locked")
		}
		return nil
	}
	onEach(t, setup{Expiring: durable.ExpiryPolicy{Capture: true}, settled: settled}, func(t *testing.T, b *bed) {
		b.enqueue(durable.Operation{ID: "a-1", Kind: durable.Authorize, Token: b.order(10_00)})
		b.settle(t)
		b.enqueue(durable.Operation{ID: "v-1", Kind: durable.Void, PaymentID: b.get("a-1").ResultID, Amount: afterpay.USD(11_00)})
		b.settle(t)
		require.NoError(t, b.operator.Resolve(t.Context(), "v-1", durable.Rejected, "ann", "too large"))
		b.advance(12*24*time.Hour + 13*time.Hour)
		expiring := func(a durable.Alert) bool { return a.Kind == durable.AlertExpiring }
		b.until(t, func() bool { return slices.ContainsFunc(b.alerts(), expiring) })
		alert := b.alerts()[slices.IndexFunc(b.alerts(), expiring)]
		require.Contains(t, alert.Text, `it is not being captured, because void "v-1" is resolving`)
		require.Equal(t, 2, b.count("SELECT count(*) FROM afterpay_operations"))
	})
}

func TestSchedule_MissedNightsAreCaughtUpWith(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var spans [][2]time.Time
	fail := true
	schedule := durable.Schedule{Name: "nightly", At: 2 * time.Hour, Run: func(_ context.Context, from, to time.Time) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if fail = !fail; !fail {
			return "", fmt.Errorf("the report is not there yet")
		}
		spans = append(spans, [2]time.Time{from.UTC(), to.UTC()})
		return "nothing to report", nil
	}}
	onEach(t, setup{Schedules: []durable.Schedule{schedule}}, func(t *testing.T, b *bed) {
		spans, fail = nil, true
		runs := func(n int) func() bool {
			return func() bool {
				all, err := b.queue.Runs(t.Context(), "nightly", 10)
				return err == nil && len(all) == n
			}
		}
		b.until(t, runs(1)) // the schedule was added
		b.clock.advance(72 * time.Hour)
		b.until(t, runs(4))
		all, err := b.queue.Runs(t.Context(), "nightly", 4)
		require.NoError(t, err)
		require.Equal(t, 2, all[0].Until.Hour())
		require.Equal(t, "nothing to report", all[0].Report)
		require.Equal(t, 72*time.Hour, all[0].Until.Sub(all[3].Until))
		for i, r := range all[:3] {
			require.Equal(t, [2]time.Time{all[i+1].Until, r.Until}, spans[2-i])
		}
		require.Equal(t, durable.AlertSchedule, b.alerts()[0].Kind)
	})
}

func TestUnknownPayments_AreAlerted(t *testing.T) {
	t.Parallel()
	onEach(t, setup{}, func(t *testing.T, b *bed) {
		b.enqueue(durable.Operation{ID: "o-1", Kind: durable.Capture, Token: b.order(10_00)})
		b.settle(t)
		unknown := b.captured(20_00)
		report, err := b.queue.UnknownPayments(t.Context(), time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
		require.NoError(t, err)
		require.Equal(t, "2 payments, 1 of them unknown", report)
		require.Equal(t, unknown, b.alerts()[0].PaymentID)
	})
}

func TestHealth_CountsAndHandler(t *testing.T) {
	t.Parallel()
	onEach(t, setup{}, func(t *testing.T, b *bed) {
		serve := func() *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			b.queue.HealthHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
			return w
		}
		require.Equal(t, http.StatusOK, serve().Code)
		b.enqueue(
			durable.Operation{ID: "o-1", Kind: durable.Capture, Token: b.order(10_00)},
			durable.Operation{ID: "r-1", Kind: durable.Refund, PaymentID: b.captured(10_00), Amount: afterpay.USD(11_00)},
		)
		b.settle(t)
		b.clock.advance(time.Hour)
		b.enqueue(durable.Operation{ID: "o-2", Kind: durable.Capture, Token: b.order(10_00)})
		b.clock.advance(61 * time.Minute)
		h, err := b.queue.Health(t.Context())
		require.NoError(t, err)
		require.Equal(t, b.get("o-1").Settled, h.LastSuccess)
		require.Equal(t, b.get("o-2").Decided, h.OldestPending)
		require.Equal(t, map[string]int{"invalid request": 1}, h.Failures)
		require.Equal(t, []afterpay.Money{afterpay.USD(11_00)}, h.AtStake)
		require.True(t, h.Overdue)
		require.False(t, h.OK())
		require.Equal(t, []int{1, 1, 1, 0}, []int{h.Pending, h.Review, h.SucceededDay, h.RejectedDay})
		w := serve()
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
		require.Contains(t, w.Body.String(), `"review":1`)
	})
}
