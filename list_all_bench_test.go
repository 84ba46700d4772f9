package afterpay_test

import (
	"bytes"
	"io"
	"net/http"
	"runtime"
	"runtime/metrics"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// endless answers every page from one recorded payment, with another id each
// time, and keeps nothing.
type endless struct {
	total        int
	before, rest []byte // of the payment, around its id
}

func newEndless(tb testing.TB, total int) *endless {
	const id = `{"id":"100570320832"`
	body := []byte(recorded(tb, "v2_payment_auth_approved_201"))
	require.True(tb, bytes.HasPrefix(body, []byte(id)))
	return &endless{total, []byte(`{"id":"`), body[len(id)-1:]}
}

func (e *endless) RoundTrip(req *http.Request) (*http.Response, error) {
	q := req.URL.Query()
	start, _ := strconv.Atoi(q.Get("cursor"))
	limit, _ := strconv.Atoi(q.Get("limit"))
	end := min(start+limit, e.total)
	body := bytes.NewBuffer(make([]byte, 0, 200+(end-start)*(len(e.rest)+30)))
	body.WriteString(`{"totalResults":` + strconv.Itoa(e.total) + `,"limit":250,"nextPageUrl":"`)
	if end < e.total {
		body.WriteString("http://inner.invalid/v2/payments?includeNextLink=true&cursor=" + strconv.Itoa(end))
	}
	body.WriteString(`","results":[`)
	for i := start; i < end; i++ {
		if i > start {
			body.WriteByte(',')
		}
		body.Write(e.before)
		body.WriteString(strconv.Itoa(100_000_000_000 + i))
		body.Write(e.rest)
	}
	body.WriteString(`]}`)
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(body), ContentLength: int64(body.Len())}, nil
}

// BenchmarkAllMemory reads lists of which one is a hundred times as long as the
// other. On the way it looks, after every page, at the heap with its waste, and,
// after every tenth, at what a collection leaves: the most of that must not grow
// with the list. The other depends on how soon the collector gets its turn.
func BenchmarkAllMemory(b *testing.B) {
	for _, total := range []int{1_000, 10_000, 100_000} {
		b.Run(strconv.Itoa(total), func(b *testing.B) {
			client, err := afterpay.New("32", "sk-endless", afterpay.WithHTTPClient(&http.Client{Transport: newEndless(b, total)}))
			require.NoError(b, err)
			sizes := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
			var live, heap uint64
			runtime.GC()
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for _, err := range client.Payments.All(b.Context(), afterpay.PaymentQuery{}) {
					require.NoError(b, err)
					if n++; n%250 != 0 {
						continue
					}
					metrics.Read(sizes)
					heap = max(heap, sizes[1].Value.Uint64())
					if n%2500 == 0 || n == total {
						runtime.GC()
						metrics.Read(sizes)
						live = max(live, sizes[0].Value.Uint64())
					}
				}
				require.Equal(b, total, n)
			}
			b.ReportMetric(float64(live)/(1<<20), "peak-live-MiB")
			b.ReportMetric(float64(heap)/(1<<20), "peak-heap-MiB")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(total), "ns/payment")
		})
	}
}
