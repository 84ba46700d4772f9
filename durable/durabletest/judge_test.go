package durabletest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/durable/durabletest"
)

func TestJudge(t *testing.T) {
	refund := func(id string, state durable.State, amount int64) *durable.Status {
		return &durable.Status{State: state, Operation: durable.Operation{
			ID: id, Kind: durable.Refund, PaymentID: "1", Amount: afterpay.USD(amount),
		}}
	}
	capture := &durable.Status{State: durable.Succeeded, ResultID: "1", Operation: durable.Operation{ID: "c", Kind: durable.Capture, Token: "t"}}
	moved := func(kind afterpaytest.MovementKind, amount int64) afterpaytest.Movement {
		return afterpaytest.Movement{Kind: kind, PaymentID: "1", Token: "t", Amount: amount}
	}
	for name, c := range map[string]struct {
		operations []*durable.Status
		ledger     []afterpaytest.Movement
		wrong      []string
	}{
		"right": {
			[]*durable.Status{capture, refund("r", durable.Succeeded, 5), refund("q", durable.Review, 9)},
			[]afterpaytest.Movement{moved(afterpaytest.Captured, 20), moved(afterpaytest.Refunded, 5)}, nil,
		},
		"twice": {
			[]*durable.Status{refund("r", durable.Succeeded, 5)},
			[]afterpaytest.Movement{moved(afterpaytest.Refunded, 5), moved(afterpaytest.Refunded, 5)},
			[]string{"payment 1, refunded: [5] made once too often"},
		},
		"capture twice": {
			[]*durable.Status{capture},
			[]afterpaytest.Movement{moved(afterpaytest.Captured, 20), moved(afterpaytest.Captured, 20)},
			[]string{"payment 1, captured: [20] made once too often"},
		},
		"reported falsely": {
			[]*durable.Status{refund("r", durable.Succeeded, 5), refund("q", durable.Succeeded, 6)},
			[]afterpaytest.Movement{moved(afterpaytest.Refunded, 5)},
			[]string{"payment 1, refunded: [6] reported, and not made"},
		},
		"other amount": {
			[]*durable.Status{refund("r", durable.Succeeded, 5)},
			[]afterpaytest.Movement{moved(afterpaytest.Refunded, 6)},
			[]string{"payment 1, refunded: [5] reported, and not made"},
		},
		"rejected and made": {
			[]*durable.Status{refund("r", durable.Rejected, 5)},
			[]afterpaytest.Movement{moved(afterpaytest.Refunded, 5)},
			[]string{"not reported: payment 1 was refunded by [5]"},
		},
		"pending": {
			[]*durable.Status{refund("r", durable.Pending, 5)}, nil,
			[]string{`lost: refund "r" is still pending: `},
		},
		"payment of nobody's": {nil, []afterpaytest.Movement{moved(afterpaytest.Captured, 20)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.wrong, durabletest.Judge(c.operations, c.ledger))
		})
	}
}
