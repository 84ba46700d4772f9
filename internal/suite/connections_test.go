package suite_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// chunked is says without a length.
func chunked(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		says(status, "", header...)(w, req)
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, body)
	}
}

// replies are successes and failures of every kind, of which every byte arrives.
func replies(t *testing.T) map[string]http.HandlerFunc {
	const gzip = "Content-Encoding: gzip"
	large := `{"message":"` + strings.Repeat("x", 100<<10) + `"}`
	return map[string]http.HandlerFunc{
		"success":                      says(200, suitetest.ApprovedPayment),
		"success in chunks":            chunked(201, suitetest.ApprovedPayment),
		"success, zipped":              says(200, zip(t, suitetest.ApprovedPayment), gzip),
		"success without a body":       says(200, ""),
		"204":                          says(204, ""),
		"success in HTML":              says(200, "<html>please log in</html>"),
		"success with half a value":    says(200, suitetest.ApprovedPayment[:40]),
		"success with more behind it":  chunked(200, suitetest.ApprovedPayment+"{}"),
		"success of 100 KiB":           chunked(200, large),
		"redirect":                     says(307, "<html>moved</html>", "Location: /elsewhere"),
		"304":                          says(304, ""),
		"refusal":                      says(412, `{"errorCode":"precondition_failed"}`),
		"refusal without a body":       says(404, ""),
		"refusal of 100 KiB":           chunked(422, large),
		"declined":                     says(402, `{"errorCode":"declined"}`),
		"declined payment":             says(402, suitetest.PaymentIn("DECLINED", "AUTH_DECLINED")),
		"unauthorized":                 says(401, `{"errorCode":"unauthorized"}`),
		"conflict":                     says(409, `{"errorCode":"conflict"}`),
		"rate limited":                 says(429, "", "Retry-After: 3600"),
		"internal error":               says(500, `{"errorCode":"error"}`),
		"bad gateway":                  chunked(502, "<html>bad gateway</html>"),
		"unavailable, zipped":          says(503, zip(t, "<html></html>"), gzip),
		"unavailable without a length": chunked(524, ""),
	}
}

// fewConnections is more than one: net/http gives a connection up if its own
// goroutines stand still for 50 milliseconds, as they do on a busy machine.
const fewConnections = 3

// A response is read to its end, whatever it is, so that the next call has its
// connection: every operation is called on the same one.
func TestConnection_IsKeptAfterEveryResponse(t *testing.T) {
	t.Parallel()
	for _, protocol := range protocols {
		for name, r := range replies(t) {
			t.Run(protocol+"/"+name, func(t *testing.T) {
				t.Parallel()
				s := newServiceOver(t, protocol, r)
				for _, version := range suitetest.Versions {
					c := s.client(t, afterpay.WithAPIVersion(version))
					before := s.made.Load()
					for _, o := range suitetest.Operations() {
						_, _ = o.Invoke(t.Context(), c)
					}
					assert.LessOrEqual(t, int(s.made.Load()-before), fewConnections, "connections of a client")
				}
				require.Greater(t, s.received(), 2*len(suitetest.Operations())-10, "every operation that the version has is sent")
			})
		}
	}
}
