// Package afterpay is a client for the Afterpay Online API, versions 1 and 2.
//
// Afterpay is sold as Clearpay in the United Kingdom and as Cash App Afterpay in
// the United States; one API serves all of them. It is not Riverty, which was
// called AfterPay in the Netherlands and Germany and has a different API.
//
// # A payment
//
//	client, err := afterpay.New(merchantID, secretKey)
//	order, err := client.Orders.Create(ctx, afterpay.CreateOrderRequest{
//		Amount:   afterpay.USD(21_85),
//		Consumer: afterpay.Consumer{Email: "ann@example.com"},
//		Merchant: afterpay.Merchant{RedirectConfirmURL: confirm, RedirectCancelURL: cancel},
//	})
//	// Store order.Token with the order and send the shopper to
//	// order.RedirectCheckoutURL. When they come back to the return page:
//	redirect, err := afterpay.ParseRedirect(r.URL)
//	payment, err := client.Payments.Complete(ctx, afterpay.CompleteRequest{
//		Token: token, Amount: afterpay.USD(21_85), Redirect: redirect, // token and amount as stored
//	})
//
// A nil error means that the money was captured, held, released or refunded as
// requested; for Payments.Reverse, that the reversal was accepted. A decline is
// an error, ErrDeclined, in whichever form the service reports it.
//
// # Failures
//
// Every error that a call returns is an *Error. Use errors.Is to compare it with a
// Kind. An error that also matches ErrOutcomeUnknown is not a refusal: money may
// have moved, and no response says whether it did. Payments.Complete looks
// that up by itself; Payments.Recover, Payments.FindCapture and Refunds.Recover look
// up the outcome of a lost capture, authorization or refund. Calls that move money
// carry a token or request id by which the service recognizes a repeated call. The
// client repeats them by itself (see RetryPolicy), and you may repeat them after a
// crash (see RequestIDFor).
//
// # Versions
//
// The types use the names of API v2. With WithAPIVersion(V1) the same code runs
// on v1:
//
//	v2                            v1
//	Orders (checkouts)            orders; no RedirectCheckoutURL
//	Payments.Complete             the same, without Authorize
//	Payments.Capture              the same
//	Payments.Authorize            errors.ErrUnsupported
//	Payments.CapturePart          errors.ErrUnsupported
//	Payments.FindCapture          errors.ErrUnsupported
//	Payments.Void                 errors.ErrUnsupported
//	Payments.Reverse              the same
//	Refunds                       the same
//	Disputes                      errors.ErrUnsupported
//	Contact.Area1, Region         suburb, state
//	Payment.State                 not sent
//	Payment.OpenToCaptureAmount   not sent
//	Payment.Events                usually empty; type and time only
//
// # Money
//
// Money is exact: an integer of hundredths and a currency. USD(21_85) and
// ParseMoney("21.85", "USD") are the same value, and == compares them.
//
// # Tests
//
// Package afterpaytest is an Afterpay sandbox in memory, for unit tests of your
// own code.
package afterpay

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode"
)

// Client calls the Afterpay Online API for one merchant account. It is immutable,
// safe for concurrent use, and need not be closed.
type Client struct {
	Configuration *ConfigurationService
	Orders        *OrdersService
	Payments      *PaymentsService
	Refunds       *RefundsService
	Disputes      *DisputesService

	core *core
}

// core is what the services share. A Client holds it by pointer so that
// printing the Client shows no credentials.
type core struct {
	version   APIVersion
	targets   []target // by opID
	transport *sender
	// headers is a function so that nothing which prints a Client in any way
	// prints its credentials.
	headers           func() *headers
	credentials       credentials   // nil: Basic authentication
	configurations    sync.Map      // of *cache.Value[*Configuration], by the set of includes
	lookup            time.Duration // Timeouts.Lookup
	newRequestID      func() string
	withoutValidation bool
	logger            *slog.Logger
	observe           func(context.Context, Attempt)
}

// headers are the headers of requests, made once.
type headers struct {
	open http.Header // without credentials
	read http.Header // without a body
	json http.Header // with one
	form http.Header // asking for an access token
}

func newHeaders(userAgent, merchantID, secretKey string) *headers {
	agent := []string{userAgent}
	plain, json := []string{"*/*"}, []string{"application/json"} // the response to ping is plain text
	basic := []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(merchantID+":"+secretKey))}
	return &headers{
		open: http.Header{"Accept": plain, "User-Agent": agent},
		form: http.Header{"Accept": plain, "User-Agent": agent, "Content-Type": {"application/x-www-form-urlencoded"}},
		read: http.Header{"Accept": json, "User-Agent": agent, "Authorization": basic},
		json: http.Header{"Accept": json, "User-Agent": agent, "Authorization": basic, "Content-Type": json},
	}
}

// service is the underlying type of every service.
type service struct{ client *core }

// New returns a client for the merchant account with these credentials. By default
// it calls API v2 at the production host, with the timeouts that Afterpay recommends
// and DefaultRetryPolicy. Credentials belong to one region and to either production
// or sandbox; the first call reports wrong ones as ErrUnauthorized.
func New(merchantID, secretKey string, opts ...Option) (*Client, error) {
	if err := checkCredentials(merchantID, secretKey); err != nil {
		return nil, err
	}
	cfg := defaultConfig()
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(cfg); err != nil {
			return nil, err
		}
	}
	base, err := cfg.base()
	if err != nil {
		return nil, err
	}
	return newClient(merchantID, secretKey, cfg, base), nil
}

// checkCredentials refuses what Basic authentication cannot carry, and the line
// end that secrets read from files tend to have.
func checkCredentials(merchantID, secretKey string) error {
	odd := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	switch {
	case merchantID == "" || secretKey == "":
		return errors.New("afterpay: merchant id and secret key are required")
	case strings.Contains(merchantID, ":") || strings.ContainsFunc(merchantID, odd):
		return errors.New("afterpay: merchant id contains a colon, white space or a control character")
	case strings.ContainsFunc(secretKey, odd):
		return errors.New("afterpay: secret key contains white space or a control character")
	}
	return nil
}

func newClient(merchantID, secretKey string, cfg *config, base *url.URL) *Client {
	made := newHeaders(cfg.userAgent.header(merchantID), merchantID, secretKey)
	c := &core{
		version:           cfg.version,
		transport:         cfg.transport(),
		headers:           func() *headers { return made },
		lookup:            cfg.timeouts.Lookup,
		newRequestID:      cfg.newRequestID,
		withoutValidation: cfg.withoutValidation,
		logger:            cfg.logger,
		observe:           cfg.observe,
	}
	if cfg.credentials != nil {
		c.credentials = cfg.credentials(c, merchantID, secretKey)
	}
	for op := range operations {
		host := base
		if opID(op) == opOAuthToken {
			host = tokenBase(base)
		}
		c.targets = append(c.targets, newTarget(&operations[op], cfg.version, host, cfg.timeouts))
	}
	s := &service{c}
	return &Client{
		Configuration: (*ConfigurationService)(s),
		Orders:        (*OrdersService)(s),
		Payments:      (*PaymentsService)(s),
		Refunds:       (*RefundsService)(s),
		Disputes:      (*DisputesService)(s),
		core:          c,
	}
}

// Ping returns nil if the service can be reached. It sends no credentials.
//
// GET /ping.
func (c *Client) Ping(ctx context.Context) error {
	_, err := do[pong](ctx, c.core, call{op: opPing, anonymous: true}, nil)
	return err
}

// CloseIdleConnections closes the connections that no call is using, as
// http.Client does. Calling it is optional.
func (c *Client) CloseIdleConnections() { c.core.transport.CloseIdleConnections() }

// LogValue shows the host and the API version, and no credentials.
func (c *Client) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("host", c.core.targets[opPing].url.Host),
		slog.Int("api_version", int(c.core.version)),
	)
}

// fillRequestID makes a request id before the first attempt if the caller gave
// none.
func (c *core) fillRequestID(id *string) {
	if *id == "" {
		*id = c.newRequestID()
	}
}
