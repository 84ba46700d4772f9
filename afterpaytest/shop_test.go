package afterpaytest_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// confirmPage is the page of a shop that the shopper returns to. It is the
// code under test in this file.
type confirmPage struct {
	client *afterpay.Client
	total  afterpay.Money
	paid   func(paymentID string)
}

func (p *confirmPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	redirect, err := afterpay.ParseRedirect(r.URL)
	if err != nil || !redirect.Confirmed() {
		http.Redirect(w, r, "/cart", http.StatusSeeOther)
		return
	}
	order, err := p.client.Orders.Get(r.Context(), redirect.Token)
	if err != nil || order.Amount != p.total {
		http.Error(w, "This isn't your order.", http.StatusForbidden)
		return
	}
	payment, err := p.client.Payments.Authorize(r.Context(), afterpay.AuthorizeRequest{
		Token:     redirect.Token,
		RequestID: afterpay.RequestIDFor("authorize", redirect.Token),
	})
	if errors.Is(err, afterpay.ErrOutcomeUnknown) {
		payment, err = p.client.Payments.Recover(r.Context(), redirect.Token)
	}
	switch {
	case errors.Is(err, afterpay.ErrDeclined):
		http.Error(w, "Please choose another way to pay.", http.StatusPaymentRequired)
	case err != nil:
		http.Error(w, "We'll write to you.", http.StatusAccepted)
	default:
		p.paid(payment.ID)
	}
}

// ship captures the amount of a parcel.
func ship(t *testing.T, client *afterpay.Client, paymentID, parcel string, amount afterpay.Money) error {
	_, err := client.Payments.CapturePart(t.Context(), paymentID, afterpay.CapturePartRequest{
		RequestID: afterpay.RequestIDFor("ship", parcel),
		Amount:    amount,
	})
	return err
}

// checkout creates an order, makes the shopper's decision, and opens the page
// that the shopper returns to. It returns the status of the page and the id of
// the payment.
func checkout(t *testing.T, client *afterpay.Client, sandbox *afterpaytest.Sandbox, decide func(token string) error) (status int, paymentID string) {
	t.Helper()
	total := afterpay.USD(100_00)
	order, err := client.Orders.Create(t.Context(), afterpay.CreateOrderRequest{
		Amount:   total,
		Consumer: afterpay.Consumer{Email: "ann@example.com"},
		Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/back", RedirectCancelURL: "https://shop.example/back"},
	})
	require.NoError(t, err)
	require.NoError(t, decide(order.Token))
	back, err := sandbox.RedirectURL(order.Token)
	require.NoError(t, err)
	u, err := url.Parse(back)
	require.NoError(t, err)

	page := &confirmPage{client: client, total: total, paid: func(id string) { paymentID = id }}
	response := httptest.NewRecorder()
	page.ServeHTTP(response, httptest.NewRequestWithContext(t.Context(), http.MethodGet, u.RequestURI(), nil))
	return response.Code, paymentID
}

func TestShop_ApprovedPayment(t *testing.T) {
	t.Parallel()
	client, sandbox := afterpaytest.NewClient(t)
	status, id := checkout(t, client, sandbox, sandbox.Approve)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, id, sandbox.Ledger()[0].PaymentID)
}

func TestShop_Decline(t *testing.T) {
	t.Parallel()
	client, sandbox := afterpaytest.NewClient(t)
	status, _ := checkout(t, client, sandbox, sandbox.Decline)
	require.Equal(t, http.StatusPaymentRequired, status)
	require.Empty(t, sandbox.Ledger())
}

func TestShop_Cancel(t *testing.T) {
	t.Parallel()
	client, sandbox := afterpaytest.NewClient(t)
	status, _ := checkout(t, client, sandbox, sandbox.Cancel)
	require.Equal(t, http.StatusSeeOther, status)
	require.Empty(t, sandbox.Requests(afterpaytest.OpAuthorize))
}

// Every shop should test this case: the money moved, and the response was
// lost.
func TestShop_LostResponse(t *testing.T) {
	t.Parallel()
	client, sandbox := afterpaytest.NewClient(t, afterpay.WithRetry(afterpay.RetryPolicy{}))
	sandbox.Fail(afterpaytest.OpAuthorize, afterpaytest.Reset().AfterCommit())
	status, id := checkout(t, client, sandbox, sandbox.Approve)
	require.Equal(t, http.StatusOK, status)
	require.NotEmpty(t, id)
	require.Len(t, sandbox.Ledger(), 1, "taken once")
}

// The client's own retries hide a lost response from the shop.
func TestShop_RetriesUnderOneRequestID(t *testing.T) {
	t.Parallel()
	client, sandbox := afterpaytest.NewClient(t)
	sandbox.Fail(afterpaytest.OpAuthorize, afterpaytest.BadGateway().AfterCommit())
	status, _ := checkout(t, client, sandbox, sandbox.Approve)
	require.Equal(t, http.StatusOK, status)
	requests := sandbox.Requests(afterpaytest.OpAuthorize)
	require.Len(t, requests, 2)
	require.Equal(t, requests[0].RequestID, requests[1].RequestID)
	require.Len(t, sandbox.Ledger(), 1)
}

func TestShop_ShipsTooLate(t *testing.T) {
	t.Parallel()
	client, sandbox := afterpaytest.NewClient(t)
	_, id := checkout(t, client, sandbox, sandbox.Approve)
	require.NoError(t, ship(t, client, id, "parcel-1", afterpay.USD(40_00)))

	sandbox.Advance(13 * 24 * time.Hour)
	err := ship(t, client, id, "parcel-2", afterpay.USD(60_00))
	require.ErrorIs(t, err, afterpay.ErrState)
	e, ok := errors.AsType[*afterpay.Error](err)
	require.True(t, ok)
	require.Equal(t, "payment_expired", e.Code)
}

// In a bubble, a service that takes 70 seconds to fail takes no real time.
func TestShop_SlowServiceInABubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, sandbox := afterpaytest.NewClient(t)
		sandbox.Fail(afterpaytest.OpAuthorize, afterpaytest.Timeout().AfterCommit())
		began := time.Now()
		status, _ := checkout(t, client, sandbox, sandbox.Approve)
		require.Equal(t, http.StatusOK, status)
		require.GreaterOrEqual(t, time.Since(began), 70*time.Second)
		require.Len(t, sandbox.Ledger(), 1)
	})
}

// A unit test can set responses without using the service.
func TestShop_ScriptedResponse(t *testing.T) {
	t.Parallel()
	client, sandbox := afterpaytest.NewClient(t)
	sandbox.Reply(afterpaytest.OpGetConfiguration, http.StatusOK, `{"maximumAmount":{"amount":"2000.00","currency":"USD"}}`)
	configuration, err := client.Configuration.Get(t.Context())
	require.NoError(t, err)
	require.True(t, configuration.Allows(afterpay.USD(1500_00)))
}
