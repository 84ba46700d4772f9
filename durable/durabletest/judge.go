package durabletest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable"
)

// moves is the movement that each kind of operation makes.
var moves = map[durable.Kind]afterpaytest.MovementKind{
	durable.Authorize: afterpaytest.Authorized, durable.Capture: afterpaytest.Captured, durable.CapturePart: afterpaytest.Captured,
	durable.Void: afterpaytest.Voided, durable.Refund: afterpaytest.Refunded,
}

// account is where movements are compared: one kind on one payment.
type account struct {
	payment string
	kind    afterpaytest.MovementKind
}

// Judge compares what operations say with the sandbox's ledger and returns
// every difference: movements that no operation reports, or that were made
// twice and reported once; movements that were reported and not made;
// operations that are still pending. Payments that no operation is about are
// left out. Request ids are not trusted: movements are matched by payment, kind
// and amount.
func Judge(operations []*durable.Status, ledger []afterpaytest.Movement) []string {
	var wrong []string
	reported := make(map[account][]int64)
	known := make(map[string]bool)
	for _, s := range operations {
		payment := s.PaymentID
		if payment == "" {
			payment = s.ResultID
		}
		known[payment], known[s.Token] = true, true
		kind, moved := moves[s.Kind]
		switch {
		case s.State == durable.Pending || s.State == durable.Resolving:
			wrong = append(wrong, fmt.Sprintf("lost: %s %q is still %s: %s", s.Kind, s.ID, s.State, s.Detail))
		case (s.State == durable.Succeeded || s.Reason == durable.Released) && moved:
			a := account{payment, kind}
			reported[a] = append(reported[a], int64(s.Amount.Amount))
		}
	}
	made := make(map[account][]int64)
	for _, m := range ledger {
		a := account{m.PaymentID, m.Kind}
		if (known[m.PaymentID] || known[m.Token]) && slices.Contains(slices.Collect(maps.Values(moves)), m.Kind) {
			made[a] = append(made[a], m.Amount)
		}
	}
	for a, amounts := range made {
		if _, ok := reported[a]; !ok {
			wrong = append(wrong, fmt.Sprintf("not reported: payment %s was %s by %v", a.payment, a.kind, amounts))
		}
	}
	for a, amounts := range reported {
		if difference := compare(amounts, made[a]); difference != "" {
			wrong = append(wrong, fmt.Sprintf("payment %s, %s: %s", a.payment, a.kind, difference))
		}
	}
	slices.Sort(wrong)
	return wrong
}

// compare returns how amounts differ from one another. A reported 0 is an
// operation without an amount, such as a capture, and stands for any.
func compare(reported, made []int64) string {
	left := slices.Clone(made)
	var missing []int64
	slices.SortFunc(reported, func(a, b int64) int { return int(b - a) }) // those of any amount last
	for _, amount := range reported {
		i := slices.Index(left, amount)
		if amount == 0 && len(left) > 0 {
			i = 0
		}
		if i < 0 {
			missing = append(missing, amount)
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	switch {
	case len(missing) > 0:
		return fmt.Sprintf("%v reported, and not made", missing)
	case len(left) > 0:
		return fmt.Sprintf("%v made once too often", left)
	}
	return ""
}
