package kountatest_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

const (
	company = "/v1/companies/9007199254740993"
	lines   = `"lines":[{"product_id":8,"quantity":1,"unit_price":10.00}]`
)

// send sends a request with Basic authentication and returns the response and
// its body.
func send(t *testing.T, fake *kountatest.Kounta, method, path, body string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "https://api.kounta.example"+path, strings.NewReader(body))
	require.NoError(t, err)
	req.SetBasicAuth(kountatest.ClientID, kountatest.ClientSecret)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := fake.RoundTrip(req)
	require.NoError(t, err)
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, strings.TrimSpace(string(data))
}

// order makes an order and returns its path.
func order(t *testing.T, fake *kountatest.Kounta, saleNumber string) string {
	t.Helper()
	resp, body := send(t, fake, "POST", company+"/orders", `{"site_id":7,"sale_number":"`+saleNumber+`","placed_at":"2026-03-01T09:00:00+10:00",`+lines+`}`)
	require.Equal(t, 201, resp.StatusCode, body)
	require.Equal(t, "null", body)
	return strings.TrimSuffix(resp.Header.Get("Location"), ".json")
}

func TestKounta_WritesAreReadableAfterTheLag(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := kountatest.New(kountatest.Options{Lag: 5 * time.Second})
		path := order(t, fake, "77")
		resp, _ := send(t, fake, "GET", path, "")
		require.Equal(t, 404, resp.StatusCode)
		resp, _ = send(t, fake, "POST", path+"/payments", `{"method_id":9,"amount":10.00}`)
		require.Equal(t, 404, resp.StatusCode)
		_, body := send(t, fake, "GET", company+"/orders", "")
		require.Equal(t, "[]", body)

		time.Sleep(5 * time.Second) //nolint:forbidigo // virtual: in a synctest bubble
		resp, body = send(t, fake, "POST", path+"/payments", `{"method_id":9,"amount":10.00,"ref":"r"}`)
		require.Equal(t, 201, resp.StatusCode)
		require.Equal(t, "null", body)
		_, body = send(t, fake, "GET", path, "")
		require.Contains(t, body, `"payments":[]`)
		time.Sleep(5 * time.Second) //nolint:forbidigo // virtual: in a synctest bubble
		_, body = send(t, fake, "GET", path+".json", "", "Accept", "*/*")
		require.Contains(t, body, `"paid":10.00,"payments":[{"amount":10.00`)
		require.Contains(t, body, `"id":9007199255740993,"id_str":"9007199255740993"`)
	})
}

func TestKounta_SamePOSTTwiceMakesTwoRecords(t *testing.T) {
	t.Parallel()
	fake := kountatest.New(kountatest.Options{})
	order(t, fake, "77")
	path := order(t, fake, "77")
	for range 2 {
		send(t, fake, "POST", path+"/payments", `{"method_id":9,"amount":-0.05,"ref":"r"}`)
	}
	orders := fake.Orders()
	require.Len(t, orders, 2)
	require.Len(t, orders[1].Payments, 2)
	require.Equal(t, int64(-5), orders[1].Payments[0].Amount)
}

func TestKounta_OrdersAreFiltered(t *testing.T) {
	t.Parallel()
	fake := kountatest.New(kountatest.Options{Now: func() time.Time { return time.Date(2026, 3, 1, 20, 0, 0, 0, time.UTC) }})
	order(t, fake, "12")
	path := order(t, fake, "123")
	send(t, fake, "PUT", path, `{"status":"COMPLETE"}`)
	for filter, want := range map[string]int{
		"": 2, "?sale_number=12": 2, "?sale_number=123": 1, "/complete": 1, "/complete/sites/7": 1, "/sites/7": 2, "/sites/8": 0, "/complete/customers/5": 0,
		"?created_gte=2026-03-02": 2, "?created_gt=2026-03-02": 0, "?created_lte=2026-03-01": 0, // it is the 2nd in Brisbane
		"?value_gte=10.00&value_lte=10": 2, "?value_gt=10": 0, "?value_lt=10.01": 2,
	} {
		_, body := send(t, fake, "GET", company+"/orders"+filter, "")
		require.Equal(t, want, strings.Count(body, `"sale_number"`), filter)
	}
	_, list := send(t, fake, "GET", company+"/orders/complete", "")
	require.Contains(t, list, `"COMPLETED"`)
	require.NotContains(t, list, "payments")
	_, one := send(t, fake, "GET", path, "")
	require.Contains(t, one, `"COMPLETE"`)
	resp, _ := send(t, fake, "GET", company+"/orders?created_gte=yesterday", "")
	require.Equal(t, 400, resp.StatusCode)
}

func TestKounta_ListsHave25ElementsAPage(t *testing.T) {
	t.Parallel()
	for _, countPages := range []bool{false, true} {
		fake := kountatest.New(kountatest.Options{CountPages: countPages})
		for range 30 {
			order(t, fake, "1")
		}
		resp, body := send(t, fake, "GET", company+"/orders?value_gte=1", "")
		require.Equal(t, 25, strings.Count(body, `"sale_number"`))
		if countPages {
			require.Equal(t, "2", resp.Header.Get("X-Pages"))
			_, body = send(t, fake, "GET", company+"/orders?value_gte=1", "", "X-Page", "1")
		} else {
			next, err := url.Parse(resp.Header.Get("X-Next-Page"))
			require.NoError(t, err)
			resp, body = send(t, fake, "GET", next.RequestURI(), "")
			require.Empty(t, resp.Header.Get("X-Next-Page"))
		}
		require.Equal(t, 5, strings.Count(body, `"sale_number"`))
	}
}

func TestKounta_WrongRequestsAreRefusedAndChangeNothing(t *testing.T) {
	t.Parallel()
	fake := kountatest.New(kountatest.Options{})
	path := order(t, fake, "1")
	for _, c := range []struct {
		method, path, body string
		header             []string
		want               int
	}{
		{"GET", path, "", []string{"Accept", "text/html"}, 406},
		{"POST", company + "/orders", `{}`, []string{"Content-Type", "text/plain"}, 400},
		{"POST", company + "/orders", `[]`, nil, 400},
		{"POST", company + "/orders", `{"site_id":7}`, nil, 422},
		{"POST", company + "/orders", `{"site_id":6,` + lines + `}`, nil, 422},
		{"POST", company + "/orders", `{"site_id":7,"placed_at":"today",` + lines + `}`, nil, 422},
		{"POST", path + "/payments", `{"method_id":9,"amount":"10.00"}`, nil, 422},
		{"POST", path + "/payments", `{"method_id":9,"amount":1.005}`, nil, 422},
		{"POST", path + "/payments", `{"method_id":1,"amount":1}`, nil, 422},
		{"GET", company + "/orders/5", "", nil, 404},
		{"GET", company + "/customers/5", "", nil, 404},
		{"GET", "/v1/companies/5/orders", "", nil, 404},
		{"DELETE", path, "", nil, 405},
		{"GET", path, "", []string{"Authorization", "Bearer old"}, 400},
		{"GET", path, "", []string{"Authorization", "Basic eDp5"}, 401},
	} {
		resp, body := send(t, fake, c.method, c.path, c.body, c.header...)
		require.Equal(t, c.want, resp.StatusCode, "%s %s %s: %s", c.method, c.path, c.body, body)
	}
	require.Len(t, fake.Orders(), 1)
	require.Empty(t, fake.Orders()[0].Payments)
}

func TestKounta_CustomerByEmailIsARedirect(t *testing.T) {
	t.Parallel()
	fake := kountatest.New(kountatest.Options{})
	created, _ := send(t, fake, "POST", company+"/customers", `{"first_name":"Ann","email":"ann@example.com"}`)
	found, _ := send(t, fake, "GET", company+"/customers?email=ann@example.com", "")
	require.Equal(t, 302, found.StatusCode)
	require.Equal(t, created.Header.Get("Location"), found.Header.Get("Location"))
	_, body := send(t, fake, "GET", found.Header.Get("Location"), "")
	require.Contains(t, body, `"first_name":"Ann"`)
}

func TestKounta_BeyondTheRateLimitIsA429WithAReset(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := kountatest.New(kountatest.Options{PerMinute: 60})
		for range 60 {
			resp, _ := send(t, fake, "GET", "/v1/companies/me", "")
			require.Equal(t, 200, resp.StatusCode)
		}
		time.Sleep(40 * time.Second) //nolint:forbidigo // virtual: in a synctest bubble
		resp, _ := send(t, fake, "GET", "/v1/companies/me", "")
		require.Equal(t, 429, resp.StatusCode)
		require.Equal(t, "21", resp.Header.Get("X-Ratelimit-Reset"))
		time.Sleep(21 * time.Second) //nolint:forbidigo // virtual: in a synctest bubble
		resp, _ = send(t, fake, "GET", "/v1/companies/me", "")
		require.Equal(t, 200, resp.StatusCode)
	})
}
