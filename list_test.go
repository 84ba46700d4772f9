package afterpay_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// TestListSendsDatesWithTheirZone wants a plus escaped: the service answers 500
// to one that is not.
func TestListSendsDatesWithTheirZone(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		at   time.Time
		want string // as it stands in the URL
	}{
		"utc":                          {may, "2024-05-01T00%3A00%3A00.000Z"},
		"east":                         {may.In(time.FixedZone("", 10*60*60)), "2024-05-01T10%3A00%3A00.000%2B10%3A00"},
		"west":                         {may.In(time.FixedZone("", -90*60)), "2024-04-30T22%3A30%3A00.000-01%3A30"},
		"milliseconds, cut short":      {may.Add(1999 * time.Microsecond), "2024-05-01T00%3A00%3A00.001Z"},
		"an offset with seconds":       {may.In(time.FixedZone("", 17*60+30)), "2024-05-01T00%3A00%3A00.000Z"},
		"an offset of more than a day": {may.In(time.FixedZone("", 25*60*60)), "2024-05-01T00%3A00%3A00.000Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := new(book)
			_, err := b.reader(t).Payments.List(t.Context(), afterpay.PaymentQuery{FromCreated: x.at, ToCreated: x.at})
			require.NoError(t, err)
			require.Equal(t, "fromCreatedDate="+x.want+"&toCreatedDate="+x.want, b.requests()[0].RawQuery)
		})
	}
}

func TestListRefusesDatesThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	b := new(book)
	never := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	_, err := b.reader(t).Payments.List(t.Context(), afterpay.PaymentQuery{FromCreated: never, ToCreated: never})
	require.ErrorIs(t, err, afterpay.ErrInvalid)
	require.ErrorContains(t, err, "fromCreatedDate must lie in the years 0 to 9999; toCreatedDate must lie in")
	require.Empty(t, b.requests())
}

// TestListRepeatsTheNamesOfLists sends one parameter a value.
func TestListRepeatsTheNamesOfLists(t *testing.T) {
	t.Parallel()
	b := new(book)
	_, err := b.reader(t).Payments.List(t.Context(), afterpay.PaymentQuery{
		IDs: []string{"1", "2"}, Tokens: []string{"002.a"}, MerchantReferences: []string{"A 1", "B+1"},
		Statuses: []afterpay.PaymentStatus{afterpay.StatusApproved, afterpay.StatusDeclined},
		OrderBy:  afterpay.OrderByTotalAmount, Ascending: true, Limit: 7, Offset: 14,
	})
	require.NoError(t, err)
	require.Equal(t, "ascending=true&ids=1&ids=2&limit=7&merchantReferences=A+1&merchantReferences=B%2B1&offset=14"+
		"&orderBy=totalAmount&statuses=APPROVED&statuses=DECLINED&tokens=002.a", b.requests()[0].RawQuery)
}

// TestAllSendsEachFilterOnce goes through a list whose links repeat the query
// they are from.
func TestAllSendsEachFilterOnce(t *testing.T) {
	t.Parallel()
	b := &book{links: true, rows: rows(12)}
	q := afterpay.PaymentQuery{
		IDs: idsOf(rows(12)), Tokens: []string{"002.a", "002.b"}, MerchantReferences: []string{"A-1"},
		Statuses: []afterpay.PaymentStatus{afterpay.StatusApproved}, OrderBy: afterpay.OrderByCreated, FromCreated: may, Limit: 3,
	}
	require.Len(t, visit(t, b.reader(t).Payments.All(t.Context(), q)), 12)
	requests := b.requests()
	require.Len(t, requests, 4)
	for _, u := range requests {
		sent := u.Query()
		delete(sent, "cursor")
		require.Equal(t, requests[0].Query(), sent)
	}
}

func TestPageCursorIsTakenFromItsLink(t *testing.T) {
	t.Parallel()
	for link, want := range map[string]string{
		"": "", "https://api.invalid/v2/payments?cursor=a%2Bb&includeNextLink=true": "a+b", "?cursor=c": "c",
		"https://api.invalid/v2/payments?includeNextLink=true": "", "http://[::1": "", "://": "",
	} {
		p := afterpay.PaymentPage{NextPageURL: link}
		require.Equal(t, want, p.Cursor(), link)
	}
}

// TestListFollowsACursorByHand needs nothing but the page.
func TestListFollowsACursorByHand(t *testing.T) {
	t.Parallel()
	b := &book{links: true, rows: rows(5)}
	client := b.reader(t)
	q := afterpay.PaymentQuery{Limit: 2, NextLink: true, Ascending: true}
	var ids []string
	for {
		p, err := client.Payments.List(t.Context(), q)
		require.NoError(t, err)
		require.Equal(t, 5, p.TotalResults)
		for _, payment := range p.Payments {
			ids = append(ids, payment.ID)
		}
		if q.Cursor = p.Cursor(); q.Cursor == "" {
			break
		}
	}
	require.Equal(t, idsOf(rows(5)), ids)
}

func TestListRefusesWhatTheServiceWouldRefuse(t *testing.T) {
	t.Parallel()
	for fault, q := range map[string]afterpay.PaymentQuery{
		"limit must be between 1 and 250":             {Limit: 251},
		"limit must be between 1 and 250 ":            {Limit: -1},
		"offset must not be negative":                 {Offset: -1},
		"offset does not go together with a cursor":   {Offset: 1, Cursor: "c"},
		"offset does not go together with a cursor  ": {Offset: 1, NextLink: true},
	} {
		b := new(book)
		_, err := b.reader(t).Payments.List(context.Background(), q)
		require.ErrorIs(t, err, afterpay.ErrInvalid)
		require.ErrorContains(t, err, strings.TrimSpace(fault))
		require.Empty(t, b.requests())
	}
}
