package suite_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// chaosShop is a shop with many workers on a bad network, and its books.
type chaosShop struct {
	sandbox  *afterpaytest.Sandbox
	network  *chaosNetwork
	clients  map[afterpay.APIVersion]*afterpay.Client
	outcomes tally

	mu   sync.Mutex
	book []*intent
}

// work sells until the worker has wanted so many movements of money.
func (s *chaosShop) work(ctx context.Context, worker, movements int) error {
	wanted := 0
	for number := 0; wanted < movements; number++ {
		name := fmt.Sprintf("%d-%d-%d", s.network.seed, worker, number)
		o := &chaosOrder{shop: s, name: name, draw: rand.New(rand.NewPCG(s.network.seed, uint64(worker)<<32|uint64(number)))}
		err := o.sell(ctx)
		wanted += o.wanted
		if err != nil {
			return err
		}
	}
	return nil
}

// chaosOrder is one order from its creation to its refunds. Its random numbers
// depend on the seed and its name only.
type chaosOrder struct {
	shop    *chaosShop
	name    string
	draw    *rand.Rand
	version afterpay.APIVersion
	token   string
	wanted  int
}

// errLeftOpen ends an order's story: what became of its last movement will be
// looked up when the network is calm.
var errLeftOpen = errors.New("left open")

func (o *chaosOrder) sell(ctx context.Context) error {
	o.version = afterpay.V2
	authorize := false
	switch o.draw.IntN(4) {
	case 0:
		o.version = afterpay.V1
	case 1:
	default:
		authorize = true
	}
	total := afterpay.USD(300_00 + o.draw.Int64N(600)*1_00)
	if err := o.open(ctx, total); err != nil {
		return err
	}
	err := o.pay(ctx, authorize, total)
	if errors.Is(err, errLeftOpen) {
		return nil
	}
	return err
}

// open creates the order and has its shopper decide.
func (o *chaosOrder) open(ctx context.Context, total afterpay.Money) error {
	for range 50 {
		order, err := o.shop.clients[o.version].Orders.Create(ctx, afterpay.CreateOrderRequest{
			Amount:            total,
			Consumer:          afterpay.Consumer{GivenNames: "Joe", Surname: "Consumer", Email: "test@example.com"},
			Merchant:          afterpay.Merchant{RedirectConfirmURL: "https://shop.example/ok", RedirectCancelURL: "https://shop.example/no"},
			MerchantReference: "order-" + o.name,
		})
		if err != nil {
			continue // an order that nobody pays for does no harm
		}
		o.token = order.Token
		if o.draw.IntN(12) == 0 {
			return o.shop.sandbox.Decline(o.token)
		}
		return o.shop.sandbox.Approve(o.token)
	}
	return errors.New("no order could be created in 50 calls")
}

// pay takes the money and gives some of it back.
func (o *chaosOrder) pay(ctx context.Context, authorize bool, total afterpay.Money) error {
	in := o.intend(afterpaytest.Captured, "payments.capture", "", total)
	if authorize {
		in.kind, in.op = afterpaytest.Authorized, "payments.authorize"
	}
	if err := o.settle(ctx, in); err != nil || in.said != done {
		return err
	}
	captured := total
	if authorize {
		var err error
		if captured, err = o.captureParts(ctx, in.paymentID, total); err != nil {
			return err
		}
	}
	for range o.draw.IntN(4) {
		refund := o.intend(afterpaytest.Refunded, "refunds.create", in.paymentID, o.share(captured, 4))
		if !refund.amount.IsPositive() {
			return nil
		}
		if err := o.settle(ctx, refund); err != nil {
			return err
		}
	}
	return nil
}

// captureParts takes some parts of an authorization and voids others. It
// returns what was captured.
func (o *chaosOrder) captureParts(ctx context.Context, paymentID string, total afterpay.Money) (afterpay.Money, error) {
	captured := afterpay.USD(0)
	for range 1 + o.draw.IntN(5) {
		kind, op := afterpaytest.Captured, "payments.capturePart"
		if o.draw.IntN(3) == 0 {
			kind, op = afterpaytest.Voided, "payments.void"
		}
		in := o.intend(kind, op, paymentID, o.share(total, 8))
		if err := o.settle(ctx, in); err != nil {
			return captured, err
		}
		if kind == afterpaytest.Captured && in.said == done {
			captured.Amount += in.amount.Amount
		}
	}
	return captured, nil
}

// share returns less than an n-th of an amount. Its last digit is the number of
// the order's movements so far, so that no two are alike.
func (o *chaosOrder) share(m afterpay.Money, n int64) afterpay.Money {
	tenths := int64(m.Amount) / n / 10
	if tenths < 20 {
		return afterpay.USD(0)
	}
	return afterpay.USD((10+o.draw.Int64N(tenths-10))*10 + int64(o.wanted%10))
}

func (o *chaosOrder) intend(kind afterpaytest.MovementKind, op, paymentID string, amount afterpay.Money) *intent {
	return &intent{kind: kind, op: op, version: o.version, token: o.token, paymentID: paymentID, amount: amount, said: unknown}
}

// settle wants a movement until it is done, declined or given up. What is said
// not to be done is wanted again under a new request id, as a shop would: if it
// was done all the same, it is now done twice.
func (o *chaosOrder) settle(ctx context.Context, in *intent) error {
	o.wanted++
	o.shop.mu.Lock()
	o.shop.book = append(o.shop.book, in) // before anything is sent
	o.shop.mu.Unlock()
	for try := range 3 {
		in.requestID = afterpay.RequestIDFor("chaos", o.name, fmt.Sprint(o.wanted), fmt.Sprint(try))
		in.reference = in.requestID
		err := o.call(ctx, in)
		o.note(in, err)
		if errors.Is(err, afterpay.ErrOutcomeUnknown) {
			if err := o.findOut(ctx, in); err != nil {
				return err
			}
		}
		if in.said != definite {
			return nil
		}
	}
	return nil
}

var errWrong = errors.New("a response that must not be")

// note judges a response as a shop has to.
func (o *chaosOrder) note(in *intent, err error) {
	in.said, in.how = outcomeOf(err), "the call"
	switch e, ok := errors.AsType[*afterpay.Error](err); {
	case err != nil && !ok:
		in.wrong = fmt.Errorf("%w: %w", errWrong, err)
	case in.said == unknown && (e.Token+e.PaymentID == "" || e.RequestID != in.requestID && in.op != "payments.capture"):
		in.wrong = fmt.Errorf("%w: it does not say of what it is unknown: %w", errWrong, err)
	}
	o.shop.outcomes.add(fmt.Sprintf("%s: %s", in.op, in.said))
}

// call calls the service once, on the caller's side of things: now and then its
// context ends first.
func (o *chaosOrder) call(ctx context.Context, in *intent) error {
	if o.draw.IntN(20) == 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, upTo(o.draw, longestHold/4))
		defer cancel()
	}
	return in.send(ctx, o.shop.clients[o.version])
}

// findOut settles a doubt at once, while the network is still bad: by looking,
// by repeating under the same request id, or not now.
func (o *chaosOrder) findOut(ctx context.Context, in *intent) error {
	switch choice := o.draw.IntN(4); {
	case choice == 0:
		return errLeftOpen
	case choice == 1:
		if o := outcomeOf(o.call(ctx, in)); o == done || o == declined {
			in.said, in.how = o, "a repetition"
		}
	case in.op != "payments.void": // which has no look-up that waits
		in.look(ctx, o.shop.clients[o.version])
	}
	o.shop.outcomes.add(fmt.Sprintf("doubt about %s: %s", in.op, in.said))
	if in.said == unknown {
		return errLeftOpen
	}
	return nil
}
