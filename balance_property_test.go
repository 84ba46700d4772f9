package afterpay_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// TestBalanceAgreesWithTheLedger moves the money of payments at random and holds
// Balance, of every response and of every way to read the payment, against what the
// sandbox has in its books.
func TestBalanceAgreesWithTheLedger(t *testing.T) {
	t.Parallel()
	for seed := range uint64(150) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			m := newMover(t, seed)
			for range 12 {
				m.step()
				m.compare()
			}
		})
	}
}

// mover moves the money of one payment.
type mover struct {
	t       *testing.T
	random  *rand.Rand
	client  *afterpay.Client
	sandbox *afterpaytest.Sandbox
	id      string
	token   string
	history []string
	answer  *afterpay.Payment // of the last call that answered with one
}

// newMover authorizes or captures a payment. The sandbox's clock stands still
// unless a step advances it, so that much happens within one millisecond.
func newMover(t *testing.T, seed uint64) *mover {
	t.Helper()
	sandbox := afterpaytest.New(afterpaytest.WithClock(func() time.Time { return may }), afterpaytest.WithSeed(seed))
	m := &mover{t: t, random: rand.New(rand.NewPCG(seed, 7)), client: sandbox.NewClient(t), sandbox: sandbox}
	m.token = till{t, m.client, sandbox}.order()
	var err error
	if m.random.IntN(6) == 0 {
		m.answer, err = m.client.Payments.Capture(t.Context(), afterpay.CaptureRequest{Token: m.token})
	} else {
		m.answer, err = m.client.Payments.Authorize(t.Context(), afterpay.AuthorizeRequest{Token: m.token})
	}
	require.NoError(t, err)
	m.id = m.answer.ID
	return m
}

// some is a random part of an amount, often one that was used before.
func (m *mover) some(of afterpay.Money) afterpay.Money {
	if common := afterpay.Amount(5_00); of.Amount > common && m.random.IntN(2) == 0 {
		return afterpay.Money{Amount: common, Currency: of.Currency}
	}
	return afterpay.Money{Amount: 1 + afterpay.Amount(m.random.Int64N(int64(of.Amount))), Currency: of.Currency}
}

// step does one thing, if it is possible.
func (m *mover) step() {
	b := m.books()
	ctx := m.t.Context()
	note := func(format string, args ...any) { m.history = append(m.history, fmt.Sprintf(format, args...)) }
	m.answer = nil
	var err error
	switch choice := m.random.IntN(20); {
	case choice < 5 && b.OpenToCapture.Amount >= 1_00:
		amount := m.some(b.OpenToCapture)
		amount.Amount = max(amount.Amount, 1_00)
		note("capture %v", amount)
		m.answer, err = m.client.Payments.CapturePart(ctx, m.id, afterpay.CapturePartRequest{Amount: amount})
	case choice < 9 && b.OpenToCapture.IsPositive():
		req := afterpay.VoidRequest{Amount: m.some(b.OpenToCapture)}
		if m.random.IntN(6) == 0 {
			req = afterpay.VoidRequest{All: true}
		}
		note("void %v", req.Amount)
		m.answer, err = m.client.Payments.Void(ctx, m.id, req)
	case choice < 13 && b.Refundable.IsPositive():
		amount := m.some(b.Refundable)
		note("refund %v", amount)
		_, err = m.client.Refunds.Create(ctx, m.id, afterpay.RefundRequest{Amount: amount})
	case choice < 16 && b.OpenToCapture.Amount+b.Refundable.Amount > 0:
		err = m.giveBack(b, note)
	case choice < 18:
		note("some seconds")
		m.sandbox.Advance(time.Duration(m.random.Int64N(int64(2 * time.Minute))))
	case choice < 19 && m.random.IntN(3) == 0:
		note("expiry")
		m.sandbox.Advance(14 * 24 * time.Hour)
	default:
		if err = m.client.Payments.Reverse(ctx, m.token); errors.Is(err, afterpay.ErrState) {
			err = nil // nothing left, or too late
		}
		note("reversal")
		m.sandbox.Advance(3 * time.Second)
	}
	require.NoError(m.t, err, m.history)
}

// giveBack carries out a plan.
func (m *mover) giveBack(b afterpay.Balance, note func(string, ...any)) error {
	all := b.OpenToCapture
	all.Amount += b.Refundable.Amount
	amount := m.some(all)
	p, err := m.client.Payments.Get(m.t.Context(), m.id)
	require.NoError(m.t, err)
	plan, err := p.PlanReturn(amount)
	require.NoError(m.t, err, m.history)
	note("give back %v: %+v", amount, plan)
	if plan.Void.IsPositive() {
		if m.answer, err = m.client.Payments.Void(m.t.Context(), m.id, afterpay.VoidRequest{Amount: plan.Void}); err != nil {
			return err
		}
	}
	if plan.Refund.IsPositive() {
		m.answer = nil // of before the refund
		_, err = m.client.Refunds.Create(m.t.Context(), m.id, afterpay.RefundRequest{Amount: plan.Refund})
	}
	return err
}

// books is the balance by the sandbox's ledger. A reversal lets go what is open
// and then gives back what was captured.
func (m *mover) books() afterpay.Balance {
	var l ledger
	for _, movement := range m.sandbox.Ledger() {
		switch movement.Kind {
		case afterpaytest.Authorized:
			l.authorized = movement.Amount
		case afterpaytest.Captured:
			l.captured += movement.Amount
		case afterpaytest.Voided, afterpaytest.Expired:
			l.voided += movement.Amount
		case afterpaytest.Refunded:
			l.refunded += movement.Amount
		case afterpaytest.Reversed:
			if open := l.authorized - l.captured - l.voided; open > 0 {
				l.voided += movement.Amount
			} else {
				l.refunded += movement.Amount
			}
		}
	}
	l.authorized = max(l.authorized, l.captured) // captured at once
	l.open = l.authorized - l.captured - l.voided
	l.refundable = l.captured - l.refunded
	return l.in(afterpay.CurrencyUSD)
}

// compare holds every view of the payment against the books.
func (m *mover) compare() {
	m.t.Helper()
	byID, err := m.client.Payments.Get(m.t.Context(), m.id)
	require.NoError(m.t, err)
	byToken, err := m.client.Payments.GetByToken(m.t.Context(), m.token)
	require.NoError(m.t, err)
	listed, err := m.client.Payments.List(m.t.Context(), afterpay.PaymentQuery{IDs: []string{m.id}})
	require.NoError(m.t, err)
	views := map[string]*afterpay.Payment{"by id": byID, "by token": byToken, "in a list": listed.Payments[0]}
	if m.answer != nil {
		views["as answered"] = m.answer
	}
	want := m.books()
	for name, p := range views {
		b, err := p.Balance()
		require.NoError(m.t, err, "%s, after %v", name, m.history)
		require.Equal(m.t, want, b, "%s, after %v", name, m.history)
		refunded, err := sumOf(p.RefundsWithoutVoids())
		require.NoError(m.t, err)
		require.Equal(m.t, want.Refunded.Amount, refunded.Amount, "%s, after %v", name, m.history)
	}
}

func sumOf(refunds []afterpay.Refund) (afterpay.Money, error) {
	var amounts []afterpay.Money
	for _, r := range refunds {
		amounts = append(amounts, r.Amount)
	}
	return afterpay.Sum(amounts...)
}
