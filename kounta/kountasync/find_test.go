package kountasync

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

// newFinder returns a sync that writes to a fake Kounta.
func newFinder(t *testing.T, service http.RoundTripper) (*Sync, *Company) {
	t.Helper()
	company := connect(t, service, unlimited)
	st := newStore(durablesqlite.New(openDB(t)))
	require.NoError(t, st.migrate(t.Context()))
	s, err := newSync(st, nil, company, Options{Location: company.Location()})
	require.NoError(t, err)
	return s, company
}

func draftOf(saleNumber string) Draft {
	return Draft{SaleNumber: saleNumber, Total: afterpay.AUD(10_00), PlacedAt: time.Now()}
}

func TestFind_SaleNumberIsComparedExactlyOnEveryPage(t *testing.T) {
	t.Parallel()
	for name, countPages := range map[string]bool{"linked": false, "counted": true} {
		t.Run(name, func(t *testing.T) { t.Parallel(); testFindOnEveryPage(t, countPages) })
	}
}

func testFindOnEveryPage(t *testing.T, countPages bool) {
	t.Helper()
	s, c := newFinder(t, kountatest.New(kountatest.Options{CountPages: countPages}))
	var want int64
	for n := range 60 { // three pages
		d := draftOf(strconv.Itoa(n))
		id, err := c.create(t.Context(), &d, "ACCEPTED")
		require.NoError(t, err)
		if n == 5 {
			want = id
		}
	}
	require.NoError(t, c.pay(t.Context(), want, -1_05, "r1"))
	found, err := s.find(t.Context(), &order{draft: draftOf("5")})
	require.NoError(t, err)
	require.Equal(t, want, found.id)
	require.Equal(t, []tillPayment{{"r1", -1_05, true}}, found.payments)
	for _, other := range []string{"599", "05", "5 ", "6x"} {
		found, err = s.find(t.Context(), &order{draft: draftOf(other)})
		require.NoError(t, err)
		require.Nil(t, found, other)
	}
}

// A tip or a line that is added at the till must not make a second order.
func TestFind_TotalChangedAtTheTillIsTheSameOrder(t *testing.T) {
	t.Parallel()
	kounta := kountatest.New(kountatest.Options{})
	s, c := newFinder(t, kounta)
	d := draftOf("5")
	id, err := c.create(t.Context(), &d, "ACCEPTED")
	require.NoError(t, err)
	kounta.Change("5", func(o *kountatest.Order) { o.Total += 8_00 })
	found, err := s.find(t.Context(), &order{draft: d})
	require.NoError(t, err)
	require.Equal(t, id, found.id)
	require.EqualValues(t, 18_00, found.total)
}

func TestFind_OfSeveralOrdersTheLikeliestIsTaken(t *testing.T) {
	t.Parallel()
	type other struct {
		total  int64
		status string
	}
	for name, orders := range map[string][]other{ // the last is the likeliest
		"by total":                        {{7_00, ""}, {9_00, ""}, {10_00, ""}},
		"one was rejected":                {{10_00, "REJECTED"}, {12_00, "COMPLETE"}},
		"one was deleted":                 {{10_00, "DELETED"}, {12_00, "ON_HOLD"}},
		"all were rejected: not a second": {{9_00, "REJECTED"}, {10_00, "REJECTED"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c := newFinder(t, kountatest.New(kountatest.Options{}))
			var last int64
			for _, o := range orders {
				d := draftOf("5")
				d.Total = afterpay.AUD(o.total)
				var err error
				last, err = c.create(t.Context(), &d, o.status)
				require.NoError(t, err)
			}
			found, err := s.find(t.Context(), &order{draft: draftOf("5")})
			require.NoError(t, err)
			require.Equal(t, last, found.id)
		})
	}
}

// abridged has lists of orders without sale numbers.
type abridged struct{ *kountatest.Kounta }

// RoundTrip implements http.RoundTripper.
func (a abridged) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := a.Kounta.RoundTrip(req)
	if err != nil || req.Method != http.MethodGet || !strings.HasSuffix(req.URL.Path, "/orders") {
		return resp, err
	}
	w := httptest.NewRecorder()
	_, err = w.WriteString(`[{"id":` + strconv.FormatInt(a.Orders()[0].ID, 10) + `}]`)
	return w.Result(), err
}

func TestFind_OrderIsReadIfTheListLeavesItsSaleNumberOut(t *testing.T) {
	t.Parallel()
	s, c := newFinder(t, abridged{kountatest.New(kountatest.Options{})})
	d := draftOf("5")
	id, err := c.create(t.Context(), &d, "ACCEPTED")
	require.NoError(t, err)
	found, err := s.find(t.Context(), &order{draft: d})
	require.NoError(t, err)
	require.Equal(t, id, found.id)
}

// An index is used again only for an order that it must show.
func TestFind_IndexIsReadAgainWhenItIsTooOld(t *testing.T) {
	t.Parallel()
	v := newSimulation(1)
	v.calm = true
	s, err := newSync(nil, nil, v, Options{Now: func() time.Time { return v.now }})
	require.NoError(t, err)
	find := func(phase phase, sent, seen time.Time) *tillOrder {
		found, err := s.find(t.Context(), &order{draft: Draft{SaleNumber: "5", PlacedAt: v.now}, phase: phase, sent: sent, due: seen})
		require.NoError(t, err)
		return found
	}
	start := v.now
	require.Nil(t, find(phasePlanned, time.Time{}, start))
	v.now = v.now.Add(time.Second)
	sent := v.now
	_, err = v.create(t.Context(), &Draft{SaleNumber: "5"}, "")
	require.NoError(t, err)
	v.now = sent.Add(2 * time.Minute)
	require.Nil(t, find(phasePlanned, time.Time{}, start), "entered by hand after the payment was seen: the index is used")
	for name, find := range map[string]func() *tillOrder{
		"payment seen since":   func() *tillOrder { return find(phasePlanned, time.Time{}, sent.Add(time.Minute)) },
		"request sent since":   func() *tillOrder { return find(phaseSending, sent, start) },
		"index of ten minutes": func() *tillOrder { v.now = v.now.Add(maxIndexAge); return find(phasePlanned, time.Time{}, start) },
	} {
		stale := maps.Clone(s.indexes)
		require.NotNil(t, find(), name)
		s.indexes = stale
		v.now = sent.Add(2 * time.Minute)
	}
}

// A request without a response is looked for when it was sent, although the sale
// took place long before.
func TestFind_OrderOfAnOldSaleIsFoundWhereItWasSent(t *testing.T) {
	t.Parallel()
	v := newSimulation(1)
	v.calm = true
	s, err := newSync(nil, nil, v, Options{Now: func() time.Time { return v.now }})
	require.NoError(t, err)
	draft := Draft{SaleNumber: "5", PlacedAt: v.now.AddDate(-1, 0, 0)}
	sent := v.now
	_, err = v.create(t.Context(), &draft, "")
	require.NoError(t, err)
	v.now = v.now.AddDate(0, 0, 9) // the sync was down
	found, err := s.find(t.Context(), &order{draft: draft, phase: phaseSending, sent: sent})
	require.NoError(t, err)
	require.NotNil(t, found)
}
