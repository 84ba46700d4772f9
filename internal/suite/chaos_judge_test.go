package suite_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// movementKey tells the movements of a shop's book apart without request ids:
// an intent's amount is unique among those of its kind on its order.
type movementKey struct {
	kind   afterpaytest.MovementKind
	token  string
	amount int64
}

// judgeBooks compares what a shop believes with what the service did. It returns
// every contradiction.
func judgeBooks(book []*intent, ledger []afterpaytest.Movement) []string {
	var wrong []string
	times := make(map[movementKey]int)
	for _, m := range ledger {
		times[movementKey{m.Kind, m.Token, m.Amount}]++
	}
	for _, in := range book {
		key := movementKey{in.kind, in.token, int64(in.amount.Amount)}
		n := times[key]
		delete(times, key)
		switch {
		case in.wrong != nil:
			wrong = append(wrong, fmt.Sprintf("%v: %v", in, in.wrong))
		case n > 1:
			wrong = append(wrong, fmt.Sprintf("%v: executed %d times", in, n))
		case in.said == unknown:
			wrong = append(wrong, fmt.Sprintf("%v: nobody could find out whether it was done; it was done %d times", in, n))
		case in.said == done && n == 0:
			wrong = append(wrong, fmt.Sprintf("%v: nil from %s, and it was not done", in, in.how))
		case in.said != done && n > 0:
			wrong = append(wrong, fmt.Sprintf("%v: %s from %s, and it was done", in, in.said, in.how))
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(times), func(a, b movementKey) int { return int(a.amount - b.amount) }) {
		wrong = append(wrong, fmt.Sprintf("%s of %d on order %s: nobody wanted it", key.kind, key.amount, key.token))
	}
	return wrong
}

// judgeBalances compares the balances that the client works out with the
// ledger, payment by payment.
func judgeBalances(ledger []afterpaytest.Movement, read func(paymentID string) (*afterpay.Payment, error)) []string {
	sums := make(map[string]map[afterpaytest.MovementKind]int64)
	for _, m := range ledger {
		if sums[m.PaymentID] == nil {
			sums[m.PaymentID] = make(map[afterpaytest.MovementKind]int64)
		}
		sums[m.PaymentID][m.Kind] += m.Amount
	}
	var wrong []string
	for id, sum := range sums {
		p, err := read(id)
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("payment %s: %v", id, err))
			continue
		}
		b, err := p.Balance()
		captured, voided, refunded := sum[afterpaytest.Captured], sum[afterpaytest.Voided], sum[afterpaytest.Refunded]
		if err != nil || int64(b.Captured.Amount) != captured || int64(b.Voided.Amount) != voided || int64(b.Refunded.Amount) != refunded {
			wrong = append(wrong, fmt.Sprintf("payment %s: balance %+v (%v), by the ledger captured %d, voided %d, refunded %d", id, b, err, captured, voided, refunded))
		}
	}
	return wrong
}

// A judge that finds nothing is worth nothing.
func TestChaosJudgeSeesEveryContradiction(t *testing.T) {
	t.Parallel()
	refund := func(cents int64) afterpaytest.Movement {
		return afterpaytest.Movement{Kind: afterpaytest.Refunded, Token: "a", Amount: cents}
	}
	want := func(said outcome) *intent {
		return &intent{kind: afterpaytest.Refunded, op: "refunds.create", token: "a", amount: afterpay.USD(1_01), said: said, how: "the call"}
	}
	cases := []struct {
		name   string
		book   []*intent
		ledger []afterpaytest.Movement
		wrong  string // part of one contradiction; empty: there is none
	}{
		{"done once", []*intent{want(done)}, []afterpaytest.Movement{refund(1_01)}, ""},
		{"not done", []*intent{want(definite)}, nil, ""},
		{"declined", []*intent{want(declined)}, nil, ""},
		{"done twice", []*intent{want(done)}, []afterpaytest.Movement{refund(1_01), refund(1_01)}, "executed 2 times"},
		{"reported done", []*intent{want(done)}, nil, "nil from the call, and it was not done"},
		{"reported failed", []*intent{want(definite)}, []afterpaytest.Movement{refund(1_01)}, "without ErrOutcomeUnknown from the call, and it was done"},
		{"reported declined", []*intent{want(declined)}, []afterpaytest.Movement{refund(1_01)}, "ErrDeclined from the call, and it was done"},
		{"never cleared up", []*intent{want(unknown)}, nil, "nobody could find out"},
		{"wanted by nobody", nil, []afterpaytest.Movement{refund(1_01)}, "nobody wanted it"},
		{"another amount", []*intent{want(done)}, []afterpaytest.Movement{refund(1_02)}, "refunded of 102 on order a: nobody wanted it"},
		{"wrong response", []*intent{{wrong: errWrong}}, nil, errWrong.Error()},
	}
	for _, tc := range cases {
		wrong := judgeBooks(tc.book, tc.ledger)
		require.Equal(t, tc.wrong == "", len(wrong) == 0, tc.name)
		require.Contains(t, fmt.Sprint(wrong), tc.wrong, tc.name)
	}
}
