package settlement

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// BenchmarkReadMillionRows reads a Hub export of a million rows, with all of
// its 23 columns quoted, that is never in memory as a whole. It reports MB/s
// and the largest heap seen on the way.
func BenchmarkReadMillionRows(b *testing.B) {
	const rows = 1_000_000
	cases := []struct {
		name string
		opts Options
	}{
		{"given", Options{Location: zone(b, "Australia/Melbourne"), DateLayout: DayFirst, Currency: afterpay.CurrencyAUD}},
		{"detected", Options{Location: zone(b, "Australia/Melbourne"), Currency: afterpay.CurrencyAUD}},
	}
	for _, c := range cases {
		b.Run(c.name, func(b *testing.B) {
			head, block := hubReport(1000)
			b.SetBytes(int64(len(head) + len(block)*rows/1000))
			b.ReportAllocs()
			var peak uint64
			for b.Loop() {
				n := 0
				for row, err := range Read(newRepeated(head, block, rows/1000), c.opts) {
					if err != nil || row.AfterpayOrderID == "" {
						b.Fatal(row, err)
					}
					if n++; n%50_000 == 0 {
						peak = max(peak, heapInUse())
					}
				}
				require.Equal(b, rows, n)
			}
			b.ReportMetric(float64(peak)/(1<<20), "peak-heap-MiB")
		})
	}
}

// BenchmarkPayoutsMillionRows is the same with the rows added up.
func BenchmarkPayoutsMillionRows(b *testing.B) {
	const rows = 1_000_000
	head, block := hubReport(1000)
	b.SetBytes(int64(len(head) + len(block)*rows/1000))
	for b.Loop() {
		report := newRepeated(head, block, rows/1000)
		n := 0
		for payout, err := range Payouts(Read(report, Options{DateLayout: DayFirst, Currency: afterpay.CurrencyAUD})) {
			require.NoError(b, err)
			n += payout.Orders + payout.Refunds
		}
		require.Equal(b, rows, n)
	}
}

// hubReport makes the header and n rows of a Hub export, all dates of which
// need the order of day and month in one month of thirty days.
func hubReport(n int) (head, rows []byte) {
	var names []string
	for c := colSettlementDate; c <= colConsumerCountry; c++ {
		names = append(names, columnNames[c])
	}
	head = []byte(`"` + strings.Join(names, `","`) + "\"\n")
	var b bytes.Buffer
	for i := range n {
		day := 29 - i%28 // begins with a day that decides the order
		sign, kind, refund := "", "Order", `"","`
		if i%20 == 7 {
			sign, kind, refund = "-", "Refund", fmt.Sprintf(`"%d","%02d/09/2026 18:43`, 4_561_545+i, day)
		}
		fmt.Fprintf(&b, `"%02d/09/2026","%02d/09/2026 %02d:%02d","Sep","2026","%d","order-%d","",`,
			day, day, i%24, i%60, 100_101_782_114+i, 2_345_678+i)
		fmt.Fprintf(&b, `"%s$1,%03d.95","%s$1,%03d.95","%s$5.46","%s$0.55","%s$6.014500","%s$1,%03d.935500",`,
			sign, i%1000, sign, i%1000, sign, sign, sign, sign, i%1000)
		fmt.Fprintf(&b, `"%s","Online","","","","",%s","","AU"`+"\n", kind, refund)
	}
	return head, b.Bytes()
}

// repeated is a reader of head and then n times block.
type repeated struct {
	rest, block []byte
	n           int
}

func newRepeated(head, block []byte, n int) *repeated { return &repeated{head, block, n} }

func (r *repeated) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		if r.n == 0 {
			return 0, io.EOF
		}
		r.rest = r.block
		r.n--
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// heapInUse returns the bytes of live and not yet collected objects.
func heapInUse() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
