package afterpay_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// withoutLinks is a service that knows nothing of includeNextLink.
type withoutLinks struct{ http.RoundTripper }

func (w withoutLinks) RoundTrip(req *http.Request) (*http.Response, error) {
	query := req.URL.Query()
	query.Del("includeNextLink")
	req = req.Clone(req.Context())
	req.URL.RawQuery = query.Encode()
	return w.RoundTripper.RoundTrip(req)
}

// till makes orders in a sandbox and has them paid for.
type till struct {
	t       *testing.T
	client  *afterpay.Client
	sandbox *afterpaytest.Sandbox
}

// order makes an order that the shopper confirms and the shop has not captured.
func (s till) order() string {
	s.t.Helper()
	order, err := s.client.Orders.Create(s.t.Context(), afterpay.CreateOrderRequest{
		Amount:   afterpay.USD(50_00),
		Consumer: afterpay.Consumer{GivenNames: "Ann", Surname: "Lee", Email: "ann@example.com"},
		Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/ok", RedirectCancelURL: "https://shop.example/no"},
	})
	require.NoError(s.t, err)
	require.NoError(s.t, s.sandbox.Approve(order.Token))
	return order.Token
}

func (s till) capture(token string) string {
	s.t.Helper()
	p, err := s.client.Payments.Capture(s.t.Context(), afterpay.CaptureRequest{Token: token})
	require.NoError(s.t, err)
	return p.ID
}

// TestAllOverAMovingSandbox iterates while, for every payment it works on, an
// order from before is paid for, which puts a payment among those that were read
// already, and a new order is made and paid for. Every payment that was there at
// the start comes once, and none comes twice.
func TestAllOverAMovingSandbox(t *testing.T) {
	t.Parallel()
	for _, version := range []afterpay.APIVersion{afterpay.V2, afterpay.V1} {
		for paging, links := range pagings {
			for _, limit := range []int{1, 3, 10} {
				t.Run(fmt.Sprintf("v%d %s, pages of %d", version, paging, limit), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { iterateWhileSelling(t, version, links, limit) })
				})
			}
		}
	}
}

func iterateWhileSelling(t *testing.T, version afterpay.APIVersion, links bool, limit int) {
	sandbox := afterpaytest.New()
	var service http.RoundTripper = sandbox
	if !links {
		service = withoutLinks{sandbox}
	}
	client := sandbox.NewClient(t, afterpay.WithAPIVersion(version), afterpay.WithHTTPClient(&http.Client{Transport: service}))
	shop := till{t, client, sandbox}
	var old, waiting []string
	for i := range 23 {
		if i%3 != 0 { // some share their millisecond
			<-time.After(time.Second)
		}
		waiting = append(waiting, shop.order())
		old = append(old, shop.capture(shop.order()))
	}
	<-time.After(time.Minute)

	var ids []string
	for p, err := range client.Payments.All(t.Context(), afterpay.PaymentQuery{Limit: limit}) {
		require.NoError(t, err)
		ids = append(ids, p.ID)
		if len(waiting) > 0 {
			shop.capture(waiting[0])
			waiting = waiting[1:]
		}
		<-time.After(time.Second)
		shop.capture(shop.order())
	}
	slices.Sort(ids)
	require.Equal(t, slices.Compact(slices.Clone(ids)), ids, "none twice")
	require.Subset(t, ids, old, "none skipped")
	require.LessOrEqual(t, len(ids), 46, "nothing that was ordered after the start")

	offsets := 0
	for _, r := range sandbox.Requests(afterpaytest.OpListPayments) {
		if r.Query.Has("offset") {
			offsets++
		}
		require.Equal(t, links, !r.Query.Has("offset") && r.Query.Get("includeNextLink") == "true", r.Query)
	}
	require.Equal(t, links, offsets == 0)
}

// TestAllInTheOrderTheCallerAsksFor is not moved by what All needs for itself.
func TestAllInTheOrderTheCallerAsksFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, sandbox := afterpaytest.NewClient(t)
		shop := till{t, client, sandbox}
		var ids []string
		for range 7 {
			ids = append(ids, shop.capture(shop.order()))
			<-time.After(time.Second)
		}
		require.Equal(t, ids, visit(t, client.Payments.All(t.Context(), afterpay.PaymentQuery{Limit: 3})))
		slices.Reverse(ids)
		require.Equal(t, ids, visit(t, client.Payments.All(t.Context(), afterpay.PaymentQuery{Limit: 3, OrderBy: afterpay.OrderByID})))
	})
}
