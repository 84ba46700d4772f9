package afterpaytest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestClosedPayment_RefusalSaysWhy(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	const ten = `{"amount":{"amount":"10.00","currency":"USD"}}`

	id, _ := s.captured()
	s.refused(s.post("/v2/payments/"+id+"/capture", ten), 410, "payment_captured")
	s.refused(s.post("/v2/payments/"+id+"/void", ""), 410, "payment_captured")

	id, _ = s.authorized()
	require.Equal(t, 201, s.post("/v2/payments/"+id+"/void", "").status)
	s.refused(s.post("/v2/payments/"+id+"/capture", ten), 412, "payment_voided")
	s.refused(s.post("/v2/payments/"+id+"/refund", ten), 412, "precondition_failed")

	id, _ = s.authorized()
	a := s.post("/v2/payments/"+id+"/void", `{"amount":{"amount":"999.00","currency":"USD"}}`)
	s.refused(a, 422, "invalid_amount")
	require.Equal(t, "Void amount USD 999.00 exceeded open to capture amount USD 100.00.", a.text("message"))
	s.refused(s.post("/v2/payments/"+id+"/void", `{"amount":{"amount":"0.00","currency":"USD"}}`), 422, "invalid_object")
	s.refused(s.post("/v2/payments/"+id+"/capture", `{"amount":{"amount":"100.01","currency":"USD"}}`), 422, "invalid_amount")
	s.refused(s.post("/v2/payments/"+id+"/capture", `{"amount":{"amount":"0.99","currency":"USD"}}`), 422, "invalid_amount")
	s.refused(s.post("/v2/payments/"+id+"/capture", `{"amount":{"amount":"10.00","currency":"GBP"}}`), 422, "invalid_object")
	s.refused(s.post("/v2/payments/"+id+"/capture", `{}`), 422, "invalid_object")
}

func TestVoid_WithoutAnAmountReleasesAllThatIsOpen(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "{}", `{"amount":null}`, `{"requestId":"v"}`} {
		s := newShop(t)
		id, _ := s.authorized()
		require.Equal(t, 201, s.post("/v2/payments/"+id+"/capture", `{`+tenUSD+`}`).status)
		a := s.post("/v2/payments/"+id+"/void", body)
		require.Equal(t, 201, a.status, body)
		require.Equal(t, "0.00", a.text("openToCaptureAmount.amount"), body)
		require.Equal(t, "90.00", a.text("refunds.0.amount.amount"), body)
	}
}
