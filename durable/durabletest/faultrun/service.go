//go:build unix

package main

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// moneyOps are the calls that fail at random.
var moneyOps = []afterpaytest.Op{
	afterpaytest.OpAuthorize, afterpaytest.OpCapture, afterpaytest.OpCapturePart, afterpaytest.OpVoid, afterpaytest.OpCreateRefund,
}

// moneyFaults lose requests and responses in every way.
var moneyFaults = []afterpaytest.Fault{
	afterpaytest.Reset(), afterpaytest.Reset().AfterCommit(), afterpaytest.ServiceUnavailable(), afterpaytest.ServiceUnavailable().AfterCommit(),
	afterpaytest.BadGateway().AfterCommit(), afterpaytest.EmptyError().AfterCommit(), afterpaytest.Truncated(),
	afterpaytest.TooManyRequests(0), afterpaytest.InProgress(), afterpaytest.Timeout(), afterpaytest.Timeout().AfterCommit(), afterpaytest.Blocked(),
}

// service is the sandbox with faults, on a socket of its own for each worker.
type service struct {
	sandbox *afterpaytest.Sandbox
	client  *afterpay.Client // of the shopper and the shop, without faults
	outage  atomic.Bool
	calm    atomic.Bool
	faults  atomic.Int64

	mu     sync.Mutex
	random *rand.Rand

	checkout sync.Mutex // held while a shopper confirms an order, and while the clock moves
}

func newService(s *settings) (*service, error) {
	v := &service{
		sandbox: afterpaytest.New(afterpaytest.WithReadLag(s.ReadLag), afterpaytest.WithRequestHistory(1)),
		random:  rand.New(rand.NewPCG(s.Seed, 1)),
	}
	for _, op := range moneyOps {
		v.sandbox.FailFunc(op, func(afterpaytest.Request) (afterpaytest.Fault, bool) { return v.fault(s.FaultPercent) })
	}
	for _, op := range []afterpaytest.Op{afterpaytest.OpGetPayment, afterpaytest.OpGetPaymentByToken, afterpaytest.OpUpdateReference} {
		v.sandbox.FailFunc(op, func(afterpaytest.Request) (afterpaytest.Fault, bool) {
			return afterpaytest.ServiceUnavailable(), v.outage.Load()
		})
	}
	var err error
	v.client, err = afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey, afterpay.WithHTTPClient(&http.Client{Transport: v.sandbox}))
	return v, err
}

func (v *service) intN(n int) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.random.IntN(n)
}

// fault chooses what happens to a money call.
func (v *service) fault(percent int) (afterpaytest.Fault, bool) {
	switch {
	case v.outage.Load():
		return afterpaytest.ServiceUnavailable(), true
	case v.calm.Load() || v.intN(100) >= percent:
		return afterpaytest.Fault{}, false
	}
	v.faults.Add(1)
	return moneyFaults[v.intN(len(moneyFaults))], true
}

// slowest bounds the random time that a money call takes.
const slowest = 150 * time.Millisecond

// endpoint is the service as one worker process reaches it.
type endpoint struct {
	service *service
	server  *http.Server
	url     string
	running atomic.Int64 // money calls
}

func (v *service) listen(ctx context.Context) (*endpoint, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	e := &endpoint{service: v, url: "http://" + listener.Addr().String()}
	e.server = &http.Server{Handler: e, ReadHeaderTimeout: time.Minute}
	go func() { _ = e.server.Serve(listener) }() // until the server is closed
	return e, nil
}

// ServeHTTP implements http.Handler.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		e.service.sandbox.ServeHTTP(w, r)
		return
	}
	e.running.Add(1)
	defer e.running.Add(-1)
	pause := func() { time.Sleep(time.Duration(e.service.intN(int(slowest)))) }
	pause() // a kill may come before the money moves, or after
	defer pause()
	e.service.sandbox.ServeHTTP(w, r)
}

// advance moves the service's clock.
func (v *service) advance(d time.Duration) {
	v.checkout.Lock()
	defer v.checkout.Unlock()
	v.sandbox.Advance(d)
}

// confirmed returns the token of an order over 100.00 that the shopper has
// confirmed.
func (v *service) confirmed(ctx context.Context) (string, error) {
	v.checkout.Lock()
	defer v.checkout.Unlock()
	o, err := v.client.Orders.Create(ctx, afterpay.CreateOrderRequest{
		Amount: afterpay.USD(100_00), Consumer: afterpay.Consumer{Email: "shopper@example.com"},
		Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/confirm", RedirectCancelURL: "https://shop.example/cancel"},
	})
	if err != nil {
		return "", err
	}
	return o.Token, v.sandbox.Approve(o.Token)
}
