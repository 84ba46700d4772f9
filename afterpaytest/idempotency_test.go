package afterpaytest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const tenUSD = `"amount":{"amount":"10.00","currency":"USD"}`

// captures counts the movements of one kind.
func (s *shop) moved(kind MovementKind) (n int) {
	for _, m := range s.sandbox.Ledger() {
		if m.Kind == kind {
			n++
		}
	}
	return n
}

func TestRequestIDsProtectFor24Hours(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		call string
		kind MovementKind
	}{{"capture", Captured}, {"void", Voided}} {
		t.Run(tc.call, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			id, _ := s.authorized()
			again := func() said {
				return s.post("/v2/payments/"+id+"/"+tc.call, `{"requestId":"r-1",`+tenUSD+`}`)
			}
			require.Equal(t, 201, again().status)
			s.sandbox.Advance(24*time.Hour - time.Second)
			require.Equal(t, 201, again().status)
			require.Equal(t, 1, s.moved(tc.kind))
			s.sandbox.Advance(time.Second)
			require.Equal(t, 201, again().status)
			require.Equal(t, 2, s.moved(tc.kind), "the id is forgotten: a second execution")
		})
	}
}

func TestReplayAnswersTheCurrentPayment(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id, _ := s.authorized()
	first := `{"requestId":"r-1",` + tenUSD + `}`
	require.Equal(t, "90.00", s.post("/v2/payments/"+id+"/capture", first).text("openToCaptureAmount.amount"))
	s.post("/v2/payments/"+id+"/capture", `{"requestId":"r-2",`+tenUSD+`}`)
	require.Equal(t, "80.00", s.post("/v2/payments/"+id+"/capture", first).text("openToCaptureAmount.amount"))
	require.Equal(t, 2, s.moved(Captured))
}

func TestWithoutRequestIDARepeatIsASecondExecution(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id, _ := s.authorized()
	for range 2 {
		require.Equal(t, 201, s.post("/v2/payments/"+id+"/capture", `{`+tenUSD+`}`).status)
		require.Equal(t, 201, s.post("/v2/payments/"+id+"/refund", `{"requestId":null,"amount":{"amount":"1.00","currency":"USD"}}`).status)
		require.Equal(t, 201, s.post("/v2/payments/"+id+"/void", `{"requestId":"",`+tenUSD+`}`).status)
	}
	require.Equal(t, 2, s.moved(Captured))
	require.Equal(t, 2, s.moved(Refunded))
	require.Equal(t, 2, s.moved(Voided))
}

func TestRefusedRequestsLeaveNoMark(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id, _ := s.authorized()
	s.refused(s.post("/v2/payments/"+id+"/capture", `{"requestId":"r-1","amount":{"amount":"100.01","currency":"USD"}}`), 422, "invalid_amount")
	require.Equal(t, 201, s.post("/v2/payments/"+id+"/capture", `{"requestId":"r-1",`+tenUSD+`}`).status)
}

func TestAuthReplay(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	token := s.checkout()
	auth := `{"token":"` + token + `","requestId":"r-1"}`
	id := s.post("/v2/payments/auth", auth).text("id")
	s.post("/v2/payments/"+id+"/capture", `{`+tenUSD+`}`)
	again := s.post("/v2/payments/auth", auth)
	require.Equal(t, 201, again.status)
	require.Equal(t, "PARTIALLY_CAPTURED", again.text("paymentState"))
	require.Equal(t, 1, s.moved(Authorized))

	s.refused(s.post("/v2/payments/auth", `{"token":"`+token+`","requestId":"r-2"}`), 402, "invalid_token")
	s.sandbox.Advance(24 * time.Hour)
	s.refused(s.post("/v2/payments/auth", auth), 402, "invalid_token")

	token = s.undecided()
	require.NoError(t, s.sandbox.Decline(token))
	auth = `{"token":"` + token + `","requestId":"r-3","requestid":"r-3"}`
	for range 2 {
		a := s.post("/v2/payments/auth", auth)
		require.Equal(t, 402, a.status)
		require.Equal(t, "DECLINED", a.text("status"))
	}
	require.Len(t, s.sandbox.orders, 2)
}

func TestLowerCaseRequestidProtectsNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	auth := `{"token":"` + s.checkout() + `","requestid":"r-1"}`
	require.Equal(t, 201, s.post("/v2/payments/auth", auth).status)
	s.refused(s.post("/v2/payments/auth", auth), 402, "invalid_token")
}

func TestCaptureIsRepeatableByItsToken(t *testing.T) {
	t.Parallel()
	for version, order := range map[string]string{"v1": "orders", "v2": "checkouts"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			body := smallCheckout
			if version == "v1" {
				body = smallOrderV1
			}
			token := s.post("/"+version+"/"+order, body).text("token")
			require.NoError(t, s.sandbox.Approve(token))
			capture := `{"token":"` + token + `"}`
			first := s.post("/"+version+"/payments/capture", capture)
			require.Equal(t, 201, first.status)
			s.post("/"+version+"/payments/"+first.text("id")+"/refund", `{`+tenUSD+`}`)

			s.sandbox.Advance(23 * time.Hour) // long after the token expired
			again := s.post("/"+version+"/payments/capture", capture)
			require.Equal(t, 201, again.status)
			require.Equal(t, first.text("id"), again.text("id"))
			require.Equal(t, "10.00", again.text("refunds.0.amount.amount"))
			require.Equal(t, 1, s.moved(Captured))
		})
	}
}

func TestRefundReplay(t *testing.T) {
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

func TestRefundKeysOfV2LiveLongerThanADay(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id, _ := s.captured()
	for range 2 {
		require.Equal(t, 201, s.post("/v2/payments/"+id+"/refund", `{"requestId":"r","merchantReference":"m",`+tenUSD+`}`).status)
		s.sandbox.Advance(72 * time.Hour)
	}
	require.Equal(t, 1, s.moved(Refunded))
}
