package afterpay_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

func TestAll_NeitherSkipsNorRepeatsWhileTheListShifts(t *testing.T) {
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

// listed is a page of payments with these ids.
func listed(total int, link string, ids ...string) string {
	return fmt.Sprintf(`{"totalResults":%d,"nextPageUrl":%q,"results":[%s]}`, total, link, elements(ids))
}

// disputes is a page of disputes with these ids.
func disputes(total int, ids ...string) string {
	return fmt.Sprintf(`{"data":[%s],"total":%d}`, elements(ids), total)
}

func elements(ids []string) string {
	var all []string
	for _, id := range ids {
		all = append(all, `{"id":"`+id+`"}`)
	}
	return strings.Join(all, ",")
}

// The services of these lists break them off, or would go on for ever.
func TestAll_NeverEndsShortOfTheTotalWithoutAnError(t *testing.T) {
	t.Parallel()
	const a, b = "?cursor=a", "?cursor=b"
	for name, x := range map[string]struct {
		pages []string // the last one is repeated
		ids   string
		fault string // "": none
	}{
		"nothing":                         {[]string{listed(0, "")}, "", ""},
		"no total":                        {[]string{listed(0, "", "1", "2"), listed(0, "", "3", "4"), listed(0, "")}, "1 2 3 4", ""},
		"no total, offset ignored":        {[]string{listed(0, "", "1", "2")}, "1 2", ""},
		"total that comes late":           {[]string{listed(0, "", "1", "2"), listed(3, "", "3")}, "1 2 3", ""},
		"invalid link":                    {[]string{listed(4, "://", "1", "2"), listed(4, "://", "3", "4")}, "1 2 3 4", ""},
		"link without a cursor":           {[]string{listed(4, "?includeNextLink=true", "1", "2"), listed(4, "", "3", "4")}, "1 2 3 4", ""},
		"payments added meanwhile":        {[]string{listed(4, a, "1", "2"), listed(6, "", "3", "4")}, "1 2 3 4", ""},
		"payments that left the list":     {[]string{listed(6, a, "1", "2"), listed(4, "", "3", "4")}, "1 2 3 4", ""},
		"empty second page":               {[]string{listed(40, "", "1", "2"), listed(40, "")}, "1 2", "list ended after 2 of 40"},
		"empty page without a total":      {[]string{listed(40, "", "1", "2"), listed(0, "")}, "1 2", "list ended after 2 of 40"},
		"offset ignored":                  {[]string{listed(7, "", "1", "2")}, "1 2", "list ended after 2 of 7"},
		"empty page with a link":          {[]string{listed(4, a, "1", "2"), listed(4, b)}, "1 2", "list ended after 2 of 4"},
		"empty page with a link, only":    {[]string{listed(0, b)}, "", "list ended after 0 of 0"},
		"same cursor again":               {[]string{listed(9, a, "1", "2"), listed(9, a, "3", "4")}, "1 2 3 4", "list ended after 4 of 9"},
		"links to nothing new":            {[]string{listed(9, a, "1", "2"), listed(9, b, "1", "2")}, "1 2", "list ended after 2 of 9"},
		"malformed link after a good one": {[]string{listed(9, a, "1", "2"), listed(9, "://", "3", "4")}, "1 2 3 4", "list ended after 4 of 9"},
		"links end early":                 {[]string{listed(9, a, "1", "2"), listed(9, "", "3", "4")}, "1 2 3 4", "list ended after 4 of 9"},
		"payment without an id":           {[]string{listed(2, "", "")}, "", "response has no id"},

		"no disputes":                          {[]string{`{"data":[]}`}, "", ""},
		"disputes without a total":             {[]string{disputes(0, "1", "2"), disputes(0, "3"), disputes(0)}, "1 2 3", ""},
		"disputes that are all gone":           {[]string{disputes(5, "1", "2"), disputes(0)}, "1 2", ""},
		"disputes, total too high":             {[]string{disputes(9, "1", "2"), disputes(9)}, "1 2", "list ended after 2 of 9"},
		"disputes, offset ignored":             {[]string{disputes(6, "1", "2")}, "1 2", "list ended after 2 of 6"},
		"disputes, total that swings":          {[]string{disputes(9, "1"), disputes(5, "2"), disputes(9, "1"), disputes(5, "2"), disputes(9, "1"), disputes(5)}, "1 2", "list ended after 2 of 9"},
		"disputes of which one is there twice": {[]string{disputes(4, "1", "1"), disputes(4, "1", "2")}, "1 2", "list ended after 2 of 4"},
		"dispute without an id":                {[]string{disputes(2, "1"), disputes(2, "")}, "1", "response has no id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			c := clientOf(t, func(*http.Request) (*http.Response, error) {
				n++
				require.Less(t, n, 12, "requested for ever")
				return suitetest.Respond(200, x.pages[min(n, len(x.pages))-1]), nil
			})
			var ids []string
			var failed error
			op := "payments.list"
			if strings.HasPrefix(x.pages[0], `{"data"`) {
				op = "disputes.list"
				for d, err := range c.Disputes.All(t.Context(), afterpay.DisputeQuery{}) {
					if failed = err; err == nil {
						ids = append(ids, d.ID)
					}
				}
			} else {
				ids, failed = visitUntil(c.Payments.All(t.Context(), afterpay.PaymentQuery{Limit: 2}), nil)
			}
			require.Equal(t, x.ids, strings.Join(ids, " "))
			if x.fault == "" {
				require.NoError(t, failed)
				return
			}
			require.ErrorIs(t, failed, afterpay.ErrUnavailable)
			require.EqualError(t, failed, "afterpay: "+op+": "+x.fault)
		})
	}
}

// A page is too large by its bytes, or by the memory of its elements.
func TestAll_HalvesPagesThatAreTooLarge(t *testing.T) {
	t.Parallel()
	b := &book{rows: rows(9), links: true}
	b.answer = func(_ int, req *http.Request) (*http.Response, error) {
		p := b.page(req.URL.Query())
		resp := page(p)
		resp.Body = io.NopCloser(io.MultiReader(resp.Body, strings.NewReader(strings.Repeat(" ", len(p.Rows)<<20))))
		return resp, nil
	}
	require.Equal(t, idsOf(b.rows), visit(t, b.reader(t).Payments.All(t.Context(), afterpay.PaymentQuery{Limit: 8})), "three payments fill a response")
	require.Equal(t, []string{"8", "4", "2", "2", "2", "2", "2"}, limitsOf(b))

	b = &book{rows: rows(60)}
	b.answer = func(_ int, req *http.Request) (*http.Response, error) {
		p := b.page(req.URL.Query())
		for i := range p.Rows {
			p.Rows[i]["orderDetails"] = map[string]any{"items": make([]struct{}, 500)}
		}
		return page(p), nil
	}
	require.Equal(t, idsOf(b.rows), visit(t, b.reader(t).Payments.All(t.Context(), afterpay.PaymentQuery{Limit: 60})))
	require.Equal(t, []string{"60", "30", "15", "15", "15", "15"}, limitsOf(b))

	b = &book{answer: func(int, *http.Request) (*http.Response, error) {
		return suitetest.Respond(200, strings.Repeat(" ", 5<<20)), nil
	}}
	_, err := visitUntil(b.reader(t).Payments.All(t.Context(), afterpay.PaymentQuery{Limit: 5}), nil)
	require.ErrorIs(t, err, afterpay.ErrUnavailable, "one payment alone is too large")
	require.Equal(t, []string{"5", "2", "1"}, limitsOf(b))
}

// limitsOf returns the page sizes that were requested.
func limitsOf(b *book) []string {
	var limits []string
	for _, u := range b.requests() {
		limits = append(limits, u.Query().Get("limit"))
	}
	return limits
}

var twoAPage = afterpay.PaymentQuery{Limit: 2, ToCreated: may.AddDate(0, 1, 0)}

func TestAll_FetchesOnePageAhead(t *testing.T) {
	t.Parallel()
	for name, links := range pagings {
		inBubble(t, name, func(t *testing.T) {
			b := &book{rows: rows(10), links: links}
			all := b.reader(t).Payments.All(t.Context(), twoAPage)
			synctest.Wait() // until what is being read has been read
			require.Empty(t, b.requests(), "nothing is read before the range begins")
			var worked int
			for _, err := range all {
				require.NoError(t, err)
				synctest.Wait()
				require.Len(t, b.requests(), min(2+worked/2, 5))
				worked++
			}
			require.Equal(t, 10, worked)
			require.Len(t, b.requests(), 5)
		})
	}
}

// However a loop is left, the page that is being read is given up first, and
// nothing is left behind.
func TestAll_LeavingCancelsThePageThatIsBeingRead(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(cancel func()) (stop bool){
		"break":    func(func()) bool { return true },
		"panic":    func(func()) bool { panic("of the caller") },
		"goexit":   func(func()) bool { runtime.Goexit(); return true },
		"canceled": func(cancel func()) bool { cancel(); return false },
	} {
		inBubble(t, name, func(t *testing.T) {
			came, gone := make(chan struct{}), false
			b := &book{rows: rows(6)}
			b.answer = func(n int, req *http.Request) (*http.Response, error) {
				if n != 2 {
					return nil, nil
				}
				close(came)
				<-req.Context().Done()
				gone = true
				return nil, req.Context().Err()
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			all := b.reader(t).Payments.All(ctx, twoAPage)
			done, started := make(chan any), time.Now()
			var ids []string
			var failed error
			go func() {
				defer close(done)
				defer func() { done <- recover() }()
				for p, err := range all {
					if failed = err; err != nil {
						break
					}
					ids = append(ids, p.ID)
					<-came
					if p.ID == "1002" && leave(cancel) {
						break
					}
				}
			}()
			recovered := <-done
			require.Equal(t, map[bool]any{true: "of the caller", false: nil}[name == "panic"], recovered)
			require.True(t, gone)
			require.Equal(t, []string{"1001", "1002"}, ids)
			require.Equal(t, name == "canceled", failed != nil)
			require.Equal(t, started, time.Now(), "at once")
			require.Len(t, b.requests(), 2)
		})
	}
}

func TestAll_PanicOfARoundTripperReachesTheCaller(t *testing.T) {
	t.Parallel()
	for panicking := 1; panicking <= 2; panicking++ {
		synctest.Test(t, func(t *testing.T) {
			b := &book{rows: rows(6)}
			b.answer = func(n int, _ *http.Request) (*http.Response, error) {
				if n == panicking {
					panic("of the round tripper")
				}
				return nil, nil
			}
			var ids []string
			require.PanicsWithValue(t, "of the round tripper", func() {
				for p := range b.reader(t).Payments.All(t.Context(), twoAPage) {
					ids = append(ids, p.ID)
				}
			})
			require.Len(t, ids, 2*(panicking-1))
			b.answer = func(int, *http.Request) (*http.Response, error) { runtime.Goexit(); return nil, nil }
			_, err := visitUntil(b.reader(t).Payments.All(t.Context(), twoAPage), nil)
			require.Error(t, err, "a goroutine that ends is an error")
		})
	}
}

// visitDisputes returns the ids of all disputes in order, and works on each.
func visitDisputes(t *testing.T, c *afterpay.Client, q afterpay.DisputeQuery, work func(*afterpay.Dispute)) []string {
	t.Helper()
	var ids []string
	for d, err := range c.Disputes.All(t.Context(), q) {
		require.NoError(t, err)
		ids = append(ids, d.ID)
		if work != nil {
			work(d)
		}
	}
	return ids
}

func TestDisputesAll_VisitsEachDisputeOnce(t *testing.T) {
	t.Parallel()
	client, sandbox, ids := disputed(t, 7)
	for limit := range 8 {
		require.ElementsMatch(t, ids, visitDisputes(t, client, afterpay.DisputeQuery{Limit: limit}, nil), "limit %d", limit)
	}
	require.Equal(t, []string{ids[4], ids[3], ids[2], ids[1], ids[0]}, visitDisputes(t, client, afterpay.DisputeQuery{Limit: 2, Offset: 2}, nil))
	require.Empty(t, visitDisputes(t, client, afterpay.DisputeQuery{Status: afterpay.DisputeWon}, nil))
	before := len(sandbox.Requests(afterpaytest.OpListDisputes))
	for range client.Disputes.All(t.Context(), afterpay.DisputeQuery{Limit: 2}) {
		break
	}
	require.Len(t, sandbox.Requests(afterpaytest.OpListDisputes), before+1, "nothing is read ahead: the caller may change the list")

	sandbox.Fail(afterpaytest.OpListDisputes, afterpaytest.Refuse(401, "unauthorized", "no"))
	for d, err := range client.Disputes.All(t.Context(), afterpay.DisputeQuery{}) {
		require.Nil(t, d)
		require.ErrorIs(t, err, afterpay.ErrUnauthorized)
	}
}

// Each response takes a dispute off the list, which becomes shorter under the
// iterator. It never goes back before the offset.
func TestDisputesAll_RespondingMeanwhileSkipsNone(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{1, 2, 3, 5} {
		for every := 1; every <= 3; every++ {
			for _, offset := range []int{0, 2} {
				client, sandbox, ids := disputed(t, 5)
				n := 0
				q := afterpay.DisputeQuery{Status: afterpay.DisputeNeedsResponse, Limit: limit, Offset: offset}
				got := visitDisputes(t, client, q, func(d *afterpay.Dispute) {
					if n++; n%every == 0 {
						require.NoError(t, second(client.Disputes.Respond(t.Context(), d.ID, afterpay.Evidence{UncategorizedText: "It was delivered."})))
					}
				})
				require.Subset(t, ids, got)
				require.Len(t, got, len(ids)-offset, "limit %d, response to every %d", limit, every)
				for _, r := range sandbox.Requests(afterpaytest.OpListDisputes) {
					at, _ := strconv.Atoi(r.Query.Get("offset"))
					require.GreaterOrEqual(t, at, offset)
				}
			}
		}
	}
}

func TestDisputesAll_DisputesOpenedMeanwhileRepeatNone(t *testing.T) {
	t.Parallel()
	client, sandbox, ids := disputed(t, 6)
	d, err := client.Disputes.Get(t.Context(), ids[0])
	require.NoError(t, err)
	opened := 0
	got := visitDisputes(t, client, afterpay.DisputeQuery{Limit: 2}, func(*afterpay.Dispute) {
		if opened++; opened <= 3 {
			require.NoError(t, second(sandbox.OpenDispute(d.PaymentID, "duplicate", "1.00")))
		}
	})
	require.ElementsMatch(t, ids, got, "newest first: what is opened meanwhile comes before what was read")
}
