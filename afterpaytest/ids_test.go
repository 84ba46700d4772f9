package afterpaytest

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestUnknownPaymentsAreAnsweredDifferentlyByEachEndpoint(t *testing.T) {
	t.Parallel()
	const ten = `{"amount":{"amount":"10.00","currency":"USD"}}`
	cases := []struct {
		name, method, path, body string
		status                   int
		code                     string
	}{
		{"get, word", "GET", "/v2/payments/nobody", "", 404, "not_found"},
		{"get, number", "GET", "/v2/payments/100964958451", "", 404, "not_found"},
		{"get by token", "GET", "/v2/payments/token:nobody", "", 404, "not_found"},
		{"update, word", "PUT", "/v2/payments/nobody", `{"merchantReference":"A"}`, 404, "not_found"},
		{"update, number", "PUT", "/v2/payments/100964958451", `{"merchantReference":"A"}`, 404, "not_found"},
		{"capture, word", "POST", "/v2/payments/nobody/capture", ten, 404, "not_found"},
		{"capture, empty", "POST", "/v2/payments//capture", ten, 404, "not_found"},
		{"capture, number", "POST", "/v2/payments/100964958451/capture", ten, 412, "error"},
		{"void, word", "POST", "/v2/payments/nobody/void", "", 404, "not_found"},
		{"void, empty", "POST", "/v2/payments//void", "", 404, "not_found"},
		{"void, number", "POST", "/v2/payments/100964958451/void", "", 500, "error"},
		{"refund, word", "POST", "/v2/payments/nobody/refund", ten, 404, "not_found"},
		{"refund, number", "POST", "/v2/payments/100964958451/refund", ten, 412, "precondition_failed"},
		{"courier, word", "PUT", "/v2/payments/nobody/courier", `{}`, 404, "not_found"},
		{"courier, number", "PUT", "/v2/payments/100964958451/courier", `{}`, 412, "precondition_failed"},
		{"reversal", "POST", "/v2/payments/token:nobody/reversal", `{}`, 402, "invalid_token"},
		{"get checkout", "GET", "/v2/checkouts/nobody", "", 412, "invalid_token"},
		{"get checkout, empty", "GET", "/v2/checkouts/", "", 404, "not_found"},
		{"auth", "POST", "/v2/payments/auth", `{"token":"nobody"}`, 402, "invalid_token"},
		{"capture full", "POST", "/v2/payments/capture", `{"token":"nobody"}`, 402, "invalid_token"},
		{"auth, empty", "POST", "/v2/payments/auth", `{"token":""}`, 422, "invalid_object"},
		{"v1 capture", "POST", "/v1/payments/capture", `{"token":"nobody"}`, 412, "invalid_token"},
		{"v1 refund, word", "POST", "/v1/payments/nobody/refund", ten, 412, "precondition_failed"},
		{"v1 refund, number", "POST", "/v1/payments/24000000/refund", ten, 412, "precondition_failed"},
		{"v1 get", "GET", "/v1/payments/24000000", "", 404, "not_found"},
		{"v1 get order", "GET", "/v1/orders/nobody", "", 412, "invalid_token"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.refused(s.do(tc.method, tc.path, tc.body), tc.status, tc.code)
		})
	}
}

func TestClosedPaymentsSayWhy(t *testing.T) {
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

func TestEventIDsAreKSUIDsThatSortByTime(t *testing.T) {
	t.Parallel()
	ids := newIdentifiers([32]byte{})
	at := time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC)
	early, late := ids.ksuid(at), ids.ksuid(at.Add(time.Second))
	require.Regexp(t, `^[0-9A-Za-z]{27}$`, early)
	require.Less(t, early, late)

	var raw [20]byte
	_, err := hex.Decode(raw[:], []byte("0669f7ef"+"b5a1cd34b5f99d1154fb6853345c9735"))
	require.NoError(t, err)
	require.Equal(t, "0ujtsYcgvSTl8PAuAdqWYSMnLOv", encodeKSUID(raw), "the example of the format's authors")
}

func TestIDsHaveTheFormOfTheirRegion(t *testing.T) {
	t.Parallel()
	for region, want := range map[Region]struct{ token, id, portal string }{
		US: {`^002\.`, `^1001\d{8}$`, "https://portal.sandbox.afterpay.com/us/checkout/?token="},
		AU: {`^001\.`, `^3001\d{8}$`, "https://portal.sandbox.afterpay.com/au/checkout/?token="},
		NZ: {`^001\.`, `^3002\d{8}$`, "https://portal.sandbox.afterpay.com/nz/checkout/?token="},
		CA: {`^002\.`, `^1002\d{8}$`, "https://portal.sandbox.afterpay.com/ca/checkout/?token="},
		GB: {`^003\.`, `^4001\d{8}$`, "https://portal.sandbox.clearpay.co.uk/uk/checkout/?token="},
	} {
		s := newShop(t, WithRegion(region))
		a := s.post("/v2/checkouts", `{"amount":{"amount":"100.00","currency":"`+s.sandbox.profile.currency+`"},"consumer":{"email":"ann@example.com"},
			"merchant":{"redirectConfirmUrl":"https://shop.example/ok","redirectCancelUrl":"https://shop.example/no"}}`)
		token := a.text("token")
		require.Regexp(t, want.token, token)
		require.Equal(t, want.portal+token, a.text("redirectCheckoutUrl"))
		require.NoError(t, s.sandbox.Approve(token))
		require.Regexp(t, want.id, s.post("/v2/payments/capture", `{"token":"`+token+`"}`).text("id"))
	}
}

func TestSeedRepeatsIDs(t *testing.T) {
	t.Parallel()
	require.Equal(t, newShop(t, WithSeed(7)).undecided(), newShop(t, WithSeed(7)).undecided())
	require.NotEqual(t, newShop(t).undecided(), newShop(t).undecided())
}
