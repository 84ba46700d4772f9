package kountasync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
)

// DefaultBaseURL is Kounta's API.
const DefaultBaseURL = "https://api.kounta.com/v1/"

// Account says which company of Kounta is written to, and how.
type Account struct {
	BaseURL string // DefaultBaseURL if it is empty
	// HTTPClient authenticates: see BasicAuth and OAuth.
	HTTPClient *http.Client
	// PerMinute is how many requests are sent a minute: 50 with Basic and 150
	// with OAuth stay below Kounta's limits. 50 if it is 0.
	PerMinute int
	// SiteID is the site of new orders. Required.
	SiteID int64
	// ProductID is the product of the one line that a new order has, whose price
	// is the order's total. Required.
	ProductID int64
	// PaymentMethod is the name of Afterpay's payment method in Kounta;
	// "Afterpay" if it is empty.
	PaymentMethod string
}

// Company is an Account that is connected. It implements what the sync needs.
type Company struct {
	account  Account
	rest     *rest
	id       int64
	methodID int64
	money    afterpay.Currency
	location *time.Location
}

// Location is the zone of the company, for Options.Location.
func (c *Company) Location() *time.Location { return c.location }

// Connect reads the company and its payment methods, and refuses an account that
// cannot be written to.
func Connect(ctx context.Context, a Account) (*Company, error) {
	orDefault(&a.BaseURL, DefaultBaseURL)
	orDefault(&a.PerMinute, 50)
	orDefault(&a.PaymentMethod, "Afterpay")
	if a.HTTPClient == nil || a.SiteID == 0 || a.ProductID == 0 {
		return nil, errors.New("kountasync: HTTPClient, SiteID and ProductID are required")
	}
	r, err := newRest(a.BaseURL, a.HTTPClient, a.PerMinute)
	if err != nil {
		return nil, err
	}
	var me struct {
		ID       int64             `json:"id"`
		Currency afterpay.Currency `json:"currency"`
		Timezone struct {
			Name string `json:"name"`
		} `json:"timezone"`
	}
	if _, err := r.do(ctx, http.MethodGet, "companies/me", nil, nil, &me); err != nil {
		return nil, err
	}
	c := &Company{account: a, rest: r, id: me.ID, money: me.Currency}
	if c.location, err = time.LoadLocation(me.Timezone.Name); err != nil || me.Timezone.Name == "" {
		return nil, fmt.Errorf("kountasync: unknown time zone %q of the company", me.Timezone.Name)
	}
	for m, err := range pages[method](ctx, r, c.path("payment_methods")) {
		if err != nil {
			return nil, err
		}
		if strings.EqualFold(m.Name, a.PaymentMethod) {
			c.methodID = m.ID
		}
	}
	if c.methodID == 0 {
		return nil, fmt.Errorf("kountasync: Kounta has no payment method %q: add it in the back office", a.PaymentMethod)
	}
	return c, nil
}

type method struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// remoteOrder is an order as Kounta sends it. Lists leave fields out.
type remoteOrder struct {
	ID         int64     `json:"id"`
	SaleNumber string    `json:"sale_number"`
	PlacedAt   time.Time `json:"placed_at"`
	CreatedAt  time.Time `json:"created_at"`
	Payments   []struct {
		Method method      `json:"method"`
		Amount json.Number `json:"amount"`
		Ref    string      `json:"ref"`
	} `json:"payments"`
}

func (c *Company) path(parts ...string) string {
	return path.Join(append([]string{"companies", strconv.FormatInt(c.id, 10)}, parts...)...)
}

func (c *Company) orderPath(id int64) string { return c.path("orders", strconv.FormatInt(id, 10)) }

func (c *Company) currency() afterpay.Currency { return c.money }

func (c *Company) ping(ctx context.Context) error {
	_, err := c.rest.do(ctx, http.MethodGet, "companies/me", nil, nil, nil)
	return err
}

// valueMargin widens the search by value: orders may be rounded to five cents.
const valueMargin = 5

func (c *Company) find(ctx context.Context, d *Draft) (*tillOrder, error) {
	query := url.Values{
		"created_gte": {d.PlacedAt.In(c.location).AddDate(0, 0, -1).Format(time.DateOnly)},
		"value_gte":   {max(d.Total.Amount-valueMargin, 0).String()},
		"value_lte":   {(d.Total.Amount + valueMargin).String()},
	}
	for o, err := range pages[remoteOrder](ctx, c.rest, c.path("orders")+"?"+query.Encode()) {
		if err != nil {
			return nil, err
		}
		if o.SaleNumber != d.SaleNumber && o.SaleNumber != "" {
			continue
		}
		found, err := c.read(ctx, o.ID) // a list may leave the number out
		if err != nil || found.saleNumber == d.SaleNumber {
			return found, err
		}
	}
	return nil, nil
}

func (c *Company) read(ctx context.Context, id int64) (*tillOrder, error) {
	var o remoteOrder
	if _, err := c.rest.do(ctx, http.MethodGet, c.orderPath(id), nil, nil, &o); err != nil {
		return nil, err
	}
	if o.ID != id {
		return nil, errors.New("kountasync: Kounta responded with another order")
	}
	return c.convert(&o)
}

func (c *Company) convert(o *remoteOrder) (*tillOrder, error) {
	result := &tillOrder{id: o.ID, saleNumber: o.SaleNumber, placed: o.placed()}
	for _, p := range o.Payments {
		m, err := afterpay.ParseMoney(p.Amount.String(), c.money)
		if err != nil {
			return nil, fmt.Errorf("kountasync: order %d in Kounta: %w", o.ID, err)
		}
		result.payments = append(result.payments, tillPayment{ref: p.Ref, amount: m.Amount, afterpay: p.Method.ID == c.methodID})
	}
	return result, nil
}

func (o *remoteOrder) placed() time.Time {
	if o.PlacedAt.IsZero() {
		return o.CreatedAt
	}
	return o.PlacedAt
}

func number(a afterpay.Amount) json.Number { return json.Number(a.String()) }

func (c *Company) create(ctx context.Context, d *Draft, status string) (int64, error) {
	if d.Total.Currency != c.money {
		return 0, fmt.Errorf("%w: %w: the payment is in %s and the company in %s", errNotDone, errPerson, d.Total.Currency, c.money)
	}
	body := map[string]any{
		"status": status, "sale_number": d.SaleNumber, "site_id": c.account.SiteID, "notes": d.Notes,
		"placed_at": d.PlacedAt.In(c.location).Format(time.RFC3339),
		"lines":     []any{map[string]any{"product_id": c.account.ProductID, "quantity": 1, "unit_price": number(d.Total.Amount)}},
	}
	if status == "" {
		delete(body, "status")
	}
	header, err := c.rest.do(ctx, http.MethodPost, c.path("orders"), nil, body, nil)
	if err != nil {
		return 0, err
	}
	id, err := strconv.ParseInt(strings.TrimSuffix(path.Base(header.Get("Location")), ".json"), 10, 64)
	if err != nil {
		return 0, errors.New("kountasync: Kounta did not say where the new order is")
	}
	return id, nil
}

func (c *Company) pay(ctx context.Context, id int64, amount afterpay.Amount, ref string) error {
	body := map[string]any{"method_id": c.methodID, "amount": number(amount), "ref": ref}
	_, err := c.rest.do(ctx, http.MethodPost, c.orderPath(id)+"/payments", nil, body, nil)
	return err
}

func (c *Company) setStatus(ctx context.Context, id int64, status string) error {
	_, err := c.rest.do(ctx, http.MethodPut, c.orderPath(id), nil, map[string]string{"status": status}, nil)
	return err
}

// orders reads the list from the day before: Kounta filters by whole days and by
// the time at which the order was made there, which may be later.
func (c *Company) orders(ctx context.Context, from, to time.Time) iter.Seq2[*tillOrder, error] {
	query := url.Values{"created_gte": {from.In(c.location).AddDate(0, 0, -1).Format(time.DateOnly)}}
	return func(yield func(*tillOrder, error) bool) {
		for o, err := range pages[remoteOrder](ctx, c.rest, c.path("orders")+"?"+query.Encode()) {
			if err != nil {
				yield(nil, err)
				return
			}
			if placed := o.placed(); placed.Before(from) || !placed.Before(to) {
				continue
			}
			full, err := c.read(ctx, o.ID)
			if !yield(full, err) || err != nil {
				return
			}
		}
	}
}
