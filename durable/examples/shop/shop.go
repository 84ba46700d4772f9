package main

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/riverqueue/river"
	"riverqueue.com/riverui"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpayjs"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
)

// config is what differs between the program and its tests.
type config struct {
	version  afterpay.APIVersion
	origin   string        // of the shop, for the browser
	file     string        // of the database
	afterpay *faults       // stands in for Afterpay
	patience time.Duration // how long the return page waits for Afterpay
	logger   *slog.Logger
}

// shop is the web shop.
type shop struct {
	config
	http.Handler

	db     *sql.DB
	orders orders
	client *afterpay.Client
	queue  *durable.Queue[*sql.Tx]
	portal afterpayjs.Portal // v1
}

// openShop opens a shop, and creates its database if the file is missing.
func openShop(ctx context.Context, c config) (*shop, error) {
	s := &shop{config: c, portal: afterpayjs.Portal{CountryCode: "US", Origin: c.afterpay.origin}}
	var err error
	s.client, err = afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey,
		afterpay.WithBaseURL(c.afterpay.origin), // a shop that goes live has its own credentials, and no stand-in
		afterpay.WithAPIVersion(s.version),
		afterpay.WithRetry(afterpay.RetryPolicy{}), // the queue repeats, and so does the return page
		afterpay.WithLogger(s.logger))
	if err != nil {
		return nil, err
	}
	if s.db, err = durablesqlite.Open(c.file); err != nil {
		return nil, err
	}
	s.orders = orders{s.db}
	s.queue, err = durable.New(durablesqlite.New(s.db), s.client, durable.Options[*sql.Tx]{
		Settled: s.settled,
		Alert:   func(ctx context.Context, a durable.Alert) { s.logger.WarnContext(ctx, "alert", "text", a.Text) },
		MaxWait: 5 * time.Second, // short, for a demonstration
		Logger:  slog.New(slog.DiscardHandler),
		River: func(c *river.Config) {
			c.Queues[paymentQueue] = river.QueueConfig{MaxWorkers: 4}
			river.AddWorker(c.Workers, &paymentWorker{shop: s})
		},
	})
	if err != nil {
		return nil, err
	}
	if err := s.queue.Migrate(ctx); err != nil {
		return nil, err
	}
	if err := s.orders.create(ctx); err != nil {
		return nil, err
	}
	if err := s.queue.Start(context.WithoutCancel(ctx)); err != nil { // until close
		return nil, err
	}
	s.Handler, err = s.routes(ctx)
	return s, err
}

func (s *shop) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := s.queue.Stop(ctx)
	return errors.Join(err, s.db.Close())
}

// routes returns the shop's handler. Everything under /staff, /faults and /river
// belongs behind the shop's own login; this one listens on the loopback address.
func (s *shop) routes(ctx context.Context) (http.Handler, error) {
	jobs, err := riverui.NewHandler(&riverui.HandlerOpts{
		Endpoints: riverui.NewEndpoints(s.queue.River(), nil), Logger: slog.New(slog.DiscardHandler), Prefix: "/river",
	})
	if err != nil {
		return nil, err
	}
	if err := jobs.Start(ctx); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/river/", dashboard(jobs))
	mux.Handle("GET /health", s.queue.HealthHandler())
	mux.Handle("GET /static/", http.FileServerFS(files))
	for pattern, handler := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /{$}":                   s.home,
		"GET /products/{id}":         s.product,
		"GET /cart":                  s.cart,
		"POST /cart":                 s.changeCart,
		"GET /checkout":              s.checkout,
		"POST /checkout":             s.placeOrder,
		"GET /orders/{id}":           s.order,
		"GET /orders/{id}/state":     s.orderState,
		"GET /orders/{id}/pay":       s.handOff,
		"POST /orders/{id}/again":    s.again,
		"POST /orders/{id}/invoice":  s.invoice,
		"GET /return":                s.returned,
		"GET /staff/orders":          s.staffOrders,
		"GET /staff/orders/{id}":     s.staffOrder,
		"POST /staff/orders/{id}":    s.decide,
		"GET /staff/operations":      s.operations,
		"POST /staff/operations":     s.review,
		"GET /staff/disputes":        s.disputes,
		"POST /staff/disputes":       s.respond,
		"GET /staff/reconciliation":  s.reconciliation,
		"GET /staff/health":          s.health,
		"GET /faults":                s.faultPanel,
		"POST /faults":               s.setFault,
		"POST /faults/clock":         s.moveClock,
		"POST /faults/past-the-shop": s.payPastTheShop,
		"POST /faults/dispute/{id}":  s.openDispute,
		"/":                          s.missing,
	} {
		mux.Handle(pattern, s.page(handler))
	}
	return guard(mux), nil
}
