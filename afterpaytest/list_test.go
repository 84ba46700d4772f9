package afterpaytest

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// history has three orders, made an hour apart: A of 10.00, B of 30.00
// (declined), C of 20.00. It starts at midnight of 1 May 2024.
func history(t *testing.T, opts ...Option) (*shop, map[string]string) {
	t.Helper()
	start := time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)
	s := newShop(t, append(opts, WithClock(func() time.Time { return start }))...)
	names := map[string]string{}
	for _, order := range []struct{ name, amount, email string }{
		{"A", "10.00", "zoe@example.com"}, {"B", "30.00", "bob@example.com"}, {"C", "20.00", "cat@example.com"},
	} {
		s.sandbox.Advance(time.Hour)
		a := s.post("/v2/checkouts", fmt.Sprintf(`{"amount":{"amount":%q,"currency":"USD"},"consumer":{"email":%q},"merchantReference":%q,
			"merchant":{"redirectConfirmUrl":"https://shop.example/ok","redirectCancelUrl":"https://shop.example/no"}}`, order.amount, order.email, order.name))
		token := a.text("token")
		if order.name == "B" {
			require.NoError(t, s.sandbox.Decline(token))
		} else {
			require.NoError(t, s.sandbox.Approve(token))
		}
		id := s.post("/v2/payments/capture", `{"token":"`+token+`"}`).text("id")
		names[order.name], names["token "+order.name] = id, token
	}
	return s, names
}

// references lists the merchant references of a page.
func (a received) references() string {
	var names []string
	results, _ := a.at("results").([]any)
	for _, p := range results {
		names = append(names, p.(map[string]any)["merchantReference"].(string))
	}
	return strings.Join(names, "")
}

func TestList_FiltersAndOrders(t *testing.T) {
	t.Parallel()
	s, of := history(t)
	cases := []struct {
		query, want string
	}{
		{"", "CBA"},
		{"ascending=true", "ABC"},
		{"orderBy=totalAmount", "BCA"},
		{"orderBy=totalAmount&ascending=true", "ACB"},
		{"orderBy=email&ascending=true", "BCA"},
		{"orderBy=merchantReference", "CBA"},
		{"orderBy=id&ascending=TRUE", "ABC"},
		{"statuses=APPROVED", "CA"},
		{"statuses=declined", "B"},
		{"statuses=APPROVED&statuses=DECLINED", "CBA"},
		{"ids=" + of["A"] + "&ids=" + of["B"], "BA"},
		{"tokens=" + of["token C"], "C"},
		{"merchantReferences=A&merchantReferences=X", "A"},
		{"merchantReferences=A&statuses=DECLINED", ""},
		{"fromCreatedDate=2024-05-01T02:00:00Z", "CB"},
		{"toCreatedDate=2024-05-01T02:00:00.000Z", "BA"},
		{"fromCreatedDate=2024-05-01&toCreatedDate=2024-05-01", "CBA"},
		{"fromCreatedDate=2024-05-02", ""},
		{"fromCreatedDate=" + url.QueryEscape("2024-05-01T12:00:00+10:00"), "CB"},
		{"limit=2", "CB"},
		{"limit=2&offset=2", "A"},
		{"offset=9", ""},
	}
	for _, tc := range cases {
		a := s.get("/v2/payments?" + tc.query)
		require.Equal(t, 200, a.status, "%s: %s", tc.query, a.raw)
		require.Equal(t, tc.want, a.references(), tc.query)
	}
	first := s.get("/v2/payments")
	require.EqualValues(t, 3, first.at("totalResults"))
	require.EqualValues(t, 20, first.at("limit"))
	require.EqualValues(t, 0, first.at("offset"))
	require.NotContains(t, first.body, "nextPageUrl")
}

func TestList_RefusesInvalidQueries(t *testing.T) {
	t.Parallel()
	cases := []struct {
		query  string
		status int
	}{
		{"fromCreatedDate=yesterday", 500},
		{"toCreatedDate=2024-05-01T12:00:00+10:00", 500}, // the plus is not escaped
		{"statuses=APPROVED,DECLINED", 500},
		{"ids[]=1", 500},
		{"limit=251", 422},
		{"limit=0", 422},
		{"limit=many", 422},
		{"offset=-1", 422},
		{"orderBy=amount", 422},
		{"ascending=maybe", 422},
		{"cursor=!", 422},
	}
	for _, tc := range cases {
		t.Run(tc.query, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.refused(s.get("/v2/payments?"+tc.query), tc.status, "error")
		})
	}
}

func TestList_Cursor(t *testing.T) {
	t.Parallel()
	s, _ := history(t)
	var seen strings.Builder
	query := "limit=1&includeNextLink=true&statuses=APPROVED"
	for range 2 {
		a := s.get("/v2/payments?" + query)
		require.Equal(t, 200, a.status, a.raw)
		require.NotContains(t, a.body, "offset")
		seen.WriteString(a.references())
		next := a.text("nextPageUrl")
		if next == "" {
			break
		}
		require.True(t, strings.HasPrefix(next, "http://online-api.internal.invalid:8080/v2/payments?"), next)
		_, query, _ = strings.Cut(next, "?")
		s.sandbox.Advance(time.Hour)
		_, _ = s.captured() // new orders do not shift the next page
	}
	require.Equal(t, "CA", seen.String())
	require.Empty(t, s.get("/v2/payments?includeNextLink=true").text("nextPageUrl"))
}

func TestList_V1(t *testing.T) {
	t.Parallel()
	s, of := history(t)
	token := s.checkout()
	s.post("/v2/payments/auth", `{"token":"`+token+`"}`)

	a := s.get("/v1/payments?orderBy=amount&ascending=true")
	require.Equal(t, "ACB", a.references(), "v1 does not list an authorization")
	require.Equal(t, "10.00", a.text("results.0.totalAmount.amount"))
	require.Equal(t, of["A"], a.text("results.0.id"))
	require.Nil(t, a.at("results.0.originalAmount"))
	none := s.get("/v1/payments?limit=0")
	require.Equal(t, 200, none.status)
	require.EqualValues(t, 3, none.at("totalResults"))
	require.Equal(t, []any{}, none.at("results"))
}

func TestList_UnknownParameterFailsTheTest(t *testing.T) {
	t.Parallel()
	rec := &recorder{TB: t}
	s := &shop{t: t, sandbox: New()}
	s.sandbox.bind(rec)
	require.Equal(t, 200, s.get("/v2/payments?status=APPROVED").status)
	require.Len(t, rec.errors, 1)
	require.Contains(t, rec.errors[0], "status")
}

func TestWithReadLag_DelaysReads(t *testing.T) {
	t.Parallel()
	s := newShop(t, WithReadLag(3*time.Second))
	id, token := s.authorized()
	s.refused(s.get("/v2/payments/"+id), 404, "not_found")
	s.refused(s.get("/v2/payments/token:"+token), 404, "not_found")
	require.EqualValues(t, 0, s.get("/v2/payments").at("totalResults"))

	s.sandbox.Advance(3 * time.Second)
	require.Equal(t, "100.00", s.get("/v2/payments/"+id).text("openToCaptureAmount.amount"))
	written := s.post("/v2/payments/"+id+"/capture", `{`+tenUSD+`}`)
	require.Equal(t, "90.00", written.text("openToCaptureAmount.amount"), "a response to a write shows its effect")
	s.sandbox.Advance(2 * time.Second)
	require.Equal(t, "100.00", s.get("/v2/payments/"+id).text("openToCaptureAmount.amount"))
	require.Equal(t, "100.00", s.get("/v2/payments").text("results.0.openToCaptureAmount.amount"))
	s.sandbox.Advance(time.Second)
	require.Equal(t, "90.00", s.get("/v2/payments/"+id).text("openToCaptureAmount.amount"))
}

func TestWithReadLag_DelaysExpiry(t *testing.T) {
	t.Parallel()
	s := newShop(t, WithReadLag(3*time.Second), WithAuthLife(time.Hour))
	id, _ := s.authorized()
	s.sandbox.Advance(time.Hour)
	require.Equal(t, "AUTH_APPROVED", s.get("/v2/payments/"+id).text("paymentState"))
	s.sandbox.Advance(3 * time.Second)
	require.Equal(t, "VOIDED", s.get("/v2/payments/"+id).text("paymentState"))
}
