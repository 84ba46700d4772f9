package afterpaytest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCheckoutNeedsTheShopperBeforeItsMoneyMoves(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	token := s.undecided()

	s.refused(s.post("/v2/payments/auth", `{"token":"`+token+`"}`), 412, "invalid_order_transaction_status")
	s.refused(s.post("/v2/payments/capture", `{"token":"`+token+`"}`), 412, "invalid_order_transaction_status")

	require.NoError(t, s.sandbox.Cancel(token))
	s.refused(s.post("/v2/payments/capture", `{"token":"`+token+`"}`), 412, "invalid_order_transaction_status")

	require.NoError(t, s.sandbox.Approve(token))
	require.Equal(t, 201, s.post("/v2/payments/capture", `{"token":"`+token+`"}`).status)
	require.Error(t, s.sandbox.Cancel(token))
}

func TestPaymentStateFollowsTheMoney(t *testing.T) {
	t.Parallel()
	capture := func(amount string) [2]string {
		return [2]string{"capture", `{"amount":{"amount":"` + amount + `","currency":"USD"}}`}
	}
	void := func(amount string) [2]string {
		return [2]string{"void", `{"amount":{"amount":"` + amount + `","currency":"USD"}}`}
	}
	cases := []struct {
		name        string
		steps       [][2]string
		state, open string
		events      []string
	}{
		{"authorized", nil, "AUTH_APPROVED", "100.00", []string{"AUTH_APPROVED"}},
		{"partly captured", [][2]string{capture("40.00")}, "PARTIALLY_CAPTURED", "60.00", []string{"AUTH_APPROVED", "CAPTURED"}},
		{"captured in two parts", [][2]string{capture("40.00"), capture("60.00")}, "CAPTURED", "0.00", []string{"AUTH_APPROVED", "CAPTURED", "CAPTURED"}},
		{"partly voided", [][2]string{void("10.00")}, "AUTH_APPROVED", "90.00", []string{"AUTH_APPROVED", "VOIDED"}},
		{"voided", [][2]string{{"void", ""}}, "VOIDED", "0.00", []string{"AUTH_APPROVED", "VOIDED"}},
		{"captured and the rest voided", [][2]string{capture("40.00"), void("60.00")}, "CAPTURED", "0.00", []string{"AUTH_APPROVED", "CAPTURED", "VOIDED"}},
		{"captured and part of the rest voided", [][2]string{capture("40.00"), void("10.00")}, "PARTIALLY_CAPTURED", "50.00", []string{"AUTH_APPROVED", "CAPTURED", "VOIDED"}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			id, _ := s.authorized()
			for _, step := range tc.steps {
				a := s.post("/v2/payments/"+id+"/"+step[0], step[1])
				require.Equal(t, 201, a.status, a.raw)
			}
			a := s.get("/v2/payments/" + id)
			require.Equal(t, "APPROVED", a.text("status"))
			require.Equal(t, tc.state, a.text("paymentState"))
			require.Equal(t, tc.open, a.text("openToCaptureAmount.amount"))
			var events []string
			for _, e := range a.at("events").([]any) {
				events = append(events, e.(map[string]any)["type"].(string))
			}
			require.Equal(t, tc.events, events)
		})
	}
}

func TestDeclineComesInThreeForms(t *testing.T) {
	t.Parallel()
	s := newShop(t)

	token := s.undecided()
	require.NoError(t, s.sandbox.Decline(token))
	auth := s.post("/v2/payments/auth", `{"token":"`+token+`"}`)
	require.Equal(t, 402, auth.status)
	require.Nil(t, auth.at("errorCode"))
	require.Equal(t, "DECLINED", auth.text("status"))
	require.Equal(t, "AUTH_DECLINED", auth.text("paymentState"))
	require.Equal(t, "100.00", auth.text("openToCaptureAmount.amount"), "a declined payment keeps its open amount")
	id := auth.text("id")
	s.refused(s.post("/v2/payments/"+id+"/capture", `{"amount":{"amount":"1.00","currency":"USD"}}`), 412, "invalid_state")
	s.refused(s.post("/v2/payments/"+id+"/refund", `{"amount":{"amount":"1.00","currency":"USD"}}`), 412, "precondition_failed")
	require.Equal(t, "DECLINED", s.get("/v2/payments/"+id).text("status"), "a declined order is permanent")

	token = s.undecided()
	require.NoError(t, s.sandbox.Decline(token))
	capture := s.post("/v2/payments/capture", `{"token":"`+token+`"}`)
	require.Equal(t, 201, capture.status)
	require.Equal(t, "DECLINED", capture.text("status"))
	require.Equal(t, "CAPTURE_DECLINED", capture.text("paymentState"))
	require.Equal(t, "CAPTURE_DECLINED", capture.text("events.0.type"))

	token = s.post("/v1/orders", smallOrderV1).text("token")
	require.NoError(t, s.sandbox.Decline(token))
	s.refused(s.post("/v1/payments/capture", `{"token":"`+token+`"}`), 402, "declined")
	s.refused(s.post("/v1/payments/capture", `{"token":"`+token+`"}`), 402, "declined")
	require.Equal(t, "DECLINED", s.get("/v1/payments/token:"+token).text("status"))

	require.Empty(t, s.sandbox.Ledger(), "a decline moves no money")
}

func TestTokenExpires(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v2Token := s.checkout()
	v1Token := s.post("/v1/orders", smallOrderV1).text("token")
	require.NoError(t, s.sandbox.Approve(v1Token))

	s.sandbox.Advance(30*time.Minute - time.Second)
	require.Equal(t, 200, s.get("/v1/orders/"+v1Token).status)
	s.sandbox.Advance(time.Second)
	s.refused(s.get("/v1/orders/"+v1Token), 412, "invalid_token")
	s.refused(s.post("/v1/payments/capture", `{"token":"`+v1Token+`"}`), 412, "invalid_token")
	require.ErrorContains(t, s.sandbox.Approve(v1Token), "expired")

	require.Equal(t, 200, s.get("/v2/checkouts/"+v2Token).status)
	s.sandbox.Advance(2*time.Hour + 30*time.Minute)
	s.refused(s.get("/v2/checkouts/"+v2Token), 412, "invalid_token")
	s.refused(s.post("/v2/payments/auth", `{"token":"`+v2Token+`"}`), 402, "invalid_token")
	s.refused(s.post("/v2/payments/capture", `{"token":"`+v2Token+`"}`), 402, "invalid_token")
}

func TestTokenIsSpentByItsOrder(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	_, token := s.authorized()
	s.refused(s.get("/v2/checkouts/"+token), 412, "invalid_token")
	s.refused(s.post("/v2/payments/auth", `{"token":"`+token+`"}`), 402, "invalid_token")
	s.refused(s.post("/v2/payments/capture", `{"token":"`+token+`"}`), 402, "invalid_token")
	require.Len(t, s.sandbox.Ledger(), 1)
}

func TestTokensDoNotCrossVersions(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v2Token := s.checkout()
	v1Token := s.post("/v1/orders", smallOrderV1).text("token")
	require.NoError(t, s.sandbox.Approve(v1Token))
	require.Regexp(t, `^002\.[0-9a-v]{48}$`, v2Token)
	require.Regexp(t, `^[0-9a-v]{52}$`, v1Token)

	s.refused(s.get("/v1/orders/"+v2Token), 412, "invalid_token")
	s.refused(s.get("/v2/checkouts/"+v1Token), 412, "invalid_token")
	s.refused(s.post("/v1/payments/capture", `{"token":"`+v2Token+`"}`), 412, "invalid_token")
	s.refused(s.post("/v2/payments/capture", `{"token":"`+v1Token+`"}`), 402, "invalid_token")
}

func TestAuthorizationRunsOut(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		region   Region
		currency string
		life     time.Duration
	}{
		{US, "USD", 13 * 24 * time.Hour}, {AU, "AUD", 13 * 24 * time.Hour}, {GB, "GBP", 36 * time.Hour},
	} {
		t.Run(string(tc.region), func(t *testing.T) {
			t.Parallel()
			s := newShop(t, WithRegion(tc.region))
			a := s.post("/v2/checkouts", `{"amount":{"amount":"100.00","currency":"`+tc.currency+`"},"consumer":{"email":"ann@example.com"},
				"merchant":{"redirectConfirmUrl":"https://shop.example/ok","redirectCancelUrl":"https://shop.example/no"}}`)
			require.NoError(t, s.sandbox.Approve(a.text("token")))
			auth := s.post("/v2/payments/auth", `{"token":"`+a.text("token")+`"}`)
			id, ten := auth.text("id"), `{"amount":{"amount":"10.00","currency":"`+tc.currency+`"}}`
			made, err := time.Parse(time.RFC3339, auth.text("events.0.created"))
			require.NoError(t, err)
			require.Equal(t, timestamp(made.Add(tc.life)), auth.text("events.0.expires"))

			s.sandbox.Advance(tc.life - time.Second)
			require.Equal(t, 201, s.post("/v2/payments/"+id+"/capture", ten).status)
			s.sandbox.Advance(time.Second)
			s.refused(s.post("/v2/payments/"+id+"/capture", ten), 412, "payment_expired")
			s.refused(s.post("/v2/payments/"+id+"/void", ""), 412, "payment_expired")

			after := s.get("/v2/payments/" + id)
			require.Equal(t, "CAPTURED", after.text("paymentState"))
			require.Equal(t, "0.00", after.text("openToCaptureAmount.amount"))
			require.Equal(t, "EXPIRED", after.text("events.2.type"))
			require.Equal(t, "90.00", after.text("events.2.amount.amount"))
			require.Equal(t, "90.00", after.text("refunds.0.amount.amount"))
			last := s.sandbox.Ledger()[2]
			require.Equal(t, Expired, last.Kind)
			require.EqualValues(t, 90_00, last.Amount)
			require.WithinDuration(t, made.Add(tc.life), last.At, time.Millisecond, "it ran out at its own time, not when it was looked at")
		})
	}
}

func TestUncapturedAuthorizationRunsOutAsVoided(t *testing.T) {
	t.Parallel()
	s := newShop(t, WithAuthLife(time.Hour))
	id, _ := s.authorized()
	s.sandbox.Advance(time.Hour)
	require.Equal(t, "VOIDED", s.get("/v2/payments/"+id).text("paymentState"))
	s.refused(s.post("/v2/payments/"+id+"/capture", `{"amount":{"amount":"1.00","currency":"USD"}}`), 412, "payment_expired")
}

func TestRefundsHoldVoidsUnderAnotherIDWhenRead(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id, token := s.authorized()
	s.post("/v2/payments/"+id+"/capture", `{"requestId":"c","amount":{"amount":"40.00","currency":"USD"}}`)
	s.post("/v2/payments/"+id+"/refund", `{"amount":{"amount":"5.00","currency":"USD"}}`)
	void := s.post("/v2/payments/"+id+"/void", `{"requestId":"v","amount":{"amount":"10.00","currency":"USD"}}`)

	require.Equal(t, "10.00", void.text("refunds.0.amount.amount"), "a void comes first")
	require.Equal(t, "5.00", void.text("refunds.1.amount.amount"))
	require.Regexp(t, `^\d+$`, void.text("refunds.0.refundId"))
	event := void.text("events.2.id")
	require.Regexp(t, `^[0-9A-Za-z]{27}$`, event)

	for _, path := range []string{id, "token:" + token} {
		got := s.get("/v2/payments/" + path)
		require.Equal(t, event, got.text("refunds.0.refundId"))
		require.Equal(t, void.text("refunds.1.refundId"), got.text("refunds.1.refundId"))
		require.NotEqual(t, void.text("refunds.0.refundedAt"), got.text("refunds.0.refundedAt"))
		require.NotEqual(t, void.text("events.2.created"), got.text("events.2.created"))
	}
}

func TestRefundIsBoundedByWhatWasCaptured(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id, _ := s.authorized()
	refund := func(amount string) said {
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

func TestRefundEndsAfter120Days(t *testing.T) {
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
