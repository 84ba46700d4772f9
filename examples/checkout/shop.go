package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// shop is the web server that the hosted checkout sends the shopper back to.
type shop struct {
	origin  string
	server  *http.Server
	returns chan *url.URL
}

func openShop() (*shop, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &shop{origin: "http://" + listener.Addr().String(), returns: make(chan *url.URL, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /back", func(w http.ResponseWriter, r *http.Request) {
		select {
		case s.returns <- r.URL:
		default: // the shopper reloaded the page
		}
		fmt.Fprintln(w, "Thank you. The rest happens in the terminal.")
	})
	s.server = &http.Server{Handler: mux}
	go func() { _ = s.server.Serve(listener) }()
	return s, nil
}

func (s *shop) close() { _ = s.server.Close() }

// returnURL is where the shopper returns to, confirmed or not.
func (s *shop) returnURL() string { return s.origin + "/back?cart=7" }

// wait returns what the checkout appended to the shop's URL.
func (s *shop) wait(ctx context.Context) (afterpay.Redirect, error) {
	select {
	case u := <-s.returns:
		return afterpay.ParseRedirect(u)
	case <-ctx.Done():
		return afterpay.Redirect{}, ctx.Err()
	}
}

// shopper decides about an order and returns to the shop.
type shopper func(ctx context.Context, order *afterpay.Order) error

// askPerson prints the link for the person who runs the program.
func (s *sale) askPerson(_ context.Context, order *afterpay.Order) error {
	fmt.Fprintf(s.out, "\nOpen this link, confirm the order, and come back here:\n%s\n\n", order.RedirectCheckoutURL)
	return nil
}

// confirmIn returns a shopper who confirms the order in the sandbox, with a card
// that is good or not, and follows the redirect as a browser would.
func confirmIn(sandbox *afterpaytest.Sandbox, decline bool) shopper {
	return func(ctx context.Context, order *afterpay.Order) error {
		decide := sandbox.Approve
		if decline {
			decide = sandbox.Decline
		}
		if err := decide(order.Token); err != nil {
			return err
		}
		back, err := sandbox.RedirectURL(order.Token)
		if err != nil {
			return err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, back, nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	}
}
