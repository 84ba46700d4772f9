package afterpaytest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPay_NeedsTheShopperFirst(t *testing.T) {
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

func TestDecline_ThreeForms(t *testing.T) {
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

func TestAuthorize_Replay(t *testing.T) {
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

func TestAuthorize_LowerCaseRequestidProtectsNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	auth := `{"token":"` + s.checkout() + `","requestid":"r-1"}`
	require.Equal(t, 201, s.post("/v2/payments/auth", auth).status)
	s.refused(s.post("/v2/payments/auth", auth), 402, "invalid_token")
}

func TestCapture_TokenIsTheIdempotencyKey(t *testing.T) {
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

func TestPayments_SharedByBothVersions(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	token := s.post("/v1/orders", smallOrderV1).text("token")
	require.NoError(t, s.sandbox.Approve(token))
	old := s.post("/v1/payments/capture", `{"token":"`+token+`"}`).text("id")
	require.Equal(t, "CAPTURED", s.get("/v2/payments/"+old).text("paymentState"))
	require.Equal(t, 201, s.post("/v2/payments/"+old+"/refund", `{`+tenUSD+`}`).status)

	auth, _ := s.authorized()
	s.refused(s.get("/v1/payments/"+auth), 404, "not_found")
	s.refused(s.post("/v1/payments/"+auth+"/refund", `{`+tenUSD+`}`), 412, "precondition_failed")
	s.post("/v2/payments/"+auth+"/capture", `{`+tenUSD+`}`)
	require.Equal(t, "100.00", s.get("/v1/payments/"+auth).text("totalAmount.amount"))
}

func TestCrossBorder_KeepsItsCurrency(t *testing.T) {
	t.Parallel()
	s := newShop(t, WithCrossBorder("AUD", "AU", "1500.00"))
	checkout := func(amount string) received {
		return s.post("/v2/checkouts", `{"amount":{"amount":"`+amount+`","currency":"AUD"},"consumer":{"email":"ann@example.com"},
			"merchant":{"redirectConfirmUrl":"https://shop.example/ok","redirectCancelUrl":"https://shop.example/no"}}`)
	}
	s.refused(checkout("1500.01"), 422, "unsupported_payment_type")
	token := checkout("1500.00").text("token")
	require.NoError(t, s.sandbox.Approve(token))
	id := s.post("/v2/payments/auth", `{"token":"`+token+`"}`).text("id")
	s.refused(s.post("/v2/payments/"+id+"/capture", `{`+tenUSD+`}`), 422, "invalid_object")
	require.Equal(t, 201, s.post("/v2/payments/"+id+"/capture", `{"amount":{"amount":"10.00","currency":"AUD"}}`).status)
	require.Equal(t, "AUD", s.sandbox.Ledger()[1].Currency)
}
