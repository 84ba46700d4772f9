package kountasync

import (
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

// meter keeps the times of requests.
type meter struct {
	service http.RoundTripper
	sent    []time.Time
}

// RoundTrip implements http.RoundTripper.
func (m *meter) RoundTrip(req *http.Request) (*http.Response, error) {
	m.sent = append(m.sent, time.Now())
	return m.service.RoundTrip(req)
}

// busiest returns the most requests within any minute.
func (m *meter) busiest() int {
	most, start := 0, 0
	for i, at := range m.sent {
		for at.Sub(m.sent[start]) > time.Minute {
			start++
		}
		most = max(most, i-start+1)
	}
	return most
}

func TestHistory_StaysBelowTheRateLimit(t *testing.T) {
	t.Parallel()
	payments := 300
	if *long {
		payments = 10_000
	}
	synctest.Test(t, func(t *testing.T) {
		fake := kountatest.New(kountatest.Options{Lag: 12 * time.Second})
		m := &meter{service: fake}
		company := connect(t, m, 150)
		db := openDB(t)
		b := &bed{t: t, sandbox: afterpaytest.New(afterpaytest.WithRegion(afterpaytest.AU))}
		b.client = b.sandbox.NewClient(t)
		from := time.Now()
		for n := range payments {
			b.capture(strconv.Itoa(n), afterpay.AUD(int64(10_00+n)))
			require.NoError(t, sleep(t.Context(), 15*time.Minute))
		}
		st := newStore(durablesqlite.New(db))
		require.NoError(t, st.migrate(t.Context()))
		s, err := newSync(st, b.client, company, Options{Location: company.Location()})
		require.NoError(t, err)
		start := time.Now()
		require.NoError(t, s.History(t.Context(), from, time.Now().Add(time.Second), nil))
		took := time.Since(start)

		require.LessOrEqual(t, m.busiest(), 180, "Kounta's limit")
		ledger := fake.Orders()
		require.Len(t, ledger, payments)
		for _, o := range ledger {
			require.Len(t, o.Payments, 1)
			require.Equal(t, o.Total, o.Payments[0].Amount)
			require.Equal(t, "COMPLETE", o.Status)
		}
		t.Logf("%d payments in %v with %d requests, at most %d a minute", payments, took.Round(time.Second), len(m.sent), m.busiest())
	})
}
