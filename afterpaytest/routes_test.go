package afterpaytest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnknownPayment_ResponseOfEachEndpoint(t *testing.T) {
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
		{"void, number", "POST", "/v2/payments/100964958451/void", "", 404, "not_found"},
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

// FuzzRequest sends any body to any operation. The sandbox must answer with a
// status of the service and JSON, and must never move more money than there
// is.
func FuzzRequest(f *testing.F) {
	for _, body := range []string{
		smallCheckout, smallOrderV1, shopOrder, bareOrder, minimalGB, smallAU, `{` + tenUSD + `}`, `{"token":"t"}`, `{}`, `[]`, ``, `null`,
		`{"items":[{"categories":[["a"],null]}]}`, `{"amount":{"amount":1e400,"currency":"USD"}}`, `{"requestId":1,"amount":null}`,
	} {
		for i := range routes {
			f.Add(i, body)
		}
	}
	f.Fuzz(func(t *testing.T, i int, body string) {
		r := routes[uint(i)%uint(len(routes))]
		s := &shop{t: t, sandbox: New(WithSeed(1))}
		id, token := s.authorized()
		path := "/" + strings.NewReplacer("{id}", id, "{token}", token).Replace(strings.Join(r.pattern, "/"))
		req := s.request(r.method, path, body)
		res, err := s.sandbox.RoundTrip(req)
		require.NoError(t, err)
		raw, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.Contains(t, []int{200, 201, 204, 400, 402, 404, 410, 412, 415, 422, 500}, res.StatusCode)
		if r.op != OpPing && res.StatusCode != http.StatusNoContent {
			require.True(t, json.Valid(raw), "%s", raw)
		}
		var out int64
		for _, m := range s.sandbox.Ledger() {
			require.Positive(t, m.Amount)
			if m.Kind == Captured || m.Kind == Voided {
				out += m.Amount
			}
		}
		require.LessOrEqual(t, out, int64(100_00))
	})
}
