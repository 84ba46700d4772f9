package kounta

import (
	"context"
	"encoding/json"
	"iter"
	"math/big"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
)

// OrdersService reads and writes orders.
type OrdersService service

// Status is the status of an order. Kounta may add statuses.
type Status string

// The statuses.
const (
	StatusSubmitted Status = "SUBMITTED" // the till must accept it
	StatusOnHold    Status = "ON_HOLD"
	StatusPending   Status = "PENDING"
	StatusAccepted  Status = "ACCEPTED"
	StatusRejected  Status = "REJECTED"
	StatusComplete  Status = "COMPLETE"
	StatusDeleted   Status = "DELETED"
)

// UnmarshalText reads a status. COMPLETED, which Kounta also sends, is
// StatusComplete.
func (s *Status) UnmarshalText(text []byte) error {
	*s = Status(strings.ToUpper(string(text)))
	if *s == "COMPLETED" {
		*s = StatusComplete
	}
	return nil
}

// Order is an order. Lists leave out some fields, which are then empty: use
// Get for the whole order.
type Order struct {
	ID         int64          `json:"id"`
	SiteID     int64          `json:"site_id"`
	Status     Status         `json:"status"`
	SaleNumber string         `json:"sale_number"` // the shop's number
	Total      afterpay.Money `json:"-"`
	Paid       afterpay.Money `json:"-"`
	Notes      string         `json:"notes"`
	PlacedAt   time.Time      `json:"placed_at"`  // the time of the sale, such as NewOrder.PlacedAt
	CreatedAt  time.Time      `json:"created_at"` // when Kounta received it
	UpdatedAt  time.Time      `json:"updated_at"`
	Payments   []Payment      `json:"-"`
}

// orderJSON is an Order with its amounts, which have no currency.
type orderJSON struct {
	Order
	Total    json.Number   `json:"total"`
	Paid     json.Number   `json:"paid"`
	Payments []paymentJSON `json:"payments"`
}

func (o *orderJSON) id() int64 {
	if o == nil {
		return 0
	}
	return o.ID
}

// order converts a response.
func (c *Client) order(op string, o *orderJSON) (*Order, error) {
	order := &o.Order
	var err error
	if order.Total, err = c.money(op, "total", o.Total); err != nil {
		return nil, err
	}
	if order.Paid, err = c.money(op, "paid", o.Paid); err != nil {
		return nil, err
	}
	for _, p := range o.Payments {
		if p.Payment.Amount, err = c.money(op, "payments.amount", p.Amount); err != nil {
			return nil, err
		}
		order.Payments = append(order.Payments, p.Payment)
	}
	return order, nil
}

// money reads an amount in the company's currency, digit by digit. A missing
// amount is empty.
func (c *Client) money(op, field string, amount json.Number) (afterpay.Money, error) {
	if amount == "" {
		return afterpay.Money{}, nil
	}
	m, err := afterpay.ParseMoney(withoutNoise(amount.String()), c.Company.Currency)
	if err != nil {
		return m, unreadable(op, field+" is not an amount")
	}
	return m, nil
}

// noise is a number of two decimals to which a calculation in binary has added a
// little, such as 10.000000000000001, or from which it has taken a little.
var noise = regexp.MustCompile(`^-?\d{1,15}\.\d\d(0{6}|9{6})\d{1,20}$`)

// withoutNoise returns the number of two decimals that a number was meant to be.
// It returns any other number as it is.
func withoutNoise(number string) string {
	if !noise.MatchString(number) {
		return number
	}
	exact, _ := new(big.Rat).SetString(number)
	return exact.FloatString(2)
}

// OrderQuery selects orders. Empty fields do not filter; the zero value selects
// every order, in any status.
type OrderQuery struct {
	Status     Status
	SiteID     int64
	CustomerID int64
	// CreatedFrom and CreatedTo bound Order.CreatedAt; CreatedTo is not included.
	CreatedFrom, CreatedTo time.Time
	// MinTotal and MaxTotal bound Order.Total, and are included.
	MinTotal, MaxTotal afterpay.Money
}

// All yields the orders of a query, abridged. Kounta filters by whole days, so All
// asks for one more day on each side and drops the orders outside the query's
// times. It keeps an order whose CreatedAt is missing. Kounta has no filter by
// sale number: compare Order.SaleNumber exactly. Iteration ends after the first
// error.
//
// Errors: ErrInvalid for a total in another currency than the company's.
//
// GET /companies/{company}/orders[/{status}][/sites/{id}][/customers/{id}], with
// created_gte, created_lte, value_gte and value_lte.
func (s *OrdersService) All(ctx context.Context, q OrderQuery) iter.Seq2[*Order, error] {
	const op = "orders.all"
	return func(yield func(*Order, error) bool) {
		address, err := s.address(op, q)
		if err != nil {
			yield(nil, err)
			return
		}
		for raw, err := range pages[*orderJSON](ctx, s.client, op, address) {
			if err != nil {
				yield(nil, err)
				return
			}
			order, err := s.client.order(op, raw)
			if err == nil && !q.includes(order.CreatedAt) {
				continue
			}
			if !yield(order, err) || err != nil {
				return
			}
		}
	}
}

// includes reports whether a time lies within the query's, or is not known.
func (q *OrderQuery) includes(created time.Time) bool {
	return created.IsZero() || !created.Before(q.CreatedFrom) && (q.CreatedTo.IsZero() || created.Before(q.CreatedTo))
}

// address returns the path and query that select orders.
func (s *OrdersService) address(op string, q OrderQuery) (string, error) {
	address := s.client.path("orders")
	if q.Status != "" {
		address += "/" + url.PathEscape(strings.ToLower(string(q.Status)))
	}
	if q.SiteID != 0 {
		address += "/sites/" + strconv.FormatInt(q.SiteID, 10)
	}
	if q.CustomerID != 0 {
		address += "/customers/" + strconv.FormatInt(q.CustomerID, 10)
	}
	query := url.Values{}
	zone := s.client.Company.Location
	if !q.CreatedFrom.IsZero() {
		query.Set("created_gte", q.CreatedFrom.In(zone).AddDate(0, 0, -1).Format(time.DateOnly))
	}
	if !q.CreatedTo.IsZero() {
		query.Set("created_lte", q.CreatedTo.In(zone).AddDate(0, 0, 1).Format(time.DateOnly))
	}
	for name, m := range map[string]afterpay.Money{"value_gte": q.MinTotal, "value_lte": q.MaxTotal} {
		if m.IsZero() {
			continue
		}
		number, err := s.client.number(op, name, m)
		if err != nil {
			return "", err
		}
		query.Set(name, number.String())
	}
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return address, nil
}

// number returns an amount as Kounta reads it, and an error for another currency
// than the company's.
func (c *Client) number(op, field string, m afterpay.Money) (json.Number, error) {
	if m.Currency != c.Company.Currency {
		return "", invalid(op, "%s is in %q and the company in %s", field, m.Currency, c.Company.Currency)
	}
	return json.Number(m.Amount.String()), nil
}

// Get reads an order with its payments. Kounta shows an order, and each of its
// payments, only seconds after they were made.
//
// Errors: ErrNotFound.
//
// GET /companies/{company}/orders/{id}.
func (s *OrdersService) Get(ctx context.Context, id int64) (*Order, error) {
	const op = "orders.get"
	if id <= 0 {
		return nil, invalid(op, "id is missing")
	}
	var o orderJSON
	if _, err := s.client.do(ctx, call{op: op, path: s.client.path("orders", id), out: &o}); err != nil {
		return nil, err
	}
	if o.ID != id {
		return nil, unreadable(op, "Kounta responded with another order")
	}
	return s.client.order(op, &o)
}

// NewOrder is an order to make. SaleNumber, SiteID and Lines are required.
type NewOrder struct {
	Status     Status // empty for Kounta's default
	SaleNumber string // the shop's number; Kounta does not check that it is unique
	SiteID     int64
	CustomerID int64     // 0 for none
	PlacedAt   time.Time // sent in the company's zone with its offset; zero means the time of the call
	Notes      string
	Lines      []NewLine
}

// NewLine is a line of a NewOrder. All fields are required.
type NewLine struct {
	ProductID int64
	Quantity  int
	UnitPrice afterpay.Money // with tax
}

// Create makes an order and returns its id, from the Location of the response.
//
// Errors: ErrInvalid, also before anything is sent; ErrOutcomeUnknown: look for
// the sale number before repeating the call.
//
// POST /companies/{company}/orders.
func (s *OrdersService) Create(ctx context.Context, o NewOrder) (int64, error) {
	const op = "orders.create"
	if o.SaleNumber == "" || o.SiteID <= 0 || len(o.Lines) == 0 {
		return 0, invalid(op, "SaleNumber, SiteID and Lines are required")
	}
	body := map[string]any{"sale_number": o.SaleNumber, "site_id": o.SiteID}
	lines := make([]map[string]any, len(o.Lines))
	for i, l := range o.Lines {
		if l.ProductID <= 0 || l.Quantity <= 0 {
			return 0, invalid(op, "Lines[%d]: ProductID and Quantity are required", i)
		}
		price, err := s.client.number(op, "UnitPrice", l.UnitPrice)
		if err != nil {
			return 0, err
		}
		lines[i] = map[string]any{"product_id": l.ProductID, "quantity": l.Quantity, "unit_price": price}
	}
	body["lines"] = lines
	if o.Status != "" {
		body["status"] = o.Status
	}
	if o.CustomerID != 0 {
		body["customer_id"] = o.CustomerID
	}
	if !o.PlacedAt.IsZero() {
		body["placed_at"] = o.PlacedAt.In(s.client.Company.Location).Format(time.RFC3339)
	}
	if o.Notes != "" {
		body["notes"] = o.Notes
	}
	return s.client.create(ctx, op, "orders", body)
}

// create makes a record and returns its id.
func (c *Client) create(ctx context.Context, op, resource string, body any) (int64, error) {
	header, err := c.do(ctx, call{op: op, method: http.MethodPost, path: c.path(resource), in: body})
	if err != nil {
		return 0, err
	}
	id := locationID(header)
	if id == 0 {
		return 0, &Error{Op: op, Kind: ErrUnavailable, OutcomeUnknown: true, Err: errNoLocation}
	}
	return id, nil
}

// locationID returns the id at the end of a Location, 0 if there is none.
func locationID(header http.Header) int64 {
	id, err := strconv.ParseInt(strings.TrimSuffix(path.Base(header.Get("Location")), ".json"), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// SetStatus sets the status of an order. It may be repeated.
//
// Errors: ErrNotFound, also for an order that Kounta does not show yet;
// ErrOutcomeUnknown.
//
// PUT /companies/{company}/orders/{id}.
func (s *OrdersService) SetStatus(ctx context.Context, id int64, status Status) error {
	const op = "orders.set_status"
	if id <= 0 || status == "" {
		return invalid(op, "id and status are required")
	}
	_, err := s.client.do(ctx, call{op: op, method: http.MethodPut, path: s.client.path("orders", id), in: map[string]Status{"status": status}})
	return err
}
