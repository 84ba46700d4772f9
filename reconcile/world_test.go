package reconcile_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
)

var (
	melbourne = mustLoad("Australia/Melbourne")
	// now is a Friday; the world's orders are of the week before.
	now = time.Date(2026, 11, 20, 9, 0, 0, 0, melbourne)
)

func mustLoad(name string) *time.Location {
	location, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return location
}

// world is a shop and its Afterpay account, with faults planted. Every text of
// an order ends in its number, so that a finding can be traced to it.
type world struct {
	rng         *rand.Rand
	sameRefs    bool // references agree, so that they serve as sort key
	left, right []reconcile.Record
	expected    map[string]int
}

// deal is an order with its payment, before anything goes wrong.
type deal struct {
	n                           int
	order, payment              reconcile.Record
	shopRefunds, afterpayRefund []reconcile.Record
	extraLeft, extraRight       []reconcile.Record
}

func (w *world) expect(n int, class reconcile.Class, severity reconcile.Severity, kind reconcile.Kind) {
	w.expected[fmt.Sprintf("%06d %s %s %s", n, class, severity, kind)]++
}

func (w *world) chance(percent int) bool { return w.rng.IntN(100) < percent }

// clean makes a deal on which both sides agree.
func (w *world) clean(n int) *deal {
	currency := []afterpay.Currency{afterpay.CurrencyAUD, afterpay.CurrencyNZD}[w.rng.IntN(2)]
	day := time.Date(2026, 11, 9+w.rng.IntN(5), 10, 0, 0, 0, melbourne)
	at := day.Add(time.Duration(w.rng.IntN(8*3600)) * time.Second)
	amount := afterpay.Amount(20_00 + w.rng.IntN(500_00))
	d := &deal{n: n}
	d.payment = reconcile.Record{
		ID: fmt.Sprintf("1001%06d", n), Token: fmt.Sprintf("002.tok%06d", n), Reference: fmt.Sprintf("A-%06d", n),
		State: reconcile.StateCaptured, At: at.UTC(), CapturedAt: at.UTC(), Currency: currency, Amount: amount, Authorized: amount,
	}
	d.order = reconcile.Record{
		Reference: d.payment.Reference, State: reconcile.StateCaptured, At: at.Add(time.Duration(w.rng.IntN(120)) * time.Second),
		Currency: currency, Amount: amount,
	}
	// What the shop has kept of the payment's keys.
	switch w.rng.IntN(4) {
	case 0:
		d.order.ID = d.payment.ID
	case 1:
		d.order.Token = d.payment.Token
	case 2:
		d.order.ID, d.order.Token = d.payment.ID, d.payment.Token
	}
	if !w.sameRefs && d.order.ID+d.order.Token != "" && w.chance(30) {
		d.order.Reference = fmt.Sprintf("shop-%06d", n) // a capture has replaced it at Afterpay
	}
	switch w.rng.IntN(10) {
	case 0: // authorized only, expiring late
		d.payment.State, d.order.State = reconcile.StateAuthorized, reconcile.StateAuthorized
		d.payment.Amount, d.order.Amount, d.payment.Open = 0, 0, amount
		d.payment.CapturedAt, d.payment.Due = time.Time{}, now.Add(200*time.Hour)
	case 1: // captured in part, the rest voided
		d.payment.Amount, d.order.Amount = amount/2, amount/2
		d.payment.Voided = amount - amount/2
	case 2: // a declined attempt before it
		attempt := d.payment
		attempt.ID, attempt.Token = fmt.Sprintf("3001%06d", n), fmt.Sprintf("002.try%06d", n)
		attempt.State, attempt.Amount, attempt.At = reconcile.StateDeclined, 0, at.Add(-5*time.Minute)
		d.extraRight = append(d.extraRight, attempt)
	case 3: // cancelled before it was paid for: Afterpay never heard of it
		d.order.State, d.order.Amount = reconcile.StateCancelled, 0
		d.payment.ID = ""
	}
	return d
}

func (d *deal) captured() bool { return d.payment.ID != "" && d.payment.Amount > 0 }

// refund adds a refund that both sides know, by one key or another.
func (w *world) refund(d *deal) {
	at := d.payment.At.Add(26 * time.Hour)
	number := len(d.afterpayRefund)
	ref := fmt.Sprintf("R%d-%06d", number, d.n)
	p := reconcile.Record{
		Kind: reconcile.KindRefund, ID: d.payment.ID, Token: d.payment.Token, Reference: d.payment.Reference,
		RefundID: fmt.Sprintf("9%d01%06d", number, d.n), RequestID: fmt.Sprintf("req%d-%06d", number, d.n),
		RefundReference: ref, At: at, CapturedAt: d.payment.At, Currency: d.payment.Currency,
		Amount: d.payment.Amount / afterpay.Amount(8+number),
	}
	s := reconcile.Record{
		Kind: reconcile.KindRefund, ID: d.order.ID, Token: d.order.Token, Reference: d.order.Reference,
		At: at.Add(-3 * time.Second), Currency: p.Currency, Amount: p.Amount,
	}
	if w.chance(50) {
		s.ID, s.Token = "", "" // the row of the refund knows its order only
	}
	switch w.rng.IntN(5) {
	case 0:
		s.RefundID = p.RefundID
	case 1:
		s.RequestID = p.RequestID
	case 2:
		s.RefundReference = ref
	case 3:
		p.EventReference, p.RefundReference = ref, p.RequestID // a client filled in the request id
		s.RefundReference = ref
	}
	d.afterpayRefund = append(d.afterpayRefund, p)
	d.shopRefunds = append(d.shopRefunds, s)
}

// put lays the deal into the world.
func (w *world) put(d *deal) {
	w.left = append(w.left, d.order)
	w.left = append(append(w.left, d.shopRefunds...), d.extraLeft...)
	if d.payment.ID != "" {
		w.right = append(w.right, d.payment)
	}
	w.right = append(append(w.right, d.afterpayRefund...), d.extraRight...)
}

func (w *world) shuffle() {
	for _, side := range [][]reconcile.Record{w.left, w.right} {
		w.rng.Shuffle(len(side), func(i, j int) { side[i], side[j] = side[j], side[i] })
	}
}

// second is another payment under the same reference.
func (d *deal) second() reconcile.Record {
	p := d.payment
	p.ID, p.Token = fmt.Sprintf("2001%06d", d.n), fmt.Sprintf("002.two%06d", d.n)
	p.At = p.At.Add(90 * time.Second)
	return p
}

var (
	paymentsFrom = time.Date(2026, 11, 8, 0, 0, 0, 0, melbourne)
	ordersTo     = now.Add(time.Hour)
)

// ordersWorld makes n deals, some of which have gone wrong.
func ordersWorld(seed uint64, n int, sameRefs bool) (*world, map[string]int) {
	w := &world{rng: rand.New(rand.NewPCG(seed, 7)), sameRefs: sameRefs, expected: map[string]int{}}
	planted := map[string]int{}
	for i := range n {
		d := w.clean(i)
		if d.captured() {
			for range max(0, w.rng.IntN(5)-2) {
				w.refund(d)
			}
		}
		if w.chance(50) {
			f := orderFaults[w.rng.IntN(len(orderFaults))]
			if f.plant(w, d) {
				planted[f.name]++
			}
		}
		w.put(d)
	}
	w.left = slices.DeleteFunc(w.left, func(r reconcile.Record) bool { return r.Reference == "" }) // orders lost
	w.shuffle()
	return w, planted
}

func ordersOptions() reconcile.Options {
	return reconcile.Options{
		Now: now, Location: melbourne,
		LeftWindow: reconcile.Window{To: ordersTo}, RightWindow: reconcile.Window{From: paymentsFrom},
	}
}
