package afterpaytest

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// internalOrigin begins every nextPageUrl. As in the only documented sample,
// it has the scheme http and the name of an internal host. The name never
// resolves, so a client that sends its credentials there fails.
const internalOrigin = "http://online-api.internal.invalid:8080"

const (
	defaultLimit = 20
	maximumLimit = 250
)

// listQuery is the query of a list call.
type listQuery struct {
	from, to   time.Time
	tokens     []string
	ids        []string
	references []string
	statuses   []string
	orderBy    string
	ascending  bool
	limit      int
	offset     int
	nextLink   bool
	cursor     string // token of the last payment of the page before
}

type wirePage struct {
	TotalResults int   `json:"totalResults"`
	Offset       int   `json:"offset"`
	Limit        int   `json:"limit"`
	Results      []any `json:"results"`
}

type wireLinkedPage struct {
	TotalResults int    `json:"totalResults"`
	Limit        int    `json:"limit"`
	NextPageURL  string `json:"nextPageUrl"`
	Results      []any  `json:"results"`
}

// listPayments returns one page of orders, newest first.
func (s *Sandbox) listPayments(c *call) response {
	q, refusal, ok := s.readListQuery(c)
	if !ok {
		return refusal
	}
	var found []*payment
	for _, o := range s.orders {
		if p := o.seen(c.now, s.readLag); p != nil && visible(p, c.version()) && q.matches(p) {
			found = append(found, p)
		}
	}
	slices.SortStableFunc(found, q.compare)
	start := q.offset
	if q.cursor != "" {
		start = 1 + slices.IndexFunc(found, func(p *payment) bool { return p.token == q.cursor })
	}
	page := found[min(start, len(found)):min(start+q.limit, len(found))]
	results := make([]any, len(page))
	for i, p := range page {
		results[i] = onWireIn(c.version(), p, readModel)
	}
	if !q.nextLink {
		return read(wirePage{len(found), q.offset, q.limit, results})
	}
	linked := wireLinkedPage{TotalResults: len(found), Limit: q.limit, Results: results}
	if end := start + len(page); len(page) > 0 && end < len(found) {
		linked.NextPageURL = nextPage(c, page[len(page)-1])
	}
	return read(linked)
}

// readListQuery reads the query. As documented, unreadable dates and lists are
// refused with a 500, and other faults with a 422.
func (s *Sandbox) readListQuery(c *call) (q listQuery, refusal response, ok bool) {
	for name := range c.query {
		if strings.ContainsAny(name, "[]") {
			return q, internalError(), false
		}
		if !slices.Contains(listParameters, name) {
			s.report("%s: the service would silently ignore the parameter %s of the query", c.route.op, name)
		}
	}
	q = listQuery{
		tokens: c.query["tokens"], ids: c.query["ids"],
		references: c.query["merchantReferences"], statuses: c.query["statuses"],
		orderBy: cmp.Or(c.query.Get("orderBy"), "createdAt"),
		limit:   defaultLimit,
	}
	for _, values := range [][]string{q.tokens, q.ids, q.references, q.statuses} {
		if slices.ContainsFunc(values, func(v string) bool { return strings.ContainsAny(v, ",[]") }) {
			return q, internalError(), false
		}
	}
	var fromOK, toOK bool
	q.from, fromOK = readDate(c.query.Get("fromCreatedDate"), false)
	q.to, toOK = readDate(c.query.Get("toCreatedDate"), true)
	if !fromOK || !toOK {
		return q, internalError(), false
	}
	if problem := q.readPaging(c); problem != "" {
		return q, refuse(http.StatusUnprocessableEntity, "error", problem), false
	}
	return q, response{}, true
}

var listParameters = []string{
	"fromCreatedDate", "toCreatedDate", "tokens", "ids", "merchantReferences", "statuses",
	"orderBy", "ascending", "limit", "offset", "includeNextLink", "cursor",
}

// readPaging reads the order and the paging of results, and returns what is
// wrong with them.
func (q *listQuery) readPaging(c *call) string {
	least, amount := 1, "totalAmount"
	if c.version() == v1 {
		least = 0 // documented in 2018
		if q.orderBy == "amount" {
			q.orderBy = amount
		}
	}
	if !slices.Contains([]string{"createdAt", "id", amount, "merchantReference", "email"}, q.orderBy) {
		return "orderBy is not supported"
	}
	for name, target := range map[string]*bool{"ascending": &q.ascending, "includeNextLink": &q.nextLink} {
		if text := c.query.Get(name); text != "" {
			value, err := strconv.ParseBool(strings.ToLower(text))
			if err != nil {
				return name + " must be true or false"
			}
			*target = value
		}
	}
	for name, target := range map[string]*int{"limit": &q.limit, "offset": &q.offset} {
		if text := c.query.Get(name); text != "" {
			value, err := strconv.Atoi(text)
			if err != nil {
				return name + " must be a number"
			}
			*target = value
		}
	}
	if q.limit < least || q.limit > maximumLimit {
		return "limit must be between 1 and 250"
	}
	if q.offset < 0 {
		return "offset must not be negative"
	}
	if text := c.query.Get("cursor"); text != "" {
		raw, err := base64.RawURLEncoding.DecodeString(text)
		_, token, found := strings.Cut(string(raw), "|")
		if err != nil || !found {
			return "cursor is not valid"
		}
		q.cursor = token
	}
	return ""
}

// readDate reads a date, or a date-time with a zone. A bare date means its
// first instant, or its last one if end is set.
func readDate(text string, end bool) (time.Time, bool) {
	if text == "" {
		return time.Time{}, true
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		if end {
			t = t.AddDate(0, 0, 1).Add(-time.Millisecond)
		}
		return t, true
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	return t, err == nil
}

// matches reports whether a payment passes every filter. A filter with several
// values accepts any of them.
func (q *listQuery) matches(p *payment) bool {
	made := p.created.Truncate(time.Millisecond)
	within := (q.from.IsZero() || !made.Before(q.from)) && (q.to.IsZero() || !made.After(q.to))
	status := p.status(v2)
	return within && anyOf(q.tokens, p.token) && anyOf(q.ids, p.id) && anyOf(q.references, plain(p.reference)) &&
		(len(q.statuses) == 0 || slices.ContainsFunc(q.statuses, func(s string) bool { return strings.EqualFold(s, status) }))
}

func anyOf(wanted []string, value string) bool {
	return len(wanted) == 0 || slices.Contains(wanted, value)
}

// compare orders two payments. Equal ones are ordered by id.
func (q *listQuery) compare(a, b *payment) int {
	order := cmp.Or(q.compareKey(a, b), cmp.Compare(len(a.id), len(b.id)), strings.Compare(a.id, b.id))
	if q.ascending {
		return order
	}
	return -order
}

func (q *listQuery) compareKey(a, b *payment) int {
	switch q.orderBy {
	case "id":
		return 0
	case "totalAmount":
		return cmp.Compare(a.original, b.original)
	case "merchantReference":
		return strings.Compare(plain(a.reference), plain(b.reference))
	case "email":
		return strings.Compare(a.email(), b.email())
	default:
		return a.created.Compare(b.created)
	}
}

func (p *payment) email() string {
	if p.content.consumer == nil {
		return ""
	}
	return p.content.consumer.email
}

// nextPage returns the URL of the page that follows the last payment: the
// query as it was sent, with a cursor of a time and a token.
func nextPage(c *call, last *payment) string {
	query := url.Values{}
	for name, values := range c.query {
		if name != "offset" {
			query[name] = values
		}
	}
	cursor := timestamp(last.created) + "|" + last.token
	query.Set("cursor", base64.RawURLEncoding.EncodeToString([]byte(cursor)))
	return internalOrigin + c.http.URL.Path + "?" + query.Encode()
}
