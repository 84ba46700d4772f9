package afterpay

import (
	"context"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// OrderBy is what a list of payments is ordered by.
type OrderBy string

// The orders that the service knows; the default is OrderByCreated.
const (
	OrderByCreated           OrderBy = "createdAt"
	OrderByID                OrderBy = "id"
	OrderByTotalAmount       OrderBy = "totalAmount"
	OrderByMerchantReference OrderBy = "merchantReference"
	OrderByEmail             OrderBy = "email"
)

// PaymentQuery selects payments. Fields that are empty select nothing; the
// zero value selects every payment, newest first.
type PaymentQuery struct {
	FromCreated, ToCreated time.Time // inclusive
	IDs                    []string  // any of these
	Tokens                 []string
	MerchantReferences     []string
	Statuses               []PaymentStatus
	OrderBy                OrderBy
	Ascending              bool
	Limit                  int // payments on a page, 1 to 250; 0: the service's 20
	Offset                 int // payments to leave out
	// Cursor continues a list where a page ended, in place of Offset: see
	// PaymentPage.Cursor.
	Cursor string
	// NextLink asks for PaymentPage.NextPageURL, which does not shift as
	// Offset does while payments arrive. It goes together with no Offset.
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

// PaymentPage is a part of a list.
type PaymentPage struct {
	TotalResults int        `json:"totalResults"`
	Limit        int        `json:"limit"`
	Offset       int        `json:"offset"`                // 0 where NextLink was asked for
	NextPageURL  string     `json:"nextPageUrl,omitempty"` // as sent; its host need not be the service's: use Cursor
	Payments     []*Payment `json:"results" wire:"required"`
}

// LogValue shows how many payments there are.
func (p PaymentPage) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("total_results", p.TotalResults), slog.Int("payments", len(p.Payments)))
}

// Cursor is PaymentQuery.Cursor for the next page; empty on the last one and
// when NextLink was not asked for.
func (p *PaymentPage) Cursor() string { return linkQuery(p.NextPageURL).Get("cursor") }

// List reads one page of the payments that the query selects. New payments
// arrive in lists some seconds late. Errors: ErrInvalid for a limit outside 1 to
// 250.
//
// GET /v2/payments, GET /v1/payments.
func (s *PaymentsService) List(ctx context.Context, q PaymentQuery) (*PaymentPage, error) {
	return do[PaymentPage](ctx, s.client, call{op: opPaymentsList, query: q.encode(s.client.version.dialect()), check: q.validate}, nil)
}

// encode writes the query string. Lists repeat their name; commas and brackets
// make the service fail.
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

// setTime writes a date as Timestamp does in JSON. One that Timestamp refuses is
// not valid and gets this far unchecked only.
func setTime(v url.Values, name string, t time.Time) {
	if t.IsZero() {
		return
	}
	text := t.Format(timestampFormat)
	if quoted, err := (Timestamp{t}).MarshalJSON(); err == nil {
		text = strings.Trim(string(quoted), `"`)
	}
	v.Set(name, text)
}

// setList replaces what a link says, as a link repeats the query it is from.
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
		if _, err := (Timestamp{date.at}).MarshalJSON(); err != nil {
			v.fault(date.name, "must lie in the years 0 to 9999")
		}
	}
	if q.Limit < 0 || q.Limit > 250 {
		v.fault("limit", "must be between 1 and 250")
	}
	if q.Offset < 0 {
		v.fault("offset", "must not be negative")
	}
	if q.Offset > 0 && (q.Cursor != "" || q.NextLink) {
		v.fault("offset", "does not go together with a cursor")
	}
}
