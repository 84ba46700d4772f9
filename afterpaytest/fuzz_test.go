package afterpaytest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzRequest sends any body anywhere: whatever comes, the sandbox answers
// with a status of the service and JSON, and never moves money it doesn't have.
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
