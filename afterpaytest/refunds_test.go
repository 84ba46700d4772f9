package afterpaytest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRefund_AtMostWhatWasCaptured(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id, _ := s.authorized()
	refund := func(amount string) received {
		return s.post("/v2/payments/"+id+"/refund", `{"amount":{"amount":"`+amount+`","currency":"USD"}}`)
	}
	s.refused(refund("1.00"), 412, "precondition_failed")
	s.post("/v2/payments/"+id+"/capture", `{"amount":{"amount":"40.00","currency":"USD"}}`)
	s.refused(refund("40.01"), 422, "invalid_amount")
	require.Equal(t, 201, refund("30.00").status)
	s.refused(refund("10.01"), 422, "invalid_amount")
	require.Equal(t, 201, refund("10.00").status)
	s.refused(refund("0.01"), 422, "invalid_amount")

	after := s.get("/v2/payments/" + id)
	require.Equal(t, "PARTIALLY_CAPTURED", after.text("paymentState"), "refunds change no state")
	require.Len(t, after.at("events"), 2, "and make no event")
	s.refused(s.post("/v2/payments/"+id+"/refund", `{"amount":{"amount":"1.00","currency":"AUD"}}`), 422, "invalid_object")
}

func TestRefund_RefusedAfter120Days(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id, _ := s.captured()
	one := `{"amount":{"amount":"1.00","currency":"USD"}}`
	s.sandbox.Advance(120*24*time.Hour - time.Second)
	require.Equal(t, 201, s.post("/v2/payments/"+id+"/refund", one).status)
	s.sandbox.Advance(2 * time.Second)
	a := s.post("/v2/payments/"+id+"/refund", one)
	s.refused(a, 422, "refund_timelimit_exceeded")
	require.Equal(t, "The refund exceeds the time limit of 120 days", a.text("message"))
}

func TestRefund_Replay(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name          string
		version       string
		first, second string
		refunds       int
	}{
		{"v2 knows both keys together", "v2", `"requestId":"r","merchantReference":"m",`, `"requestId":"r","merchantReference":"m",`, 1},
		{"v2 doesn't know the request id alone", "v2", `"requestId":"r",`, `"requestId":"r",`, 2},
		{"v2 doesn't know the reference alone", "v2", `"merchantReference":"m",`, `"merchantReference":"m",`, 2},
		{"v2 with another reference", "v2", `"requestId":"r","merchantReference":"m",`, `"requestId":"r","merchantReference":"n",`, 2},
		{"v1 knows the request id alone", "v1", `"requestId":"r",`, `"requestId":"r","merchantReference":"n",`, 1},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			id, _ := s.captured()
			first := s.post("/"+tc.version+"/payments/"+id+"/refund", `{`+tc.first+tenUSD+`}`)
			second := s.post("/"+tc.version+"/payments/"+id+"/refund", `{`+tc.second+tenUSD+`}`)
			require.Equal(t, 201, second.status)
			require.Equal(t, tc.refunds, s.moved(Refunded))
			require.Equal(t, tc.refunds == 1, first.text("refundId") == second.text("refundId"))
		})
	}
}

func TestRefund_V2KeysOutliveADay(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id, _ := s.captured()
	for range 2 {
		require.Equal(t, 201, s.post("/v2/payments/"+id+"/refund", `{"requestId":"r","merchantReference":"m",`+tenUSD+`}`).status)
		s.sandbox.Advance(72 * time.Hour)
	}
	require.Equal(t, 1, s.moved(Refunded))
}

func (s *shop) reverse(token string) received {
	s.t.Helper()
	return s.post("/v2/payments/token:"+token+"/reversal", "{}")
}

func TestReverse_TakesEffectLater(t *testing.T) {
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

func TestReverse_RefusedAfterTenMinutes(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	token := s.checkout()
	s.sandbox.Advance(time.Hour) // the age of the checkout does not matter
	s.post("/v2/payments/capture", `{"token":"`+token+`"}`)
	_, late := s.authorized()
	s.sandbox.Advance(10*time.Minute - 10*time.Second)
	require.Equal(t, 204, s.reverse(token).status)
	s.sandbox.Advance(11 * time.Second)
	s.refused(s.reverse(late), 412, "precondition_failed")
}

func TestReverse_NeedsAnApprovedOrder(t *testing.T) {
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

func TestReverse_BeforeTheOrderForbidsIt(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	token := s.checkout()
	require.Equal(t, 204, s.reverse(token).status)
	s.refused(s.post("/v2/payments/capture", `{"token":"`+token+`"}`), 412, "precondition_failed")
	s.refused(s.post("/v2/payments/auth", `{"token":"`+token+`"}`), 412, "precondition_failed")
	s.refused(s.reverse(token), 412, "precondition_failed")
	require.Empty(t, s.sandbox.Ledger())
}

func TestReverse_ReachesARunningCapture(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	token := s.checkout()
	held := s.sandbox.Hold(OpCapture)
	captured := make(chan received)
	go func() { captured <- s.post("/v2/payments/capture", `{"token":"`+token+`"}`) }()
	<-held.Entered()
	require.Equal(t, 204, s.reverse(token).status)
	held.Release()
	require.Equal(t, 201, (<-captured).status)
	s.sandbox.Advance(3 * time.Second)
	require.Equal(t, []MovementKind{Captured, Reversed}, kinds(s.sandbox.Ledger()))
}

func TestReverse_V1(t *testing.T) {
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
