package afterpay

import (
	"cmp"
	"context"
	"iter"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// OrderBy is what a list of payments is sorted by.
type OrderBy string

// The sort orders that the service knows. The default is OrderByCreated.
const (
	OrderByCreated           OrderBy = "createdAt"
	OrderByID                OrderBy = "id"
	OrderByTotalAmount       OrderBy = "totalAmount"
	OrderByMerchantReference OrderBy = "merchantReference"
	OrderByEmail             OrderBy = "email"
)

// PaymentQuery selects payments. Empty fields do not filter. The zero value
// selects every payment, newest first from List and oldest first from All.
type PaymentQuery struct {
	FromCreated, ToCreated time.Time // inclusive
	IDs                    []string  // any of these
	Tokens                 []string
	MerchantReferences     []string
	Statuses               []PaymentStatus
	OrderBy                OrderBy
	Ascending              bool
	Limit                  int // page size, 1 to 250; if 0, it is 250 for All and the service's default, 20, for List
	Offset                 int // number of payments to skip
	// Cursor continues a list where a page ended, in place of Offset: see
	// PaymentPage.Cursor.
	Cursor string
	// NextLink asks for PaymentPage.NextPageURL. Pages linked by it do not
	// shift when payments arrive, unlike those counted by Offset. It cannot be
	// used together with Offset.
	NextLink bool

	after string     // see After
	link  url.Values // parameters of the link that Cursor was taken from
}

// LogValue shows the dates and the number of values asked for.
func (q PaymentQuery) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Time("from", q.FromCreated), slog.Time("to", q.ToCreated),
		slog.Int("ids", len(q.IDs)), slog.Int("tokens", len(q.Tokens)), slog.Int("references", len(q.MerchantReferences)),
		slog.Int("limit", q.Limit), slog.Int("offset", q.Offset),
	)
}

// PaymentPage is one page of a list.
type PaymentPage struct {
	TotalResults int        `json:"totalResults"` // number of payments that the query selects, on all pages
	Limit        int        `json:"limit"`
	Offset       int        `json:"offset"`                // 0 if the query set NextLink or Cursor
	NextPageURL  string     `json:"nextPageUrl,omitempty"` // as sent; its host may not be the service's: use Cursor
	Payments     []*Payment `json:"results" wire:"required"`
}

// LogValue shows the number of payments.
func (p PaymentPage) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("total_results", p.TotalResults), slog.Int("payments", len(p.Payments)))
}

// Cursor returns the PaymentQuery.Cursor of the next page. It is empty on the last
// page, and if the query set neither NextLink nor Cursor.
func (p *PaymentPage) Cursor() string { return p.link().Get("cursor") }

// link returns the parameters of the link to the next page, and nothing else of
// it: its host may not be the service's.
func (p *PaymentPage) link() url.Values {
	u, err := url.Parse(p.NextPageURL)
	if err != nil {
		return nil
	}
	return u.Query()
}

// List reads one page of the payments that the query selects. New payments appear
// in lists some seconds late. Errors: ErrInvalid, such as for a limit above 250.
//
// GET /v2/payments, GET /v1/payments.
func (s *PaymentsService) List(ctx context.Context, q PaymentQuery) (*PaymentPage, error) {
	return do[PaymentPage](ctx, s.client, call{op: opPaymentsList, query: q.encode(s.client.version.dialect()), check: q.validate}, nil)
}

// After returns a query for All that continues after a payment. Use it to
// resume an iteration that broke off, even in another process: store the
// Created and ID of the last payment that was processed, and pass them to After
// on the same query. It works with the default order only. Do not use it to
// look for new payments: Created is when the order was made, and an order may
// be paid for hours later. For that, start some hours before the previous run.
func (q PaymentQuery) After(created time.Time, paymentID string) PaymentQuery {
	q.FromCreated, q.after = created, paymentID
	return q
}

// All returns an iterator over every payment that the query selects. It reads page
// by page, and fetches the next page while the caller works on the current one. Leaving
// the loop early cancels the fetch. An error is yielded once, with a nil payment, and
// ends the iteration. To resume it, see After.
//
// All never ends early without an error. If the service lists fewer payments
// than TotalResults, or sends no total and goes on linking to pages that have
// nothing new, the error is ErrUnavailable. A payment without an id is an error too.
//
// Payments come oldest first, unless OrderBy selects another order; then
// Ascending applies as set. New payments neither displace others nor appear
// twice: an empty ToCreated is set to the current time, and pages are linked by
// cursor if the service offers that. A new payment for an older order may or
// may not appear. Limit is the page size, 250 if it is not set, and is halved
// when a response is too large. Offset, Cursor and NextLink must not be set.
//
// GET /v2/payments, GET /v1/payments.
func (s *PaymentsService) All(ctx context.Context, q PaymentQuery) iter.Seq2[*Payment, error] {
	q.IDs, q.Tokens = slices.Clone(q.IDs), slices.Clone(q.Tokens)
	q.MerchantReferences, q.Statuses = slices.Clone(q.MerchantReferences), slices.Clone(q.Statuses)
	return func(yield func(*Payment, error) bool) {
		t := &s.client.targets[opPaymentsList]
		if fields := q.notForAll(); len(fields) > 0 {
			yield(nil, t.refuse(&call{}, fields, nil))
			return
		}
		q := q
		if q.ToCreated.IsZero() {
			q.ToCreated = time.Now()
		}
		if q.byCreation() {
			q.Ascending = true
		}
		p := pager[Payment]{
			target: t, place: place{limit: cmp.Or(q.Limit, 250)}, ahead: true,
			id: func(p *Payment) string { return p.ID },
			read: func(ctx context.Context, at place) (page[Payment], error) {
				q := q
				q.Limit, q.Offset, q.NextLink = at.limit, at.offset, at.offset == 0
				q.Cursor, q.link = at.link.Get("cursor"), at.link
				got, err := s.List(ctx, q)
				if err != nil {
					return page[Payment]{}, err
				}
				return page[Payment]{got.Payments, got.TotalResults, got.link()}, nil
			},
		}
		if q.after != "" {
			p.filter = (&resumption{created: q.FromCreated, id: q.after}).filter
		}
		p.run(ctx, yield)
	}
}

// notForAll returns the fields that All sets itself, and OrderBy if After does not
// work with it.
func (q *PaymentQuery) notForAll() []FieldError {
	var v checker
	for _, f := range []struct {
		name string
		set  bool
	}{{"offset", q.Offset != 0}, {"cursor", q.Cursor != ""}, {"nextLink", q.NextLink}} {
		if f.set {
			v.fault(f.name, "must not be set: All sets it")
		}
	}
	if q.after != "" && !q.byCreation() {
		v.fault("orderBy", "must not be set together with After")
	}
	return v.fields
}

func (q *PaymentQuery) byCreation() bool { return q.OrderBy == "" || q.OrderBy == OrderByCreated }

// resumption drops what comes before the payment to continue behind. Only the
// order of the list tells which payments of the same millisecond come before it,
// so they are held until that payment or another millisecond appears.
type resumption struct {
	created time.Time
	id      string
	held    []*Payment
	done    bool
}

func (r *resumption) filter(payments []*Payment, more bool) []*Payment {
	if r.done {
		return payments
	}
	for i, p := range payments {
		if p.ID == r.id {
			r.done, r.held = true, nil
			return payments[i+1:]
		}
		if p.Created.Truncate(time.Millisecond).After(r.created) {
			r.done = true
			return append(r.held, payments[i:]...)
		}
		r.held = append(r.held, p)
	}
	if !more {
		return r.held
	}
	return nil
}

// encode returns the query string. The name of a list is repeated for each value:
// commas and brackets make the service fail.
func (q *PaymentQuery) encode(d *dialect) string {
	v := make(url.Values)
	for name, values := range q.link {
		v[name] = values
	}
	setTime(v, "fromCreatedDate", q.FromCreated)
	setTime(v, "toCreatedDate", q.ToCreated)
	setList(v, "ids", q.IDs)
	setList(v, "tokens", q.Tokens)
	setList(v, "merchantReferences", q.MerchantReferences)
	setList(v, "statuses", q.Statuses)
	if orderBy := q.OrderBy; orderBy != "" {
		if d.orderBy != nil {
			orderBy = d.orderBy(orderBy)
		}
		v.Set("orderBy", string(orderBy))
	}
	if q.Ascending {
		v.Set("ascending", "true")
	}
	if q.Limit != 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	if q.Offset != 0 {
		v.Set("offset", strconv.Itoa(q.Offset))
	}
	if q.Cursor != "" {
		v.Set("cursor", q.Cursor)
	}
	if q.NextLink || q.Cursor != "" {
		v.Set("includeNextLink", "true")
	}
	return v.Encode()
}

func setTime(v url.Values, name string, t time.Time) {
	if !t.IsZero() {
		v.Set(name, string(Timestamp{t}.append(nil)))
	}
}

// setList replaces the values of a link, which repeats the query it is from.
func setList[T ~string](v url.Values, name string, values []T) {
	if len(values) > 0 {
		v.Del(name)
	}
	for _, value := range values {
		v.Add(name, string(value))
	}
}

func (q *PaymentQuery) validate(v *checker) {
	for _, date := range []struct {
		name string
		at   time.Time
	}{{"fromCreatedDate", q.FromCreated}, {"toCreatedDate", q.ToCreated}} {
		if !(Timestamp{date.at}).writable() {
			v.fault(date.name, "must be within the years 0 to 9999")
		}
	}
	if q.Limit < 0 || q.Limit > 250 {
		v.fault("limit", "must be between 1 and 250")
	}
	if q.Offset < 0 {
		v.fault("offset", "must not be negative")
	}
	if q.Offset > 0 && (q.Cursor != "" || q.NextLink) {
		v.fault("offset", "must not be set together with a cursor")
	}
}
