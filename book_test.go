package afterpay_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// may is the month in which the payments of a book are made.
var may = time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)

// row is a payment of a book. Rows that were made in the same millisecond stand
// in the order of their ids.
type row struct {
	id      string
	created time.Time
}

// rows are n payments with ids from 1001 on, a minute apart.
func rows(n int) []row {
	all := make([]row, n)
	for i := range all {
		all[i] = row{strconv.Itoa(1001 + i), may.Add(time.Duration(i) * time.Minute)}
	}
	return all
}

// tied are n payments of which each three were made in the same millisecond.
func tied(n int) []row {
	all := rows(n)
	for i := range all {
		all[i].created = all[i-i%3].created
	}
	return all
}

func idsOf(all []row) []string {
	ids := make([]string, len(all))
	for i, r := range all {
		ids[i] = r.id
	}
	return ids
}

// pagings are the two ways in which a service lets a list be read.
var pagings = map[string]bool{"by link": true, "by offset": false}

// book is a list of payments, paged as the service does it, behind an
// http.RoundTripper. It keeps what it was asked.
type book struct {
	links bool // whether it offers a nextPageUrl to those who ask for one

	// meanwhile is what happens before the nth request is answered, n from 1.
	meanwhile func(n int)
	// answer says something else than the book to the nth request; nil: it does not.
	answer func(n int, req *http.Request) (*http.Response, error)

	mu    sync.Mutex
	rows  []row
	asked []*url.URL
}

func (b *book) add(more ...row) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rows = append(b.rows, more...)
}

// requests returns the URLs that were called so far.
func (b *book) requests() []*url.URL {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.asked)
}

func (b *book) RoundTrip(req *http.Request) (*http.Response, error) {
	b.mu.Lock()
	b.asked = append(b.asked, req.URL)
	n := len(b.asked)
	b.mu.Unlock()
	if b.meanwhile != nil {
		b.meanwhile(n)
	}
	if b.answer != nil {
		if resp, err := b.answer(n, req); resp != nil || err != nil {
			return resp, err
		}
	}
	return page(b.page(req.URL.Query())), nil
}

// bookPage is a page on the wire.
type bookPage struct {
	Total int              `json:"totalResults"`
	Next  *string          `json:"nextPageUrl,omitempty"`
	Rows  []map[string]any `json:"results"`
}

func page(p bookPage) *http.Response {
	body, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	return &http.Response{
		StatusCode: http.StatusOK,
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(strings.NewReader(string(body))),
	}
}

// page answers a query of a list.
func (b *book) page(q url.Values) bookPage {
	found := b.matching(q)
	limit, start := 20, 0
	if q.Has("limit") {
		limit, _ = strconv.Atoi(q.Get("limit"))
	}
	if q.Has("offset") {
		start, _ = strconv.Atoi(q.Get("offset"))
	}
	if after, ok := strings.CutPrefix(q.Get("cursor"), "after "); ok && b.links {
		start = 1 + slices.IndexFunc(found, func(r row) bool { return r.id == after })
	}
	shown := found[min(start, len(found)):min(start+limit, len(found))]
	p := bookPage{Total: len(found), Rows: make([]map[string]any, len(shown))}
	for i, r := range shown {
		p.Rows[i] = r.wire()
	}
	if b.links && q.Get("includeNextLink") == "true" {
		next := ""
		if len(shown) > 0 && start+len(shown) < len(found) {
			again := url.Values{"cursor": {"after " + shown[len(shown)-1].id}}
			for name, values := range q {
				if name != "cursor" {
					again[name] = values
				}
			}
			next = "http://elsewhere.invalid:8080/inner?" + again.Encode()
		}
		p.Next = &next
	}
	return p
}

func (b *book) matching(q url.Values) []row {
	b.mu.Lock()
	defer b.mu.Unlock()
	from, _ := time.Parse(time.RFC3339Nano, q.Get("fromCreatedDate"))
	to, errTo := time.Parse(time.RFC3339Nano, q.Get("toCreatedDate"))
	var found []row
	for _, r := range b.rows {
		if !r.created.Before(from) && (errTo != nil || !r.created.After(to)) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(x, y row) int {
		order := cmp.Or(x.created.Compare(y.created), strings.Compare(x.id, y.id))
		if q.Get("ascending") != "true" {
			return -order
		}
		return order
	})
	return found
}

func (r row) wire() map[string]any {
	ten := map[string]any{"amount": "10.00", "currency": "USD"}
	return map[string]any{
		"id": r.id, "token": "002." + r.id, "status": "APPROVED", "paymentState": "CAPTURED",
		"created": r.created.UTC().Format("2006-01-02T15:04:05.000Z"), "originalAmount": ten,
	}
}

// reader returns a client that reads the book and attempts each call once.
func (b *book) reader(t testing.TB, opts ...afterpay.Option) *afterpay.Client {
	t.Helper()
	c, err := afterpay.New("32", "sk-book", append([]afterpay.Option{
		afterpay.WithSandbox(), afterpay.WithHTTPClient(&http.Client{Transport: b}), afterpay.WithRetry(afterpay.RetryPolicy{}),
	}, opts...)...)
	require.NoError(t, err)
	return c
}

// visit goes through all payments and returns their ids in the order they came.
func visit(t testing.TB, all iter.Seq2[*afterpay.Payment, error]) []string {
	t.Helper()
	ids, err := visitUntil(all, nil)
	require.NoError(t, err)
	return ids
}

// visitUntil goes through payments until stop says so, or there is an error,
// after which nothing more may come.
func visitUntil(all iter.Seq2[*afterpay.Payment, error], stop func(*afterpay.Payment) bool) (ids []string, failed error) {
	for p, err := range all {
		switch {
		case failed != nil:
			return ids, fmt.Errorf("%w; then came %v", failed, p)
		case err != nil:
			failed = err
			continue
		}
		ids = append(ids, p.ID)
		if stop != nil && stop(p) {
			return ids, nil
		}
	}
	return ids, failed
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
