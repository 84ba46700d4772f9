package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/durable/durabletest"
)

// story is what happens to the shop.
type story struct {
	db, url string
	sandbox *afterpaytest.Sandbox
	client  *afterpay.Client
	down    atomic.Bool
	shop    shop
	server  *http.Server
	kills   int
}

func newStory(ctx context.Context, db string) (*story, error) {
	s := &story{db: db, sandbox: afterpaytest.New(afterpaytest.WithAuthLife(20 * time.Hour))}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.url = "http://" + listener.Addr().String()
	if s.shop, err = openShop(ctx, db, s.url); err != nil {
		return nil, err
	}
	if err := errors.Join(s.shop.Migrate(ctx), s.shop.createBooks(ctx)); err != nil {
		return nil, err
	}
	dashboard, err := s.shop.dashboard(ctx, "/river")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/river/", dashboard)
	mux.Handle("/health", s.shop.HealthHandler())
	mux.HandleFunc("/", s.afterpay)
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.server.Serve(listener) }() // until close
	s.client, err = afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey, afterpay.WithHTTPClient(&http.Client{Transport: s.sandbox}))
	return s, err
}

func (s *story) close() { _ = s.server.Close() }

// afterpay is the service: slow, and sometimes down.
func (s *story) afterpay(w http.ResponseWriter, r *http.Request) {
	if s.down.Load() {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	time.Sleep(20 * time.Millisecond)
	s.sandbox.ServeHTTP(w, r)
}

// worker runs a worker process again and again, until ctx ends. It returns a
// function that kills the process with SIGKILL.
func (s *story) worker(ctx context.Context) (kill func()) {
	var process atomic.Pointer[os.Process]
	go func() {
		for ctx.Err() == nil {
			cmd := exec.CommandContext(ctx, os.Args[0], "-db", s.db, "-worker", s.url)
			cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
			if err := cmd.Start(); err != nil {
				fmt.Println(err)
				return
			}
			process.Store(cmd.Process)
			_ = cmd.Wait() // it was killed
		}
	}()
	return func() {
		if p := process.Load(); p != nil && p.Kill() == nil {
			s.kills++
		}
	}
}

const orders = 100

func (s *story) run(ctx context.Context, workers int) error {
	working, stop := context.WithCancel(ctx)
	defer stop()
	kills := make([]func(), workers)
	for i := range kills {
		kills[i] = s.worker(working)
	}
	fmt.Printf("The shop takes %d orders; each is captured and partly refunded.\n", orders)
	if err := s.takeOrders(ctx); err != nil {
		return err
	}
	fmt.Println("A worker is killed five times, and Afterpay is down for ten seconds.")
	for i := range 5 {
		time.Sleep(700 * time.Millisecond)
		kills[i%workers]()
	}
	s.down.Store(true)
	time.Sleep(10 * time.Second)
	s.down.Store(false)
	if err := s.tooLarge(ctx); err != nil {
		return err
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	time.Sleep(3 * time.Second) // for the alert about the authorization that expires
	return s.report(ctx)
}

// takeOrders enqueues a capture for each order.
func (s *story) takeOrders(ctx context.Context) error {
	for i := range orders {
		token, err := s.confirmed(ctx)
		if err != nil {
			return err
		}
		if err := s.shop.enqueue(ctx, durable.Operation{ID: "order-" + strconv.Itoa(i), Kind: durable.Capture, Token: token}); err != nil {
			return err
		}
	}
	return nil
}

// confirmed returns the token of an order over 50.00 that the shopper has
// confirmed.
func (s *story) confirmed(ctx context.Context) (string, error) {
	o, err := s.client.Orders.Create(ctx, afterpay.CreateOrderRequest{
		Amount: afterpay.USD(50_00), Consumer: afterpay.Consumer{Email: "ann@example.com"},
		Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/confirm", RedirectCancelURL: "https://shop.example/cancel"},
	})
	if err != nil {
		return "", err
	}
	return o.Token, s.sandbox.Approve(o.Token)
}

// tooLarge refunds more than was captured, captures the rest and replays the
// refund. The authorization of another order is left to expire.
func (s *story) tooLarge(ctx context.Context) error {
	for _, id := range []string{"authorize-1", "authorize-2"} {
		token, err := s.confirmed(ctx)
		if err != nil {
			return err
		}
		if err := s.shop.enqueue(ctx, durable.Operation{ID: id, Kind: durable.Authorize, Token: token}); err != nil {
			return err
		}
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	authorized, err := s.shop.Get(ctx, "authorize-1")
	if err != nil {
		return err
	}
	part := func(id string, kind durable.Kind, amount int64) durable.Operation {
		return durable.Operation{ID: id, Kind: kind, PaymentID: authorized.ResultID, Amount: afterpay.USD(amount)}
	}
	fmt.Println("20.00 are captured of an authorization, and 30.00 refunded.")
	if err := s.shop.enqueue(ctx, part("part-1", durable.CapturePart, 20_00), part("too-large", durable.Refund, 30_00)); err != nil {
		return err
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	refund, err := s.shop.Get(ctx, "too-large")
	if err != nil {
		return err
	}
	fmt.Printf("  %s is in %s (%s): %s\n", refund.ID, refund.State, refund.Reason, refund.Detail)
	fmt.Println("Another 30.00 are captured, and the refund is replayed.")
	if err := s.shop.enqueue(ctx, part("part-2", durable.CapturePart, 30_00)); err != nil {
		return err
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	return s.shop.Replay(ctx, "too-large", "ann of finance")
}

// settle waits until nothing is pending.
func (s *story) settle(ctx context.Context) error {
	for {
		h, err := s.shop.Health(ctx)
		if err != nil || h.Pending == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// report compares the ledger with the operations and the books.
func (s *story) report(ctx context.Context) error {
	operations, err := s.shop.operations(ctx)
	if err != nil {
		return err
	}
	booked, err := s.shop.booked(ctx)
	if err != nil {
		return err
	}
	h, err := s.shop.Health(ctx)
	if err != nil {
		return err
	}
	health, err := json.Marshal(h)
	if err != nil {
		return err
	}
	wrong := durabletest.Judge(operations, s.sandbox.Ledger())
	fmt.Printf("%d operations, %d kills, %d movements of money at Afterpay, %d operations booked as done.\n",
		len(operations), s.kills, len(s.sandbox.Ledger()), booked)
	fmt.Println("Health:", string(health), s.url+"/health")
	fmt.Println("River's dashboard:", s.url+"/river/")
	if len(wrong) > 0 || booked != len(operations) {
		return fmt.Errorf("the books are wrong: %v", wrong)
	}
	fmt.Println("Ledger and books agree to the cent.")
	return nil
}
