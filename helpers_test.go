package afterpay_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// clientOf returns a client of a service. It does not retry.
func clientOf(t *testing.T, service suitetest.Tripper, opts ...afterpay.Option) *afterpay.Client {
	t.Helper()
	return suitetest.NewClient(t, "https://service.example", append([]afterpay.Option{suitetest.Through(service)}, opts...)...)
}

// answeringClient returns a client whose service gives one response to every
// request.
func answeringClient(t *testing.T, status int, body string, opts ...afterpay.Option) *afterpay.Client {
	t.Helper()
	return clientOf(t, suitetest.Always(status, body), opts...)
}

// refusingClient returns a client that fails the test if it sends anything.
func refusingClient(t *testing.T, opts ...afterpay.Option) *afterpay.Client {
	t.Helper()
	return suitetest.NewClient(t, "https://service.example", append([]afterpay.Option{suitetest.Refusing(t)}, opts...)...)
}

// inBubble runs a subtest in a bubble, where time costs nothing.
func inBubble(t *testing.T, name string, test func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, test)
	})
}

// skipUnderRace skips a test that counts allocations: the race detector empties
// pools.
func skipUnderRace(t *testing.T) {
	t.Helper()
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		t.Skip("the race detector empties pools")
	}
}

// fieldsOf returns the names of the fields that err is about. Its text shows them
// and what is wrong with each.
func fieldsOf(t *testing.T, err error) []string {
	t.Helper()
	var names []string
	for _, f := range suitetest.AsError(t, err).Fields {
		require.ErrorContains(t, err, f.Field+" "+f.Message)
		names = append(names, f.Field)
	}
	return names
}

var sydney = time.FixedZone("", 10*60*60)

var errShopClosed = errors.New("shop closed")

// hang responds when the context ends.
func hang(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

// received is a request that a recorder received.
type received struct {
	Method string
	Path   string // as sent, still escaped
	Query  string
	Header http.Header
	Body   string
}

// answer is a response of a recorder.
type answer struct {
	Status int
	Body   string
	Header map[string]string // sent under exactly these names
}

// recorder is a service over real HTTP that keeps every request. It responds with
// its answers in order and repeats the last one.
type recorder struct {
	URL string

	mu       sync.Mutex
	requests []received
	answers  []answer
}

func newRecorder(t *testing.T, answers ...answer) *recorder {
	t.Helper()
	r := &recorder{answers: answers}
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	r.URL = srv.URL
	return r
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	r.requests = append(r.requests, received{req.Method, req.URL.EscapedPath(), req.URL.RawQuery, req.Header, string(body)})
	a := r.answers[0]
	if len(r.answers) > 1 {
		r.answers = r.answers[1:]
	}
	r.mu.Unlock()
	if a.Status != http.StatusNoContent && a.Body != "" {
		w.Header().Set("Content-Type", suitetest.ContentType(a.Body))
	}
	for name, value := range a.Header {
		w.Header()[name] = []string{value}
	}
	w.WriteHeader(a.Status)
	_, _ = io.WriteString(w, a.Body)
}

// Requests returns the requests received so far.
func (r *recorder) Requests() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received(nil), r.requests...)
}

// Only returns the only request received.
func (r *recorder) Only(t *testing.T) received {
	t.Helper()
	all := r.Requests()
	require.Len(t, all, 1)
	return all[0]
}

// recorded returns a body of testdata, as suitetest.Recorded does.
func recorded(t testing.TB, name string) string {
	t.Helper()
	return suitetest.Recorded(t, filepath.Join("testdata", name+".json"))
}

// may is the month in which the payments of a book are created.
var may = time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)

// row is a payment of a book. Payments created in the same millisecond are ordered
// by id.
type row struct {
	id      string
	created time.Time
}

// rows returns n payments, created a minute apart, with ids from 1001 on.
func rows(n int) []row {
	all := make([]row, n)
	for i := range all {
		all[i] = row{strconv.Itoa(1001 + i), may.Add(time.Duration(i) * time.Minute)}
	}
	return all
}

// tied returns n payments; each three of them were created in the same millisecond.
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

// pagings are the two ways to read a list.
var pagings = map[string]bool{"by link": true, "by offset": false}

// book is a list of payments behind an http.RoundTripper, paged as the service
// pages it. It records the URLs requested.
type book struct {
	links bool // whether it sends a nextPageUrl when asked for one

	// meanwhile is called before the nth response, n from 1.
	meanwhile func(n int)
	// answer may replace the nth response.
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

// requests returns the URLs requested so far.
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

// page returns the page that a query selects.
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

// reader returns a client that reads the book and does not retry.
func (b *book) reader(t testing.TB, opts ...afterpay.Option) *afterpay.Client {
	t.Helper()
	c, err := afterpay.New("32", "sk-book", append([]afterpay.Option{
		afterpay.WithSandbox(), afterpay.WithHTTPClient(&http.Client{Transport: b}), afterpay.WithRetry(afterpay.RetryPolicy{}),
	}, opts...)...)
	require.NoError(t, err)
	return c
}

// visit returns the ids of all payments in order.
func visit(t testing.TB, all iter.Seq2[*afterpay.Payment, error]) []string {
	t.Helper()
	ids, err := visitUntil(all, nil)
	require.NoError(t, err)
	return ids
}

// visitUntil returns the ids of payments until stop reports true or an error comes.
// Nothing may follow an error.
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
