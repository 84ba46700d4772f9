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

// fault is a way for a deal to go wrong. It tells the findings it must cause;
// it is false where this deal cannot go wrong so.
type fault struct {
	name  string
	plant func(w *world, d *deal) bool
}

const (
	pay    = reconcile.KindPayment
	refund = reconcile.KindRefund
)

var orderFaults = []fault{
	{"payment lost", func(w *world, d *deal) bool {
		if d.payment.ID == "" || len(d.shopRefunds) > 0 {
			return false
		}
		d.payment.ID, d.extraRight = "", nil
		w.expect(d.n, reconcile.MissingAtAfterpay, reconcile.High, pay)
		return true
	}},
	{"payment not listed yet", func(w *world, d *deal) bool {
		if d.payment.ID == "" || len(d.shopRefunds) > 0 {
			return false
		}
		d.payment.ID, d.extraRight = "", nil
		d.order.At = now.Add(-20 * time.Minute)
		w.expect(d.n, reconcile.MissingAtAfterpay, reconcile.Info, pay)
		return true
	}},
	{"order lost", func(w *world, d *deal) bool {
		if d.payment.ID == "" {
			return false
		}
		w.expect(d.n, reconcile.MissingAtMerchant, reconcile.High, pay)
		for range d.afterpayRefund {
			w.expect(d.n, reconcile.RefundMissingMerchant, reconcile.Medium, refund)
		}
		d.order, d.shopRefunds = reconcile.Record{}, nil
		return true
	}},
	{"released payment without an order", func(w *world, d *deal) bool {
		if !d.captured() || len(d.shopRefunds) > 0 {
			return false
		}
		d.payment.State, d.payment.Amount, d.payment.Voided = reconcile.StateVoided, 0, d.payment.Authorized
		d.order = reconcile.Record{}
		w.expect(d.n, reconcile.MissingAtMerchant, reconcile.Info, pay)
		return true
	}},
	{"two approved payments", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		second := d.second()
		second.State, second.Amount, second.Open = reconcile.StateAuthorized, 0, second.Authorized
		d.extraRight = append(d.extraRight, second)
		w.expect(d.n, reconcile.AmbiguousReference, reconcile.Review, pay)
		return true
	}},
	{"one reference, two orders", func(w *world, d *deal) bool {
		if !d.captured() || d.order.ID+d.order.Token != "" || len(d.shopRefunds) > 0 {
			return false
		}
		second, order := d.second(), d.order
		second.Amount += 1_00
		second.Authorized = second.Amount
		order.Amount = second.Amount
		d.extraRight, d.extraLeft = append(d.extraRight, second), append(d.extraLeft, order)
		w.expect(d.n, reconcile.AmbiguousReference, reconcile.Review, pay)
		return true
	}},
	{"paid twice", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		d.extraRight = append(d.extraRight, d.second())
		w.expect(d.n, reconcile.DuplicateCapture, reconcile.High, pay)
		return true
	}},
	{"captured twice", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		d.payment.Authorized = d.payment.Amount
		d.payment.Amount, d.payment.Voided = 2*d.payment.Amount, 0
		w.expect(d.n, reconcile.DuplicateCapture, reconcile.High, pay)
		return true
	}},
	{"order exported twice", func(w *world, d *deal) bool {
		if d.order.Amount == 0 {
			return false
		}
		d.extraLeft = append(d.extraLeft, d.order)
		w.expect(d.n, reconcile.DuplicateRow, reconcile.Info, pay)
		return true
	}},
	{"order exported twice, changed", func(w *world, d *deal) bool {
		if d.order.Amount == 0 {
			return false
		}
		// The lists are shuffled and the first of two rows is compared, so the
		// difference is one that the comparison passes over.
		again := d.order
		again.Line, again.At = 7, again.At.Add(time.Second)
		d.extraLeft = append(d.extraLeft, again)
		w.expect(d.n, reconcile.DuplicateRow, reconcile.Severe, pay)
		return true
	}},
	{"payment listed twice", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		d.extraRight = append(d.extraRight, d.payment)
		w.expect(d.n, reconcile.DuplicateRow, reconcile.Info, pay)
		return true
	}},
	{"refund listed twice", func(w *world, d *deal) bool {
		if len(d.afterpayRefund) == 0 {
			return false
		}
		d.extraRight = append(d.extraRight, d.afterpayRefund[0])
		w.expect(d.n, reconcile.DuplicateRow, reconcile.Info, refund)
		return true
	}},
	{"another amount", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		d.order.Amount++
		w.expect(d.n, reconcile.AmountMismatch, reconcile.High, pay)
		return true
	}},
	{"another void", func(w *world, d *deal) bool {
		if d.payment.Voided == 0 || !d.captured() {
			return false
		}
		d.order.Voided = d.payment.Voided + 1
		w.expect(d.n, reconcile.AmountMismatch, reconcile.High, pay)
		return true
	}},
	{"another currency", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		d.order.Currency = afterpay.CurrencyGBP
		w.expect(d.n, reconcile.CurrencyMismatch, reconcile.High, pay)
		return true
	}},
	{"paid but declined", func(w *world, d *deal) bool {
		if d.payment.ID == "" || len(d.shopRefunds) > 0 || len(d.extraRight) > 0 {
			return false
		}
		d.payment.State, d.payment.Amount, d.payment.Voided = reconcile.StateDeclined, 0, 0
		w.expect(d.n, reconcile.StatusMismatch, reconcile.High, pay)
		return true
	}},
	{"paid but released", func(w *world, d *deal) bool {
		if !d.captured() || len(d.shopRefunds) > 0 {
			return false
		}
		d.payment.State, d.payment.Amount, d.payment.Voided = reconcile.StateExpired, 0, d.payment.Authorized
		w.expect(d.n, reconcile.StatusMismatch, reconcile.High, pay)
		return true
	}},
	{"cancelled but captured", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		d.order.State = reconcile.StateCancelled
		w.expect(d.n, reconcile.StatusMismatch, reconcile.High, pay)
		return true
	}},
	{"pending but captured", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		d.order.State, d.order.Amount = reconcile.StatePending, 0
		w.expect(d.n, reconcile.StatusMismatch, reconcile.High, pay)
		if len(d.shopRefunds) > 0 {
			w.expect(d.n, reconcile.OverRefund, reconcile.High, pay)
		}
		return true
	}},
	{"refund unknown to Afterpay", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		w.refund(d)
		last := len(d.shopRefunds) - 1
		d.afterpayRefund = d.afterpayRefund[:last]
		// A refund without keys is compared in total with what is left over.
		d.shopRefunds[last].RefundReference = fmt.Sprintf("lost-%06d", d.n)
		w.expect(d.n, reconcile.RefundMissingAfterpay, reconcile.High, refund)
		return true
	}},
	{"refund unknown to the shop", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		w.refund(d)
		d.shopRefunds = d.shopRefunds[:len(d.shopRefunds)-1]
		w.expect(d.n, reconcile.RefundMissingMerchant, reconcile.Medium, refund)
		return true
	}},
	{"refund of another amount", func(w *world, d *deal) bool {
		if !d.captured() || len(d.shopRefunds) > 0 {
			return false
		}
		w.refund(d)
		d.shopRefunds[0].Amount++
		w.expect(d.n, reconcile.RefundAmountMismatch, reconcile.High, refund)
		return true
	}},
	{"refunded beyond the capture", func(w *world, d *deal) bool {
		if !d.captured() || len(d.shopRefunds) > 0 {
			return false
		}
		w.refund(d)
		d.shopRefunds[0].Amount = d.payment.Amount + 1
		d.afterpayRefund[0].Amount = d.payment.Amount + 1
		w.expect(d.n, reconcile.OverRefund, reconcile.High, pay)
		return true
	}},
	{"authorization about to expire", func(w *world, d *deal) bool {
		if d.payment.State != reconcile.StateAuthorized {
			return false
		}
		d.payment.Due = now.Add(40 * time.Hour)
		w.expect(d.n, reconcile.AuthExpiring, reconcile.Warn, pay)
		return true
	}},
	{"authorization expired", func(w *world, d *deal) bool {
		if d.payment.State != reconcile.StateAuthorized {
			return false
		}
		d.payment.State, d.payment.Open, d.payment.Voided = reconcile.StateExpired, 0, d.payment.Authorized
		w.expect(d.n, reconcile.AuthExpired, reconcile.High, pay)
		return true
	}},
	{"rest of an authorization expired", func(w *world, d *deal) bool {
		if d.payment.Voided == 0 || !d.captured() {
			return false
		}
		d.order.Open = d.payment.Voided
		w.expect(d.n, reconcile.AuthExpired, reconcile.High, pay)
		return true
	}},
	{"dispute", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		dispute := reconcile.Record{
			Kind: reconcile.KindDispute, ID: d.payment.ID, State: reconcile.StateDisputeOpen,
			At: now.Add(-24 * time.Hour), Due: now.Add(time.Duration(w.rng.IntN(300)) * time.Hour), Currency: d.payment.Currency, Amount: d.payment.Amount,
		}
		if w.sameRefs {
			dispute.Reference = d.payment.Reference
		}
		class, severity := reconcile.DisputeOpen, reconcile.Info
		if w.chance(50) {
			dispute.State, class, severity = reconcile.StateDisputeLost, reconcile.DisputeLost, reconcile.High
		}
		d.extraRight = append(d.extraRight, dispute)
		w.expect(d.n, class, severity, reconcile.KindDispute)
		return true
	}},
	{"midnight between the two", func(w *world, d *deal) bool {
		if !d.captured() || len(d.extraRight) > 0 {
			return false
		}
		midnight := time.Date(2026, 11, 12, 0, 0, 0, 0, melbourne)
		d.order.At, d.payment.At = midnight.Add(-time.Second), midnight.Add(time.Second)
		w.expect(d.n, reconcile.DayBoundary, reconcile.Info, pay)
		return true
	}},
	{"order before Afterpay's window", func(w *world, d *deal) bool {
		if d.payment.ID == "" || len(d.shopRefunds) > 0 {
			return false
		}
		d.payment.ID, d.extraRight = "", nil
		d.order.At = paymentsFrom.Add(time.Hour)
		w.expect(d.n, reconcile.WindowEdge, reconcile.Info, pay)
		return true
	}},
	{"payment after the shop's window", func(w *world, d *deal) bool {
		if d.payment.ID == "" || len(d.afterpayRefund) > 0 {
			return false
		}
		d.order = reconcile.Record{}
		d.payment.At = ordersTo.Add(-time.Hour)
		w.expect(d.n, reconcile.WindowEdge, reconcile.Info, pay)
		return true
	}},
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
