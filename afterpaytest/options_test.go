package afterpaytest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOptions_PanicOnInvalidValues(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]func(){
		"region":   func() { WithRegion("ES") },
		"limits":   func() { WithLimits("1.00", "") },
		"minimum":  func() { WithLimits("one", "2.00") },
		"currency": func() { WithCrossBorder("XXX", "XX", "1.00") },
		"portal":   func() { WithPortalURL("portal") },
		"history":  func() { WithRequestHistory(0) },
		"time":     func() { New().Advance(-time.Second) },
		"body":     func() { Respond(200, func() {}) },
	} {
		require.Panics(t, option, name)
	}
}
