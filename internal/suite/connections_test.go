package suite_test

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// A reply is a response of which every byte arrives.
type reply struct {
	status  int
	body    string
	header  http.Header
	chunked bool
}

// replies are successes and failures of every kind.
func replies(t *testing.T) map[string]reply {
	large := `{"message":"` + string(slices.Repeat([]byte("x"), 100<<10)) + `"}`
	return map[string]reply{
		"success":                      {status: 200, body: suitetest.ApprovedPayment},
		"success in chunks":            {status: 201, body: suitetest.ApprovedPayment, chunked: true},
		"success, zipped":              {status: 200, body: zip(t, suitetest.ApprovedPayment), header: http.Header{"Content-Encoding": {"gzip"}}},
		"success without a body":       {status: 200},
		"204":                          {status: 204},
		"success in HTML":              {status: 200, body: "<html>please log in</html>"},
		"success with half a value":    {status: 200, body: suitetest.ApprovedPayment[:40]},
		"success with more behind it":  {status: 200, body: suitetest.ApprovedPayment + "{}", chunked: true},
		"success of 100 KiB":           {status: 200, body: large, chunked: true},
		"redirect":                     {status: 307, body: "<html>moved</html>", header: http.Header{"Location": {"/elsewhere"}}},
		"304":                          {status: 304},
		"refusal":                      {status: 412, body: `{"errorCode":"precondition_failed"}`},
		"refusal without a body":       {status: 404},
		"refusal of 100 KiB":           {status: 422, body: large, chunked: true},
		"declined":                     {status: 402, body: `{"errorCode":"declined"}`},
		"declined payment":             {status: 402, body: suitetest.PaymentIn("DECLINED", "AUTH_DECLINED")},
		"unauthorized":                 {status: 401, body: `{"errorCode":"unauthorized"}`},
		"conflict":                     {status: 409, body: `{"errorCode":"conflict"}`},
		"rate limited":                 {status: 429, header: http.Header{"Retry-After": {"3600"}}},
		"internal error":               {status: 500, body: `{"errorCode":"error"}`},
		"bad gateway":                  {status: 502, body: "<html>bad gateway</html>", chunked: true},
		"unavailable, zipped":          {status: 503, body: zip(t, "<html></html>"), header: http.Header{"Content-Encoding": {"gzip"}}},
		"unavailable without a length": {status: 524, chunked: true},
	}
}

func (r reply) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	// The whole request is read first: net/http gives a connection up if it is
	// answered while it still sends.
	_, _ = io.Copy(io.Discard, req.Body)
	for name, values := range r.header {
		w.Header()[name] = values
	}
	if !r.chunked && r.status != http.StatusNoContent && r.status != http.StatusNotModified {
		w.Header().Set("Content-Length", strconv.Itoa(len(r.body)))
	}
	w.WriteHeader(r.status)
	if r.chunked {
		_ = http.NewResponseController(w).Flush()
	}
	_, _ = io.WriteString(w, r.body)
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
				var requests atomic.Int32
				s := newCountingServer(t, protocol, func(w http.ResponseWriter, req *http.Request) {
					requests.Add(1)
					r.ServeHTTP(w, req)
				})
				for _, version := range suitetest.Versions {
					c := s.client(t, afterpay.WithAPIVersion(version))
					before := s.made.Load()
					for _, o := range suitetest.Operations() {
						_, _ = o.Invoke(t.Context(), c)
					}
					assert.LessOrEqual(t, int(s.made.Load()-before), fewConnections, "connections of a client")
				}
				require.Greater(t, int(requests.Load()), 2*len(suitetest.Operations())-10, "every operation that the version has is sent")
			})
		}
	}
}
