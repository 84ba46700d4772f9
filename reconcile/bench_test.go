package reconcile_test

import (
	"fmt"
	"iter"
	"runtime/metrics"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
)

// ordered yields n agreeing payments sorted by reference, as a database cursor
// would: one string a record, nothing kept. It looks at the heap as it goes.
func ordered(n int, heap *peak) iter.Seq2[reconcile.Record, error] {
	return func(yield func(reconcile.Record, error) bool) {
		at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		text := make([]byte, 0, 64)
		for i := range n {
			text = append(text[:0], 'A', '-')
			text = strconv.AppendInt(text, int64(100_000_000+i), 10)
			text = strconv.AppendInt(text, int64(1001_000_000_000+i), 10)
			s := string(text)
			amount := afterpay.Amount(10_00 + i%100_00)
			r := reconcile.Record{
				Key: s[:11], Reference: s[:11], ID: s[11:], State: reconcile.StateCaptured,
				At: at.Add(time.Duration(i) * 100 * time.Millisecond), Currency: afterpay.CurrencyAUD, Amount: amount, Authorized: amount,
			}
			if !yield(r, nil) {
				return
			}
			if i%8192 == 0 {
				heap.look()
			}
		}
	}
}

// peak is the largest heap seen.
type peak struct {
	sample [2]metrics.Sample
	heap   uint64
	total  uint64
}

func (p *peak) look() {
	p.sample[0].Name = "/memory/classes/heap/objects:bytes"
	p.sample[1].Name = "/memory/classes/total:bytes"
	metrics.Read(p.sample[:])
	p.heap = max(p.heap, p.sample[0].Value.Uint64())
	p.total = max(p.total, p.sample[1].Value.Uint64())
}

func BenchmarkOrders(b *testing.B) {
	for _, presorted := range []bool{true, false} {
		for _, n := range []int{1_000_000, 10_000_000} {
			name := fmt.Sprintf("sorted/%dM", n/1_000_000)
			if !presorted {
				name = fmt.Sprintf("any-order/%dM", n/1_000_000)
			}
			b.Run(name, func(b *testing.B) {
				var heap peak
				for b.Loop() {
					run := reconcile.Orders(ordered(n, &heap), ordered(n, &heap), reconcile.Options{
						Presorted: presorted, Now: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC),
					})
					for f, err := range run.Findings(b.Context()) {
						require.NoError(b, err)
						require.Fail(b, "found", f.Text)
					}
					require.True(b, run.Summary().Balanced())
				}
				b.ReportMetric(float64(heap.heap)/(1<<20), "peak-heap-MiB")
				b.ReportMetric(float64(heap.total)/(1<<20), "peak-total-MiB")
			})
		}
	}
}
