package kountasync

import (
	"errors"
	"net/http"
	"sync/atomic"
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

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

const unlimited = 600_000 // requests a minute

func TestConnect_AccountThatCannotBeWrittenToIsRefused(t *testing.T) {
	t.Parallel()
	client := connect(t, kountatest.New(kountatest.Options{}), unlimited).client
	for _, a := range []Account{{ProductID: 1}, {SiteID: 1}, {SiteID: 1, ProductID: 1, PaymentMethod: "Cheque"}} {
		_, err := Connect(t.Context(), client, a)
		require.Error(t, err, "%+v", a)
	}
}

func TestCompany_OnlyPaymentsByAfterpaysMethodAreAfterpays(t *testing.T) {
	t.Parallel()
	c := connect(t, kountatest.New(kountatest.Options{}), unlimited)
	id, err := c.create(t.Context(), &Draft{SaleNumber: "5", Total: afterpay.AUD(10_00), PlacedAt: time.Now()}, "ACCEPTED")
	require.NoError(t, err)
	require.NoError(t, c.pay(t.Context(), id, -1_05, "r1"))
	cash := kounta.NewPayment{MethodID: kountatest.CashID, Amount: afterpay.AUD(2_00), Ref: "c"}
	require.NoError(t, c.client.Payments.Create(t.Context(), id, cash))
	found, err := c.read(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, []tillPayment{{"r1", -1_05, true}, {"c", 2_00, false}}, found.payments)
}

// Otherwise one list that is refused would put every order aside.
func TestCompany_RefusedReadPutsNoOrderAside(t *testing.T) {
	t.Parallel()
	fake := kountatest.New(kountatest.Options{})
	var refuse atomic.Bool
	c := connect(t, roundTripper(func(req *http.Request) (*http.Response, error) {
		if refuse.Load() {
			return &http.Response{StatusCode: 422, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
		}
		return fake.RoundTrip(req)
	}), unlimited)
	refuse.Store(true)
	_, readErr := c.read(t.Context(), 5)
	var listErr error
	for _, err := range c.list(t.Context(), time.Now(), time.Now()) {
		listErr = err
	}
	for _, err := range []error{readErr, listErr, c.ping(t.Context())} {
		require.ErrorIs(t, err, kounta.ErrInvalid)
		require.NotErrorIs(t, err, errPerson)
	}
	require.ErrorIs(t, c.pay(t.Context(), 5, 1, "r"), errPerson)
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
