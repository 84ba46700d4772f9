package afterpay

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay/internal/safe"
)

// ErrInconsistent says that a payment contradicts itself, that its amounts do not
// show where the money is, or, from Refunds.Recover, that several refunds match.
const ErrInconsistent Kind = "inconsistent payment"

// Balance says where a payment's money is. All amounts are in the payment's
// currency.
//
//	Authorized = Captured + Voided + OpenToCapture
//	Captured   = Refunded + Refundable
type Balance struct {
	Authorized    Money // approved; 0.00 for a declined payment
	Captured      Money // captured, before refunds are deducted
	Voided        Money // released, by Void or Reverse or because the authorization expired
	Refunded      Money // captured money that was paid back
	OpenToCapture Money // may still be captured or voided
	Refundable    Money // may still be refunded, within the refund window
}

// Balance computes where the payment's money is from its events and refunds.
//
// It takes into account that the service lists a void among the refunds too,
// that a declined payment claims to be open to capture in full, that the rest
// of an expired authorization was voided, and that v1 usually sends no events
// and captures the whole amount immediately. If the payment contradicts itself,
// or an amount is missing or negative, Balance returns ErrInconsistent rather
// than a guess.
func (p *Payment) Balance() (Balance, error) {
	if p.OriginalAmount.IsZero() {
		return Balance{}, p.inconsistent("has no amount")
	}
	zero := Money{0, p.OriginalAmount.Currency}
	t := tally{zero: zero}
	t.count(p)
	b := Balance{zero, zero, zero, zero, zero, zero}
	switch {
	case p.declined():
		if p.Status == StatusApproved || p.approvedState() || t.movements > 0 || len(p.Refunds) > 0 {
			return Balance{}, p.inconsistent("is both declined and approved")
		}
		return b, nil
	case p.Status != StatusApproved && p.Status != statusReversed:
		return Balance{}, p.inconsistent("is neither approved nor declined")
	case t.problem != "":
		return Balance{}, p.inconsistent(t.problem)
	}
	b.Authorized = p.OriginalAmount
	b.Refunded = t.refunded
	if what := t.settle(p, &b); what != "" {
		return Balance{}, p.inconsistent(what)
	}
	b.OpenToCapture = t.sub(b.Authorized, b.Captured, b.Voided)
	b.Refundable = t.sub(b.Captured, b.Refunded)
	if t.err != nil {
		return Balance{}, p.inconsistent("has amounts that do not add up: " + strings.TrimPrefix(t.err.Error(), "afterpay: "))
	}
	if what := p.contradicts(b); what != "" {
		return Balance{}, p.inconsistent(what)
	}
	return b, nil
}

// settle fills in what was captured and voided, or returns why that is unknown.
func (t *tally) settle(p *Payment, b *Balance) (problem string) {
	b.Captured, b.Voided = t.captured, t.voided
	switch {
	case p.reversed():
		b.Captured, b.Voided, b.Refunded = t.zero, b.Authorized, t.zero
	case p.isV1() && t.movements == t.unknown:
		if t.released {
			return "was voided, and v1 does not say for how much"
		}
		b.Captured = b.Authorized
	case t.unknown > 0:
		return "has an event without an amount"
	case t.hasExpired:
		// Nothing is open after an authorization has expired. The EXPIRED event
		// either releases the rest or repeats a VOIDED one.
		b.Voided = t.sub(b.Authorized, t.captured)
		if t.voided != b.Voided && t.expired != t.zero && t.add(t.voided, t.expired) != b.Voided {
			return "expired with an open amount that its events do not explain"
		}
	case t.movements == 0 && p.State == StateVoided:
		b.Voided = b.Authorized
	case t.movements == 0 && p.State != StateAuthApproved:
		return "has no events"
	}
	return ""
}

// contradicts compares a balance with what else the payment says.
func (p *Payment) contradicts(b Balance) (problem string) {
	open := p.OpenToCaptureAmount
	switch {
	case b.OpenToCapture.Amount < 0:
		return "was captured and voided for more than it was authorized for"
	case b.Refundable.Amount < 0:
		return "was refunded for more than was captured"
	case !open.IsZero() && open != b.OpenToCapture:
		return "has an amount open to capture that its events do not explain"
	case p.closedState() && b.OpenToCapture.Amount != 0,
		(p.State == StateAuthApproved || p.State == StateVoided) && b.Captured.Amount != 0:
		return "is in a state that its events do not explain"
	}
	return ""
}

// statusReversed is the status of a reversed payment under v1. One page of the
// documentation also has it as a state.
const statusReversed = "REVERSED"

func (p *Payment) reversed() bool { return p.Status == statusReversed || p.State == statusReversed }

// isV1 reports whether the payment was read under v1, which sends neither a
// state nor what is open.
func (p *Payment) isV1() bool { return p.State == "" && p.OpenToCaptureAmount.IsZero() }

// approvedState reports whether the state is one that a declined payment cannot
// have.
func (p *Payment) approvedState() bool {
	return p.State == StateAuthApproved || p.State == StatePartiallyCaptured || p.closedState()
}

// closedState reports whether the state is one in which nothing is open.
func (p *Payment) closedState() bool {
	return p.State == StateCaptured || p.State == StateVoided || p.State == StateExpired
}

func (p *Payment) inconsistent(what string) error {
	return fmt.Errorf("%w: payment %s %s", ErrInconsistent, safe.Key(p.ID), what)
}

// tally adds up the movements of a payment's money and remembers the first
// addition that failed.
type tally struct {
	zero                                Money
	captured, voided, expired, refunded Money  // by kind of event; refunds without the voids among them
	movements, unknown                  int    // captures and voids, and those of them without an amount
	released, hasExpired                bool   // something was voided or has expired
	problem                             string // an amount that cannot be counted
	err                                 error
}

func (t *tally) count(p *Payment) {
	t.captured, t.voided, t.expired, t.refunded = t.zero, t.zero, t.zero, t.zero
	for _, e := range p.Events {
		switch e.Type {
		case EventCaptured:
			t.captured = t.move(t.captured, e.Amount)
		case EventVoided:
			t.voided = t.move(t.voided, e.Amount)
			t.released = true
		case EventExpired:
			t.expired = t.positive(t.expired, e.Amount)
			t.released, t.hasExpired = true, true
		}
	}
	for _, r := range p.RefundsWithoutVoids() {
		if r.Amount.IsZero() {
			t.problem = "has a refund without an amount"
		}
		t.refunded = t.positive(t.refunded, r.Amount)
	}
}

// positive adds an amount that must not be negative.
func (t *tally) positive(total, amount Money) Money {
	if amount.Amount < 0 {
		t.problem = "has a negative refund, capture or void"
	}
	return t.add(total, amount)
}

// move adds a movement. v1 does not send its amount.
func (t *tally) move(total, amount Money) Money {
	t.movements++
	if amount.IsZero() {
		t.unknown++
	}
	return t.positive(total, amount)
}

func (t *tally) add(m, o Money) Money {
	sum, err := m.Add(o)
	t.err = cmp.Or(t.err, err)
	return sum
}

func (t *tally) sub(m Money, less ...Money) Money {
	for _, o := range less {
		negated, err := o.Neg()
		t.err = cmp.Or(t.err, err)
		m = t.add(m, negated)
	}
	return m
}

// RefundsWithoutVoids returns the refunds of captured money, oldest first.
// Payment.Refunds also lists every void.
func (p *Payment) RefundsWithoutVoids() []Refund {
	var order []int
	for i, void := range p.voids() {
		if !void {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return p.Refunds[a].RefundedAt.Compare(p.Refunds[b].RefundedAt.Time) })
	var refunds []Refund
	for _, i := range order {
		refunds = append(refunds, p.Refunds[i])
	}
	return refunds
}

// voids reports which refunds are the shadows of events that released money. A
// shadow has the id of its event on later reads. Before that it has the event's
// amount and, to some milliseconds, its time. It never has a reference, as a void
// cannot be given one.
func (p *Payment) voids() []bool {
	shadows := make([]bool, len(p.Refunds))
	ids := make(map[string]int, len(p.Refunds))
	for i, r := range p.Refunds {
		ids[r.ID] = i
	}
	var unmatched []PaymentEvent
	for _, e := range p.Events {
		if e.Type != EventVoided && e.Type != EventExpired {
			continue
		}
		if i, ok := ids[e.ID]; ok && e.ID != "" {
			shadows[i] = true
		} else {
			unmatched = append(unmatched, e)
		}
	}
	if len(unmatched) == 0 {
		return shadows
	}
	candidates := make(map[Money]*nearest)
	for i, r := range p.Refunds {
		if !shadows[i] && r.MerchantReference == "" && r.RefundMerchantReference == "" {
			if candidates[r.Amount] == nil {
				candidates[r.Amount] = new(nearest)
			}
			candidates[r.Amount].add(i, r.RefundedAt.Time)
		}
	}
	for _, e := range unmatched {
		if i, ok := candidates[e.Amount].take(e.Created.Time); ok {
			shadows[i] = true
		}
	}
	return shadows
}

// nearest finds, among refunds of one amount, the one closest in time. It takes
// no longer than sorting them does, however many there are.
type nearest struct {
	at     []time.Time
	refund []int
	// left and right lead from each position to the closest one that is not
	// taken, itself included; they are made by the first take.
	left, right []int
}

func (n *nearest) add(refund int, at time.Time) {
	n.at, n.refund = append(n.at, at), append(n.refund, refund)
}

// take returns the refund closest to a time, less than a minute apart, and never
// returns it again.
func (n *nearest) take(at time.Time) (refund int, ok bool) {
	if n == nil {
		return 0, false
	}
	if n.left == nil {
		n.sort()
	}
	after, _ := slices.BinarySearchFunc(n.at, at, time.Time.Compare)
	best, least := -1, time.Minute
	// Positions are shifted by one: 0 and len+1 are the ends.
	for _, i := range [...]int{free(n.left, after) - 1, free(n.right, after+1) - 1} {
		if i < 0 || i >= len(n.at) {
			continue
		}
		first, _ := slices.BinarySearchFunc(n.at, n.at[i], time.Time.Compare)
		i = free(n.right, first+1) - 1 // the first of those at the same time
		if apart := at.Sub(n.at[i]).Abs(); apart < least {
			best, least = i, apart
		}
	}
	if best < 0 {
		return 0, false
	}
	n.left[best+1], n.right[best+1] = best, best+2
	return n.refund[best], true
}

func (n *nearest) sort() {
	order := make([]int, len(n.at))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return n.at[a].Compare(n.at[b]) })
	at, refund := make([]time.Time, len(order)), make([]int, len(order))
	for i, from := range order {
		at[i], refund[i] = n.at[from], n.refund[from]
	}
	n.at, n.refund = at, refund
	n.left, n.right = make([]int, len(at)+2), make([]int, len(at)+2)
	for i := range n.left {
		n.left[i], n.right[i] = i, i
	}
}

// free returns the first unused position from i on, by following way, and
// shortens the path to it.
func free(way []int, i int) int {
	for way[i] != i {
		way[i] = way[way[i]]
		i = way[i]
	}
	return i
}

// AuthExpires returns when the authorization expires, which voids what is open.
// It returns false if the payment has no authorization, or the service did not
// send its expiry. Under v1 there are no authorizations.
func (p *Payment) AuthExpires() (time.Time, bool) {
	expiries := func(yield func(time.Time) bool) {
		for _, e := range p.Events {
			if e.Type == EventAuthApproved && !e.Expires.IsZero() && !yield(e.Expires.Time) {
				return
			}
		}
	}
	all := slices.Collect(expiries)
	if len(all) == 0 {
		return time.Time{}, false
	}
	return slices.MaxFunc(all, time.Time.Compare), true
}

// ReturnPlan says how to give back the price of goods: Void releases what is open
// to capture, Refund pays back what was captured. Either may be 0.00, but not both.
type ReturnPlan struct {
	Void   Money // for VoidRequest.Amount
	Refund Money // for RefundRequest.Amount
}

// PlanReturn splits an amount into a part to void and a part to refund. It
// voids first, because money that was never taken costs no fee. Errors:
// ErrInvalid for an amount that is not positive, in another currency, or larger
// than what is open and refundable together; ErrInconsistent as for Balance.
func (p *Payment) PlanReturn(amount Money) (ReturnPlan, error) {
	b, err := p.Balance()
	if err != nil {
		return ReturnPlan{}, err
	}
	most, err := b.OpenToCapture.Add(b.Refundable)
	if err != nil {
		return ReturnPlan{}, err
	}
	invalid := func(message string) (ReturnPlan, error) {
		return ReturnPlan{}, &Error{Op: "payment.planReturn", Kind: ErrInvalid, PaymentID: p.ID, Fields: []FieldError{{"amount", message}}}
	}
	switch {
	case amount.Currency != most.Currency:
		return invalid("must be in " + safe.Word(string(most.Currency)) + ", the currency of the payment")
	case !amount.IsPositive():
		return invalid("must be greater than 0.00")
	case amount.Amount > most.Amount:
		return invalid("must not be more than " + safeMoney(most))
	}
	void := min(amount.Amount, b.OpenToCapture.Amount)
	return ReturnPlan{
		Void:   Money{void, amount.Currency},
		Refund: Money{amount.Amount - void, amount.Currency},
	}, nil
}
