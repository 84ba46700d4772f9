package afterpaytest_test

import (
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// fullOrder has every field that an order of a version can have.
func fullOrder(v afterpay.APIVersion) afterpay.CreateOrderRequest {
	home := afterpay.Contact{
		Name: "Ann Lee", Line1: "1 Example Street", Line2: "Unit 2", Area1: "Exampleton",
		Region: "NY", Postcode: "10001", CountryCode: "US", PhoneNumber: "12025550143",
	}
	order := afterpay.CreateOrderRequest{
		Amount:    afterpay.USD(100_00),
		Consumer:  afterpay.Consumer{GivenNames: "Ann", Surname: "Lee", Email: "ann@example.com", PhoneNumber: "12025550143"},
		Billing:   home,
		Shipping:  home,
		Courier:   afterpay.Courier{Name: "ExampleCourier", Tracking: "AA1", Priority: afterpay.PriorityExpress, ShippedAt: afterpay.Timestamp{Time: time.Unix(1_700_000_000, 0)}},
		Items:     []afterpay.Item{{Name: "Widget", SKU: "SKU-1", Quantity: 2, Price: afterpay.USD(50_00)}},
		Discounts: []afterpay.Discount{{DisplayName: "10 % off", Amount: afterpay.USD(10_00)}},
		Merchant: afterpay.Merchant{
			RedirectConfirmURL: "https://shop.example/confirm?cart=7",
			RedirectCancelURL:  "https://shop.example/cancel",
		},
		MerchantReference: "A-1",
		TaxAmount:         afterpay.USD(5_00),
		ShippingAmount:    afterpay.USD(0),
		Description:       "A widget",
		PurchaseCountry:   "US",
	}
	if v == afterpay.V2 {
		order.Items[0].PageURL = "https://shop.example/widget"
		order.Items[0].ImageURL = "https://shop.example/widget.png"
		order.Items[0].Categories = [][]string{{"Things", "Widgets"}}
		order.Items[0].EstimatedShipmentDate = "2024-05"
		order.Items[0].Preorder = true
		order.Merchant.PopupOriginURL = "https://shop.example/cart"
		order.Merchant.Name = "The Shop"
		order.Mode = afterpay.ModeStandard
		order.ShippingOptionIdentifier = "standard"
		order.ShippingOptions = afterpay.ShippingOptions{SupportedShippingCountries: []string{"US"}}
		order.IsCashAppPay = true
		order.InitialOrderAmount = afterpay.USD(50_00)
		order.Custom = afterpay.Custom{"consumerTenure": json.RawMessage(`"2"`)}
	}
	return order
}

func TestNewClient_EveryCallWorksInBothVersions(t *testing.T) {
	t.Parallel()
	inMemory := func(t *testing.T, opts ...afterpay.Option) (*afterpay.Client, *afterpaytest.Sandbox) {
		return afterpaytest.NewClient(t, opts...)
	}
	overSocket := func(t *testing.T, opts ...afterpay.Option) (*afterpay.Client, *afterpaytest.Sandbox) {
		server := afterpaytest.NewServer(t)
		return server.NewClient(t, opts...), server.Sandbox
	}
	for road, connect := range map[string]func(*testing.T, ...afterpay.Option) (*afterpay.Client, *afterpaytest.Sandbox){
		"in memory": inMemory, "over a socket": overSocket,
	} {
		t.Run(road, func(t *testing.T) {
			t.Parallel()
			t.Run("v2", func(t *testing.T) {
				t.Parallel()
				client, sandbox := connect(t)
				everyCallOfV2(t, client, sandbox)
			})
			t.Run("v1", func(t *testing.T) {
				t.Parallel()
				client, sandbox := connect(t, afterpay.WithAPIVersion(afterpay.V1))
				everyCallOfV1(t, client, sandbox)
			})
		})
	}
}

func everyCallOfV2(t *testing.T, client *afterpay.Client, sandbox *afterpaytest.Sandbox) {
	ctx := t.Context()
	require.NoError(t, client.Ping(ctx))
	configuration, err := client.Configuration.Get(ctx, afterpay.IncludePublicID, afterpay.IncludeChannels, afterpay.IncludeCBT)
	require.NoError(t, err)
	require.True(t, configuration.Allows(afterpay.USD(1000_00)))
	require.False(t, configuration.Allows(afterpay.USD(1000_01)))

	sent := fullOrder(afterpay.V2)
	order, err := client.Orders.Create(ctx, sent)
	require.NoError(t, err)
	require.NoError(t, sandbox.Approve(order.Token))
	read, err := client.Orders.Get(ctx, order.Token)
	require.NoError(t, err)
	require.Equal(t, sent.Amount, read.Amount)
	require.Equal(t, sent.Billing, read.Billing)
	require.Equal(t, sent.Items, read.Items)
	require.Equal(t, sent.Merchant, read.Merchant)

	payment, err := client.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: order.Token, MerchantReference: "A-2"})
	require.NoError(t, err)
	payment, err = client.Payments.CapturePart(ctx, payment.ID, afterpay.CapturePartRequest{Amount: afterpay.USD(40_00), EventMerchantReference: "ship-1"})
	require.NoError(t, err)
	_, err = client.Payments.Void(ctx, payment.ID, afterpay.VoidRequest{Amount: afterpay.USD(10_00), Reason: afterpay.VoidCancelledItems})
	require.NoError(t, err)
	_, err = client.Refunds.Create(ctx, payment.ID, afterpay.RefundRequest{Amount: afterpay.USD(15_00), RefundMerchantReference: "R-1"})
	require.NoError(t, err)
	_, err = client.Payments.UpdateReference(ctx, payment.ID, "A-3")
	require.NoError(t, err)
	_, err = client.Payments.UpdateCourier(ctx, payment.ID, afterpay.Courier{Name: "ExampleCourier"})
	require.NoError(t, err)

	payment, err = client.Payments.Get(ctx, payment.ID)
	require.NoError(t, err)
	byToken, err := client.Payments.GetByToken(ctx, order.Token)
	require.NoError(t, err)
	require.Equal(t, payment, byToken)
	require.Equal(t, "A-3", payment.MerchantReference)
	balance, err := payment.Balance()
	require.NoError(t, err)
	require.Equal(t, afterpay.Balance{
		Authorized: afterpay.USD(100_00), Captured: afterpay.USD(40_00), Voided: afterpay.USD(10_00),
		Refunded: afterpay.USD(15_00), OpenToCapture: afterpay.USD(50_00), Refundable: afterpay.USD(25_00),
	}, balance)
	page, err := client.Payments.List(ctx, afterpay.PaymentQuery{Tokens: []string{order.Token}, NextLink: true, Limit: 1})
	require.NoError(t, err)
	require.Equal(t, 1, page.TotalResults)
	require.NoError(t, client.Payments.Reverse(ctx, order.Token))
}

func everyCallOfV1(t *testing.T, client *afterpay.Client, sandbox *afterpaytest.Sandbox) {
	ctx := t.Context()
	configuration, err := client.Configuration.Get(ctx)
	require.NoError(t, err)
	require.True(t, configuration.Allows(afterpay.USD(1_00)))

	sent := fullOrder(afterpay.V1)
	order, err := client.Orders.Create(ctx, sent)
	require.NoError(t, err)
	require.NoError(t, sandbox.Approve(order.Token))
	read, err := client.Orders.Get(ctx, order.Token)
	require.NoError(t, err)
	require.Equal(t, sent.Amount, read.Amount)
	require.Equal(t, sent.Shipping, read.Shipping)

	payment, err := client.Payments.Capture(ctx, afterpay.CaptureRequest{Token: order.Token, MerchantReference: "A-2"})
	require.NoError(t, err)
	require.Equal(t, sent.Amount, payment.OriginalAmount)
	refund, err := client.Refunds.Create(ctx, payment.ID, afterpay.RefundRequest{Amount: afterpay.USD(15_00)})
	require.NoError(t, err)
	_, err = client.Payments.UpdateReference(ctx, payment.ID, "A-3")
	require.NoError(t, err)
	_, err = client.Payments.UpdateCourier(ctx, payment.ID, afterpay.Courier{Name: "ExampleCourier"})
	require.NoError(t, err)
	payment, err = client.Payments.GetByToken(ctx, order.Token)
	require.NoError(t, err)
	require.Equal(t, refund.ID, payment.Refunds[0].ID)
	page, err := client.Payments.List(ctx, afterpay.PaymentQuery{IDs: []string{payment.ID}})
	require.NoError(t, err)
	require.Len(t, page.Payments, 1)
	require.NoError(t, client.Payments.Reverse(ctx, order.Token))
}

func TestNewClient_UsesTheSandboxCredentials(t *testing.T) {
	t.Parallel()
	sandbox := afterpaytest.New(afterpaytest.WithCredentials("7", "seven"))
	_, err := sandbox.NewClient(t).Configuration.Get(t.Context())
	require.NoError(t, err)

	stranger, err := afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey, afterpay.WithHTTPClient(&http.Client{Transport: sandbox}))
	require.NoError(t, err)
	_, err = stranger.Configuration.Get(t.Context())
	require.ErrorIs(t, err, afterpay.ErrUnauthorized)
}

// approved creates an order of 100.00 that the shopper has confirmed.
func approved(t *testing.T, client *afterpay.Client, sandbox *afterpaytest.Sandbox) string {
	t.Helper()
	order, err := client.Orders.Create(t.Context(), fullOrder(afterpay.V2))
	require.NoError(t, err)
	require.NoError(t, sandbox.Approve(order.Token))
	return order.Token
}

func TestSandbox_ConcurrentClients(t *testing.T) {
	t.Parallel()
	client, sandbox := afterpaytest.NewClient(t)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			order, err := client.Orders.Create(t.Context(), fullOrder(afterpay.V2))
			if err != nil {
				t.Error(err)
				return
			}
			if err := sandbox.Approve(order.Token); err != nil {
				t.Error(err)
			}
			if _, err := client.Payments.Capture(t.Context(), afterpay.CaptureRequest{Token: order.Token}); err != nil {
				t.Error(err)
			}
			sandbox.Requests("")
		})
	}
	wg.Wait()
	require.Len(t, sandbox.Ledger(), 50)
	require.Len(t, sandbox.Tokens(), 50)
}

func TestFail_RetriesMoveMoneyOnce(t *testing.T) {
	t.Parallel()
	faults := map[string]afterpaytest.Fault{
		"reset":     afterpaytest.Reset(),
		"502":       afterpaytest.BadGateway(),
		"empty 500": afterpaytest.EmptyError(),
		"409":       afterpaytest.InProgress(),
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, sandbox := afterpaytest.NewClient(t)
			token := approved(t, client, sandbox)
			sandbox.Fail(afterpaytest.OpAuthorize, fault.AfterCommit().Times(2))
			payment, err := client.Payments.Authorize(t.Context(), afterpay.AuthorizeRequest{Token: token})
			require.NoError(t, err)
			require.Equal(t, afterpay.StateAuthApproved, payment.State)
			require.Len(t, sandbox.Ledger(), 1)
			requests := sandbox.Requests(afterpaytest.OpAuthorize)
			require.Len(t, requests, 3)
			require.Equal(t, 3, requests[2].Attempt)
		})
	}
}

func TestServer_ClientRetriesReset(t *testing.T) {
	t.Parallel()
	server := afterpaytest.NewServer(t)
	client := server.NewClient(t)
	token := approved(t, client, server.Sandbox)
	server.Fail(afterpaytest.OpCapture, afterpaytest.Reset().AfterCommit())
	server.Fail(afterpaytest.OpCapture, afterpaytest.Truncated())
	payment, err := client.Payments.Capture(t.Context(), afterpay.CaptureRequest{Token: token})
	require.NoError(t, err)
	require.Equal(t, afterpay.StateCaptured, payment.State)
	require.Len(t, server.Ledger(), 1)
}

func TestTimeout_RecoverFindsThePayment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sandbox := afterpaytest.New(afterpaytest.WithReadLag(3 * time.Second))
		client := sandbox.NewClient(t, afterpay.WithRetry(afterpay.RetryPolicy{}))
		token := approved(t, client, sandbox)
		sandbox.Fail(afterpaytest.OpCapture, afterpaytest.Timeout().AfterCommit())
		began := time.Now()
		_, err := client.Payments.Capture(t.Context(), afterpay.CaptureRequest{Token: token})
		require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
		require.Equal(t, 70*time.Second, time.Since(began))

		payment, err := client.Payments.Recover(t.Context(), token)
		require.NoError(t, err)
		require.Equal(t, afterpay.StatusApproved, payment.Status)
	})
}

func TestSynctest_AuthorizationExpiresByTheBubbleClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, sandbox := afterpaytest.NewClient(t)
		ctx := t.Context()
		token := approved(t, client, sandbox)
		payment, err := client.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: token})
		require.NoError(t, err)
		expires, ok := payment.AuthExpires()
		require.True(t, ok)

		time.Sleep(time.Until(expires) - time.Second) //nolint:forbidigo // virtual: in a synctest bubble
		payment, err = client.Payments.CapturePart(ctx, payment.ID, afterpay.CapturePartRequest{Amount: afterpay.USD(1_00)})
		require.NoError(t, err)
		time.Sleep(time.Second) //nolint:forbidigo // virtual: in a synctest bubble
		_, err = client.Payments.CapturePart(ctx, payment.ID, afterpay.CapturePartRequest{Amount: afterpay.USD(1_00)})
		require.ErrorIs(t, err, afterpay.ErrState)
		require.Len(t, sandbox.Ledger(), 3)
	})
}

func TestNewClient_RecoverLooksNoLongerThanTheSandboxNeeds(t *testing.T) {
	t.Parallel()
	for name, lag := range map[string]time.Duration{"no lag": 0, "lag": 5 * time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sandbox := afterpaytest.New(afterpaytest.WithReadLag(lag))
				client := sandbox.NewClient(t, afterpay.WithRetry(afterpay.RetryPolicy{}))
				for _, tc := range []struct {
					fault afterpaytest.Fault
					want  error
				}{{afterpaytest.Reset(), afterpay.ErrNotFound}, {afterpaytest.Reset().AfterCommit(), nil}} {
					token := approved(t, client, sandbox)
					sandbox.Fail(afterpaytest.OpCapture, tc.fault)
					_, err := client.Payments.Capture(t.Context(), afterpay.CaptureRequest{Token: token})
					require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
					began := time.Now()
					_, err = client.Payments.Recover(t.Context(), token)
					require.ErrorIs(t, err, tc.want)
					require.LessOrEqual(t, time.Since(began), lag+time.Second)
				}
			})
		})
	}
}
