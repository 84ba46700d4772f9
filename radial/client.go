// Package radial sends Afterpay payments through Radial's XML payments service,
// tender AF, for merchants whose payments run through Radial (formerly GSI
// Commerce, then eBay Enterprise). Such a merchant makes no calls to Afterpay,
// so the messages differ from those of package afterpay; Money and the kinds of
// errors are the same.
//
//	client, err := radial.New(storeID, apiKey)
//	session, err := client.InitializePaymentAuthorization(ctx, request)
//	// the shopper confirms at Afterpay and comes back
//	_, err = client.GetPaymentAuthorization(ctx, radial.GetPaymentAuthorizationRequest{
//		OrderID: session.OrderID, PaymentID: session.PaymentID, Amount: session.Amount,
//	})
//	switch {
//	case err == nil: // approved: accept the order
//	case errors.Is(err, afterpay.ErrDeclined): // refuse it
//	}
//
// # What is certain
//
// InitializePaymentAuthorization follows a published table, element by element.
// GetConfiguration and GetPaymentAuthorization are documented for Afterpay,
// with replies whose tables are known in part. What follows after an approval,
// which Radial documents for other tenders only, is in package
// radial/experimental. Nothing here has been tried against a Radial host. How
// the shopper gets from the shop to Afterpay is not public: the reply names a
// session and no address.
//
// # Request ids
//
// Radial allows the same request id again only after a read timeout or a Fault,
// and requires a new one after any reply. The Client follows this rule. Every
// call without a RequestID gets a new one, except
// InitializePaymentAuthorization, whose published message shows none. Automatic
// retries, bounded by RetryPolicy, happen only after a read timeout, after a
// Fault, or if nothing was sent, and send the same bytes. Error.MayRepeat says
// whether the caller may do the same, by setting RequestID to Error.RequestID.
// A gateway's error page and a broken connection are neither a reply nor a read
// timeout, so the call is not retried.
//
// # Requests and replies
//
// Requests are checked against the published restrictions before anything is
// sent; an Error lists all faults with the paths of their elements. Amounts are
// sent with exactly two decimals.
//
// A reply is accepted only if it is about what was asked. One that names another
// order, tender, amount, currency, request id or session id, that lacks a
// required element or repeats one, is an error with an unknown outcome. Apart
// from that, replies are read liberally: elements in any order and with any
// prefix, unknown elements ignored, amounts in every form of an XML decimal.
// Documents larger than 1 MiB, nested more than 32 deep, with more than 20,000
// elements and attributes or with a document type declaration are refused.
//
// Package radialtest stands in for the service in tests.
package radial

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/transport"
	"github.com/afterpay-go/afterpay/radial/internal/message"
)

// Client calls Radial's payments service for one store. It is immutable, is safe
// for concurrent use, and need not be closed.
type Client struct {
	storeID           string
	stores            *url.URL           // …/v1.0/stores/{StoreID}
	header            func() http.Header // a function, so that printing a Client cannot show the API key
	transport         *transport.Transport
	timeouts          Timeouts
	retry             RetryPolicy
	logger            *slog.Logger
	observe           func(context.Context, Attempt)
	newRequestID      func() string
	withoutValidation bool
}

// New returns a Client for the store with the given id, which Radial issued
// together with the API key. The key belongs to one environment and one API
// version, and has to be replaced at least every six months. Without options the
// Client talks to the production host of North America.
func New(storeID, apiKey string, opts ...Option) (*Client, error) {
	cfg, err := newConfig(opts)
	if err := errors.Join(checkStoreID(storeID), checkAPIKey(apiKey), err); err != nil {
		return nil, fmt.Errorf("radial: %w", err)
	}
	header := http.Header{
		"apikey":       {apiKey}, // in the documented spelling
		"Content-Type": {"text/xml"},
		"User-Agent":   {"afterpay-go-radial/" + afterpay.Version},
	}
	return &Client{
		storeID: storeID,
		stores:  cfg.baseURL().JoinPath("v1.0", "stores", url.PathEscape(storeID)),
		header:  func() http.Header { return header },
		transport: transport.New(transport.Config{
			Client:  cfg.httpClient,
			Connect: cfg.timeouts.Connect,
			Limiter: cfg.limiter,
			MaxBody: message.MaxDocument,
		}),
		timeouts:          cfg.timeouts,
		retry:             cfg.retry,
		logger:            cfg.logger,
		observe:           cfg.observe,
		newRequestID:      cfg.newRequestID,
		withoutValidation: cfg.withoutValidation,
	}, nil
}

// StoreID returns the id of the store.
func (c *Client) StoreID() string { return c.storeID }

// LogValue shows the store and the host, and hides the API key.
func (c Client) LogValue() slog.Value {
	return slog.GroupValue(slog.String("store", c.storeID), slog.String("host", c.stores.Host))
}

// checkStoreID refuses characters that would change the path of the URL.
func checkStoreID(id string) error {
	switch {
	case id == "" || utf8.RuneCountInString(id) > 100:
		return errors.New("store id must have 1 to 100 characters")
	case id == "." || id == ".." || strings.ContainsAny(id, "/\\?#%") || strings.ContainsFunc(id, unprintable):
		return errors.New("store id contains a character that is not allowed in a path")
	}
	return nil
}

// checkAPIKey refuses characters that a header cannot carry. The error does not
// repeat the key.
func checkAPIKey(key string) error {
	switch {
	case key == "":
		return errors.New("API key is empty")
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return errors.New("API key contains a character that is not allowed in a header")
	}
	return nil
}

func unprintable(r rune) bool { return r <= ' ' || r == 0x7f || r == utf8.RuneError }
