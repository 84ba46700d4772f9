package afterpay_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// TestAfterContinuesExactly breaks off behind every payment of lists in which
// payments share a millisecond, and goes on from there with pages of every size.
func TestAfterContinuesExactly(t *testing.T) {
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

// TestAfterContinuesWhatAnErrorBrokeOff until a service that fails every second
// request has said everything.
func TestAfterContinuesWhatAnErrorBrokeOff(t *testing.T) {
	t.Parallel()
	for name, links := range pagings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &book{rows: tied(20), links: links}
			b.answer = func(n int, _ *http.Request) (*http.Response, error) {
				if n%3 != 0 {
					return nil, nil
				}
				return &http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{}, Body: http.NoBody}, nil
			}
			client, q := b.reader(t), afterpay.PaymentQuery{Limit: 4}
			var ids []string
			for tries := 0; ; tries++ {
				require.Less(t, tries, 20)
				more, err := visitUntil(client.Payments.All(t.Context(), q), func(p *afterpay.Payment) bool {
					q = q.After(p.Created.Time, p.ID)
					return false
				})
				ids = append(ids, more...)
				if err == nil {
					break
				}
				require.ErrorIs(t, err, afterpay.ErrUnavailable)
			}
			require.Equal(t, idsOf(b.rows), ids)
		})
	}
}

// TestAfterAPaymentThatIsNotListed goes on at its millisecond: to show a payment
// again is better than to pass one over.
func TestAfterAPaymentThatIsNotListed(t *testing.T) {
	t.Parallel()
	list := tied(9)
	for _, limit := range []int{1, 2, 4, 250} {
		b := &book{rows: list}
		q := afterpay.PaymentQuery{Limit: limit}
		require.Equal(t, idsOf(list[3:]), visit(t, b.reader(t).Payments.All(t.Context(), q.After(list[3].created, "999"))), "pages of %d", limit)
		require.Equal(t, idsOf(list[6:]), visit(t, b.reader(t).Payments.All(t.Context(), q.After(list[8].created, "999"))), "pages of %d", limit)
		require.Empty(t, visit(t, b.reader(t).Payments.All(t.Context(), q.After(list[8].created.Add(time.Hour), "999"))))
	}
}

// TestAfterReadsNoMoreThanTheRest begins at the payment's own millisecond.
func TestAfterReadsNoMoreThanTheRest(t *testing.T) {
	t.Parallel()
	b := &book{rows: rows(10)}
	inParis := b.rows[7].created.In(time.FixedZone("", 2*60*60))
	q := afterpay.PaymentQuery{FromCreated: may}
	require.Equal(t, []string{"1009", "1010"}, visit(t, b.reader(t).Payments.All(t.Context(), q.After(inParis, "1008"))))
	require.Len(t, b.requests(), 1)
	require.Equal(t, "2024-05-01T02:07:00.000+02:00", b.requests()[0].Query().Get("fromCreatedDate"))
	require.Equal(t, may, q.FromCreated, "the query itself is unchanged")
}

// TestAfterWithinAMillisecondOfManyPages continues behind one of many payments
// that share a millisecond and fill several pages.
func TestAfterWithinAMillisecondOfManyPages(t *testing.T) {
	t.Parallel()
	list := rows(700)
	for i := range list {
		list[i].created = may
	}
	b := &book{rows: list, links: true}
	for _, last := range []int{0, 249, 250, 698, 699} {
		ids := visit(t, b.reader(t).Payments.All(t.Context(), afterpay.PaymentQuery{}.After(may, strconv.Itoa(1001+last))))
		require.Equal(t, idsOf(list[last+1:]), append([]string{}, ids...))
	}
}
