// Package kounta is a client for the API of Kounta, now Lightspeed Restaurant
// O-Series, with what a synchronisation of payments needs: the company, its
// sites and payment methods, orders, payments, customers and webhooks.
//
//	client, err := kounta.Connect(ctx, kounta.Config{Auth: kounta.Basic(clientID, clientSecret)})
//	for order, err := range client.Orders.All(ctx, kounta.OrderQuery{Status: kounta.StatusComplete}) {
//
// Amounts are exact and ids have 64 bits. The client sends fewer requests than
// Kounta's limit allows and pauses when Kounta asks for it. It repeats a request
// only when Kounta refuses an expired access token, because Kounta has no
// idempotency keys. An error that matches ErrOutcomeUnknown means that a write
// may have happened: look for it before repeating it. Kounta shows a new order or
// payment only seconds after the write.
//
// Package kountatest has a fake Kounta for tests, and package kountasync writes
// Afterpay's payments to Kounta.
package kounta

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
)

// DefaultBaseURL is Kounta's API.
const DefaultBaseURL = "https://api.kounta.com/v1/"

// Config says how to connect.
type Config struct {
	Auth    Auth   // Basic or OAuth. Required.
	BaseURL string // DefaultBaseURL if it is empty
	// HTTPClient sends the requests; nil means http.DefaultClient. Redirects are
	// not followed.
	HTTPClient *http.Client
	// PerMinute is how many requests are sent a minute. If it is 0, 50 are sent
	// with Basic and 150 with OAuth, below Kounta's limits of 60 and 180. The
	// limits are Kounta's for all processes together: divide it among them.
	PerMinute int
}

// Client sends requests for one company. It is safe for concurrent use.
type Client struct {
	// Company is the company of the credentials, as it was at Connect.
	Company Company

	Sites          *SitesService
	PaymentMethods *PaymentMethodsService
	Orders         *OrdersService
	Payments       *PaymentsService
	Customers      *CustomersService
	Webhooks       *WebhooksService

	base    *url.URL
	http    *http.Client
	auth    Auth
	limiter *limiter
}

type service struct{ client *Client }

// Company is a merchant. All its amounts are in one currency.
type Company struct {
	ID       int64
	Name     string
	Currency afterpay.Currency
	Location *time.Location // its time zone
}

// Connect reads the company that the credentials belong to.
//
// Errors: ErrInvalid for a wrong Config; ErrUnauthorized; ErrUnavailable, also for
// a company without an id, a known currency or a known time zone.
//
// GET /companies/me.
func Connect(ctx context.Context, config Config) (*Client, error) {
	const op = "companies.me"
	if config.Auth == nil {
		return nil, invalid(op, "Auth is missing")
	}
	base, err := url.Parse(baseURL(config.BaseURL))
	if err != nil || base.Host == "" {
		return nil, invalid(op, "BaseURL is not an absolute URL")
	}
	if config.PerMinute < 0 {
		return nil, invalid(op, "PerMinute is negative")
	}
	if config.PerMinute == 0 {
		config.PerMinute = config.Auth.perMinute()
	}
	sender := http.Client{}
	if config.HTTPClient != nil {
		sender = *config.HTTPClient
	}
	sender.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c := &Client{base: base, http: &sender, auth: config.Auth, limiter: newLimiter(config.PerMinute)}
	s := service{c}
	c.Sites, c.PaymentMethods, c.Orders = (*SitesService)(&s), (*PaymentMethodsService)(&s), (*OrdersService)(&s)
	c.Payments, c.Customers, c.Webhooks = (*PaymentsService)(&s), (*CustomersService)(&s), (*WebhooksService)(&s)
	if err := c.readCompany(ctx, op); err != nil {
		return nil, err
	}
	return c, nil
}

// baseURL returns a base URL with a slash at its end, DefaultBaseURL for an empty
// one.
func baseURL(base string) string {
	if base == "" {
		return DefaultBaseURL
	}
	return strings.TrimSuffix(base, "/") + "/"
}

func (c *Client) readCompany(ctx context.Context, op string) error {
	var me struct {
		ID       int64             `json:"id"`
		Name     string            `json:"name"`
		Currency afterpay.Currency `json:"currency"`
		Timezone struct {
			Name string `json:"name"`
		} `json:"timezone"`
	}
	if _, err := c.do(ctx, call{op: op, path: "companies/me", out: &me}); err != nil {
		return err
	}
	if me.ID == 0 {
		return unreadable(op, "the company has no id")
	}
	if _, err := afterpay.ParseMoney("0", me.Currency); err != nil {
		return unreadable(op, fmt.Sprintf("the company's currency %q is unknown", me.Currency))
	}
	location, err := time.LoadLocation(me.Timezone.Name)
	if err != nil || me.Timezone.Name == "" {
		return unreadable(op, fmt.Sprintf("the company's time zone %q is unknown", me.Timezone.Name))
	}
	c.Company = Company{ID: me.ID, Name: me.Name, Currency: me.Currency, Location: location}
	return nil
}

// Ping reports whether Kounta responds and accepts the credentials.
//
// GET /companies/me.
func (c *Client) Ping(ctx context.Context) error {
	_, err := c.do(ctx, call{op: "ping", path: "companies/me"})
	return err
}

// path returns a path below the company.
func (c *Client) path(resource string, ids ...int64) string {
	path := "companies/" + strconv.FormatInt(c.Company.ID, 10) + "/" + resource
	for _, id := range ids {
		path += "/" + strconv.FormatInt(id, 10)
	}
	return path
}
