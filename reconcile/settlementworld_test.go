package reconcile_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
	"github.com/afterpay-go/afterpay/settlement"
)

// settledDeal is a payment with its settlement rows, before anything goes
// wrong.
type settledDeal struct {
	n       int
	payment reconcile.Record
	refunds []reconcile.Record
	rows    []reconcile.Record
	backs   []reconcile.Record // the rows of the refunds
}

// rate and fixed are the shop's agreement: 5.95 % and 30 cents.
const (
	rate  = settlement.Decimal(59_500)
	fixed = afterpay.Amount(30)
)

func feeOn(amount afterpay.Amount) settlement.Decimal {
	return settlement.Decimal(amount)*rate/100 + settlement.Decimal(fixed)*10_000
}

func (w *world) settled(n int) *settledDeal {
	d := w.clean(n)
	for !d.captured() {
		d = w.clean(n)
	}
	s := &settledDeal{n: n, payment: d.payment}
	row := reconcile.Record{
		ID: d.payment.ID, Reference: d.payment.Reference, At: d.payment.At, Currency: d.payment.Currency,
		Settled: settlement.DateOf(d.payment.At.In(melbourne).AddDate(0, 0, 1)), FeeKnown: true,
	}
	amounts := []afterpay.Amount{d.payment.Amount}
	switch w.rng.IntN(4) {
	case 0: // two captures
		amounts = []afterpay.Amount{d.payment.Amount / 3, d.payment.Amount - d.payment.Amount/3}
	case 1: // three, of which two look alike
		amounts = []afterpay.Amount{7_00, 7_00, d.payment.Amount - 14_00}
		if d.payment.Amount <= 14_00 {
			amounts = amounts[:0]
			amounts = append(amounts, d.payment.Amount)
		}
	}
	for _, amount := range amounts {
		row.Amount, row.Fee = amount, feeOn(amount)
		s.rows = append(s.rows, row)
	}
	for range max(0, w.rng.IntN(5)-2) {
		s.addRefund(w)
	}
	return s
}

func (s *settledDeal) addRefund(w *world) {
	number := len(s.refunds)
	refund := reconcile.Record{
		Kind: reconcile.KindRefund, ID: s.payment.ID, Token: s.payment.Token, Reference: s.payment.Reference,
		RefundID: fmt.Sprintf("9%d01%06d", number, s.n), RequestID: fmt.Sprintf("req%d-%06d", number, s.n),
		RefundReference: fmt.Sprintf("R%d-%06d", number, s.n), At: s.payment.At.Add(25 * time.Hour), CapturedAt: s.payment.At,
		Currency: s.payment.Currency, Amount: s.payment.Amount / afterpay.Amount(8+number),
	}
	back := refund
	back.Token, back.RequestID = "", ""
	switch w.rng.IntN(3) {
	case 0:
		back.RefundID = ""
	case 1:
		back.RefundReference = ""
	}
	s.refunds, s.backs = append(s.refunds, refund), append(s.backs, back)
}

type settlementFault struct {
	name  string
	plant func(w *world, s *settledDeal) bool
}

var settlementFaults = []settlementFault{
	{"never settled", func(w *world, s *settledDeal) bool {
		s.rows = nil
		w.expect(s.n, reconcile.Unsettled, reconcile.Medium, pay)
		return true
	}},
	{"not due yet", func(w *world, s *settledDeal) bool {
		if len(s.refunds) > 0 {
			return false
		}
		s.rows = nil
		s.payment.At, s.payment.CapturedAt = now.Add(-20*time.Hour), now.Add(-20*time.Hour)
		w.expect(s.n, reconcile.Unsettled, reconcile.Info, pay)
		return true
	}},
	{"latest capture not due yet", func(w *world, s *settledDeal) bool {
		if len(s.rows) < 2 {
			return false
		}
		s.rows = s.rows[:1]
		s.payment.CapturedAt = now.Add(-20 * time.Hour)
		w.expect(s.n, reconcile.Unsettled, reconcile.Info, pay)
		return true
	}},
	{"refund never deducted", func(w *world, s *settledDeal) bool {
		s.addRefund(w)
		s.backs = s.backs[:len(s.backs)-1]
		w.expect(s.n, reconcile.Unsettled, reconcile.Medium, refund)
		return true
	}},
	{"settled before the reports", func(w *world, s *settledDeal) bool {
		if len(s.refunds) > 0 {
			return false
		}
		s.rows = nil
		s.payment.At, s.payment.CapturedAt = reportsFrom.Add(time.Hour), reportsFrom.Add(time.Hour)
		w.expect(s.n, reconcile.WindowEdge, reconcile.Info, pay)
		return true
	}},
	{"first capture settled before the reports", func(w *world, s *settledDeal) bool {
		if len(s.rows) < 2 {
			return false
		}
		s.rows = s.rows[1:]
		s.payment.At = reportsFrom.Add(-time.Hour)
		for i := range s.rows {
			s.rows[i].At = s.payment.At
		}
		w.expect(s.n, reconcile.WindowEdge, reconcile.Info, pay)
		return true
	}},
	{"settled too little", func(w *world, s *settledDeal) bool {
		s.rows[0].Amount--
		s.rows[0].Fee = feeOn(s.rows[0].Amount)
		w.expect(s.n, reconcile.AmountMismatch, reconcile.High, pay)
		return true
	}},
	{"settled too much", func(w *world, s *settledDeal) bool {
		s.rows[0].Amount++
		s.rows[0].Fee = feeOn(s.rows[0].Amount)
		w.expect(s.n, reconcile.AmountMismatch, reconcile.High, pay)
		return true
	}},
	{"settled in another currency", func(w *world, s *settledDeal) bool {
		for i := range s.rows {
			s.rows[i].Currency = afterpay.CurrencyGBP
			w.expect(s.n, reconcile.CurrencyMismatch, reconcile.High, pay)
		}
		return true
	}},
	{"row stands twice", func(w *world, s *settledDeal) bool {
		s.rows = append(s.rows, s.rows[0])
		w.expect(s.n, reconcile.DuplicateRow, reconcile.Info, pay)
		return true
	}},
	{"refund row stands twice", func(w *world, s *settledDeal) bool {
		if len(s.backs) == 0 {
			return false
		}
		s.backs = append(s.backs, s.backs[0])
		w.expect(s.n, reconcile.DuplicateRow, reconcile.Info, refund)
		return true
	}},
	{"row without a payment", func(w *world, s *settledDeal) bool {
		s.payment = reconcile.Record{}
		s.refunds = nil
		for range s.rows {
			w.expect(s.n, reconcile.UnknownSettlementRow, reconcile.Medium, pay)
		}
		for range s.backs {
			w.expect(s.n, reconcile.UnknownSettlementRow, reconcile.Medium, refund)
		}
		return true
	}},
	{"row of a payment before the window", func(w *world, s *settledDeal) bool {
		if len(s.backs) > 0 {
			return false
		}
		s.payment = reconcile.Record{}
		for i := range s.rows {
			s.rows[i].At = paymentsFrom.Add(-time.Hour)
			w.expect(s.n, reconcile.WindowEdge, reconcile.Info, pay)
		}
		return true
	}},
	{"refund row without a refund", func(w *world, s *settledDeal) bool {
		s.addRefund(w)
		s.refunds = s.refunds[:len(s.refunds)-1]
		w.expect(s.n, reconcile.UnknownSettlementRow, reconcile.Medium, refund)
		return true
	}},
	{"refund deducted with another amount", func(w *world, s *settledDeal) bool {
		if len(s.refunds) > 0 {
			return false
		}
		s.addRefund(w)
		s.backs[0].Amount++
		w.expect(s.n, reconcile.RefundAmountMismatch, reconcile.High, refund)
		return true
	}},
	{"row of an unknown type", func(w *world, s *settledDeal) bool {
		other := s.rows[0]
		other.Kind, other.FeeKnown, other.Amount = reconcile.KindOther, false, -12_34
		s.rows = append(s.rows, other)
		w.expect(s.n, reconcile.UnknownSettlementRow, reconcile.Medium, reconcile.KindOther)
		return true
	}},
	{"another fee", func(w *world, s *settledDeal) bool {
		s.rows[0].Fee += 6_000
		w.expect(s.n, reconcile.FeeMismatch, reconcile.Low, pay)
		return true
	}},
	{"order time at midnight", func(w *world, s *settledDeal) bool {
		midnight := time.Date(2026, 11, 12, 0, 0, 0, 0, melbourne)
		s.payment.At = midnight.Add(30 * time.Second)
		for i := range s.rows {
			s.rows[i].At = midnight.Add(-30 * time.Second)
		}
		w.expect(s.n, reconcile.DayBoundary, reconcile.Info, pay)
		return true
	}},
}

var reportsFrom = time.Date(2026, 11, 8, 0, 0, 0, 0, melbourne)

func settlementOptions() reconcile.Options {
	return reconcile.Options{
		Now: now, Location: melbourne, Fees: reconcile.RateFee(rate, fixed),
		LeftWindow: reconcile.Window{From: paymentsFrom}, RightWindow: reconcile.Window{From: reportsFrom},
	}
}

// settlementWorld makes n payments with their rows, some of which have gone
// wrong.
func settlementWorld(seed uint64, n int) (*world, map[string]int) {
	w := &world{rng: rand.New(rand.NewPCG(seed, 11)), sameRefs: true, expected: map[string]int{}}
	planted := map[string]int{}
	for i := range n {
		s := w.settled(i)
		if w.chance(50) {
			f := settlementFaults[w.rng.IntN(len(settlementFaults))]
			if f.plant(w, s) {
				planted[f.name]++
			}
		}
		if s.payment.ID != "" {
			w.left = append(w.left, s.payment)
		}
		w.left = append(w.left, s.refunds...)
		w.right = append(append(w.right, s.rows...), s.backs...)
	}
	w.shuffle()
	return w, planted
}
