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
)

// Client calls Radial's payments service for one store. It can't be changed,
// may be used by any number of goroutines at once, and need not be closed.
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
	settlements       SettlementStore
}

// New returns a Client for the store with the given id, which Radial issued
// together with the API key. The key belongs to one environment and one API
// version and has to be replaced at least every six months. Without options the
// Client talks to the production host of North America.
func New(storeID, apiKey string, opts ...Option) (*Client, error) {
	cfg, err := newConfig(opts)
	if err := errors.Join(checkStoreID(storeID), checkAPIKey(apiKey), err); err != nil {
		return nil, fmt.Errorf("radial: %w", err)
	}
	hc := cfg.httpClient
	if hc.Transport == nil {
		hc.Transport = transport.NewRoundTripper(cfg.timeouts.Connect)
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
			Client:  &hc,
			Connect: cfg.timeouts.Connect,
			Limiter: cfg.limiter,
			MaxBody: maxDocument,
		}),
		timeouts:          cfg.timeouts,
		retry:             cfg.retry,
		logger:            cfg.logger,
		observe:           cfg.observe,
		newRequestID:      cfg.newRequestID,
		withoutValidation: cfg.withoutValidation,
		settlements:       cfg.settlements,
	}, nil
}

// checkStoreID refuses what would change the path of the URL.
func checkStoreID(id string) error {
	switch {
	case id == "" || utf8.RuneCountInString(id) > 100:
		return errors.New("store id must have 1 to 100 characters")
	case id == "." || id == ".." || strings.ContainsAny(id, "/\\?#%") || strings.ContainsFunc(id, unprintable):
		return errors.New("store id holds a character that a path cannot carry")
	}
	return nil
}

// checkAPIKey refuses what a header cannot carry. The error does not repeat it.
func checkAPIKey(key string) error {
	switch {
	case key == "":
		return errors.New("API key is empty")
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return errors.New("API key holds a character that a header cannot carry")
	}
	return nil
}

func unprintable(r rune) bool { return r <= ' ' || r == 0x7f || r == utf8.RuneError }
