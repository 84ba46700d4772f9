package afterpay_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// pagings are the two ways in which a service lets a list be read.
var pagings = map[string]bool{"by link": true, "by offset": false}

// TestAllVisitsEachPaymentOnce reads lists of many lengths in pages of many
// sizes.
func TestAllVisitsEachPaymentOnce(t *testing.T) {
	t.Parallel()
	for name, links := range pagings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, n := range []int{0, 1, 2, 3, 7, 20, 249, 250, 251, 600} {
				for _, limit := range []int{0, 1, 2, 3, 249, 250} {
					if n > 20 && limit == 1 {
						continue
					}
					b := &book{links: links, rows: tied(n)}
					ids := visit(t, b.reader(t).Payments.All(t.Context(), afterpay.PaymentQuery{Limit: limit}))
					require.Equal(t, idsOf(b.rows), append([]string{}, ids...), "%d payments, pages of %d", n, limit)
					if limit == 0 {
						limit = 250
					}
					require.Len(t, b.requests(), max(1, (n+limit-1)/limit), "%d payments, pages of %d", n, limit)
				}
			}
		})
	}
}

// TestAllNeitherSkipsNorRepeatsWhileListsShift has payments made before every
// page, in front of what was read and in numbers from one to more than a page:
// what counts is that those which were there at the start come once each.
func TestAllNeitherSkipsNorRepeatsWhileListsShift(t *testing.T) {
	t.Parallel()
	for name, links := range pagings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, limit := range []int{1, 2, 3, 5, 8} {
				for _, shift := range []int{1, 2, 3, 7} {
					old := rows(23)
					b := &book{links: links, rows: slices.Clone(old)}
					b.meanwhile = func(n int) {
						if n == 1 || n > 12 {
							return
						}
						for i := range shift { // paid for only now, ordered before all others
							b.add(row{"9" + old[i].id + strings.Repeat("0", n), may.Add(-time.Duration(n*10+i) * time.Second)})
						}
					}
					ids := visit(t, b.reader(t).Payments.All(t.Context(), afterpay.PaymentQuery{Limit: limit}))
					slices.Sort(ids)
					require.Equal(t, slices.Compact(slices.Clone(ids)), ids, "a repetition: pages of %d, shifted by %d", limit, shift)
					require.Subset(t, ids, idsOf(old), "a skip: pages of %d, shifted by %d", limit, shift)
				}
			}
		})
	}
}

// TestAllReadsOn reads from services that answer in other ways than documented.
func TestAllReadsOn(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(p *bookPage){
		"without a total":          func(p *bookPage) { p.Total = 0 },
		"with a link that is none": func(p *bookPage) { link := "://"; p.Next = &link },
		"with a link that says nothing": func(p *bookPage) {
			link := "https://api.invalid/v2/payments?includeNextLink=true"
			p.Next = &link
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &book{rows: rows(7)}
			b.answer = func(_ int, req *http.Request) (*http.Response, error) {
				p := b.page(req.URL.Query())
				change(&p)
				return page(p), nil
			}
			ids := visit(t, b.reader(t).Payments.All(t.Context(), afterpay.PaymentQuery{Limit: 3}))
			require.Equal(t, idsOf(b.rows), ids)
		})
	}
}

// TestAllEnds reads from services that would go on for ever.
func TestAllEnds(t *testing.T) {
	t.Parallel()
	linked := func(p bookPage, cursor string) *http.Response {
		link := "https://api.invalid/v2/payments?" + url.Values{"cursor": {cursor}}.Encode()
		p.Next, p.Total = &link, 1000
		return page(p)
	}
	for name, x := range map[string]struct {
		answer   func(b *book, n int) *http.Response
		ids      []string
		requests int
	}{
		"at the same cursor again": {func(b *book, n int) *http.Response {
			return linked(b.page(url.Values{"ascending": {"true"}, "limit": {"2"}, "offset": {string(rune('0' + 2*(n-1)))}}), "same")
		}, []string{"1001", "1002", "1003", "1004"}, 2},
		"at a page without payments": {func(b *book, n int) *http.Response {
			if n == 1 {
				return linked(b.page(url.Values{"ascending": {"true"}, "limit": {"2"}}), "first")
			}
			return linked(bookPage{Rows: []map[string]any{}}, "second")
		}, []string{"1001", "1002"}, 2},
		"at links that lead nowhere new": {func(b *book, n int) *http.Response {
			return linked(b.page(url.Values{"ascending": {"true"}, "limit": {"2"}}), "cursor"+string(rune('0'+n)))
		}, []string{"1001", "1002"}, 2},
		"at a page without a link after one with": {func(b *book, n int) *http.Response {
			first := b.page(url.Values{"ascending": {"true"}, "limit": {"2"}})
			if n == 1 {
				return linked(first, "first")
			}
			return page(bookPage{Total: 1000, Rows: b.page(url.Values{"ascending": {"true"}, "limit": {"2"}, "offset": {"2"}}).Rows})
		}, []string{"1001", "1002", "1003", "1004"}, 2},
		"at the total, if offsets are ignored": {func(b *book, _ int) *http.Response {
			return page(bookPage{Total: 7, Rows: b.page(url.Values{"ascending": {"true"}, "limit": {"2"}}).Rows})
		}, []string{"1001", "1002"}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &book{rows: rows(7)}
			b.answer = func(n int, _ *http.Request) (*http.Response, error) {
				if n > 10 {
					return nil, errors.New("asked for ever")
				}
				return x.answer(b, n), nil
			}
			require.Equal(t, x.ids, visit(t, b.reader(t).Payments.All(t.Context(), afterpay.PaymentQuery{Limit: 2})))
			require.Len(t, b.requests(), x.requests)
		})
	}
}

// TestAllFollowsTheQueryOfALinkAndNotItsHost sends everything that the link
// says to the client's own host, which is the only one that gets credentials.
func TestAllFollowsTheQueryOfALinkAndNotItsHost(t *testing.T) {
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

// TestAllAsksForWhatItNeeds pins the end of the range, so that the list does not
// grow at its end, and the order.
func TestAllAsksForWhatItNeeds(t *testing.T) {
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

// TestAllKeepsItsOwnCopyOfTheQuery changes the caller's slices before and
// during the iteration, and iterates twice.
func TestAllKeepsItsOwnCopyOfTheQuery(t *testing.T) {
	t.Parallel()
	for name, links := range pagings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &book{rows: rows(6), links: links}
			q := afterpay.PaymentQuery{
				IDs: []string{"1"}, Tokens: []string{"2"}, MerchantReferences: []string{"3"},
				Statuses: []afterpay.PaymentStatus{afterpay.StatusApproved}, Limit: 2,
			}
			all := b.reader(t).Payments.All(t.Context(), q)
			spoil := func() { q.IDs[0], q.Tokens[0], q.MerchantReferences[0], q.Statuses[0] = "x", "x", "x", "x" }
			spoil()
			for range 2 {
				ids, err := visitUntil(all, func(*afterpay.Payment) bool { spoil(); return false })
				require.NoError(t, err)
				require.Equal(t, idsOf(b.rows), ids)
			}
			requests := b.requests()
			require.Len(t, requests, 6)
			for _, u := range requests {
				sent := u.Query()
				require.Equal(t, []string{"1", "2", "3", "APPROVED"}, []string{sent.Get("ids"), sent.Get("tokens"), sent.Get("merchantReferences"), sent.Get("statuses")})
			}
		})
	}
}

// TestAllRefusesQueriesThatFindAnotherWay sends nothing.
func TestAllRefusesQueriesThatFindAnotherWay(t *testing.T) {
	t.Parallel()
	for fault, q := range map[string]afterpay.PaymentQuery{
		"offset must not be set: All finds its own way":   {Offset: 3},
		"cursor must not be set: All finds its own way":   {Cursor: "c"},
		"nextLink must not be set: All finds its own way": {NextLink: true},
		"orderBy must not be set together with After":     afterpay.PaymentQuery{OrderBy: afterpay.OrderByEmail}.After(may, "1001"),
		"limit must be between 1 and 250":                 {Limit: 251},
	} {
		b := new(book)
		ids, err := visitUntil(b.reader(t).Payments.All(t.Context(), q), nil)
		require.Empty(t, ids)
		require.ErrorIs(t, err, afterpay.ErrInvalid)
		require.EqualError(t, err, "afterpay: payments.list: invalid request: "+fault)
		require.Empty(t, b.requests())
	}
}

// TestAllYieldsAnErrorOnce after every payment that came before it.
func TestAllYieldsAnErrorOnce(t *testing.T) {
	t.Parallel()
	for name, links := range pagings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for failing := 1; failing <= 3; failing++ {
				b := &book{rows: rows(6), links: links}
				b.answer = func(n int, _ *http.Request) (*http.Response, error) {
					if n != failing {
						return nil, nil
					}
					return &http.Response{StatusCode: http.StatusBadGateway, Header: http.Header{}, Body: http.NoBody}, nil
				}
				ids, err := visitUntil(b.reader(t).Payments.All(t.Context(), afterpay.PaymentQuery{Limit: 2}), nil)
				require.ErrorIs(t, err, afterpay.ErrUnavailable)
				require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
				require.Equal(t, idsOf(b.rows[:2*(failing-1)]), append([]string{}, ids...))
				require.Len(t, b.requests(), failing)
			}
		})
	}
}

// TestAllEndsWithItsContext yields the context's end as the error.
func TestAllEndsWithItsContext(t *testing.T) {
	t.Parallel()
	b := &book{rows: rows(6)}
	ctx, cancel := context.WithCancel(t.Context())
	b.answer = func(n int, req *http.Request) (*http.Response, error) {
		if n == 1 {
			return nil, nil
		}
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	ids, err := visitUntil(b.reader(t).Payments.All(ctx, afterpay.PaymentQuery{Limit: 2}), func(p *afterpay.Payment) bool {
		cancel()
		return false
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []string{"1001", "1002"}, ids)
}

// TestAllHalvesPagesThatAreTooLarge reads orders so large that 250 of them are
// more than is read of an answer.
func TestAllHalvesPagesThatAreTooLarge(t *testing.T) {
	t.Parallel()
	for name, links := range pagings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &book{rows: rows(9), links: links}
			b.answer = func(_ int, req *http.Request) (*http.Response, error) {
				p := b.page(req.URL.Query())
				resp := page(p)
				resp.Body = io.NopCloser(io.MultiReader(resp.Body, strings.NewReader(strings.Repeat(" ", len(p.Rows)<<20))))
				return resp, nil
			}
			all := b.reader(t).Payments.All(t.Context(), afterpay.PaymentQuery{Limit: 8})
			require.Equal(t, idsOf(b.rows), visit(t, all), "three payments fill an answer")
			limits := make([]string, 0, 7)
			for _, u := range b.requests() {
				limits = append(limits, u.Query().Get("limit"))
			}
			require.Equal(t, []string{"8", "4", "2", "2", "2", "2", "2"}, limits)
		})
	}
	b := &book{answer: func(int, *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(strings.Repeat(" ", 5<<20)))}, nil
	}}
	_, err := visitUntil(b.reader(t).Payments.All(t.Context(), afterpay.PaymentQuery{Limit: 5}), nil)
	require.ErrorIs(t, err, afterpay.ErrUnavailable, "one payment alone is too large")
	require.Len(t, b.requests(), 3)
}
