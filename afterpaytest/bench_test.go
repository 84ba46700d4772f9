//go:build unix

package afterpaytest_test

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// A checkout is a full order that is created, approved and captured. cpu-µs/op
// is the processor time of the whole process. On a busy machine it is more
// reliable than the elapsed time.
func BenchmarkCheckout(b *testing.B) {
	b.Run("with a new sandbox", func(b *testing.B) {
		measure(b, func(order afterpay.CreateOrderRequest) error {
			sandbox := afterpaytest.New()
			return buy(connect(sandbox), sandbox, order)
		})
	})
	b.Run("in one sandbox", func(b *testing.B) {
		sandbox := afterpaytest.New()
		client := connect(sandbox)
		measure(b, func(order afterpay.CreateOrderRequest) error { return buy(client, sandbox, order) })
	})
}

func buy(client *afterpay.Client, sandbox *afterpaytest.Sandbox, order afterpay.CreateOrderRequest) error {
	ctx := context.Background()
	created, err := client.Orders.Create(ctx, order)
	if err != nil {
		return err
	}
	if err := sandbox.Approve(created.Token); err != nil {
		return err
	}
	_, err = client.Payments.Capture(ctx, afterpay.CaptureRequest{Token: created.Token})
	return err
}

func measure(b *testing.B, checkout func(afterpay.CreateOrderRequest) error) {
	b.ReportAllocs()
	order := fullOrder(afterpay.V2)
	began := processorTime(b)
	for b.Loop() {
		if err := checkout(order); err != nil {
			b.Fatal(err)
		}
	}
	used := processorTime(b) - began
	b.ReportMetric(float64(used.Microseconds())/float64(b.N), "cpu-µs/op")
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
