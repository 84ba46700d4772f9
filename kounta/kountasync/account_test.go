package kountasync

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/kounta"
	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

// connect returns the company of a fake, or of another http.RoundTripper.
func connect(t *testing.T, service http.RoundTripper, perMinute int) *Company {
	t.Helper()
	client, err := kounta.Connect(t.Context(), kounta.Config{
		Auth: kounta.Basic(kountatest.ClientID, kountatest.ClientSecret), HTTPClient: &http.Client{Transport: service}, PerMinute: perMinute,
	})
	require.NoError(t, err)
	c, err := Connect(t.Context(), client, Account{SiteID: kountatest.SiteID, ProductID: kountatest.ProductID})
	require.NoError(t, err)
	return c
}

const unlimited = 600_000 // requests a minute

func TestConnect_AccountThatCannotBeWrittenToIsRefused(t *testing.T) {
	t.Parallel()
	client := connect(t, kountatest.New(kountatest.Options{}), unlimited).client
	for _, a := range []Account{{ProductID: 1}, {SiteID: 1}, {SiteID: 1, ProductID: 1, PaymentMethod: "Cheque"}} {
		_, err := Connect(t.Context(), client, a)
		require.Error(t, err, "%+v", a)
	}
}

func TestCompany_OrderIsFoundBySaleNumberAmongManyOfThatValue(t *testing.T) {
	t.Parallel()
	c := connect(t, kountatest.New(kountatest.Options{}), unlimited)
	at := time.Now()
	var want int64
	for n := range 60 { // three pages
		id, err := c.create(t.Context(), &Draft{SaleNumber: strconv.Itoa(n), Total: afterpay.AUD(10_00), PlacedAt: at}, "ACCEPTED")
		require.NoError(t, err)
		if n == 5 {
			want = id
		}
	}
	require.NoError(t, c.pay(t.Context(), want, -1_05, "r1"))
	found, err := c.find(t.Context(), &Draft{SaleNumber: "5", Total: afterpay.AUD(10_00), PlacedAt: at})
	require.NoError(t, err)
	require.Equal(t, want, found.id)
	require.Equal(t, []tillPayment{{"r1", -1_05, true}}, found.payments)
	found, err = c.find(t.Context(), &Draft{SaleNumber: "599", Total: afterpay.AUD(10_00), PlacedAt: at})
	require.NoError(t, err)
	require.Nil(t, found)
	orders := 0
	for o, err := range c.orders(t.Context(), at.Add(-time.Hour), at.Add(time.Hour)) {
		require.NoError(t, err)
		require.WithinDuration(t, at, o.placed, time.Second)
		orders++
	}
	require.Equal(t, 60, orders)
}

func TestCompany_FindReadsOrdersWhoseSaleNumberTheListLeavesOut(t *testing.T) {
	t.Parallel()
	draft := &Draft{SaleNumber: "5", Total: afterpay.AUD(10_00), PlacedAt: time.Now()}
	fake := kountatest.New(kountatest.Options{})
	c := connect(t, withoutSaleNumbers{fake}, unlimited)
	id, err := c.create(t.Context(), draft, "ACCEPTED")
	require.NoError(t, err)
	found, err := c.find(t.Context(), draft)
	require.NoError(t, err)
	require.Equal(t, id, found.id)
}

// withoutSaleNumbers has lists that are abridged further.
type withoutSaleNumbers struct{ *kountatest.Kounta }

func (s withoutSaleNumbers) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := s.Kounta.RoundTrip(req)
	if err != nil || req.Method != http.MethodGet || !strings.HasSuffix(req.URL.Path, "/orders") {
		return resp, err
	}
	id := strconv.FormatInt(s.Orders()[0].ID, 10)
	w := httptest.NewRecorder()
	_, err = w.WriteString(`[{"id":` + id + `}]`)
	return w.Result(), err
}

func TestTillError_SaysWhetherARequestWasCarriedOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err             kounta.Error
		notDone, person bool
	}{
		{kounta.Error{Kind: kounta.ErrRateLimited}, true, false},
		{kounta.Error{Kind: kounta.ErrInvalid}, true, true},
		{kounta.Error{Kind: kounta.ErrNotFound}, true, false},
		{kounta.Error{Kind: kounta.ErrUnauthorized}, true, false},
		{kounta.Error{Kind: kounta.ErrUnavailable}, true, false},
		{kounta.Error{Kind: kounta.ErrUnavailable, OutcomeUnknown: true}, false, false},
	} {
		err := tillError(&c.err)
		require.Equal(t, c.notDone, errors.Is(err, errNotDone), "%v", err)
		require.Equal(t, c.person, errors.Is(err, errPerson), "%v", err)
	}
	require.NoError(t, tillError(nil))
}
