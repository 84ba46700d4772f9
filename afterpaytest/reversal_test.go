package afterpaytest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func (s *shop) reverse(token string) said {
	s.t.Helper()
	return s.post("/v2/payments/token:"+token+"/reversal", "{}")
}

func TestReversalHappensLater(t *testing.T) {
	t.Parallel()
	t.Run("of an authorization", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		id, token := s.authorized()
		a := s.reverse(token)
		require.Equal(t, 204, a.status)
		require.Empty(t, a.raw)
		require.Empty(t, a.header.Values("Content-Type"))

		require.Equal(t, "AUTH_APPROVED", s.get("/v2/payments/"+id).text("paymentState"))
		s.refused(s.post("/v2/payments/"+id+"/capture", `{`+tenUSD+`}`), 412, "precondition_failed")
		s.refused(s.reverse(token), 412, "precondition_failed")

		s.sandbox.Advance(3 * time.Second)
		after := s.get("/v2/payments/" + id)
		require.Equal(t, "VOIDED", after.text("paymentState"))
		require.Equal(t, "VOIDED", after.text("events.1.type"))
		require.Equal(t, "100.00", after.text("refunds.0.amount.amount"))
		require.Equal(t, []MovementKind{Authorized, Reversed}, kinds(s.sandbox.Ledger()))
		s.refused(s.reverse(token), 412, "precondition_failed")
	})
	t.Run("of a capture", func(t *testing.T) {
		t.Parallel()
		s := newShop(t, WithReversalDelay(time.Minute))
		id, token := s.captured()
		require.Equal(t, 201, s.post("/v2/payments/"+id+"/refund", `{`+tenUSD+`}`).status)
		require.Equal(t, 204, s.reverse(token).status)
		s.refused(s.post("/v2/payments/capture", `{"token":"`+token+`"}`), 412, "precondition_failed")
		s.sandbox.Advance(time.Minute)
		after := s.get("/v2/payments/" + id)
		require.Equal(t, "CAPTURED", after.text("paymentState"))
		require.Equal(t, "90.00", after.text("refunds.1.amount.amount"), "what wasn't refunded before")
		require.Equal(t, []MovementKind{Captured, Refunded, Reversed}, kinds(s.sandbox.Ledger()))
	})
}

func kinds(ledger []Movement) (kinds []MovementKind) {
	for _, m := range ledger {
		kinds = append(kinds, m.Kind)
	}
	return kinds
}

func TestReversalEndsTenMinutesAfterTheOrder(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	token := s.checkout()
	s.sandbox.Advance(time.Hour) // the checkout's age doesn't matter
	s.post("/v2/payments/capture", `{"token":"`+token+`"}`)
	_, late := s.authorized()
	s.sandbox.Advance(10*time.Minute - 10*time.Second)
	require.Equal(t, 204, s.reverse(token).status)
	s.sandbox.Advance(11 * time.Second)
	s.refused(s.reverse(late), 412, "precondition_failed")
}

func TestReversalNeedsSomethingToReverse(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.refused(s.reverse(s.undecided()), 412, "precondition_failed")

	declined := s.undecided()
	require.NoError(t, s.sandbox.Decline(declined))
	s.post("/v2/payments/capture", `{"token":"`+declined+`"}`)
	s.refused(s.reverse(declined), 412, "precondition_failed")

	id, voided := s.authorized()
	s.post("/v2/payments/"+id+"/void", "")
	s.refused(s.reverse(voided), 412, "precondition_failed")

	expired := s.checkout()
	s.sandbox.Advance(3 * time.Hour)
	s.refused(s.reverse(expired), 402, "invalid_token")
}

func TestReversalBeforeTheOrderForbidsIt(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	token := s.checkout()
	require.Equal(t, 204, s.reverse(token).status)
	s.refused(s.post("/v2/payments/capture", `{"token":"`+token+`"}`), 412, "precondition_failed")
	s.refused(s.post("/v2/payments/auth", `{"token":"`+token+`"}`), 412, "precondition_failed")
	s.refused(s.reverse(token), 412, "precondition_failed")
	require.Empty(t, s.sandbox.Ledger())
}

func TestReversalReachesACaptureThatIsStillRunning(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	token := s.checkout()
	held := s.sandbox.Hold(OpCapture)
	captured := make(chan said)
	go func() { captured <- s.post("/v2/payments/capture", `{"token":"`+token+`"}`) }()
	<-held.Entered()
	require.Equal(t, 204, s.reverse(token).status)
	held.Release()
	require.Equal(t, 201, (<-captured).status)
	s.sandbox.Advance(3 * time.Second)
	require.Equal(t, []MovementKind{Captured, Reversed}, kinds(s.sandbox.Ledger()))
}

func TestReversalInV1(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	token := s.post("/v1/orders", smallOrderV1).text("token")
	require.NoError(t, s.sandbox.Approve(token))
	id := s.post("/v1/payments/capture", `{"token":"`+token+`"}`).text("id")
	require.Equal(t, 204, s.post("/v1/payments/token:"+token+"/reversal", "").status)
	s.sandbox.Advance(3 * time.Second)
	require.Equal(t, "REVERSED", s.get("/v1/payments/"+id).text("status"))
	s.refused(s.post("/v1/payments/token:nobody/reversal", ""), 402, "invalid_token")
}
