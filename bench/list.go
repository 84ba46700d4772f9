package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/google/go-github/v90/github"
	"github.com/stripe/stripe-go/v86"

	"github.com/afterpay-go/afterpay"
)

const (
	pages   = 10
	perPage = 100
)

// list reads 1,000 payments in 10 pages.
func list(ctx context.Context, s settings) error {
	rt := &paged{body: paymentPage, param: "offset"}
	hc := &http.Client{Transport: rt}
	fast := newTuned(rt)
	client := ours(&paged{body: linkedPage, param: "cursor"})
	contenders := []contender{
		{"raw, naive", func() error {
			for offset := 0; offset < pages*perPage; offset += perPage {
				var page rawPage
				if err := naive(ctx, hc, http.MethodGet, fmt.Sprintf("%s/v2/payments?limit=%d&offset=%d", host, perPage, offset), nil, &page); err != nil {
					return err
				}
			}
			return nil
		}},
		{"raw, tuned", func() error {
			for offset := 0; offset < pages*perPage; offset += perPage {
				var page rawPage
				u := parsed(host + "/v2/payments?limit=100&offset=" + strconv.Itoa(offset))
				if err := fast.call(ctx, http.MethodGet, u, nil, &page); err != nil {
					return err
				}
			}
			return nil
		}},
		{"afterpay, All", func() error { return readAll(ctx, client, nil) }},
		{"stripe-go, List", stripeList(ctx)},
		{"go-github, Iter", githubList(ctx)},
	}
	s.per *= 4 // an operation takes milliseconds
	if err := compare("List 1,000 payments in 10 pages, in memory", "payment", pages*perPage, s, contenders); err != nil {
		return err
	}
	return heapOfAll(ctx)
}

func readAll(ctx context.Context, client *afterpay.Client, each func()) error {
	n := 0
	for _, err := range client.Payments.All(ctx, afterpay.PaymentQuery{Limit: perPage}) {
		if err != nil {
			return err
		}
		if n++; each != nil && n%perPage == 0 {
			each()
		}
	}
	if n != pages*perPage {
		return fmt.Errorf("visited %d payments", n)
	}
	return nil
}

// heapOfAll shows that the heap does not grow with the number of payments.
func heapOfAll(ctx context.Context) error {
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	fmt.Println("\nPeak heap of All above that of an idle client")
	client := ours(&paged{body: linkedPage, param: "cursor"})
	if err := readAll(ctx, client, nil); err != nil { // makes the pages
		return err
	}
	runtime.GC()
	base := heap()
	for _, lists := range []int{1, 10, 100} {
		var peak uint64
		for range lists {
			if err := readAll(ctx, client, func() { peak = max(peak, heap()) }); err != nil {
				return err
			}
		}
		fmt.Printf("%9d payments  %5d KiB\n", lists*pages*perPage, (peak-min(base, peak))>>10)
	}
	return nil
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// paged answers with pages numbered by a query parameter.
type paged struct {
	body  func(page int) string
	param string
	pages [pages]string // made once
}

func (p *paged) RoundTrip(req *http.Request) (*http.Response, error) {
	at, _ := strconv.Atoi(req.URL.Query().Get(p.param))
	if p.param == "offset" {
		at /= perPage
	}
	if p.pages[at] == "" {
		p.pages[at] = p.body(at)
	}
	body := p.pages[at]
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}},
		Body:   io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}, nil
}

func paymentPage(page int) string {
	return fmt.Sprintf(`{"totalResults":%d,"limit":%d,"offset":%d,"results":[%s]}`, pages*perPage, perPage, page*perPage, payments(page))
}

func linkedPage(page int) string {
	link := ""
	if page < pages-1 {
		link = fmt.Sprintf("http://internal.example/v2/payments?cursor=%d&includeNextLink=true", page+1)
	}
	return fmt.Sprintf(`{"totalResults":%d,"limit":%d,"nextPageUrl":%q,"results":[%s]}`, pages*perPage, perPage, link, payments(page))
}

// payments are the payments of a page: authorized, partly captured, partly
// voided, as recorded.
func payments(page int) string {
	var b strings.Builder
	for i := range perPage {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, payment, 100_000_000_000+page*perPage+i)
	}
	return b.String()
}

const payment = `{"id":"%d","token":"002.a66mqrv3k08mqj7lseniihgft3ot4tvsh0m13jn77ugcv8rk","status":"APPROVED","created":"2021-06-01T10:49:10.774Z",` +
	`"originalAmount":{"amount":"1000.00","currency":"USD"},"openToCaptureAmount":{"amount":"500.00","currency":"USD"},"paymentState":"PARTIALLY_CAPTURED",` +
	`"merchantReference":"order-1001","refunds":[{"requestId":"req-81218180","amount":{"amount":"250.00","currency":"USD"},"refundId":"1273354","refundedAt":"2021-06-01T10:58:42.465Z"}],` +
	`"orderDetails":{"consumer":{"phoneNumber":"","givenNames":"Jane","surname":"Citizen","email":"jane.citizen@example.com"},` +
	`"billing":{"name":"Jane Citizen","line1":"1 Example Street","area1":"Exampleton","region":"NY","postcode":"10001","countryCode":"US","phoneNumber":"2025550"},` +
	`"shipping":{"name":"Jane Citizen","line1":"1 Example Street","area1":"Exampleton","region":"NY","postcode":"10001","countryCode":"US","phoneNumber":"2025550"},` +
	`"courier":{},"items":[{"name":"Widget","sku":"SKU-1","quantity":1,"price":{"amount":"19.99","currency":"USD"}}],"discounts":[]},` +
	`"events":[{"id":"1x956rmnaZYCsC3YvptO6opxNHB","created":"2021-06-01T10:57:49.981Z","expires":"2021-06-08T10:57:49.980Z","type":"AUTH_APPROVED","amount":{"amount":"1000.00","currency":"USD"},"paymentEventMerchantReference":null},` +
	`{"id":"1xuvf7OZgYw8JABRTbs2G5efB6N","created":"2021-06-01T10:58:41.543Z","expires":null,"type":"CAPTURED","amount":{"amount":"250.00","currency":"USD"},"paymentEventMerchantReference":""}]}`

// stripeList reads as many payment intents, which are smaller.
func stripeList(ctx context.Context) func() error {
	client := stripeClient(&cursored{})
	return func() error {
		params := &stripe.PaymentIntentListParams{}
		params.Limit = stripe.Int64(perPage)
		n := 0
		for _, err := range client.V1PaymentIntents.List(ctx, params).All(ctx) {
			if err != nil {
				return err
			}
			n++
		}
		if n != pages*perPage {
			return fmt.Errorf("stripe-go visited %d", n)
		}
		return nil
	}
}

// cursored answers stripe's lists, which go on behind the last id.
type cursored struct{ pages [pages]string }

func (c *cursored) RoundTrip(req *http.Request) (*http.Response, error) {
	at := 0
	if after, ok := strings.CutPrefix(req.URL.Query().Get("starting_after"), "pi_"); ok {
		n, _ := strconv.Atoi(after)
		at = (n + 1) / perPage
	}
	if c.pages[at] == "" {
		var b strings.Builder
		for i := range perPage {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strings.Replace(stripeIntent, "pi_3MtwBwLkdIwHu7ix28a3tqPa", "pi_"+strconv.Itoa(at*perPage+i), 1))
		}
		c.pages[at] = fmt.Sprintf(`{"object":"list","url":"/v1/payment_intents","has_more":%t,"data":[%s]}`, at < pages-1, b.String())
	}
	body := c.pages[at]
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}, nil
}

// githubList reads as many issues.
func githubList(ctx context.Context) func() error {
	client := githubClient(&numbered{})
	return func() error {
		n := 0
		for _, err := range client.Issues.ListByRepoIter(ctx, "o", "r", &github.IssueListByRepoOptions{ListOptions: github.ListOptions{PerPage: perPage}}) {
			if err != nil {
				return err
			}
			n++
		}
		if n != pages*perPage {
			return fmt.Errorf("go-github visited %d", n)
		}
		return nil
	}
}

// numbered answers GitHub's lists, which link pages in a header.
type numbered struct{ page string }

const issue = `{"id":%d,"number":%d,"title":"Widget","state":"open","body":"Jane Citizen, 1 Example Street, Exampleton, NY 10001, US","user":{"login":"jane","id":1,"type":"User","site_admin":false},` +
	`"labels":[{"id":1,"name":"widget","color":"f29513","default":true}],"comments":2,"created_at":"2021-06-01T10:49:10Z","updated_at":"2021-06-01T10:58:42Z","html_url":"https://example.com/o/r/issues/1","locked":false,"node_id":"MDU6SXNzdWUx"}`

func (p *numbered) RoundTrip(req *http.Request) (*http.Response, error) {
	if p.page == "" {
		var b strings.Builder
		for i := range perPage {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, issue, i, i)
		}
		p.page = "[" + b.String() + "]"
	}
	header := http.Header{"Content-Type": {"application/json"}}
	at, _ := strconv.Atoi(req.URL.Query().Get("page"))
	if at = max(at, 1); at < pages {
		header.Set("Link", fmt.Sprintf(`<https://api.github.com/x?page=%d>; rel="next"`, at+1))
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: header,
		Body: io.NopCloser(strings.NewReader(p.page)), ContentLength: int64(len(p.page)), Request: req,
	}, nil
}
