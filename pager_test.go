package afterpay_test

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

func TestAll_VisitsEachPaymentOnce(t *testing.T) {
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

func TestAll_ReadsByOffsetWithoutATotalOrAUsableLink(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(p *bookPage){
		"without a total":      func(p *bookPage) { p.Total = 0 },
		"with an invalid link": func(p *bookPage) { link := "://"; p.Next = &link },
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

// Services that break a list off, or would go on for ever.
func TestAll_NeverEndsShortOfTheTotalWithoutAnError(t *testing.T) {
	t.Parallel()
	const two, more = `{"id":"1"},{"id":"2"}`, `{"id":"3"},{"id":"4"}`
	for name, x := range map[string]struct {
		pages []string // the last one is repeated
		ids   []string
		fault string // "": none
	}{
		"empty second page":               {[]string{`{"totalResults":40,"results":[` + two + `]}`, `{"totalResults":40,"results":[]}`}, []string{"1", "2"}, "list ended after 2 of 40"},
		"empty page without a total":      {[]string{`{"totalResults":40,"results":[` + two + `]}`, `{"results":[]}`}, []string{"1", "2"}, "list ended after 2 of 40"},
		"offsets ignored":                 {[]string{`{"totalResults":7,"results":[` + two + `]}`}, []string{"1", "2"}, "list ended after 2 of 7"},
		"empty page with a link":          {[]string{`{"totalResults":4,"nextPageUrl":"?cursor=a","results":[` + two + `]}`, `{"totalResults":4,"nextPageUrl":"?cursor=b","results":[]}`}, []string{"1", "2"}, "list ended after 2 of 4"},
		"empty page with a link, only":    {[]string{`{"nextPageUrl":"?cursor=b","results":[]}`}, nil, "list ended after 0 of 0"},
		"same cursor again":               {[]string{`{"totalResults":9,"nextPageUrl":"?cursor=a","results":[` + two + `]}`, `{"totalResults":9,"nextPageUrl":"?cursor=a","results":[` + more + `]}`}, []string{"1", "2", "3", "4"}, "list ended after 4 of 9"},
		"links to nothing new":            {[]string{`{"totalResults":9,"nextPageUrl":"?cursor=a","results":[` + two + `]}`, `{"totalResults":9,"nextPageUrl":"?cursor=b","results":[` + two + `]}`}, []string{"1", "2"}, "list ended after 2 of 9"},
		"malformed link after a good one": {[]string{`{"totalResults":9,"nextPageUrl":"?cursor=a","results":[` + two + `]}`, `{"totalResults":9,"nextPageUrl":"://","results":[` + more + `]}`}, []string{"1", "2", "3", "4"}, "list ended after 4 of 9"},
		"links end early":                 {[]string{`{"totalResults":9,"nextPageUrl":"?cursor=a","results":[` + two + `]}`, `{"totalResults":9,"results":[` + more + `]}`}, []string{"1", "2", "3", "4"}, "list ended after 4 of 9"},
		"payments without ids":            {[]string{`{"totalResults":2,"results":[{"token":"002.a"},{"token":"002.b"}]}`}, nil, "response has no id"},
		"payments added meanwhile":        {[]string{`{"totalResults":4,"nextPageUrl":"?cursor=a","results":[` + two + `]}`, `{"totalResults":6,"results":[` + more + `]}`}, []string{"1", "2", "3", "4"}, ""},
		"payments that left the list":     {[]string{`{"totalResults":6,"nextPageUrl":"?cursor=a","results":[` + two + `]}`, `{"totalResults":4,"results":[` + more + `]}`}, []string{"1", "2", "3", "4"}, ""},
		"no total, offset ignored":        {[]string{`{"results":[` + two + `]}`}, []string{"1", "2"}, ""},
		"nothing":                         {[]string{`{"totalResults":0,"results":[]}`}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := new(book)
			b.answer = func(n int, _ *http.Request) (*http.Response, error) {
				require.Less(t, n, 12, "asked for ever")
				return suitetest.Respond(200, x.pages[min(n, len(x.pages))-1]), nil
			}
			ids, err := visitUntil(b.reader(t).Payments.All(t.Context(), afterpay.PaymentQuery{Limit: 2}), nil)
			require.Equal(t, x.ids, ids)
			if x.fault == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, afterpay.ErrUnavailable)
			require.EqualError(t, err, "afterpay: payments.list: "+x.fault)
		})
	}
}

func TestAll_YieldsAnErrorOnce(t *testing.T) {
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

func TestAll_EndsWithItsContext(t *testing.T) {
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

func TestAll_HalvesPagesThatAreTooLarge(t *testing.T) {
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
	many := &book{rows: rows(60)} // small bytes, large memory
	many.answer = func(_ int, req *http.Request) (*http.Response, error) {
		p := many.page(req.URL.Query())
		for i := range p.Rows {
			p.Rows[i]["orderDetails"] = map[string]any{"items": make([]struct{}, 500)}
		}
		return page(p), nil
	}
	require.Equal(t, idsOf(many.rows), visit(t, many.reader(t).Payments.All(t.Context(), afterpay.PaymentQuery{Limit: 60})))
	require.Equal(t, "60", many.requests()[0].Query().Get("limit"))
	require.Equal(t, "15", many.requests()[len(many.requests())-1].Query().Get("limit"))
	b := &book{answer: func(int, *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(strings.Repeat(" ", 5<<20)))}, nil
	}}
	_, err := visitUntil(b.reader(t).Payments.All(t.Context(), afterpay.PaymentQuery{Limit: 5}), nil)
	require.ErrorIs(t, err, afterpay.ErrUnavailable, "one payment alone is too large")
	require.Len(t, b.requests(), 3)
}

func TestAll_FetchesOnePageAhead(t *testing.T) {
	t.Parallel()
	for name, links := range pagings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := &book{rows: rows(10), links: links}
				var worked int
				q := afterpay.PaymentQuery{Limit: 2, ToCreated: may.AddDate(0, 1, 0)}
				for _, err := range b.reader(t).Payments.All(t.Context(), q) {
					require.NoError(t, err)
					synctest.Wait() // whatever is under way has been answered
					require.Len(t, b.requests(), min(2+worked/2, 5))
					worked++
				}
				require.Equal(t, 10, worked)
				require.Len(t, b.requests(), 5)
			})
		})
	}
}

func TestAll_FetchesNothingBeforeTheRangeBegins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &book{rows: rows(10)}
		_ = b.reader(t).Payments.All(t.Context(), afterpay.PaymentQuery{})
		synctest.Wait()
		require.Empty(t, b.requests())
	})
}

// hanging is a book that never answers the second request, and tells when that
// came and when it was given up.
func hanging() (b *book, came, gone chan struct{}) {
	came, gone = make(chan struct{}), make(chan struct{})
	b = &book{rows: rows(6)}
	b.answer = func(n int, req *http.Request) (*http.Response, error) {
		if n != 2 {
			return nil, nil
		}
		close(came)
		<-req.Context().Done()
		close(gone)
		return nil, req.Context().Err()
	}
	return b, came, gone
}

// ended reports whether a channel is closed, without waiting.
func ended(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

var twoAPage = afterpay.PaymentQuery{Limit: 2, ToCreated: may.AddDate(0, 1, 0)}

func TestAll_LeavingCancelsThePageThatIsBeingRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, came, gone := hanging()
		started := time.Now()
		for p, err := range b.reader(t).Payments.All(t.Context(), twoAPage) {
			require.NoError(t, err)
			<-came
			require.False(t, ended(gone))
			if p.ID == "1002" {
				break
			}
		}
		require.True(t, ended(gone), "the page was given up before the loop was left")
		require.Equal(t, started, time.Now(), "and not because its time was up")
		require.NoError(t, t.Context().Err())
		require.Len(t, b.requests(), 2)
	})
}

func TestAll_APanickingCallerLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(){
		"panic":  func() { panic("of the caller") },
		"goexit": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b, came, gone := hanging()
				all := b.reader(t).Payments.All(t.Context(), twoAPage)
				started := time.Now()
				var recovered any
				done := make(chan struct{})
				go func() {
					defer close(done)
					defer func() { recovered = recover() }()
					for range all {
						<-came
						leave()
					}
				}()
				<-done
				require.True(t, ended(gone))
				require.Equal(t, started, time.Now(), "at once")
				if name == "panic" {
					require.Equal(t, "of the caller", recovered)
				}
			})
		})
	}
}

func TestAll_APanicOfARoundTripperReachesTheCaller(t *testing.T) {
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
				for p, err := range b.reader(t).Payments.All(t.Context(), twoAPage) {
					require.NoError(t, err)
					ids = append(ids, p.ID)
				}
			})
			require.Len(t, ids, 2*(panicking-1))
			synctest.Wait()
		})
	}
}

func TestAll_AGoroutineThatEndsInARoundTripperIsAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &book{rows: rows(6), answer: func(int, *http.Request) (*http.Response, error) {
			runtime.Goexit()
			return nil, nil
		}}
		ids, err := visitUntil(b.reader(t).Payments.All(t.Context(), twoAPage), nil)
		require.Empty(t, ids)
		require.Error(t, err)
	})
}

func TestAll_ManyIterationsShareAClient(t *testing.T) {
	t.Parallel()
	b := &book{rows: tied(40), links: true}
	all := b.reader(t).Payments.All(context.Background(), afterpay.PaymentQuery{Limit: 7, Statuses: []afterpay.PaymentStatus{afterpay.StatusApproved}})
	results := make(chan []string)
	for range 8 {
		go func() {
			ids, _ := visitUntil(all, nil)
			results <- ids
		}()
	}
	for range 8 {
		require.Equal(t, idsOf(b.rows), <-results)
	}
}
