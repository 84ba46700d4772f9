package afterpay_test

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// disputeLogged is what a logger writes of a value.
func disputeLogged(value any) string {
	var b strings.Builder
	slog.New(slog.NewJSONHandler(&b, nil)).Info("seen", "value", value)
	return b.String()
}

func visited(t *testing.T, c *afterpay.Client, q afterpay.DisputeQuery, do func(*afterpay.Dispute)) []string {
	t.Helper()
	var ids []string
	for d, err := range c.Disputes.All(t.Context(), q) {
		require.NoError(t, err)
		ids = append(ids, d.ID)
		if do != nil {
			do(d)
		}
	}
	return ids
}

func TestAllDisputesAreVisitedOnce(t *testing.T) {
	t.Parallel()
	for limit := range 8 {
		client, _, ids := disputed(t, 7)
		require.ElementsMatch(t, ids, visited(t, client, afterpay.DisputeQuery{Limit: limit}, nil), "limit %d", limit)
	}
	client, _, ids := disputed(t, 5)
	require.Equal(t, []string{ids[2], ids[1], ids[0]}, visited(t, client, afterpay.DisputeQuery{Limit: 2, Offset: 2}, nil))
	require.Empty(t, visited(t, client, afterpay.DisputeQuery{Status: afterpay.DisputeWon}, nil))
}

// TestRespondingWhileVisitingSkipsNone shortens the list under the iterator: each
// response takes a dispute off it.
func TestRespondingWhileVisitingSkipsNone(t *testing.T) {
	t.Parallel()
	for limit := 1; limit <= 6; limit++ {
		for every := 1; every <= 3; every++ {
			client, _, ids := disputed(t, 7)
			n := 0
			got := visited(t, client, afterpay.DisputeQuery{Status: afterpay.DisputeNeedsResponse, Limit: limit}, func(d *afterpay.Dispute) {
				if n++; n%every == 0 {
					_, err := client.Disputes.Respond(t.Context(), d.ID, afterpay.Evidence{UncategorizedText: "It was delivered."})
					require.NoError(t, err)
				}
			})
			require.ElementsMatch(t, ids, got, "limit %d, response to every %d", limit, every)
		}
	}
}

func TestRespondingWhileVisitingNeverGoesBackBeforeTheOffset(t *testing.T) {
	t.Parallel()
	client, sandbox, _ := disputed(t, 9)
	visited(t, client, afterpay.DisputeQuery{Status: afterpay.DisputeNeedsResponse, Limit: 3, Offset: 2}, func(d *afterpay.Dispute) {
		_, err := client.Disputes.Respond(t.Context(), d.ID, afterpay.Evidence{UncategorizedText: "It was delivered."})
		require.NoError(t, err)
	})
	for _, r := range sandbox.Requests(afterpaytest.OpListDisputes) {
		offset, err := strconv.Atoi(r.Query.Get("offset"))
		require.NoError(t, err)
		require.GreaterOrEqual(t, offset, 2)
	}
}

func TestDisputesOpenedWhileVisitingRepeatNone(t *testing.T) {
	t.Parallel()
	client, sandbox, ids := disputed(t, 6)
	d, err := client.Disputes.Get(t.Context(), ids[0])
	require.NoError(t, err)
	opened := 0
	got := visited(t, client, afterpay.DisputeQuery{Limit: 2}, func(*afterpay.Dispute) {
		if opened++; opened <= 3 {
			_, err := sandbox.OpenDispute(d.PaymentID, "duplicate", "1.00")
			require.NoError(t, err)
		}
	})
	require.Subset(t, got, ids)
	require.Len(t, got, len(ids), "newest first: what is opened meanwhile stands before what was read")
}

func TestAllDisputesStopsWhenTheCallerDoes(t *testing.T) {
	t.Parallel()
	client, sandbox, _ := disputed(t, 6)
	for range client.Disputes.All(t.Context(), afterpay.DisputeQuery{Limit: 2}) {
		break
	}
	require.Len(t, sandbox.Requests(afterpaytest.OpListDisputes), 1)
	client.Disputes.All(t.Context(), afterpay.DisputeQuery{})
	require.Len(t, sandbox.Requests(afterpaytest.OpListDisputes), 1, "nothing is read before the range begins")
}

func TestAllDisputesYieldsAnErrorOnce(t *testing.T) {
	t.Parallel()
	client, sandbox, _ := disputed(t, 4)
	sandbox.FailFunc(afterpaytest.OpListDisputes, func(r afterpaytest.Request) (afterpaytest.Fault, bool) {
		return afterpaytest.Refuse(401, "unauthorized", "no"), r.Query.Get("offset") == "2"
	})
	var seen int
	var errs []error
	for d, err := range client.Disputes.All(t.Context(), afterpay.DisputeQuery{Limit: 2}) {
		if err != nil {
			require.Nil(t, d)
			errs = append(errs, err)
			continue
		}
		seen++
	}
	require.Equal(t, 2, seen)
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], afterpay.ErrUnauthorized)
}

func TestAllDisputesCopiesItsQueryAndCanBeRangedOverAgain(t *testing.T) {
	t.Parallel()
	client, _, ids := disputed(t, 3)
	q := afterpay.DisputeQuery{Limit: 1}
	all := client.Disputes.All(t.Context(), q)
	q.Status = afterpay.DisputeWon
	for range 2 {
		var got []string
		for d, err := range all {
			require.NoError(t, err)
			got = append(got, d.ID)
		}
		require.ElementsMatch(t, ids, got)
	}
}

func TestAllDisputes_NeverEndsShortOfTheTotalWithoutAnError(t *testing.T) {
	t.Parallel()
	page := func(total int, ids ...string) string {
		var data []string
		for _, id := range ids {
			data = append(data, `{"id":"`+id+`"}`)
		}
		return fmt.Sprintf(`{"data":[%s],"total":%d}`, strings.Join(data, ","), total)
	}
	for name, tc := range map[string]struct {
		pages []string // the last one is repeated
		want  []string
		most  int    // requests
		fault string // "": none
	}{
		"no total":                 {[]string{page(0, "a", "b"), page(0, "c"), page(0)}, []string{"a", "b", "c"}, 3, ""},
		"no total, offset ignored": {[]string{page(0, "a", "b")}, []string{"a", "b"}, 2, ""},
		"empty response":           {[]string{`{"data":[]}`}, nil, 1, ""},
		"everything gone":          {[]string{page(5, "a", "b"), page(0)}, []string{"a", "b"}, 3, ""},
		"total too high":           {[]string{page(9, "a", "b"), page(9)}, []string{"a", "b"}, 2, "list ended after 2 of 9"},
		"offset ignored":           {[]string{page(6, "a", "b")}, []string{"a", "b"}, 3, "list ended after 2 of 6"},
		"total that swings":        {[]string{page(9, "a"), page(5, "b"), page(9, "a"), page(5, "b"), page(9, "a"), page(5, "b"), page(5)}, []string{"a", "b"}, 7, "list ended after 2 of 9"},
		"dispute that comes twice": {[]string{page(4, "a", "a"), page(4, "a", "b")}, []string{"a", "b"}, 2, "list ended after 2 of 4"},
		"dispute without an id":    {[]string{page(2, "a"), page(2, "")}, []string{"a"}, 2, "response has no id"},
	} {
		var pages []answer
		for _, body := range tc.pages {
			pages = append(pages, answer{Status: 200, Body: body})
		}
		srv := newRecorder(t, pages...)
		var got []string
		var failed error
		for d, err := range suitetest.NewClient(t, srv.URL).Disputes.All(t.Context(), afterpay.DisputeQuery{}) {
			if failed = err; err == nil {
				got = append(got, d.ID)
			}
			require.Less(t, len(srv.Requests()), 20, name)
		}
		require.Equal(t, tc.want, got, name)
		require.LessOrEqual(t, len(srv.Requests()), tc.most, name)
		if tc.fault == "" {
			require.NoError(t, failed, name)
			continue
		}
		require.ErrorIs(t, failed, afterpay.ErrUnavailable, name)
		require.EqualError(t, failed, "afterpay: disputes.list: "+tc.fault, name)
	}
}

func TestAllDisputesEndsWithItsContext(t *testing.T) {
	t.Parallel()
	client, _, _ := disputed(t, 4)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for _, err := range client.Disputes.All(ctx, afterpay.DisputeQuery{Limit: 1}) {
		if n++; n == 1 {
			cancel()
			continue
		}
		require.ErrorIs(t, err, context.Canceled)
	}
	require.Equal(t, 2, n)
}
