package main

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// Two tabs ask for the same payment at once. One read the order just before the
// shopper confirmed it, and its outcome is saved first.
func TestComplete_PaymentIsRecordedWhateverAnotherTabSaved(t *testing.T) {
	for name, test := range map[string]struct{ saved, want state }{
		"cancelled": {cancelled, paid},
		"declined":  {declined, paid},
		"expired":   {expired, paid},
		"paid":      {paid, paid},
		"invoiced":  {invoiced, problem}, // the shopper would pay twice
		"replaced":  {replaced, problem},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVisitor(t, afterpay.V2)
			o := v.toAfterpay("mug")
			require.NoError(t, v.afterpay.sandbox.Approve(o.Token))
			_, err := v.db.Exec("UPDATE orders SET state = ? WHERE id = ?", test.saved, o.ID)
			require.NoError(t, err)
			require.NoError(t, v.complete(t.Context(), o, afterpay.Redirect{}))
			o = v.current(o)
			require.Equal(t, test.want, o.State)
			if test.saved != paid {
				require.NotEmpty(t, o.PaymentID)
			}
			if test.want == problem {
				require.Contains(t, o.Problem, string(test.saved))
				_, page := v.get("/staff/orders/" + o.ID)
				require.True(t, contains(page, o.PaymentID), "staff can give the money back")
				require.True(t, contains(page, "Return goods"))
			}
		})
	}
}

func TestReturn_ClearsTheCartOnlyOfThisPayment(t *testing.T) {
	inCart := func(v *visitor) string {
		_, page := v.get("/cart")
		return page
	}
	t.Run("paid", func(t *testing.T) {
		v := newVisitor(t, afterpay.V2)
		v.buy("mug")
		require.True(t, contains(inCart(v), "The cart is empty"))
	})
	t.Run("return page of an earlier order", func(t *testing.T) {
		v := newVisitor(t, afterpay.V2)
		o := v.buy("mug")
		v.fillCheckout("jumper")
		require.True(t, contains(v.comesBack(o), headings[paid]))
		require.True(t, contains(inCart(v), "Merino jumper"))
	})
	t.Run("declined", func(t *testing.T) {
		v := newVisitor(t, afterpay.V2)
		o := v.toAfterpay("mug")
		require.NoError(t, v.afterpay.sandbox.Decline(o.Token))
		require.True(t, contains(v.comesBack(o), headings[declined]))
		require.True(t, contains(inCart(v), "Stoneware mug"))
	})
	t.Run("replaced", func(t *testing.T) {
		v := newVisitor(t, afterpay.V2)
		o := v.toAfterpay("mug")
		require.NoError(t, v.afterpay.sandbox.Approve(o.Token))
		v.toAfterpay("jumper")
		require.True(t, contains(v.comesBack(o), headings[replaced]))
		require.True(t, contains(inCart(v), "Stoneware mug"))
	})
}

func TestOutcome(t *testing.T) {
	lost := &afterpay.Error{Kind: afterpay.ErrUnavailable, OutcomeUnknown: true}
	for name, test := range map[string]struct {
		err  error
		want state
	}{
		"paid":             {nil, paid},
		"declined":         {&afterpay.Error{Kind: afterpay.ErrDeclined}, declined},
		"not confirmed":    {&afterpay.Error{Kind: afterpay.ErrNotApprovedYet}, cancelled},
		"expired":          {&afterpay.Error{Kind: afterpay.ErrInvalidToken}, expired},
		"lost":             {lost, confirming},
		"down":             {&afterpay.Error{Kind: afterpay.ErrUnavailable}, confirming},
		"wrong secret":     {&afterpay.Error{Kind: afterpay.ErrUnauthorized}, confirming},
		"another amount":   {&afterpay.Error{Kind: afterpay.ErrAmountMismatch, OutcomeUnknown: true}, problem},
		"voided elsewhere": {&afterpay.Error{Kind: afterpay.ErrState}, problem},
		"another order":    {&afterpay.Error{Kind: afterpay.ErrInvalid}, problem},
		"no outcome":       {errors.New("broken"), confirming},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.want, outcome(test.err)) })
	}
}

// A payment without an outcome is asked for less and less often, and waits for a
// person in the end.
func TestPause_GrowsWithTheAgeOfThePayment(t *testing.T) {
	require.Equal(t, time.Second, pause(0))
	require.Equal(t, time.Second, pause(5*time.Second))
	require.Equal(t, 30*time.Second, pause(5*time.Minute))
	require.Equal(t, 5*time.Minute, pause(24*time.Hour))
}

func TestHealth_TellsOfOrdersThatNeedAPerson(t *testing.T) {
	for name, test := range map[string]struct {
		state state
		since time.Duration
		waits bool
	}{
		"problem":          {problem, 0, true},
		"just confirming":  {confirming, 0, false},
		"still confirming": {confirming, 20 * time.Minute, true},
		"paid":             {paid, 20 * time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVisitor(t, afterpay.V2)
			o := v.toAfterpay("mug")
			_, err := v.db.Exec("UPDATE orders SET state = ?, since = ? WHERE id = ?", test.state, time.Now().Add(-test.since).UnixMilli(), o.ID)
			require.NoError(t, err)
			_, page := v.get("/staff/health")
			require.Equal(t, !test.waits, contains(page, "All is well."))
			_, page = v.get("/staff/operations")
			require.Equal(t, test.waits, contains(page, o.Number))
		})
	}
}
