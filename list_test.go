package afterpay_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

func TestCursor_IsTakenFromTheLink(t *testing.T) {
	t.Parallel()
	for link, want := range map[string]string{
		"": "", "https://api.invalid/v2/payments?cursor=a%2Bb&includeNextLink=true": "a+b", "?cursor=c": "c",
		"https://api.invalid/v2/payments?includeNextLink=true": "", "http://[::1": "", "://": "",
	} {
		p := afterpay.PaymentPage{NextPageURL: link}
		require.Equal(t, want, p.Cursor(), link)
	}
}

func TestAll_FollowsTheQueryOfALinkAndNotItsHost(t *testing.T) {
	t.Parallel()
	b := &book{rows: rows(4), links: true}
	b.answer = func(n int, req *http.Request) (*http.Response, error) {
		p := b.page(req.URL.Query())
		if n == 1 {
			*p.Next = strings.Replace(*p.Next, "inner?", "inner?shard=7&", 1)
		}
		return page(p), nil
	}
	require.Len(t, visit(t, b.reader(t).Payments.All(t.Context(), afterpay.PaymentQuery{Limit: 2})), 4)
	requests := b.requests()
	require.Len(t, requests, 2)
	for _, u := range requests {
		require.Equal(t, "https", u.Scheme)
		require.Equal(t, "global-api-sandbox.afterpay.com", u.Host)
		require.Equal(t, "/v2/payments", u.Path)
	}
	require.Equal(t, "7", requests[1].Query().Get("shard"))
	require.Equal(t, "after 1002", requests[1].Query().Get("cursor"))
	require.NotContains(t, requests[0].RawQuery, "offset")
	require.NotContains(t, requests[1].RawQuery, "offset")
}

func TestAll_PinsTheEndOfTheRangeAndTheOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &book{rows: rows(3)}
		<-time.After(time.Hour)
		started := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
		ids := visit(t, b.reader(t).Payments.All(t.Context(), afterpay.PaymentQuery{Limit: 2, FromCreated: may}))
		require.Empty(t, ids, "a bubble begins in the year 2000")
		sent := b.requests()[0].Query()
		to, err := time.Parse(time.RFC3339, sent.Get("toCreatedDate"))
		require.NoError(t, err)
		require.Equal(t, started, to.UTC().Format("2006-01-02T15:04:05.000Z"))
		sent.Del("toCreatedDate")
		require.Equal(t, url.Values{
			"ascending": {"true"}, "limit": {"2"}, "includeNextLink": {"true"}, "fromCreatedDate": {"2024-05-01T00:00:00.000Z"},
		}, sent)
	})
	b := &book{rows: rows(3)}
	until := may.Add(time.Minute)
	require.Equal(t, []string{"1001", "1002"}, visit(t, b.reader(t).Payments.All(t.Context(), afterpay.PaymentQuery{ToCreated: until})))
	require.Equal(t, "2024-05-01T00:01:00.000Z", b.requests()[0].Query().Get("toCreatedDate"))
	require.Equal(t, "250", b.requests()[0].Query().Get("limit"))

	b = &book{rows: rows(3)}
	visit(t, b.reader(t).Payments.All(t.Context(), afterpay.PaymentQuery{OrderBy: afterpay.OrderByTotalAmount}))
	require.NotContains(t, b.requests()[0].Query(), "ascending", "another order is the caller's own")
}

func TestPaymentQuery_IsRefusedBeforeSending(t *testing.T) {
	t.Parallel()
	tooLate := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		query     afterpay.PaymentQuery
		list, all string // the faults; "" if the query is not tried
	}{
		{afterpay.PaymentQuery{FromCreated: tooLate, ToCreated: tooLate}, "fromCreatedDate must be within the years 0 to 9999; toCreatedDate must be within the years 0 to 9999", ""},
		{afterpay.PaymentQuery{Limit: 251}, "limit must be between 1 and 250", "limit must be between 1 and 250"},
		{afterpay.PaymentQuery{Limit: -1}, "limit must be between 1 and 250", ""},
		{afterpay.PaymentQuery{Offset: -1}, "offset must not be negative", ""},
		{afterpay.PaymentQuery{Offset: 1, Cursor: "c"}, "offset must not be set together with a cursor", ""},
		{afterpay.PaymentQuery{Offset: 1, NextLink: true}, "offset must not be set together with a cursor", ""},
		{afterpay.PaymentQuery{Offset: 3}, "", "offset must not be set: All sets it"},
		{afterpay.PaymentQuery{Cursor: "c"}, "", "cursor must not be set: All sets it"},
		{afterpay.PaymentQuery{NextLink: true}, "", "nextLink must not be set: All sets it"},
		{afterpay.PaymentQuery{OrderBy: afterpay.OrderByEmail}.After(may, "1001"), "", "orderBy must not be set together with After"},
	} {
		c := refusingClient(t)
		if x.list != "" {
			require.EqualError(t, second(c.Payments.List(t.Context(), x.query)), "afterpay: payments.list: invalid request: "+x.list)
		}
		if x.all != "" {
			ids, err := visitUntil(c.Payments.All(t.Context(), x.query), nil)
			require.Empty(t, ids)
			require.EqualError(t, err, "afterpay: payments.list: invalid request: "+x.all)
		}
	}
}

func TestAfter_ContinuesBehindEveryPayment(t *testing.T) {
	t.Parallel()
	lists := map[string][]row{"a minute apart": rows(10), "three a millisecond": tied(10), "all in one millisecond": rows(10)}
	for i := range lists["all in one millisecond"] {
		lists["all in one millisecond"][i].created = may
	}
	for name, list := range lists {
		for paging, links := range pagings {
			t.Run(name+", "+paging, func(t *testing.T) {
				t.Parallel()
				b := &book{rows: list, links: links}
				all := idsOf(list)
				for stop := range list {
					for limit := 1; limit <= 11; limit++ {
						q := afterpay.PaymentQuery{Limit: limit, FromCreated: may}
						var last *afterpay.Payment
						ids, err := visitUntil(b.reader(t).Payments.All(t.Context(), q), func(p *afterpay.Payment) bool {
							last = p
							return p.ID == all[stop]
						})
						require.NoError(t, err)
						require.Equal(t, all[:stop+1], ids)
						rest := visit(t, b.reader(t).Payments.All(t.Context(), q.After(last.Created.Time, last.ID)))
						require.Equal(t, all[stop+1:], append([]string{}, rest...), "behind %s, pages of %d", last.ID, limit)
					}
				}
			})
		}
	}
}

func TestAfter_APaymentThatIsNotListedContinuesAtItsMillisecond(t *testing.T) {
	t.Parallel()
	list := tied(9)
	for _, limit := range []int{1, 2, 4, 250} {
		b := &book{rows: list}
		q := afterpay.PaymentQuery{Limit: limit}
		require.Equal(t, idsOf(list[3:]), visit(t, b.reader(t).Payments.All(t.Context(), q.After(list[3].created, "999"))), "pages of %d", limit)
		require.Equal(t, idsOf(list[6:]), visit(t, b.reader(t).Payments.All(t.Context(), q.After(list[8].created, "999"))), "pages of %d", limit)
		require.Empty(t, visit(t, b.reader(t).Payments.All(t.Context(), q.After(list[8].created.Add(time.Hour), "999"))))
	}
	b := &book{rows: rows(10)}
	inParis := b.rows[7].created.In(time.FixedZone("", 2*60*60))
	require.Equal(t, []string{"1009", "1010"}, visit(t, b.reader(t).Payments.All(t.Context(), afterpay.PaymentQuery{}.After(inParis, "1008"))))
	require.Len(t, b.requests(), 1, "no more is read than the rest")
	require.Equal(t, "2024-05-01T02:07:00.000+02:00", b.requests()[0].Query().Get("fromCreatedDate"))
}

// An iterator can be ranged over any number of times, by many goroutines.
func TestAll_SendsItsOwnCopyOfTheQueryWithEachPage(t *testing.T) {
	t.Parallel()
	for name, links := range pagings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &book{rows: rows(6), links: links}
			q := afterpay.PaymentQuery{
				IDs: idsOf(b.rows), Tokens: []string{"002.a", "002.b"}, MerchantReferences: []string{"A-1"},
				Statuses: []afterpay.PaymentStatus{afterpay.StatusApproved}, OrderBy: afterpay.OrderByCreated, FromCreated: may, Limit: 2,
			}
			all := b.reader(t).Payments.All(t.Context(), q)
			q.IDs[0], q.Tokens[0], q.MerchantReferences[0], q.Statuses[0] = "x", "x", "x", "x"
			var iterations sync.WaitGroup
			for range 8 {
				iterations.Go(func() {
					ids, _ := visitUntil(all, nil)
					assert.Equal(t, idsOf(b.rows), ids)
				})
			}
			iterations.Wait()
			requests := b.requests()
			require.Len(t, requests, 8*3)
			for _, u := range requests {
				sent := u.Query()
				require.Equal(t, idsOf(b.rows), sent["ids"])
				require.Equal(t, []string{"002.a", "002.b"}, sent["tokens"])
				require.Equal(t, []string{"A-1"}, sent["merchantReferences"])
				require.Equal(t, []string{"APPROVED"}, sent["statuses"])
				require.Equal(t, []string{"createdAt"}, sent["orderBy"])
			}
		})
	}
}
