package afterpay_test

import (
	"context"
	"sync"

	"github.com/afterpay-go/afterpay"
)

// observing collects the attempts of a client's calls.
func observing(into *[]afterpay.Attempt) afterpay.Option {
	var mu sync.Mutex
	return afterpay.WithObserver(func(_ context.Context, a afterpay.Attempt) {
		mu.Lock()
		defer mu.Unlock()
		*into = append(*into, a)
	})
}
