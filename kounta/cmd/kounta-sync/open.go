package main

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/oauth2"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/durable/durablepgx"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
	"github.com/afterpay-go/afterpay/kounta"
	"github.com/afterpay-go/afterpay/kounta/kountasync"
	"github.com/afterpay-go/afterpay/reconcile"
)

// service is a kountasync.Service on either database.
type service interface {
	Migrate(ctx context.Context) error
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	Handler() http.Handler
	DryRun(ctx context.Context, from, to time.Time) (*kountasync.HistoryReport, error)
	History(ctx context.Context, from, to time.Time, progress func(left int)) error
	Reconcile(ctx context.Context, from, to time.Time, r reconcile.Reporter) (reconcile.Summary, error)
	Pairs(ctx context.Context, key string) iter.Seq2[*kountasync.Pair, error]
	Failures(ctx context.Context) ([]kountasync.Failure, error)
	Retry(ctx context.Context, saleNumber string) (bool, error)
}

// opened is a service and what belongs to it.
type opened struct {
	service

	zone  *time.Location
	close func()
}

// open connects to both sides and the database, and creates the tables.
func open(ctx context.Context, c *config) (*opened, error) {
	if onPostgres(c.Database) {
		pool, err := pgxpool.New(ctx, c.Database)
		if err != nil {
			return nil, err
		}
		return openOn(ctx, c, durablepgx.New(pool), pool.Close)
	}
	db, err := durablesqlite.Open(c.Database)
	if err != nil {
		return nil, err
	}
	return openOn(ctx, c, durablesqlite.New(db), func() { _ = db.Close() })
}

// onPostgres reports whether a database is on PostgreSQL, and not a file.
func onPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

func openOn[TTx any](ctx context.Context, c *config, db durable.Database[TTx], closeDB func()) (o *opened, err error) {
	defer func() {
		if err != nil {
			closeDB()
		}
	}()
	if err := kountasync.CheckFields(c.Mapping); err != nil {
		return nil, err
	}
	client, err := afterpayClient(c)
	if err != nil {
		return nil, err
	}
	var alerts kountasync.Alerter // nil logs them
	if c.Alerts.Webhook != "" {
		alerts = kountasync.WebhookAlerter{URL: c.Alerts.Webhook}
	}
	till, err := kountaClient(ctx, c, db, alerts)
	if err != nil {
		return nil, err
	}
	company, err := kountasync.Connect(ctx, till, kountasync.Account{
		SiteID: c.Kounta.SiteID, ProductID: c.Kounta.ProductID, PaymentMethod: c.Kounta.PaymentMethod,
	})
	if err != nil {
		return nil, err
	}
	options := kountasync.Options{
		Mapping:  kountasync.Mapping{Status: c.Status, Fields: c.Mapping},
		Location: company.Location(), Poll: c.Poll, Settle: c.Settle, ReconcileAt: c.ReconcileAt, Alerts: alerts,
	}
	s, err := kountasync.New(db, client, company, options)
	if err != nil {
		return nil, err
	}
	return &opened{s, company.Location(), closeDB}, s.Migrate(ctx)
}

func afterpayClient(c *config) (*afterpay.Client, error) {
	key, err := secret("afterpay.secret_key_env", c.Afterpay.SecretKeyEnv)
	if err != nil {
		return nil, err
	}
	var where afterpay.Option
	switch {
	case c.Afterpay.BaseURL != "":
		where = afterpay.WithBaseURL(c.Afterpay.BaseURL)
	case c.Afterpay.Environment == "sandbox":
		where = afterpay.WithSandbox()
	case c.Afterpay.Environment != "production":
		return nil, fmt.Errorf("afterpay.environment: %q is neither sandbox nor production", c.Afterpay.Environment)
	}
	return afterpay.New(c.Afterpay.MerchantID, key, where)
}

func kountaClient[TTx any](ctx context.Context, c *config, db durable.Database[TTx], alerts kountasync.Alerter) (*kounta.Client, error) {
	key, err := secret("kounta.client_secret_env", c.Kounta.ClientSecretEnv)
	if err != nil {
		return nil, err
	}
	k := kounta.Config{BaseURL: c.Kounta.BaseURL}
	var perMinute int
	switch c.Kounta.Auth {
	case "basic":
		k.Auth, perMinute = kounta.Basic(c.Kounta.ClientID, key), 50
	case "oauth":
		k.Auth, perMinute = kountasync.OAuth(db, oauthConfig(c, key), alerts), 150
	default:
		return nil, fmt.Errorf("kounta.auth: %q is neither basic nor oauth", c.Kounta.Auth)
	}
	k.PerMinute = cmp.Or(c.Kounta.PerMinute, perMinute)
	if k.HTTPClient, err = kountasync.Shared(ctx, db, http.DefaultClient, k.PerMinute); err != nil {
		return nil, err
	}
	return kounta.Connect(ctx, k)
}

func oauthConfig(c *config, secretKey string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: c.Kounta.ClientID, ClientSecret: secretKey, RedirectURL: c.Kounta.RedirectURL, Endpoint: kounta.Endpoint(c.Kounta.BaseURL),
	}
}
